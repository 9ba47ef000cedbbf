"""What the UK dataset says of itself; names, activities and variants by the words of the facts keys."""

from __future__ import annotations

from dataclasses import dataclass

META = {
    "id": "uk-ghg-conversion-factors",
    "release": "2025.1",
    "layer": "national",
    "sector": "multi",
    "year_rule": "edition",
    "policy": "transcription",
    "access_class": "public",
    "name": {
        "zh": "英国政府温室气体转换因子（2021-2025年版）",
        "en": "UK Government GHG conversion factors (editions 2021-2025)",
    },
    "description": {
        "zh": (
            "英国能源安全与净零部和环境部的公司报告用转换因子：燃料、生物能源、货运、材料使用"
            "（2024、2025年版），电力（2021-2025年版，部分）。各气体分量均以该气体的 CO2e 千克数表示，"
            "不是气体质量。年份是版本年，数据年更早（发电早两年）。生物源 CO2 不计入数值。"
            "上游（WTT）因子单列，与直接因子相加得到全程值；货运的 2024、2025 年版 WTT 相同。"
            "含辐射强迫的航班因子连 CO2 分量也含放大系数。"
            "纯电动和插电式车辆的因子含英国电网电力，不可用于其他国家。"
        ),
        "en": (
            "Conversion factors for company reporting by DESNZ and Defra: fuels, bioenergy, freight and "
            "material use (editions 2024 and 2025), electricity (editions 2021 to 2025, in part). Every gas "
            "part is kg CO2e of that gas, not its mass. The year is the edition; the data are older (two "
            "years for power). Biogenic CO2 is not in the values. Well-to-tank factors stand alone and are "
            "to be added to the direct ones; for freight those of 2024 and 2025 are equal. Flights with "
            "radiative forcing have the uplift in their CO2 part too. Battery-electric and plug-in "
            "vehicles contain UK grid power: not for other countries."
        ),
    },
    "publisher": {
        "zh": "英国能源安全与净零部（DESNZ）和环境、食品与农村事务部（Defra）",
        "en": "UK Department for Energy Security and Net Zero (DESNZ) and Defra",
    },
    "rights_holder": {"zh": "英国王室版权", "en": "Crown copyright"},
    "maintainer": {"zh": "Factorbase 种子数据", "en": "Factorbase seed"},
    "contributor": {"zh": "Factorbase 种子数据", "en": "Factorbase seed"},
    "licence": {
        "id": "OGL-UK-3.0",
        "name": "Open Government Licence v3.0",
        "url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "terms_zh": "可自由复制、发布、改编和商用，须注明来源和许可。",
        "terms_en": "Free to copy, publish, adapt and use commercially; name the source and the licence.",
    },
    "reason": {"zh": "首次转录", "en": "first transcription"},
}


@dataclass(frozen=True)
class Thing:
    """What a word of the facts stands for. ``origin`` is the origin of the gases, where it is known."""

    activity: str
    zh: str
    en: str
    variant: str = ""
    technology: str = ""
    origin: str = "unspecified"


def _fossil(activity: str, zh: str, en: str, variant: str = "", technology: str = "") -> Thing:
    return Thing(activity, zh, en, variant, technology, "fossil")


# Only a fuel without a biogenic share has the origin fossil: UK natural gas (and CNG, which has the same
# figures) is sold with some biomethane, pump petrol and diesel with biofuel.
FUELS = {
    "butane": _fossil("fuel.butane", "丁烷", "Butane"),
    "cng": Thing("fuel.cng", "压缩天然气（CNG）", "CNG (compressed natural gas)"),
    "lng": _fossil("fuel.lng", "液化天然气（LNG）", "LNG (liquefied natural gas)"),
    "lpg": _fossil("fuel.lpg", "液化石油气（LPG）", "LPG (liquefied petroleum gas)"),
    "natural_gas": Thing("fuel.natural_gas", "天然气", "Natural gas"),
    "natural_gas_100pct_mineral_blend": _fossil(
        "fuel.natural_gas", "天然气（100%化石来源）", "Natural gas (100% mineral blend)", "100pct_mineral"
    ),
    "other_petroleum_gas": _fossil("fuel.other_petroleum_gas", "其他石油气", "Other petroleum gas"),
    "propane": _fossil("fuel.propane", "丙烷", "Propane"),
    "aviation_spirit": _fossil("fuel.aviation_gasoline", "航空汽油", "Aviation spirit (aviation gasoline)"),
    "aviation_turbine_fuel": _fossil(
        "fuel.jet_kerosene", "航空煤油（航空涡轮燃料）", "Aviation turbine fuel (jet kerosene)"
    ),
    "burning_oil": _fossil("fuel.burning_oil", "燃用煤油", "Burning oil (heating kerosene)"),
    "diesel_average_biofuel_blend": Thing(
        "fuel.diesel", "柴油（平均掺混生物燃料）", "Diesel (average biofuel blend)", "average_biofuel_blend"
    ),
    "diesel_100pct_mineral_diesel": _fossil(
        "fuel.diesel", "柴油（100%矿物柴油）", "Diesel (100% mineral diesel)", "100pct_mineral"
    ),
    "fuel_oil": _fossil("fuel.fuel_oil", "燃料油", "Fuel oil"),
    "gas_oil": _fossil("fuel.gas_oil", "瓦斯油（红柴油）", "Gas oil (red diesel)"),
    "lubricants": _fossil("fuel.lubricants", "润滑油", "Lubricants"),
    "naphtha": _fossil("fuel.naphtha", "石脑油", "Naphtha"),
    "petrol_average_biofuel_blend": Thing(
        "fuel.gasoline", "汽油（平均掺混生物燃料）", "Petrol (average biofuel blend)", "average_biofuel_blend"
    ),
    "petrol_100pct_mineral_petrol": _fossil(
        "fuel.gasoline", "汽油（100%矿物汽油）", "Petrol (100% mineral petrol)", "100pct_mineral"
    ),
    "processed_fuel_oils_residual_oil": _fossil(
        "fuel.processed_fuel_oil", "加工燃料油（残渣油）", "Processed fuel oil, residual oil", "residual_oil"
    ),
    "processed_fuel_oils_distillate_oil": _fossil(
        "fuel.processed_fuel_oil",
        "加工燃料油（馏分油）",
        "Processed fuel oil, distillate oil",
        "distillate_oil",
    ),
    "refinery_miscellaneous": _fossil(
        "fuel.refinery_miscellaneous", "炼厂杂项燃料", "Refinery miscellaneous"
    ),
    "waste_oils": _fossil("fuel.waste_oil", "废油", "Waste oils"),
    "marine_gas_oil": _fossil("fuel.marine_gas_oil", "船用柴油（MGO）", "Marine gas oil"),
    "marine_fuel_oil": _fossil("fuel.marine_fuel_oil", "船用燃料油", "Marine fuel oil"),
    "coal_industrial": _fossil("fuel.coal", "煤（工业用）", "Coal (industrial)", "industrial"),
    "coal_electricity_generation": _fossil(
        "fuel.power_coal", "煤（发电用）", "Coal (electricity generation)"
    ),
    "coal_domestic": _fossil("fuel.coal", "煤（民用）", "Coal (domestic)", "domestic"),
    "coking_coal": _fossil("fuel.coking_coal", "炼焦煤", "Coking coal"),
    "petroleum_coke": _fossil("fuel.petroleum_coke", "石油焦", "Petroleum coke"),
    "coal_electricity_generation_home_produced_coal_only": _fossil(
        "fuel.power_coal",
        "煤（发电用，仅英国国产煤）",
        "Coal (electricity generation, home produced coal only)",
        "home_produced",
    ),
    "bioethanol": Thing("fuel.bioethanol", "生物乙醇", "Bioethanol"),
    "biodiesel_me": Thing("fuel.biodiesel", "生物柴油（甲酯）", "Biodiesel ME (methyl ester)", "me"),
    "biomethane_compressed": Thing(
        "fuel.biomethane", "压缩生物甲烷", "Biomethane (compressed)", "compressed"
    ),
    "biodiesel_me_from_used_cooking_oil": Thing(
        "fuel.biodiesel",
        "生物柴油（甲酯，废食用油制）",
        "Biodiesel ME (from used cooking oil)",
        "me_used_cooking_oil",
    ),
    "biodiesel_me_from_tallow": Thing(
        "fuel.biodiesel", "生物柴油（甲酯，牛羊脂制）", "Biodiesel ME (from tallow)", "me_tallow"
    ),
    "biodiesel_hvo": Thing(
        "fuel.hvo", "加氢植物油生物柴油（HVO）", "Biodiesel HVO (hydrotreated vegetable oil)"
    ),
    "biopropane": Thing("fuel.biopropane", "生物丙烷", "Biopropane"),
    "development_diesel": Thing("fuel.development_diesel", "开发类可再生柴油", "Development diesel"),
    "development_petrol": Thing("fuel.development_petrol", "开发类可再生汽油", "Development petrol"),
    "off_road_biodiesel": Thing("fuel.biodiesel", "非道路用生物柴油", "Off-road biodiesel", "off_road"),
    "biomethane_liquified": Thing("fuel.biomethane", "液化生物甲烷", "Biomethane (liquefied)", "liquefied"),
    "methanol_bio": Thing("fuel.methanol", "生物甲醇", "Methanol (bio)", "bio"),
    "avtur_renewable": Thing(
        "fuel.renewable_jet_kerosene", "可再生航空煤油", "Avtur (renewable jet kerosene)"
    ),
    "wood_logs": Thing("fuel.wood", "原木（木柴）", "Wood logs", "logs"),
    "wood_chips": Thing("fuel.wood", "木片", "Wood chips", "chips"),
    "wood_pellets": Thing("fuel.wood", "木质颗粒", "Wood pellets", "pellets"),
    "grass_straw": Thing("fuel.agricultural_residues", "草和秸秆", "Grass/straw", "grass_straw"),
    "biogas": Thing("fuel.biogas", "沼气", "Biogas"),
    "landfill_gas": Thing("fuel.landfill_gas", "填埋气", "Landfill gas"),
}

UNITS = {
    "t": ("每吨", "per tonne"),
    "l": ("每升", "per litre"),
    "m3": ("每立方米", "per m3"),
    "kg": ("每千克", "per kg"),
    "gj": ("每吉焦", "per GJ"),
    "kwh": ("每千瓦时", "per kWh"),
    "kwh_net_cv": ("每千瓦时（净热值）", "per kWh (net CV)"),
    "kwh_gross_cv": ("每千瓦时（总热值）", "per kWh (gross CV)"),
    "t_km": ("每吨公里", "per tonne-km"),
    "km": ("每车公里", "per vehicle-km"),
    "mile": ("每车英里", "per vehicle-mile"),
}

VAN_CLASSES = {
    "class_i_up_to_1_305_tonnes": ("class_i", "I类（≤1.305吨）", "Class I (up to 1.305 t)"),
    "class_ii_1_305_to_1_74_tonnes": ("class_ii", "II类（1.305-1.74吨）", "Class II (1.305 to 1.74 t)"),
    "class_iii_1_74_to_3_5_tonnes": ("class_iii", "III类（1.74-3.5吨）", "Class III (1.74 to 3.5 t)"),
    "average_up_to_3_5_tonnes": ("average", "平均（≤3.5吨）", "average (up to 3.5 t)"),
}
VAN_FUELS = {
    "diesel": ("diesel", "柴油", "diesel"),
    "petrol": ("petrol", "汽油", "petrol"),
    "cng": ("cng", "压缩天然气", "CNG"),
    "lpg": ("lpg", "液化石油气", "LPG"),
    "unknown": ("unknown", "燃料未知", "unknown fuel"),
    "plug_in_hybrid_electric_vehicle": ("plug_in_hybrid", "插电式混合动力", "plug-in hybrid electric"),
    "battery_electric_vehicle": ("battery_electric", "纯电动", "battery electric"),
}
HGV_CLASSES = {  # word: (kind, zh, en)
    "rigid_gt3_5_7_5_tonnes": ("rigid", "刚性货车 3.5-7.5吨", "rigid HGV >3.5-7.5 t"),
    "rigid_gt7_5_tonnes_17_tonnes": ("rigid", "刚性货车 7.5-17吨", "rigid HGV >7.5-17 t"),
    "rigid_gt17_tonnes": ("rigid", "刚性货车 >17吨", "rigid HGV >17 t"),
    "all_rigids": ("rigid", "刚性货车 全部类别", "rigid HGV, all"),
    "articulated_gt3_5_33t": ("articulated", "铰接式货车 3.5-33吨", "articulated HGV >3.5-33 t"),
    "articulated_gt33t": ("articulated", "铰接式货车 >33吨", "articulated HGV >33 t"),
    "all_artics": ("articulated", "铰接式货车 全部类别", "articulated HGV, all"),
    "all_hgvs": ("", "重型货车 全部类别", "HGV, all"),
}
LOADS = {
    "0pct_laden": ("空载（0%）", "0% laden"),
    "50pct_laden": ("半载（50%）", "50% laden"),
    "100pct_laden": ("满载（100%）", "100% laden"),
    "average_laden": ("平均装载", "average laden"),
}
FLIGHTS = {
    "domestic_to_from_uk": ("domestic", "英国国内", "domestic, to/from UK"),
    "short_haul_to_from_uk": ("short_haul", "短途（往返英国）", "short-haul, to/from UK"),
    "long_haul_to_from_uk": ("long_haul", "长途（往返英国）", "long-haul, to/from UK"),
    "international_to_from_non_uk": (
        "international",
        "国际（不经英国）",
        "international, to/from non-UK",
    ),
}
FORCING = {
    "with_rf": ("含辐射强迫", "with radiative forcing"),
    "without_rf": ("不含辐射强迫", "without radiative forcing"),
}
SHIPS = {
    "crude_tanker": ("tanker.crude", "原油轮", "Crude tanker"),
    "products_tanker": ("tanker.products", "成品油轮", "Products tanker"),
    "chemical_tanker": ("tanker.chemical", "化学品船", "Chemical tanker"),
    "lng_tanker": ("tanker.lng", "LNG运输船", "LNG tanker"),
    "lpg_tanker": ("tanker.lpg", "LPG运输船", "LPG tanker"),
    "bulk_carrier": ("bulk_carrier", "散货船", "Bulk carrier"),
    "general_cargo": ("general_cargo", "普通货船（杂货船）", "General cargo ship"),
    "container_ship": ("container", "集装箱船", "Container ship"),
    "vehicle_transport": ("vehicle_carrier", "汽车运输船", "Vehicle transport ship"),
    "roro_ferry": ("roro", "滚装渡轮", "RoRo ferry"),
    "large_ropax_ferry": ("ropax", "大型客滚渡轮", "Large RoPax ferry"),
    "refrigerated_cargo": ("refrigerated_cargo", "冷藏货船", "Refrigerated cargo ship"),
}
# Longer words first, so that "All dwt" is not read as "dwt".
SIZE_WORDS = (
    ("Average", "平均船型"),
    ("All dwt", "全部载重吨"),
    ("dwt", "载重吨"),
    ("TEU", "标准箱"),
    ("CEU", "标准车位"),
    ("LM", "车道米"),
    ("m3", "立方米"),
)

MATERIAL_SOURCES = {
    "primary_material_production": ("原生材料生产", "primary material production"),
    "closed_loop_source": ("闭环回收料", "closed-loop source"),
    "re_used": ("再使用", "re-used"),
}
MATERIALS = {
    "aggregates": Thing("material.aggregates", "骨料（砂石）", "Aggregates"),
    "average_construction": Thing(
        "building.average_construction", "建筑材料（平均）", "Average construction materials"
    ),
    "asbestos": Thing("building.asbestos", "石棉", "Asbestos"),
    "asphalt": Thing("building.asphalt", "沥青混合料", "Asphalt"),
    "bricks": Thing("mineral.brick", "砖", "Bricks"),
    "concrete": Thing("mineral.concrete", "混凝土", "Concrete"),
    "insulation": Thing("building.insulation", "保温材料", "Insulation"),
    "metals": Thing("metal.average", "金属（建筑用，平均）", "Metals (construction)"),
    "soils": Thing("material.soil", "土壤", "Soils"),
    "plasterboard": Thing("building.plasterboard", "石膏板", "Plasterboard"),
    "mineral_oil": Thing("material.mineral_oil", "矿物油", "Mineral oil"),
    "tyres": Thing("material.tyres", "轮胎", "Tyres"),
    "wood": Thing("material.wood", "木材", "Wood"),
    "glass": Thing("mineral.glass", "玻璃", "Glass"),
    "clothing": Thing("material.clothing", "服装", "Clothing"),
    "food_and_drink": Thing("material.food_and_drink", "食品和饮料", "Food and drink"),
    "compost_derived_from_garden_waste": Thing(
        "material.compost", "堆肥（园林废弃物制）", "Compost derived from garden waste", "garden_waste"
    ),
    "compost_derived_from_food_and_garden_waste": Thing(
        "material.compost",
        "堆肥（厨余和园林废弃物制）",
        "Compost derived from food and garden waste",
        "food_and_garden_waste",
    ),
    "electrical_items_fridges_and_freezers": Thing(
        "material.electrical_items.fridges_freezers", "冰箱和冷柜", "Electrical items, fridges and freezers"
    ),
    "electrical_items_large": Thing("material.electrical_items.large", "大型电器", "Electrical items, large"),
    "electrical_items_it": Thing(
        "material.electrical_items.it", "信息技术设备（电脑等）", "Electrical items, IT"
    ),
    "electrical_items_small": Thing("material.electrical_items.small", "小型电器", "Electrical items, small"),
    "batteries_alkaline": Thing("material.batteries.alkaline", "碱性电池", "Batteries, alkaline"),
    "batteries_li_ion": Thing("material.batteries.li_ion", "锂离子电池", "Batteries, lithium-ion (Li ion)"),
    "batteries_nimh": Thing("material.batteries.nimh", "镍氢电池", "Batteries, nickel-metal hydride (NiMH)"),
    "plastics_average_plastics": Thing("plastic.average", "塑料（平均）", "Average plastics"),
    "plastics_average_plastic_film": Thing(
        "plastic.average_film", "塑料薄膜（平均）", "Average plastic film"
    ),
    "plastics_average_plastic_rigid": Thing(
        "plastic.average_rigid", "硬质塑料（平均）", "Average rigid plastic"
    ),
    "plastics_hdpe_incl_forming": Thing(
        "plastic.hdpe", "高密度聚乙烯（HDPE，含成型）", "HDPE (incl. forming)"
    ),
    "plastics_ldpe_and_lldpe_incl_forming": Thing(
        "plastic.ldpe", "低密度和线性低密度聚乙烯（LDPE、LLDPE，含成型）", "LDPE and LLDPE (incl. forming)"
    ),
    "plastics_pet_incl_forming": Thing(
        "plastic.pet", "聚对苯二甲酸乙二醇酯（PET，含成型）", "PET (incl. forming)"
    ),
    "plastics_pp_incl_forming": Thing("plastic.pp", "聚丙烯（PP，含成型）", "PP (incl. forming)"),
    "plastics_ps_incl_forming": Thing("plastic.ps", "聚苯乙烯（PS，含成型）", "PS (incl. forming)"),
    "plastics_pvc_incl_forming": Thing("plastic.pvc", "聚氯乙烯（PVC，含成型）", "PVC (incl. forming)"),
    "paper_and_board_board": Thing("material.paper.board", "纸板", "Board"),
    "paper_and_board_mixed": Thing("material.paper.mixed", "混合纸和纸板", "Mixed paper and board"),
    "paper_and_board_paper": Thing("material.paper.paper", "纸张", "Paper"),
    "metal_aluminium_cans_and_foil_excl_forming": Thing(
        "metal.aluminium_cans_foil", "铝罐和铝箔（不含成型）", "Aluminium cans and foil (excl. forming)"
    ),
    "metal_mixed_cans": Thing("metal.cans_mixed", "混合金属罐", "Mixed cans"),
    "metal_scrap_metal": Thing("metal.scrap", "废金属", "Scrap metal"),
    "metal_steel_cans": Thing("metal.cans_steel", "钢罐", "Steel cans"),
}
