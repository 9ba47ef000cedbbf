"""What the keys of the IPCC process facts are about: activity, route and kind of parameter."""

from __future__ import annotations

from dataclasses import dataclass

from tools.transcribe.common import Row
from tools.transcribe.fuels import ACTIVITY as FUELS


@dataclass(frozen=True)
class Product:
    """The activity of a fact, with its route or technology where the key names one."""

    activity: str
    route: str = ""
    technology: str = ""


_CELLS = {
    "prebake": "prebake anode",
    "soderberg": "Soderberg anode",
    "cwpb": "centre-worked prebake (CWPB)",
    "swpb": "side-worked prebake (SWPB)",
    "vss": "vertical stud Soderberg (VSS)",
    "hss": "horizontal stud Soderberg (HSS)",
    "pfpb_l": "point-fed prebake, PFPB_L",
    "pfpb_m": "point-fed prebake, PFPB_M",
    "pfpb_mw": "point-fed prebake, PFPB_MW",
}
_EFFECTS = {"hvae": "high-voltage anode effects", "lvae": "low-voltage anode effects"}
_STEEL = {
    "sinter": "steel.sinter",
    "pellet": "steel.pellets",
    "pig_iron": "steel.pig_iron",
    "hot_metal": "steel.pig_iron",
    "dri": "steel.dri",
    "coke": "fuel.coke",
    "coke_by_product_recovery": "fuel.coke",
    "coke_no_recovery": "fuel.coke",
    "bof_steel": "steel.crude",
    "eaf_steel": "steel.crude",
    "ohf_steel": "steel.crude",
    "global_average_steel": "steel.crude",
}
_STEEL_ROUTES = {
    "bof_steel": "BF-BOF",
    "eaf_steel": "EAF",
    "ohf_steel": "OHF",
    "global_average_steel": "65 % BOF, 30 % EAF, 5 % OHF",
    "coke_by_product_recovery": "by-product recovery",
    "coke_no_recovery": "no by-product recovery",
}
_STEEL_MATERIALS = {
    "bf_injection_coal": "fuel.coal",
    "steam_coal": "fuel.coal",
    "eaf_coal": "fuel.coal",
    "direct_reduced_iron_dri": "steel.dri",
    "dri_gas_based": "steel.dri",
    "dri_coal_based": "steel.dri",
    "hot_briquetted_iron": "steel.dri",
    "dolomite": "mineral.dolomite",
    "crude_dolomite": "mineral.dolomite",
    "limestone": "mineral.limestone",
    "eaf_carbon_electrodes": "steel.electrodes",
    "eaf_charge_carbon": "steel.charge_carbon",
    "purchased_pig_iron": "steel.pig_iron",
    "scrap_iron": "steel.scrap",
    "steel": "steel.crude",
    "steel_scrap_and_steel": "steel.scrap",
}
_ALLOYS = {
    "ferrosilicon": "ferroalloy.ferrosilicon",
    "fesi": "ferroalloy.ferrosilicon",
    "ferromanganese": "ferroalloy.ferromanganese",
    "silicomanganese": "ferroalloy.silicomanganese",
    "ferrochromium": "ferroalloy.ferrochromium",
    "silicon_metal": "ferroalloy.silicon_metal",
    "si_metal": "ferroalloy.silicon_metal",
}
_REDUCERS = {
    "coal_for_fesi_and_si_metal": "fuel.coal",
    "prebaked_electrodes": "steel.electrodes",
    "electrode_paste": "steel.electrodes",
    "petroleum_coke": "fuel.petroleum_coke",
    "coke_for_femn_and_simn": "fuel.coke",
    "coke_for_si_and_fesi": "fuel.coke",
}
_CARBONATES = {
    "calcite": "mineral.limestone",
    "magnesite": "mineral.magnesite",
    "dolomite": "mineral.dolomite",
    "siderite": "mineral.siderite",
    "rhodochrosite": "mineral.rhodochrosite",
    "soda_ash": "chemical.soda_ash",
    "ankerite": "mineral.ankerite",
}
_CHEMICALS = {
    "ammonia": "chemical.ammonia",
    "urea": "fertiliser.urea",
    "nitric_acid": "chemical.nitric_acid",
    "adipic_acid": "chemical.adipic_acid",
    "caprolactam": "chemical.caprolactam",
    "glyoxal": "chemical.glyoxal",
    "glyoxylic_acid": "chemical.glyoxylic_acid",
    "silicon_carbide": "chemical.silicon_carbide",
    "calcium_carbide": "chemical.calcium_carbide",
    "synthetic_rutile": "chemical.titanium_dioxide",
    "tio2_chloride": "chemical.titanium_dioxide",
    "methanol": "chemical.methanol",
    "ethylene": "chemical.ethylene",
    "edc": "chemical.edc",
    "vcm": "chemical.vcm",
    "ethylene_oxide": "chemical.ethylene_oxide",
    "acrylonitrile": "chemical.acrylonitrile",
    "carbon_black": "chemical.carbon_black",
    "hydrogen": "hydrogen.hydrogen",
    "clinker": "cement.clinker",
    "lime": "mineral.lime",
    "glass": "mineral.glass",
    "alumina": "aluminium.alumina",
    "magnesium": "metal.magnesium",
    "lead": "metal.lead",
    "zinc": "metal.zinc",
}
_GASES = {"co2", "ch4", "n2o", "cf4", "c2f6", "sf6"}


def product(tail: str) -> Product:
    """What a facts key without its ``ipccYYYY.`` is about; KeyError for a word that is not listed.

    >>> product("steel.bof_steel.co2")
    Product(activity='steel.crude', route='BF-BOF', technology='')
    """
    head, *rest = [part for part in tail.split(".") if part not in _GASES]
    word = rest[0] if rest else ""
    if head == "aluminium":
        technology = ", ".join(_CELLS.get(part) or _EFFECTS[part] for part in rest if part not in _NOT_CELLS)
        return Product("aluminium.primary", technology=technology)
    if head == "steel":
        return _steel(rest)
    if head == "ferroalloy":
        return _ferroalloy(rest)
    if head == "carbonate":
        return Product(_CARBONATES[word])
    route = ", ".join(part for part in rest if part not in _NOT_ROUTES).replace("_", " ")
    if head in ("synthetic_rutile", "tio2_chloride"):
        route = {"synthetic_rutile": "synthetic rutile", "tio2_chloride": "chloride route"}[head]
    return Product(_CHEMICALS[head], route=route)


_NOT_CELLS = {"slope", "overvoltage", "c2f6_cf4_ratio"}
_NOT_ROUTES = {"product", "feedstock", "carbon_content", "geographic_factor", "co2_uptake", "ckd_factor"}


def _steel(rest: list[str]) -> Product:
    if rest[0] == "carbon_content":
        activity = _STEEL_MATERIALS.get(rest[1]) or FUELS[rest[1]]
        return Product(activity, technology=f"{rest[1].replace('_', ' ')}, iron and steel")
    return Product(_STEEL[rest[0]], route=_STEEL_ROUTES.get(rest[0], ""))


def _ferroalloy(rest: list[str]) -> Product:
    if rest[0] == "reducing_agent":
        return Product(_REDUCERS[rest[1]], technology=f"reducing agent, {rest[1].replace('_', ' ')}")
    word = max((name for name in _ALLOYS if rest[0].startswith(name)), key=len)
    grade = rest[0].removeprefix(word).strip("_").replace("_pct_", " % ").replace("_", " ")
    return Product(_ALLOYS[word], technology=grade)


_KINDS = {
    "slope": "slope",
    "overvoltage": "overvoltage",
    "c2f6_cf4_ratio": "c2f6_cf4_ratio",
    "ckd_factor": "correction_factor",
    "feedstock": "feedstock",
    "carbon_content": "carbon_content",
    "geographic_factor": "geographic_factor",
    "co2_uptake": "deduction",
}


def parameter_kind(tail: str, row: Row) -> str:
    """The kind of a parameter (its variant), or empty for an emission factor."""
    found = next((_KINDS[part] for part in tail.split(".") if part in _KINDS), "")
    if not found and row["boundary"] in ("process parameter", "material property (carbon content)"):
        raise KeyError(f"{row['record']}: a parameter of no known kind")
    return found
