"""The XML of one worksheet, row by row (ECMA-376 part 1, 18.3). Pure text into a binary file.

Written by hand because only text and whole numbers are ever written: openpyxl's write-only mode took 27 s
for 100,000 rows of 45 cells where this takes under 3 s, keeps temporary files by name, and stamps the time of
writing into the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import IO, Final
from xml.sax.saxutils import escape

from app.kit.errors import Unprocessable

MAX_ROWS: Final = 1_048_575
"""Rows of a worksheet below its header."""
MAX_TEXT: Final = 32_767
MAX_XML: Final = 2**31 - 2**24
"""A longer part needs ZIP64, which Excel takes for a damaged file."""
CUT: Final = "… [cut: longer than a worksheet cell; whole in the other formats]"

HEADING, TEXT = 1, 2  # places in the style table of export_xlsx
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# What XML cannot hold, and what Excel would read as an escape itself (ECMA-376 part 1, 22.9.2.19).
_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_PLAIN: Final = re.compile("[^&<>\x00-\x1f_\ufffe\uffff]*")

Cell = str | int | None


class Sheet:
    """A worksheet under construction in `sink`: heading row, rows, end."""

    def __init__(self, sink: IO[bytes], name: str, headings: Sequence[str], widths: Sequence[int]) -> None:
        self.name = name
        self._sink = sink
        self._letters = [letters(place) for place in range(len(headings))]
        self._rows = 0
        self._bytes = 0
        columns = "".join(
            f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in enumerate(widths, 1)
        )
        self._write(
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
        )
        self._write(self._row(headings, HEADING))

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Rows of text, whole numbers and nothing. Raises Unprocessable `export_too_large`."""
        text = "".join([self._row(row, TEXT) for row in rows])
        if self._rows > MAX_ROWS + 1 or self._bytes + len(text) * 3 > MAX_XML:
            raise too_large(self.name)
        self._write(text)

    def end(self) -> None:
        """Close the worksheet; text that looks like a number is meant to be text, so no green corners."""
        area = f"A1:{self._letters[-1]}{max(self._rows, 1)}"
        self._write(
            f'</sheetData><ignoredErrors><ignoredError sqref="{area}" numberStoredAsText="1"/>'
            "</ignoredErrors></worksheet>"
        )

    def _row(self, cells: Sequence[Cell], style: int) -> str:
        self._rows += 1
        number = str(self._rows)
        shown = [
            _cell(letter + number, value, style)
            for letter, value in zip(self._letters, cells, strict=True)
            if value is not None and value != ""
        ]
        return f'<row r="{number}">{"".join(shown)}</row>'

    def _write(self, text: str) -> None:
        data = text.encode()
        self._bytes += len(data)
        self._sink.write(data)


def too_large(name: str) -> Unprocessable:
    return Unprocessable(
        "export_too_large",
        f"The release does not fit into worksheet {name!r} ({MAX_ROWS} rows). Take another format.",
        f"该版次超出工作表 {name!r} 的容量（{MAX_ROWS} 行）。请选择其他格式。",
        parameter="format",
        valid_values=["csv", "parquet", "ndjson"],
    )


def letters(place: int) -> str:
    """The name of a column: 0 -> A, 25 -> Z, 26 -> AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _cell(where: str, value: str | int, style: int) -> str:
    if isinstance(value, int):
        return f'<c r="{where}"><v>{value}</v></c>'
    space = ' xml:space="preserve"' if value[0].isspace() or value[-1].isspace() else ""
    return f'<c r="{where}" s="{style}" t="inlineStr"><is><t{space}>{_text(value)}</t></is></c>'


def _text(value: str) -> str:
    if len(value) * 2 > MAX_TEXT:
        value = _cut(value)
    if _PLAIN.fullmatch(value):
        return value
    return escape(_UNSAFE.sub(lambda match: f"_x{ord(match[0]):04X}_", value))


def _cut(value: str) -> str:
    """At most 32,767 UTF-16 units, as Excel counts; a cut is said in the cell itself."""
    units = value.encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT:
        return value
    return units[: 2 * (MAX_TEXT - len(CUT))].decode("utf-16-le", errors="ignore") + CUT
