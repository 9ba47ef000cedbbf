"""Search: a question in, the page of hits out, with what was corrected and how many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, func
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import search_spelling as spelling
from app.catalog import search_statements as statements
from app.catalog.models import CatalogRow
from app.catalog.search_aliases import Aliases
from app.catalog.search_document import narrowing
from app.catalog.search_plan import Frequency, Piece, Plan, by_importance, carries, make_plan, relaxed
from app.catalog.search_query import Question, lookups, parse, respell
from app.catalog.search_rank import CAP, bears, branches, is_frequent, sampled, whole
from app.catalog.search_statements import Hit, Ranked, Within

MOST_CORRECTED: Final = 4
MOST_TRIED: Final = 6
MOST_VALUES: Final = 200
FEW: Final = ("retired", "recalled")
"""Statuses that few rows have."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits. `total` match, or more if not `exact`; `listed` of them can be paged through.

    `corrected` holds (from, to) of misspelt words, `ignored` the words without which nothing was found;
    `matched` the ids of all ranked versions, for facets.
    """

    hits: list[Hit]
    total: int
    exact: bool
    listed: int
    corrected: list[tuple[str, str]]
    ignored: list[str]
    matched: list[int]


async def search(
    connection: AsyncConnection,
    question: str,
    conditions: Sequence[ColumnElement[bool]],
    *,
    language: str,
    asked_for_defaults: bool,
    aliases: Aliases,
    filters: Mapping[str, Any] | None = None,
    grouped: bool = False,
    limit: int,
    offset: int,
) -> Found:
    """The hits from `offset` on among rows of catalog_row that satisfy `conditions`.

    `filters` says again which columns `conditions` tie to a value (see search_document.narrowing): it makes
    no difference to the answer, only to its speed.

    `grouped`: one hit a series, its best version, with the number of versions that match. Raises Invalid
    `empty_query`.
    """
    filters = filters or {}
    within = Within(conditions, few=filters.get("status") in FEW)
    asked = _Asked(connection, within, filters, aliases, asked_for_defaults, grouped, limit, offset)
    parsed = parse(question, language)
    async with _planner_settings(connection):
        frequency = await statements.frequencies(connection, lookups(parsed, aliases))
        corrected = await _corrections(connection, parsed, frequency)
        if corrected:
            respelt = parse(respell(parsed.text, corrected), language)
            known = await statements.frequencies(connection, lookups(respelt, aliases))
            plan, ranked = await asked.best(respelt, known)
            if ranked.total and any(new not in plan.ignored for new in corrected.values()):
                return _found(plan, ranked, corrected)
        plan, ranked = await asked.best(parsed, frequency)
        return _found(plan, ranked, {})


def _found(plan: Plan, ranked: Ranked, corrected: Mapping[str, str]) -> Found:
    """A correction that had to be left out after all is none: the word of the question is named instead."""
    typed = {new: old for old, new in corrected.items()}
    return Found(
        hits=ranked.hits,
        total=ranked.total,
        exact=ranked.exact,
        listed=ranked.listed,
        corrected=[(old, new) for old, new in corrected.items() if new not in plan.ignored],
        ignored=[typed.get(label, label) for label in plan.ignored] if ranked.total else [],
        matched=ranked.matched,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What stays the same while a question is tried in several readings."""

    connection: AsyncConnection
    within: Within
    filters: Mapping[str, Any]
    aliases: Aliases
    asked_for_defaults: bool
    grouped: bool
    limit: int
    offset: int

    async def best(self, question: Question, frequency: Frequency) -> tuple[Plan, Ranked]:
        """The answer to all of the question; failing that, to as much of it as can be had."""
        plan = make_plan(question, frequency, self.aliases)
        plan = replace(
            plan,
            wants_defaults=plan.wants_defaults or self.asked_for_defaults,
            narrow=tuple(narrowing(self.filters)),
        )
        ranked = await self.run(plan)
        if ranked.total or len(plan.pieces) < 2:
            return plan, ranked
        kept = await self._possible(plan)
        if not carries(kept, plan.pieces):
            return plan, ranked
        less = relaxed(plan, kept)
        return less, await self.run(less)

    async def run(self, plan: Plan) -> Ranked:
        needs = whole(plan)
        if is_frequent(plan):
            sample = await statements.sample(self.connection, sampled(plan), bears(plan), self.within)
            needs = branches(plan, sample)
        return await statements.rank(
            self.connection,
            plan,
            needs,
            self.within,
            grouped=self.grouped,
            limit=self.limit,
            offset=self.offset,
        )

    async def _possible(self, plan: Plan) -> list[Piece]:
        """Pieces that some row has together: each in the order of importance is kept if it still can be."""
        kept: list[Piece] = []
        for piece in by_importance(plan)[:MOST_TRIED]:
            if (not kept and piece.matches > CAP) or await self._any(relaxed(plan, [*kept, piece])):
                kept.append(piece)
        return kept

    async def _any(self, plan: Plan) -> bool:
        """Whether any row matches. Frequent words are likely to meet in the sample already, which is cheap."""
        needs = [sampled(plan), *whole(plan)] if is_frequent(plan) else whole(plan)
        for need in needs:
            if await statements.exists(self.connection, need, self.within):
                return True
        return False


async def _corrections(
    connection: AsyncConnection, question: Question, frequency: Frequency
) -> dict[str, str]:
    """What the words of the question that no row has may have meant."""
    unknown = [unit for unit in question.units if spelling.is_spellable(unit) and not frequency.get(unit)]
    found = {}
    for word in list(dict.fromkeys(unknown))[:MOST_CORRECTED]:
        near = await statements.near_words(connection, spelling.trigrams(word))
        if meant := spelling.best(word, near):
            found[word] = meant
    return found


@asynccontextmanager
async def _planner_settings(connection: AsyncConnection) -> AsyncIterator[None]:
    await statements.steer(connection, on=True)
    yield
    await statements.steer(connection, on=False)


async def facets(
    connection: AsyncConnection,
    names: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    matched: Sequence[int] | None = None,
) -> dict[str, list[dict[str, str | int]]]:
    """For each of `names` (columns of catalog_row) the values and their counts, the most frequent first.

    Over the versions of `matched` (Found.matched), or over all rows that satisfy `conditions`: that takes a
    second or two at a million rows, so the caller keeps it by basis.
    """
    if not names:
        return {}
    chosen = conditions if matched is None else [CatalogRow.version_id == func.any(list(matched))]
    counted = await statements.facet_counts(connection, names, chosen, MOST_VALUES)
    return {
        name: [{"value": value, "count": count} for value, count in pairs] for name, pairs in counted.items()
    }
