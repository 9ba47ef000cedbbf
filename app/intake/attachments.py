"""Attached documents: what kind of file it is by its bytes, whether that is taken, and who may read it. Pure."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal, get_args

from app.auth.rules import Asker
from app.kit.errors import Unprocessable

Kind = Literal["development_report", "source", "flow_chart", "model", "other"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
AccessClass = Literal["public", "registered", "restricted"]
ACCESS_CLASSES: Final[tuple[AccessClass, ...]] = get_args(AccessClass)

OFFICE: Final = "application/vnd.openxmlformats-officedocument."
TYPES: Final[dict[str, tuple[str, ...]]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    f"{OFFICE}spreadsheetml.sheet": (".xlsx",),
    f"{OFFICE}wordprocessingml.document": (".docx",),
    f"{OFFICE}presentationml.presentation": (".pptx",),
    "application/zip": (".zip",),
    "text/plain": (".txt", ".csv", ".md", ".json", ".ndjson", ".xml"),
}
"""What is taken, with the endings that such a file may have. Nothing that a browser would run."""
MAGIC: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
PARTS: Final = (
    ("xl/workbook.xml", f"{OFFICE}spreadsheetml.sheet"),
    ("word/document.xml", f"{OFFICE}wordprocessingml.document"),
    ("ppt/presentation.xml", f"{OFFICE}presentationml.presentation"),
)
LOOK: Final = 65_536
DIRECTORY: Final = 4_000_000


def media_type(path: Path, name: str) -> str:
    """The type of the file at `path` by its bytes, which the ending of `name` must agree with.

    Raises Unprocessable `attachment_type_refused`, `attachment_type_mismatch`, `attachment_empty`.
    """
    with path.open("rb") as file:
        head = file.read(LOOK)
    if not head:
        raise Unprocessable("attachment_empty", "The file is empty.", "文件是空的。", parameter="file")
    found = _sniff(path, head)
    if found is None:
        raise _refused(name)
    ending = PurePosixPath(name).suffix.casefold()
    if ending not in TYPES[found]:
        raise _mismatch(name, found)
    return found


def _sniff(path: Path, head: bytes) -> str | None:
    for mark, name in MAGIC:
        if head.startswith(mark):
            return name
    if head.startswith(b"PK\x03\x04"):
        return _packed(path)
    return "text/plain" if _is_text(head) else None


def _packed(path: Path) -> str | None:
    """Which kind of archive; None for a damaged one, one with macros, or one with a huge directory."""
    if not _short_directory(path):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        return None
    for part, name in PARTS:
        if part in names:
            return name
    return "application/zip"


def _short_directory(path: Path) -> bool:
    """Whether the list of members is at most DIRECTORY bytes long, told by the archive's last record, so that
    it can be read without filling the memory. Archives of more than 4 GB (ZIP64) are not taken."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - LOOK - 22))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22 or b"PK\x06\x07" in tail[max(0, end - 20) : end]:
        return False
    return int.from_bytes(tail[end + 12 : end + 16], "little") <= DIRECTORY


def _is_text(head: bytes) -> bool:
    """Text without control characters, in UTF-8 or GB 18030, that is not a page for a browser."""
    if any(byte < 9 or 13 < byte < 32 for byte in head):
        return False
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script", b"<svg")):
        return False
    return any(_decodes(head, encoding) for encoding in ("utf-8", "gb18030"))


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether it is text of this encoding; the last character may be cut."""
    for cut in range(4):
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _refused(name: str) -> Unprocessable:
    return Unprocessable(
        "attachment_type_refused",
        f"{name[:100]!r} is not of a kind that is taken as an attachment.",
        f"不接受 {name[:100]!r} 这种类型的附件。",
        parameter="file",
        valid_values=sorted(ending for endings in TYPES.values() for ending in endings),
    )


def _mismatch(name: str, found: str) -> Unprocessable:
    return Unprocessable(
        "attachment_type_mismatch",
        f"The content of {name[:100]!r} is {found}; its name says otherwise.",
        f"{name[:100]!r} 的内容是 {found}，与文件名不符。",
        parameter="file",
        valid_values=list(TYPES[found]),
    )


def may_read(attachment: Any, state: str, insider: bool, asker: Asker | None) -> bool:
    """`insider`: may see drafts of the dataset. Others see nothing of a release that is not published."""
    if insider:
        return True
    if state != "published":
        return False
    return attachment.access_class == "public" or (
        attachment.access_class == "registered" and asker is not None
    )
