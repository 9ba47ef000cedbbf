"""A document of a factor version as flat rows: the columns of every table that is downloaded. Pure.

One row a factor. The amounts of CO2, CH4 and N2O have columns of their own for those who calculate in a
sheet; biogenic CO2 is a memo and never stands in the CO2 columns. Whatever has no column is in `other_json`,
so a row with its amounts and sources says all that the document says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Document = Mapping[str, Any]
Kind = Literal["text", "lines", "decimal", "integer", "json"]
SEVERAL: Final = "several"
_EMPTY: Final[Document] = {}
LINE: Final = "\n"
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Chinese heading, what its cells are, and how they are read.

    `path` is the member of the document that the column holds whole; empty where it repeats or derives.
    """

    name: str
    zh: str
    kind: Kind
    read: Callable[[Document], Any]
    path: tuple[str, ...] = ()


def _column(name: str, zh: str, kind: Kind = "text", path: str = "") -> Column:
    steps = tuple((path or name).split("."))
    *above, last = steps
    wanted = int if kind == "integer" else str

    def read(document: Document) -> Any:
        for step in above:
            inner = document.get(step)
            document = inner if type(inner) is dict else _EMPTY
        value: Any = document.get(last)
        if kind == "lines":
            return LINE.join(value) if _holds(kind, value) else None
        return value if type(value) is wanted else None

    return Column(name, zh, kind, read, steps)


def _holds(kind: Kind, value: Any) -> bool:
    """Whether a cell of this kind can show `value` without loss; the others go to `other_json`."""
    if kind == "json":
        return True
    if kind == "lines":
        return isinstance(value, list) and bool(value) and all(map(_single_line, value))
    return type(value) is (int if kind == "integer" else str)


def _single_line(value: Any) -> bool:
    return isinstance(value, str) and value != "" and LINE not in value


def _source(name: str, zh: str) -> Column:
    """A field of the first source; all sources stand in a table (or a column) of their own."""
    field = _column(name, zh)

    def read(document: Document) -> Any:
        return field.read((document.get("sources") or (_EMPTY,))[0])

    return Column(f"source_{name}", zh, "text", read)


def _gas(gas: str, origin: str, zh: str) -> tuple[Column, ...]:
    """Value, unit, origin and denomination of one gas. A factor with several such amounts shows none of them
    here, but the word `several`: which of them counts is not for a table to say."""

    def pick(document: Document) -> Document:
        amounts = [amount for amount in document.get("amounts", ()) if amount["gas"] == gas]
        if gas == "CO2":
            amounts = [item for item in amounts if (item["origin"] == "biogenic") == bool(origin)]
        return amounts[0] if len(amounts) == 1 else {"origin": SEVERAL} if amounts else {}

    fields: tuple[tuple[str, str, Kind], ...] = (
        ("value", "数值", "decimal"),
        ("unit", "单位", "text"),
        ("origin", "来源类别", "text"),
        ("denomination", "计量方式", "text"),
    )

    def reader(field: str) -> Callable[[Document], Any]:
        return lambda document: pick(document).get(field)

    name = f"{gas}_{origin}" if origin else gas
    return tuple(
        Column(f"{name}_{field}", f"{zh}{word}", kind, reader(field)) for field, word, kind in fields
    )


def _mark_up(document: Document) -> str | None:
    """`2026: 10 %; 2027: 20 %; 2028-: 30 %` for readers; the steps themselves are in `other_json`."""
    steps = [
        f"{step['from_year']}{_until(step)}: {step['percent']} %" for step in document.get("mark_up") or ()
    ]
    return "; ".join(steps) or None


def _until(step: Document) -> str:
    last = step.get("to_year")
    return "-" if last is None else "" if last == step["from_year"] else f"-{last}"


FACTOR_COLUMNS: Final[tuple[Column, ...]] = (
    _column("ref", "编号"),
    _column("version", "版本", "integer"),
    _column("name_zh", "中文名称", path="name.zh"),
    _column("name_en", "英文名称", path="name.en"),
    _column("record_type", "记录类型"),
    _column("value", "数值", "decimal"),
    _column("unit", "单位"),
    _column("gas_basis", "气体口径"),
    _column("gas", "气体"),
    _column("gwp_set", "GWP版本"),
    _column("region", "地区"),
    _column("year", "年份", "integer"),
    _column("boundary", "系统边界"),
    _column("variant", "变体"),
    _column("activity", "活动"),
    _column("sector", "行业"),
    *_gas("CO2", "", "二氧化碳"),
    *_gas("CO2", "biogenic", "生物源二氧化碳"),
    *_gas("CH4", "", "甲烷"),
    *_gas("N2O", "", "氧化亚氮"),
    _column("lower", "下限", "decimal"),
    _column("upper", "上限", "decimal"),
    _column("bounds_meaning", "上下限含义"),
    _column("value_published", "原文数值"),
    _column("unit_published", "原文单位"),
    _column("calorific_basis", "热值基准"),
    _column("region_published", "原文地区"),
    _column("boundary_published", "原文边界"),
    _column("year_rule", "年份规则"),
    _column("period_from", "期间起", path="period.from"),
    _column("period_to", "期间止", path="period.to"),
    _column("period_label", "期间说明", path="period.label"),
    _column("edition_year", "版本年份", "integer"),
    _column("applies_from", "适用起"),
    _column("applies_to", "适用止"),
    _column("technology", "技术"),
    _column("route", "生产路线"),
    _column("route_code", "路线代码"),
    _column("goods_code", "商品编码"),
    _column("goods_code_system", "商品编码体系"),
    _column("legal_ref", "法规依据"),
    Column("mark_up", "加成", "text", _mark_up),
    _column("scope_hint", "范围提示", "integer"),
    _source("title", "来源文件"),
    _source("publisher", "来源发布机构"),
    _source("number", "来源文号"),
    _source("published_on", "来源发布日期"),
    _source("locator", "来源位置"),
    _source("url", "来源网址"),
    _source("confidence", "可信度"),
    _column("note", "备注"),
    _column("doubts", "疑点", "lines"),
    _column("flags", "标记", "lines"),
    _column("dataset", "数据集"),
    _column("key", "键"),
    _column("series", "系列"),
    _column("release", "发布版次"),
    _column("ilcd_version", "ILCD版本号"),
    _column("uuid", "UUID"),
    _column("schema", "文档格式"),
    _column("layer", "层级"),
    _column("access_class", "访问级别"),
    _column("publisher_zh", "发布机构（中文）", path="publisher.zh"),
    _column("publisher_en", "发布机构（英文）", path="publisher.en"),
    _column("licence_id", "许可", path="licence.id"),
    _column("licence_name", "许可名称", path="licence.name"),
    _column("licence_url", "许可网址", path="licence.url"),
    _column("licence_terms_zh", "许可条款（中文）", path="licence.terms.zh"),
    _column("licence_terms_en", "许可条款（英文）", path="licence.terms.en"),
    _column("change_kind", "变更类型", path="change.kind"),
    _column("change_reason_zh", "变更原因（中文）", path="change.reason.zh"),
    _column("change_reason_en", "变更原因（英文）", path="change.reason.en"),
)
AMOUNT_COLUMNS: Final[tuple[Column, ...]] = (
    _column("gas", "气体"),
    _column("origin", "来源类别"),
    _column("denomination", "计量方式"),
    _column("value", "数值", "decimal"),
    _column("unit", "单位"),
    _column("lower", "下限", "decimal"),
    _column("upper", "上限", "decimal"),
    _column("bounds_meaning", "上下限含义"),
    _column("value_published", "原文数值"),
    _column("unit_published", "原文单位"),
    _column("source_record", "来源记录"),
    _column("note", "备注"),
)
SOURCE_COLUMNS: Final[tuple[Column, ...]] = (
    _column("id", "来源编号"),
    _column("title", "题名"),
    _column("publisher", "发布机构"),
    _column("number", "文号"),
    _column("kind", "文件类型"),
    _column("published_on", "发布日期"),
    _column("released", "公开日期"),
    _column("retrieved_on", "获取日期"),
    _column("locator", "位置"),
    _column("url", "网址"),
    _column("sha256", "SHA-256"),
    _column("records", "来源记录", "lines"),
    _column("confirmed_by", "核对"),
    _column("confidence", "可信度"),
)
CONTENT_HASH: Final = Column("content_hash", "内容哈希", "text", lambda document: None)
OTHER: Final = Column("other_json", "其他字段（JSON）", "json", lambda document: None)
AMOUNTS: Final = Column(
    "amounts_json", "分气体数值（JSON）", "json", lambda document: document.get("amounts"), ("amounts",)
)
SOURCES: Final = Column(
    "sources_json", "来源（JSON）", "json", lambda document: document.get("sources"), ("sources",)
)


_INNER: Final = frozenset(
    column.path[:depth] for column in FACTOR_COLUMNS for depth in range(1, len(column.path))
)


def holding(columns: Iterable[Column]) -> dict[tuple[str, ...], Column]:
    """The columns by the member of the document that they hold; for `rest_of`."""
    return {column.path: column for column in columns if column.path}


def rest_of(
    held: Mapping[tuple[str, ...], Column], document: Document, path: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What of `document` no column holds, nested as it is there; a null counts as nothing."""
    rest: dict[str, Any] = {}
    for name, item in document.items():
        here = (*path, name)
        column = held.get(here)
        if column is not None:
            if item is not None and not _holds(column.kind, item):
                rest[name] = item
        elif here in _INNER and isinstance(item, dict):
            inner = rest_of(held, item, here)
            rest |= {name: inner} if inner else {}
        else:
            rest[name] = item
    return rest


def compact_json(value: Any) -> str:
    """Canonical JSON text of a part of a document; empty for nothing."""
    return _encode(value) if value else ""


def flattened(metadata: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """(path, text) of every text and number in `metadata`: what names the release first, the rest by path."""
    order = {name: place for place, name in enumerate(("dataset", "release", "release_hash", "published_at"))}
    rows: list[tuple[str, str]] = []
    for name in sorted(metadata, key=lambda name: (order.get(name, len(order)), name)):
        value = metadata[name]
        if isinstance(value, Mapping):
            rows += flattened(value, f"{prefix}{name}.")
        elif value is not None:
            rows.append((prefix + name, value if isinstance(value, str) else _encode(value)))
    return rows
