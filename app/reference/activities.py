"""Activities: the thing or service that a factor is about, with the codes that official lists give it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.kit.errors import Invalid
from app.reference.near import NearNames
from app.reference.regions import fold

_CODE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_GBT4754 = re.compile(r"[A-T]?\d{2,4}|[A-T]")
_CPC = re.compile(r"\d{1,5}")
_CUSTOMS = re.compile(r"\d{2}|\d{4}|\d{6}|\d{8}|\d{10}")
GBT4754, CPC = "GB/T 4754-2017", "CPC 2.1"
HS, CN, TARIC = "HS 2022", "CN 2026", "TARIC 2026"
_CUSTOMS_SYSTEMS = {8: CN, 10: TARIC}


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of activities/*.csv; `classifications` are (system, code)."""

    code: str
    parent: str
    name_zh: str
    name_en: str
    family: str
    sector: str
    aliases_zh: tuple[str, ...]
    aliases_en: tuple[str, ...]
    classifications: tuple[tuple[str, str], ...]
    note: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.code, self.name_zh, self.name_en, *self.aliases_zh, *self.aliases_en)


class ActivityTable:
    """The activities of one edition of the reference tables."""

    def __init__(self, rows: Iterable[dict[str, str]]) -> None:
        """Rows of all activity files. Raises ValueError, which names every fault of every row."""
        rows = list(rows)
        faults = check_activities(rows)
        if faults:
            raise ValueError("; ".join(faults))
        self.by_code = {row["code"]: _activity(row) for row in rows}
        names = [(fold(name), a.code) for a in self.by_code.values() for name in a.names]
        self._near = NearNames(names)
        self._codes: dict[str, list[str]] = {}
        for name, code in sorted(set(names)):
            self._codes.setdefault(name, []).append(code)

    def get(self, code: str) -> Activity:
        """The activity of a code. Raises Invalid `unknown_activity` with near codes."""
        found = self.by_code.get(code.strip().casefold())
        if found is None:
            near = self._near.find(fold(code[:200]))
            raise Invalid(
                "unknown_activity",
                f"{code[:100]!r} is not a known activity.",
                f"“{code[:100]}”不是已知的活动。",
                parameter="activity",
                valid_values=near,
            )
        return found

    def find_activity(self, text: str) -> Activity:
        """By code, or by a name or alias that belongs to one activity only.

        Raises Invalid `unknown_activity` or `ambiguous_activity` with the codes that the name may mean.
        """
        codes = self._codes.get(fold(text[:200]), [])
        if text.strip().casefold() in self.by_code or len(codes) == 0:
            return self.get(text)
        if len(codes) > 1:
            raise Invalid(
                "ambiguous_activity",
                f"{text!r} may mean {', '.join(codes)}.",
                f"“{text}”可能指 {'、'.join(codes)}。",
                parameter="activity",
                valid_values=codes,
            )
        return self.by_code[codes[0]]

    def children(self, code: str) -> list[Activity]:
        return [a for a in self.by_code.values() if a.parent == code]

    def search(self, query: str) -> list[Activity]:
        """Activities one of whose names holds the words of `query`, exact names first, then by code."""
        words = [fold(word) for word in query.split() if fold(word)]
        found = []
        for activity in self.by_code.values():
            names = [fold(name) for name in activity.names]
            if words and all(any(word in name for name in names) for word in words):
                found.append((fold(query) not in names, activity.code, activity))
        return [activity for _, _, activity in sorted(found, key=lambda item: item[:2])]


def check_activities(rows: list[dict[str, str]]) -> list[str]:
    """What is wrong with the rows of all files together; empty where nothing is."""
    codes = [row.get("code", "") for row in rows]
    known = set(codes)
    faults = [f"activity {code}: twice" for code in sorted({c for c in codes if codes.count(c) > 1})]
    for row in rows:
        faults += [f"activity {row.get('code')}: {what}" for what in _faults(row, known)]
    return faults


def _faults(row: dict[str, str], known: set[str]) -> list[str]:
    faults = []
    code, parent = row.get("code", ""), row.get("parent", "")
    if not _CODE.fullmatch(code):
        faults.append("code outside the grammar")
    if parent and parent not in known:
        faults.append(f"no parent {parent}")
    faults += [f"no {column}" for column in ("name_zh", "name_en", "family", "sector") if not row.get(column)]
    for column, pattern in (("gbt4754", _GBT4754), ("hs", _CUSTOMS), ("cpc", _CPC)):
        wrong = [c for c in _split(row, column) if not pattern.fullmatch(c)]
        faults += [f"{column} {c!r}" for c in wrong]
    return faults


def parent_of(row: dict[str, str], known: set[str]) -> str:
    """The stated parent; else the code without its last segment, where that is an activity."""
    derived = row["code"].rpartition(".")[0]
    return row.get("parent", "") or (derived if derived in known else "")


def _activity(row: dict[str, str]) -> Activity:
    codes = [(GBT4754, c) for c in _split(row, "gbt4754")]
    codes += [(_CUSTOMS_SYSTEMS.get(len(c), HS), c) for c in _split(row, "hs")]
    codes += [(CPC, c) for c in _split(row, "cpc")]
    return Activity(
        code=row["code"],
        parent=row.get("parent", ""),
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        family=row["family"],
        sector=row["sector"],
        aliases_zh=tuple(_split(row, "aliases_zh")),
        aliases_en=tuple(_split(row, "aliases_en")),
        classifications=tuple(codes),
        note=row.get("note", ""),
    )


def _split(row: dict[str, str], column: str) -> list[str]:
    return [part.strip() for part in row.get(column, "").split("|") if part.strip()]
