"""Documents of factor versions for the tests: two written by hand, and rows of the seed."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from typing import Any

from app.intake.seed_files import Terms, read_folder, substances

SEED = Path(__file__).resolve().parents[2] / "seed_data"
LICENCE = {
    "id": "LicenseRef-PRC-Official",
    "name": "Official document",
    "terms": {"zh": "官方文件", "en": "official document"},
}
GRID: dict[str, Any] = {
    "schema": "factorbase.factor/1",
    "ref": "cn-grid-co2/average.cn-bj.2022",
    "version": 1,
    "ilcd_version": "01.00.000",
    "uuid": "0b1f5a0e-34b5-5d0f-9a7e-0d6c3f1f8a21",
    "dataset": "cn-grid-co2",
    "key": "average.cn-bj.2022",
    "series": "average.cn-bj",
    "release": "2022.1",
    "record_type": "grid_emission_factor",
    "name": {
        "zh": "北京市电力平均二氧化碳排放因子（2022年）",
        "en": "Beijing, average grid CO2 factor, 2022",
    },
    "activity": "electricity.grid",
    "sector": "electricity",
    "region": "CN-BJ",
    "region_published": "北京",
    "year": 2022,
    "year_rule": "data_year",
    "gas_basis": "single_gas",
    "gas": "CO2",
    "value": "0.5580",
    "value_published": "0.5580",
    "unit": "kg{CO2}/kWh",
    "unit_published": "kgCO2/kWh",
    "boundary": "consumption",
    "boundary_published": "消费侧",
    "variant": "average",
    "sources": [
        {
            "id": "3f" * 32,
            "title": "关于发布2022年电力二氧化碳排放因子的公告",
            "publisher": "生态环境部、国家统计局",
            "number": "公告2024年第33号",
            "kind": "announcement",
            "url": "https://www.mee.gov.cn/xxgk2018/xxgk/xxgk01/202412/t20241226_1099413.html",
            "published_on": "2024-12-26",
            "retrieved_on": "2025-11-01",
            "locator": "附件表3",
            "records": ["electricity/cn_grid_co2_direct.csv#cn.bj.2022"],
            "confirmed_by": "second copy",
            "confidence": "high",
        }
    ],
    "licence": LICENCE,
    "access_class": "public",
    "layer": "national",
    "publisher": {"zh": "生态环境部", "en": "Ministry of Ecology and Environment"},
    "scope_hint": 2,
    "change": {"kind": "new", "reason": {"zh": "首次转录", "en": "first transcription"}},
}


def amount(gas: str, origin: str, value: str, **more: Any) -> dict[str, Any]:
    return {
        "gas": gas,
        "origin": origin,
        "denomination": "mass",
        "value": value,
        "value_published": value,
        "unit": f"kg{{{gas}}}/TJ{{net}}",
        "unit_published": f"kg {gas} / TJ",
        "source_record": f"fuels/ipcc.csv#wood.{gas.lower()}",
        **more,
    }


WOOD: dict[str, Any] = {
    **{name: value for name, value in GRID.items() if name not in ("gas", "value", "value_published")},
    "ref": "ipcc-2006-energy/stationary.wood",
    "dataset": "ipcc-2006-energy",
    "key": "stationary.wood",
    "series": "stationary.wood",
    "release": "2006.1",
    "record_type": "direct_emission_factor",
    "name": {"zh": "木材 固定源燃烧", "en": "Wood, stationary combustion"},
    "activity": "fuel.wood",
    "region": "DEFAULT",
    "year": None,
    "year_rule": "timeless",
    "gas_basis": "by_gas",
    "unit": "kg/TJ{net}",
    "calorific_basis": "net",
    "boundary": "combustion",
    "amounts": [
        amount("CH4", "unspecified", "30", lower="10", upper="100", bounds_meaning="95 % range"),
        amount("CO2", "biogenic", "112000"),
        amount("N2O", "unspecified", "4"),
    ],
    "classifications": [{"system": "HS", "code": "4401"}],
    "doubts": ["the printed lower bound looks low", "second doubt"],
    "flags": ["missing_locator", "single_source"],
    "period": {"label": "timeless default"},
}


def grid(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GRID), **changes}


def wood(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WOOD), **changes}


def seed_documents(dataset: str, limit: int) -> list[dict[str, Any]]:
    """The first documents of a seed dataset, with the published unit in place of our code."""
    terms = Terms(unit=lambda text, *_: text, sector=lambda *_: None, classifications=lambda *_: [])
    folder = read_folder(SEED / dataset)
    release = {
        "version": 1,
        "ilcd_version": "01.00.000",
        "release": folder.about["release"],
        "change": {"kind": "new", "reason": dict(folder.about["reason"])},
    }
    chosen = itertools.islice(substances(folder, "factors.example.org", terms), limit)
    return [{**substance, **release} for substance in chosen]
