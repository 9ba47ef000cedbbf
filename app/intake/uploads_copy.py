"""Rows into a file in PostgreSQL's binary COPY form, so that the service only passes bytes on. Pure.

The form: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". Columns are text, bytea,
integer, text[] or null.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
TRAILER: Final = struct.pack(">h", -1)
NULL: Final = struct.pack(">i", -1)
TEXT_OID: Final = 25
Value = str | bytes | int | Sequence[str] | None


def write_copy(path: Path, rows: Iterable[Sequence[Value]]) -> int:
    """Write `rows` to `path`; returns how many there were."""
    count = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write(HEADER)
        for row in rows:
            file.write(struct.pack(">h", len(row)) + b"".join(map(_field, row)))
            count += 1
        file.write(TRAILER)
    return count


def _field(value: Value) -> bytes:
    if value is None:
        return NULL
    if isinstance(value, int):
        return struct.pack(">ii", 4, value)
    data = _bytes(value) if isinstance(value, str | bytes) else _array(value)
    return struct.pack(">i", len(data)) + data


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8")


def _array(items: Sequence[str]) -> bytes:
    """A one-dimensional text[] without nulls; no dimension when it is empty."""
    if not items:
        return struct.pack(">iii", 0, 0, TEXT_OID)
    return struct.pack(">iiiii", 1, 0, TEXT_OID, len(items), 1) + b"".join(map(_field, items))
