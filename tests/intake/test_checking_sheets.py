"""Gases, the dataset's own description, and the sheets that reviewers need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.intake.checking import Checked, Last
from app.intake.columns_details import BY_NAME, DATASET_FIELDS, SHEETS
from app.intake.columns_labels import LABELS
from app.intake.columns_match import fold_heading
from app.intake.findings import MOST_OF_A_CODE, Findings, finding
from app.intake.findings_codes import CODES, SEVERITIES
from app.intake.template_example import DATASET
from tests.intake.files_made import FACTOR, METADATA, checked, codes, factors_file, rows_of, workbook

BY_GAS = {
    **{name: text for name, text in FACTOR.items() if name not in {"value", "unit", "gwp_set"}},
    "gas_basis": "by_gas",
    "calorific_basis": "net",
}
CO2 = {"key": FACTOR["key"], "gas": "CO2", "origin": "fossil", "value": "74100", "unit": "kg CO2 / TJ"}
CH4 = {"key": FACTOR["key"], "gas": "甲烷", "value": "3", "unit": "kg / TJ"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def gases(path: Path, factor: dict[str, Any], *rows: dict[str, Any]) -> Checked:
    return checked(factors_file(path, factor, gases=rows))


def test_the_gases_of_a_factor_become_its_amounts(path: Path) -> None:
    found = gases(path, BY_GAS, CO2, CH4)
    assert found.findings == ()
    substance = found.substances[0].substance
    assert "value" not in substance and "unit" not in substance
    assert [
        (a["gas"], a["origin"], a["denomination"], a["value"], a["unit"]) for a in substance["amounts"]
    ] == [
        ("CH4", "unspecified", "mass", "3", "kg{CH4}/TJ{net}"),
        ("CO2", "fossil", "mass", "74100", "kg{CO2}/TJ{net}"),
    ]


@pytest.mark.parametrize(
    ("factor", "rows", "code", "sheet"),
    [
        (BY_GAS, [], "gases_missing", "factors"),
        ({**BY_GAS, "value": "1"}, [CO2], "total_with_gases", "factors"),
        (
            {**FACTOR, "gas_basis": "single_gas", "gas": "CO2", "unit": "kg CO2/kg"},
            [CO2],
            "gases_not_allowed",
            "factors",
        ),
        (BY_GAS, [CO2, CO2], "gas_twice", "gases"),
        (BY_GAS, [CO2, {**CO2, "key": "nowhere"}], "gas_row_without_factor", "gases"),
        (BY_GAS, [{**CO2, "key": None}], "required_missing", "gases"),
        (BY_GAS, [{**CO2, "gas": "CO5"}], "unknown_gas", "gases"),
        (BY_GAS, [{**CO2, "value": "x"}], "number_unreadable", "gases"),
        (BY_GAS, [{**CO2, "unit": "kg CH4 / TJ"}], "unit_of_another_gas", "gases"),
        (BY_GAS, [{**CO2, "unit": "kWh / t"}], "unit_not_of_amount", "gases"),
        (BY_GAS, [{**CO2, "origin": "oil"}], "not_in_list", "gases"),
    ],
)
def test_faults_in_gases_keep_the_factor_out(
    path: Path, factor: dict[str, Any], rows: list[dict[str, Any]], code: str, sheet: str
) -> None:
    found = gases(path, factor, *rows)
    assert code in codes(found.findings, "error")
    assert next(one for one in found.findings if one.code == code).sheet == sheet
    assert bool(found.substances) == (code == "gas_row_without_factor")


@pytest.mark.parametrize(("value", "told"), [("2.05", False), ("2.06", False), ("2.5", True)])
def test_the_sum_of_the_gases_is_compared_with_the_total(path: Path, value: str, told: bool) -> None:
    rows = [
        {**CO2, "value": "2.00", "unit": "kg CO2 / kg", "denomination": "mass"},
        {**CH4, "value": "0.00178", "unit": "kg CH4 / kg", "denomination": "mass"},
        {**CO2, "origin": "biogenic", "value": "9", "unit": "kg CO2 / kg", "denomination": "mass"},
    ]
    found = gases(path, {**FACTOR, "value": value}, *rows)
    assert ("sum_of_gases" in codes(found.findings, "warning")) == told
    assert codes(found.findings, "error") == []


def dataset_rows(**changes: str | None) -> list[list[str | None]]:
    fields = {**DATASET, "id": "trial-set", "release": "2025.1", **changes}
    return [["项目 Field", "内容 Value"], *([name, text] for name, text in fields.items())]


def test_the_dataset_sheet_becomes_the_metadata_of_the_release(path: Path) -> None:
    pages = {
        "dataset": dataset_rows(),
        "factors": rows_of(FACTOR),
        "sources": rows_of({"id": "s1", "title": "t", "publisher": "p"}),
    }
    found = checked(workbook(path, pages), metadata=None)
    assert found.findings == ()
    assert found.metadata["name"] == {"zh": DATASET["name_zh"], "en": DATASET["name_en"]}
    assert found.metadata["licence"]["id"] == "CC-BY-4.0"
    assert found.substances[0].substance["publisher"] == found.metadata["publisher"]


@pytest.mark.parametrize(
    ("changes", "code", "cell"),
    [
        ({"licence_id": None}, "licence_missing", "B16"),
        ({"reason_en": None}, "required_missing", "B26"),
        ({"id": "other-set"}, "dataset_differs", "B2"),
        ({"release": "2026"}, "dataset_differs", "B3"),
        ({"layer": "galaxy"}, "not_in_list", "B22"),
        ({"colour": "red"}, "heading_unknown", "A27"),
    ],
)
def test_faults_of_the_dataset_sheet_are_placed(
    path: Path, changes: dict[str, str | None], code: str, cell: str
) -> None:
    pages = {"dataset": dataset_rows(**changes), "factors": rows_of(FACTOR)}
    found = [one for one in checked(workbook(path, pages), metadata=None).findings if one.code == code]
    assert [one.cell for one in found][:1] == [cell]


def test_without_a_dataset_sheet_the_last_release_speaks(path: Path) -> None:
    factors_file(path, FACTOR)
    assert checked(path).metadata == METADATA
    missing = checked(path, metadata=None)
    assert codes(missing.findings, "error") == ["dataset_sheet_missing"]
    assert missing.metadata == {}


PROCESS = {
    "key": FACTOR["key"],
    "process": "rolling",
    "direction": "输入",
    "flow_name": "slab",
    "amount": "1.06",
    "unit": "t",
}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": "nowhere"}, "detail_without_factor"),
        ({"direction": "sideways"}, "not_in_list"),
        ({"unit": "quux"}, "unknown_unit"),
        ({"amount": "many"}, "number_unreadable"),
        ({"flow_name": None}, "required_missing"),
        ({"source": "s9"}, "unknown_source"),
        ({"year": "next"}, "not_a_year"),
    ],
)
def test_faults_of_unit_processes_are_told_and_keep_no_factor_out(
    path: Path, changes: dict[str, Any], code: str
) -> None:
    found = checked(factors_file(path, FACTOR, unit_processes=[{**PROCESS, **changes}]))
    assert codes(found.findings, "error") == [code]
    assert len(found.substances) == 1


def test_details_are_handed_on_as_text(path: Path) -> None:
    market = {"key": FACTOR["key"], "region": "中国", "coverage_percent": "62", "producers": "38"}
    upstream = {"key": FACTOR["key"], "ref": "cn-grid-co2/average.cn.2023@1"}
    found = checked(
        factors_file(
            path,
            FACTOR,
            unit_processes=[PROCESS],
            market=[market],
            upstream=[upstream, {**upstream, "ref": "x"}],
        )
    )
    assert codes(found.findings) == ["ref_out_of_form"]
    assert found.details["unit_processes"][0] == {**PROCESS, "direction": "input", "row": 2}
    assert found.details["market"][0]["region"] == "CN"


def test_a_delta_may_speak_of_factors_of_the_last_release(path: Path) -> None:
    row = {**PROCESS, "key": "older"}
    factors_file(path, FACTOR, unit_processes=[row])
    last = {"older": Last("1", None)}
    assert checked(path, mode="delta", last=last).findings == ()
    assert codes(checked(path, mode="full", last=last).findings) == ["detail_without_factor"]


def test_no_heading_of_a_sheet_means_two_columns() -> None:
    for columns in (*(sheet.columns for sheet in SHEETS), DATASET_FIELDS):
        seen: dict[str, str] = {}
        for column in columns:
            for spelling in {
                fold_heading(text) for text in (column.name, column.zh, column.en, *column.aliases)
            }:
                assert seen.setdefault(spelling, column.name) == column.name
    assert set(BY_NAME) == {sheet.name for sheet in SHEETS} and len(SHEETS) == 11


def test_every_value_of_a_closed_list_has_a_chinese_name() -> None:
    columns = [column for sheet in SHEETS for column in sheet.columns] + list(DATASET_FIELDS)
    values = {value for column in columns for value in column.closed}
    assert {value for value in values if not value.isdigit()} <= set(LABELS)


def test_every_code_has_both_texts_and_a_known_severity() -> None:
    for code, rule in CODES.items():
        assert code == code.lower() and rule.severity in SEVERITIES and rule.zh and rule.en


def test_findings_of_one_code_are_bounded_and_counted() -> None:
    found = Findings()
    for _ in range(MOST_OF_A_CODE + 5):
        found.add(finding("file_empty"))
    everything = list(found)
    assert len(everything) == MOST_OF_A_CODE + 1 and "5 more" in everything[-1].text["en"]
    assert found.errors == MOST_OF_A_CODE + 5


def test_a_value_is_cut_and_made_storable() -> None:
    found = finding("number_unreadable", value="x" * 500 + "\x00\ud800")
    assert found.value is not None and len(found.value) == 200
    assert "\x00" not in finding("number_unreadable", value="a\x00\ud800").text["en"]
