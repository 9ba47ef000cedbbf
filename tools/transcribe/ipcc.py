"""IPCC 2006 Guidelines and 2019 Refinement: energy defaults, and industrial processes and product use.

    python -m tools.transcribe.ipcc [facts [seed_data]]

GLO of these documents is DEFAULT (no country given), never a world average. All figures are timeless.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tools.transcribe.common import Dataset, Row, folders, join_key, read_facts, region, write_dataset
from tools.transcribe.fuels import fuel
from tools.transcribe.ipcc_products import parameter_kind, product
from tools.transcribe.plain import Book, all_gases, by_stem, gas_slug, meta, parameter, with_gas

STATIONARY = "fuels/ipcc_2006_stationary_combustion.csv"
MOBILE = "fuels/ipcc_2006_mobile_combustion.csv"
PROPERTIES = "fuels/ipcc_2006_ncv_carbon_content.csv"
IPPU = (
    "aluminium/ipcc_iai_china.csv",
    "cement/ipcc_2006_mineral.csv",
    "petrochemical/ipcc_chemical.csv",
    "steel/ipcc_iron_steel_ferroalloys.csv",
)

PUBLISHER = ("政府间气候变化专门委员会（IPCC）", "Intergovernmental Panel on Climate Change (IPCC)")
RIGHTS = ("IPCC / 全球环境战略研究所（IGES）", "IPCC / Institute for Global Environmental Strategies (IGES)")
LICENCE = {
    "id": "LicenseRef-IPCC",
    "name": "IPCC copyright, single figures quoted",
    "url": "https://www.ipcc.ch/copyright/",
    "terms_zh": "版权属IPCC/IGES。此处只引用单个数值并注明出处，不复制正文；大段转载须经许可。",
    "terms_en": "Copyright IPCC/IGES. Single figures are quoted with attribution and no text is copied; "
    "reproducing larger parts needs permission.",
}
SECTORS = {
    "energy_industries": "energy industries",
    "manufacturing_construction": "manufacturing industries and construction",
    "commercial_institutional": "commercial and institutional",
    "residential_agriculture": "residential and agriculture, forestry, fishing",
}


def energy(facts: Path) -> Dataset:
    """Volume 2: stationary and mobile combustion, net calorific values and carbon contents."""
    about = (
        "2006年IPCC指南第2卷缺省值：固定源和移动源燃烧的CO2、CH4、N2O，低位发热量和含碳量。每种气体按质量给"
        "出，不含全球增温潜势；单位热量以低位发热量计。生物质燃料的CO2为备忘项。道路运输的CO2按燃料给出，"
        "CH4和N2O按燃料和技术给出，不可合并。个别数值为IPCC原文印刷错误，按原样保留并注明。",
        "Defaults of Volume 2 of the 2006 IPCC Guidelines: CO2, CH4 and N2O of stationary and mobile "
        "combustion, net calorific values and carbon contents. Each gas is a mass of that gas; heat is on "
        "a net calorific basis. CO2 of biomass fuels is a memo item. Road transport gives CO2 by fuel, CH4 "
        "and N2O by fuel and technology: these are not one factor. Misprints of the source are kept and "
        "noted.",
    )
    name = ("IPCC 2006指南 第2卷 能源缺省值", "IPCC 2006 Guidelines, Volume 2, energy defaults")
    texts = meta(
        "ipcc-2006-energy",
        "2006.1",
        "international",
        "energy",
        "timeless",
        name=name,
        about=about,
        publisher=PUBLISHER,
        rights_holder=RIGHTS,
        licence=LICENCE,
    )
    book = Book(texts, "guideline")
    for rows in by_stem(read_facts(facts, STATIONARY)).values():
        _stationary(book, rows)
    groups = by_stem(read_facts(facts, MOBILE))
    stems = [stem for stem, _ in groups]
    for (stem, _), rows in groups.items():
        _mobile(book, rows, several=stems.count(stem) > 1)
    for row in read_facts(facts, PROPERTIES):
        _property(book, row)
    return book.dataset()


def _common(row: Row, *, net: bool = True) -> Row:
    """Columns of every IPCC default. ``Refinement`` rows carry 2019 as their edition."""
    return {
        "region": region(row["geography"], GLO="DEFAULT"),
        "year_rule": "timeless",
        "edition_year": row["reference_year"],
        "calorific_basis": "net" if net else "",
    }


def _stationary(book: Book, rows: Sequence[Row]) -> None:
    _, _, sector, word, _ = rows[0]["key"].split(".")
    biogenic = any("biogenic" in row["method_note"] for row in rows)
    key = join_key("stationary", sector, word)
    book.add_joined(
        rows,
        "ipcc-2006-v2-ch2",
        "biogenic" if biogenic else "fossil",
        **_common(rows[0]),
        key=key,
        series=key,
        record_type="direct_emission_factor",
        name_zh=all_gases(rows[0]["name_zh"], rows, ("、", "、")),
        name_en=all_gases(rows[0]["name_en"], rows, (", ", " and ")),
        activity=fuel(word),
        boundary="combustion",
        technology=f"stationary combustion, {SECTORS[sector]}",
        scope_hint="1",
    )


def _mobile(book: Book, rows: Sequence[Row], *, several: bool) -> None:
    """A line of a mobile table. ``several``: another table has this line too, so the gas is in the key."""
    parts = rows[0]["key"].split(".")[1:-1]
    whole = len(rows) == 3
    key = join_key(*parts, "" if whole and not several else gas_slug(rows))
    activity = fuel(parts[2])
    values = {
        **_common(rows[0]),
        "key": key,
        "series": key,
        "record_type": "direct_emission_factor",
        "activity": activity,
        "boundary": "combustion",
        "technology": _mobile_technology(parts),
        "scope_hint": "1",
    }
    if len(rows) == 1 and activity != "fuel.bioethanol":
        book.add(rows[0], "ipcc-2006-v2-ch3", **values)
        return
    names = {
        "name_zh": all_gases(rows[0]["name_zh"], rows, ("、", "、")),
        "name_en": all_gases(rows[0]["name_en"], rows, (", ", " and ")),
    }
    origin = "biogenic" if activity == "fuel.bioethanol" else "fossil"
    book.add_joined(rows, "ipcc-2006-v2-ch3", origin, **values, **names)


_MODES = {
    "road": "road transport",
    "offroad": "off-road machinery",
    "rail": "rail transport",
    "navigation": "water-borne navigation",
    "aviation": "civil aviation",
}
_ENGINES = {
    "motor_gasoline_uncontrolled": "uncontrolled",
    "motor_gasoline_oxidation_catalyst": "oxidation catalyst",
    "motor_gasoline_low_mileage_light_duty_vehicle_vintage_1995_or_later": (
        "low-mileage light-duty vehicle, vintage 1995 or later"
    ),
    "motor_gasoline_4_stroke": "4-stroke",
    "motor_gasoline_2_stroke": "2-stroke",
    "ethanol_trucks_us": "trucks, US",
    "ethanol_cars_brazil": "cars, Brazil",
    "ocean_going_ships": "ocean-going ships, diesel engines on heavy fuel oil",
}


def _mobile_technology(parts: Sequence[str]) -> str:
    found = [_MODES[parts[1]], _ENGINES.get(parts[2], ""), parts[3] if len(parts) > 3 else ""]
    return ", ".join(text for text in found if text)


def _property(book: Book, row: Row) -> None:
    _, variant, word = row["key"].split(".")
    key = join_key(variant, word)
    same = parameter(variant, key=key, series=key, activity=fuel(word))
    book.add(row, "ipcc-2006-v2-ch1", **_common(row), **same)


# --- industrial processes and product use ------------------------------------------------------------------


def ippu(facts: Path, edition: str) -> Dataset:
    """Volume 3 of one edition (``2006`` or ``2019``): minerals, chemicals, metals."""
    names = {
        "2006": ("IPCC 2006指南 第3卷 工业过程缺省值", "IPCC 2006 Guidelines, Volume 3, process defaults"),
        "2019": (
            "IPCC 2006指南2019年修订版 第3卷 工业过程缺省值",
            "2019 Refinement to the IPCC Guidelines, Volume 3, process defaults",
        ),
    }
    about = (
        "工业过程和产品使用的缺省值：矿物、化工、钢铁、铁合金、铝、镁、铅、锌。只含过程排放，不含外购电力；"
        "每种气体按质量给出。乙烯数值须乘以地理调整系数（亚洲130%）。含碳量、斜率系数、原料能耗等是参数，不"
        "是排放因子。",
        "Defaults of industrial processes and product use: minerals, chemicals, iron and steel, "
        "ferroalloys, aluminium, magnesium, lead, zinc. Process emissions only, without purchased power; "
        "each gas is a mass of that gas. Ethylene figures need the geographic factor (130 % for Asia). "
        "Carbon contents, slope coefficients and feedstock needs are parameters, not emission factors.",
    )
    texts = meta(
        f"ipcc-{edition}-ippu",
        f"{edition}.1",
        "international",
        "industry",
        "timeless",
        name=names[edition],
        about=about,
        publisher=PUBLISHER,
        rights_holder=RIGHTS,
        licence=LICENCE,
    )
    book = Book(texts, "guideline")
    for name in IPPU:
        mine = [row for row in read_facts(facts, name) if row["key"].startswith(f"ipcc{edition}")]
        for rows in by_stem(mine).values():
            _process(book, rows, edition)
    return book.dataset()


def _process(book: Book, rows: Sequence[Row], edition: str) -> None:
    """A line of an IPPU table: one gas, several gases of one line, or a parameter."""
    first = rows[0]
    tail = first["key"].partition(".")[2]
    chapter = first["document_number"].rpartition(" ")[2].lower().replace(".", "")
    source = f"ipcc-{edition}-v3-{chapter}"
    found = product(tail)
    values = {**_common(first, net=False), "activity": found.activity}
    values |= {"route": found.route, "technology": found.technology}
    if variant := parameter_kind(tail, first):
        values |= parameter(variant, key=join_key(tail), series=join_key(tail))
        if variant == "deduction":
            values["boundary"] = "process"
        book.add(first, source, **values)
        return
    values |= {"record_type": "direct_emission_factor", "boundary": "process", "scope_hint": "1"}
    if len(rows) == 1:
        names = {column: with_gas(first[column], first["gas"]) for column in ("name_zh", "name_en")}
        book.add(first, source, **values, **names, key=join_key(tail), series=join_key(tail))
        return
    stem = tail.rpartition(".")[0]
    key = join_key(stem, gas_slug(rows))
    names = {
        "name_zh": all_gases(first["name_zh"], rows, ("、", "、")),
        "name_en": all_gases(_without_per_gas(first["name_en"]), rows, (", ", " and ")),
    }
    book.add_joined(rows, source, "unspecified", **values, **names, key=key, series=key)


def _without_per_gas(name: str) -> str:
    """A name without a trailing gas after a comma: the gases are listed at its end instead."""
    return re.sub(r",? ?\b(CO2|CF4)$", "", name)


def main() -> None:
    facts, seed_data = folders()
    for dataset in (energy(facts), ippu(facts, "2006"), ippu(facts, "2019")):
        write_dataset(dataset, seed_data)
        print(f"{dataset.meta['id']}: {len(dataset.factors)} factors, {len(dataset.amounts)} amounts")


if __name__ == "__main__":
    main()
