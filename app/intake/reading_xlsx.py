"""A workbook -> its rows, as a stream; runs in the child process.

Why not a library: the values alone are not enough, since number formats decide the digits, and formulas, errors
and merged cells are findings. python-calamine gives no formats and lays the sheet out as a full rectangle, so
that two cells at A1 and XFD1048576 ask for 512 GiB: it needs a look at every cell before it. Measured on 100,000
rows of 16 cells (processor time): calamine 1.2 s and that look 2.2 s, openpyxl (read-only) 6.2 s and 150 MB, this
3.7 s and 60 MB.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.intake.findings import Finding, Place, finding
from app.intake.reading_types import MOST_COLUMNS, Cell, Event, Limits, RawRow, SheetStart, address
from app.intake.reading_xlsx_numbers import Styles, read_number, styles
from app.intake.reading_xlsx_parts import (
    LONGEST_TEXT,
    damaged,
    open_archive,
    parse,
    remarks,
    shared_texts,
    sheets,
    too_large,
    unescape,
)

UNCALCULATED: Final = "\x00formula"
"""Stands in a cell whose formula has no saved result."""
MOST_MERGED: Final = 200


def read_workbook(path: Path, limits: Limits) -> Iterator[Event]:
    """Findings on the archive, then each sheet with its rows. Raises Unreadable (reading_xlsx_parts)."""
    with open_archive(path, limits) as archive:
        yield from remarks(archive)
        names = sheets(archive)
        if not names:
            raise damaged("其中没有工作表", "there is no worksheet in it")
        texts, looks = shared_texts(archive, limits), styles(archive)
        budget = Budget(limits)
        for title, part in names:
            yield SheetStart(title)
            yield from SheetReader(title, texts, looks, budget).read(archive, part)


class Budget:
    """Rows and characters that are left for the whole workbook."""

    def __init__(self, limits: Limits) -> None:
        self.rows = limits.rows
        self.characters = limits.characters

    def spend(self, cells: list[Cell]) -> None:
        self.rows -= 1
        self.characters -= sum(map(_size, cells))
        if self.rows < 0:
            raise too_large("行数过多", "it has too many rows")
        if self.characters < 0:
            raise too_large("文本过多", "it holds too much text")


def _size(cell: Cell) -> int:
    return 1 if cell is None else len(cell) if type(cell) is str else 20


class _Letters(dict[str, int]):
    """`AB` -> 27; a reference out of form counts as far out."""

    def __missing__(self, letters: str) -> int:
        number = 0
        if not letters.isascii() or not letters.isalpha() or len(letters) > 3:
            return 1 << 20
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
        self[letters] = number - 1
        return number - 1


class _Names(dict[str, str]):
    """An element's name without its prefix."""

    def __missing__(self, name: str) -> str:
        found = self[name] = name.rpartition(":")[2]
        return found


class SheetReader:
    """The handlers of one worksheet's XML. `events` fills up while a chunk is parsed."""

    def __init__(self, title: str, texts: list[str], looks: Styles, budget: Budget) -> None:
        self.title, self.texts, self.looks, self.budget = title, texts, looks, budget
        self.events: list[Event] = []
        self.letters, self.names = _Letters(), _Names()
        self.row, self.column = 0, -1
        self.cells: list[Cell] = []
        self.beyond = False
        self.cell: dict[str, str] = {}
        self.pieces: list[str] = []
        self.collecting = self.formula = self.phonetic = False
        self.formulas, self.first_formula, self.merged = 0, "", 0

    def read(self, archive: zipfile.ZipFile, part: str) -> Iterator[Event]:
        for _ in parse(archive, part, self.start, self.end, self.data):
            yield from self.events
            self.events.clear()
        yield from self.events
        if self.formulas:
            place = Place(self.title, self.first_formula)
            yield finding("formula_value_used", place, count=self.formulas)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = self.names[name]
        if kind == "c":
            self.cell = attributes
            self.pieces.clear()
            self.formula = False
        elif kind == "v" or (kind == "t" and not self.phonetic):
            self.collecting = True
        elif kind == "row":
            self._begin_row(attributes.get("r", ""))
        elif kind == "f":
            self.formula = True
        elif kind == "rPh":
            self.phonetic = True
        elif kind == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        kind = self.names[name]
        if kind == "c":
            self._end_cell()
        elif kind in {"v", "t"}:
            self.collecting = False
        elif kind == "row":
            self._end_row()
        elif kind == "rPh":
            self.phonetic = False

    def data(self, text: str) -> None:
        if self.collecting:
            self.pieces.append(text)

    def _begin_row(self, number: str) -> None:
        self.row = (
            int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else self.row + 1
        )
        self.column = -1
        self.cells = []
        self.beyond = False

    def _end_cell(self) -> None:
        reference = self.cell.get("r")
        self.column = self.letters[reference.rstrip("0123456789")] if reference else self.column + 1
        raw = "".join(self.pieces)
        if self.formula:
            self._count_formula(raw)
            raw = raw or UNCALCULATED
        if not raw:
            return
        if self.column >= MOST_COLUMNS:
            self.beyond = True
            return
        cell = self._value(raw)
        if cell is not None:
            missing = self.column - len(self.cells)
            if missing > 0:
                self.cells.extend([None] * missing)
            if missing >= 0:
                self.cells.append(cell)
            else:
                self.cells[self.column] = cell

    def _count_formula(self, raw: str) -> None:
        if raw:
            self.first_formula = self.first_formula or address(max(self.column, 0), self.row)
            self.formulas += 1

    def _value(self, raw: str) -> Cell:
        kind = self.cell.get("t", "n")
        if raw == UNCALCULATED:
            return raw
        if kind == "s":
            place = int(raw) if raw.isascii() and raw.isdecimal() else -1
            text = self.texts[place] if 0 <= place < len(self.texts) else ""
        elif kind == "n":
            return read_number(raw.strip(), self.looks.of(self.cell.get("s")), self.looks.from_1904)
        elif kind == "b":
            text = "TRUE" if raw.strip() == "1" else "FALSE"
        else:
            text = unescape(raw)
        return text[: LONGEST_TEXT + 1] if not text.isspace() and text else None

    def _end_row(self) -> None:
        if self.beyond:
            place = Place(self.title, address(MOST_COLUMNS, self.row), self.row)
            self.events.append(finding("cells_beyond_headings", place))
        if self.cells:
            self.budget.spend(self.cells)
            self.events.append(RawRow(self.row, self.cells))

    def _merge(self, area: str) -> None:
        self.merged += 1
        if self.merged <= MOST_MERGED:
            self.events.append(_merged(self.title, area))


def _merged(title: str, area: str) -> Finding:
    first = area.partition(":")[0]
    digits = "".join(letter for letter in first if letter in "0123456789")[:7]
    return finding("merged_cells", Place(title, first[:12], int(digits) if digits else None), value=area)
