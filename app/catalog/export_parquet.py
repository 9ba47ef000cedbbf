"""Parquet: the columns of the tables, amounts and sources nested, and the exact document as the last column.

Numbers are text with the digits of the source, because neither float nor a fixed decimal type keeps them; the
metadata of those columns says so. The metadata of the file holds what the release says of itself. Same
release, same version of the library: same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from app.catalog.export_rows import (
    AMOUNT_COLUMNS,
    CONTENT_HASH,
    FACTOR_COLUMNS,
    LINE,
    SOURCE_COLUMNS,
    Column,
    compact_json,
)
from app.kit.canonical import sha256_hex

ROW_GROUP: Final = 10_000
_DECIMAL: Final = "decimal number as text, with the digits of the source"
_TABLES: Final = {"amounts": AMOUNT_COLUMNS, "sources": SOURCE_COLUMNS}


class ParquetWriter:
    """Row groups of 10,000; of a group only the packed columns are held, and each is handed on when full."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._sink = _Sink()
        self._schema = _schema(metadata)
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"), self._schema, compression="zstd", version="2.6"
        )
        self._group: list[Any] = []

    def add(self, documents: Sequence[bytes]) -> bytes:
        self._group.append(pa.record_batch(_columns(documents), schema=self._schema))
        if sum(batch.num_rows for batch in self._group) >= ROW_GROUP:
            self._flush()
        return self._sink.take()

    def finish(self) -> Iterator[bytes]:
        self._flush()
        self._writer.close()
        yield self._sink.take()

    def close(self) -> None:
        self._group.clear()
        self._writer.close()

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._group, self._schema)
        if table.num_rows:
            self._writer.write_table(table, row_group_size=ROW_GROUP)
        self._group.clear()


class _Sink(io.RawIOBase):
    """Bytes on their way from the Parquet library to the reader."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def _schema(metadata: Mapping[str, Any]) -> Any:
    fields = [
        *map(_field, FACTOR_COLUMNS),
        *(
            pa.field(name, pa.list_(pa.struct(list(map(_field, columns)))))
            for name, columns in _TABLES.items()
        ),
        _field(CONTENT_HASH),
        pa.field(
            "document",
            pa.string(),
            metadata={"description": "the canonical JSON of the version; its SHA-256 is content_hash"},
        ),
    ]
    return pa.schema(fields, metadata=_about(metadata))


def _field(column: Column) -> Any:
    types = {"integer": pa.int64(), "lines": pa.list_(pa.string())}
    about = {"zh": column.zh} | ({"description": _DECIMAL} if column.kind == "decimal" else {})
    return pa.field(column.name, types.get(column.kind, pa.string()), metadata=about)


def _about(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Dataset, release, release_hash and licence as entries of their own, and all of it as JSON."""
    wanted = ("dataset", "release", "release_hash", "published_at", "licence")
    entries = {name: metadata[name] for name in wanted if metadata.get(name)}
    texts = {
        name: value if isinstance(value, str) else compact_json(value) for name, value in entries.items()
    }
    return {**texts, "metadata": compact_json(dict(metadata)) or "{}"}


def _columns(documents: Sequence[bytes]) -> list[Any]:
    parsed = [orjson.loads(data) for data in documents]
    flat = [list(map(_reader(column), parsed)) for column in FACTOR_COLUMNS]
    nested = [
        [[_item(columns, item) for item in document.get(name) or ()] for document in parsed]
        for name, columns in _TABLES.items()
    ]
    hashes = [sha256_hex(data) for data in documents]
    return [*flat, *nested, hashes, [data.decode() for data in documents]]


def _item(columns: Sequence[Column], item: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: _reader(column)(item) for column in columns}


def _reader(column: Column) -> Callable[[Mapping[str, Any]], Any]:
    if column.kind != "lines":
        return column.read
    return lambda document: (column.read(document) or "").split(LINE) if column.read(document) else None
