"""US factors: the EPA GHG Emission Factors Hub 2025 and eGRID (2021, 2022, 2023 revision 2).

Gas rows of the EPA are masses of the gas: rows of one thing and one denominator are one ``by_gas`` factor.
CO2 per gallon of a mobile fuel and CH4 and N2O per vehicle-mile are never one factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.transcribe import us_names as names
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

STATIONARY = "fuels/epa_hub_2025_stationary.csv"
MOBILE = "fuels/epa_hub_2025_mobile.csv"
TRIPS = "transport/epa_hub_2025_transport.csv"
HEAT = "electricity/heat_steam.csv"
TABLE_6 = "electricity/us_epa_hub2025_electricity.csv"
EGRID = "electricity/us_egrid.csv"

GWP_SETS = {"": "", "AR5": "ar5-100"}
BOUNDARIES = {
    "combustion": "combustion",
    "tank-to-wheel": "ttw",
    "direct generation": "generation",
    "direct, heat supply": "generation",
    "combustion at the boiler": "generation",
    "fuel property (higher heating value)": "property",
}
FIRST_RELEASE = (
    "First eGRID2023 release (January 2025); revision 2 (June 2025, dataset us-egrid) "
    "supersedes it and differs"
)
BIOMASS = "EPA lists this under biomass fuels: the CO2 is biogenic and outside a CO2e total"
NO_CO2 = "CH4 and N2O only: CO2 is given per amount of fuel (Table 2) and is not part of this factor"


# --- rows to factors ---------------------------------------------------------------------------------------


def _gas(row: Row) -> str:
    return row.get("gas", "") or row.get("gas_scope", "")


def _denominator(row: Row) -> str:
    return row["unit"].split(" / ", 1)[1]


def _one(values: Iterable[str], where: str) -> str:
    found = set(values)
    if len(found) != 1:
        raise TranscriptionError(f"{where}: the rows of one factor differ: {sorted(found)}")
    return found.pop()


def _factor(rows: Sequence[Row], series: str, **values: str) -> Row:
    """What the rows of one factor share. ``note`` of ``values`` is put after the note of the facts."""
    row, where = rows[0], rows[0]["record"]
    note, doubt = split_doubt(row["method_note"])
    year = _one((r["reference_year"] for r in rows), where)
    more = values.pop("note", "")
    stated = {
        "key": join_key(series, year),
        "series": series,
        "region": row["geography"],
        "region_published": row["geography"],
        "year": year,
        "edition_year": year,
        "gwp_set": GWP_SETS[row["gwp_set"]],
        "boundary": BOUNDARIES[row["boundary"]],
        "boundary_published": row["boundary"],
        "locator": row.get("table_or_page", ""),
        "confirmed_by": row["confirmed_by"],
        "confidence": "high" if all(r["confidence"] == "high" for r in rows) else "medium",
        "note": "; ".join(text.rstrip(".") for text in (note, more) if text),
        "doubt": doubt,
    }
    return factor_row(**{**stated, **values})


def _single(row: Row, series: str, **values: str) -> Row:
    """A factor of one row: a gas, CO2e or a fuel property."""
    gas = _gas(row)
    basis = {"": "none", "CO2e": "co2e"}.get(gas, "single_gas")
    figures = {"value_published": row["value"], "unit_published": row["unit"], "source_record": row["record"]}
    named = {"gas": gas} if basis == "single_gas" else {}
    return _factor([row], series, gas_basis=basis, **named, **figures, **values)


def _by_gas(rows: Sequence[Row], series: str, origin: str, **values: str) -> tuple[Row, list[Row]]:
    """One factor of several gas rows and its amounts, each the mass of its gas."""
    _one((_denominator(row) for row in rows), rows[0]["record"])
    factor = _factor(rows, series, gas_basis="by_gas", **values)
    amounts = [
        amount_row(
            key=factor["key"],
            gas=_gas(row),
            origin=origin,
            denomination="mass",
            value_published=row["value"],
            unit_published=row["unit"],
            source_record=row["record"],
        )
        for row in rows
    ]
    if len({row["gas"] for row in amounts}) != len(amounts):
        raise TranscriptionError(f"{factor['key']}: a gas is there twice")
    return factor, amounts


def _groups(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by facts key without its gas word and by denominator, in the order of the file."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        stem = ".".join(word for word in row["key"].split(".") if word not in ("co2", "ch4", "n2o"))
        groups.setdefault(f"{stem} / {_denominator(row)}", []).append(row)
    return groups


# --- the hub -----------------------------------------------------------------------------------------------

Tables = tuple[list[Row], list[Row]]


def _fuel_names(row: Row) -> tuple[str, str]:
    en = row["name_en"].split(", stationary combustion")[0].split(" heat content")[0]
    return row["name_zh"].split(" ")[0], en.split(", mobile combustion")[0]


def _heat_content(row: Row) -> Row:
    item = row["key"].split(".")[-1]
    fuel, (zh, en) = names.FUELS[item], _fuel_names(row)
    word, unit_zh, unit_en = names.UNITS[_denominator(row)]
    return _single(
        row,
        join_key("heat_content", item, word),
        record_type="activity_parameter",
        name_zh=f"{zh} 热值（高位），百万英热单位{unit_zh}，美国",
        name_en=f"{en}, heat content (HHV), mmBtu {unit_en}, US",
        activity=fuel.activity,
        variant=fuel.variant,
        calorific_basis="gross",
        source="hub-2025",
    )


def _stationary(rows: list[Row]) -> tuple[Row, list[Row]]:
    item = rows[0]["key"].split(".")[2]
    fuel, (zh, en) = names.FUELS[item], _fuel_names(rows[0])
    word, unit_zh, unit_en = names.UNITS[_denominator(rows[0])]
    per_heat = word == "per_mmbtu"
    basis = {"calorific_basis": "gross"} if per_heat else {}
    doubt = {"doubt": names.DOUBTS[item]} if item in names.DOUBTS else {}
    return _by_gas(
        rows,
        join_key("stationary", item, word),
        fuel.origin,
        record_type="direct_emission_factor",
        name_zh=f"{zh} 固定源燃烧，{unit_zh}{'（高位热值）' if per_heat else ''}，美国",
        name_en=f"{en}, stationary combustion, {unit_en}{' (HHV)' if per_heat else ''}, US",
        activity=fuel.activity,
        variant=fuel.variant,
        technology="stationary",
        note=BIOMASS if fuel.origin == names.BIOGENIC else "",
        source="hub-2025",
        **basis,
        **doubt,
    )


def _steam(rows: list[Row], twins: list[Row]) -> tuple[Row, list[Row]]:
    """Table 7. Two facts files carry the same three figures: one factor, both records named."""
    factor, amounts = _by_gas(
        rows,
        "steam_heat.per_mmbtu",
        "fossil",
        record_type="direct_emission_factor",
        name_zh="外购蒸汽和热力（天然气锅炉，热效率80%），每百万英热单位，美国",
        name_en="Purchased steam and heat (natural gas boiler, 80% efficiency), per mmBtu, US",
        activity="heat.purchased",
        technology="natural_gas_boiler",
        note="combustion only",
        source="hub-2025",
    )
    other = {_gas(row): row for row in twins}
    for amount in amounts:
        twin = other.pop(amount["gas"])
        if (twin["value"], twin["unit"]) != (amount["value_published"], amount["unit_published"]):
            raise TranscriptionError(f"{twin['record']}: Table 7 differs between two facts files")
        amount["source_record"] += "|" + twin["record"]
        if twin["confirmed_by"] not in factor["confirmed_by"]:
            factor["confirmed_by"] += "; " + twin["confirmed_by"]
    if other:
        raise TranscriptionError(f"{HEAT}: a US row without its place: {sorted(other)}")
    return factor, amounts


def _mobile_fuel(row: Row) -> tuple[Row, list[Row]]:
    """CO2 per amount of fuel (Table 2). Biogenic CO2 is an amount, because only amounts have an origin."""
    item = row["key"].split(".")[2]
    fuel, (zh, en) = names.FUELS[item], _fuel_names(row)
    word, unit_zh, unit_en = names.UNITS[_denominator(row)]
    series = join_key("mobile_co2", item, word)
    shared = {
        "record_type": "direct_emission_factor",
        "name_zh": f"{zh} 移动源燃烧 CO2，{unit_zh}，美国",
        "name_en": f"{en}, mobile combustion, CO2, {unit_en}, US",
        "activity": fuel.activity,
        "variant": fuel.variant,
        "technology": "mobile",
        "source": "hub-2025",
    }
    if fuel.origin == names.BIOGENIC:
        return _by_gas([row], series, fuel.origin, note=BIOMASS, **shared)
    return _single(row, series, **shared), []


def _vehicle(rows: list[Row]) -> tuple[Row, list[Row]]:
    """CH4 and N2O per vehicle-mile (Tables 3 and 4) or per gallon (Table 5)."""
    _, table, kind, *rest = rows[0]["key"].split(".")[:-1]
    activity, fuel = names.VEHICLES[kind]
    model_year = next((word for word in rest if word.startswith("my_")), "")
    fuel = fuel or rest[0]
    word, unit_zh, unit_en = names.UNITS[_denominator(rows[0])]
    kind_of_car = "light_duty" if kind == "light_duty_cars" else ""
    gases = "CH4和N2O", "CH4 and N2O"
    if {_gas(row) for row in rows} != {"CH4", "N2O"}:
        raise TranscriptionError(f"{rows[0]['record']}: not the pair CH4 and N2O")
    return _by_gas(
        rows,
        join_key(f"{'nonroad' if table == 'nonroad' else 'vehicle'}_ch4_n2o", kind, *rest, word),
        names.VEHICLE_ORIGINS.get(fuel, "fossil"),
        record_type="direct_emission_factor",
        name_zh=f"{rows[0]['name_zh'].rsplit(' ', 1)[0]} {gases[0]}，{unit_zh}，美国",
        name_en=f"{rows[0]['name_en'].rsplit(', ', 1)[0]}, {gases[1]}, {unit_en}, US",
        activity=activity,
        variant="_".join(part for part in (kind_of_car, model_year) if part),
        technology=fuel,
        note=NO_CO2,
        source="hub-2025",
    )


def _trip(rows: list[Row]) -> tuple[Row, list[Row]]:
    """Tables 8 (goods) and 10 (travel and commuting), scope 3 by the words of the table."""
    what = ".".join(rows[0]["key"].split(".")[1:3])
    activity, variant = names.TRIPS[what]
    word, unit_zh, unit_en = names.UNITS[_denominator(rows[0])]
    zh, purpose_zh = rows[0]["name_zh"].split(" ")[:2]
    return _by_gas(
        rows,
        join_key(what, word),
        "unspecified",
        record_type="direct_emission_factor",
        name_zh=f"{zh.replace('（车英里）', '').replace('（短吨英里）', '')} {purpose_zh}，{unit_zh}，美国",
        name_en=f"{rows[0]['name_en'].removesuffix(', ' + _gas(rows[0]))}, {unit_en}, US",
        activity=activity,
        variant=variant,
        scope_hint="3",
        source="hub-2025",
    )


def _table_6(rows: list[Row]) -> tuple[Row, list[Row]]:
    region = rows[0]["geography"]
    zh, en = names.place(region)
    return _by_gas(
        rows,
        join_key("electricity", region.lower()),
        "unspecified",
        record_type="grid_emission_factor",
        name_zh=f"{zh} 发电总输出排放率 CO2、CH4、N2O（eGRID2023首发版），每兆瓦时",
        name_en=f"{en}, total output emission rates, CO2, CH4, N2O (first eGRID2023 release), per MWh",
        activity="electricity.grid",
        variant="average",
        year_rule="data_year",
        edition_year="2025",
        locator="Table 6",
        doubt=FIRST_RELEASE,
        source="hub-2025-table-6",
    )


def _source(ident: str, row: Row) -> Row:
    return source_row(
        id=ident,
        title=row["document_title"],
        publisher=row["publisher"],
        number=row["document_number"],
        url=row["document_url"],
        published_on=row["published_on"],
        kind="database",
    )


def hub(facts: Path) -> Dataset:
    """The dataset of the Emission Factors Hub 2025."""
    table_1 = read_facts(facts, STATIONARY)
    mobile = read_facts(facts, MOBILE)
    table_6 = read_facts(facts, TABLE_6)
    steam = [row for row in table_1 if row["key"].startswith("epa2025.steam_heat.")]
    twins = [row for row in read_facts(facts, HEAT) if row["geography"] == "US"]
    burnt = [row for row in table_1 if row["key"].startswith("epa2025.stationary.")]
    joined = [_stationary(rows) for rows in _groups(burnt).values()]
    joined.append(_steam(steam, twins))
    joined += [_mobile_fuel(row) for row in mobile if row["table_or_page"] == "Table 2"]
    vehicles = [row for row in mobile if row["table_or_page"] != "Table 2"]
    joined += [_vehicle(rows) for rows in _groups(vehicles).values()]
    joined += [_trip(rows) for rows in _groups(read_facts(facts, TRIPS)).values()]
    joined += [_table_6(rows) for rows in _groups(table_6).values()]
    heat = [_heat_content(row) for row in table_1 if row["gas"] == ""]
    return Dataset(
        meta=names.HUB,
        sources=[_source("hub-2025", table_1[0]), _source("hub-2025-table-6", table_6[0])],
        factors=[*heat, *(factor for factor, _ in joined)],
        amounts=[amount for _, amounts in joined for amount in amounts],
    )


# --- eGRID -------------------------------------------------------------------------------------------------


def _egrid(row: Row) -> Row:
    gas, region, year = _gas(row), row["geography"], row["reference_year"]
    zh, en = names.place(region)
    revision_zh, revision_en = (
        ("第2次修订", " revision 2") if "revision 2" in row["document_title"] else ("", "")
    )
    return _single(
        row,
        join_key("total_output", gas.lower(), region.lower()),
        record_type="grid_emission_factor",
        name_zh=f"{zh} 发电总输出排放率 {gas}（eGRID{year}{revision_zh}），每兆瓦时",
        name_en=f"{en}, total output emission rate, {gas} (eGRID{year}{revision_en}), per MWh",
        activity="electricity.grid",
        variant="average",
        edition_year="",
        locator=_place_in_file(row),
        source=f"egrid-{year}",
    )


def _place_in_file(row: Row) -> str:
    """The data file at the end of the address, and the subregion where the row has one."""
    file = row["document_url"].rsplit("/", 1)[1]
    code = row["geography"].removeprefix("US-EGRID-")
    return file if code == "US" else f"{file}, subregion {code}"


def egrid(facts: Path) -> Dataset:
    """The dataset of the eGRID rates."""
    rows = read_facts(facts, EGRID)
    documents = {f"egrid-{row['reference_year']}": row for row in rows}
    return Dataset(
        meta=names.GRID,
        sources=[_source(ident, row) for ident, row in documents.items()],
        factors=[_egrid(row) for row in rows],
    )


def main() -> None:
    facts, seed_data = folders()
    write_dataset(hub(facts), seed_data)
    write_dataset(egrid(facts), seed_data)


if __name__ == "__main__":
    main()
