"""The template: what a person downloads, fills and sends back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from app.intake.columns_details import SHEETS
from app.intake.columns_match import find_field, find_sheet
from app.intake.template import template
from app.intake.template_example import DATASET
from app.kit.language import Language
from tests.intake.files_made import checked, codes, index

LANGUAGES = ("zh", "en")


def opened(language: Language) -> Any:
    return load_workbook(io.BytesIO(template(index(), language)))


def filled(language: Language, path: Path) -> Path:
    """The template with the marks of the example taken out and the dataset filled in."""
    book = opened(language)
    for tab in book:
        for place, heading in enumerate([cell.value or "" for cell in tab[1]], 1):
            if "示例" in heading and "Example" in heading:
                for row in range(2, tab.max_row + 1):
                    tab.cell(row, place).value = None
        if find_sheet(tab.title) == "dataset":
            for row in range(2, tab.max_row + 1):
                tab.cell(row, 2).value = DATASET[find_field(tab.cell(row, 1).value) or ""]
    book.save(path)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_filled_example_has_no_findings(tmp_path: Path, language: Language) -> None:
    path = filled(language, tmp_path / "filled.xlsx")
    found = checked(path, metadata=None, dataset=DATASET["id"], release=DATASET["release"])
    assert codes(found.findings) == []
    assert [row.substance["key"] for row in found.substances] == [
        "steel.plate.cn.2024",
        "fuel.coke.combustion.cn.2024",
    ]
    assert found.substances[0].substance["value"] == "2.0500"
    assert set(found.details) == {sheet.name for sheet in SHEETS} - {"dataset", "factors", "gases", "sources"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_left_in_is_a_note_and_no_data(tmp_path: Path, language: Language) -> None:
    path = tmp_path / "empty.xlsx"
    path.write_bytes(template(index(), language))
    found = checked(path)
    assert found.substances == []
    assert set(codes(found.findings, "note")) == {"example_left_out"}
    assert set(codes(found.findings, "error")) == {"no_rows", "required_missing"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_are_in_both_languages_with_notes_and_stay_in_sight(language: Language) -> None:
    book = opened(language)
    tabs = [tab for tab in book if find_sheet(tab.title)]
    assert [find_sheet(tab.title) for tab in tabs] == [sheet.name for sheet in SHEETS]
    for tab in tabs:
        assert tab.freeze_panes
        assert all("\n" in cell.value and cell.comment is not None for cell in tab[1])


def test_drop_downs_come_from_the_reference_lists_and_values_are_text() -> None:
    book = opened("zh")
    tab, lists = book["因子"], book["lists"]
    assert lists.sheet_state == "hidden"
    headings = {cell.value.split("\n")[1]: cell.column_letter for cell in tab[1]}
    rules = {str(rule.sqref).partition("2:")[0]: rule for rule in tab.data_validations.dataValidation}
    for heading in ("Region", "Activity", "Unit", "Record type", "System boundary", "Gas", "GWP set"):
        area = rules[headings[heading]].formula1.partition("!")[2]
        assert len(lists[area.replace("$", "")]) > 4
    assert rules[headings["Record type"]].showErrorMessage
    assert not rules[headings["Region"]].showErrorMessage
    assert tab.column_dimensions[headings["Value"]].number_format == "@"
    texts = {
        row[0].value for row in lists[rules[headings["Region"]].formula1.partition("!")[2].replace("$", "")]
    }
    assert "CN-BJ 北京" in texts or any(text.startswith("CN-BJ ") for text in texts)


def test_every_text_of_the_drop_downs_is_understood(tmp_path: Path) -> None:
    from app.intake.checking_cells import Lookups

    look, lists = Lookups(index()), opened("en")["lists"]
    for column in lists.iter_cols():
        name, values = column[0].value, [cell.value for cell in column[1:] if cell.value]
        if name in {"region", "activity", "gas", "gwp_set"}:
            assert [text for text in values if getattr(look, name)(text)[0] is None] == []
        if name == "unit":
            assert [text for text in values if look.unit(text, None, None).unit is None] == []


def test_the_same_language_gives_the_same_bytes() -> None:
    assert template(index(), "zh") == template(index(), "zh")
