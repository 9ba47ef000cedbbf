"""Chinese names of the values of closed lists: shown in the template and taken in place of the value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from app.intake.columns_match import fold_heading

LABELS: Final[dict[str, str]] = {
    "lifecycle_factor": "生命周期因子",
    "grid_emission_factor": "电网排放因子",
    "direct_emission_factor": "直接排放因子",
    "project_baseline": "项目基准线因子",
    "regulatory_default": "法规默认值",
    "activity_parameter": "活动参数",
    "benchmark": "基准值",
    "co2e": "二氧化碳当量",
    "single_gas": "单一气体",
    "by_gas": "分气体",
    "carbon": "碳",
    "none": "不适用",
    "combustion": "燃烧",
    "generation": "发电",
    "consumption": "用电",
    "td_loss": "输配损失",
    "wtt": "油井到油箱",
    "ttw": "油箱到车轮",
    "wtw": "油井到车轮",
    "process": "过程排放",
    "gate_to_gate": "门到门",
    "cradle_to_gate": "摇篮到大门",
    "cradle_to_grave": "摇篮到坟墓",
    "embedded_direct": "隐含直接排放",
    "embedded_indirect": "隐含间接排放",
    "embedded_total": "隐含排放合计",
    "property": "物性参数",
    "data_year": "数据年",
    "edition": "版本年",
    "validity": "有效期",
    "timeless": "不随时间变化",
    "net": "低位",
    "gross": "高位",
    "fossil": "化石",
    "biogenic": "生物源",
    "land_use": "土地利用",
    "unspecified": "未区分",
    "mass": "气体质量",
    "high": "高",
    "medium": "中",
    "low": "低",
    "primary": "初级数据",
    "secondary": "次级数据",
    "national": "国家",
    "regional": "区域",
    "sector": "行业",
    "enterprise": "企业",
    "international": "国际",
    "public": "公开",
    "restricted": "受限",
    "announcement": "公告",
    "standard": "标准",
    "guideline": "指南",
    "database": "数据库",
    "report": "报告",
    "regulation": "法规",
    "listing": "目录",
    "literature": "文献",
    "measurement": "实测",
    "from_binary": "二进制单元格",
    "input": "输入",
    "output": "输出",
    "yes": "是",
    "no": "否",
}


@lru_cache(maxsize=64)
def _spellings(values: tuple[str, ...]) -> dict[str, str]:
    known: dict[str, str] = {}
    for value in values:
        label = LABELS.get(value, value)
        known |= {fold_heading(text): value for text in (label, listed(value), value)}
    return known


def find_value(values: tuple[str, ...], text: str) -> str | None:
    """The value of a closed list that `text` names: itself in any case and spacing, its Chinese name, or both."""
    if text in values:
        return text
    return _spellings(values).get(fold_heading(text))


def listed(value: str) -> str:
    """A value with its Chinese name, as in the drop-downs: `net 低位`."""
    return f"{value} {LABELS[value]}" if value in LABELS else value


def shown(values: Sequence[str]) -> str:
    """`net 低位, gross 高位`: for notes."""
    return ", ".join(map(listed, values))
