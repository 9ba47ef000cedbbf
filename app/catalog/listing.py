"""One page of a list: by filters in the order of refs, by words in the order of fit, or one hit a series."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import reads, search_service
from app.catalog.conditions import Filters, Moment, matching
from app.catalog.items import Version, item
from app.catalog.rules import list_rank
from app.catalog.search_aliases import Aliases
from app.catalog.service import moment_of
from app.kit.errors import Invalid
from app.kit.language import Language
from app.kit.pages import question_mark, read_cursor, write_cursor

FACETS: Final = (
    "region",
    "activity",
    "sector",
    "dataset",
    "record_type",
    "year",
    "gas_basis",
    "boundary",
    "variant",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the list of factors."""

    query: str | None
    filters: Filters
    facets: tuple[str, ...]
    grouped: bool
    limit: int
    cursor: str | None
    language: Language

    @property
    def mark(self) -> str:
        """What a cursor must have been given for; the limit may change from page to page."""
        return question_mark(
            {"q": self.query, "f": self.filters.asked(), "g": self.grouped, "l": self.query and self.language}
        )


def facet_names(text: str | None) -> tuple[str, ...]:
    """Raises Invalid `unknown_facet`."""
    names = tuple(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
    for name in names:
        if name not in FACETS:
            raise Invalid(
                "unknown_facet",
                f"There is no facet {name!r}.",
                f"没有分面 {name!r}。",
                parameter="facets",
                valid_values=FACETS,
            )
    return names


def year_rule(version: Version) -> str:
    return str(orjson.loads(version.document)["year_rule"])


class Counts:
    """What was counted, for the newest few questions; a count depends on nothing but question and basis."""

    MOST = 1000

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any | None:
        return self._held.get(key)

    def put(self, key: Hashable, counts: Any) -> None:
        self._held[key] = counts
        while len(self._held) > self.MOST:
            self._held.popitem(last=False)


async def answer(
    connection: AsyncConnection, at: Moment, asked: Asked, counts: Counts, aliases: Aliases
) -> dict[str, Any]:
    """The page as it goes over the wire. A cursor keeps the basis of its first page."""
    after: list[Any] | None = None
    if asked.cursor is not None:
        size, after = read_cursor(asked.cursor, asked.mark)
        if size != at.size:
            at = await moment_of(connection, size, None)
    if asked.query is not None:
        body = await _searched(connection, at, asked, after, aliases)
    else:
        pages = _by_series if asked.grouped else _by_ref
        body = await pages(connection, at, asked, after)
        body["total"] = await _total(connection, at, asked, counts)
        if asked.facets:
            body["facets"] = await _facets(connection, at, asked, counts)
    return {**body, "basis": at.size}


async def _facets(connection: AsyncConnection, at: Moment, asked: Asked, counts: Counts) -> dict[str, Any]:
    """Counts over all matching rows; slow for the whole catalogue, so kept until the basis moves or an
    effective date comes."""
    due = await reads.last_effective(connection, at)
    key = (at.size, due, asked.facets, tuple(asked.filters.asked().items()))
    if (known := counts.get(key)) is None:
        known = await search_service.facets(connection, asked.facets, matching(asked.filters, at))
        counts.put(key, known)
    return known


async def _by_ref(
    connection: AsyncConnection, at: Moment, asked: Asked, after: list[Any] | None
) -> dict[str, Any]:
    conditions = matching(asked.filters, at)
    versions = await reads.page(connection, at, conditions, after, asked.limit + 1)
    shown, last = versions[: asked.limit], None
    items = [item(version) for version in shown]
    if len(versions) > asked.limit:
        last = [list_rank(items[-1]["record_type"]), shown[-1].ref, shown[-1].n]
    return _page(at, asked, items, last)


async def _by_series(
    connection: AsyncConnection, at: Moment, asked: Asked, after: list[Any] | None
) -> dict[str, Any]:
    found = await reads.series_page(connection, matching(asked.filters, at), after, asked.limit + 1)
    newest = await reads.by_ids(connection, at, [key for key, _ in found[: asked.limit]])
    items = [_series_hit(version, count) for version, (_, count) in zip(newest, found, strict=False)]
    last = [items[-1]["dataset"], items[-1]["series"]] if len(found) > asked.limit else None
    return _page(at, asked, items, last)


def _series_hit(version: Version, count: int) -> dict[str, Any]:
    """The newest version of a series, with how many factors of the series match."""
    return {**item(version), "series_factors": count}


def _page(at: Moment, asked: Asked, items: list[dict[str, Any]], last: list[Any] | None) -> dict[str, Any]:
    cursor = None if last is None else write_cursor(asked.mark, at.size, last)
    return {"items": items, "next_cursor": cursor}


async def _total(connection: AsyncConnection, at: Moment, asked: Asked, counts: Counts) -> dict[str, Any]:
    due = await reads.last_effective(connection, at)
    key = (at.size, due, "total", tuple(asked.filters.asked().items()))
    if (known := counts.get(key)) is None:
        value, exact = await reads.count(connection, matching(asked.filters, at))
        known = {"value": value, "exact": exact}
        counts.put(key, known)
    return dict(known)


async def _searched(
    connection: AsyncConnection, at: Moment, asked: Asked, after: list[Any] | None, aliases: Aliases
) -> dict[str, Any]:
    offset = _offset(after)
    found = await search_service.search(
        connection,
        asked.query or "",
        matching(asked.filters, at),
        language=asked.language,
        aliases=aliases,
        filters=asked.filters.asked(),
        asked_for_defaults=asked.filters.asks_for_defaults,
        grouped=asked.grouped,
        limit=asked.limit,
        offset=offset,
    )
    versions = await reads.by_ids(connection, at, [hit.version_id for hit in found.hits])
    if asked.grouped:
        items = [_series_hit(v, hit.versions) for v, hit in zip(versions, found.hits, strict=True)]
    else:
        items = [item(version) for version in versions]
    end = offset + len(found.hits)
    more = len(found.hits) == asked.limit and end < found.listed
    return {
        "items": items,
        "next_cursor": write_cursor(asked.mark, at.size, [end]) if more else None,
        "total": {"value": found.total, "exact": found.exact},
        "corrected": [{"from": old, "to": new} for old, new in found.corrected],
        "ignored": found.ignored,
        **await _found_facets(connection, at, asked, found.matched),
    }


async def _found_facets(
    connection: AsyncConnection, at: Moment, asked: Asked, matched: list[int]
) -> dict[str, Any]:
    if not asked.facets:
        return {}
    conditions = matching(asked.filters, at)
    return {"facets": await search_service.facets(connection, asked.facets, conditions, matched)}


def _offset(after: list[Any] | None) -> int:
    if after is None:
        return 0
    if len(after) != 1 or not isinstance(after[0], int) or not 0 <= after[0] <= reads.CAP:
        raise Invalid("invalid_cursor", "The cursor is broken.", "游标无效。", parameter="cursor")
    return after[0]
