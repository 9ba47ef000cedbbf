"""The rules for one factor: each fault has its code and its cell, and hides no other row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.intake.checking import Checked, Last
from tests.intake.files_made import (
    FACTOR,
    MAIN,
    cell,
    checked,
    codes,
    factors_file,
    heading_row,
    only,
    raw_workbook,
    rows_of,
    workbook,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def one(path: Path, changes: dict[str, Any], **context: Any) -> Checked:
    """A file of one factor with these fields changed (None: taken out)."""
    factor = {name: text for name, text in {**FACTOR, **changes}.items() if text is not None}
    return checked(factors_file(path, factor), **context)


def test_a_good_row_gives_its_substance_and_nothing_to_say(path: Path) -> None:
    found = one(path, {})
    assert found.findings == ()
    row = found.substances[0]
    assert (row.sheet, row.row) == ("factors", 2)
    assert row.substance["ref"] == "trial-set/plate.cn.2024"
    assert row.substance["series"] == "plate.cn"
    assert row.substance["value"] == row.substance["value_published"] == "2.0500"
    assert row.substance["unit"] == "kg{CO2e}/kg"
    assert row.substance["sources"][0]["locator"] == "p. 3"
    assert "digits" not in row.substance
    assert list(found.sources) == [row.substance["sources"][0]["id"]]


@pytest.mark.parametrize(
    ("changes", "code", "severity", "field"),
    [
        ({"region": "Shenzen City"}, "unknown_region", "error", "region"),
        ({"activity": "steel.plat"}, "unknown_activity", "error", "activity"),
        ({"unit": "kg CO2e / quux"}, "unknown_unit", "error", "unit"),
        ({"unit": "kg CO2e / ton"}, "ambiguous_unit", "error", "unit"),
        ({"unit": None}, "required_missing", "error", "unit"),
        ({"unit": "kg CO2 / kg"}, "unit_of_another_gas", "error", "unit"),
        ({"gas_basis": "single_gas", "gas": "CO3"}, "unknown_gas", "error", "gas"),
        ({"gas_basis": "single_gas"}, "gas_missing", "error", "gas"),
        ({"gas": "CH4"}, "gas_not_co2e", "error", "gas"),
        ({"gwp_set": "ar9"}, "unknown_gwp_set", "error", "gwp_set"),
        ({"gwp_set": None}, "gwp_set_missing", "warning", "gwp_set"),
        ({"record_type": "footprint"}, "not_in_list", "error", "record_type"),
        ({"boundary": "cradle"}, "not_in_list", "error", "boundary"),
        ({"value": None}, "value_missing", "error", "value"),
        ({"value": "-1"}, "value_negative", "warning", "value"),
        ({"value": "0"}, "value_zero", "warning", "value"),
        ({"value": "1,234"}, "number_ambiguous", "error", "value"),
        ({"value": "1,234.5"}, "number_read_as", "warning", "value"),
        ({"value": "约2"}, "number_approximate", "warning", "value"),
        ({"value": "2 kg"}, "number_with_unit", "error", "value"),
        ({"value": "2 kg CO2e/kg"}, "number_unit_repeated", "warning", "value"),
        ({"value": "12%"}, "number_with_unit", "error", "value"),
        ({"value": "#DIV/0!"}, "cell_is_error", "error", "value"),
        ({"value": "1e400"}, "number_out_of_range", "error", "value"),
        ({"lower": "3", "upper": "1", "bounds_meaning": "x"}, "bounds_reversed", "error", "lower"),
        ({"lower": "3", "bounds_meaning": "x"}, "value_outside_bounds", "warning", "value"),
        ({"upper": "3"}, "bounds_meaning_missing", "warning", "upper"),
        ({"value_published": "2.06"}, "published_differs", "error", "value_published"),
        ({"year": "2031"}, "year_in_future", "warning", "year"),
        ({"year": "FY24"}, "not_a_year", "error", "year"),
        ({"year": None}, "year_missing", "error", "year"),
        ({"period_from": "2025-01-01"}, "year_outside_period", "warning", "year"),
        ({"applies_from": "2025-02-30"}, "not_a_date", "error", "applies_from"),
        ({"applies_from": "2025", "applies_to": "2024-12"}, "period_reversed", "error", "applies_from"),
        ({"source": None}, "source_missing", "error", "source"),
        ({"source": "s2"}, "unknown_source", "error", "source"),
        ({"locator": None}, "locator_missing", "warning", "locator"),
        ({"key": "Plate CN"}, "key_invalid", "error", "key"),
        ({"calorific_basis": "net"}, "calorific_basis_unused", "warning", "calorific_basis"),
        ({"scope_hint": "4"}, "not_in_list", "error", "scope_hint"),
        ({"gas_basis": "by_gas"}, "total_with_gases", "error", "value"),
        ({"note": "x" * 5000}, "text_too_long", "error", "note"),
    ],
)
def test_every_fault_has_its_code_and_its_column(
    path: Path, changes: dict[str, Any], code: str, severity: str, field: str
) -> None:
    found = one(path, changes)
    said = [finding for finding in found.findings if finding.code == code]
    assert said, codes(found.findings)
    assert (said[0].severity, said[0].field, said[0].row, said[0].sheet) == (severity, field, 2, "factors")
    assert said[0].cell and said[0].cell.endswith("2")
    assert said[0].text["zh"] and said[0].text["en"] and "{value" not in said[0].text["en"]
    assert len(found.substances) == (severity != "error")
    assert len(found.left_out) == (severity == "error")


def test_near_values_are_offered(path: Path) -> None:
    assert "steel.plate" in only(one(path, {"activity": "steel.plat"}).findings, "unknown_activity").expected
    assert only(one(path, {"boundary": "cradle"}).findings, "not_in_list").expected[0] == "combustion"


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"region": "北京市"}, "region", "CN-BJ"),
        ({"region": "CN-BJ 北京市"}, "region", "CN-BJ"),
        ({"record_type": "生命周期因子"}, "record_type", "lifecycle_factor"),
        ({"boundary": "cradle_to_gate 摇篮到大门"}, "boundary", "cradle_to_gate"),
        ({"boundary": "Cradle to gate"}, "boundary", "cradle_to_gate"),
        ({"year": "2024年"}, "year", 2024),
        ({"applies_from": "2024年5月1日"}, "applies_from", "2024-05-01"),
        ({"value": "≈2.05"}, "value_published", "≈2.05"),
        ({"value": "2.05E0"}, "value", "2.05"),
        ({"unit": "千克二氧化碳当量/千克"}, "unit_published", "千克二氧化碳当量/千克"),
        ({"scope_hint": "3"}, "scope_hint", 3),
    ],
)
def test_what_people_write_becomes_what_documents_hold(
    path: Path, changes: dict[str, Any], name: str, value: Any
) -> None:
    found = one(path, changes)
    assert codes(found.findings, "error") == []
    assert found.substances[0].substance[name] == value


def test_a_city_is_no_region_and_a_province_with_its_drop_down_text_is(path: Path) -> None:
    assert codes(one(path, {"region": "CN Shanghai"}).findings) == ["unknown_region"]
    assert only(one(path, {"region": "深圳市"}).findings, "unknown_region").value == "深圳市"


def test_a_numeric_cell_says_that_its_digits_are_of_a_binary_number(path: Path) -> None:
    rows = [{**FACTOR, "key": f"k{n}", "value": 0.558 + n} for n in range(3)]
    found = checked(factors_file(path, *rows))
    assert [row.substance["digits"] for row in found.substances] == ["from_binary"] * 3
    assert [row.substance["value"] for row in found.substances] == ["0.558", "1.558", "2.558"]
    note = only(found.findings, "number_from_binary")
    assert (note.cell, note.severity) == ("J2", "note") and "3 numeric cells" in note.text["en"]


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ('<c r="B2"><v>0.30000000000000004</v></c>', "number_calculated"),
        ('<c r="B2" s="1"><v>0.5581</v></c>', "number_hides_digits"),
        ('<c r="B2" s="2"><v>0.12</v></c>', "number_percent_format"),
        ('<c r="B2" s="3"><v>45413</v></c>', "number_is_date"),
        ('<c r="B2"><f>A1*2</f></c>', "formula_without_value"),
        ('<c r="B2" t="e"><v>#N/A</v></c>', "cell_is_error"),
    ],
)
def test_numeric_cells_that_say_something_else_than_they_show_are_told(
    path: Path, xml: str, code: str
) -> None:
    formats = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 2, 9, 14))
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs>{formats}</cellXfs></styleSheet>'
    body = f'<sheetData>{heading_row("key", "value")}<row r="2">{cell("A2", "a")}{xml}</row></sheetData>'
    found = only(checked(raw_workbook(path, body, styles=styles)).findings, code)
    assert (found.cell, found.key, found.field) == ("B2", "a", "value")


def test_a_key_that_is_there_twice_names_both_places_and_neither_row_is_taken(path: Path) -> None:
    other = {**FACTOR, "key": "other"}
    found = checked(factors_file(path, FACTOR, other, FACTOR))
    twice = [finding for finding in found.findings if finding.code == "key_twice"]
    assert [finding.cell for finding in twice] == ["A2", "A4"]
    assert all(finding.expected == ("A2", "A4") for finding in twice)
    assert [row.substance["key"] for row in found.substances] == ["other"]


def test_a_missing_key_is_made_of_the_fields_and_said(path: Path) -> None:
    found = one(path, {"key": None, "technology": "高炉"})
    made = only(found.findings, "key_made")
    key = found.substances[0].substance["key"]
    assert made.value == key and key.startswith("steel.plate.cradle-to-gate.") and key.endswith(".cn.2024")
    assert one(path, {"key": None, "technology": "高炉"}).substances[0].substance["key"] == key
    assert (
        one(path, {"key": None, "series": "own.series"}).substances[0].substance["key"] == "own.series.2024"
    )


def test_made_keys_that_meet_are_told(path: Path) -> None:
    row = {**FACTOR, "key": None}
    found = checked(factors_file(path, row, row))
    assert codes(found.findings, "error") == ["key_twice", "key_twice"]


def test_a_fault_in_one_row_hides_no_other(path: Path) -> None:
    bad = dict.fromkeys(FACTOR, "???")
    good = [{**FACTOR, "key": f"k{n}"} for n in range(5)]
    found = checked(factors_file(path, good[0], bad, *good[1:]))
    assert [row.substance["key"] for row in found.substances] == ["k0", "k1", "k2", "k3", "k4"]
    assert {finding.row for finding in found.findings} == {3}
    assert len({finding.field for finding in found.findings}) >= 10


def test_the_last_release_is_compared(path: Path) -> None:
    last = {"plate.cn.2024": Last("1.0", "kg{CO2e}/kg")}
    jumped = only(one(path, {}, last=last).findings, "value_jumped")
    assert jumped.severity == "warning" and "+105.0 %" in jumped.text["en"]
    moved = {"plate.cn.2024": Last("2.0", "kg{CO2e}/t")}
    assert only(one(path, {}, last=moved).findings, "unit_changed").expected == ("kg{CO2e}/t",)
    assert one(path, {}, last={"plate.cn.2024": Last("2.0", "kg{CO2e}/kg")}).findings == ()


def test_a_fuel_by_its_heat_must_say_net_or_gross(path: Path) -> None:
    fuel = {"activity": "fuel.diesel", "unit": "kg CO2e / GJ"}
    assert codes(one(path, fuel).findings) == ["calorific_basis_missing"]
    done = one(path, {**fuel, "calorific_basis": "低位"})
    assert done.findings == () and done.substances[0].substance["unit"] == "kg{CO2e}/GJ{net}"
    conflict = one(path, {**fuel, "unit": "kg CO2e / GJ (net CV)", "calorific_basis": "gross"})
    assert "calorific_basis_conflict" in codes(conflict.findings)


def test_mark_ups_are_read_from_their_text(path: Path) -> None:
    found = one(path, {"mark_up": "2026: 10 %; 2027-2028: 20.5 %; 2029-: 30", "legal_ref": "Art. 1"})
    assert found.substances[0].substance["mark_up"] == [
        {"from_year": 2026, "to_year": 2026, "percent": "10", "legal_ref": "Art. 1"},
        {"from_year": 2027, "to_year": 2028, "percent": "20.5", "legal_ref": "Art. 1"},
        {"from_year": 2029, "percent": "30", "legal_ref": "Art. 1"},
    ]


def test_several_sources_are_cited_each_with_its_place(path: Path) -> None:
    sources = [{"id": f"s{n}", "title": f"Report {n}", "publisher": "An institute"} for n in (1, 2)]
    factor = {**FACTOR, "source": "s1; s2", "locator": "p. 3; p. 9"}
    workbook(path, {"factors": rows_of(factor), "sources": rows_of(*sources)})
    cited = checked(path).substances[0].substance["sources"]
    assert [(source["title"], source["locator"]) for source in cited] == [
        ("Report 1", "p. 3"),
        ("Report 2", "p. 9"),
    ]


def test_a_source_that_is_there_twice_is_told(path: Path) -> None:
    source = {"id": "s1", "title": "Report", "publisher": "An institute"}
    workbook(path, {"factors": rows_of(FACTOR), "sources": rows_of(source, source)})
    assert only(checked(path).findings, "source_twice").cell == "A3"


def test_example_rows_are_told_and_never_taken(path: Path) -> None:
    found = checked(factors_file(path, {**FACTOR, "example": "示例"}))
    assert codes(found.findings, "note") == ["example_left_out"]
    assert found.substances == [] and "no_rows" in codes(found.findings, "error")
