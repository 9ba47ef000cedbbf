"""The sheets beside the factors: what the dataset says of itself, and what reviewers need to see."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.catalog.rules import YEAR_RULES
from app.intake.columns import (
    ACCESS_CLASSES,
    DATA_ORIGINS,
    DATASET,
    FACTORS,
    GASES,
    LAYERS,
    ORIGINS,
    SOURCES,
    Column,
    Sheet,
)

DATASET_FIELDS: Final[tuple[Column, ...]] = (
    Column("id", "数据集编号", "Dataset id", ("dataset",), longest=63),
    Column("release", "版次", "Release", ("版本",), longest=40),
    Column("name_zh", "数据集名称", "Name (Chinese)", ("名称", "中文名称"), required=True),
    Column("name_en", "英文名称", "Name (English)", ("数据集英文名称", "name"), required=True),
    Column(
        "description_zh", "数据集说明", "Description (Chinese)", ("说明", "中文说明"), True, longest=20_000
    ),
    Column("description_en", "英文说明", "Description (English)", ("description",), True, longest=20_000),
    Column("publisher_zh", "来源发布机构", "Publisher of the source (Chinese)", ("发布机构",), required=True),
    Column("publisher_en", "来源发布机构（英文）", "Publisher of the source (English)", ("publisher",), True),
    Column("rights_holder_zh", "权利人", "Rights holder (Chinese)", (), required=True),
    Column(
        "rights_holder_en", "权利人（英文）", "Rights holder (English)", ("rights holder",), required=True
    ),
    Column("maintainer_zh", "维护单位", "Maintainer (Chinese)", (), required=True),
    Column("maintainer_en", "维护单位（英文）", "Maintainer (English)", ("maintainer",), required=True),
    Column("contributor_zh", "报送单位", "Contributor (Chinese)", ("提交单位",), required=True),
    Column("contributor_en", "报送单位（英文）", "Contributor (English)", ("contributor",), required=True),
    Column(
        "licence_id", "许可编号", "Licence id", ("许可", "licence", "license"), required=True, longest=100
    ),
    Column("licence_name", "许可名称", "Licence name", ("license name",)),
    Column("licence_url", "许可网址", "Licence URL", ("license url",)),
    Column("licence_terms_zh", "许可条款", "Licence terms (Chinese)", (), required=True),
    Column(
        "licence_terms_en", "许可条款（英文）", "Licence terms (English)", ("licence terms",), required=True
    ),
    Column("access_class", "访问级别", "Access class", (), required=True, closed=ACCESS_CLASSES),
    Column("layer", "层级", "Layer", (), required=True, closed=LAYERS),
    Column("sector", "行业", "Sector", ("部门",), required=True, longest=100),
    Column("year_rule", "年份规则", "Year rule", (), required=True, closed=YEAR_RULES),
    Column("reason_zh", "更新原因", "Reason of this release (Chinese)", ("变更原因",), required=True),
    Column("reason_en", "更新原因（英文）", "Reason of this release (English)", ("reason",), required=True),
)
_KEY: Final = replace(next(column for column in GASES.columns if column.name == "key"), required=True)
_NOTE: Final = next(column for column in GASES.columns if column.name == "note")
_EXAMPLE: Final = Column("example", "示例", "Example")
_AMOUNT: Final = Column("amount", "数量", "Amount", ("数值", "value"), True, "number")
_UNIT: Final = Column("unit", "单位", "Unit", (), True, reference="unit")
_FLOW_CODE: Final = Column("flow_code", "流编码", "Flow code", ("流代码",))
_FLOW_NAME: Final = Column("flow_name", "流名称", "Flow name", ("物质", "名称"), required=True)
STAGES: Final = Sheet(
    "stages",
    "生命周期阶段",
    "Stages",
    (
        _KEY,
        Column("stage", "阶段", "Stage", ("生命周期阶段",), required=True),
        Column("value", "数值", "Value", ("排放量",), True, "number"),
        Column("unit", "单位", "Unit", reference="unit"),
        Column("share", "占比（%）", "Share (%)", ("占比",), type="number"),
        _NOTE,
        _EXAMPLE,
    ),
    ("阶段",),
)
UNIT_PROCESSES: Final = Sheet(
    "unit_processes",
    "单元过程",
    "Unit processes",
    (
        _KEY,
        Column("process", "过程编号", "Process id", ("过程", "单元过程编号"), required=True),
        Column("process_name", "过程名称", "Process name", ("单元过程名称",)),
        Column("direction", "输入输出", "Direction", ("方向",), True, closed=("input", "output")),
        _FLOW_CODE,
        _FLOW_NAME,
        _AMOUNT,
        _UNIT,
        Column("reference_flow", "基准流", "Reference flow", (), closed=("yes", "no")),
        Column("carbon_content", "含碳量（%）", "Carbon content (%)", ("含碳量",), type="number"),
        Column("carbon_origin", "碳来源", "Carbon origin", (), closed=ORIGINS),
        Column("data_origin", "数据来源类型", "Data origin", ("初级或次级",), closed=DATA_ORIGINS),
        Column("allocation", "分配方法", "Allocation", ("分配",)),
        Column("region", "地区", "Region", (), reference="region"),
        Column("year", "年份", "Year", (), type="year"),
        Column("source", "来源", "Source", ("来源编号",), reference="source"),
        _NOTE,
        _EXAMPLE,
    ),
    ("过程",),
)
LINKS: Final = Sheet(
    "links",
    "模型连接",
    "Links",
    (
        _KEY,
        Column("from_process", "上游过程", "From process", ("来源过程",), required=True),
        Column("to_process", "下游过程", "To process", ("去向过程",), required=True),
        _FLOW_CODE,
        _FLOW_NAME,
        Column("amount", "数量", "Amount", ("数值",), type="number"),
        Column("unit", "单位", "Unit", reference="unit"),
        _NOTE,
        _EXAMPLE,
    ),
    ("模型", "model links", "连接"),
)
INVENTORY: Final = Sheet(
    "inventory",
    "清单结果",
    "Inventory",
    (
        _KEY,
        _FLOW_CODE,
        _FLOW_NAME,
        Column("compartment", "环境介质", "Compartment", ("介质",)),
        _AMOUNT,
        _UNIT,
        _NOTE,
        _EXAMPLE,
    ),
    ("生命周期清单", "inventory result", "LCI"),
)
UPSTREAM: Final = Sheet(
    "upstream",
    "上游因子",
    "Upstream factors",
    (
        _KEY,
        Column("ref", "上游因子编号", "Upstream factor", ("引用的因子",), required=True),
        Column("amount", "数量", "Amount", (), type="number"),
        Column("unit", "单位", "Unit", reference="unit"),
        _NOTE,
        _EXAMPLE,
    ),
    ("背景数据", "upstream factor versions"),
)
EVIDENCE: Final = Sheet(
    "evidence",
    "质量证据",
    "Quality evidence",
    (
        _KEY,
        Column("scheme", "评价体系", "Scheme", (), required=True),
        Column("indicator", "指标", "Indicator", (), required=True),
        Column("score", "得分", "Score", ("评分",), type="number"),
        Column("statement", "依据", "Statement", ("说明",), required=True),
        Column("source", "来源", "Source", ("来源编号",), reference="source"),
        _EXAMPLE,
    ),
    ("数据质量", "quality"),
)
MARKET: Final = Sheet(
    "market",
    "市场覆盖",
    "Market coverage",
    (
        _KEY,
        Column("region", "地区", "Region", (), required=True, reference="region"),
        Column("year", "年份", "Year", (), type="year"),
        Column("coverage_percent", "覆盖率（%）", "Coverage (%)", ("覆盖率", "市场份额"), True, "number"),
        Column("producers", "企业数", "Producers", ("样本企业数",), type="integer"),
        Column("source", "来源", "Source", ("来源编号",), reference="source"),
        _NOTE,
        _EXAMPLE,
    ),
    ("市场份额", "market"),
)
DETAILS: Final = (STAGES, UNIT_PROCESSES, LINKS, INVENTORY, UPSTREAM, EVIDENCE, MARKET)
SHEETS: Final[tuple[Sheet, ...]] = (DATASET, FACTORS, GASES, STAGES, SOURCES, *DETAILS[1:])
BY_NAME: Final = {sheet.name: sheet for sheet in SHEETS}
PASSED_OVER: Final = ("lists", "选项", "guide", "填写说明", "findings", "检查结果", "example", "about")
"""Sheets that the template or a marked workbook brings along."""
