"""Write the marked workbook; runs in the child process. Texts of the file are never written as formulas."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from app.intake.reading_types import Cell, Limits, Number, RawRow, SheetStart

MOST_KEPT: Final = 24 * 2**20
"""Bytes of unpacked worksheets up to which a workbook is kept as it is; openpyxl needs some 50 times that."""
_FILLS: Final = {
    "error": PatternFill("solid", fgColor="F8B4B4"),
    "warning": PatternFill("solid", fgColor="FCE29A"),
    "note": PatternFill("solid", fgColor="CFE3F7"),
}
_BOLD: Final = Font(bold=True)
_WRAP: Final = Alignment(wrap_text=True, vertical="top")
_WIDTHS: Final = (10, 16, 10, 36, 18, 28, 70, 40, 24)
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BAD_TITLE: Final = re.compile(r"[\\*?:/\[\]]")
Mark = tuple[str, int, str | None, str, str]


def mark(way: str, path: Path, kind: str, plan_file: Path, out: Path, limits: Limits) -> bool:
    """Write `out`; False where this way is not for this file."""
    plan = orjson.loads(plan_file.read_bytes())
    if way == "keep":
        return _keep(path, plan, out)
    book = Workbook(write_only=True)
    _list(book.create_sheet(plan["sheet"]), plan)
    if way == "anew":
        _anew(book, _events(path, kind, limits), plan["marks"])
    book.save(out)
    return True


# --- the workbook as it is ---


def _keep(path: Path, plan: Mapping[str, Any], out: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        size = sum(e.file_size for e in archive.infolist() if e.filename.endswith(".xml"))
    if size > MOST_KEPT:
        return False
    book = load_workbook(path, keep_links=False)
    for title, marks in plan["marks"].items():
        if title in book.sheetnames:
            _mark_sheet(book[title], marks)
    if plan["sheet"] in book.sheetnames:
        del book[plan["sheet"]]
    _list(book.create_sheet(plan["sheet"], 0), plan)
    book.active = 0
    book.save(out)
    return True


def _mark_sheet(tab: Any, marks: Sequence[Mark]) -> None:
    for where, _, _, severity, text in marks:
        cell = tab[where]
        if isinstance(cell, MergedCell):
            continue
        cell.fill = _FILLS[severity]
        before = f"{cell.comment.text}\n" if cell.comment else ""
        cell.comment = _comment(before + text)


def _comment(text: str) -> Comment:
    comment = Comment(_legal(text)[:4000], "Factorbase")
    comment.width, comment.height = 360, 40 + 20 * min(12, 1 + len(text) // 40)
    return comment


# --- the list ---


def _list(tab: Any, plan: Mapping[str, Any]) -> None:
    """The findings, one a row, the worst first."""
    tab.freeze_panes = "A3"
    for place, width in enumerate(_WIDTHS, 1):
        tab.column_dimensions[get_column_letter(place)].width = width
    tab.append([_text(tab, plan["told"], bold=True)])
    tab.append([_text(tab, heading, bold=True) for heading in plan["headings"]])
    for row, severity in zip(plan["rows"], plan["severities"], strict=True):
        cells = [_text(tab, text) for text in row]
        cells[0].fill = _FILLS[severity]
        tab.append(cells)


def _text(tab: Any, text: str, bold: bool = False) -> Any:
    cell = WriteOnlyCell(tab, value=None)
    cell.value = _legal(text)[:32_767]
    cell.data_type = "s"
    cell.alignment = _WRAP
    if bold:
        cell.font = _BOLD
    return cell


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


# --- the file written anew ---


def _events(path: Path, kind: str, limits: Limits) -> Iterator[Any]:
    if kind == "ndjson":
        yield from _lines(path, limits)
    elif kind == "csv":
        from app.intake.reading_csv import csv_events

        yield from csv_events(path, limits)
    else:
        from app.intake.reading_xlsx import read_workbook

        yield from read_workbook(path, limits)


def _lines(path: Path, limits: Limits) -> Iterator[Any]:
    """Each sheet of an NDJSON file as a table whose first column is the number of the line."""
    from app.intake.reading_ndjson import read_ndjson

    for table in read_ndjson(path, limits).tables.values():
        yield SheetStart(table.title)
        yield RawRow(1, ["line", *table.columns])
        for place, (line, cells) in enumerate(table.rows, 2):
            yield RawRow(place, [str(line), *cells])


def _anew(book: Workbook, events: Iterator[Any], marks: Mapping[str, Sequence[Mark]]) -> None:
    sheet: _Copy | None = None
    titles = set(book.sheetnames)
    for event in events:
        if isinstance(event, SheetStart):
            title = _free(event.title, titles)
            sheet = _Copy(book.create_sheet(title), marks.get(event.title, ()))
        elif isinstance(event, RawRow) and sheet is not None:
            sheet.add(event)


def _free(title: str, taken: set[str]) -> str:
    base = _BAD_TITLE.sub("_", _legal(title))[:28] or "sheet"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name


class _Copy:
    """A sheet written anew, row by row; rows keep their numbers."""

    def __init__(self, tab: Any, marks: Sequence[Mark]) -> None:
        self._tab = tab
        self._marks = {where: (severity, text) for where, _, _, severity, text in marks}
        self._rows = {int("".join(filter(str.isdigit, where)) or 0) for where in self._marks}
        self._by_field = {
            (str(row), field): (s, text) for where, row, field, s, text in marks if " " in where
        }
        self._lines = {line for line, _ in self._by_field}
        self._headings: list[str] = []
        self._last = 0

    def add(self, row: RawRow) -> None:
        while self._last + 1 < row.number:
            self._last += 1
            self._tab.append([])
        self._last = row.number
        line = row.cells[0] if self._by_field else None
        if self._by_field and row.number == 1:
            self._headings = [str(cell) for cell in row.cells]
        if row.number in self._rows or line in self._lines:
            self._tab.append([self._cell(place, cell, row) for place, cell in enumerate(row.cells)])
        else:
            self._tab.append([_plain(self._tab, cell) for cell in row.cells])

    def _cell(self, place: int, cell: Cell, row: RawRow) -> Any:
        found = self._marks.get(f"{get_column_letter(place + 1)}{row.number}")
        if self._headings:
            found = self._by_field.get((str(row.cells[0]), self._headings[place]))
        if found is None:
            return _plain(self._tab, cell)
        written = _text(self._tab, _shown(cell))
        written.fill = _FILLS[found[0]]
        written.comment = _comment(found[1])
        return written


def _shown(cell: Cell) -> str:
    text = cell.text if isinstance(cell, Number) else cell or ""
    return "" if text.startswith("\x00") else text


def _plain(tab: Any, cell: Cell) -> Any:
    """A cell's text; one that begins like a formula, or is not legal, is made with care."""
    if cell is None:
        return None
    text = _shown(cell)
    return _text(tab, text) if text[:1] == "=" or _ILLEGAL.search(text) or len(text) > 32_767 else text
