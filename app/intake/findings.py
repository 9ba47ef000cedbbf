"""What is wrong with a contributed file, in both languages, with the place. Pure data.

A finding's `code` is stable; its texts are made from the table of `finding_codes` when it is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.intake.findings_codes import CODES, Severity

LONGEST_VALUE: Final = 200
MOST_EXPECTED: Final = 20
MOST_OF_A_CODE: Final = 20_000
"""Findings of one code that are kept; one more says how many there were."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is: sheet as the file names it, cell (`C7`, or `line 17`), row, the factor's key, the
    column's name."""

    sheet: str | None = None
    cell: str | None = None
    row: int | None = None
    key: str | None = None
    field: str | None = None


NOWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a file. `expected` lists valid or near values; a sentence stands in `text` instead."""

    code: str
    severity: Severity
    sheet: str | None
    cell: str | None
    row: int | None
    key: str | None
    field: str | None
    value: str | None
    expected: tuple[str, ...]
    text: Mapping[str, str]


def finding(
    code: str,
    place: Place = NOWHERE,
    value: object = None,
    expected: Iterable[str] = (),
    **words: object,
) -> Finding:
    """The finding `code` at `place`; `words` fill its texts. Raises KeyError for a code not in the table."""
    rule = CODES[code]
    shown = None if value is None else _cut(str(value))
    names: dict[str, Any] = {"value": "" if shown is None else shown, "key": place.key or "", **words}
    return Finding(
        code=code,
        severity=rule.severity,
        sheet=place.sheet,
        cell=place.cell,
        row=place.row,
        key=None if place.key is None else _cut(place.key),
        field=place.field,
        value=shown,
        expected=tuple(_cut(item) for item in list(expected)[:MOST_EXPECTED]),
        text={"zh": rule.zh.format(**names), "en": rule.en.format(**names)},
    )


def _cut(text: str) -> str:
    """Storable text: no NUL, no lone surrogate, at most 200 characters."""
    cut = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return cut.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


@dataclass(slots=True)
class Findings:
    """Findings under collection, in the order of finding; bounded for each code."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    errors: int = 0

    def add(self, found: Finding) -> None:
        self.counts[found.code] += 1
        self.errors += found.severity == "error"
        if self.counts[found.code] <= MOST_OF_A_CODE:
            self.kept.append(found)

    def count(self, code: str) -> None:
        """One more of a code of which enough are kept."""
        self.counts[code] += 1
        self.errors += CODES[code].severity == "error"

    def extend(self, found: Iterable[Finding]) -> None:
        for one in found:
            self.add(one)

    def __iter__(self) -> Iterator[Finding]:
        """All that were kept, then a note for each code of which there were more."""
        yield from self.kept
        for code, count in self.counts.items():
            if count > MOST_OF_A_CODE:
                yield finding("more_of_the_same", value=code, count=count - MOST_OF_A_CODE)
