"""The sheets of a contributed file and their columns, as data: names, headings in both languages, aliases.

A column is also found under its own name, and under its headings with case, width, spaces and punctuation
changed (columns_match). `closed` are the values of a closed list, `reference` the table that a cell is looked
up in. What is `ignored` is known from downloads of this service and is not for contributors to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from app.catalog.rules import BOUNDARIES, GAS_BASES, RECORD_TYPES, YEAR_RULES

Type = Literal["text", "number", "integer", "year", "date", "key", "json", "lines"]
Reference = Literal["region", "activity", "unit", "gas", "gwp_set", "source", "factor"]
ORIGINS: Final = ("fossil", "biogenic", "land_use", "unspecified")
DENOMINATIONS: Final = ("mass", "co2e")
BASES: Final = ("net", "gross")
CONFIDENCES: Final = ("high", "medium", "low")
LAYERS: Final = ("national", "regional", "sector", "enterprise", "international")
ACCESS_CLASSES: Final = ("public",)  # of factors; reads are anonymous (catalog.rules.check_public)
DATA_ORIGINS: Final = ("primary", "secondary")
SOURCE_KINDS: Final = (
    "announcement",
    "standard",
    "guideline",
    "database",
    "report",
    "regulation",
    "listing",
    "literature",
    "measurement",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet. `note_zh`, `note_en` explain it in the template."""

    name: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    type: Type = "text"
    closed: tuple[str, ...] = ()
    reference: Reference | None = None
    note_zh: str = ""
    note_en: str = ""
    longest: int = 4000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its names and its columns. `ignored`: columns of our downloads that are passed over."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


def _c(name: str, zh: str, en: str, *aliases: str, **more: object) -> Column:
    return Column(name, zh, en, aliases, **more)  # type: ignore[arg-type]


_BOUNDS: Final = (
    _c("lower", "下限", "Lower bound", "最小值", "低值", "min", type="number"),
    _c("upper", "上限", "Upper bound", "最大值", "高值", "max", type="number"),
    _c("lower_published", "原文下限", "Lower bound as printed"),
    _c("upper_published", "原文上限", "Upper bound as printed"),
    _c(
        "bounds_meaning",
        "上下限含义",
        "Meaning of the bounds",
        note_zh="如：95% 置信区间",
        note_en="Such as: 95 % confidence interval",
    ),
)
_DIGITS: Final = _c("digits", "数字来源", "Digits", closed=("from_binary",))
FACTORS: Final = Sheet(
    "factors",
    "因子",
    "Factors",
    (
        _c(
            "key",
            "因子编号",
            "Factor key",
            "编号",
            "键",
            "factor id",
            type="key",
            note_zh="小写字母、数字，中间可用 . _ -。留空则由各字段生成。",
            note_en="Lower-case letters and digits joined by . _ or -. Left empty, it is made of the fields.",
        ),
        _c(
            "series", "系列", "Series", type="key", note_zh="编号去掉年份", note_en="The key without the year"
        ),
        _c(
            "name_zh",
            "因子名称",
            "Name (Chinese)",
            "中文名称",
            "名称",
            "名称（中文）",
            "name (zh)",
            required=True,
        ),
        _c(
            "name_en",
            "英文名称",
            "Name (English)",
            "因子英文名称",
            "名称（英文）",
            "name (en)",
            "name",
            required=True,
        ),
        _c("record_type", "记录类型", "Record type", "类型", required=True, closed=RECORD_TYPES),
        _c(
            "activity",
            "活动",
            "Activity",
            "活动代码",
            "产品",
            "产品代码",
            required=True,
            reference="activity",
        ),
        _c(
            "region",
            "地区",
            "Region",
            "地区代码",
            "区域",
            "location",
            "geography",
            required=True,
            reference="region",
            note_zh="代码或名称：CN、CN-BJ、北京市",
            note_en="Code or name: CN, CN-BJ, Beijing",
        ),
        _c("region_published", "原文地区", "Region as printed"),
        _c("year", "年份", "Year", "数据年份", "年", "reference year", type="year"),
        _c("year_rule", "年份规则", "Year rule", closed=YEAR_RULES),
        _c("period_from", "期间起", "Period from", "开始日期", type="date"),
        _c("period_to", "期间止", "Period to", "结束日期", type="date"),
        _c("period_label", "期间说明", "Period label"),
        _c("edition_year", "版本年份", "Edition year", type="year"),
        _c("applies_from", "适用起", "Applies from", "生效日期", type="date"),
        _c("applies_to", "适用止", "Applies to", "失效日期", "有效期至", "valid until", type="date"),
        _c(
            "gas_basis",
            "气体口径",
            "Gas basis",
            "口径",
            required=True,
            closed=GAS_BASES,
            note_zh="by_gas：没有合计，各气体写在“气体”表",
            note_en="by_gas: no total, the gases stand on the sheet 'Gases'",
        ),
        _c("gas", "气体", "Gas", reference="gas"),
        _c("gwp_set", "GWP数值集", "GWP set", "GWP版本", "GWP", reference="gwp_set"),
        _c(
            "value",
            "数值",
            "Value",
            "因子值",
            "排放因子",
            "因子数值",
            "factor",
            "emission factor",
            type="number",
            note_zh="文本格式，写成 0.5580 的样子，末尾的零会保留",
            note_en="As text, like 0.5580; zeros at the end are kept",
        ),
        _c("value_published", "原文数值", "Value as printed"),
        _c(
            "unit",
            "单位",
            "Unit",
            "因子单位",
            reference="unit",
            note_zh="如 kg CO2e / kWh",
            note_en="Such as kg CO2e / kWh",
        ),
        _c("unit_published", "原文单位", "Unit as printed"),
        _c("calorific_basis", "热值基准", "Calorific basis", closed=BASES),
        *_BOUNDS,
        _c("boundary", "系统边界", "System boundary", "边界", required=True, closed=BOUNDARIES),
        _c("boundary_published", "原文边界", "Boundary as printed", "边界说明"),
        _c("variant", "变体", "Variant", "口径变体"),
        _c("technology", "技术", "Technology", "工艺", "工艺技术"),
        _c("route", "生产路线", "Production route", "路线", "工艺路线"),
        _c("route_code", "路线代码", "Route code"),
        _c("functional_unit", "功能单位", "Functional unit", "声明单位", "declared unit"),
        _c("allocation", "分配方法", "Allocation", "分配", "分配或替代规则", "allocation method"),
        _c("cut_off", "取舍准则", "Cut-off", "cut-off criteria"),
        _c("data_origin", "数据来源类型", "Data origin", "初级或次级", closed=DATA_ORIGINS),
        _c("goods_code", "商品编码", "Goods code", "税号", "HS", "CN code"),
        _c("goods_code_system", "商品编码体系", "Goods code system"),
        _c("legal_ref", "法规依据", "Legal reference"),
        _c("mark_up", "加成", "Mark-up", note_zh="2026: 10 %; 2027: 20 %; 2028-: 30 %"),
        _c("scope_hint", "范围提示", "Scope hint", "范围", "scope", type="integer", closed=("1", "2", "3")),
        _c("source", "来源", "Source", "来源编号", "数据来源", "source id", reference="source"),
        _c("locator", "来源位置", "Locator", "页码", "位置", "表号", "source_locator", "page"),
        _c("source_record", "来源记录", "Source record"),
        _c("confirmed_by", "核对", "Confirmed by", "source_confirmed_by"),
        _c("confidence", "可信度", "Confidence", "source_confidence", closed=CONFIDENCES),
        _c("note", "备注", "Note", "说明", "notes", "remark"),
        _c("doubt", "疑点", "Doubt", "doubts", type="lines"),
        _DIGITS,
        _c("amounts_json", "分气体数值（JSON）", "Amounts (JSON)", type="json", longest=100_000),
        _c("sources_json", "来源（JSON）", "Sources (JSON)", type="json", longest=100_000),
        _c("other_json", "其他字段（JSON）", "Other fields (JSON)", type="json", longest=100_000),
        _c("example", "示例", "Example"),
    ),
    ("排放因子表", "因子表", "factor", "data", "数据"),
    (
        *("ref", "version", "dataset", "release", "ilcd_version", "uuid", "schema", "content_hash"),
        *("sector", "layer", "access_class", "publisher_zh", "publisher_en", "flags", "classifications"),
        *("licence_id", "licence_name", "licence_url", "licence_terms_zh", "licence_terms_en"),
        *(
            "change",
            "change_kind",
            "change_reason_zh",
            "change_reason_en",
            "source_title",
            "source_publisher",
        ),
        *("source_number", "source_published_on", "source_url", "status", "latest_version", "links"),
        *(
            f"{gas}_{field}"
            for gas in ("CO2", "CO2_biogenic", "CH4", "N2O")
            for field in ("value", "unit", "origin", "denomination")
        ),
    ),
)
_KEY: Final = _c(
    "key", "因子编号", "Factor key", "编号", "键", "factor id", required=True, type="key", reference="factor"
)
_NOTE: Final = _c("note", "备注", "Note", "说明", "notes", "remark")
_REF: Final = _c(
    "ref",
    "因子地址",
    "Factor address",
    note_zh="数据集/编号，代替编号",
    note_en="dataset/key, in place of the key",
)
GASES: Final = Sheet(
    "gases",
    "气体",
    "Gases",
    (
        replace(_KEY, required=False),
        _REF,
        _c("gas", "气体", "Gas", required=True, reference="gas"),
        _c("origin", "来源类别", "Origin", "碳来源", closed=ORIGINS),
        _c("denomination", "计量方式", "Denomination", closed=DENOMINATIONS),
        _c("value", "数值", "Value", "排放量", "因子值", required=True, type="number"),
        _c("value_published", "原文数值", "Value as printed"),
        _c("unit", "单位", "Unit", reference="unit"),
        _c("unit_published", "原文单位", "Unit as printed"),
        *_BOUNDS,
        _DIGITS,
        _c("source_record", "来源记录", "Source record"),
        _NOTE,
        _c("example", "示例", "Example"),
    ),
    ("分气体", "amounts", "gas"),
    ("version", "other_json"),
)
SOURCES: Final = Sheet(
    "sources",
    "来源",
    "Sources",
    (
        _c("id", "来源编号", "Source id", "编号", required=True, longest=100),
        _c("title", "题名", "Title", "文件名称", "名称", required=True),
        _c("publisher", "发布机构", "Publisher", "机构", required=True),
        _c("number", "文号", "Number", "文件编号"),
        _c("url", "网址", "URL", "链接", "link"),
        _c("published_on", "发布日期", "Published on", "日期", type="date"),
        _c("released", "公开日期", "Released", type="date"),
        _c("kind", "文件类型", "Kind", "类型", closed=SOURCE_KINDS),
        _c("retrieved_on", "获取日期", "Retrieved on", type="date"),
        _c("sha256", "SHA-256", "SHA-256"),
        _REF,
        _c("locator", "来源位置", "Locator", "位置"),
        _c("records", "来源记录", "Records"),
        _c("confirmed_by", "核对", "Confirmed by"),
        _c("confidence", "可信度", "Confidence", closed=CONFIDENCES),
        _c("example", "示例", "Example"),
    ),
    ("数据来源", "参考文献", "references"),
    ("version", "other_json"),
)
DATASET: Final = Sheet(
    "dataset",
    "数据集",
    "Dataset",
    (
        _c("field", "项目", "Field", "字段", required=True),
        _c("value", "内容", "Value", "值", "填写", longest=20_000),
        _c("note", "说明", "Note"),
    ),
    ("数据集信息", "说明书", "metadata"),
)
