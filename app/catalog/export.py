"""A release as a download: CSV, NDJSON, XLSX or Parquet, at constant memory, the same bytes each time.

The documents come in key order from the database; each batch is turned into bytes in one worker thread of
this download, so that the event loop stays free. NDJSON is the exact bytes of each version, a line each: the
SHA-256 of a line without its LF is the content hash. The tables show text as it is and numbers as text with
the digits of the source.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal, Protocol, TypeVar, get_args

from app.catalog.export_csv import CsvWriter
from app.catalog.export_xlsx import MAX_ROWS, XlsxWriter
from app.kit.errors import Invalid, Unprocessable

Format = Literal["csv", "xlsx", "parquet", "ndjson"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
BATCH: Final = 500
_Result = TypeVar("_Result")

LAYOUT = 1
"""Raised when the columns of a table change: the same release then gives another file."""


class Writer(Protocol):
    """Turns documents into the bytes of a file. Used from one thread at a time."""

    def add(self, documents: Sequence[bytes]) -> bytes:
        """Take some documents; returns what of the file is ready, maybe nothing yet."""

    def finish(self) -> Iterator[bytes]:
        """The rest of the file, in pieces."""

    def close(self) -> None:
        """Give back what is held; also in the middle of a file."""


class NdjsonWriter:
    """The canonical bytes of each document and LF. Canonical JSON holds no line feed itself."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        del metadata  # a line of another kind among the documents would break every reader

    def add(self, documents: Sequence[bytes]) -> bytes:
        return b"".join(document + b"\n" for document in documents)

    def finish(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        pass


def _parquet(metadata: Mapping[str, Any]) -> Writer:
    """Imported at the first use: pyarrow takes some 60 MB that a worker may never need."""
    from app.catalog.export_parquet import ParquetWriter

    return ParquetWriter(metadata)


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Writer]]] = {
    "csv": CsvWriter,
    "xlsx": XlsxWriter,
    "parquet": _parquet,
    "ndjson": NdjsonWriter,
}
_MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "ndjson": "application/x-ndjson",
}


def media_type(format: str) -> str:
    """The media type of a download. Raises Invalid `unknown_format`."""
    return _MEDIA_TYPES[_known(format)]


def filename(format: str, dataset: str, release: str) -> str:
    """`cn-grid-co2-2023.1.csv`: plain ASCII, so it needs no quoting in Content-Disposition."""
    return f"{dataset}-{release}.{_known(format)}"


def check_size(format: str, factors: int) -> None:
    """Refuse what cannot become one file before anything is sent. Raises Unprocessable `export_too_large`."""
    if _known(format) == "xlsx" and factors > MAX_ROWS:
        raise Unprocessable(
            "export_too_large",
            f"The release has {factors} factors; a worksheet holds {MAX_ROWS}. Take another format.",
            f"该版次有 {factors} 个因子，一个工作表最多 {MAX_ROWS} 行。请选择其他格式。",
            parameter="format",
            valid_values=[name for name in FORMATS if name != "xlsx"],
        )


async def stream(
    format: str, documents: AsyncIterator[bytes], metadata: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    """The bytes of the file, in pieces; `documents` is closed at the end, also when the reader goes away.

    `metadata` is what the release says of itself, with `dataset`, `release`, `release_hash`, `published_at`
    (RFC 3339) and `licence`. XLSX gives its first piece when all is written, so a release that does not fit
    is refused before anything is sent: take the first piece before answering (`opened`).
    Raises Invalid `unknown_format`, Unprocessable `export_too_large`.
    """
    make = _WRITERS[_known(format)]
    worker = ThreadPoolExecutor(1, "export")
    writer: Writer | None = None
    try:
        writer = await _run(worker, make, metadata)
        async for batch in _batches(documents):
            if piece := await _run(worker, writer.add, batch):
                yield piece
        rest = writer.finish()
        while piece := await _run(worker, next, rest, b""):
            yield piece
    finally:
        # Behind whatever the thread still works on when this is cancelled: nothing is closed under it.
        if writer is not None:
            worker.submit(writer.close)
        worker.shutdown(wait=False)
        await _close(documents)


async def opened(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, but the first one is there already: a refusal comes before the status line."""
    first = await anext(pieces, b"")

    async def again() -> AsyncIterator[bytes]:
        try:
            yield first
            async for piece in pieces:
                yield piece
        finally:
            await _close(pieces)

    return again()


async def _batches(documents: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    batch: list[bytes] = []
    async for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch  # maybe empty: a file without rows still has its header


async def _run(worker: ThreadPoolExecutor, function: Callable[..., _Result], *arguments: Any) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(worker, function, *arguments)


async def _close(iterator: AsyncIterator[Any]) -> None:
    aclose = getattr(iterator, "aclose", None)
    if aclose is not None:
        await aclose()


def _known(format: str) -> str:
    if format not in _WRITERS:
        raise Invalid(
            "unknown_format",
            f"There is no format {format!r}.",
            f"没有格式 {format!r}。",
            parameter="format",
            valid_values=FORMATS,
        )
    return format
