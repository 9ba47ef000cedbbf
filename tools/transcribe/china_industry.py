"""China: guideline defaults of industry and road vehicles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tools.transcribe.china_terms import MEE, NDRC, OFFICIAL, china
from tools.transcribe.common import Dataset, Row, join_key, read_facts
from tools.transcribe.plain import Book, all_gases, by_stem, edition, gas_slug, parameter

_CARBONATES = {
    "caco3": "mineral.limestone",
    "mgco3": "mineral.magnesite",
    "na2co3": "chemical.soda_ash",
    "nahco3": "chemical.sodium_bicarbonate",
    "feco3": "mineral.siderite",
    "mnco3": "mineral.rhodochrosite",
    "camgco32": "mineral.dolomite",
}
_COMPOUNDS = {
    "caco3": "CaCO3",
    "mgco3": "MgCO3",
    "na2co3": "Na2CO3",
    "nahco3": "NaHCO3",
    "feco3": "FeCO3",
    "mnco3": "MnCO3",
    "baco3": "BaCO3",
    "li2co3": "Li2CO3",
    "k2co3": "K2CO3",
    "srco3": "SrCO3",
    "camgco32": "CaMg(CO3)2",
}


def _process(row: Row, series: str, activity: str, **more: str) -> Row:
    """Columns of a process emission factor of a guideline; a label gives no year in the key."""
    found = edition(row)
    return {
        "series": series,
        "key": join_key(series, found.get("year", "")),
        "record_type": "direct_emission_factor",
        "activity": activity,
        "region": "CN",
        "boundary": "process",
        "scope_hint": "1",
        **found,
        **more,
    }


def _parameter(row: Row, series: str, activity: str, variant: str, **more: str) -> Row:
    return {**_process(row, series, activity, scope_hint=""), **parameter(variant), **more}


_CLINKERS = {
    "clinker_portland": ("cement.clinker", "Portland cement clinker"),
    "clinker_white": ("cement.clinker_white", "white Portland cement clinker"),
    "clinker_sulphoaluminate": ("cement.clinker", "sulpho(ferro)aluminate cement clinker"),
    "clinker_aluminate": ("cement.clinker_aluminate", "aluminate cement clinker"),
}


def cement(facts: Path) -> Dataset:
    """National carbon market: clinker process CO2 and deductions for substitute raw materials."""
    about = (
        "全国碳市场水泥熟料过程CO2排放因子缺省值（硅酸盐水泥熟料0.535等）和非碳酸盐替代原料扣减系数。扣减系"
        "数须从熟料过程排放中减去，不是排放因子。0.538、0.535、0.5274三个熟料数值并行流传，注意来源。印刷文"
        "件未读到，年份按同类文件推定。",
        "National carbon market, cement: default process CO2 of clinker (Portland 0.535) and deductions "
        "for substitute raw materials without carbonates. A deduction is subtracted from the clinker "
        "emission and is no emission factor. 0.538, 0.535 and 0.5274 circulate side by side: mind the "
        "source. The printed guide was not seen; the year is inferred.",
    )
    name = ("全国碳市场水泥熟料过程排放缺省值", "China carbon market cement process defaults")
    book = Book(china("cn-cets-cement", "2024.1", "cement", "edition", name, about, MEE), "guideline")
    for row in read_facts(facts, "cement/cn_cets_cement_process.csv"):
        tail = row["key"].removesuffix(".co2").split(".")[3:]
        series = join_key(*tail)
        if tail[0] == "deduction":
            technology = row["name_en"].partition(", deduction for")[0]
            values = _parameter(row, series, "cement.raw_material", "deduction", technology=technology)
            book.add(row, "cets-cement", **{**values, "boundary": "process"})
        else:
            activity, technology = _CLINKERS[tail[0]]
            book.add(row, "cets-cement", **_process(row, series, activity, technology=technology))
    return book.dataset()


_ALUMINIUM: Mapping[str, tuple[str, str]] = {
    "anode_net_consumption": ("aluminium.anode", "anode_consumption"),
    "anode_loss_rate": ("aluminium.anode", "anode_loss_rate"),
    "anode_sulphur": ("aluminium.anode", "sulphur_content"),
    "anode_ash": ("aluminium.anode", "ash_content"),
    "slope": ("aluminium.primary", "slope"),
    "c2f6_cf4_ratio": ("aluminium.primary", "c2f6_cf4_ratio"),
}


def aluminium(facts: Path) -> Dataset:
    """Electrolytic aluminium: guideline of 2013 and carbon market guide of 2024."""
    about = (
        "电解铝核算指南缺省值：2013年试行指南与2024年碳市场指南（炭阳极净耗0.42→0.411）、CF4和C2F6、阳极含"
        "硫量和灰分。公开模板中C2F6有0.034的写法，为此处数值的十倍。印刷附录未读到。",
        "Defaults for electrolytic aluminium: trial guideline of 2013 and carbon market guide of 2024 (net "
        "anode consumption 0.42, then 0.411), CF4 and C2F6, sulphur and ash of anodes. A public template "
        "prints C2F6 0.034, ten times the figure here. The printed appendix was not seen.",
    )
    name = ("电解铝核算指南缺省值", "China aluminium guideline defaults")
    publisher = ("国家发展和改革委员会、生态环境部", "NDRC and MEE")
    texts = china("cn-aluminium-guideline", "2024.1", "aluminium", "edition", name, about, publisher)
    book = Book(texts, "guideline")
    rows = read_facts(facts, "aluminium/cn_aluminium_guideline.csv")
    rows += [r for r in read_facts(facts, "aluminium/ipcc_iai_china.csv") if r["key"].startswith("cn.")]
    for group in by_stem(rows).values():
        row = group[0]
        word = row["key"].split(".")[2]
        source = f"aluminium-{row['reference_year']}"
        if len(group) > 1:
            values = _process(row, join_key("pfc", gas_slug(group)), "aluminium.primary")
            name_zh = all_gases(row["name_zh"], group, ("、", "、"))
            name_en = all_gases(row["name_en"], group, (", ", " and "))
            book.add_joined(group, source, "unspecified", **values, name_zh=name_zh, name_en=name_en)
        elif word in _ALUMINIUM:
            activity, variant = _ALUMINIUM[word]
            book.add(row, source, **_parameter(row, word, activity, variant))
        else:
            book.add(row, source, **_process(row, word, "mineral.limestone"))
    return book.dataset()


def magnesium(facts: Path) -> Dataset:
    """Magnesium smelting: ferrosilicon made on site, dolomite."""
    about = (
        "镁冶炼指南推荐值：自产硅铁、白云石煅烧及白云石纯度。硅铁因子只用于企业自产硅铁；白云石系数须乘以纯"
        "度。",
        "Magnesium smelting guideline: ferrosilicon made on site, dolomite calcination and dolomite "
        "content. The ferrosilicon factor is only for ferrosilicon made on site; multiply the dolomite "
        "figure with the content.",
    )
    name = ("镁冶炼核算指南推荐值", "China magnesium guideline defaults")
    texts = china("cn-magnesium-guideline", "2013.1", "nonferrous_metals", "edition", name, about, NDRC)
    book = Book(texts, "guideline")
    activity = {"ferrosilicon": "ferroalloy.ferrosilicon", "dolomite": "mineral.dolomite"}
    for row in read_facts(facts, "nonferrous/cn_magnesium_guideline.csv"):
        word = row["key"].split(".")[2]
        if word == "dolomite_purity":
            values = _parameter(row, word, "mineral.dolomite", "purity")
        else:
            values = _process(row, word, activity[word], technology="magnesium smelting")
        book.add(row, "magnesium-2013", **values)
    return book.dataset()


_CHEMICALS = {
    "carbon_black": "chemical.carbon_black",
    "dichloroethane": "chemical.edc",
    "vinyl_chloride": "chemical.vcm",
    "ethane": "fuel.ethane",
    "propane": "fuel.propane",
    "urea": "fertiliser.urea",
}


def chemicals(facts: Path) -> Dataset:
    """Chemical guideline of 2013: carbonates, nitric acid, carbon contents."""
    about = (
        "化工指南缺省值：碳酸盐使用过程CO2、硝酸各工艺N2O生成因子（尾气处理前）、18种产品含碳量。碳酸盐系数"
        "须乘以纯度；N2O须乘以（1－去除率×使用率）。含碳量是碳平衡参数，不是排放因子。",
        "Chemical guideline: CO2 of carbonate use, N2O of nitric acid by process (before tail-gas "
        "treatment), carbon content of 18 products. Multiply carbonates with purity and N2O with (1 - "
        "removal rate x use rate). Carbon contents are parameters of the carbon balance, not emission "
        "factors.",
    )
    name = ("化工核算指南缺省值", "China chemical guideline defaults")
    texts = china("cn-chemical-guideline", "2013.1", "chemicals", "edition", name, about, NDRC)
    book = Book(texts, "guideline")
    for row in read_facts(facts, "petrochemical/cn_chemical_guideline_defaults.csv"):
        tail = row["key"].split(".")[2:]
        word = tail[1]
        if tail[0] == "carbonate":
            activity = _CARBONATES.get(word, "chemical.carbonate_other")
            values = _process(row, join_key("carbonate", word), activity, technology=_COMPOUNDS[word])
        elif tail[0] == "carbon_content":
            activity = _CHEMICALS.get(word, f"chemical.{word}")
            values = _parameter(row, join_key(*tail), activity, "carbon_content")
        elif word == "nscr_removal":
            values = _parameter(row, join_key(*tail), "chemical.nitric_acid", "removal_rate")
            values |= {"gas_basis": "none", "gas": ""}
        else:
            values = _process(row, join_key(*tail[:2]), "chemical.nitric_acid", route=word.replace("_", " "))
        book.add(row, "chemical-2013", **values)
    return book.dataset()


_STEEL = {
    "limestone": "mineral.limestone",
    "dolomite": "mineral.dolomite",
    "electrode": "steel.electrodes",
    "pig_iron": "steel.pig_iron",
    "dri": "steel.dri",
    "steel_scrap": "steel.scrap",
    "ferronickel": "ferroalloy.ferronickel",
    "ferrochrome": "ferroalloy.ferrochromium",
    "ferrochrome_high_carbon": "ferroalloy.ferrochromium",
    "ferromolybdenum": "ferroalloy.ferromolybdenum",
    "ferrosilicon": "ferroalloy.ferrosilicon",
    "silicomanganese": "ferroalloy.silicomanganese",
    "silicomanganese_low_carbon": "ferroalloy.silicomanganese",
    "ferromanganese_micro_carbon": "ferroalloy.ferromanganese",
    "ferromanganese_eaf_high_carbon": "ferroalloy.ferromanganese",
    "ferromanganese_blast_furnace": "ferroalloy.ferromanganese",
    "product_crude_steel": "steel.crude",
    "product_crude_benzole": "fuel.crude_benzole",
    "product_coal_tar": "fuel.coal_tar",
}


def steel(facts: Path) -> Dataset:
    """Steel guideline: materials consumed in steelmaking, and carbon that leaves with products."""
    about = (
        "钢铁指南与碳市场钢铁核算规范的过程参数：消耗的含碳原料和熔剂的CO2排放因子，以及固碳产品扣除系数。"
        "原料因子只是其含碳量换算的CO2，不是该原料的产品碳足迹（如外购生铁0.172、废钢0.037）。固碳产品系数"
        "须扣除。",
        "Steel guideline and carbon market rules: CO2 of carbon-bearing materials and fluxes consumed in "
        "steelmaking, and deductions for carbon that leaves with products. The factor of a material is its "
        "own carbon as CO2, not its product footprint (purchased pig iron 0.172, scrap 0.037). Deductions "
        "are subtracted.",
    )
    name = ("钢铁生产过程排放因子缺省值", "China steel process defaults")
    publisher = ("国家发展和改革委员会、生态环境部", "NDRC and MEE")
    texts = china("cn-steel-process", "2024.1", "steel", "edition", name, about, publisher)
    book = Book(texts, "guideline")
    for row in read_facts(facts, "steel/china_steel_process.csv"):
        if row["key"].startswith("cn.steel."):
            word = row["key"].split(".")[3]
            series = join_key(word)
            if word.startswith("product_"):
                values = {**_parameter(row, series, _STEEL[word], "deduction"), "boundary": "process"}
            else:
                values = _process(
                    row, series, _STEEL[word], technology=f"consumed in steelmaking: {word.replace('_', ' ')}"
                )
            book.add(row, f"steel-{row['reference_year']}", **values)
    return book.dataset()


def desulphurisation(facts: Path) -> Dataset:
    """Carbonates used against sulphur, GB/T 32151 series."""
    about = (
        "脱硫剂等碳酸盐完全分解的CO2排放因子（化学计量值），GB/T 32151系列标准缺省值，按纯碳酸盐计。",
        "CO2 of carbonates that decompose fully (stoichiometric), defaults of the GB/T 32151 series, per "
        "tonne of pure carbonate.",
    )
    name = ("脱硫剂碳酸盐排放因子", "China desulphurisation carbonate factors")
    publisher = ("国家发展改革委、国家标准化管理委员会", "NDRC and SAC")
    texts = china("cn-desulphurisation", "2015.1", "industry", "edition", name, about, publisher, OFFICIAL)
    book = Book(texts, "standard")
    for row in read_facts(facts, "steel/china_steel_process.csv"):
        if row["key"].startswith("cn.desulfurisation."):
            word = row["key"].split(".")[2]
            activity = _CARBONATES.get(word, "chemical.carbonate_other")
            values = _process(row, join_key("carbonate", word), activity, technology=_COMPOUNDS[word])
            book.add(row, "gb-t-32151", **values)
    return book.dataset()


_VEHICLES = {
    "car": ("vehicle.passenger_car", "passenger car"),
    "other_light": ("vehicle.light_truck", "other light vehicle"),
    "heavy": ("vehicle.heavy_truck", "heavy vehicle"),
}
_STAGES = {
    "i": "China I",
    "ii": "China II",
    "iii": "China III",
    "iii_up": "China III and later",
    "iv_up": "China IV and later",
    "all": "all standards",
    "other": "other standards",
}


def road_vehicles(facts: Path) -> Dataset:
    """Land transport guideline: CH4 and N2O per vehicle-kilometre."""
    about = (
        "陆上交通运输企业指南的CH4、N2O排放因子，按车型、燃料和排放标准，单位为每车公里该气体的质量（mg/km）。"
        "不含CO2，CO2按燃料消耗量计算。",
        "CH4 and N2O of the land transport guideline by vehicle, fuel and emission standard, as mass of "
        "the gas per vehicle-km (mg/km). Without CO2, which comes from the fuel burned.",
    )
    name = ("道路车辆CH4、N2O排放因子", "China road vehicle CH4 and N2O")
    texts = china("cn-road-vehicle-ch4-n2o", "2015.1", "transport", "edition", name, about, NDRC)
    book = Book(texts, "guideline")
    for (stem, _), rows in by_stem(read_facts(facts, "transport/cn_road_ch4_n2o.csv")).items():
        vehicle, energy, stage = stem.split(".")[2:]
        activity, text = _VEHICLES[vehicle]
        technology = f"{text}, {energy.replace('_', ' ')}, {_STAGES[stage]}"
        series = join_key(vehicle, energy, stage, gas_slug(rows))
        values = {**_process(rows[0], series, activity, technology=technology), "boundary": "ttw"}
        if len(rows) == 1:
            book.add(rows[0], "land-transport", **values)
        else:
            name_zh = all_gases(rows[0]["name_zh"], rows, ("、", "、"))
            name_en = all_gases(rows[0]["name_en"], rows, (", ", " and "))
            book.add_joined(rows, "land-transport", "fossil", **values, name_zh=name_zh, name_en=name_en)
    return book.dataset()


DATASETS = (
    cement,
    aluminium,
    magnesium,
    chemicals,
    steel,
    desulphurisation,
    road_vehicles,
)
