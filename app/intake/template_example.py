"""The example that the template shows: a small dataset that has no errors when it is taken as data."""

from __future__ import annotations

from typing import Final

from app.reference.index import ReferenceIndex

MARK: Final = "示例 example"
"""Any text in the column `example` keeps a row out; the template writes this one."""

DATASET: Final[dict[str, str]] = {
    "id": "steel-association-2025",
    "release": "2025.1",
    "name_zh": "某协会钢铁产品碳足迹因子（示例）",
    "name_en": "Footprint factors of steel products of an association (example)",
    "description_zh": "会员企业2024年数据的加权平均，摇篮到大门；不用于企业层面履约核算。",
    "description_en": "Weighted means of the members' data of 2024, cradle to gate; not for compliance accounting.",
    "publisher_zh": "某钢铁行业协会",
    "publisher_en": "A steel association",
    "rights_holder_zh": "某钢铁行业协会",
    "rights_holder_en": "A steel association",
    "maintainer_zh": "某钢铁行业协会数据部",
    "maintainer_en": "Data office of the association",
    "contributor_zh": "某研究院",
    "contributor_en": "A research institute",
    "licence_id": "CC-BY-4.0",
    "licence_name": "Creative Commons Attribution 4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "licence_terms_zh": "可自由使用，须注明来源。",
    "licence_terms_en": "Free to use with attribution.",
    "access_class": "public",
    "layer": "sector",
    "sector": "steel",
    "year_rule": "data_year",
    "reason_zh": "首次报送",
    "reason_en": "first submission",
}
_SERIES: Final = "steel.plate.cn"
_KEY: Final = "steel.plate.cn.2024"
_GASES_KEY: Final = "fuel.coke.combustion.cn.2024"


def example(index: ReferenceIndex) -> dict[str, list[dict[str, str]]]:
    """Rows by sheet and column. Codes that this edition of the reference tables lacks give way to others."""
    plate = _or_first("steel.plate", index)
    coke = _or_first("fuel.coke", index)
    return {
        "factors": [_plate(plate), _coke(coke)],
        "gases": [
            {"key": _GASES_KEY, "gas": gas, "origin": "fossil", "value": value, "unit": f"kg {gas} / GJ"}
            for gas, value in (("CO2", "107"), ("CH4", "0.001"), ("N2O", "0.0015"))
        ],
        "stages": [
            {
                "key": _KEY,
                "stage": "原料获取 raw materials",
                "value": "0.61",
                "unit": "kg CO2e / kg",
                "share": "30",
            },
            {
                "key": _KEY,
                "stage": "生产 production",
                "value": "1.4400",
                "unit": "kg CO2e / kg",
                "share": "70",
            },
        ],
        "sources": [
            {
                "id": "report-2025",
                "title": "钢铁产品碳足迹因子研制报告",
                "publisher": "某研究院",
                "number": "R-2025-01",
                "published_on": "2025-03-31",
                "kind": "report",
            }
        ],
        **_model(),
    }


def _or_first(code: str, index: ReferenceIndex) -> str:
    return code if code in index.activities.by_code else next(iter(index.activities.by_code))


def _plate(activity: str) -> dict[str, str]:
    return {
        "key": _KEY,
        "series": _SERIES,
        "name_zh": "中厚板；高炉—转炉长流程；生产平均",
        "name_en": "Steel plate; blast furnace and converter route; production mix",
        "record_type": "lifecycle_factor",
        "activity": activity,
        "region": "CN",
        "year": "2024",
        "gas_basis": "co2e",
        "gwp_set": "ar5-100",
        "value": "2.0500",
        "unit": "kg CO2e / kg",
        "boundary": "cradle_to_gate",
        "route": "bf_bof",
        "allocation": "mass",
        "data_origin": "primary",
        "source": "report-2025",
        "locator": "表 3-2，第 3 行",
        "confidence": "high",
    }


def _coke(activity: str) -> dict[str, str]:
    return {
        "key": _GASES_KEY,
        "name_zh": "焦炭；固定源燃烧",
        "name_en": "Coke; stationary combustion",
        "record_type": "direct_emission_factor",
        "activity": activity,
        "region": "CN",
        "year": "2024",
        "gas_basis": "by_gas",
        "calorific_basis": "net",
        "boundary": "combustion",
        "source": "report-2025",
        "locator": "表 2-1",
        "confidence": "medium",
    }


def _model() -> dict[str, list[dict[str, str]]]:
    return {
        "unit_processes": [
            {
                "key": _KEY,
                "process": "rolling",
                "process_name": "轧制 rolling",
                "direction": direction,
                "flow_name": flow,
                "amount": amount,
                "unit": "t",
                "reference_flow": reference,
                "data_origin": "primary",
            }
            for direction, flow, amount, reference in (
                ("output", "中厚板 steel plate", "1", "yes"),
                ("input", "连铸坯 slab", "1.06", "no"),
            )
        ],
        "links": [
            {
                "key": _KEY,
                "from_process": "casting",
                "to_process": "rolling",
                "flow_name": "连铸坯 slab",
                "amount": "1.06",
                "unit": "t",
            }
        ],
        "inventory": [
            {"key": _KEY, "flow_name": "二氧化碳 CO2", "compartment": "air", "amount": "1.93", "unit": "kg"}
        ],
        "upstream": [
            {"key": _KEY, "ref": "cn-electricity-footprint/average.cn.2024@1", "amount": "410", "unit": "kWh"}
        ],
        "evidence": [
            {
                "key": _KEY,
                "scheme": "EF-DQR",
                "indicator": "TeR",
                "score": "2",
                "statement": "覆盖 38 家会员企业",
            }
        ],
        "market": [
            {"key": _KEY, "region": "CN", "year": "2024", "coverage_percent": "62", "producers": "38"}
        ],
    }
