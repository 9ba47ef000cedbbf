"""What makes one hit better than another, and in what order frequent words are walked. Pure.

A score is an integer: sums of worths below, in tenths of a point. Ties are broken by year, then by ref.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.catalog.search_document import SAMPLE, SAMPLED, SHARES, UNDATED, Tier
from app.catalog.search_plan import Piece, Plan, all_of, any_of, quoted

CAP: Final = 5000
"""Matches that are ranked and counted; of more, the best tiers first (see `branches`)."""
EXACT: Final = 10000
ACTIVITY: Final = 400
OWN_NAME: Final = 60
CODE: Final = 400
REGION: Final = 300
PLACE_IN_NAME: Final = 100
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
WHOLE: Final = CAP * 3 // 2
"""So few guessed matches are asked for at once: cutting them along the tiers costs more than it finds."""
CROWDED: Final = 3 * CAP
"""Matches in one tier from which it is taken share by share."""
STEP: Final = 2000
MOST_TOGETHER: Final = 6
"""Tiers of few matches are asked for together, until so many matches are likely."""
MOST_STEPS: Final = 10


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
    found += [Worth(p.own, OWN_NAME) for p in plan.pieces if p.own is not None]
    found += [
        Worth(all_of([quoted(token, "A") for token in p.tokens]), PLACE_IN_NAME)
        for p in plan.pieces
        if p.kind == "region" and p.tokens
    ]
    if tokens := plan.tokens:
        found += [
            Worth(all_of([quoted(token, marks) for token in tokens]), points) for marks, points in LEVELS
        ]
    return found


def _named(piece: Piece, total: int) -> int:
    if piece.kind == "activity":
        return ACTIVITY * len(piece.label) // total
    return {"region": REGION, "year": YEAR, "code": CODE}.get(piece.kind, 0)


def whole(plan: Plan) -> list[str]:
    """The question as one tsquery, for a question that few rows match."""
    return [all_of([plan.need, *map(quoted, plan.narrow)])]


def bears(plan: Plan) -> str:
    """The tsquery of rows that are whole of what the question names; empty when it names no activity."""
    return all_of([piece.named for piece in plan.pieces if piece.kind == "activity" and piece.named])


def sampled(plan: Plan) -> str:
    """The tsquery of a small share of all matches."""
    return all_of([plan.every, *map(quoted, plan.narrow), quoted(SAMPLE)])


def branches(plan: Plan, sample: Sequence[tuple[Tier, bool]]) -> list[str]:
    """tsqueries without common rows that are asked one after the other until CAP matches are found.

    This is the stated order: the exact key; what bears the whole name of an activity of the question; the
    rest; in both by tier (default or not, nation for a Chinese question, newest first); within one tsquery,
    as the rows were stored. `sample`: tier and whether it bears the name, of each match in the sample.
    """
    if len(sample) * SAMPLED < WHOLE:
        return whole(plan)
    filters = [quoted(token) for token in plan.narrow]
    found = [] if plan.exact is None else [all_of([plan.exact, *filters])]
    need = all_of([plan.every, *filters, f"!({plan.exact})" if plan.exact else ""])
    if not bears(plan):
        return found + _walk(need, Counter(tier for tier, _ in sample), plan)
    first = Counter(tier for tier, named in sample if named)
    rest = Counter(tier for tier, named in sample if not named)
    found += _walk(all_of([_named_need(plan), *filters]), first, plan)
    return found + _walk(all_of([need, f"!({bears(plan)})"]), rest, plan)


def _named_need(plan: Plan) -> str:
    """The tsquery of rows that bear the names and match the other pieces."""
    parts = [piece.named if piece.kind == "activity" and piece.named else piece.need for piece in plan.pieces]
    return all_of([*parts, f"!({plan.exact})" if plan.exact else ""])


def _walk(need: str, sample: Counter[Tier], plan: Plan) -> list[str]:
    """`need` cut along the tiers in which it was seen, the best first, and what is in none of them."""
    if sample.total() * SAMPLED < WHOLE:
        return [need]
    steps: list[list[str]] = []
    expected = held = 0
    for tier in sorted(sample, key=lambda tier: tier_order(tier, plan)):
        seen = sample[tier] * SAMPLED
        if seen > CROWDED:
            steps += [[tier.token(share)] for share in range(min(SHARES, 2 * CAP * SHARES // seen + 1))]
        elif steps and held < STEP and len(steps[-1]) < MOST_TOGETHER:
            steps[-1].append(tier.token())
            held += seen
        else:
            steps.append([tier.token()])
            held = seen
        expected += seen
        if expected > 2 * CAP or len(steps) > MOST_STEPS:
            break
    used = [quoted(token) for step in steps for token in step]
    cut = [all_of([need, any_of([quoted(token) for token in step])]) for step in steps]
    return [*cut, all_of([need, f"!({any_of(used)})" if used else ""])]


def tier_order(tier: Tier, plan: Plan) -> tuple[bool, int, int, str]:
    """Sort key: what was asked for before what was not, for a Chinese question the nation, newest first."""
    years = (TIMELESS - 1900) // 5 if tier.age == UNDATED else int(tier.age)
    nation = NATIONAL[tier.place] if prefers_nation(plan) else 0
    return tier.last != plan.wants_defaults, -nation, -years, tier.token()


def prefers_nation(plan: Plan) -> bool:
    """National figures come first for a Chinese question that names no place."""
    return plan.chinese and not any(piece.kind == "region" for piece in plan.pieces)


def asks_year(plan: Plan) -> bool:
    return any(piece.kind == "year" for piece in plan.pieces)


def is_frequent(plan: Plan) -> bool:
    """Whether more rows may match than are ranked."""
    return min((piece.matches for piece in plan.pieces), default=0) > CAP
