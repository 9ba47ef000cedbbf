"""Gases and GWP sets against the package and the facts, digit for digit."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import globalwarmingpotentials
import pytest

from app.kit.errors import Invalid
from app.reference.index import ReferenceIndex
from app.reference.tables import ReferenceTables

PACKAGE = {"SARGWP100": "sar-100", "AR4GWP100": "ar4-100", "AR5GWP100": "ar5-100", "AR6GWP100": "ar6-100"}


@pytest.mark.parametrize(("column", "gwp_set"), PACKAGE.items())
def test_a_set_holds_what_the_package_holds(index: ReferenceIndex, column: str, gwp_set: str) -> None:
    theirs = {gas: Decimal(str(value)) for gas, value in globalwarmingpotentials.data[column].items()}
    ours = {gas: index.gwp.gwp(gwp_set, gas) for gas in theirs}
    assert ours == theirs
    listed = {gas for gas, origin in index.gwp.sets[gwp_set].values if origin == "unspecified"}
    assert listed == set(theirs) | {"CO2"}


def test_every_row_of_the_facts_is_reference_data_digit_for_digit(
    tables: ReferenceTables, facts: Path
) -> None:
    held = {row["source_record"]: row for row in tables["gwp_values"] if "source_record" in row}
    with (facts / "fuels/gwp100.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(held) == 274
    for row in rows:
        ours = held[f"fuels/gwp100.csv#{row['key']}"]
        assert (ours["value"], ours["gas"], ours["set"]) == (
            row["value"],
            row["gas"],
            f"{row['gwp_set'].lower()}-100",
        )


def test_methane_of_ar6_is_counted_by_its_origin(index: ReferenceIndex) -> None:
    values = [index.gwp.gwp("ar6-100", "CH4", o) for o in ("fossil", "biogenic", "land_use", "unspecified")]
    assert values == [Decimal("29.8"), Decimal("27"), Decimal("27"), Decimal("27.9")]


def test_methane_of_ar5_counts_28_whatever_its_origin(index: ReferenceIndex) -> None:
    """Decision 18/CMA.1, annex, paragraph 37: AR5 without the value of fossil methane."""
    assert {index.gwp.gwp("ar5-100", "CH4", o) for o in ("fossil", "biogenic", "unspecified")} == {
        Decimal("28")
    }
    assert index.gwp.sets["ar5-100"].values["CH4", "fossil"].value == Decimal("30")


def test_a_gas_that_a_set_does_not_list_has_no_value_rather_than_zero(index: ReferenceIndex) -> None:
    assert index.gwp.gwp("sar-100", "NF3") is None


def test_carbon_dioxide_is_one_in_every_set(index: ReferenceIndex) -> None:
    assert {index.gwp.gwp(s, "CO2", "biogenic") for s in index.gwp.sets} == {Decimal(1)}


@pytest.mark.parametrize(
    ("text", "code"), {"HFC-134a": "HFC134a", "r134a": "HFC134a", "甲烷": "CH4", "sf6": "SF6"}.items()
)
def test_a_gas_is_found_by_its_names(index: ReferenceIndex, text: str, code: str) -> None:
    assert index.gwp.find_gas(text).code == code


def test_unknown_sets_and_gases_are_refused_with_the_known_ones(index: ReferenceIndex) -> None:
    with pytest.raises(Invalid) as refused:
        index.gwp.gwp("ar7-100", "CH4")
    assert "ar5-100" in (refused.value.valid_values or [])
    with pytest.raises(Invalid):
        index.gwp.find_gas("phlogiston")


def test_every_cas_number_passes_its_check_digit(index: ReferenceIndex) -> None:
    for gas in index.gwp.gases.values():
        if gas.cas:
            digits = gas.cas.replace("-", "")
            weighted = sum(place * int(d) for place, d in enumerate(reversed(digits[:-1]), 1))
            assert weighted % 10 == int(digits[-1]), gas.code


def test_every_gas_of_the_list_has_a_value_somewhere(index: ReferenceIndex) -> None:
    valued = {gas for gwp_set in index.gwp.sets.values() for gas, _ in gwp_set.values}
    assert valued == set(index.gwp.gases)
