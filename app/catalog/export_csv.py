"""CSV (RFC 4180): UTF-8 with a byte order mark, CRLF, one header row of column names, one row a factor.

The mark is there because Excel on a Chinese system reads a file without it as GBK. A text that a spreadsheet
would take for a formula gets a leading apostrophe; numbers are untouched.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from app.catalog.export_rows import (
    AMOUNTS,
    CONTENT_HASH,
    FACTOR_COLUMNS,
    OTHER,
    SOURCES,
    Column,
    compact_json,
    holding,
    rest_of,
)
from app.kit.canonical import sha256_hex

_MARK: Final = b"\xef\xbb\xbf"
_DOCUMENT: Final[tuple[Column, ...]] = (*FACTOR_COLUMNS, AMOUNTS, SOURCES)
_HELD: Final = holding(_DOCUMENT)
COLUMNS: Final[tuple[Column, ...]] = (*_DOCUMENT, OTHER, CONTENT_HASH)
# Full-width signs too: Excel takes them for the plain ones in East Asian versions.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class CsvWriter:
    """Rows as they come; nothing is held between batches."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        del metadata  # CSV has no place for it; every row names its dataset, release and licence
        self._head = _MARK + _text([[column.name for column in COLUMNS]])

    def add(self, documents: Sequence[bytes]) -> bytes:
        head, self._head = self._head, b""
        return head + _text([_row(document) for document in documents])

    def finish(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        pass


def guarded(text: str) -> str:
    """`text` so that no spreadsheet runs it; a plain number such as -0.5 is left alone."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _row(data: bytes) -> list[str]:
    document = orjson.loads(data)
    row = [_cell(column, column.read(document)) for column in _DOCUMENT]
    return [*row, compact_json(rest_of(_HELD, document)), sha256_hex(data)]


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind == "json":
        return compact_json(value)
    return guarded(value) if column.kind in ("text", "lines") else str(value)


def _text(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
