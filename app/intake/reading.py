"""A contributed file -> tables of cells with their addresses. No database; no reference data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.intake.findings import Finding, finding
from app.intake.reading_child import workbook_events
from app.intake.reading_csv import csv_events
from app.intake.reading_ndjson import read_ndjson
from app.intake.reading_tables import Tables
from app.intake.reading_types import (
    KINDS,
    Cell,
    Event,
    Kind,
    Limits,
    Number,
    Parsed,
    RawRow,
    SheetStart,
    Table,
    address,
)

__all__ = [
    "KINDS",
    "Cell",
    "Event",
    "Kind",
    "Limits",
    "Number",
    "Parsed",
    "RawRow",
    "SheetStart",
    "Table",
    "address",
    "raw_events",
    "read_file",
    "sniff",
]
HEAD: Final = 65_536
"""Bytes of the file that `sniff` wants."""
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS: Final = (
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"PAR1", "Parquet"),
    (b"{\\rtf", "RTF"),
    (b"<?xml", "XML"),
    (b"<html", "HTML"),
    (b"<!DOCTYPE", "HTML"),
)
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


def sniff(file_name: str, head: bytes) -> Kind | Finding:
    """What kind of file this is, by its first bytes (up to HEAD) and its name; a finding for what is not taken."""
    name = file_name.casefold()
    if not head.strip():
        return finding("file_empty")
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLE):
        encrypted = _ENCRYPTED in head or name.endswith((".xlsx", ".xlsm"))
        return finding("file_encrypted") if encrypted else finding("file_format_not_taken", value=".xls")
    other = next((label for magic, label in _OTHERS if head.lstrip()[:16].startswith(magic)), None)
    if other is not None:
        return finding("file_format_not_taken", value=other)
    if name.endswith((".xlsx", ".xlsm", ".xltx")):
        return finding(
            "file_unreadable", reason_zh="不是 xlsx 压缩包", reason_en="it is no archive as .xlsx is"
        )
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in head and not utf16 and name.rpartition(".")[2] not in {"csv", "txt", "ndjson", "jsonl"}:
        return finding("file_format_not_taken", value="binary")
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "ndjson" if name.endswith((".ndjson", ".jsonl", ".json")) or begins == b"{" else "csv"


def read_file(path: Path, kind: Kind, limits: Limits = Limits()) -> Parsed:
    """Read a file. Never raises for what is in it: what cannot be read is a finding (severity error).

    Blocks (call it in a thread): a workbook is parsed in a child process of its own. Memory: about 1 kB a row.
    """
    refused = _refused(path, limits)
    if refused is not None:
        return Parsed(kind, {}, (refused,))
    if kind == "ndjson":
        return read_ndjson(path, limits)
    tables = Tables(kind)
    tables.take(raw_events(path, kind, limits))
    return tables.parsed()


def raw_events(path: Path, kind: Kind, limits: Limits) -> Iterator[Event]:
    """Sheets and rows of a workbook or CSV file as they stand there, before headings are looked at."""
    return workbook_events(path, limits) if kind == "xlsx" else csv_events(path, limits)


def _refused(path: Path, limits: Limits) -> Finding | None:
    size = path.stat().st_size
    if size == 0:
        return finding("file_empty")
    if size > limits.file_bytes:
        reason = f"{size >> 20} MB > {limits.file_bytes >> 20} MB"
        return finding("file_too_large", reason_zh=reason, reason_en=reason)
    return None
