"""UK Government GHG conversion factors (DESNZ and Defra), editions 2021 to 2025, as one dataset.

The gas parts of the UK set are kg CO2e of that gas, not a mass of it: the total and its three parts are one
CO2e factor. Well-to-tank rows are factors of their own, to be added to the direct ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.transcribe import uk_names as names
from tools.transcribe.common import (
    Dataset,
    Row,
    TranscriptionError,
    amount_row,
    factor_row,
    folders,
    join_key,
    read_facts,
    source_row,
    split_doubt,
    write_dataset,
)

FLAT_FILES = (
    "fuels/defra_2024_fuels.csv",
    "fuels/defra_2025_fuels.csv",
    "transport/defra_2024_freight.csv",
    "transport/defra_2025_freight.csv",
    "aluminium/defra_2025_aluminium.csv",
    "cement/defra_2025_construction_materials.csv",
    "petrochemical/defra_2025_plastics_and_other_products.csv",
    "steel/worldsteel_and_defra_materials.csv",
)
ELECTRICITY = "electricity/uk_desnz.csv"

GRID_POWER = "vehicle operation including grid electricity (UK)"
BIOGENIC_NOTE = "CO2 of biogenic origin is outside the scopes in the UK set and not part of this value"
GRID_NOTE = "Contains UK grid electricity for charging; not a direct emission of the vehicle"
GWP_SETS = {"": "", "AR5": "ar5-100"}

BOUNDARIES = {
    "combustion (tank-to-wheel)": "combustion",
    "tank-to-wheel": "ttw",
    GRID_POWER: "ttw",
    "well-to-tank": "wtt",
    "upstream (well-to-tank)": "wtt",
    "cradle-to-gate (extraction, primary processing, manufacture and transport to point of sale)": (
        "cradle_to_gate"
    ),
    "direct generation": "generation",
    "direct, heat supply": "generation",
    "transmission and distribution losses": "td_loss",
    "distribution losses": "td_loss",
}


@dataclass(frozen=True)
class Place:
    """Where a row of the flat file belongs: the words of its key and what they stand for."""

    words: tuple[str, ...]  # of our key, without year and unit
    thing: names.Thing
    zh: str  # name without unit and country
    en: str
    scope: str = "3"


# --- the flat file -----------------------------------------------------------------------------------------


def _fuel(words: list[str], row: Row) -> Place:
    table, _, item = words
    thing = names.FUELS[item]
    zh, en = thing.zh, thing.en
    if table.startswith("wtt_"):
        return Place((table, item), thing, f"{zh} 上游（油井到油箱）", f"{en}, well-to-tank")
    return Place((table, item), thing, f"{zh} 燃烧", f"{en}, combustion", "1")


def _van(size: str, power: str) -> Place:
    short, size_zh, size_en = names.VAN_CLASSES[size]
    technology, zh, en = names.VAN_FUELS[power]
    thing = names.Thing("freight.road.van", "", "", short, technology)
    name = f"厢式货车 {size_zh} {zh} 货运"
    return Place(("vans", short, technology), thing, name, f"Van freight, {size_en}, {en}")


def _hgv(size: str, load: str, cold: bool) -> Place:
    kind, size_zh, size_en = names.HGV_CLASSES[size]
    load_zh, load_en = names.LOADS[load]
    table = "hgv_refrigerated" if cold else "hgv"
    activity = join_key("freight.road", table, kind)
    thing = names.Thing(activity, "", "", f"{size}_{load}", "diesel")
    zh = f"{'冷藏' if cold else ''}{size_zh} {load_zh} 柴油 货运"
    en = f"{'refrigerated ' if cold else ''}{size_en}, {load_en}, diesel, freight"
    return Place((table, size, load), thing, zh, en[0].upper() + en[1:])


def _flight(haul: str, forcing: str) -> Place:
    kind, zh, en = names.FLIGHTS[haul]
    forcing_zh, forcing_en = names.FORCING[forcing]
    thing = names.Thing(f"freight.air.{kind}", "", "", forcing)
    return Place(
        ("flights", haul, forcing),
        thing,
        f"航空货运 {zh} {forcing_zh}",
        f"Freight flight, {en}, {forcing_en}",
    )


def _ship(table: str, ship: str, size: str, row: Row) -> Place:
    kind, zh, en = names.SHIPS[ship]
    size_en = row["name_en"].rsplit(", ", 1)[1].removesuffix(" (CO2 part)")
    size_zh = size_en
    for word, translation in names.SIZE_WORDS:
        size_zh = size_zh.replace(word, translation)
    thing = names.Thing(f"freight.sea.{kind}", "", "", size)
    words = (table, ship, size)
    return Place(
        words, thing, f"{zh} {size_zh} 海运", f"{en}, {size_en[0].lower()}{size_en[1:]}, sea freight"
    )


def _freight(words: list[str], row: Row) -> Place:
    table, kind, *rest = words
    upstream = table.startswith("wtt_")
    kind = kind.removeprefix("wtt_")
    if kind == "vans":
        place = _van(rest[0], rest[1])
    elif kind in ("hgv_all_diesel", "hgv_refrigerated_all_diesel"):
        place = _hgv(rest[0], rest[1], cold="refrigerated" in kind)
    elif kind == "freight_flights":
        place = _flight(rest[0], rest[1])
    elif kind == "rail":
        place = Place(("rail", rest[0]), names.Thing("freight.rail", "", ""), "铁路货运列车", "Freight train")
    else:
        place = _ship(kind, rest[0], rest[1], row)
    words_of_key = ("wtt_freight" if upstream else "freight", *place.words)
    if not upstream:
        return Place(words_of_key, place.thing, place.zh, place.en)
    return Place(words_of_key, place.thing, f"{place.zh} 上游（油井到油箱）", f"{place.en}, well-to-tank")


def _material(words: list[str], row: Row) -> Place:
    _, _, item, origin = words
    thing = names.MATERIALS[item]
    zh, en = names.MATERIAL_SOURCES[origin]
    variant = "_".join(part for part in (thing.variant, origin) if part)
    return Place(
        ("material", item, origin),
        names.Thing(thing.activity, "", "", variant),
        f"{thing.zh} {zh} 材料使用",
        f"{thing.en}, material use, {en}",
    )


READERS = {"fuel": _fuel, "freight": _freight, "material": _material}


def _note(row: Row, *more: str) -> str:
    note = re.sub(r"^flat-file id [0-9_]+(; )?", "", row["method_note"].strip())
    return ". ".join(part.rstrip(".") for part in (note, *more) if part)


def _flat_file_id(row: Row) -> str:
    found = re.match(r"flat-file id [0-9_]+", row["method_note"])
    if not found:
        raise TranscriptionError(f"{row['record']}: no flat-file id")
    return found[0]


def _record_type(row: Row) -> str:
    if row["boundary"] in (GRID_POWER, "well-to-tank") or row["boundary"].startswith("cradle"):
        return "lifecycle_factor"
    return "direct_emission_factor"


def _flat_factor(row: Row, place: Place, unit: str) -> Row:
    year = row["reference_year"]
    series = join_key(*place.words, f"per_{unit}")
    unit_zh, unit_en = names.UNITS[unit]
    more = [BIOGENIC_NOTE] if place.words[0] == "bioenergy" or "biofuel_blend" in series else []
    if place.words[0].startswith("wtt_"):
        more = []
    if row["boundary"] == GRID_POWER:
        more = [GRID_NOTE]
    note, doubt = split_doubt(_note(row, *more))
    return factor_row(
        key=join_key(series, year),
        series=series,
        record_type=_record_type(row),
        name_zh=f"{place.zh}，{unit_zh}，英国",
        name_en=f"{place.en}, {unit_en}, UK",
        activity=place.thing.activity,
        region=row["geography"],
        region_published=row["geography"],
        year=year,
        edition_year=year,
        gas_basis="co2e",
        gwp_set=GWP_SETS[row["gwp_set"]],
        value_published=row["value"],
        unit_published=row["unit"],
        calorific_basis={"kwh_net_cv": "net", "kwh_gross_cv": "gross"}.get(unit, ""),
        boundary=BOUNDARIES[row["boundary"]],
        boundary_published=row["boundary"],
        variant=place.thing.variant,
        technology=place.thing.technology,
        scope_hint=place.scope,
        source=f"flat-file-{year}",
        locator=f"{row['table_or_page']}; {_flat_file_id(row)}",
        source_record=row["record"],
        confirmed_by=row["confirmed_by"],
        confidence=row["confidence"],
        note=note,
        doubt=doubt,
    )


def _part(factor: Row, row: Row, gas: str, origin: str) -> Row:
    """One gas part; what is not as in the factor (id, confirmation, confidence) stands in its note."""
    notes = [row["method_note"].strip()] if row["method_note"].strip() != factor["note"] else []
    notes += [f"{name.replace('_', ' ')}: {row[name]}" for name in ("confirmed_by", "confidence")
              if row[name] != factor[name] and row[name]]  # fmt: skip
    if row["confirmed_by"] == "" and factor["confirmed_by"]:
        notes.append("not confirmed by a second copy")
    return amount_row(
        key=factor["key"],
        gas=gas,
        origin=origin,
        denomination="co2e",
        value_published=row["value"],
        unit_published=row["unit"],
        source_record=row["record"],
        note="; ".join(note for note in notes if note),
    )


def _flat_tables(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    rows = [row for row in rows if row["key"].startswith("defra")]
    stem = {row["record"]: row["key"].rsplit(".", 1)[0] for row in rows}
    factors: dict[str, Row] = {}
    origins: dict[str, str] = {}
    for row in rows:
        if row["gas"] == "CO2e":
            _, group, *words, unit, _ = row["key"].split(".")
            place = READERS[group](words, row)
            factors[stem[row["record"]]] = _flat_factor(row, place, unit)
            origins[stem[row["record"]]] = place.thing.origin
    amounts = [
        _part(factors[stem[row["record"]]], row, row["gas"], origins[stem[row["record"]]])
        for row in rows
        if row["gas"] != "CO2e"
    ]
    return list(factors.values()), amounts


# --- electricity and heat ----------------------------------------------------------------------------------

POWER = {  # end of the facts key: (words of our key, activity, zh, en, record type, scope)
    "generation": (
        ("electricity", "generation"), "electricity.grid",
        "英国电网发电", "Electricity generated, UK grid", "grid_emission_factor", "2",
    ),
    "td": (
        ("electricity", "td_loss"), "electricity.transmission_distribution",
        "英国电网输配电损耗", "Electricity transmission and distribution losses, UK grid",
        "grid_emission_factor", "3",
    ),
    "wtt.generation": (
        ("wtt_electricity", "generation"), "electricity.grid",
        "英国电网发电 上游（油井到油箱）", "Electricity generated, UK grid, well-to-tank",
        "lifecycle_factor", "3",
    ),
    "wtt.td": (
        ("wtt_electricity", "td"), "electricity.transmission_distribution",
        "英国电网输配电 上游（油井到油箱）",
        "Electricity transmission and distribution, UK grid, well-to-tank", "lifecycle_factor", "3",
    ),
    "heat_steam": (
        ("heat_steam", "supply"), "heat.purchased",
        "英国外购热力与蒸汽", "Heat and steam (onsite or district), UK", "direct_emission_factor", "2",
    ),
    "wtt.heat_steam": (
        ("wtt_heat_steam", "supply"), "heat.purchased",
        "英国外购热力与蒸汽 上游（油井到油箱）", "Heat and steam, UK, well-to-tank", "lifecycle_factor", "3",
    ),
    "heat_steam.loss5": (
        ("heat_steam", "distribution_loss_5pct"), "heat.purchased",
        "英国区域热力与蒸汽输送损耗（5%损失）", "District heat and steam distribution losses (5%), UK",
        "direct_emission_factor", "3",
    ),
}  # fmt: skip


def _power_factor(row: Row, what: str) -> Row:
    words, activity, zh, en, record_type, scope = POWER[what]
    year = row["reference_year"]
    series = join_key(*words, "per_kwh")
    note, doubt = split_doubt(_note(row))
    return factor_row(
        key=join_key(series, year),
        series=series,
        record_type=record_type,
        name_zh=f"{zh}，每千瓦时",
        name_en=f"{en}, per kWh",
        activity=activity,
        region=row["geography"],
        region_published=row["geography"],
        year=year,
        edition_year=year,
        gas_basis="co2e",
        gwp_set=GWP_SETS[row["gwp_set"]],
        value_published=row["value"],
        unit_published=row["unit"],
        boundary=BOUNDARIES[row["boundary"]],
        boundary_published=row["boundary"],
        variant="average" if activity.startswith("electricity.") else "",
        scope_hint=scope,
        source=f"full-set-{year}",
        source_record=row["record"],
        confirmed_by=row["confirmed_by"],
        confidence=row["confidence"],
        note=note,
        doubt=doubt,
    )


def _power_tables(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    factors: dict[str, Row] = {}
    amounts: list[Row] = []
    for row in rows:
        _, _, _, *words = row["key"].split(".")
        if words[-1] in ("co2", "ch4", "n2o"):
            total = factors[row["key"].rsplit(".", 1)[0]]
            amounts.append(_part(total, row, words[-1].upper(), "unspecified"))
        else:
            factors[row["key"]] = _power_factor(row, ".".join(words))
    return list(factors.values()), amounts


# --- the dataset -------------------------------------------------------------------------------------------


def _sources(rows: Sequence[Row], prefix: str) -> list[Row]:
    """One source a document; the facts of one edition name the same document in every row."""
    found = {
        (f"{prefix}-{row['reference_year']}", row["document_title"], row["publisher"],
         row["document_number"], row["document_url"], row["published_on"], "database")
        for row in rows
    }  # fmt: skip
    columns = ("id", "title", "publisher", "number", "url", "published_on", "kind")
    return [source_row(**dict(zip(columns, cells, strict=True))) for cells in sorted(found)]


def build(facts: Path) -> Dataset:
    """The dataset of all UK rows of the facts."""
    flat = [row for name in FLAT_FILES for row in read_facts(facts, name) if row["geography"] == "GB"]
    power = read_facts(facts, ELECTRICITY)
    factors, amounts = _flat_tables(flat)
    power_factors, power_amounts = _power_tables(power)
    return Dataset(
        meta=names.META,
        sources=[*_sources(flat, "flat-file"), *_sources(power, "full-set")],
        factors=[*factors, *power_factors],
        amounts=[*amounts, *power_amounts],
    )


def main() -> None:
    facts, seed_data = folders()
    write_dataset(build(facts), seed_data)


if __name__ == "__main__":
    main()
