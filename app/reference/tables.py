"""Reference tables as versioned data: CSV files in, canonical documents and one hash out."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.kit.canonical import canonical_bytes, nfc, sha256_hex
from app.reference.activities import parent_of

SCHEMA: Final = "factorbase.reference-table/1"
MANIFEST_SCHEMA: Final = "factorbase.reference/1"
Row = dict[str, str]

# Table: the columns that identify a row. Rows are ordered by them in the canonical document.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "activities": ("code",),
    "gases": ("code",),
    "gwp_sets": ("id",),
    "gwp_values": ("set", "gas", "origin"),
    "memberships": ("member", "group", "from"),
    "published_units": ("text",),
    "regions": ("code",),
    "unit_annotations": ("code",),
    "unit_conventions": ("id",),
    "unit_spellings": ("text",),
    "units": ("code",),
}


class TableError(ValueError):
    """A reference table is not what it must be; the text says which and where."""


@dataclass(frozen=True)
class ReferenceTables:
    """Table name -> rows; a cell that is not stated is absent from its row."""

    tables: Mapping[str, list[Row]]

    def __getitem__(self, name: str) -> list[Row]:
        return self.tables[name]


def load_tables(folder: Path) -> ReferenceTables:
    """The tables of `seed_data/reference`. Raises TableError for a missing file, ragged or repeated rows."""
    tables = {name: read_rows(folder / f"{name}.csv") for name in KEYS if name != "activities"}
    files = sorted((folder / "activities").glob("*.csv"))
    rows = [row for path in files for row in read_rows(path)]
    known = {row["code"] for row in rows if "code" in row}
    tables["activities"] = [_with_parent(row, known) for row in rows]
    return ReferenceTables({name: _ordered(name, rows) for name, rows in tables.items()})


def _with_parent(row: Row, known: set[str]) -> Row:
    parent = parent_of(row, known)
    return {**row, "parent": parent} if parent else row


def read_rows(path: Path) -> list[Row]:
    """Rows of one CSV file: NFC text, empty cells left out."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            rows: list[dict[Any, Any]] = list(reader)
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise TableError(f"{path.name}: {error}") from error
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise TableError(f"{path.name}, row {number}: wrong number of cells")
    return [{column: nfc(cell) for column, cell in row.items() if cell} for row in rows]


def _ordered(name: str, rows: list[Row]) -> list[Row]:
    keyed = {tuple(row.get(column, "") for column in KEYS[name]): row for row in rows}
    if len(keyed) != len(rows):
        raise TableError(f"{name}: a row is there twice")
    return [keyed[key] for key in sorted(keyed)]


def canonical_documents(tables: ReferenceTables) -> dict[str, bytes]:
    """RFC 8785 bytes of every table: `{"name", "rows", "schema"}`, rows ordered by their key."""
    return {
        name: canonical_bytes({"schema": SCHEMA, "name": name, "rows": _ordered(name, rows)})
        for name, rows in sorted(tables.tables.items())
    }


def manifest(documents: Mapping[str, bytes]) -> dict[str, Any]:
    """`{"schema", "tables": {name: sha256}}` of canonical documents."""
    return {"schema": MANIFEST_SCHEMA, "tables": {name: sha256_hex(body) for name, body in documents.items()}}


def manifest_bytes(documents: Mapping[str, bytes]) -> bytes:
    return canonical_bytes(manifest(documents))


def reference_hash(tables: ReferenceTables) -> str:
    """SHA-256 of the canonical manifest, in hexadecimal: the `reference` of a basis."""
    return sha256_hex(manifest_bytes(canonical_documents(tables)))


def tables_of(documents: Mapping[str, bytes]) -> ReferenceTables:
    """The inverse of `canonical_documents`. Raises TableError for another schema or name."""
    tables = {}
    for name, body in documents.items():
        document = json.loads(body)
        if document.get("schema") != SCHEMA or document.get("name") != name or name not in KEYS:
            raise TableError(f"{name}: not a reference table of {SCHEMA}")
        tables[name] = document["rows"]
    missing = sorted(set(KEYS) - set(tables))
    if missing:
        raise TableError(f"missing reference tables: {', '.join(missing)}")
    return ReferenceTables(tables)
