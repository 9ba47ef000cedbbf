"""The seed folders of China, the IPCC, associations and other grids: every facts row once, to the digit."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache, partial
from pathlib import Path

import pytest

from tools.transcribe import china, ipcc, others
from tools.transcribe.common import FACTS, SEED_DATA, Dataset, Row, read_csv, write_dataset
from tools.transcribe.plain import PRINTED_95, all_gases, bounds, day

MAKERS = (
    *(make for module in china.MODULES for make in module.DATASETS),
    ipcc.energy,
    *(partial(ipcc.ippu, edition=edition) for edition in ("2006", "2019")),
    *others.DATASETS,
)
# Datasets of this group, each with its factors and gas amounts.
COUNTS = {
    "br-grid": (1, 0),
    "cn-aluminium-guideline": (9, 2),
    "cn-cets-cement": (34, 0),
    "cn-chemical-guideline": (36, 0),
    "cn-coal-equivalent": (22, 0),
    "cn-coal-mine-ch4": (4, 0),
    "cn-desulphurisation": (8, 0),
    "cn-electricity-footprint": (21, 0),
    "cn-fuel-defaults": (199, 0),
    "cn-fuel-derived": (10, 0),
    "cn-gbt2589-ncv": (14, 0),
    "cn-gbt51366": (91, 0),
    "cn-grid-co2": (120, 0),
    "cn-grid-co2-historic": (6, 0),
    "cn-grid-co2-mandated": (5, 0),
    "cn-grid-om-bm": (19, 0),
    "cn-heat": (4, 0),
    "cn-magnesium-guideline": (3, 0),
    "cn-ncsc-factors": (66, 10),
    "cn-provincial-guideline-2011": (16, 0),
    "cn-provincial-guideline-2025": (42, 0),
    "cn-rail-energy": (2, 0),
    "cn-road-vehicle-ch4-n2o": (23, 42),
    "cn-steel-process": (19, 0),
    "cn-waste-incineration": (2, 0),
    "gnr-cement": (20, 0),
    "iai-world": (3, 0),
    "in-grid": (7, 0),
    "ipcc-2006-energy": (360, 694),
    "ipcc-2006-ippu": (173, 12),
    "ipcc-2019-ippu": (79, 12),
    "jp-grid": (1, 0),
    "kr-grid": (4, 0),
    "tw-grid": (4, 0),
    "worldsteel-indicators": (6, 0),
}
OTHER_GROUPS = ("cbam_", "defra_", "epa_", "us_e", "uk_", "eu_", "gwp100")
IDENTITY = (
    "record_type", "activity", "region", "year", "period_label", "edition_year", "gas_basis", "gas",
    "gwp_set", "unit_published", "calorific_basis", "boundary", "variant", "technology", "route", "source",
)  # fmt: skip

needs_facts = pytest.mark.skipif(
    not FACTS.is_dir(), reason="the facts folder is not beside the repository: nothing to compare with"
)


@cache
def table(dataset: str, name: str) -> list[Row]:
    path = SEED_DATA / dataset / f"{name}.csv"
    return read_csv(path) if path.exists() else []


def factor(dataset: str, key: str) -> Row:
    (found,) = (row for row in table(dataset, "factors") if row["key"] == key)
    return found


def factors() -> list[tuple[str, Row]]:
    return [(dataset, row) for dataset in COUNTS for row in table(dataset, "factors")]


def served() -> list[Row]:
    """Rows that carry a figure: factors with a value, and amounts."""
    rows = [row for _, row in factors() if row["value_published"]]
    return rows + [row for dataset in COUNTS for row in table(dataset, "amounts")]


def facts() -> dict[str, Row]:
    """Rows of the facts that belong to this group, by record."""
    names = sorted(path.relative_to(FACTS).as_posix() for path in FACTS.glob("*/*.csv"))
    mine = [name for name in names if not name.split("/")[1].startswith(OTHER_GROUPS)]
    rows = {f"{name}#{row['key']}": row for name in mine for row in read_csv(FACTS / name)}
    return {record: row for record, row in rows.items() if row["geography"] not in ("GB", "US")}


def built() -> list[Dataset]:
    return [make(FACTS) for make in MAKERS]


@needs_facts
def test_every_facts_row_is_served_exactly_once() -> None:
    found = Counter(row["source_record"] for row in served())
    assert {record: number for record, number in found.items() if number > 1} == {}
    assert set(found) == set(facts())


@needs_facts
def test_values_and_bounds_have_the_digits_of_the_facts() -> None:
    known = facts()
    for row in served():
        fact = known[row["source_record"]]
        assert row["value_published"] == fact["value"]
        assert row["lower_published"] == fact.get("lower", "")
        assert row["upper_published"] == fact.get("upper", "")
        assert row["unit_published"] == fact["unit"]


@needs_facts
def test_doubts_of_the_facts_stay_doubts() -> None:
    doubtful = {record for record, fact in facts().items() if "Doubt:" in fact["method_note"]}
    shown = {row["source_record"] for _, row in factors() if row["doubt"]}
    assert doubtful and doubtful <= shown


@needs_facts
def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    datasets = built()
    assert {str(dataset.meta["id"]) for dataset in datasets} == set(COUNTS)
    for dataset in datasets:
        folder = write_dataset(dataset, tmp_path)
        committed = SEED_DATA / folder.name
        assert {path.name for path in folder.iterdir()} == {path.name for path in committed.iterdir()}
        for path in folder.iterdir():
            assert path.read_bytes() == (committed / path.name).read_bytes(), path.name


@pytest.mark.parametrize(("dataset", "expected"), COUNTS.items())
def test_a_dataset_has_its_factors_and_amounts(dataset: str, expected: tuple[int, int]) -> None:
    assert (len(table(dataset, "factors")), len(table(dataset, "amounts"))) == expected


def test_no_two_factors_of_a_dataset_share_their_identity() -> None:
    amounts = {(name, row["key"]): row["gas"] for name in COUNTS for row in table(name, "amounts")}
    seen = Counter(
        (dataset, amounts.get((dataset, row["key"])), *(row[column] for column in IDENTITY))
        for dataset, row in factors()
    )
    assert {identity: number for identity, number in seen.items() if number > 1} == {}


def test_every_activity_is_in_the_reference_tables() -> None:
    folder = SEED_DATA / "reference" / "activities"
    codes = {row["code"] for path in folder.glob("*.csv") for row in read_csv(path)}
    assert {row["activity"] for _, row in factors()} <= codes


def test_every_region_is_in_the_reference_tables() -> None:
    codes = {row["code"] for row in read_csv(SEED_DATA / "reference" / "regions.csv")}
    assert {row["region"] for _, row in factors()} <= codes


def test_an_energy_activity_has_a_parent_and_no_code_twice() -> None:
    rows = read_csv(SEED_DATA / "reference" / "activities" / "energy.csv")
    codes = [row["code"] for row in rows]
    assert len(codes) == len(set(codes))
    assert {row["parent"] for row in rows if row["parent"]} <= set(codes)
    assert all(row["family"] == row["code"].split(".")[0] for row in rows)


def test_a_person_who_types_a_fuel_finds_its_activity() -> None:
    rows = read_csv(SEED_DATA / "reference" / "activities" / "energy.csv")
    names = {
        name.casefold(): row["code"]
        for row in rows
        for column in ("name_zh", "name_en", "aliases_zh", "aliases_en")
        for name in row[column].split("|")
    }
    asked = {"0号柴油": "fuel.diesel", "diesel": "fuel.diesel", "标煤": "fuel.standard_coal"}
    asked |= {"gas oil": "fuel.gas_oil", "天然气": "fuel.natural_gas", "原煤": "fuel.coal"}
    asked |= {"光伏": "electricity.generation.pv", "烟煤": "fuel.bituminous_coal"}
    assert {word: names.get(word) for word in asked} == asked


# --- what must never be mixed ------------------------------------------------------------------------------


def test_grid_factors_are_co2_and_life_cycle_factors_are_co2e() -> None:
    for row in table("cn-grid-co2", "factors"):
        assert (row["gas_basis"], row["gas"]) == ("single_gas", "CO2")
        assert row["record_type"] == "grid_emission_factor"
    for row in table("cn-electricity-footprint", "factors"):
        assert (row["gas_basis"], row["record_type"]) == ("co2e", "lifecycle_factor")


def test_beijing_of_2022_is_what_the_announcement_says() -> None:
    row = factor("cn-grid-co2", "average.cn-bj.2022")
    assert (row["value_published"], row["region"], row["year"]) == ("0.5580", "CN-BJ", "2022")
    assert (row["series"], row["variant"], row["legal_ref"]) == (
        "average.cn-bj",
        "average",
        "公告2024年第33号",
    )


def test_a_compliance_value_is_no_average_of_the_year() -> None:
    row = factor("cn-grid-co2-mandated", "mandated.cn.2022")
    assert (row["value_published"], row["variant"]) == ("0.5703", "mandated")
    assert (row["record_type"], row["period_label"]) == ("regulatory_default", "2022 (compliance year)")
    old = factor("cn-grid-co2-mandated", "mandated.cn.guide-2021")
    assert (old["value_published"], old["year"]) == ("0.6101", "")


def test_the_six_grids_of_2012_are_not_the_seven_of_2021() -> None:
    old = {row["region"] for row in table("cn-grid-co2-historic", "factors")}
    new = {row["region"] for row in table("cn-grid-co2", "factors")}
    assert len(old) == 6 and not old & new
    assert factor("cn-grid-om-bm", "om.cn-grid2012-central.2019")["region_published"] == "CN-GRID-CENTRAL"


def test_project_margins_are_never_grid_averages() -> None:
    kinds = {(row["record_type"], row["variant"]) for row in table("cn-grid-om-bm", "factors")}
    assert kinds == {("project_baseline", "om"), ("project_baseline", "bm")}


def test_coal_for_power_differs_between_the_versions_of_the_national_database() -> None:
    series = [r for r in table("cn-ncsc-factors", "factors") if r["series"] == "combustion.coal_for_power"]
    found = [(row["edition_year"], row["value_published"]) for row in series]
    assert found == [("2025", "96.9"), ("2026", "96.2")]


def test_biomass_of_the_national_database_is_a_memo_item() -> None:
    amounts = table("cn-ncsc-factors", "amounts")
    assert len(amounts) == 10 and {row["origin"] for row in amounts} == {"biogenic"}


def test_ipcc_defaults_have_no_year_and_no_country() -> None:
    for dataset in ("ipcc-2006-energy", "ipcc-2006-ippu", "ipcc-2019-ippu"):
        for row in table(dataset, "factors"):
            assert (row["region"], row["year"], row["year_rule"]) == ("DEFAULT", "", "timeless")


def test_world_averages_have_a_year_and_are_no_defaults() -> None:
    for dataset in ("worldsteel-indicators", "iai-world", "gnr-cement"):
        assert {row["region"] for row in table(dataset, "factors")} == {"WORLD"}
        assert all(row["year"] for row in table(dataset, "factors"))


def test_natural_gas_in_power_plants_has_three_gases_with_bounds() -> None:
    row = factor("ipcc-2006-energy", "stationary.energy_industries.natural_gas")
    parts = {a["gas"]: a for a in table("ipcc-2006-energy", "amounts") if a["key"] == row["key"]}
    assert (row["gas_basis"], row["value_published"], row["calorific_basis"]) == ("by_gas", "", "net")
    values = {gas: part["value_published"] for gas, part in parts.items()}
    assert values == {"CO2": "56100", "CH4": "1", "N2O": "0.1"}
    assert (parts["CO2"]["lower_published"], parts["CO2"]["upper_published"]) == ("54300", "58300")
    assert {part["origin"] for part in parts.values()} == {"fossil"}
    assert parts["CH4"]["bounds_meaning"] == PRINTED_95


def test_wood_and_its_like_are_biogenic_in_all_gases() -> None:
    amounts = table("ipcc-2006-energy", "amounts")
    origins = {a["origin"] for a in amounts if a["key"].endswith(".wood_wood_waste")}
    assert origins == {"biogenic"}
    assert sum(a["origin"] == "biogenic" and a["gas"] == "CO2" for a in amounts) == 44


def test_road_co2_is_not_joined_with_ch4_and_n2o_of_another_table() -> None:
    co2 = factor("ipcc-2006-energy", "mobile.road.gas_diesel_oil.co2")
    rest = factor("ipcc-2006-energy", "mobile.road.gas_diesel_oil.ch4_n2o")
    assert (co2["gas_basis"], co2["locator"]) == ("single_gas", "Table 3.2.1, p.3.16")
    assert (rest["gas_basis"], rest["locator"]) == ("by_gas", "Table 3.2.2, p.3.21")


def test_three_generations_of_anthracite_stay_apart() -> None:
    rows = [
        row
        for row in table("cn-fuel-defaults", "factors")
        if row["activity"] == "fuel.anthracite" and row["variant"] == "ncv"
    ]
    assert sorted(row["value_published"] for row in rows) == ["20.304", "22.867", "24.515"]
    assert len({row["series"] for row in rows}) == 3
    assert {(row["record_type"], row["calorific_basis"]) for row in rows} == {("activity_parameter", "net")}


def test_deductions_are_parameters() -> None:
    found = {row["record_type"] for _, row in factors() if row["variant"] == "deduction"}
    assert found == {"activity_parameter"}


def test_a_fiscal_year_of_india_runs_from_april_to_march() -> None:
    row = factor("in-grid", "average.in.fy2023_24")
    assert (row["year"], row["period_from"], row["period_to"]) == ("2023", "2023-04-01", "2024-03-31")


def test_bounds_hold_the_value_wherever_both_are_printed() -> None:
    for row in served():
        value = Decimal(row["value_published"])
        assert not row["lower_published"] or Decimal(row["lower_published"]) <= value
        assert not row["upper_published"] or value <= Decimal(row["upper_published"])
        assert bool(row["bounds_meaning"]) == bool(row["lower_published"] or row["upper_published"])


# --- the small parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Tier 1 default", ("Tier 1 default", PRINTED_95)),
        ("Tier 1; printed as 7 +/-5 %; bounds computed", ("Tier 1", "printed as 7 +/-5 %; bounds computed")),
        ("range 1-2 printed; midpoint", ("midpoint", "ends of the printed range (range 1-2 printed)")),
    ],
)
def test_the_meaning_of_bounds_is_taken_out_of_the_note(note: str, expected: tuple[str, str]) -> None:
    assert bounds(note) == expected


def test_a_span_of_years_is_no_date() -> None:
    assert [day(text) for text in ("2024-04-12", "2023-02", "2006", "2014-2015", "")] == [
        "2024-04-12", "2023-02", "2006", "", "",
    ]  # fmt: skip


def test_a_name_lists_all_gases_once() -> None:
    rows = [{"gas": "CO2"}, {"gas": "CH4"}, {"gas": "N2O"}]
    assert all_gases("柴油 铁路运输 CO2", rows, ("、", "、")) == "柴油 铁路运输 CO2、CH4、N2O"
