"""Files made to do harm, or broken: each is a finding, within its limits, and never an exception."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from app.intake.findings import Finding
from app.intake.reading import sniff
from tests.intake.files_made import (
    FACTOR,
    MAIN,
    cell,
    codes,
    factors_file,
    heading_row,
    only,
    raw_workbook,
    read,
)

KEYS = heading_row("key", "value")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def body(*rows: str) -> str:
    return f"<sheetData>{KEYS}{''.join(rows)}</sheetData>"


def test_a_small_workbook_that_spans_everything_is_read_where_it_has_cells(path: Path) -> None:
    far = f'<row r="1048576">{cell("A1048576", "a")}{cell("XFD1048576", "x")}</row>'
    parsed = read(raw_workbook(path, body(far)), memory_bytes=256 * 2**20)
    assert path.stat().st_size < 5_000
    assert parsed.tables["factors"].rows == [(1048576, ("a", None))]
    assert only(parsed.findings, "cells_beyond_headings").row == 1048576


def test_two_million_empty_rows_are_nothing(path: Path) -> None:
    empty = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(2, 300_000))
    parsed = read(raw_workbook(path, body(empty, f'<row r="999999">{cell("A999999", "a")}</row>')))
    assert parsed.tables["factors"].rows == [(999999, ("a", None))]


def test_a_bomb_is_refused_before_it_is_unpacked(path: Path) -> None:
    raw_workbook(path, body(), parts={"xl/sharedStrings.xml": b"<sst>" + b"a" * (64 * 2**20) + b"</sst>"})
    started = time.monotonic()
    found = only(read(path).findings, "file_too_large")
    assert "compressed" in found.text["en"] and "压缩" in found.text["zh"]
    assert time.monotonic() - started < 30


def test_too_many_parts_and_too_many_bytes_are_refused(path: Path) -> None:
    raw_workbook(path, body(), parts={f"xl/media/{n}.png": b"" for n in range(30)})
    assert codes(read(path, entries=20).findings) == ["file_too_large"]
    assert codes(read(path, unpacked_bytes=100).findings) == ["file_too_large"]


def test_a_declared_size_that_lies_is_a_damaged_file(path: Path) -> None:
    raw_workbook(path, body(f'<row r="2">{cell("A2", "a" * 5000)}</row>'))
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(data.replace(size.to_bytes(4, "little"), (size - 1000).to_bytes(4, "little")))
    assert codes(read(path).findings) == ["file_unreadable"]


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_a_damaged_file(path: Path, keep: float) -> None:
    factors_file(path, FACTOR)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    assert codes(read(path).findings) == ["file_unreadable"]


def test_flipped_bytes_are_a_damaged_file_or_harmless(path: Path) -> None:
    factors_file(path, FACTOR)
    data = bytearray(path.read_bytes())
    for place in range(60, len(data), len(data) // 12):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        path.write_bytes(bytes(broken))
        parsed = read(path)
        assert parsed.tables or {"file_unreadable", "file_encrypted", "sheet_missing"} & set(
            codes(parsed.findings)
        )


def test_an_entity_bomb_and_a_document_type_are_refused(path: Path) -> None:
    entities = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 30))
    whole = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaaa">{entities}]>'
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c><v>&a29;</v></c></row></sheetData></worksheet>'
    )
    assert codes(read(raw_workbook(path, whole)).findings) == ["file_unreadable"]


def test_running_out_of_memory_is_a_finding(path: Path) -> None:
    texts = "".join(f"<si><t>{n:0200d}</t></si>" for n in range(400_000))
    raw_workbook(path, body(), parts={"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>'})
    found = only(read(path, memory_bytes=96 * 2**20).findings, "file_too_large")
    assert "memory" in found.text["en"]


def test_running_out_of_time_is_a_finding(path: Path) -> None:
    """Four hundred tabs that are the same large sheet: little to store, much to read."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(2, 50_000))
    tabs = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, 400))
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{relations}"><sheets>{tabs}</sheets></workbook>'
    raw_workbook(path, body(rows), parts={"xl/workbook.xml": book})
    assert codes(read(path, cpu_seconds=1, seconds=60).findings)[-1] == "file_takes_too_long"
    assert codes(read(path, seconds=1).findings)[-1] == "file_takes_too_long"


def test_more_rows_or_text_than_the_limit_stops_the_reading(path: Path) -> None:
    raw_workbook(path, body(*(f'<row r="{n}">{cell(f"A{n}", "abc")}</row>' for n in range(2, 50))))
    assert "file_too_large" in codes(read(path, rows=20).findings)
    assert "file_too_large" in codes(read(path, characters=50).findings)


def test_a_merged_area_over_the_whole_sheet_costs_nothing(path: Path) -> None:
    raw_workbook(path, body() + '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    assert only(read(path).findings, "merged_cells").value == "A1:XFD1048576"


def test_odd_references_and_indices_do_not_stop_the_reading(path: Path) -> None:
    odd = (
        '<row r="x"><c r="??1" t="s"><v>99</v></c><c r="A2" t="s"><v>77</v></c></row>'
        '<row r="0"><c r="ZZZZ9"><v>1</v></c></row><row r="3"><c r="B3" s="9999"><v>1</v></c></row>'
    )
    parsed = read(raw_workbook(path, body(odd)))
    assert [row for row, _ in parsed.tables["factors"].rows] == [3]


def test_macros_links_and_images_are_told(path: Path) -> None:
    extra = {"xl/vbaProject.bin": b"x", "xl/externalLinks/externalLink1.xml": b"<a/>", "xl/media/a.png": b"x"}
    parsed = read(raw_workbook(path, body(f'<row r="2">{cell("A2", "a")}</row>'), parts=extra))
    assert {"macros_ignored", "external_links_ignored", "images_ignored"} <= set(codes(parsed.findings))
    assert parsed.tables["factors"].rows


def test_other_formats_in_an_archive_are_named(path: Path) -> None:
    raw_workbook(path, body(), parts={"xl/workbook.bin": b"x"})
    assert only(read(path).findings, "file_format_not_taken").value == ".xlsb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert codes(read(path).findings) == ["file_unreadable"]


def test_a_password_on_the_archive_is_told(path: Path) -> None:
    factors_file(path, FACTOR)
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(magic, start)) >= 0:
            data[start + offset] |= 1
            start += 4
    path.write_bytes(bytes(data))
    assert codes(read(path).findings) == ["file_encrypted"]


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.xlsx", b"PK\x03\x04...", "xlsx"),
        ("a.csv", b"key,value\n", "csv"),
        ("a.csv", "编号,数值\n".encode("gb18030"), "csv"),
        ("a.txt", "key\tvalue".encode("utf-16"), "csv"),
        ("a", b'\xef\xbb\xbf {"key": 1}', "ndjson"),
        ("a.jsonl", b"", "file_empty"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "file_encrypted"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "file_format_not_taken"),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "file_encrypted",
        ),
        ("a.xlsx", b"key,value", "file_unreadable"),
        ("a.csv", b"%PDF-1.7", "file_format_not_taken"),
        ("a.bin", b"ab\x00\x01", "file_format_not_taken"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(name: str, head: bytes, expected: str) -> None:
    found = sniff(name, head)
    assert (found.code if isinstance(found, Finding) else found) == expected
