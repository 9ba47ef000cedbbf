"""Activity codes of fuels by the words that the keys of the facts use."""

from __future__ import annotations

_SAME = (
    "anthracite", "bituminous_coal", "sub_bituminous_coal", "lignite", "coking_coal", "coal_briquette",
    "coke", "gas_coke", "coal_tar", "coke_oven_gas", "blast_furnace_gas", "converter_gas",
    "other_coal_gas", "gas_works_gas", "crude_oil", "orimulsion", "natural_gas_liquids", "gasoline",
    "diesel", "kerosene", "jet_gasoline", "jet_kerosene", "aviation_gasoline", "fuel_oil", "lpg",
    "naphtha", "refinery_gas", "refinery_feedstocks", "lubricants", "petroleum_coke", "bitumen",
    "shale_oil", "natural_gas", "lng", "ethane", "other_petroleum_products", "peat", "charcoal",
    "landfill_gas", "sludge_gas", "patent_fuel", "brown_coal_briquettes", "coal_slurry", "coal_gangue",
    "coal_products", "middlings", "other_washed_coal", "crude_benzole", "other_coking_products",
    "biodiesel", "biogas", "biogasoline", "animal_dung", "propane", "butane",
)  # fmt: skip

_OTHER = {
    "agricultural_waste": "agricultural_residues",
    "all_fuels": "aviation_fuel",
    "biodiesels": "biodiesel",
    "bioethanol": "bioethanol",
    "briquette": "coal_briquette",
    "cleaned_coal": "washed_coal",
    "closed_calcium_carbide_furnace_gas": "calcium_carbide_furnace_gas",
    "coal": "coal",
    "coal_for_power": "power_coal",
    "coal_oxidation": "coal",
    "coke_oven_coke_and_lignite_coke": "coke",
    "compressed_natural_gas": "cng",
    "ethanol_cars_brazil": "bioethanol",
    "ethanol_trucks_us": "bioethanol",
    "firewood": "wood",
    "gas_diesel_oil": "diesel",
    "gasfield_natural_gas": "natural_gas.gasfield",
    "general_kerosene": "kerosene",
    "industrial_wastes": "industrial_waste",
    "liquefied_natural_gas": "lng",
    "liquefied_petroleum_gas": "lpg",
    "liquefied_petroleum_gases": "lpg",
    "liquified_petroleum_gas": "lpg",
    "motor_gasoline": "gasoline",
    "motor_gasoline_2_stroke": "gasoline",
    "motor_gasoline_4_stroke": "gasoline",
    "motor_gasoline_low_mileage_light_duty_vehicle_vintage_1995_or_later": "gasoline",
    "motor_gasoline_oxidation_catalyst": "gasoline",
    "motor_gasoline_uncontrolled": "gasoline",
    "msw_biogenic": "municipal_waste_biogenic",
    "municipal_wastes_biomass_fraction": "municipal_waste_biogenic",
    "municipal_wastes_non_biomass_fraction": "municipal_waste",
    "natural_gas_gasfield": "natural_gas.gasfield",
    "natural_gas_oilfield": "natural_gas.oilfield",
    "ocean_going_ships": "marine_fuel_oil",
    "oil_shale_and_tar_sands": "oil_shale",
    "oilfield_natural_gas": "natural_gas.oilfield",
    "other_biogas": "biogas",
    "other_bituminous_coal": "bituminous_coal",
    "other_coal_products": "coal_products",
    "other_gas": "other_coal_gas",
    "other_kerosene": "kerosene",
    "other_liquid_biofuels": "other_liquid_biofuels",
    "other_liquid_biomass": "other_liquid_biofuels",
    "other_primary_solid_biomass": "other_solid_biomass",
    "oxygen_steel_furnace_gas": "converter_gas",
    "paraffin_wax": "paraffin_wax",
    "paraffin_waxes": "paraffin_wax",
    "raw_coal": "coal",
    "refinery_dry_gas": "refinery_gas",
    "residual_fuel_oil": "fuel_oil",
    "slimes": "coal_slurry",
    "solvent": "white_spirit",
    "sulphite_lyes_black_liquor": "black_liquor",
    "waste_oils": "waste_oil",
    "white_spirit_and_sbp": "white_spirit",
    "white_spirit_sbp": "white_spirit",
    "wood_wood_waste": "wood",
}

ACTIVITY = {word: f"fuel.{code}" for word, code in [*((word, word) for word in _SAME), *_OTHER.items()]}


def fuel(word: str) -> str:
    """The activity code of a fuel of the facts; KeyError for one that is not listed.

    >>> fuel("gas_diesel_oil")
    'fuel.diesel'
    """
    return ACTIVITY[word]
