"""What reading a file takes and gives: limits, cells, tables. Imports nothing heavy: the child uses it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from app.intake.findings import Finding

Kind = Literal["xlsx", "csv", "ndjson"]
KINDS: Final[tuple[Kind, ...]] = ("xlsx", "csv", "ndjson")
MOST_COLUMNS: Final = 256
"""Cells further right are not read; the widest sheet of the template has fewer than 50 columns."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading a file may take. `unpacked_bytes` and `ratio` are for the parts of a workbook's archive,
    `memory_bytes` and `cpu_seconds` bind the child process, `characters` what it may hand back."""

    file_bytes: int = 256 * 2**20
    unpacked_bytes: int = 2 * 2**30
    ratio: int = 200
    entries: int = 2_000
    rows: int = 500_000
    characters: int = 256 * 2**20
    memory_bytes: int = 2**30
    cpu_seconds: int = 120
    seconds: int = 180


class Number(NamedTuple):
    """A numeric cell of a workbook. `fixed`: the number format fixes the decimal places of `text`, else it is
    the shortest decimal of the binary number. `remark` says what a person must know of it: `date`,
    `percent`, `calculated`, `hidden`; then `shown` is what the cell shows."""

    text: str
    fixed: bool
    remark: str = ""
    shown: str = ""


Cell = str | Number | None


class SheetStart(NamedTuple):
    """A sheet of the file begins; its rows follow."""

    title: str


class RawRow(NamedTuple):
    """One row that has content: its number in the file (from 1) and its cells from column A on."""

    number: int
    cells: Sequence[Cell]


Event = SheetStart | RawRow | Finding


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, read: our `name` of it, its `title` in the file, its columns and its rows.

    `columns[i]` is our name of the i-th column that is read, `places[i]` where it stands (0 = column A; -1
    where rows are lines of NDJSON). `rows` are (row number in the file, cells in the order of `columns`).
    """

    name: str
    title: str
    columns: Sequence[str]
    places: Sequence[int]
    rows: Sequence[tuple[int, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file, read: its tables by our name of them, and what was found on the way."""

    kind: Kind
    tables: Mapping[str, Table]
    findings: Sequence[Finding] = field(default_factory=tuple)


def address(place: int, row: int) -> str:
    """A1 style of column `place` (0 = A), or `line 17` where there are no columns (place -1)."""
    if place < 0:
        return f"line {row}"
    letters, rest = "", place + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row}"


def place_of(reference: str) -> tuple[int, int]:
    """(column from 0, row from 1) of `B7`. Raises ValueError for anything else."""
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3 or not 0 < len(digits) <= 7:
        raise ValueError(f"{reference[:20]!r} is no cell")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1, int(digits)
