"""A CSV file -> its rows, as a stream. Encoding and separator are found out; a broken row hides no other."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.intake.columns_match import count_known
from app.intake.findings import Place, finding
from app.intake.reading_types import MOST_COLUMNS, Event, Limits, RawRow, SheetStart

SEPARATORS: Final = (",", ";", "\t", "|")
LONGEST_FIELD: Final = 131_072
TITLE: Final = "factors"
_GUARDED: Final = frozenset("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` for Python; `guessed` where the file does not say it; `lenient`: bad bytes become U+FFFD."""

    name: str
    guessed: bool = False
    lenient: bool = False


def find_encoding(path: Path) -> Encoding:
    """UTF-8 (with or without mark), UTF-16 with its mark, else GB18030.

    A file most of whose non-ASCII lines are UTF-8 is UTF-8 with damage: the other lines are not guessed at.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return Encoding("utf-16")
        stream.seek(0)
        good = bad = foreign = 0
        for line in stream:
            if line.isascii():
                continue
            if _decodes(line, "utf-8"):
                good += 1
            else:
                bad += 1
                foreign += _decodes(line, "gb18030")
    if bad == 0:
        return Encoding("utf-8-sig")
    if good > bad:
        return Encoding("utf-8-sig", lenient=True)
    return Encoding("gb18030", guessed=True, lenient=foreign < bad or good > 0)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def csv_events(path: Path, limits: Limits) -> Iterator[Event]:
    """The rows of a CSV file, numbered as a spreadsheet program numbers them (blank records count)."""
    encoding = find_encoding(path)
    if encoding.guessed:
        yield finding("encoding_guessed", value="GB18030 (GBK)")
    yield SheetStart(TITLE)
    errors = "replace" if encoding.lenient else "strict"
    with path.open(encoding=encoding.name, errors=errors, newline="") as stream:
        separator = _separator(stream.readline(LONGEST_FIELD))
        stream.seek(0)
        reader = csv.reader(stream, delimiter=separator, strict=True)
        yield from _records(reader, limits)


def _separator(first: str) -> str:
    """The separator under which most of the first line's cells are known headings, or which cuts most."""

    def score(separator: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first], delimiter=separator), [])
        except csv.Error:
            cells = []
        return count_known(TITLE, cells[:MOST_COLUMNS]), len(cells)

    return max(SEPARATORS, key=score)


def _records(reader: Iterator[list[str]], limits: Limits) -> Iterator[Event]:
    number, characters = 0, 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeError) as error:
            yield finding("quotes_broken", Place(TITLE, f"A{number}", number), value=str(error))
            if isinstance(error, UnicodeError):
                return
            continue
        if not any(cells):
            continue
        characters += sum(map(len, cells))
        if number > limits.rows or characters > limits.characters:
            yield finding(
                "file_too_large",
                reason_zh="行数或文本过多",
                reason_en="it has too many rows or too much text",
            )
            return
        yield RawRow(number, [_plain(cell) for cell in cells[: MOST_COLUMNS + 1]])


def _plain(cell: str) -> str | None:
    """A cell without the apostrophe that our downloads put before what a spreadsheet would run."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _GUARDED else cell or None
