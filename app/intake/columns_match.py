"""Headings and sheet names as people write them -> our columns and sheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from app.intake.columns import Column, Sheet
from app.intake.columns_details import BY_NAME, DATASET_FIELDS, PASSED_OVER, SHEETS
from app.reference.near import NearNames

_PARTS: Final = re.compile(r"[\n\r/|]+")
_DOWNLOADED: Final = re.compile(r"(\S+) ([a-zA-Z][a-zA-Z0-9_]*)")


def fold_heading(text: str) -> str:
    """A heading without case, width, spaces and punctuation: `Name (ZH)`, `ＮＡＭＥ＿ｚｈ` -> `namezh`."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _spellings(item: Column | Sheet) -> Iterable[str]:
    return (item.name, item.zh, item.en, *item.aliases)


@lru_cache(maxsize=64)
def _columns_of(sheet: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in BY_NAME[sheet].columns:
        for spelling in _spellings(column):
            found.setdefault(fold_heading(spelling), column.name)
    return found


@lru_cache(maxsize=64)
def _near(sheet: str) -> NearNames:
    columns = {column.name: column for column in BY_NAME[sheet].columns}
    return NearNames((folded, label(columns[name])) for folded, name in _columns_of(sheet).items())


@lru_cache(maxsize=1)
def _sheets() -> dict[str, str]:
    found = {fold_heading(name): "" for name in PASSED_OVER}
    for sheet in SHEETS:
        for spelling in _spellings(sheet):
            found[fold_heading(spelling)] = sheet.name
    return found


@lru_cache(maxsize=1)
def _fields() -> dict[str, str]:
    found: dict[str, str] = {}
    for column in DATASET_FIELDS:
        for spelling in _spellings(column):
            found.setdefault(fold_heading(spelling), column.name)
    return found


def label(item: Column | Sheet) -> str:
    """How a column or sheet is named to a reader: in both languages."""
    return f"{item.zh} / {item.en}"


def find_column(sheet: str, heading: str) -> str | None:
    """Our name of a heading of a sheet; None where it is not known, or not for contributors to state."""
    whole = _columns_of(sheet).get(fold_heading(heading))
    if whole is not None:
        return whole
    name = _download_name(heading)
    if name is None:
        return _find(_columns_of(sheet), heading)
    return None if name in BY_NAME[sheet].ignored else _columns_of(sheet).get(fold_heading(name))


def _download_name(heading: str) -> str | None:
    """`source_locator` of `来源位置 source_locator`, as the headings of our downloads are made; else None."""
    match = _DOWNLOADED.fullmatch(heading.strip())
    if match is None or (match[1].isascii() and fold_heading(match[1]) != fold_heading(match[2])):
        return None
    return match[2]


def find_field(heading: str) -> str | None:
    """Our name of a field on the sheet of the dataset."""
    return _find(_fields(), heading)


def find_sheet(title: str) -> str | None:
    """Our name of a sheet; an empty text for one that is passed over; None where it is not known."""
    return _find(_sheets(), title)


def _find(known: dict[str, str], text: str) -> str | None:
    whole = known.get(fold_heading(text))
    if whole is not None:
        return whole
    found = [known.get(fold_heading(part)) for part in _PARTS.split(text)[:4]]
    return next((name for name in found if name is not None), None)


def near_columns(sheet: str, heading: str) -> list[str]:
    """Labels of the columns whose headings look like `heading`, the nearest first."""
    return _near(sheet).find(fold_heading(heading[:60]), 3)


def near_sheets(title: str) -> list[str]:
    names = NearNames((folded, label(BY_NAME[name])) for folded, name in _sheets().items() if name)
    return names.find(fold_heading(title[:60]), 3)


def count_known(sheet: str, cells: Sequence[str | None]) -> int:
    """How many cells of a row are headings of `sheet`: tells which row is the heading."""
    return sum(cell is not None and find_column(sheet, cell) is not None for cell in cells)


def is_ignored(sheet: str, heading: str) -> bool:
    """A column that our own downloads have and contributors do not state."""
    name = _download_name(heading) or heading
    return name in BY_NAME[sheet].ignored or fold_heading(name) in _ignored(sheet)


@lru_cache(maxsize=64)
def _ignored(sheet: str) -> frozenset[str]:
    return frozenset(fold_heading(name) for name in BY_NAME[sheet].ignored)
