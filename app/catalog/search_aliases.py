"""What places and activities are called, as the index needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from app.catalog.search_text import phrase
from app.reference.index import ReferenceIndex
from app.reference.regions import Region

_REMARK = re.compile(r"[（(][^()（）]*[)）]")


class Aliases(Protocol):
    """Names and codes of regions and activities in both languages; nothing for what is unknown."""

    def region_terms(self, code: str) -> Sequence[str]:
        """What the region is called."""
        ...

    def activity_terms(self, code: str) -> Sequence[str]:
        """What the activity is called."""
        ...

    def activities_named(self, phrase: str) -> Sequence[str]:
        """Codes of the activities that have this whole name, as `search_text.phrase` spells it."""
        ...

    def regions_named(self, phrase: str) -> Sequence[str]:
        """Codes of the regions that have this whole name."""
        ...


class ReferenceAliases:
    """The terms that one edition of the reference tables knows."""

    def __init__(self, index: ReferenceIndex) -> None:
        self._regions = {code: _region_terms(region) for code, region in index.regions.by_code.items()}
        self._activities = {code: activity.names[1:] for code, activity in index.activities.by_code.items()}
        self._region_names = _by_phrase(self._regions)
        self._activity_names = _by_phrase(self._activities)

    def region_terms(self, code: str) -> Sequence[str]:
        return self._regions.get(code, ())

    def activity_terms(self, code: str) -> Sequence[str]:
        return self._activities.get(code, ())

    def activities_named(self, phrase: str) -> Sequence[str]:
        return self._activity_names.get(phrase, ())

    def regions_named(self, phrase: str) -> Sequence[str]:
        return self._region_names.get(phrase, ())


def _region_terms(region: Region) -> tuple[str, ...]:
    terms = (region.code, region.name_zh, region.name_en, region.alpha3, region.gbt2260, *region.aliases)
    return tuple(term for term in terms if term)


def _by_phrase(terms: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for code, names in terms.items():
        for name in names:
            found.setdefault(phrase(name), {})[code] = None
            found.setdefault(phrase(_REMARK.sub("", name)), {})[code] = None  # Portland cement (grey)
    return {name: tuple(codes) for name, codes in found.items() if name}


class NoAliases:
    """For catalogues without reference tables."""

    def region_terms(self, code: str) -> Sequence[str]:
        return ()

    def activity_terms(self, code: str) -> Sequence[str]:
        return ()

    def activities_named(self, phrase: str) -> Sequence[str]:
        return ()

    def regions_named(self, phrase: str) -> Sequence[str]:
        return ()


NO_ALIASES: Final = NoAliases()

CLOSED_LISTS: Final[dict[str, str]] = {
    "combustion": "combustion burning 燃烧 燃料燃烧",
    "generation": "generation 发电",
    "consumption": "consumption 用电 消费",
    "td_loss": "transmission distribution loss T&D 输配电损耗 线损 网损",
    "wtt": "well to tank WTT upstream 上游 油井到油箱",
    "ttw": "tank to wheel TTW 油箱到车轮",
    "wtw": "well to wheel WTW 油井到车轮",
    "process": "process production industrial 工业过程 生产过程",
    "gate_to_gate": "gate to gate 大门到大门",
    "cradle_to_gate": "cradle to gate 摇篮到大门 碳足迹 footprint",
    "cradle_to_grave": "cradle to grave 摇篮到坟墓 全生命周期 碳足迹 footprint",
    "embedded_direct": "embedded direct 直接隐含排放",
    "embedded_indirect": "embedded indirect 间接隐含排放",
    "embedded_total": "embedded total 隐含排放合计",
    "property": "property parameter 参数",
    "lifecycle_factor": "life cycle lifecycle LCA 生命周期 全生命周期",
    "grid_emission_factor": "grid 电网 电力",
    "direct_emission_factor": "direct 直接排放",
    "project_baseline": "project baseline 项目基准线",
    "regulatory_default": "regulatory default value 默认值 缺省值",
    "activity_parameter": "parameter 参数",
    "benchmark": "benchmark 基准值",
    "om": "operating margin OM 电量边际",
    "bm": "build margin BM 容量边际",
    "mandated": "mandated 规定值",
    "fossil": "fossil 化石能源",
    "excl_traded_non_fossil": "residual excluding traded non-fossil 剩余 不包括市场化交易 非化石能源",
    "life_cycle": "life cycle footprint 生命周期 碳足迹",
    "ncv": "net calorific value NCV 低位发热量 热值",
    "carbon_content": "carbon content 含碳量",
    "oxidation": "oxidation 氧化率 碳氧化率",
    "CO2": "CO2 carbon dioxide 二氧化碳",
    "CH4": "CH4 methane 甲烷",
    "N2O": "N2O nitrous oxide 氧化亚氮",
    "SF6": "SF6 sulphur hexafluoride 六氟化硫",
    "CF4": "CF4 tetrafluoromethane 四氟化碳 PFC",
    "C2F6": "C2F6 hexafluoroethane 六氟乙烷 PFC",
    "HFC": "HFC hydrofluorocarbon 氢氟碳化物",
}
"""Words of the values of closed lists, so that people need not know our codes."""
