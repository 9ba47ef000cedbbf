"""What makes one hit better than another, and in what order frequent words are walked. Pure.

A score is an integer: sums of worths below, in tenths of a point. Ties are broken by year, then by ref.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.catalog.search_document import TIER, UNDATED
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
MOST_FINE: Final = 8
WORTH_A_LOOK: Final = 1000
PLACE: Final = len(TIER) + 1
AGE: Final = len(TIER) + 2


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


def branches(plan: Plan, tiers: Mapping[str, int], narrow: Sequence[int] = ()) -> list[str]:
    """tsqueries without common rows that are asked one after the other until CAP matches are found.

    This is the stated order: the exact key; what bears the whole name of an activity of the question; the
    rest; in both by tier (default or not, nation for a Chinese question, newest first); within one tsquery,
    as the rows were stored. `tiers`: token -> frequency, empty when the question is too rare to need them;
    `narrow`: frequencies of the tokens of the filters.
    """
    filters = [quoted(token) for token in plan.narrow]
    if not tiers:
        return [all_of([plan.need, *filters])]
    shelves = Shelves(tiers, plan)
    sizes = [*(piece.matches for piece in plan.pieces), *narrow]
    found = [] if plan.exact is None else [all_of([plan.exact, *filters])]
    need = all_of([plan.every, *filters, f"!({plan.exact})" if plan.exact else ""])
    named = [piece for piece in plan.pieces if piece.kind == "activity" and piece.named is not None]
    if not named:
        return found + shelves.walk(need, sizes)
    bears = all_of([piece.named for piece in named if piece.named])
    found += shelves.walk(all_of([need, bears]), [*(piece.bearers for piece in named), *sizes])
    return found + shelves.walk(all_of([need, f"!({bears})"]), sizes)


class Shelves:
    """The tiers of the catalogue in the order of a question."""

    def __init__(self, tiers: Mapping[str, int], plan: Plan) -> None:
        nation = prefers_nation(plan)
        self._levels: list[list[str]] = [[], [], []]
        self._sizes = tiers
        for tier in sorted(tiers, key=lambda tier: (tier_order(tier, plan), tier)):
            if (tier[PLACE] != "*") == nation:
                self._levels[_level(tier)].append(tier)
        self.rows = sum(tiers[tier] for tier in self._levels[0])

    def walk(self, need: str, sizes: Sequence[int]) -> list[str]:
        """`need` cut along fine tiers while they are likely to do, then along coarse ones.

        `sizes`: how many rows each of its parts matches.
        """
        if min(sizes) <= CAP:
            return [need]
        density = self.density(sizes)
        level = self._levels[self._finest(density)]
        fine, expected = [], 0.0
        for tier in level[:MOST_FINE]:
            fine.append(tier)
            expected += density * self._sizes[tier]
            if expected > 2 * CAP:
                break
        found = [all_of([need, quoted(tier)]) for tier in fine]
        left = all_of([need, f"!({any_of([quoted(tier) for tier in fine])})"])
        return found + [all_of([left, quoted(tier)]) for tier in self._levels[0] if tier not in fine]

    def density(self, sizes: Sequence[int]) -> float:
        """The guessed share of rows that match all parts: the rarer count in full, the others less and less."""
        found, power = 1.0, 1.0
        for size in sorted(sizes)[:4]:
            found *= min(size / max(self.rows, 1), 1.0) ** power
            power /= 2
        return found

    def _finest(self, density: float) -> int:
        """The finest level whose tiers are likely to hold a share of what is wanted each."""
        for level in (2, 1):
            if density * self.rows >= len(self._levels[level]) * WORTH_A_LOOK:
                return level
        return 0


def _level(tier: str) -> int:
    return 0 if len(tier) == AGE else 2 if "." in tier else 1


def tier_order(tier: str, plan: Plan) -> tuple[int, int, int]:
    """Sort key of a tier token, see search_document.tiers."""
    age = tier[AGE : AGE + 2]
    years = (TIMELESS - 1900) // 5 if age == UNDATED else int(age or 0)
    last = 0 if plan.wants_defaults else int(tier[len(TIER)])
    return last, -NATIONAL.get(tier[PLACE], 0), -years


def prefers_nation(plan: Plan) -> bool:
    """National figures come first for a Chinese question that names no place."""
    return plan.chinese and not any(piece.kind == "region" for piece in plan.pieces)


def asks_year(plan: Plan) -> bool:
    return any(piece.kind == "year" for piece in plan.pieces)


def tiers_needed(plan: Plan, narrow: Sequence[int]) -> bool:
    """Whether more rows may match than are ranked. `narrow`: frequencies of the filters' tokens."""
    return min([*(piece.matches for piece in plan.pieces), *narrow], default=0) > CAP
