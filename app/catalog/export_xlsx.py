"""XLSX for people: sheets factors, amounts, sources and about. Cells are text, years and versions numbers.

Text keeps the digits of the source and is never read as a formula. The file is put together in an unnamed
temporary file, so nothing stays behind even when the process is killed. The same release gives the same
bytes: every date inside is that of its publication.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import IO, Any, Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from app.catalog.export_rows import (
    AMOUNT_COLUMNS,
    CONTENT_HASH,
    FACTOR_COLUMNS,
    OTHER,
    SOURCE_COLUMNS,
    Column,
    compact_json,
    flattened,
    holding,
    rest_of,
)
from app.catalog.export_sheet import MAX_ROWS, Cell, Sheet
from app.catalog.export_xlsx_parts import SHEETS, core_properties, fixed_parts
from app.kit.canonical import sha256_hex

__all__ = ["MAX_ROWS", "XlsxWriter"]
PIECE: Final = 256 * 1024
_EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC)  # the first moment that a ZIP archive can name
_WIDTH: Final = {"text": 24, "lines": 24, "decimal": 16, "integer": 9, "json": 24}
_REF: Final = FACTOR_COLUMNS[:2]
_TABLES: Final = {"amounts": AMOUNT_COLUMNS, "sources": SOURCE_COLUMNS}
_HELD: Final = {name: holding(columns) for name, columns in _TABLES.items()}
_FACTOR_HELD: Final = holding(FACTOR_COLUMNS)
_NOTES: Final = (
    ("数值均为文本单元格，保留来源的原有位数。", "Numbers are text cells with the digits of the source."),
    (
        "一个因子一行；分气体数值和来源另有工作表。同一气体有多条时，因子表只写 several。",
        "One row a factor; amounts and sources have sheets of their own. Where one gas has several amounts, "
        "the sheet of factors says only `several`.",
    ),
    (
        "生物源二氧化碳为备忘项，不计入 CO2 列。",
        "Biogenic CO2 is a memo item and is not in the CO2 columns.",
    ),
)


class XlsxWriter:
    """The sheet of factors goes straight into the archive; the others wait, compressed, until it is whole."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = metadata
        self._at = _moment(metadata.get("published_at"))
        self._open = ExitStack()
        self._file = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        self._archive = self._open.enter_context(ZipFile(self._file, "w", ZIP_DEFLATED, compresslevel=6))
        self._entry = self._open.enter_context(self._archive.open(self._info(SHEETS[0]), "w"))
        self._factors = _sheet(self._entry, "factors", (*FACTOR_COLUMNS, OTHER, CONTENT_HASH))
        self._spools = {name: _Spool(self._open, name, columns) for name, columns in _TABLES.items()}

    def add(self, documents: Sequence[bytes]) -> bytes:
        parsed = [orjson.loads(data) for data in documents]
        self._factors.add([_factor(*pair) for pair in zip(parsed, documents, strict=True)])
        for name, spool in self._spools.items():
            spool.sheet.add([row for document in parsed for row in _items(name, document)])
        return b""

    def finish(self) -> Iterator[bytes]:
        self._factors.end()
        self._entry.close()
        for name, spool in self._spools.items():
            with self._archive.open(self._info(name), "w") as part:
                spool.copy_to(part)
        with self._archive.open(self._info("about"), "w") as part:
            _write_about(part, self._metadata)
        for name, text in {**fixed_parts(), **core_properties(_title(self._metadata), self._at)}.items():
            self._archive.writestr(self._info(name), text)
        self._archive.close()
        self._file.seek(0)
        yield from iter(lambda: self._file.read(PIECE), b"")

    def close(self) -> None:
        self._open.close()

    def _info(self, name: str) -> ZipInfo:
        """The entry of a worksheet, or of a part by its path."""
        path = f"xl/worksheets/sheet{SHEETS.index(name) + 1}.xml" if name in SHEETS else name
        info = ZipInfo(path, self._at.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED
        info.create_system = 3
        info.external_attr = 0o644 << 16
        return info


class _Spool:
    """A worksheet that grows beside the first one, compressed in an unnamed temporary file."""

    def __init__(self, holder: ExitStack, name: str, columns: Sequence[Column]) -> None:
        self._file = holder.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        self._packed = holder.enter_context(gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=1))
        self.sheet = _sheet(self._packed, name, (*_REF, *columns, OTHER))

    def copy_to(self, part: IO[bytes]) -> None:
        self.sheet.end()
        self._packed.close()
        self._file.seek(0)
        with gzip.GzipFile(fileobj=self._file, mode="rb") as unpacked:
            shutil.copyfileobj(unpacked, part, PIECE)


def _sheet(sink: Any, name: str, columns: Sequence[Column]) -> Sheet:
    headings = [f"{column.zh} {column.name}" for column in columns]
    return Sheet(sink, name, headings, [_WIDTH[column.kind] for column in columns])


def _factor(document: Mapping[str, Any], data: bytes) -> list[Cell]:
    cells: list[Cell] = [column.read(document) for column in FACTOR_COLUMNS]
    rest = rest_of(_FACTOR_HELD, {name: document[name] for name in document if name not in _TABLES})
    return [*cells, compact_json(rest), sha256_hex(data)]


def _items(name: str, document: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """The rows of the amounts or the sources of one factor, each after its ref and version."""
    for item in document.get(name) or ():
        cells: list[Cell] = [column.read(document) for column in _REF]
        cells += [column.read(item) for column in _TABLES[name]]
        yield [*cells, compact_json(rest_of(_HELD[name], item))]


def _write_about(part: Any, metadata: Mapping[str, Any]) -> None:
    sheet = Sheet(part, "about", ["项目 item", "内容 value"], [32, 100])
    notes = [("note", text) for pair in _NOTES for text in pair]
    sheet.add([*flattened(metadata), *notes])
    sheet.end()


def _title(metadata: Mapping[str, Any]) -> str:
    return escape(f"{metadata.get('dataset', '')} {metadata.get('release', '')}".strip())


def _moment(published_at: Any) -> datetime:
    """The moment of publication in UTC; the epoch of ZIP where it is unknown."""
    if not published_at:
        return _EPOCH
    at = published_at if isinstance(published_at, datetime) else datetime.fromisoformat(str(published_at))
    return max(at.astimezone(UTC), _EPOCH)
