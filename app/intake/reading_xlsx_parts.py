"""The parts of a workbook's archive: a look at the archive before anything of it is unpacked, then the small
parts (list of sheets, styles, shared texts). Runs in the child process.

XML is read by expat, which refuses entity bombs; a document type declaration is refused outright.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from xml.parsers import expat

from app.intake.findings import Finding, finding
from app.intake.reading_types import Limits

CHUNK: Final = 1 << 18
SMALLEST_SUSPECT: Final = 8 * 2**20
"""Parts below this size may be compressed as well as they can: they do no harm."""
LONGEST_TEXT: Final = 32_767
LONGEST_TITLE: Final = 100
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Unreadable(Exception):
    """The workbook cannot be read; carries the finding."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.code)
        self.found = found


def damaged(zh: str, en: str) -> Unreadable:
    return Unreadable(finding("file_unreadable", reason_zh=zh, reason_en=en))


def too_large(zh: str, en: str) -> Unreadable:
    return Unreadable(finding("file_too_large", reason_zh=zh, reason_en=en))


def open_archive(path: Path, limits: Limits) -> zipfile.ZipFile:
    """The archive, when its directory promises nothing out of proportion. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged("压缩包不完整", "the archive is incomplete") from error
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise too_large(f"压缩包内有 {len(entries)} 个文件", f"the archive holds {len(entries)} files")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(finding("file_encrypted"))
    total = sum(entry.file_size for entry in entries)
    if total > limits.unpacked_bytes:
        raise too_large(f"解压后有 {total >> 20} MB", f"unpacked it has {total >> 20} MB")
    for entry in entries:
        if entry.file_size > max(SMALLEST_SUSPECT, entry.compress_size * limits.ratio):
            ratio = entry.file_size // max(entry.compress_size, 1)
            raise too_large(f"压缩比异常（{ratio} 倍）", f"it is compressed {ratio} times, as bombs are")
    return archive


def remarks(archive: zipfile.ZipFile) -> Iterator[Finding]:
    """What a workbook brings along that is not read. Raises Unreadable for the binary format."""
    names = archive.namelist()
    if "xl/workbook.bin" in names:
        raise Unreadable(finding("file_format_not_taken", value=".xlsb"))
    if "mimetype" in names and "content.xml" in names:
        raise Unreadable(finding("file_format_not_taken", value=".ods"))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        yield finding("macros_ignored")
    if any(name.startswith("xl/externalLinks/") for name in names):
        yield finding("external_links_ignored")
    if any(name.startswith(("xl/media/", "xl/embeddings/")) for name in names):
        yield finding("images_ignored")


def parse(archive: zipfile.ZipFile, part: str, start: Handler, end: End, text: Text) -> Iterator[None]:
    """Feed a part to the handlers, one step a chunk. Raises Unreadable for what is not well-formed XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                parser.Parse(chunk)
                yield
            parser.Parse(b"", True)
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError, NotImplementedError) as error:
        raise damaged(f"部件 {part} 不完整", f"the part {part} is incomplete") from error
    except expat.ExpatError as error:
        raise damaged(f"部件 {part} 的 XML 有误", f"the XML of {part} is not well formed") from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise damaged(f"部件 {part} 不完整", f"the part {part} is incomplete") from error
        raise


Handler = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def _refuse_doctype(*_: object) -> None:
    raise damaged("XML 含有文档类型声明", "its XML declares a document type")


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name.rpartition(":")[2]


def _nothing(_: str) -> None:
    return None


def elements(archive: zipfile.ZipFile, part: str) -> list[tuple[str, dict[str, str]]]:
    """Name and attributes of every element of a small part, in order."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append((local(name), attributes))

    for _ in parse(archive, part, start, _nothing, _nothing):
        if len(found) > 2_000_000:
            raise too_large(f"部件 {part} 过大", f"the part {part} is too large")
    return found


def sheets(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """(title, part) of every worksheet, in the order of the tabs."""
    names = set(archive.namelist())
    book = _target(archive, "_rels/.rels", "", "/officeDocument") or "xl/workbook.xml"
    if book not in names:
        raise damaged("其中没有工作簿", "there is no workbook in it")
    folder, name = posixpath.split(book)
    parts = _relations(archive, f"{folder}/_rels/{name}.rels", folder)
    found = []
    for element, attributes in elements(archive, book):
        if element == "sheet":
            target = parts.get(_relation_id(attributes), ("", ""))
            if target[1] in names and target[0].endswith("/worksheet"):
                found.append((attributes.get("name", "")[:LONGEST_TITLE], target[1]))
    return found


def uses_1904(archive: zipfile.ZipFile) -> bool:
    """Whether dates count from 1904."""
    book = _target(archive, "_rels/.rels", "", "/officeDocument") or "xl/workbook.xml"
    found = (a for name, a in elements(archive, book) if name == "workbookPr")
    return any(attributes.get("date1904", "0") in {"1", "true"} for attributes in found)


def _relation_id(attributes: dict[str, str]) -> str:
    return next((value for name, value in attributes.items() if local(name) == "id" and ":" in name), "")


def _relations(archive: zipfile.ZipFile, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """id -> (type, target part) of a part's relations."""
    if part not in set(archive.namelist()):
        return {}
    found = {}
    for name, attributes in elements(archive, part):
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[attributes.get("Id", "")] = (attributes.get("Type", ""), whole.lstrip("/"))
    return found


def _target(archive: zipfile.ZipFile, part: str, folder: str, kind: str) -> str | None:
    targets = _relations(archive, part, folder).values()
    return next((target for type_, target in targets if type_.endswith(kind)), None)


def part_of_kind(archive: zipfile.ZipFile, kind: str, usual: str) -> str | None:
    """The workbook's part of a kind (`/styles`, `/sharedStrings`), or the one of the usual name."""
    book = _target(archive, "_rels/.rels", "", "/officeDocument") or "xl/workbook.xml"
    folder, name = posixpath.split(book)
    found = _target(archive, f"{folder}/_rels/{name}.rels", folder, kind) or usual
    return found if found in set(archive.namelist()) else None


def shared_texts(archive: zipfile.ZipFile, limits: Limits) -> list[str]:
    """The texts that cells refer to by number: runs joined, phonetic guides left out."""
    part = part_of_kind(archive, "/sharedStrings", "xl/sharedStrings.xml")
    shared = _Shared()
    if part is not None:
        for _ in parse(archive, part, shared.start, shared.end, shared.data):
            if shared.size > limits.characters:
                raise too_large("文本过多", "it holds too much text")
    return shared.texts


class _Shared:
    """The handlers of the part of shared texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.size = 0
        self._pieces: list[str] = []
        self._on = self._phonetic = False

    def start(self, name: str, _: dict[str, str]) -> None:
        element = local(name)
        if element == "t":
            self._on = not self._phonetic
        elif element == "rPh":
            self._phonetic = True
        elif element == "si":
            self._pieces.clear()

    def end(self, name: str) -> None:
        element = local(name)
        if element == "t":
            self._on = False
        elif element == "rPh":
            self._phonetic = False
        elif element == "si":
            text = unescape("".join(self._pieces))
            self.size += len(text)
            self.texts.append(text)

    def data(self, text: str) -> None:
        if self._on:
            self._pieces.append(text)


def unescape(text: str) -> str:
    """`_x000D_` and its kin (ECMA-376 part 1, 22.9.2.19), except half surrogate pairs, which stay as they are."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)
