"""Workbooks as people make them: headings, numbers, formulas, merged cells."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from app.intake.reading import Number
from app.intake.reading_xlsx_numbers import Format, as_date, read_format, shortest
from tests.intake.files_made import (
    MAIN,
    cell,
    codes,
    heading_row,
    only,
    raw_workbook,
    read,
    workbook,
)

NEEDED = ["name_zh", "name_en", "record_type", "activity", "region", "gas_basis", "boundary"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def first_row(path: Path) -> dict[str, Any]:
    table = read(path).tables["factors"]
    return dict(zip(table.columns, table.rows[0][1], strict=True))


def test_headings_are_found_in_chinese_in_any_order_below_a_title(path: Path) -> None:
    workbook(
        path, {"因子": [["钢铁行业排放因子表"], [], ["单位", "因子名称", "数值"], ["kg/kg", "板", "0.5580"]]}
    )
    table = read(path).tables["factors"]
    assert list(table.columns) == ["unit", "name_zh", "value"]
    assert table.rows == [(4, ("kg/kg", "板", "0.5580"))]


@pytest.mark.parametrize(
    "heading",
    ["Name (ZH)", "ＮＡＭＥ＿ＺＨ", "中文名称", "因子名称\nName (Chinese)", " 名称 （中文） *", "name zh"],
)
def test_a_heading_is_found_in_either_language_in_any_width_and_case(path: Path, heading: str) -> None:
    workbook(path, {"factors": [["key", heading], ["a", "板"]]})
    assert first_row(path)["name_zh"] == "板"


def test_an_unknown_heading_is_told_with_the_nearest_and_a_missing_one_in_both_languages(path: Path) -> None:
    workbook(path, {"factors": [["key", "regoin", "previous value"], ["a", "CN", "1"]]})
    found = read(path).findings
    unknown = [one for one in found if one.code == "heading_unknown"]
    assert [one.cell for one in unknown] == ["B1", "C1"]
    assert unknown[0].expected == ("地区 / Region",)
    missing = [one for one in found if one.code == "heading_missing"]
    assert [one.field for one in missing] == NEEDED
    assert "地区" in missing[4].text["zh"] and "Region" in missing[4].text["en"]


def test_of_two_headings_of_one_meaning_neither_is_guessed(path: Path) -> None:
    workbook(path, {"factors": [["key", "数值", "Value"], ["a", "1", "2"]]})
    twice = only(read(path).findings, "heading_twice")
    assert (twice.severity, twice.cell, twice.value) == ("error", "C1", "Value")


def test_sheets_are_found_in_either_language_and_unknown_ones_are_told(path: Path) -> None:
    rows = [["key", "name_zh"], ["a", "板"]]
    workbook(path, {"排放因子表": rows, "数据来源": [["id"], ["s1"]], "Sorces": [["x"]], "lists": [["y"]]})
    parsed = read(path)
    assert set(parsed.tables) == {"factors", "sources"}
    assert only(parsed.findings, "sheet_unknown").expected == ("来源 / Sources",)


def test_a_sheet_of_any_name_with_the_headings_of_factors_is_read_as_factors(path: Path) -> None:
    workbook(path, {"Sheet1": [NEEDED, list("abcdefg")]})
    parsed = read(path)
    assert parsed.tables["factors"].title == "Sheet1"
    assert only(parsed.findings, "sheet_read_as").severity == "note"


def test_without_factors_the_sheet_is_missing(path: Path) -> None:
    workbook(path, {"sources": [["id", "title", "publisher"], ["s1", "t", "p"]]})
    assert "sheet_missing" in codes(read(path).findings)


def test_content_beside_the_headings_is_told_once_a_column(path: Path) -> None:
    workbook(path, {"factors": [["key", None, "value"], ["a", "x", "1", "y"], ["b", "x", "1", "y"]]})
    told = [one.cell for one in read(path).findings if one.code == "column_without_heading"]
    assert told == ["B2", "D2"]


def numeric(path: Path, value: Any, number_format: str = "General") -> Any:
    book = Workbook()
    tab: Any = book.active
    tab.title = "factors"
    tab.append(["key", "value"])
    tab.append(["a", value])
    tab["B2"].number_format = number_format
    book.save(path)
    return first_row(path)["value"]


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (0.558, "General", Number("0.558", False)),
        (0.558, "0.0000", Number("0.5580", True)),
        (2, "General", Number("2", False)),
        (2, "0.00", Number("2.00", True)),
        (1234.5, "#,##0.00", Number("1234.50", True)),
        (0.5581, "0.00", Number("0.5581", False, "hidden", "0.56")),
        (0.125, "0%", Number("0.125", False, "percent", "13%")),
        (0.00001, "0.00E+00", Number("0.00001", False)),
        (1e-7, "General", Number("0.0000001", False)),
        (date(2024, 5, 1), "yyyy-mm-dd", Number("2024-05-01", True, "date", "2024-05-01")),
        ("0.5580", "General", "0.5580"),
    ],
)
def test_a_numeric_cell_has_its_shortest_decimal_or_the_places_of_its_format(
    path: Path, value: Any, number_format: str, expected: Any
) -> None:
    assert numeric(path, value, number_format) == expected


def test_a_calculated_number_keeps_all_its_digits_unless_the_format_fixes_the_places(path: Path) -> None:
    sum_of_two = "0.30000000000000004"  # 0.1 + 0.2, as Excel writes it
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="2"/></cellXfs></styleSheet>'
    )
    body = (
        f'<sheetData>{heading_row("key", "value")}<row r="2"><c r="B2"><v>{sum_of_two}</v></c></row>'
        f'<row r="3"><c r="B3" s="1"><v>{sum_of_two}</v></c></row></sheetData>'
    )
    rows = read(raw_workbook(path, body, styles=styles)).tables["factors"].rows
    assert rows[0][1][1] == Number(sum_of_two, False, "calculated", "0.3")
    assert rows[1][1][1] == Number("0.30", True)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0.000", Format("fixed", 3)),
        ("#,##0.00_ ;[Red]-#,##0.00", Format("fixed", 2)),
        ("0.0# ", Format()),
        ("@", Format()),
        ("General", Format()),
        ("# ?/?", Format()),
        ('yyyy"年"m"月"', Format("date")),
        ('0.00" kg"', Format("fixed", 2)),
    ],
)
def test_a_number_format_fixes_the_places_only_where_all_are_shown(code: str, expected: Format) -> None:
    assert read_format(code) == expected


def test_what_is_no_number_has_no_decimal() -> None:
    assert [shortest(raw) for raw in ("nan", "inf", "1e400", "x", "")] == [None] * 5
    assert shortest("0.55800000000000005") == "0.558"


def test_dates_follow_the_calendar_of_the_workbook() -> None:
    from decimal import Decimal

    assert as_date(Decimal(45413), False) == "2024-05-01"
    assert as_date(Decimal(43951), True) == "2024-05-01"
    assert as_date(Decimal("45413.5"), False) == "2024-05-01T12:00:00"
    assert as_date(Decimal(-1), False) is None


def test_a_formula_counts_by_its_saved_result_only(path: Path) -> None:
    body = (
        f"<sheetData>{heading_row('key', 'value')}"
        f'<row r="2">{cell("A2", "a")}<c r="B2"><f>1/3</f><v>0.25</v></c></row>'
        f'<row r="3">{cell("A3", "b")}<c r="B3"><f>1/3</f></c></row></sheetData>'
    )
    parsed = read(raw_workbook(path, body))
    rows = parsed.tables["factors"].rows
    assert rows[0][1] == ("a", Number("0.25", False))
    assert rows[1][1] == ("b", "\x00formula")
    assert only(parsed.findings, "formula_value_used").cell == "B2"


def test_merged_cells_are_told_and_the_first_has_the_value(path: Path) -> None:
    book = Workbook()
    tab: Any = book.active
    tab.title = "factors"
    for row in (["key", "region"], ["a", "CN"], ["b", None]):
        tab.append(row)
    tab.merge_cells("B2:B3")
    book.save(path)
    found = only(read(path).findings, "merged_cells")
    assert (found.cell, found.value, found.severity) == ("B2", "B2:B3", "warning")


def test_runs_phonetics_escapes_and_prefixes_are_read_as_excel_shows_them(path: Path) -> None:
    whole = (
        f'<?xml version="1.0"?><x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>key</x:t></x:is></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>note</x:t></x:is></x:c></x:row>'
        '<x:row><x:c t="inlineStr"><x:is><x:r><x:t>a</x:t></x:r><x:r><x:t>b</x:t></x:r>'
        '<x:rPh sb="0" eb="1"><x:t>zzz</x:t></x:rPh></x:is></x:c>'
        '<x:c t="str"><x:v>one_x000A_two</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    table = read(raw_workbook(path, whole)).tables["factors"]
    assert table.rows == [(2, ("ab", "one\ntwo"))]


def test_text_is_normalised_and_trimmed(path: Path) -> None:
    workbook(path, {"factors": [["key", "note"], ["a", "\u00a0 Cafe\u0301\u3000"], ["  ", "\ufeff"]]})
    assert read(path).tables["factors"].rows == [(2, ("a", "Caf\u00e9"))]


def test_what_openpyxl_reads_we_read(path: Path) -> None:
    rows = [
        ["key", "note", "locator"],
        *[[f"k{n}", f"注{n}" * (n % 4), None if n % 3 else f"p{n}"] for n in range(50)],
    ]
    workbook(path, {"factors": rows})
    theirs = [
        tuple(value or None for value in row)
        for row in load_workbook(path)["factors"].iter_rows(min_row=2, values_only=True)
    ]
    assert [row for _, row in read(path).tables["factors"].rows] == theirs
