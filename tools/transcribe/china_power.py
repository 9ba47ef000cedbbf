"""China: electricity and heat."""

from __future__ import annotations

import re
from pathlib import Path

from tools.transcribe.china_terms import MEE, MEE_NBS, OFFICIAL, UNSEEN, china
from tools.transcribe.common import Dataset, Row, join_key, read_facts
from tools.transcribe.plain import Book, data_year, edition

_SIX_GRIDS = "This issue still uses the six grids (Sichuan and Chongqing in Central)."
_MARGINS = {"om": "operating margin (OM)", "bm": "build margin (BM)"}


def grid_co2(facts: Path) -> Dataset:
    """MEE and NBS: direct CO2 of consumed electricity, 2021-2023."""
    about = (
        "生态环境部、国家统计局发布的2021、2022、2023年电力二氧化碳排放因子：全国、七个区域、30个省级，以及"
        "不包括市场化交易的非化石能源电量和化石能源电力两个全国口径。只含CO2，不是CO2当量，也不含上游；用于"
        "组织层面核算用电排放，不用于产品碳足迹（另见电力碳足迹因子），不等于碳市场履约用的0.5703等取值，也"
        "不是减排项目的OM/BM。西藏、港澳台无数值；2024年数据未见发布。",
        "CO2 factors of electricity announced by MEE and NBS for 2021, 2022 and 2023: national, seven "
        "regions, 30 provinces, and two more national figures (without market-traded non-fossil power; "
        "fossil power). CO2 only, not CO2e, without upstream: for accounting consumed power of an "
        "organisation. Not for product footprints (see the life-cycle factors), not the mandated values "
        "such as 0.5703, not OM or BM of projects. No value for Tibet, Hong Kong, Macao and Taiwan; no "
        "publication of 2024 data was found.",
    )
    name = ("电力二氧化碳排放因子（2021—2023年）", "China electricity CO2 factors, 2021-2023")
    book = Book(
        china("cn-grid-co2", "2023.1", "electricity", "data_year", name, about, MEE_NBS), "announcement"
    )
    for row in read_facts(facts, "electricity/cn_grid_co2_direct.csv"):
        variant = _average_variant(row["key"])
        series = join_key(variant, row["geography"].lower())
        values = _grid(row, series, variant)
        values |= {"legal_ref": row["document_number"], **data_year(row)}
        book.add(
            row, f"mee-nbs-{row['reference_year']}", **values, key=join_key(series, row["reference_year"])
        )
    return book.dataset()


def _average_variant(key: str) -> str:
    if key.endswith(".excl_market_nonfossil"):
        return "excl_traded_non_fossil"
    return "fossil" if key.endswith(".fossil_power") else "average"


def _grid(row: Row, series: str, variant: str) -> Row:
    return {
        "series": series,
        "record_type": "grid_emission_factor",
        "activity": "electricity.grid",
        "region": row["geography"],
        "boundary": "generation",
        "variant": variant,
        "scope_hint": "2",
    }


def grid_historic(facts: Path) -> Dataset:
    """NDRC: the averages of the six grids of 2012."""
    about = (
        "2012年六大区域电网平均CO2排放因子。六大电网的划分与2021年起的七个区域不同（四川、重庆当时属华中），"
        "不可混用。",
        "Average CO2 factors of the six regional grids of 2012. These six are not the seven regions since "
        "2021 (Sichuan and Chongqing then counted in Central): do not mix them.",
    )
    name = ("2012年中国区域电网平均二氧化碳排放因子", "China regional grid average CO2 factors, 2012")
    publisher = (
        "国家发展改革委应对气候变化司（国家气候战略中心编制）",
        "NDRC Department of Climate Change (compiled by NCSC)",
    )
    texts = china("cn-grid-co2-historic", "2012.1", "electricity", "data_year", name, about, publisher)
    book = Book(texts, "announcement")
    for row in read_facts(facts, "electricity/cn_grid_co2_other.csv"):
        if "2012.grid" in row["key"]:
            place = six_grids(row["geography"])
            series = join_key("average", place.lower())
            values = {**_grid(row, series, "average"), **data_year(row), "region": place}
            book.add(row, "ndrc-2012", **values, key=join_key(series, "2012"))
    return book.dataset()


def six_grids(geography: str) -> str:
    """The region code of one of the six grids before the split of 2021."""
    return geography.replace("CN-GRID-", "CN-GRID2012-")


_MANDATED = {
    "cn.grid.co2.reporting.2023notice": "2022",
    "cn.grid.co2.reporting.2022notice": "2021",
    "cn.grid.co2.reporting.2021guide": "guide-2021",
    "cn.grid.co2.local.sh.2022": "2022",
    "cn.grid.co2.local.bj.db11_1785": "2020",
}


def grid_mandated(facts: Path) -> Dataset:
    """Values that a rule prescribes: the national 0.6101, 0.5810, 0.5703 and local ones."""
    about = (
        "履约报告规定使用的外购电力取值：全国0.6101、0.5810、0.5703 tCO2/MWh，上海和北京的地方取值。年份是"
        "报告（履约）年度，不是数据年度；与生态环境部、国家统计局公布的年度电力排放因子是不同的序列，只能按"
        "规定的年度和范围使用。",
        "Values that reporting rules prescribe for purchased power: national 0.6101, 0.5810, 0.5703 t "
        "CO2/MWh, and local values of Shanghai and Beijing. The year is the compliance year, not a year of "
        "data. Another series than the yearly MEE and NBS factors: use them only for the years and reports "
        "that the rule names.",
    )
    name = ("电网排放因子规定取值（履约报告用）", "China mandated grid factors for compliance reports")
    publisher = ("生态环境部及地方主管部门", "MEE and local authorities of China")
    texts = china("cn-grid-co2-mandated", "2023.1", "electricity", "validity", name, about, publisher)
    book = Book(texts, "announcement")
    rows = read_facts(facts, "electricity/cn_grid_co2_other.csv")
    rows += read_facts(facts, "electricity/cn_local_beijing.csv")
    for row in rows:
        if row["key"] in _MANDATED:
            series = join_key("mandated", row["geography"].lower())
            values = {**_grid(row, series, "mandated"), **_compliance_year(row)}
            values |= {"record_type": "regulatory_default", "legal_ref": row["document_number"]}
            key = join_key(series, _MANDATED[row["key"]])
            book.add(
                row, row["key"].rpartition("co2.")[2].replace(".", "-").replace("_", "-"), **values, key=key
            )
    return book.dataset()


def _compliance_year(row: Row) -> Row:
    """``2022 (compliance year)`` is year 2022 with a label; an unconfirmed data year is a label."""
    text = row["reference_year"]
    if re.fullmatch(r"\d{4}", text):
        return {"year": text, **({"edition_year": text} if "DB11" in row["document_number"] else {})}
    year = text[:4] if "compliance year" in text else ""
    return {"year": year, "period_label": text}


def footprint(facts: Path) -> Dataset:
    """MEE, NBS and NEA: life-cycle factors of electricity, 2023 and 2024."""
    about = (
        "2023、2024年电力碳足迹因子（全生命周期，CO2当量）：全国平均、八种发电类型、输配电。用于产品碳足迹；"
        "没有分省数值；与只含CO2的电力排放因子是两个序列，不可互换。",
        "Life-cycle factors of electricity (CO2e) for 2023 and 2024: national average, eight kinds of "
        "generation, transmission and distribution. For product footprints; no provincial values exist. "
        "Another series than the CO2 factors of the grid: the two never stand in for each other.",
    )
    name = ("电力碳足迹因子", "China life-cycle factors of electricity")
    publisher = ("生态环境部、国家统计局、国家能源局", "MEE, NBS and National Energy Administration (NEA)")
    texts = china("cn-electricity-footprint", "2024.1", "electricity", "data_year", name, about, publisher)
    book = Book(texts, "announcement")
    for row in read_facts(facts, "electricity/cn_electricity_lifecycle.csv"):
        tail = row["key"].split(".", 4)[4]
        kind = tail.removeprefix("gen.")
        series = "life_cycle.cn" if kind == "national" else join_key(kind.replace("td.", "td_"), "cn")
        values = {"series": series, "record_type": "lifecycle_factor", "region": "CN", **_footprint(kind)}
        values |= {**data_year(row), "key": join_key(series, row["reference_year"])}
        book.add(row, f"mee-nbs-nea-{row['reference_year']}", **values)
    return book.dataset()


def _footprint(kind: str) -> Row:
    """Activity, boundary and variant of ``national``, a kind of generation, or ``td...``."""
    if kind == "national":
        return {"activity": "electricity.grid", "boundary": "cradle_to_gate", "variant": "life_cycle"}
    if kind.startswith("td"):
        activity = "electricity.transmission_distribution"
        return {"activity": activity, "boundary": "td_loss", "variant": kind.removeprefix("td.")}
    activity = f"electricity.generation.{kind}"
    return {"activity": activity, "boundary": "cradle_to_gate", "variant": kind}


def margins(facts: Path) -> Dataset:
    """Baselines of emission reduction projects: OM and BM."""
    about = (
        "减排项目区域电网基准线排放因子：电量边际（OM）和容量边际（BM），2016、2019年及2023年华北一项。只用"
        "于减排项目，不用于核算用电排放。2016、2019年仍按六大区域电网划分，故用六大电网的区域代码。2020—"
        "2022年未收录。",
        "Project baselines of the regional grids: operating margin (OM) and build margin (BM), 2016, 2019 "
        "and one figure of 2023. For emission reduction projects only, never for consumed power. The "
        "issues of 2016 and 2019 still use the six grids, so they carry the codes of the six. 2020 to 2022 "
        "are missing.",
    )
    name = ("减排项目区域电网基准线排放因子（OM、BM）", "China grid baselines of projects (OM, BM)")
    texts = china("cn-grid-om-bm", "2023.1", "electricity", "data_year", name, about, MEE)
    book = Book(texts, "announcement")
    for row in read_facts(facts, "electricity/cn_grid_om_bm.csv"):
        variant, year = row["key"].split(".")[2:4]
        place = six_grids(row["geography"]) if year in ("2016", "2019") else row["geography"]
        series = join_key(variant, place.lower())
        values = {**_grid(row, series, variant), **data_year(row), "region": place, "scope_hint": ""}
        values |= {"record_type": "project_baseline", "technology": _MARGINS[variant]}
        if place != row["geography"]:
            note = row["method_note"]
            values["note"] = f"{note} {_SIX_GRIDS}"
        book.add(row, f"baseline-{year}", **values, key=join_key(series, year))
    return book.dataset()


_HEAT = {
    "cn.heat.default.gb32150_2025": ("gb-t-32150.cn", "2025", {"applies_from": "2026-07-01"}),
    "cn.heat.default.ndrc_public_building": ("ndrc-public-building.cn", "", {}),
    "cn.heat.local.sh.2022": ("local.cn-sh", "2022", {}),
    "cn.heat.default.co2": ("mee-supplement.cn", "2018", {}),
}


def heat(facts: Path) -> Dataset:
    """Default factors of purchased heat and steam."""
    about = (
        "外购热力（蒸汽、热水）CO2排放因子缺省值：全国0.11 tCO2/GJ（三个文件）、上海0.06。有供应方实测数据"
        "时优先使用实测数据。各省热力因子未见官方文件，未收录。",
        "Default CO2 factors of purchased heat (steam, hot water): 0.11 t CO2/GJ in three documents, "
        "Shanghai 0.06. A measured value of the supplier goes first. No official provincial heat factors "
        "were found.",
    )
    name = ("外购热力排放因子缺省值", "China default factors of purchased heat")
    publisher = ("国家和地方主管部门", "National and local authorities of China")
    texts = china("cn-heat", "2025.1", "heat", "edition", name, about, publisher, OFFICIAL)
    book = Book(texts, "guideline")
    rows = read_facts(facts, "electricity/heat_steam.csv") + read_facts(
        facts, "fuels/china_fuel_defaults.csv"
    )
    for row in rows:
        if row["key"] not in _HEAT:
            continue
        series, year, more = _HEAT[row["key"]]
        series = join_key("default", series)
        values = {"series": series, "key": join_key(series, year), "record_type": "direct_emission_factor"}
        values |= {"activity": "heat.purchased", "region": row["geography"], "boundary": "generation"}
        values |= {"scope_hint": "2", "legal_ref": row["document_number"], **edition(row), **more}
        book.add(row, series.split(".")[1] if year != "2022" else "shanghai-2022", **values)
    return book.dataset()


def rail(facts: Path) -> Dataset:
    """Energy intensity of the national railways."""
    about = (
        "2024年国家铁路单位运输工作量能耗（吨标准煤/百万换算吨公里）。这是能耗强度，不是排放因子；统计中电"
        "力已折标，不可再乘单一燃料的因子。",
        "Energy of the national railways per unit of transport work in 2024 (tce per million converted "
        "t.km). An energy intensity, not an emission factor; power is converted inside the statistic, so "
        "do not multiply it with the factor of one fuel.",
    )
    name = ("国家铁路单位运输工作量能耗", "Energy intensity of the national railways of China")
    publisher = ("国家铁路局", "National Railway Administration of China")
    texts = china("cn-rail-energy", "2024.1", "transport", "data_year", name, about, publisher, UNSEEN)
    book = Book(texts, "report")
    for row in read_facts(facts, "transport/cn_rail_energy.csv"):
        series = join_key(row["key"].rpartition(".")[2])
        values = {"series": series, "key": join_key(series, row["reference_year"]), "region": "CN"}
        values |= {"record_type": "activity_parameter", "activity": "freight.rail", "boundary": "property"}
        values |= {
            "variant": series,
            "technology": "national railways, passenger and freight",
            **data_year(row),
        }
        book.add(row, "railway-bulletin-2024", **values)
    return book.dataset()


DATASETS = (grid_co2, grid_historic, grid_mandated, footprint, margins, heat, rail)
