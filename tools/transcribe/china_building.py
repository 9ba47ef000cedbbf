"""China: GB/T 51366-2019, standard for building carbon emission calculation (annexes A, D and E)."""

from __future__ import annotations

from pathlib import Path

from tools.transcribe.china_terms import STANDARD, china
from tools.transcribe.common import Dataset, Row, join_key, read_facts
from tools.transcribe.fuels import fuel
from tools.transcribe.plain import Book, edition

FILES = (
    "aluminium/cn_gbt51366_aluminium.csv",
    "building_products/cn_gbt51366_components.csv",
    "cement/cn_gbt51366_minerals.csv",
    "glass_ceramics/cn_gbt51366_glass.csv",
    "petrochemical/cn_gbt51366_plastics.csv",
    "steel/cn_gbt51366_steel.csv",
    "water_waste/cn_gbt51366_water.csv",
)

# Activity, then route or technology, by the facts key without ``cn.gbt51366.``.
_MATERIALS: dict[str, tuple[str, str]] = {
    "aluminium.primary": ("aluminium.primary", "national average grid power"),
    "aluminium.sheet_strip": ("aluminium.plate_sheet", ""),
    "window.thermal_break_alu_primary": ("building.window", "thermal-break aluminium, 100 % primary"),
    "window.thermal_break_alu_70_30": (
        "building.window",
        "thermal-break aluminium, 70 % primary, 30 % recycled",
    ),
    "window.alu_wood_primary": ("building.window", "aluminium-wood, 100 % primary"),
    "window.alu_wood_70_30": ("building.window", "aluminium-wood, 70 % primary, 30 % recycled"),
    "window.alu_plastic": ("building.window", "aluminium-plastic co-extruded"),
    "window.pvc": ("building.window", "PVC with steel core"),
    "panel.copper": ("building.panel", "copper"),
    "panel.alu_plastic": ("building.panel", "aluminium-plastic composite"),
    "panel.copper_plastic": ("building.panel", "copper-plastic composite"),
    "insulation.eps": ("building.insulation", "polystyrene foam"),
    "insulation.rock_wool": ("mineral.rock_wool", "board"),
    "insulation.pu": ("building.insulation", "rigid polyurethane foam"),
    "cement.opc": ("cement.portland", "ordinary Portland cement, market average"),
    "concrete.c30": ("mineral.concrete", "C30"),
    "concrete.c50": ("mineral.concrete", "C50"),
    "lime": ("mineral.lime", "quicklime, market average"),
    "slaked_lime": ("mineral.lime", "slaked lime"),
    "gypsum": ("mineral.gypsum", "natural"),
    "sand": ("mineral.sand", "fineness modulus 1.6-3.0"),
    "crushed_stone": ("mineral.gravel", "10-30 mm"),
    "shale": ("mineral.shale", ""),
    "clay": ("mineral.clay", ""),
    "flat_glass": ("mineral.glass", "flat glass"),
    "plastics.pp_r_pipe": ("building.pipe.pp", "PP-R"),
    "plastics.pe_pipe": ("building.pipe.pe", ""),
    "plastics.pvc_u_pipe": ("building.pipe.pvc", "PVC-U"),
    "plastics.ps": ("plastic.ps", "general purpose"),
    "plastics.lldpe": ("plastic.lldpe", ""),
    "plastics.hdpe": ("plastic.hdpe", ""),
    "plastics.ldpe": ("plastic.ldpe", ""),
    "plastics.pvc": ("plastic.pvc", "market average"),
    "steel.pig_iron": ("steel.pig_iron", "for steelmaking"),
    "steel.foundry_iron": ("steel.pig_iron", "foundry iron"),
    "steel.ferroalloy": ("ferroalloy", "for steelmaking, market average"),
    "steel.bof": ("steel.crude", "carbon steel"),
    "steel.eaf": ("steel.crude", "carbon steel"),
    "steel.market_average": ("steel.crude", "carbon steel, market average"),
    "steel.small_section": ("steel.sections", "small sections"),
    "steel.medium_section": ("steel.sections", "medium sections"),
    "steel.large_rail_beam_billet": ("steel.slab_billet", "large rail and beam mill"),
    "steel.large_rail_beam_rail": ("steel.rails", "large rail and beam mill"),
    "steel.plate": ("steel.plate", "medium and heavy plate"),
    "steel.h_beam": ("steel.sections", "H beam"),
    "steel.wide_strip": ("steel.hot_rolled_coil", "wide strip"),
    "steel.rebar": ("steel.rebar", ""),
    "steel.wire_rod": ("steel.wire_rod", "high-speed wire rod"),
    "steel.bar": ("steel.bars", ""),
    "steel.spiral_pipe": ("steel.pipe_welded", "spiral submerged-arc"),
    "steel.lsaw_pipe": ("steel.pipe_welded", "large longitudinal submerged-arc"),
    "steel.welded_pipe": ("steel.pipe_welded", "longitudinal"),
    "steel.seamless_hot": ("steel.pipe_seamless", "hot-rolled"),
    "steel.seamless_cold": ("steel.pipe_seamless", "cold-rolled or cold-drawn"),
    "steel.hot_dip_galvanised": ("steel.galvanised_coil", "hot-dip"),
    "steel.electro_galvanised": ("steel.galvanised_coil", "electrolytic"),
    "steel.tinplate": ("steel.tinplate", ""),
    "steel.pickled": ("steel.pickled_coil", ""),
    "steel.cold_rolled": ("steel.cold_rolled_coil", ""),
    "steel.full_hard": ("steel.cold_rolled_coil", "full hard"),
    "tap_water": ("water.supply", "tap water"),
}
_ROUTES = {"steel.bof": "BF-BOF", "steel.eaf": "EAF"}
_FREIGHT_DOUBT = (
    "the boundary of these rows is not settled: the standard says transport of building materials, the "
    "CPCD listing labels them cradle to grave"
)


def standard(facts: Path) -> Dataset:
    """All annexes of GB/T 51366-2019 that the facts hold."""
    about = (
        "GB/T 51366-2019《建筑碳排放计算标准》附录A（燃料）、附录D（建材，从摇篮到大门）、附录E（运输，每吨"
        "公里）。数据为2010年代水平：电解铝20300、PVC 7300、电炉钢3030 kg/t等远高于较新的数值，使用时须注明"
        "年份；优先采用经第三方核验的供应商数据（6.2.4条）。附录A只含CO2，D、E为CO2当量，未注明GWP版本。标"
        "准原文未读到，数值取自两份一致的公开转录。",
        "GB/T 51366-2019, building carbon emission calculation: Annex A (fuels), D (materials, cradle to "
        "gate), E (transport per t.km). The data are of the 2010s: primary aluminium 20,300, PVC 7,300, "
        "electric-furnace steel 3,030 kg/t are far above newer figures, so show the year; supplier data "
        "checked by a third party go first (clause 6.2.4). Annex A is CO2 only, D and E are CO2e without a "
        "stated GWP set. The printed standard was not read; two public transcriptions agree.",
    )
    name = ("建筑碳排放计算标准 GB/T 51366-2019", "Building carbon emission calculation, GB/T 51366-2019")
    publisher = (
        "住房和城乡建设部",
        "Ministry of Housing and Urban-Rural Development of China (MOHURD)",
    )
    texts = china("cn-gbt51366", "2019.1", "building_materials", "edition", name, about, publisher, STANDARD)
    book = Book(texts, "standard")
    for row in read_facts(facts, "fuels/cn_gbt51366_fuels.csv"):
        word = row["key"].split(".")[3]
        values = _life_cycle(row, join_key("fuel", word), fuel(word), "combustion")
        values |= {"record_type": "direct_emission_factor", "calorific_basis": "net", "scope_hint": "1"}
        note = f"{row['method_note']}; net calorific basis inferred from that"
        book.add(row, "gb-t-51366", **values, note=note)
    for name_of_file in FILES:
        for row in read_facts(facts, name_of_file):
            tail = row["key"].removeprefix("cn.gbt51366.")
            activity, technology = _MATERIALS.get(tail) or _brick(row, tail)
            values = _life_cycle(row, tail, activity, "cradle_to_gate")
            values |= {"technology": technology, "route": _ROUTES.get(tail, ""), "scope_hint": "3"}
            book.add(row, "gb-t-51366", **values)
    for row in read_facts(facts, "transport/cn_gbt51366_freight.csv"):
        tail = row["key"].removeprefix("cn.gbt51366.")
        values = _life_cycle(row, tail, _freight(tail), "cradle_to_grave")
        technology = row["name_en"].partition(" (GB/T")[0]
        book.add(row, "gb-t-51366", **values, technology=technology, scope_hint="3", doubt=_FREIGHT_DOUBT)
    return book.dataset()


def _life_cycle(row: Row, series: str, activity: str, boundary: str) -> Row:
    return {
        "series": series,
        "key": join_key(series, row["reference_year"]),
        "record_type": "lifecycle_factor",
        "activity": activity,
        "region": "CN",
        "boundary": boundary,
        **edition(row),
    }


def _brick(row: Row, tail: str) -> tuple[str, str]:
    if not tail.startswith("brick."):
        raise KeyError(row["record"])
    return "mineral.brick", row["name_en"].partition(" (GB/T")[0].replace(" brick", "")


def _freight(tail: str) -> str:
    word = tail.partition(".")[2].partition("_")[0]
    return {"rail": "freight.rail", "ship": "freight.waterborne"}.get(word, "freight.road")


DATASETS = (standard,)
