"""The UK and US seed folders: every facts row once, digit for digit, and the same bytes at every run."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tools.transcribe import uk, us
from tools.transcribe.common import FACTS, SEED_DATA, Row, read_csv, write_dataset

UK, HUB, EGRID = "uk-ghg-conversion-factors", "us-epa-ghg-hub", "us-egrid"
DATASETS = (UK, HUB, EGRID)
IDENTITY = (
    "record_type", "activity", "region", "year", "gas_basis", "gas", "gwp_set", "unit_published",
    "calorific_basis", "boundary", "variant", "technology",
)  # fmt: skip
FACTS_FILES = (
    *uk.FLAT_FILES,
    uk.ELECTRICITY,
    us.STATIONARY,
    us.MOBILE,
    us.TRIPS,
    us.HEAT,
    us.TABLE_6,
    us.EGRID,
)

needs_facts = pytest.mark.skipif(
    not FACTS.is_dir(), reason="the facts folder is not beside the repository: nothing to compare with"
)


def table(dataset: str, name: str) -> list[Row]:
    path = SEED_DATA / dataset / f"{name}.csv"
    return read_csv(path) if path.exists() else []


def factors() -> dict[str, Row]:
    return {f"{name}/{row['key']}": row for name in DATASETS for row in table(name, "factors")}


def parts(dataset: str) -> dict[str, dict[str, Row]]:
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in table(dataset, "amounts"):
        found[row["key"]][row["gas"]] = row
    return found


def facts() -> dict[str, Row]:
    """Rows of the facts that belong to the UK and US datasets, by record."""
    return {
        f"{name}#{row['key']}": row
        for name in FACTS_FILES
        for row in read_csv(FACTS / name)
        if row["geography"] == "GB" or row["geography"].split("-")[0] == "US"
    }


def served() -> list[tuple[str, Row]]:
    """Every (record, row that carries its figure) of the seed folders."""
    carriers = [row for name in DATASETS for kind in ("factors", "amounts") for row in table(name, kind)]
    return [(record, row) for row in carriers for record in row["source_record"].split("|") if record]


def test_the_counts_are_those_of_the_transcription() -> None:
    counts = {name: (len(table(name, "factors")), len(table(name, "amounts"))) for name in DATASETS}
    assert counts == {UK: (1902, 2442), HUB: (426, 887), EGRID: (168, 0)}


@needs_facts
def test_every_facts_row_is_served_exactly_once() -> None:
    count = Counter(record for record, _ in served())
    assert set(count) == set(facts())
    assert {record for record, times in count.items() if times != 1} == set()


@needs_facts
def test_every_figure_has_the_digits_and_the_unit_of_its_facts_row() -> None:
    known = facts()
    for record, row in served():
        assert row["value_published"] == known[record]["value"], record
        assert row["unit_published"] == known[record]["unit"], record


@needs_facts
@pytest.mark.parametrize(("build", "dataset"), [(uk.build, UK), (us.hub, HUB), (us.egrid, EGRID)])
def test_a_second_run_writes_the_same_bytes(build, dataset, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    written = write_dataset(build(FACTS), tmp_path)
    committed = SEED_DATA / dataset
    assert {path.name for path in written.iterdir()} == {path.name for path in committed.iterdir()}
    for path in written.iterdir():
        assert path.read_bytes() == (committed / path.name).read_bytes(), path.name


def test_the_gas_parts_of_a_uk_factor_add_up_to_its_total() -> None:
    """Each printed figure is rounded to at most five places, so a sum may be off by two in the fifth."""
    totals = {row["key"]: Decimal(row["value_published"]) for row in table(UK, "factors")}
    for key, gases in parts(UK).items():
        assert set(gases) == {"CO2", "CH4", "N2O"}, key
        total = sum(Decimal(row["value_published"]) for row in gases.values())
        assert abs(total - totals[key]) <= Decimal("0.00002"), key


def test_uk_gas_parts_are_co2e_and_epa_gas_rows_are_masses() -> None:
    assert {row["denomination"] for row in table(UK, "amounts")} == {"co2e"}
    assert all(row["unit_published"].startswith("kg CO2e / ") for row in table(UK, "amounts"))
    assert {row["denomination"] for row in table(HUB, "amounts")} == {"mass"}
    for row in table(HUB, "amounts"):
        assert row["unit_published"].split(" / ")[0].split(" ")[1] == row["gas"]


def test_a_factor_of_the_epa_never_mixes_co2_per_gallon_with_ch4_per_vehicle_mile() -> None:
    for key, gases in parts(HUB).items():
        assert len({row["unit_published"].split(" / ")[1] for row in gases.values()}) == 1, key
        if key.startswith(("vehicle_ch4_n2o.", "nonroad_ch4_n2o.")):
            assert set(gases) == {"CH4", "N2O"}, key
    by_key = {row["key"]: row for row in table(HUB, "factors")}
    assert by_key["mobile_co2.diesel_fuel.per_gallon.2025"]["gas_basis"] == "single_gas"


def test_co2_of_wood_is_biogenic_and_co2_of_coal_is_fossil() -> None:
    hub = parts(HUB)
    assert hub["stationary.wood_and_wood_residuals.per_mmbtu.2025"]["CO2"]["origin"] == "biogenic"
    assert hub["mobile_co2.ethanol_100pct.per_gallon.2025"]["CO2"]["origin"] == "biogenic"
    assert hub["stationary.anthracite.per_mmbtu.2025"]["CO2"]["origin"] == "fossil"
    assert hub["stationary.peat.per_mmbtu.2025"]["CO2"]["origin"] == "unspecified"


def test_a_well_to_tank_figure_is_a_factor_of_its_own_and_never_direct() -> None:
    upstream = [row for row in table(UK, "factors") if row["key"].startswith("wtt_")]
    assert len(upstream) == 910
    assert {row["boundary"] for row in upstream} == {"wtt"}
    assert {row["record_type"] for row in upstream} == {"lifecycle_factor"}
    assert {row["scope_hint"] for row in upstream} == {"3"}


def test_a_battery_electric_van_says_that_it_contains_grid_power() -> None:
    vans = [
        row for row in table(UK, "factors") if row["technology"] in ("battery_electric", "plug_in_hybrid")
    ]
    direct = [row for row in vans if row["boundary"] != "wtt"]
    assert len(direct) == 36
    assert all("grid electricity" in row["note"] for row in direct)
    assert {row["record_type"] for row in direct} == {"lifecycle_factor"}


def test_a_flight_with_radiative_forcing_is_another_variant_and_warns_in_its_co2_part() -> None:
    gases = parts(UK)
    flights = [row for row in table(UK, "factors") if row["key"].startswith("freight.flights.")]
    assert {row["variant"] for row in flights} == {"with_rf", "without_rf"}
    for row in flights:
        warned = "radiative-forcing" in gases[row["key"]]["CO2"]["note"]
        assert warned == (row["variant"] == "with_rf"), row["key"]


def test_net_and_gross_kilowatt_hours_are_two_factors_with_their_basis() -> None:
    basis = {row["unit_published"]: row["calorific_basis"] for row in table(UK, "factors")}
    assert basis["kg CO2e / kWh (net CV)"] == "net"
    assert basis["kg CO2e / kWh (gross CV)"] == "gross"
    heat = {row["calorific_basis"] for row in table(HUB, "factors") if row["key"].startswith("heat_content.")}
    assert heat == {"gross"}


def test_the_first_egrid_release_in_the_hub_keeps_its_doubt_and_revision_2_has_none() -> None:
    table_6 = [row for row in table(HUB, "factors") if row["key"].startswith("electricity.")]
    assert len(table_6) == 28
    assert all("revision 2" in row["doubt"] and row["year"] == "2023" for row in table_6)
    figures = {row["key"]: row["value_published"] for row in table(EGRID, "factors")}
    assert figures["total_output.co2.us-egrid-aznm.2023"] == "703.703"
    assert parts(HUB)["electricity.us-egrid-aznm.2023"]["CO2"]["value_published"] == "740.81"


def test_the_series_of_an_edition_has_no_year_and_holds_one_factor_a_year() -> None:
    for name, row in factors().items():
        assert row["key"] == f"{row['series']}.{row['year']}", name
        assert not re.search(r"20[12]\d$", row["series"]), name


def test_two_factors_of_one_identity_do_not_exist() -> None:
    """Identity as in the design, section 2; a by_gas factor takes its unit from its amounts."""
    for dataset in DATASETS:
        gases = parts(dataset)
        seen: dict[tuple[str, ...], str] = {}
        for row in table(dataset, "factors"):
            units = sorted(part["unit_published"] for part in gases.get(row["key"], {}).values())
            identity = (*(row[column] for column in IDENTITY), *units)
            assert seen.setdefault(identity, row["key"]) == row["key"], dataset


def test_every_activity_is_in_the_reference_data() -> None:
    known = {
        row["code"] for path in (SEED_DATA / "reference/activities").glob("*.csv") for row in read_csv(path)
    }
    assert {row["activity"] for row in factors().values()} - known == set()


def test_names_are_bilingual_and_have_no_english_word_left_in_chinese() -> None:
    """Abbreviations, gases and codes may stay; words of five small letters or more may not."""
    for name, row in factors().items():
        assert re.search(r"[一-鿿]", row["name_zh"]), name
        assert not re.search(r"[一-鿿]", row["name_en"]), name
        assert not re.search(r"[a-z]{5,}", row["name_zh"]), f"{name}: {row['name_zh']}"
