"""Statements of the search: frequencies, near words, the ranked candidates, facets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import search_rank as rules
from app.catalog.models import CatalogRow
from app.catalog.rules import LISTED_LAST
from app.catalog.search_document import Tier, tier_of
from app.catalog.search_models import SearchRow, SearchTrigram, SearchWord
from app.catalog.search_plan import Plan

NEAR: Final = 60


@dataclass(frozen=True, slots=True)
class Within:
    """The rows that are searched. `few`: the conditions leave so few of them that they are looked at first."""

    conditions: Sequence[ColumnElement[bool]]
    few: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One version of the page; `versions` counts those of its series that match (1 when not grouped)."""

    version_id: int
    versions: int


@dataclass(frozen=True, slots=True)
class Ranked:
    hits: list[Hit]
    total: int
    exact: bool
    listed: int
    matched: list[int]


async def steer(connection: AsyncConnection, *, on: bool) -> None:
    """Planner settings of the transaction: from the index to the rows it names, never over a whole table.

    The planner guesses badly how many rows hold several words together, and a guess too high makes it read
    a million rows. Plans are made for the very words that are asked for.
    """
    names = dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin"), ("off", "on"))
    names["plan_cache_mode"] = ("force_custom_plan", "auto")
    settings = [func.set_config(name, values[0 if on else 1], True) for name, values in names.items()]
    await connection.execute(select(*settings))


async def frequencies(connection: AsyncConnection, tokens: Sequence[str]) -> dict[str, int]:
    """In how many rows each token occurs; those in none are absent."""
    query = (
        select(SearchWord.word, cast(func.sum(SearchWord.frequency), BigInteger))
        .where(SearchWord.word == func.any(tokens))
        .group_by(SearchWord.word)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def near_words(connection: AsyncConnection, pieces: Collection[str]) -> dict[str, int]:
    """Words that share most three-letter pieces with a word, and their frequencies."""
    shared = func.count(SearchTrigram.trigram.distinct())
    near = (
        select(SearchTrigram.word, shared.label("shared"))
        .where(SearchTrigram.trigram == func.any(sorted(pieces)))
        .group_by(SearchTrigram.word)
        .having(shared >= 2)
        .order_by(shared.desc(), SearchTrigram.word)
        .limit(NEAR)
        .subquery()
    )
    query = (
        select(SearchWord.word, cast(func.sum(SearchWord.frequency), BigInteger))
        .join(near, near.c.word == SearchWord.word)
        .group_by(SearchWord.word)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def sample(
    connection: AsyncConnection, need: str, bears: str, within: Within
) -> list[tuple[Tier, bool]]:
    """The tier of each row that matches `need`, and whether it also matches `bears`."""
    rows = _branch(need, within).limit(rules.CAP).subquery()
    named = rows.c.tokens.bool_op("@@")(literal(bears, TSQUERY)) if bears else literal(False)
    query = select(rows.c.record_type, rows.c.region, rows.c.year, named)
    return [(tier_of(*row[:3]), row[3]) for row in await connection.execute(query)]


def _matches(need: str) -> ColumnElement[bool]:
    return SearchRow.tokens.bool_op("@@")(literal(need, TSQUERY))


async def exists(connection: AsyncConnection, need: str, within: Within) -> bool:
    """Whether any row matches."""
    found = await connection.execute(
        select(literal(1)).select_from(_branch(need, within).limit(1).subquery())
    )
    return found.first() is not None


def _branch(need: str, within: Within) -> Select[Any]:
    """Rows that match. OFFSET 0 keeps the planner from turning the order round: its guesses are too poor."""
    words = select(SearchRow.version_id, SearchRow.tokens, SearchRow.name_size)
    row = select(CatalogRow).where(*within.conditions)
    if within.few:
        rows, found = row.offset(0).subquery().c, words.where(_matches(need)).subquery().c
    else:
        rows, found = row.subquery().c, words.where(_matches(need)).offset(0).subquery().c
    return select(
        found.tokens, found.name_size, rows.version_id, rows.ref, rows.n, rows.dataset, rows.series,
        rows.year, rows.region, rows.record_type, rows.boundary,
    ).where(found.version_id == rows.version_id)  # fmt: skip


async def rank(
    connection: AsyncConnection,
    plan: Plan,
    needs: Sequence[str],
    within: Within,
    *,
    grouped: bool,
    limit: int,
    offset: int,
) -> Ranked:
    """The page, out of at most CAP candidates: those of the first of `needs` first."""
    parts = [_branch(need, within).limit(rules.CAP + 1) for need in needs]
    source = (
        parts[0] if len(parts) == 1 else union_all(*(part.subquery().select() for part in parts))
    ).limit(rules.CAP + 1)
    hit = source.subquery("hit")
    scored = select(
        hit.c.version_id,
        hit.c.ref,
        hit.c.n,
        hit.c.dataset,
        hit.c.series,
        hit.c.year,
        _score(plan, hit).label("score"),
    ).cte("scored")
    return await _page(connection, scored, grouped=grouped, limit=limit, offset=offset)


def _score(plan: Plan, hit: Any) -> ColumnElement[int]:
    total: ColumnElement[int] = -rules.NAME_SIZE * func.least(hit.c.name_size, rules.LONGEST_NAME)
    for worth in rules.worths(plan):
        match = hit.c.tokens.bool_op("@@")(literal(worth.need, TSQUERY))
        total = total + cast(match, Integer) * worth.points
    total = total + case(rules.RECORD_TYPE, value=hit.c.record_type, else_=0)
    total = total + case(rules.BOUNDARY, value=hit.c.boundary, else_=0)
    if not plan.wants_defaults:
        total = total - case(dict.fromkeys(LISTED_LAST, rules.DEFAULT_LAST), value=hit.c.record_type, else_=0)
    if not rules.asks_year(plan):
        years = func.greatest(func.coalesce(hit.c.year, rules.TIMELESS) - rules.FIRST_YEAR, 0)
        total = total + years * rules.NEWEST[plan.chinese]
    if rules.prefers_nation(plan):
        total = total + case(
            (or_(hit.c.region == "CN", hit.c.region.startswith("CN-")), rules.NATIONAL["c"]),
            (hit.c.region.in_(("WORLD", "DEFAULT")), rules.NATIONAL["w"]),
            else_=rules.NATIONAL["f"],
        )
    return total


async def _page(
    connection: AsyncConnection, scored: Any, *, grouped: bool, limit: int, offset: int
) -> Ranked:
    rows = _series_rows(scored) if grouped else _version_rows(scored)
    room = max(min(limit, rules.CAP - offset), 0)
    page = rows.offset(offset).limit(room).subquery("page")
    series = select(scored.c.dataset, scored.c.series).distinct().subquery()
    query = select(
        select(func.array_agg(page.c.version_id)).scalar_subquery(),
        select(func.array_agg(page.c.versions)).scalar_subquery() if grouped else literal(None),
        select(func.array_agg(scored.c.version_id)).scalar_subquery(),
        select(func.count()).select_from(series).scalar_subquery() if grouped else literal(0),
    )
    ids, versions, matched, groups = (await connection.execute(query)).one()
    ids, matched = ids or [], matched or []
    hits = [Hit(*pair) for pair in zip(ids, versions or [1] * len(ids), strict=True)]
    total = min(groups if grouped else len(matched), rules.CAP)
    return Ranked(hits, total, len(matched) <= rules.CAP, total, matched)


def _order(rows: Any) -> tuple[ColumnElement[Any], ...]:
    return (rows.score.desc(), rows.year.desc().nulls_last(), rows.ref, rows.n.desc())


def _version_rows(scored: Any) -> Select[Any]:
    return select(scored.c.version_id).order_by(*_order(scored.c))


def _series_rows(scored: Any) -> Select[Any]:
    """The best version of each series, with how many of it match."""
    series = (scored.c.dataset, scored.c.series)
    best = select(
        scored,
        func.row_number().over(partition_by=series, order_by=_order(scored.c)).label("place"),
        func.count().over(partition_by=series).label("versions"),
    ).subquery("best")
    return select(best.c.version_id, best.c.versions).where(best.c.place == 1).order_by(*_order(best.c))


async def facet_counts(
    connection: AsyncConnection,
    names: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    most: int,
) -> Mapping[str, list[tuple[str | int, int]]]:
    """For each column its values and in how many rows each is, the most frequent first."""
    columns = [getattr(CatalogRow, name) for name in names]
    sets = func.grouping_sets(*columns)
    which = func.grouping(*columns)
    query = select(which, *columns, func.count()).where(*conditions).group_by(sets)
    counted: dict[str, list[tuple[str | int, int]]] = {name: [] for name in names}
    for row in await connection.execute(query):
        position = _grouped_by(row[0], len(names))
        if row[1 + position] is not None:
            counted[names[position]].append((row[1 + position], row[-1]))
    return {
        name: sorted(found, key=lambda pair: (-pair[1], str(pair[0])))[:most]
        for name, found in counted.items()
    }


def _grouped_by(mask: int, count: int) -> int:
    """GROUPING() sets the bit of every column that is not grouped by; the first column is the highest bit."""
    return count - (~mask & ((1 << count) - 1)).bit_length()
