"""The file that goes back: its cells marked and commented, and a list of what was found."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from app.intake import marking_child
from app.intake.findings import Finding, Place, finding
from app.intake.marking import MOST_MARKS, marked, plan_of
from app.intake.reading import Kind, Limits
from app.intake.template import template
from app.kit.language import Language
from tests.intake.files_made import FACTOR, checked, csv_bytes, factors_file, index, raw_workbook

BAD = {**FACTOR, "region": "Atlantis", "value": "=1+1", "note": "=cmd()"}


def back(path: Path, kind: Kind, language: Language = "en", findings: Any = None, **limits: int) -> Any:
    out = io.BytesIO()
    found = checked(path, kind).findings if findings is None else findings
    marked(path, kind, found, language, out, Limits(**limits))
    return load_workbook(io.BytesIO(out.getvalue()))


def remarks(tab: Any) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in tab.iter_rows() for cell in row if cell.comment}


def test_faulty_cells_are_filled_and_commented_in_the_language_of_the_reader(tmp_path: Path) -> None:
    path = factors_file(tmp_path / "a.xlsx", FACTOR, {**BAD, "key": "b"})
    book = back(path, "xlsx", "zh")
    assert book.sheetnames[0] == "检查结果"
    tab = book["factors"]
    assert "不是已知的地区" in remarks(tab)["F3"]
    assert tab["F3"].fill.fgColor.rgb.endswith("F8B4B4") and tab["F3"].value == "Atlantis"
    assert tab["F2"].comment is None
    rows = list(book["检查结果"].iter_rows(min_row=3, values_only=True))
    assert rows[0][0] == "错误" and {"unknown_region", "formula_without_value"} <= {row[8] for row in rows}


def test_the_workbook_keeps_its_drop_downs_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(template(index(), "zh"))
    tab = back(path, "xlsx")["因子"]
    assert len(tab.data_validations.dataValidation) > 8
    assert "key" in tab["B1"].comment.text


def test_a_csv_comes_back_as_a_workbook_with_its_rows_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(FACTOR, BAD) + b"\r\n" + csv_bytes({**BAD, "key": "c"}).splitlines(True)[1])
    tab = back(path, "csv")["factors"]
    assert tab["A5"].value == "c" and {"F3", "J3", "F5", "J5"} <= set(remarks(tab))
    assert tab["J3"].data_type != "f" and tab["P3"].value == "=cmd()" and tab["P3"].data_type != "f"


def test_ndjson_comes_back_with_the_numbers_of_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('[1]\n{"key": "b", "region": "Atlantis", "value": "x"}\n', encoding="utf-8")
    tab = back(path, "ndjson")["factors"]
    headings = [cell.value for cell in tab[1]]
    assert headings[0] == "line" and tab["A2"].value == "2"
    commented = {headings[cell.column - 1] for cell in tab[2] if cell.comment}
    assert {"region", "value", "name_zh"} <= commented


def test_a_large_workbook_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = factors_file(tmp_path / "a.xlsx", FACTOR, {**BAD, "key": "b", "value": "x"})
    plan, out = tmp_path / "plan", tmp_path / "out.xlsx"
    from orjson import dumps

    plan.write_bytes(dumps(plan_of(checked(path).findings, "en")))
    monkeypatch.setattr(marking_child, "MOST_KEPT", 10)
    assert not marking_child.mark("keep", path, "xlsx", plan, out, Limits())
    assert marking_child.mark("anew", path, "xlsx", plan, out, Limits())
    tab = load_workbook(out)["factors"]
    assert tab["F3"].value == "Atlantis" and "unit" not in remarks(tab) and {"F3", "J3"} <= set(remarks(tab))


def test_a_file_that_cannot_be_read_comes_back_as_the_list_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    book = back(path, "xlsx")
    assert book.sheetnames == ["findings"]
    assert book["findings"]["I3"].value == "file_unreadable"


def test_a_merged_area_over_everything_does_not_stop_the_marking(tmp_path: Path) -> None:
    sheet = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>key</t></is></c></row></sheetData>'
    path = raw_workbook(
        tmp_path / "a.xlsx", sheet + '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    )
    assert back(path, "xlsx", memory_bytes=300 * 2**20).sheetnames[0] == "findings"


def many(count: int) -> list[Finding]:
    return [finding("value_zero", Place("factors", f"A{n}", n)) for n in range(2, count + 2)]


def test_marks_are_bounded_and_errors_come_first() -> None:
    error = finding("value_missing", Place("factors", "B9", 9))
    plan = plan_of([*many(MOST_MARKS + 10), error], "en")
    assert sum(map(len, plan["marks"].values())) == MOST_MARKS
    assert plan["rows"][0][8] == "value_missing" and plan["marks"]["factors"][0][0] == "B9"
    assert f"{MOST_MARKS + 11} findings" in plan["told"] and f"{MOST_MARKS} cells" in plan["told"]


def test_findings_of_one_cell_share_a_mark_of_the_worst() -> None:
    place = Place("factors", "B9", 9)
    plan = plan_of([finding("value_zero", place), finding("value_missing", place)], "zh")
    ((where, _, _, severity, text),) = plan["marks"]["factors"]
    assert (where, severity) == ("B9", "error") and text.count("\n") == 1
