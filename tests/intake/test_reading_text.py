"""CSV and NDJSON as people and programs make them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.intake.reading import Parsed
from tests.intake.files_made import FACTOR, codes, csv_bytes, only, read

HEAD = "key,name_zh,value,note"


def of(tmp_path: Path, data: bytes | str, name: str = "a.csv") -> Parsed:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read(path, "ndjson" if name.endswith("json") else "csv")


def rows(parsed: Parsed) -> list[tuple[int, tuple[object, ...]]]:
    return [(number, tuple(cells)) for number, cells in parsed.tables["factors"].rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_are_found_out(tmp_path: Path, encoding: str, separator: str) -> None:
    text = (
        separator.join(["因子编号", "因子名称", "数值", "备注"])
        + "\r\n"
        + separator.join(["a", "板", "0.5580", "注"])
    )
    parsed = of(tmp_path, text.encode(encoding))
    assert rows(parsed) == [(2, ("a", "板", "0.5580", "注"))]
    assert ("encoding_guessed" in codes(parsed.findings)) == (encoding == "gb18030")


def test_a_utf8_file_with_some_foreign_lines_is_not_guessed_at(tmp_path: Path) -> None:
    good = "".join(f"k{n},板{n},1,注\n" for n in range(9))
    parsed = of(tmp_path, f"{HEAD}\n{good}".encode() + "k9,中厚板,1,注\n".encode("gb18030"))
    assert len(rows(parsed)) == 10
    assert "\x00undecodable" in rows(parsed)[9][1]
    assert rows(parsed)[8][1] == ("k8", "板8", "1", "注")


def test_newlines_and_quotes_inside_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    parsed = of(tmp_path, HEAD + '\na,板,1,"one\ntwo ""three"""\n\nb,板,2,\n')
    assert rows(parsed) == [(2, ("a", "板", "1", 'one\ntwo "three"')), (4, ("b", "板", "2", None))]


def test_a_broken_quote_hides_no_other_row(tmp_path: Path) -> None:
    parsed = of(tmp_path, HEAD + '\na,板,1,"x"y\nb,板,2,z\n')
    assert only(parsed.findings, "quotes_broken").cell == "A2"
    assert rows(parsed) == [(3, ("b", "板", "2", "z"))]


def test_a_quote_that_never_closes_is_told(tmp_path: Path) -> None:
    parsed = of(tmp_path, HEAD + '\na,板,1,x\nb,板,2,"z\nc,板,3,\n')
    assert only(parsed.findings, "quotes_broken").row == 3
    assert rows(parsed) == [(2, ("a", "板", "1", "x"))]


def test_a_row_that_is_longer_than_the_heading_is_an_error(tmp_path: Path) -> None:
    parsed = of(tmp_path, HEAD + "\na,板,1,234,x\nb,板,2\n")
    found = only(parsed.findings, "row_of_another_length")
    assert (found.cell, found.severity) == ("E2", "error")
    assert rows(parsed)[1] == (3, ("b", "板", "2", None))


def test_characters_that_cannot_be_stored_are_marked(tmp_path: Path) -> None:
    parsed = of(tmp_path, HEAD + "\na,板,1,x\x00y\nb,板,2,x\x07\n")
    assert [cells[3] for _, cells in rows(parsed)] == ["\x00unstorable", "\x00unstorable"]


def test_the_apostrophe_of_our_downloads_is_taken_off(tmp_path: Path) -> None:
    parsed = of(tmp_path, HEAD + "\na,板,-1,'=1+1\nb,板,2,'tis\n")
    assert [cells[3] for _, cells in rows(parsed)] == ["=1+1", "'tis"]


def test_an_empty_file_and_one_without_headings_are_told(tmp_path: Path) -> None:
    assert codes(of(tmp_path, b"").findings) == ["file_empty"]
    assert "heading_row_missing" in codes(of(tmp_path, "1,2,3\n4,5,6\n").findings)


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(FACTOR))
    assert codes(read(path, "csv", file_bytes=10).findings) == ["file_too_large"]
    assert codes(read(path, "csv", rows=1).findings) == ["file_too_large"]
    assert read(path, "csv", rows=1).tables == {}


def test_lines_keep_the_digits_of_their_numbers(tmp_path: Path) -> None:
    parsed = of(tmp_path, '\ufeff{"key": "a", "value": 0.5580, "year": 2024, "note": null}\n\n', "a.ndjson")
    table = parsed.tables["factors"]
    row = dict(zip(table.columns, table.rows[0][1], strict=True))
    assert (row["value"], row["year"]) == ("0.5580", "2024")


@pytest.mark.parametrize(
    "line",
    ["[1]", "{", '{"a": 1, "a": 2}', "[" * 100_000, '"text"', '{"key": "a"} x', "nul", "{'key': 1}"],
)
def test_a_line_that_is_no_object_is_told_and_hides_no_other(tmp_path: Path, line: str) -> None:
    parsed = of(tmp_path, f'{line}\n{{"key": "b"}}\n', "a.ndjson")
    found = only(parsed.findings, "line_not_json")
    assert (found.cell, found.row) == ("line 1", 1)
    assert [number for number, _ in rows(parsed)] == [2]


def test_odd_numbers_and_half_surrogates_come_through_to_be_refused(tmp_path: Path) -> None:
    line = '{"key": "a", "value": NaN, "lower": 1e400, "note": "\\ud800"}'
    table = of(tmp_path, line, "a.ndjson").tables["factors"]
    row = dict(zip(table.columns, table.rows[0][1], strict=True))
    assert (row["value"], row["lower"], row["note"]) == ("NaN", "1e400", "\x00unstorable")


def test_lines_may_name_their_sheet(tmp_path: Path) -> None:
    lines = [{"key": "a"}, {"sheet": "sources", "id": "s1", "title": "t"}, {"sheet": "nowhere"}]
    parsed = of(tmp_path, "\n".join(map(json.dumps, lines)), "a.ndjson")
    assert set(parsed.tables) == {"factors", "sources"}
    assert only(parsed.findings, "sheet_unknown").row == 3
