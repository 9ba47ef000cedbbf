"""What the US datasets say of themselves; activities, variants and origins by the words of the facts keys."""

from __future__ import annotations

from dataclasses import dataclass

from tools.transcribe.plain import meta

LICENCE = {
    "id": "LicenseRef-US-Government-Work",
    "name": "Work of the US federal government (public domain in the US)",
    "url": "",
    "terms_zh": "美国联邦政府作品，在美国属公有领域；引用时请注明来源。",
    "terms_en": "Work of the US federal government, public domain in the US; please name the source.",
}
EPA = ("美国环境保护署（EPA）", "US Environmental Protection Agency (EPA)")

HUB = meta(
    "us-epa-ghg-hub",
    "2025.1",
    "national",
    "multi",
    "edition",
    name=("美国EPA温室气体排放因子手册2025", "US EPA GHG Emission Factors Hub 2025"),
    about=(
        "2025年1月版：固定源燃烧和热值（表1）、移动源（表2-5）、eGRID电力（表6）、外购蒸汽和热力（表7）、"
        "运输和差旅（表8、10）。数值是各气体的质量；mmBtu为高位热值（HHV）。生物质燃料的CO2为生物源。"
        "移动源CO2按燃料量，CH4和N2O按车英里，二者不是同一因子。表6用eGRID2023的首发版（2025年1月），"
        "之后的第2次修订见数据集us-egrid。单位为短吨、美制加仑、英里。",
        "Edition of January 2025: stationary combustion and heat contents (Table 1), mobile combustion "
        "(Tables 2 to 5), eGRID power (Table 6), steam and heat (Table 7), transport and travel (Tables 8 "
        "and 10). Figures are masses of each gas; mmBtu is gross (HHV). CO2 of biomass fuels is biogenic. "
        "Mobile CO2 is per amount of fuel, CH4 and N2O per vehicle-mile: not one factor. Table 6 carries "
        "the first eGRID2023 release; revision 2 is in the dataset us-egrid. Short tons, US gallons, miles.",
    ),
    publisher=EPA,
    licence=LICENCE,
)
GRID = meta(
    "us-egrid",
    "2023.2",
    "national",
    "electricity",
    "data_year",
    name=("美国eGRID分区电力排放率（2021-2023）", "US eGRID subregion emission rates (2021-2023)"),
    about=(
        "27个eGRID分区和全国的发电总输出排放率，CO2和CO2e，磅每兆瓦时；2023年为第2次修订（2025年6月）。"
        "在发电端计，不含输配电损耗。2021、2022年CO2e所用GWP未知。分区的CH4和N2O未收录。",
        "Total output emission rates of 27 eGRID subregions and the US, CO2 and CO2e, lb per MWh; 2023 is "
        "revision 2 (June 2025). At generation, without grid losses. The GWP set of CO2e for 2021 and 2022 "
        "is not known. CH4 and N2O by subregion are not here.",
    ),
    publisher=EPA,
    licence=LICENCE,
)


@dataclass(frozen=True)
class Fuel:
    """A fuel of EPA Table 1 or 2. ``origin`` holds for its CO2 and for the gases that come with it."""

    activity: str
    origin: str = "fossil"
    variant: str = ""


BIOGENIC, MIXED = "biogenic", "unspecified"

# Biogenic are the fuels that Table 1 lists under "Biomass Fuels"; peat too stands there, but its CO2 is
# counted as fossil elsewhere (IPCC), so its origin is left open. Municipal waste and tyres are mixed.
FUELS = {
    "kraft_liquor_north_american_softwood": Fuel("fuel.black_liquor", BIOGENIC, "north_american_softwood"),
    "kraft_liquor_north_american_hardwood": Fuel("fuel.black_liquor", BIOGENIC, "north_american_hardwood"),
    "kraft_liquor_bagasse": Fuel("fuel.black_liquor", BIOGENIC, "bagasse"),
    "kraft_liquor_bamboo": Fuel("fuel.black_liquor", BIOGENIC, "bamboo"),
    "kraft_liquor_straw": Fuel("fuel.black_liquor", BIOGENIC, "straw"),
    "anthracite": Fuel("fuel.anthracite"),
    "bituminous": Fuel("fuel.bituminous_coal"),
    "sub_bituminous": Fuel("fuel.sub_bituminous_coal"),
    "lignite": Fuel("fuel.lignite"),
    "mixed_commercial_sector": Fuel("fuel.coal", variant="mixed_commercial_sector"),
    "mixed_electric_power_sector": Fuel("fuel.power_coal", variant="mixed_electric_power_sector"),
    "mixed_industrial_coking": Fuel("fuel.coking_coal", variant="mixed_industrial_coking"),
    "mixed_industrial_sector": Fuel("fuel.coal", variant="mixed_industrial_sector"),
    "coal_coke": Fuel("fuel.coke"),
    "municipal_solid_waste": Fuel("fuel.municipal_solid_waste", MIXED),
    "petroleum_coke_solid": Fuel("fuel.petroleum_coke"),
    "plastics": Fuel("fuel.plastics"),
    "tires": Fuel("fuel.tyres", MIXED),
    "agricultural_byproducts": Fuel("fuel.agricultural_residues", BIOGENIC),
    "peat": Fuel("fuel.peat", MIXED),
    "solid_byproducts": Fuel("fuel.other_solid_biomass", BIOGENIC, "solid_byproducts"),
    "wood_and_wood_residuals": Fuel("fuel.wood", BIOGENIC),
    "natural_gas": Fuel("fuel.natural_gas"),
    "blast_furnace_gas": Fuel("fuel.blast_furnace_gas"),
    "coke_oven_gas": Fuel("fuel.coke_oven_gas"),
    "fuel_gas": Fuel("fuel.refinery_gas", variant="fuel_gas"),
    "propane_gas": Fuel("fuel.propane", variant="gas"),
    "landfill_gas": Fuel("fuel.landfill_gas", BIOGENIC),
    "other_biomass_gases": Fuel("fuel.biogas", BIOGENIC, "other_biomass_gases"),
    "asphalt_and_road_oil": Fuel("fuel.bitumen"),
    "aviation_gasoline": Fuel("fuel.aviation_gasoline"),
    "butane": Fuel("fuel.butane"),
    "butylene": Fuel("fuel.butylene"),
    "crude_oil": Fuel("fuel.crude_oil"),
    "distillate_fuel_oil_no_1": Fuel("fuel.distillate_fuel_oil", variant="no_1"),
    "distillate_fuel_oil_no_2": Fuel("fuel.distillate_fuel_oil", variant="no_2"),
    "distillate_fuel_oil_no_4": Fuel("fuel.distillate_fuel_oil", variant="no_4"),
    "ethane": Fuel("fuel.ethane"),
    "ethylene": Fuel("fuel.ethylene"),
    "heavy_gas_oils": Fuel("fuel.heavy_gas_oil"),
    "isobutane": Fuel("fuel.isobutane"),
    "isobutylene": Fuel("fuel.isobutylene"),
    "kerosene": Fuel("fuel.kerosene"),
    "kerosene_type_jet_fuel": Fuel("fuel.jet_kerosene"),
    "liquefied_petroleum_gases_lpg": Fuel("fuel.lpg"),
    "lubricants": Fuel("fuel.lubricants"),
    "motor_gasoline": Fuel("fuel.gasoline"),
    "naphtha_lt401_deg_f": Fuel("fuel.naphtha", variant="lt401_deg_f"),
    "natural_gasoline": Fuel("fuel.natural_gas_liquids", variant="natural_gasoline"),
    "other_oil_gt401_deg_f": Fuel("fuel.other_petroleum_products", variant="other_oil_gt401_deg_f"),
    "pentanes_plus": Fuel("fuel.natural_gas_liquids", variant="pentanes_plus"),
    "petrochemical_feedstocks": Fuel("fuel.petrochemical_feedstocks"),
    "propane": Fuel("fuel.propane"),
    "propylene": Fuel("fuel.propylene"),
    "residual_fuel_oil_no_5": Fuel("fuel.fuel_oil", variant="no_5"),
    "residual_fuel_oil_no_6": Fuel("fuel.fuel_oil", variant="no_6"),
    "special_naphtha": Fuel("fuel.naphtha", variant="special"),
    "unfinished_oils": Fuel("fuel.unfinished_oils"),
    "used_oil": Fuel("fuel.waste_oil"),
    "biodiesel_100pct": Fuel("fuel.biodiesel", BIOGENIC, "100pct"),
    "ethanol_100pct": Fuel("fuel.bioethanol", BIOGENIC, "100pct"),
    "rendered_animal_fat": Fuel("fuel.other_liquid_biofuels", BIOGENIC, "rendered_animal_fat"),
    "vegetable_oil": Fuel("fuel.other_liquid_biofuels", BIOGENIC, "vegetable_oil"),
    # Table 2 only
    "compressed_natural_gas_cng": Fuel("fuel.cng"),
    "diesel_fuel": Fuel("fuel.diesel"),
    "liquefied_natural_gas_lng": Fuel("fuel.lng"),
    "residual_fuel_oil": Fuel("fuel.fuel_oil"),
}

DOUBTS = {
    "peat": "EPA lists peat under biomass fuels, other inventories (IPCC) count its CO2 as fossil",
}

VEHICLES = {  # word of the facts: (activity, fuel where the word itself says it)
    "gasoline_passenger_cars": ("vehicle.passenger_car", "gasoline"),
    "gasoline_light_duty_trucks": ("vehicle.light_truck", "gasoline"),
    "gasoline_heavy_duty_vehicles": ("vehicle.heavy_truck", "gasoline"),
    "gasoline_motorcycles": ("vehicle.motorcycle", "gasoline"),
    "passenger_cars": ("vehicle.passenger_car", ""),
    "light_duty_cars": ("vehicle.passenger_car", ""),
    "light_duty_trucks": ("vehicle.light_truck", ""),
    "medium_duty_trucks": ("vehicle.medium_truck", ""),
    "heavy_duty_trucks": ("vehicle.heavy_truck", ""),
    "medium_and_heavy_duty_vehicles": ("vehicle.medium_heavy_truck", ""),
    "buses": ("vehicle.bus", ""),
    "ships_and_boats": ("vehicle.ship", ""),
    "locomotives": ("vehicle.locomotive", ""),
    "aircraft": ("vehicle.aircraft", ""),
    "agricultural_equipment": ("vehicle.nonroad.agricultural", ""),
    "construction_mining_equipment": ("vehicle.nonroad.construction_mining", ""),
    "lawn_and_garden_equipment": ("vehicle.nonroad.lawn_garden", ""),
    "airport_equipment": ("vehicle.nonroad.airport", ""),
    "industrial_commercial_equipment": ("vehicle.nonroad.industrial_commercial", ""),
    "logging_equipment": ("vehicle.nonroad.logging", ""),
    "railroad_equipment": ("vehicle.nonroad.railroad", ""),
    "recreational_equipment": ("vehicle.nonroad.recreational", ""),
}
VEHICLE_ORIGINS = {"biodiesel": BIOGENIC, "ethanol": BIOGENIC, "methanol": MIXED}

TRIPS = {  # Tables 8 and 10: (activity, variant)
    "freight.medium_and_heavy_duty_truck": ("freight.road.hgv", "medium_and_heavy_duty_truck"),
    "freight.passenger_car": ("vehicle.passenger_car", "goods_transport"),
    "freight.light_duty_truck": ("vehicle.light_truck", "goods_transport"),
    "freight.rail": ("freight.rail", ""),
    "freight.waterborne_craft": ("freight.waterborne", ""),
    "freight.aircraft": ("freight.air", ""),
    "travel.passenger_car": ("vehicle.passenger_car", "business_travel_commuting"),
    "travel.light_duty_truck": ("vehicle.light_truck", "business_travel_commuting"),
    "travel.motorcycle": ("vehicle.motorcycle", "business_travel_commuting"),
    "travel.intercity_rail_northeast_corridor": ("passenger.rail.intercity", "northeast_corridor"),
    "travel.intercity_rail_other_routes": ("passenger.rail.intercity", "other_routes"),
    "travel.intercity_rail_national_average": ("passenger.rail.intercity", "national_average"),
    "travel.commuter_rail": ("passenger.rail.commuter", ""),
    "travel.transit_rail_i_e_subway_tram": ("passenger.rail.transit", ""),
    "travel.bus": ("passenger.bus", ""),
    "travel.air_travel_short_haul_lt_300_miles": ("passenger.air.short_haul", ""),
    "travel.air_travel_medium_haul_ge_300_miles_lt_2300_miles": ("passenger.air.medium_haul", ""),
    "travel.air_travel_long_haul_ge_2300_miles": ("passenger.air.long_haul", ""),
}

UNITS = {  # denominator as published: (word of the key, Chinese, English)
    "mmBtu": ("per_mmbtu", "每百万英热单位", "per mmBtu"),
    "short ton": ("per_short_ton", "每短吨", "per short ton"),
    "scf": ("per_scf", "每标准立方英尺", "per scf"),
    "gallon": ("per_gallon", "每美制加仑", "per US gallon"),
    "vehicle-mile": ("per_vehicle_mile", "每车英里", "per vehicle-mile"),
    "passenger-mile": ("per_passenger_mile", "每人英里", "per passenger-mile"),
    "short ton-mile": ("per_short_ton_mile", "每短吨英里", "per short ton-mile"),
    "MWh": ("per_mwh", "每兆瓦时", "per MWh"),
}

SUBREGIONS = {
    "AKGD": ("ASCC阿拉斯加电网", "ASCC Alaska Grid"),
    "AKMS": ("ASCC阿拉斯加其他地区", "ASCC Miscellaneous"),
    "AZNM": ("WECC西南", "WECC Southwest"),
    "CAMX": ("WECC加利福尼亚", "WECC California"),
    "ERCT": ("ERCOT（得克萨斯）", "ERCOT All"),
    "FRCC": ("FRCC（佛罗里达）", "FRCC All"),
    "HIMS": ("夏威夷其他地区", "HICC Miscellaneous"),
    "HIOA": ("夏威夷瓦胡岛", "HICC Oahu"),
    "MROE": ("MRO东部", "MRO East"),
    "MROW": ("MRO西部", "MRO West"),
    "NEWE": ("NPCC新英格兰", "NPCC New England"),
    "NWPP": ("WECC西北", "WECC Northwest"),
    "NYCW": ("NPCC纽约市和韦斯特切斯特", "NPCC NYC/Westchester"),
    "NYLI": ("NPCC长岛", "NPCC Long Island"),
    "NYUP": ("NPCC纽约州北部", "NPCC Upstate NY"),
    "PRMS": ("波多黎各", "Puerto Rico Miscellaneous"),
    "RFCE": ("RFC东部", "RFC East"),
    "RFCM": ("RFC密歇根", "RFC Michigan"),
    "RFCW": ("RFC西部", "RFC West"),
    "RMPA": ("WECC落基山", "WECC Rockies"),
    "SPNO": ("SPP北部", "SPP North"),
    "SPSO": ("SPP南部", "SPP South"),
    "SRMV": ("SERC密西西比河谷", "SERC Mississippi Valley"),
    "SRMW": ("SERC中西部", "SERC Midwest"),
    "SRSO": ("SERC南部", "SERC South"),
    "SRTV": ("SERC田纳西河谷", "SERC Tennessee Valley"),
    "SRVC": ("SERC弗吉尼亚和卡罗来纳", "SERC Virginia/Carolina"),
}


def place(region: str) -> tuple[str, str]:
    """Chinese and English name of US or of an eGRID subregion.

    >>> place("US-EGRID-CAMX")
    ('美国 WECC加利福尼亚（CAMX）', 'WECC California (CAMX)')
    """
    if region == "US":
        return "美国全国平均", "US average"
    code = region.removeprefix("US-EGRID-")
    zh, en = SUBREGIONS[code]
    return f"美国 {zh}（{code}）", f"{en} ({code})"
