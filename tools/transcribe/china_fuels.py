"""China: fuels, energy conversion and coal mines."""

from __future__ import annotations

from pathlib import Path

from tools.transcribe.china_terms import MEE, NDRC, SAC, STANDARD, UNSEEN, china
from tools.transcribe.common import Dataset, Row, join_key, read_facts
from tools.transcribe.fuels import fuel
from tools.transcribe.plain import Book, edition, parameter

DEFAULTS = "fuels/china_fuel_defaults.csv"

_NET_INFERRED = "net calorific basis inferred from figures equal to the IPCC ones"
_KINDS = {"ncv": "ncv", "cc": "carbon_content", "of": "oxidation"}
_NET = {"ncv": "net", "cc": "net", "of": ""}
_GENERATIONS = {
    "steel2013": ("steel-guideline", "steel guideline 2013"),
    "sector2014_15": ("sector-guidelines", "sector guidelines 2014-2015"),
    "cets2024": ("carbon-market", "carbon market 2024"),
}


def _property(row: Row, word: str, kind: str, document: str) -> Row:
    """Columns of a net calorific value, a carbon content per net heat, or an oxidation factor."""
    series = join_key(document, word, _KINDS[kind])
    year = row["reference_year"]
    return {
        **parameter(
            _KINDS[kind], series=series, key=join_key(series, year), activity=fuel(word), region="CN"
        ),
        "calorific_basis": _NET[kind],
        **edition(row),
    }


def fuel_defaults(facts: Path) -> Dataset:
    """Three generations of guideline defaults, kept apart by document."""
    about = (
        "化石燃料低位发热量、单位热值含碳量、碳氧化率缺省值，三代并存：2013年钢铁指南、2014—2015年各行业指"
        "南、2024年碳市场文件。三代数值不同（如无烟煤低位发热量20.304、24.515、22.867 GJ/t），没有哪一个是“"
        "唯一”取值，须按适用文件选用。这些是参数，不是排放因子：CO2 = 消费量 × 低位发热量 × 含碳量 × 氧化率"
        " × 44/12。印刷附录未能读到，数值来自公开程序。",
        "Net calorific values, carbon contents per unit of heat and oxidation factors of fuels, in three "
        "generations: steel guideline 2013, sector guidelines 2014-2015, carbon market 2024. They differ "
        "(anthracite 20.304, 24.515, 22.867 GJ/t) and none is the one value: choose by the document that "
        "applies. These are parameters, not emission factors: CO2 = consumption x NCV x carbon content x "
        "oxidation x 44/12. The printed appendices were not readable; the figures come from public "
        "programs.",
    )
    name = ("中国化石燃料参数缺省值（三代）", "China fuel parameter defaults (three generations)")
    publisher = ("国家发展和改革委员会、生态环境部", "NDRC and MEE")
    book = Book(china("cn-fuel-defaults", "2024.1", "energy", "edition", name, about, publisher), "guideline")
    for row in read_facts(facts, DEFAULTS):
        parts = row["key"].split(".")
        if parts[1] in _GENERATIONS:
            source, text = _GENERATIONS[parts[1]]
            values = _coal_oxidation(row, source) if parts[2] == "coal_oxidation" else {}
            values = values or _property(row, parts[2], parts[3], source)
            values["name_en"] = row["name_en"].replace(parts[1], text)
            book.add(row, source, **values)
    return book.dataset()


def _coal_oxidation(row: Row, source: str) -> Row:
    """An oxidation factor of coal by the device that burns it."""
    device = row["key"].rpartition(".")[2]
    values = _property(row, "coal_oxidation", "of", source)
    series = join_key(source, "coal.oxidation", device)
    key = join_key(series, row["reference_year"])
    return {**values, "series": series, "key": key, "technology": device.replace("_", " ")}


def standard_ncv(facts: Path) -> Dataset:
    """GB/T 2589-2008: average net calorific values."""
    about = (
        "GB/T 2589-2008《综合能耗计算通则》附录A的平均低位发热量。2020版已替代本版，未比对。",
        "Average net calorific values of Annex A of GB/T 2589-2008. The 2020 edition replaces it and was "
        "not compared.",
    )
    name = ("GB/T 2589 平均低位发热量", "GB/T 2589 average net calorific values")
    texts = china("cn-gbt2589-ncv", "2008.1", "energy", "edition", name, about, SAC, STANDARD)
    book = Book(texts, "standard")
    for row in read_facts(facts, DEFAULTS):
        if row["key"].startswith("cn.gbt2589."):
            word = row["key"].split(".")[2]
            book.add(row, "gb-t-2589-2008", **_property(row, word, "ncv", "annex-a"))
    return book.dataset()


def derived(facts: Path) -> Dataset:
    """A secondary page: CO2 per unit of fuel computed from GB/T 2589 and the provincial guideline."""
    about = (
        "按GB/T 2589热值和省级清单指南含碳量、氧化率推算的燃料燃烧CO2系数（原煤1.9003等）。常被引用，但属二"
        "次推算，不是官方因子。",
        "CO2 of burning a unit of fuel, computed from GB/T 2589 heat values and the provincial inventory "
        "guideline (raw coal 1.9003 and the like). Often quoted, but a secondary derivation and no "
        "official factor.",
    )
    name = ("燃料燃烧CO2系数（二次推算）", "China fuel combustion CO2 (secondary derivation)")
    publisher = ("二次资料页面", "A secondary page")
    texts = china("cn-fuel-derived", "2020.1", "energy", "edition", name, about, publisher, UNSEEN)
    book = Book(texts, "report")
    for row in read_facts(facts, DEFAULTS):
        if row["key"].startswith("cn.derived."):
            word = row["key"].split(".")[2]
            series = join_key("combustion", word)
            book.add(row, "derived-table", **_combustion(row, word, series), **edition(row))
    return book.dataset()


def _combustion(row: Row, word: str, series: str) -> Row:
    return {
        "series": series,
        "key": join_key(series, row["reference_year"]),
        "record_type": "direct_emission_factor",
        "activity": fuel(word),
        "region": "CN",
        "boundary": "combustion",
        "scope_hint": "1",
    }


def national_database(facts: Path) -> Dataset:
    """The national factor database, versions 1 and 2, as far as one public copy carries it."""
    about = (
        "国家温室气体排放因子数据库第一版（2025年1月）和第二版（2026年3月）的部分记录：燃料燃烧CO2与一项粗"
        "钢强度。数据库共1441条，此处仅66条，读自一份公开副本。两版数值可能不同（电煤96.9→96.2），不可混用。"
        "是否含氧化率未注明；热值口径按与IPCC低位热值数值相同推定为低位。生物质燃料的CO2为备忘项，单位是"
        "kg/TJ。",
        "A part of the national greenhouse gas factor database, version 1 (January 2025) and version 2 "
        "(March 2026): CO2 of burning fuels and one intensity of crude steel. The database has 1,441 "
        "records, these are 66, read in one public copy. The versions can differ (coal for power 96.9, "
        "then 96.2). Whether oxidation is included is not stated; the net calorific basis is inferred from "
        "figures equal to the IPCC ones. CO2 of biomass is a memo item and printed per kg/TJ.",
    )
    name = ("国家温室气体排放因子数据库（部分）", "China national GHG emission factor database (part)")
    publisher = (
        "生态环境部、国家统计局（国家应对气候变化战略研究中心维护）",
        "MEE and NBS (kept by the National Center for Climate Change Strategy, NCSC)",
    )
    texts = china("cn-ncsc-factors", "2", "energy", "edition", name, about, publisher, UNSEEN)
    book = Book(texts, "database")
    for row in read_facts(facts, "fuels/cn_ncsc_fuel_combustion.csv"):
        _, _, version, *tail, _ = row["key"].split(".")
        series = join_key("combustion", *tail)
        values = {**_combustion(row, tail[-1], series), "calorific_basis": "net", **edition(row)}
        values["note"] = f"{row['method_note']}; {_NET_INFERRED}"
        if tail[0] == "biomass":
            values["technology"] = "other biogas" if tail[1] == "other_biogas" else ""
            book.add_joined([row], f"ncsc-{version}", "biogenic", **values)
        else:
            book.add(row, f"ncsc-{version}", **values)
    for row in read_facts(facts, "steel/cn_ncsc_crude_steel.csv"):
        values = {"series": "crude_steel.bof", "key": join_key("crude_steel.bof", row["reference_year"])}
        values |= {"record_type": "direct_emission_factor", "activity": "steel.crude", "region": "CN"}
        values |= {"boundary": "gate_to_gate", "route": "BF-BOF", "scope_hint": "1", **edition(row)}
        book.add(row, "ncsc-v2", **values)
    return book.dataset()


_NOT_FUELS = {
    "electricity": "electricity.grid",
    "heat": "heat.purchased",
    "steam_low_pressure": "steam.purchased",
    "fresh_water": "water.supply",
}


def coal_equivalent(facts: Path) -> Dataset:
    """Coal equivalents of the energy statistical yearbook and of GB/T 2589."""
    about = (
        "各种能源折标准煤（折标煤）参考系数：《中国能源统计年鉴2022》附录及GB/T 2589。这是能量折算系数，不"
        "是排放因子。电力为当量值（0.1229），不是等价值。",
        "Coal-equivalent coefficients of energy: China Energy Statistical Yearbook 2022 and GB/T 2589. "
        "Conversions of energy, not emission factors. Electricity is by its heat (0.1229), not by the coal "
        "that power plants burn.",
    )
    name = ("各种能源折标准煤参考系数", "China coal-equivalent coefficients")
    publisher = ("国家统计局、国家标准化管理委员会", "NBS and SAC")
    texts = china("cn-coal-equivalent", "2022.1", "energy", "edition", name, about, publisher, STANDARD)
    book = Book(texts, "report")
    for row in read_facts(facts, "fuels/cn_coal_equivalent.csv"):
        word = row["key"].rpartition(".")[2]
        series = join_key(word)
        values = parameter("coal_equivalent", series=series, key=join_key(series, row["reference_year"]))
        values |= {"activity": _NOT_FUELS.get(word) or fuel(word), "region": "CN", **edition(row)}
        values["technology"] = "low pressure" if word == "steam_low_pressure" else ""
        values["name_zh"] = row["name_zh"].replace("折标准煤系数", "折标准煤系数（折标煤系数）")
        book.add(row, "gb-t-2589" if "2589" in row["document_number"] else "yearbook-2022", **values)
    return book.dataset()


def provincial(facts: Path, year: str) -> Dataset:
    """Fuel parameters of a provincial inventory guideline, 2011 (trial) or 2025."""
    names = {
        "2011": (
            "省级温室气体清单编制指南（试行）燃料参数",
            "Provincial inventory guideline (trial, 2011), fuels",
        ),
        "2025": (
            "省级温室气体清单编制指南（2025年版）燃料参数",
            "Provincial inventory guideline (2025), fuels",
        ),
    }
    about = (
        "省级温室气体清单编制指南的燃料参数：含碳量、氧化率（2025年版含低位发热量）。用于省级清单；数值读自"
        "一个公开程序，未读到印刷表。这些是参数，不是排放因子。",
        "Fuel parameters of the provincial greenhouse gas inventory guideline: carbon content, oxidation, "
        "and in 2025 net calorific value. For provincial inventories; read in one public program, the "
        "printed table was not seen. Parameters, not emission factors.",
    )
    publisher = {"2011": NDRC, "2025": MEE}[year]
    ident = f"cn-provincial-guideline-{year}"
    texts = china(ident, f"{year}.1", "energy", "edition", names[year], about, publisher)
    book = Book(texts, "guideline")
    for row in read_facts(facts, f"fuels/cn_provincial_guideline_{year}.csv"):
        _, _, word, kind = row["key"].split(".")
        book.add(row, f"guideline-{year}", **_property(row, word, kind, "fuel"))
    return book.dataset()


def provincial_2011(facts: Path) -> Dataset:
    return provincial(facts, "2011")


def provincial_2025(facts: Path) -> Dataset:
    return provincial(facts, "2025")


_MINES = {
    "open_pit_mining": ("coal_mining.open_pit", "open-pit mining"),
    "post_mining_high_gas": ("coal_mining.post_mining", "high-gas underground mines"),
    "post_mining_low_gas": ("coal_mining.post_mining", "low-gas underground mines"),
    "post_mining_open_pit": ("coal_mining.post_mining", "open-pit mines"),
}


def coal_mines(facts: Path) -> Dataset:
    """Fugitive CH4 of open-pit mining and of post-mining."""
    about = (
        "煤炭生产企业指南的CH4逃逸排放因子：露天开采和矿后活动，按每吨原煤的CH4质量计。井工开采须用实测瓦斯"
        "涌出量，没有缺省值。",
        "Fugitive CH4 of the coal guideline: open-pit mining and post-mining, as mass of CH4 per tonne of "
        "raw coal. Underground mining has no figure here: it needs the measured gas of the mine.",
    )
    name = ("煤矿CH4逃逸排放因子", "China coal mine CH4 factors")
    book = Book(china("cn-coal-mine-ch4", "2015.1", "coal", "edition", name, about, NDRC), "guideline")
    for row in read_facts(facts, "fuels/cn_coal_mine_ch4.csv"):
        series = join_key(row["key"].split(".")[2])
        activity, technology = _MINES[series]
        values = {"series": series, "key": series, "record_type": "direct_emission_factor", "scope_hint": "1"}
        values |= {"activity": activity, "technology": technology, "region": "CN", "boundary": "process"}
        book.add(row, "coal-guideline", **values, **edition(row))
    return book.dataset()


def incineration(facts: Path) -> Dataset:
    """Fossil CO2 of burning waste."""
    about = (
        "省级清单指南（2025年版）废弃物焚烧化石源CO2排放因子。参数似为干基，湿基使用前须核对原文。",
        "Fossil CO2 of burning waste, provincial inventory guideline 2025. The parameters look like a dry "
        "basis: check the printed guideline before use on wet waste.",
    )
    name = ("废弃物焚烧CO2排放因子", "China waste incineration CO2")
    book = Book(china("cn-waste-incineration", "2025.1", "waste", "edition", name, about, MEE), "guideline")
    activity = {"msw": "waste.incineration.municipal", "hazardous": "waste.incineration.hazardous"}
    for row in read_facts(facts, "water_waste/cn_waste_incineration.csv"):
        word = row["key"].split(".")[3]
        values = {"series": word, "key": join_key(word, row["reference_year"]), "activity": activity[word]}
        values |= {"record_type": "direct_emission_factor", "region": "CN", "boundary": "combustion"}
        book.add(row, "guideline-2025", **values, scope_hint="1", **edition(row))
    return book.dataset()


DATASETS = (
    fuel_defaults,
    standard_ncv,
    derived,
    national_database,
    coal_equivalent,
    provincial_2011,
    provincial_2025,
    coal_mines,
    incineration,
)
