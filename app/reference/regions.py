"""Regions: codes, spellings and dated membership. Bare two letters are a country, never a province."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from app.kit.errors import Invalid
from app.reference.near import NearNames

LONGEST: Final = 100
_SMALLEST_FIRST: Final = ("grid_subregion", "province", "grid", "country", "world_region", "world")
_PLACES_OF_RANK_TWO: Final = "ISO 3166-2 (pycountry)"
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Region:
    """One row of regions.csv. `parent` is where it belongs for display; membership is dated and elsewhere."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    parent: str
    alpha2: str
    alpha3: str
    numeric: str
    iso3166_2: str
    gbt2260: str
    aliases: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Membership:
    """`member` belongs to `group` from `since` until before `until` (None: open).

    `stands_in`: whether a value of the group may stand in for the member when a fallback is asked for.
    """

    member: str
    group: str
    since: date | None
    until: date | None
    kind: str
    stands_in: bool
    note: str

    def holds(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


class RegionTable:
    """Look-ups in the regions of one edition of the reference tables."""

    def __init__(self, regions: Iterable[dict[str, str]], memberships: Iterable[dict[str, str]]) -> None:
        """Rows of regions.csv and memberships.csv. Raises ValueError where a member is no region."""
        self.by_code = {row["code"]: _region(row) for row in regions}
        self._groups: dict[str, list[Membership]] = defaultdict(list)
        self._members: dict[str, list[Membership]] = defaultdict(list)
        for membership in map(_membership, memberships):
            for code in (membership.member, membership.group):
                if code not in self.by_code:
                    raise ValueError(f"membership of an unknown region: {code}")
            self._groups[membership.member].append(membership)
            self._members[membership.group].append(membership)
        self._codes = self._code_spellings()
        self._names = self._name_spellings()
        self._folded = {region.code: _folded_names(region) for region in self.by_code.values()}
        self._near = NearNames(
            (name, code)
            for name, ranked in self._names.items()
            for rank, code in ranked
            if rank == 1 or code.startswith("US-")
        )
        self._search = lru_cache(maxsize=16384)(self._find)
        self.ancestors = lru_cache(maxsize=16384)(self._ancestors)

    def _code_spellings(self) -> dict[str, str]:
        codes = {code: code for code in self.by_code}
        for region in self.by_code.values():
            for spelling in (region.alpha2, region.alpha3, region.numeric, region.iso3166_2, region.gbt2260):
                if spelling:
                    codes.setdefault(spelling, region.code)
            for alias in region.aliases:
                if _looks_like_code(alias):
                    codes.setdefault(alias.upper(), region.code)
        return codes

    def _name_spellings(self) -> dict[str, set[tuple[int, str]]]:
        names: dict[str, set[tuple[int, str]]] = defaultdict(set)
        for region in self.by_code.values():
            rank = 2 if region.source == _PLACES_OF_RANK_TWO else 1
            for spelling in (region.name_zh, region.name_en, *region.aliases):
                key = fold(spelling)
                if key and not _TWO_LETTERS.fullmatch(key):
                    names[key].add((rank, region.code))
        return names

    def find_region(self, text: str) -> Region:
        """The region of a code or name: 北京, 北京市, Beijing, CN-BJ, 110000, any case, full width, spaces.

        Bare two letters are an ISO 3166-1 code (SD is Sudan). A name of a country, a Chinese province or a
        group comes before the same name of a subdivision elsewhere. Raises Invalid `unknown_region` with near
        regions, or `ambiguous_region` with the codes that the name may mean.
        """
        found = self._search(text)
        if isinstance(found, Region):
            return found
        shown, code = text[:LONGEST], found[0]
        if code == "ambiguous_region":
            raise Invalid(
                code,
                f"{shown!r} is the name of several regions.",
                f"“{shown}”是多个地区的名称。",
                parameter="region",
                valid_values=found[1],
            )
        raise Invalid(
            code,
            f"{shown!r} is not a known region.",
            f"“{shown}”不是已知的地区。",
            parameter="region",
            valid_values=found[1],
        )

    def _find(self, text: str) -> Region | tuple[str, list[str]]:
        tidy = unicodedata.normalize("NFKC", text).strip()
        if not tidy or len(tidy) > LONGEST:
            return "unknown_region", []
        code = self._codes.get(tidy.upper().replace(".", ""))
        if code is not None:
            return self.by_code[code]
        key = fold(tidy)
        ranked = sorted(self._names.get(key, ())) if not _TWO_LETTERS.fullmatch(tidy) else []
        best = [code for rank, code in ranked if rank == ranked[0][0]]
        if len(best) == 1:
            return self.by_code[best[0]]
        return ("ambiguous_region", best) if best else ("unknown_region", self._suggest(tidy, key))

    def _suggest(self, tidy: str, key: str) -> list[str]:
        chinese = [f"CN-{tidy.upper()}"] if f"CN-{tidy.upper()}" in self._codes else []
        return list(dict.fromkeys(chinese + self._near.find(key)))[:5]

    def search(self, query: str) -> list[Region]:
        """Regions whose names hold the words of `query`: exact first, foreign subdivisions last."""
        words, whole = [fold(word) for word in query.split() if fold(word)], fold(query)
        found = []
        for region in self.by_code.values():
            names = self._folded[region.code]
            if words and all(any(word in name for name in names) for word in words):
                foreign = region.source == _PLACES_OF_RANK_TWO
                found.append((whole not in names, foreign, region.code))
        return [self.by_code[code] for _, _, code in sorted(found)]

    def get(self, code: str) -> Region:
        """The region of exactly this code. Raises Invalid `unknown_region`."""
        region = self.by_code.get(code)
        return region if region else self.find_region(code)

    def members(self, group: str, on: date) -> list[Region]:
        """What belongs to `group` on a day, directly, ordered by code."""
        return [
            self.by_code[m.member]
            for m in sorted_by_member(self._members[self.get(group).code])
            if m.holds(on)
        ]

    def groups(self, code: str, on: date) -> list[Membership]:
        """The memberships of a region that hold on a day, ordered by group."""
        return sorted((m for m in self._groups[self.get(code).code] if m.holds(on)), key=lambda m: m.group)

    def memberships_of(self, code: str) -> list[Membership]:
        """All memberships of a region, of all times."""
        return list(self._groups[self.get(code).code])

    def _ancestors(self, code: str, on: date, stands_in: bool = False) -> tuple[Region, ...]:
        """What a region lies in on a day, the smallest first: province, grid, country, world region, world.

        With `stands_in` only along memberships where the group's value may stand in for the member.
        """
        depths, queue = {self.get(code).code: 0}, [self.get(code).code]
        for current in queue:
            for membership in self.groups(current, on):
                if membership.group not in depths and (membership.stands_in or not stands_in):
                    depths[membership.group] = depths[current] + 1
                    queue.append(membership.group)
        found = [self.by_code[c] for c in queue[1:]]
        order = {kind: number for number, kind in enumerate(_SMALLEST_FIRST)}
        return tuple(sorted(found, key=lambda r: (order.get(r.kind, 9), depths[r.code], r.code)))

    def grid_of(self, code: str, on: date) -> Region | None:
        """The Chinese grid region of a province or grid sub-area on a day; None where it lies in none.

        Raises Invalid `ambiguous_grid` for Inner Mongolia as a whole, with its two sub-areas.
        """
        region = self.get(code)
        if region.kind == "grid":
            return region
        grids = self._grids(region.code, on)
        areas = [
            m.code
            for m in self.members(region.code, on)
            if m.kind == "grid_subregion" and self._grids(m.code, on)
        ]
        if not grids and region.kind == "province" and areas:
            raise Invalid(
                "ambiguous_grid",
                f"{region.name_en} lies in two grids: name the part of it.",
                f"{region.name_zh}分属两个区域电网，请指明部分（如蒙西、蒙东）。",
                parameter="region",
                valid_values=areas,
            )
        return self.by_code[grids[0]] if grids else None

    def _grids(self, code: str, on: date) -> list[str]:
        return [m.group for m in self.groups(code, on) if self.by_code[m.group].kind == "grid"]


def _folded_names(region: Region) -> tuple[str, ...]:
    names = (region.code, region.alpha3, region.gbt2260, region.name_zh, region.name_en, *region.aliases)
    return tuple(fold(name) for name in names if name)


def sorted_by_member(memberships: list[Membership]) -> list[Membership]:
    return sorted(memberships, key=lambda m: m.member)


def fold(text: str) -> str:
    """A name without case, accents, spaces and punctuation: `Côte d'Ivoire` and `cote d’ivoire` are one."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    plain = re.sub(r"\bst\.? ", "saint ", plain)
    return "".join(c for c in plain if c.isalnum())


def _looks_like_code(alias: str) -> bool:
    return re.fullmatch(r"[A-Z]{2,3}|[A-Z0-9]+-[A-Z0-9-]+|\d{3,6}", alias) is not None


def _region(row: dict[str, str]) -> Region:
    fields = {name: row.get(name, "") for name in Region.__dataclass_fields__ if name != "aliases"}
    return Region(**fields, aliases=tuple(filter(None, row.get("aliases", "").split("|"))))


def _membership(row: dict[str, str]) -> Membership:
    return Membership(
        member=row["member"],
        group=row["group"],
        since=_day(row.get("from")),
        until=_day(row.get("to")),
        kind=row["kind"],
        stands_in=row["stands_in"] == "yes",
        note=row.get("note", ""),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
