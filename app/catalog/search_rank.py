"""What makes one hit better than another, and in what order frequent words are walked. Pure.

A score is an integer: sums of worths below, in tenths of a point. Ties are broken by year, then by ref.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.catalog.search_document import TIER
from app.catalog.search_plan import Piece, Plan, all_of, any_of, quoted

CAP: Final = 5000
"""Matches that are ranked and counted; of more, the best tiers first (see `branches`)."""
EXACT: Final = 10000
ACTIVITY: Final = 400
CODE: Final = 400
REGION: Final = 300
YEAR: Final = 300
LEVELS: Final = (("A", 250), ("AB", 150), ("ABC", 100))
"""All words in the name; in the name or what the activity is called; or in place, sector, documents."""
DEFAULT_LAST: Final = 2000
NATIONAL: Final = {"c": 150, "w": 50, "f": 0}
RECORD_TYPE: Final = {"activity_parameter": -80, "benchmark": -60, "project_baseline": -60}
BOUNDARY: Final = {
    "wtt": -60,
    "td_loss": -60,
    "property": -20,
    "embedded_direct": -20,
    "embedded_indirect": -30,
}
NEWEST: Final = {True: 6, False: 3}
"""Worth of a year, for Chinese questions and others."""
FIRST_YEAR: Final = 2000
TIMELESS: Final = 2012
"""The year that a factor without one counts as: behind what is current, before what is old."""
NAME_SIZE: Final = 3
LONGEST_NAME: Final = 60
_GROUPS: Final = (10_000, 40_000, 160_000)


@dataclass(frozen=True, slots=True)
class Worth:
    """`points` for each row that matches the tsquery."""

    need: str
    points: int


def worths(plan: Plan) -> list[Worth]:
    """What the question is worth in a row, apart from the row's own standing."""
    found = [] if plan.exact is None else [Worth(plan.exact, EXACT)]
    total = sum(len(p.label) for p in plan.pieces if p.kind in ("activity", "word")) or 1
    found += [Worth(p.named, _named(p, total)) for p in plan.pieces if p.named is not None]
    if tokens := plan.tokens:
        found += [
            Worth(all_of([quoted(token, marks) for token in tokens]), points) for marks, points in LEVELS
        ]
    return found


def _named(piece: Piece, total: int) -> int:
    if piece.kind == "activity":
        return ACTIVITY * len(piece.label) // total
    return {"region": REGION, "year": YEAR, "code": CODE}.get(piece.kind, 0)


def branches(plan: Plan, tiers: Mapping[str, int]) -> list[str]:
    """tsqueries that are asked one after the other until CAP matches are found: the stated order.

    First what bears the whole name of an activity of the question, then the rest; in both by tier (default
    or not, nation for a Chinese question, newest first); within one tsquery, as the rows were stored.
    `tiers`: token -> frequency, empty when the question is too rare to need them.
    """
    need = all_of([plan.need, *(quoted(token) for token in plan.narrow)])
    if not tiers:
        return [need]
    groups = [any_of([quoted(tier) for tier in group]) for group in tier_groups(tiers, plan)]
    named = [p.named for p in plan.pieces if p.kind == "activity" and p.named is not None]
    if not named:
        return [all_of([need, group]) for group in groups]
    first, rest = all_of([need, *named]), all_of([need, f"!({all_of(named)})"])
    return [all_of([part, group]) for part in (first, rest) for group in groups]


def tier_groups(tiers: Mapping[str, int], plan: Plan) -> Iterator[list[str]]:
    """The tiers in their order, joined to few groups: small ones first, the last takes what remains."""
    sizes, group, held = iter(_GROUPS), list[str](), 0
    room = next(sizes)
    for tier in sorted(tiers, key=lambda tier: tier_order(tier, plan)):
        group.append(tier)
        held += tiers[tier]
        if held >= room:
            yield group
            group, held, room = [], 0, next(sizes, 10**12)
    if group:
        yield group


def tier_order(tier: str, plan: Plan) -> tuple[int, int, int]:
    """Sort key of a tier token `~{default}{place}{five years}`."""
    default, place, age = tier[len(TIER)], tier[len(TIER) + 1], tier[len(TIER) + 2 :]
    years = (TIMELESS - 1900) // 5 if age == "zz" else int(age)
    last = 0 if plan.wants_defaults else int(default)
    return last, -NATIONAL[place] if prefers_nation(plan) else 0, -years


def prefers_nation(plan: Plan) -> bool:
    """National figures come first for a Chinese question that names no place."""
    return plan.chinese and not any(piece.kind == "region" for piece in plan.pieces)


def asks_year(plan: Plan) -> bool:
    return any(piece.kind == "year" for piece in plan.pieces)


def tiers_needed(plan: Plan, narrow: Sequence[int]) -> bool:
    """Whether more rows may match than are ranked. `narrow`: frequencies of the filters' tokens."""
    return plan.exact is None and min(plan.estimate, *narrow, plan.estimate) > CAP
