"""Events of a file -> tables: find each sheet's heading row, match its headings, keep the cells under them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from app.intake.columns import FACTORS
from app.intake.columns_details import BY_NAME
from app.intake.columns_match import (
    count_known,
    find_column,
    find_sheet,
    is_ignored,
    label,
    near_columns,
    near_sheets,
)
from app.intake.findings import Finding, Findings, Place, finding
from app.intake.reading_types import Cell, Kind, Number, Parsed, RawRow, SheetStart, Table, address

HEADING_ROWS: Final = 10
ENOUGH_TO_BE_FACTORS: Final = 5
UNSTORABLE: Final = "\x00unstorable"
"""Stands for a text with characters that cannot be stored; `\\x00formula` for a formula without a result."""
UNDECODABLE: Final = "\x00undecodable"
_BAD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EDGES: Final = " \t\r\n\v\f\u00a0\u2007\u202f\u3000\ufeff\u200b\u2028\u2029"
_SHARED: Final = 64
_MOST_SHARED: Final = 100_000


class Cleaner:
    """Texts as they are kept: NFC, no blanks at the ends, None for nothing; equal short texts are one object."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def __call__(self, text: str) -> str | None:
        try:
            return self._known[text]
        except KeyError:
            pass
        clean = _clean(text)
        if len(text) <= _SHARED:
            if len(self._known) >= _MOST_SHARED:
                self._known.clear()
            self._known[text] = clean
        return clean


def _clean(text: str) -> str | None:
    stripped = text.strip(_EDGES)
    if not stripped:
        return None
    if _BAD.search(stripped):
        return stripped if stripped == "\x00formula" else UNSTORABLE
    if "\ufffd" in stripped:
        return UNDECODABLE
    return unicodedata.normalize("NFC", stripped)


def is_storable(text: str) -> bool:
    """Whether a text has neither control characters (but tab and newlines) nor halves of surrogate pairs."""
    return _BAD.search(text) is None


class _Sheet:
    """One sheet under reading: rows wait until the heading is known."""

    def __init__(self, title: str, name: str | None) -> None:
        self.title, self.name = title, name
        self.waiting: list[RawRow] = []
        self.columns: list[str] | None = None
        self.places: list[int] = []
        self.width = 0
        self.passed_over: set[int] = set()
        self.rows: list[tuple[int, Sequence[Cell]]] = []


class Tables:
    """Takes events in order; `parsed` gives the outcome."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.findings = Findings()
        self.tables: dict[str, Table] = {}
        self._sheet: _Sheet | None = None
        self._fatal = False
        self._clean = Cleaner()

    def take(self, events: Iterable[RawRow | SheetStart | Finding]) -> None:
        for event in events:
            if type(event) is RawRow:
                self._row(event)
            elif type(event) is SheetStart:
                self._close()
                self._sheet = self._begin(event.title)
            elif isinstance(event, Finding):
                self.findings.add(event)
                self._fatal |= event.code.startswith("file_")
        if not self._fatal:
            self._close()

    def parsed(self) -> Parsed:
        """Nothing but findings where the reading was cut short: half a file is not a smaller file."""
        if self._fatal:
            return Parsed(self.kind, {}, tuple(self.findings))
        if FACTORS.name not in self.tables:
            self.findings.add(finding("sheet_missing", zh=FACTORS.zh, en=FACTORS.en))
        return Parsed(self.kind, self.tables, tuple(self.findings))

    def _begin(self, title: str) -> _Sheet | None:
        name = find_sheet(title)
        if name == "":
            return None
        if name is not None and name in self.tables:
            first = self.tables[name].title
            self.findings.add(finding("sheet_twice", Place(title), title, first=first))
            return None
        return _Sheet(title, name)

    def _row(self, row: RawRow) -> None:
        sheet = self._sheet
        if sheet is None:
            return
        if sheet.columns is not None:
            self._keep(sheet, row)
            return
        sheet.waiting.append(row)
        if len(sheet.waiting) == HEADING_ROWS:
            self._open(sheet)

    def _open(self, sheet: _Sheet) -> None:
        """Choose the heading among the first rows, then let the rows after it in."""
        waiting, sheet.waiting = sheet.waiting, []
        heading = max(waiting, key=lambda row: _known(sheet.name or FACTORS.name, row), default=None)
        known = 0 if heading is None else _known(sheet.name or FACTORS.name, heading)
        if sheet.name is None and not self._adopt(sheet, known):
            self._sheet = None
            return
        if heading is None or known == 0:
            place = Place(sheet.title)
            self.findings.add(finding("heading_row_missing", place, sheet.title, count=HEADING_ROWS))
            self._sheet = None
            return
        self._match(sheet, heading)
        for row in waiting:
            if row.number > heading.number:
                self._keep(sheet, row)

    def _adopt(self, sheet: _Sheet, known: int) -> bool:
        """Whether a sheet of an unknown name is the factors: by its headings, when there are no others."""
        place = Place(sheet.title)
        if known >= ENOUGH_TO_BE_FACTORS and FACTORS.name not in self.tables:
            sheet.name = FACTORS.name
            self.findings.add(finding("sheet_read_as", place, sheet.title, zh=FACTORS.zh, en=FACTORS.en))
            return True
        self.findings.add(finding("sheet_unknown", place, sheet.title, near_sheets(sheet.title)))
        return False

    def _match(self, sheet: _Sheet, heading: RawRow) -> None:
        name = sheet.name or FACTORS.name
        sheet.columns, sheet.width = [], len(heading.cells)
        for place, cell in enumerate(heading.cells):
            text = _heading(cell)
            if text is None:
                continue
            where = Place(sheet.title, address(place, heading.number), heading.number)
            column = find_column(name, text)
            if column is None:
                sheet.passed_over.add(place)
                if not is_ignored(name, text):
                    self.findings.add(finding("heading_unknown", where, text, near_columns(name, text)))
            elif column in sheet.columns:
                sheet.passed_over.add(place)
                first = address(sheet.places[sheet.columns.index(column)], heading.number)
                self.findings.add(finding("heading_twice", where, text, first=first))
            else:
                sheet.columns.append(column)
                sheet.places.append(place)
        self._missing(sheet, name, heading.number)

    def _missing(self, sheet: _Sheet, name: str, row: int) -> None:
        for column in BY_NAME[name].columns:
            if column.required and column.name not in (sheet.columns or ()):
                place = Place(sheet.title, None, row, None, column.name)
                self.findings.add(
                    finding("heading_missing", place, None, [label(column)], zh=column.zh, en=column.en)
                )

    def _keep(self, sheet: _Sheet, row: RawRow) -> None:
        cells = row.cells
        extra = [place for place in range(sheet.width, len(cells)) if cells[place] is not None]
        if extra or len(sheet.passed_over) + len(sheet.places) < sheet.width:
            self._unheaded(sheet, row, extra)
        length, clean = len(cells), self._clean
        kept: list[Cell] = []
        for place in sheet.places:
            cell = cells[place] if place < length else None
            kept.append(clean(cell) if type(cell) is str else cell)
        if any(cell is not None for cell in kept):
            sheet.rows.append((row.number, tuple(kept)))

    def _unheaded(self, sheet: _Sheet, row: RawRow, extra: list[int]) -> None:
        """Cells without a heading above them: in CSV a shifted row, in a workbook a column told once."""
        if extra and self.kind == "csv":
            start = Place(sheet.title, address(extra[0], row.number), row.number)
            count = len(row.cells)
            self.findings.add(finding("row_of_another_length", start, count=count, headings=sheet.width))
            return
        for number, cell in enumerate(row.cells):
            if cell is None or number in sheet.passed_over or number in sheet.places:
                continue
            sheet.passed_over.add(number)
            where = Place(sheet.title, address(number, row.number), row.number)
            self.findings.add(finding("column_without_heading", where, _heading(cell)))

    def _close(self) -> None:
        sheet = self._sheet
        if sheet is not None and sheet.columns is None:
            self._open(sheet)
        if self._sheet is not None and sheet is not None and sheet.columns is not None:
            name = sheet.name or FACTORS.name
            if not sheet.rows and name == FACTORS.name:
                self.findings.add(finding("no_rows", Place(sheet.title), sheet.title))
            self.tables[name] = Table(name, sheet.title, sheet.columns, sheet.places, sheet.rows)
        self._sheet = None


def _known(sheet: str, row: RawRow) -> int:
    return count_known(sheet, [_heading(cell) for cell in row.cells])


def _heading(cell: Cell) -> str | None:
    text = cell.text if isinstance(cell, Number) else cell
    return _clean(text) if text else None
