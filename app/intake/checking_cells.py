"""One cell at a time: is it filled, is it a date, a year, one of a list; is it in the reference data. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from app.intake.checking_numbers import read_number_text
from app.intake.columns import Column
from app.intake.columns_labels import find_value
from app.intake.columns_match import label
from app.intake.findings import MOST_OF_A_CODE, Findings, Place, finding
from app.intake.findings_codes import CODES
from app.intake.reading_types import Cell, Number, Table, address
from app.kit.canonical import NotCanonical, expand_decimal
from app.kit.errors import Problem
from app.reference.activities import Activity
from app.reference.index import ReferenceIndex
from app.reference.regions import Region, fold
from app.reference.units import Unit

_YEAR: Final = re.compile(r"([12]\d{3})(?:\.0)?\s*年?")
_DATE: Final = re.compile(r"([12]\d{3})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")
_ERRORS: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!"})
MOST_NEAR: Final = 1_000
_MARKERS: Final = {
    "\x00formula": "formula_without_value",
    "\x00unstorable": "text_not_storable",
    "\x00undecodable": "text_not_decodable",
}


class Amount(NamedTuple):
    """A number of a file: its decimal, its spelling there, and whether its digits come from a binary cell."""

    value: str
    published: str
    from_binary: bool


class UnitRead(NamedTuple):
    """A unit read with its basis and gas; `code` of the finding and near units where it could not be."""

    unit: Unit | None
    fault: str | None = None
    near: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return "" if self.unit is None else self.unit.code


@dataclass
class Lookups:
    """The reference data, with answers kept: columns repeat the same few hundred texts."""

    index: ReferenceIndex
    region: Callable[[str], tuple[str | None, str | None, tuple[str, ...]]] = field(init=False)
    activity: Callable[[str], tuple[str | None, str | None, tuple[str, ...]]] = field(init=False)
    gas: Callable[[str], tuple[str | None, str | None, tuple[str, ...]]] = field(init=False)
    gwp_set: Callable[[str], tuple[str | None, str | None, tuple[str, ...]]] = field(init=False)
    unit: Callable[[str, str | None, str | None], UnitRead] = field(init=False)

    def __post_init__(self) -> None:
        index = self.index
        keep = lru_cache(maxsize=16384)
        self.region = keep(_Patient(index.find_region, self._region_name, lambda: _region_spellings(index)))
        self.activity = keep(
            _Patient(index.find_activity, self._activity_name, lambda: _activity_spellings(index))
        )
        self.gwp_set = keep(lambda text: _look(lambda: index.gwp.gwp_set(text).id))
        self.gas = keep(self._gas)
        self.unit = keep(self._unit)

    def _region_name(self, code: str) -> tuple[str, ...]:
        region = self.index.regions.by_code.get(code)
        return () if region is None else (region.name_zh, region.name_en, *region.aliases)

    def _activity_name(self, code: str) -> tuple[str, ...]:
        activity = self.index.activities.by_code.get(code)
        return () if activity is None else activity.names

    def _gas(self, text: str) -> tuple[str | None, str | None, tuple[str, ...]]:
        if text.strip().casefold().replace("-", "") in {"co2e", "co2eq", "二氧化碳当量"}:
            return "CO2e", None, ()
        code, fault, _ = _look(lambda: self.index.gwp.find_gas(text).code)
        near = difflib.get_close_matches(text.upper()[:40], self.index.gwp.gases, 5, 0.4) if fault else ()
        return code, fault, tuple(near)

    def _unit(self, text: str, basis: str | None, gas: str | None) -> UnitRead:
        try:
            return UnitRead(self.index.parse_unit(self.index.from_published(text, basis, gas)))
        except Problem as refused:
            return UnitRead(None, refused.code, tuple(map(str, refused.valid_values or ())))


class _Patient:
    """Look-ups that offer near names for the first MOST_NEAR unknown texts; later only spellings are looked up.

    A file with 100,000 different unknown texts would otherwise take minutes to answer.
    """

    def __init__(
        self,
        find: Callable[[str], Region | Activity],
        names_of: Callable[[str], tuple[str, ...]],
        spellings: Callable[[], frozenset[str]],
    ) -> None:
        self._find, self._names_of, self._list = find, names_of, spellings
        self._spellings: frozenset[str] | None = None
        self._failures = 0
        self._code = "unknown"

    def __call__(self, text: str) -> tuple[str | None, str | None, tuple[str, ...]]:
        code = _code_of(text, self._names_of)
        if self._failures >= MOST_NEAR:
            self._spellings = self._list() if self._spellings is None else self._spellings
            if fold(code) not in self._spellings:
                return None, self._code, ()
        found = _look(lambda: self._find(code).code)
        if found[1] is not None and found[1].startswith("unknown"):
            self._failures += 1
            self._code = found[1]
        return found


def _region_spellings(index: ReferenceIndex) -> frozenset[str]:
    return frozenset(
        fold(text)
        for r in index.regions.by_code.values()
        for text in (
            r.code,
            r.alpha2,
            r.alpha3,
            r.numeric,
            r.iso3166_2,
            r.gbt2260,
            r.name_zh,
            r.name_en,
            *r.aliases,
        )
    )


def _activity_spellings(index: ReferenceIndex) -> frozenset[str]:
    return frozenset(fold(text) for a in index.activities.by_code.values() for text in a.names)


def _code_of(text: str, names_of: Callable[[str], tuple[str, ...]]) -> str:
    """The code of `CN-BJ 北京市`, as the drop-downs write it; any other text as it is."""
    code, _, name = text.partition(" ")
    return code if name and name in names_of(code) else text


def _look(find: Callable[[], str]) -> tuple[str | None, str | None, tuple[str, ...]]:
    try:
        return find(), None, ()
    except Problem as refused:
        return None, refused.code, tuple(map(str, refused.valid_values or ()))


@dataclass(slots=True)
class Binary:
    """Numeric cells of one column whose format does not fix the places; told once."""

    place: Place
    read: str
    count: int = 0


class Cells:
    """One row: its filled cells by column, and what is found in them. `errors` counts the row's errors."""

    __slots__ = ("binaries", "cells", "columns", "errors", "findings", "key", "places", "row", "title")

    def __init__(
        self,
        table: Table,
        columns: Mapping[str, Column],
        places: Mapping[str, int],
        row: int,
        cells: Mapping[str, Cell],
        findings: Findings,
        binaries: dict[tuple[str, str], Binary],
    ) -> None:
        self.title, self.columns, self.places, self.row = table.title, columns, places, row
        self.cells, self.findings, self.binaries = cells, findings, binaries
        self.key: str | None = None
        self.errors = 0

    # --- places and findings ---

    def place(self, name: str | None = None) -> Place:
        where = self.places.get(name) if name is not None else None
        if where is None:
            where = self.places.get("key", min(self.places.values(), default=-1))
        cell = address(where, self.row)
        return Place(self.title, cell, self.row, self.key, name)

    def tell(
        self,
        code: str,
        name: str | None = None,
        value: object = None,
        expected: Iterable[str] = (),
        **words: object,
    ) -> None:
        """Record a finding at a cell of this row; when there are very many of a code it is only counted."""
        if CODES[code].severity == "error":
            self.errors += 1
        if self.findings.counts[code] >= MOST_OF_A_CODE:
            self.findings.count(code)
        else:
            self.findings.add(finding(code, self.place(name), value, expected, **words))

    # --- reading ---

    def text(self, name: str) -> str | None:
        """The text of a cell, checked for length and for what cannot be stored."""
        cell = self.cells.get(name)
        if cell is None:
            return None
        if type(cell) is Number:
            return cell.text
        text = str(cell)
        if text[0] in "\x00#":
            if text in _MARKERS:
                self.tell(_MARKERS[text], name)
                return None
            if text in _ERRORS:
                self.tell("cell_is_error", name, text)
                return None
        longest = self.columns[name].longest if name in self.columns else 4000
        if len(text) > longest:
            self.tell("text_too_long", name, text, limit=longest)
            return None
        return text

    def required(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self.cells and name in self.places:
                self.missing(name)

    def missing(self, name: str) -> None:
        column = self.columns[name]
        self.tell("required_missing", name, None, [label(column)], zh=column.zh, en=column.en)

    def listed(self, name: str) -> str | None:
        """The value of a closed list."""
        text = self.text(name)
        if text is None:
            return None
        column = self.columns[name]
        value = find_value(column.closed, text)
        if value is None:
            self.tell("not_in_list", name, text, column.closed, zh=column.zh, en=column.en)
        return value

    def found(
        self, name: str, look: Callable[[str], tuple[str | None, str | None, tuple[str, ...]]]
    ) -> str | None:
        """The code that reference data give to the text of a cell."""
        text = self.text(name)
        if text is None:
            return None
        code, fault, near = look(text)
        if fault is not None:
            self.tell(fault, name, text, near)
        return code

    def year(self, name: str, today: date) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        match = _YEAR.fullmatch(text)
        if match is None:
            self.tell("not_a_year", name, text)
            return None
        year = int(match[1])
        if year > today.year and name == "year":
            self.tell("year_in_future", name, year)
        return year

    def day(self, name: str) -> str | None:
        """A day, month or year as ISO text."""
        text = self.text(name)
        if text is None:
            return None
        found = iso_day(text.partition("T")[0])
        if found is None:
            self.tell("not_a_date", name, text)
        return found

    def amount(self, name: str, unit: str | None = None) -> Amount | None:
        """The number of a cell. `unit` is the text of the unit column, which the cell may repeat."""
        cell = self.cells.get(name)
        if type(cell) is Number:
            return self._numeric(name, cell)
        text = self.text(name)
        if text is None:
            return None
        read = read_number_text(text)
        if read.code == "number_with_unit":
            return self._with_unit(name, text, read.value, read.unit, unit)
        if read.code is not None:
            self.tell(read.code, name, text, () if read.value is None else (read.value,), read=read.value)
        return None if read.value is None else Amount(read.value, text, False)

    def _with_unit(
        self, name: str, text: str, value: str | None, glued: str, unit: str | None
    ) -> Amount | None:
        if value is not None and unit is not None and _squeezed(glued) == _squeezed(unit):
            self.tell("number_unit_repeated", name, text, (value,), read=value)
            return Amount(value, text, False)
        self.tell("number_with_unit", name, text, () if value is None else (value,))
        return None

    def _numeric(self, name: str, cell: Number) -> Amount | None:
        if cell.remark == "date":
            self.tell("number_is_date", name, cell.text)
            return None
        if cell.remark == "percent":
            self.tell("number_percent_format", name, cell.text, (cell.shown,), read=cell.shown)
            return None
        try:
            value = expand_decimal(cell.text)
        except NotCanonical:
            self.tell("number_out_of_range", name, cell.text)
            return None
        if cell.remark:
            code = "number_calculated" if cell.remark == "calculated" else "number_hides_digits"
            self.tell(code, name, cell.text, (cell.shown,), read=cell.shown)
        elif not cell.fixed:
            self._binary(name, value)
        return Amount(value, cell.text, not cell.fixed)

    def _binary(self, name: str, value: str) -> None:
        known = self.binaries.get((self.title, name))
        if known is None:
            known = self.binaries[self.title, name] = Binary(self.place(name), value)
        known.count += 1


def iso_day(text: str) -> str | None:
    """`2024-05-01`, `2024/5/1`, `2024年5月`, `2024` -> ISO text of the same precision; None for other texts."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = match[1], match[2], match[3]
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
