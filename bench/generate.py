"""Factors that look like real ones: seed documents with other names, regions, years, makers and values. Pure.

Every figure here is invented, for measuring only; the datasets are called `bench-...`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.catalog.rules import Substance, identify

LARGEST: Final = 50_000
MEASURED: Final = 100_000
DATASETS: Final = 18
YEARS: Final = (2020, 2021, 2022, 2023, 2024)
DEFAULTS: Final = 0.25
KEPT_REGION: Final = 0.4
DROPPED: Final = (
    "period",
    "edition_year",
    "applies_from",
    "applies_to",
    "doubts",
    "lower",
    "upper",
    "bounds_meaning",
)
MAKERS_ZH: Final = (
    "恒泰 金山 华兴 宏远 东方 长河 北辰 南岭 海天 中盛 瑞丰 永安 新源 大成 同力 白云 青峰 远航 凯达 安泰"
)
TRADES_ZH: Final = (
    "钢铁 化工 水泥 能源 铝业 建材 电力 燃气 物流 塑业 玻璃 纸业 重工 矿业 氢能 化肥 热力 石化 新材 冶金"
)
MAKERS_EN: Final = (
    "Hengtai Jinshan Huaxing Hongyuan Dongfang Changhe Beichen Nanling Haitian Zhongsheng "
    "Ruifeng Yongan Xinyuan Dacheng Tongli Baiyun Qingfeng Yuanhang Kaida Antai"
)
TRADES_EN: Final = (
    "Steel Chemical Cement Energy Aluminium Materials Power Gas Logistics Plastics "
    "Glass Paper Heavy Mining Hydrogen Fertiliser Heating Petrochemical Composites Metallurgy"
)
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Stock:
    """What is drawn from: documents of the seed, and regions as (code, Chinese name, English name)."""

    plain: Sequence[Mapping[str, Any]]
    defaults: Sequence[Mapping[str, Any]]
    places: Sequence[Place]


def sizes(factors: int) -> list[int]:
    """How many factors each dataset gets: the last is the one that is measured, of 100,000 or half of all."""
    measured = min(MEASURED, factors // 2)
    rest = factors - measured
    each = max(1, min(LARGEST, -(-rest // DATASETS)))
    full, left = divmod(rest, each)
    return [each] * full + ([left] if left else []) + [measured]


def dataset_name(number: int) -> str:
    return f"bench-{number:03d}"


def generate(stock: Stock, origin: str, number: int, count: int) -> Iterator[Substance]:
    """`count` factors of dataset `number`, five years a series; the same arguments give the same factors."""
    draw = random.Random(number)
    serial = 0
    made = 0
    while True:
        common, stem = _series(stock, draw, serial)
        for year in YEARS:
            if made == count:
                return
            stated = {**common, "year": year, "period": {"label": str(year)}} | _figures(common, draw)
            yield identify(origin, dataset_name(number), f"{stem}.{year}", stated)
            made += 1
        serial += 1


def _series(stock: Stock, draw: random.Random, serial: int) -> tuple[dict[str, Any], str]:
    """What the years of a series share, and the beginning of their keys."""
    template = draw.choice(stock.defaults if draw.random() < DEFAULTS else stock.plain)
    common = {name: value for name, value in template.items() if name not in DROPPED}
    common["year_rule"] = "data_year"
    if draw.random() >= KEPT_REGION:
        code, zh, en = draw.choice(stock.places)
        common |= {"region": code, "region_published": en}
    else:
        zh, en = "", ""
    common["name"] = _named(template["name"], (zh, en), draw)
    stem = _slug(f"{common['activity']}-{common['region']}-{serial}")
    common["series"] = stem
    return common, stem


def _named(name: Mapping[str, str], place: tuple[str, str], draw: random.Random) -> dict[str, str]:
    maker, trade, plant = draw.randrange(20), draw.randrange(20), draw.randrange(1, 40)
    zh = MAKERS_ZH.split()[maker] + TRADES_ZH.split()[trade] + f"{plant}号"
    en = f"{MAKERS_EN.split()[maker]} {TRADES_EN.split()[trade]} no. {plant}"
    return {
        "zh": "，".join(part for part in (name["zh"], place[0], zh) if part),
        "en": ", ".join(part for part in (name["en"], place[1], en) if part),
    }


def _figures(common: Mapping[str, Any], draw: random.Random) -> dict[str, Any]:
    """Other figures in the same form: value and amounts move by up to a third."""
    found: dict[str, Any] = {}
    if "value" in common:
        found["value"] = found["value_published"] = _moved(common["value"], draw)
    if "amounts" in common:
        found["amounts"] = [_amount(amount, draw) for amount in common["amounts"]]
    return found


def _amount(amount: Mapping[str, Any], draw: random.Random) -> dict[str, Any]:
    value = _moved(amount["value"], draw)
    return {**amount, "value": value, "value_published": value}


def _moved(value: str, draw: random.Random) -> str:
    """A decimal near `value` with one more place, so that neighbours rarely agree."""
    number = Decimal(value)
    place = Decimal(1).scaleb(number.as_tuple().exponent - 1)  # type: ignore[operator]
    return format((number * Decimal(draw.randrange(700, 1300)) / 1000).quantize(place), "f")


def _slug(text: str) -> str:
    """`text` in the grammar of keys."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:150]
