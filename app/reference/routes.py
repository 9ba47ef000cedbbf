"""The reference lists: regions, units, GWP sets, activities. Answered from memory, of the current edition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app.kit.errors import Invalid, NotFound, Unavailable
from app.kit.http import json_answer, strict_query
from app.kit.pages import question_mark, read_cursor, write_cursor
from app.kit.problems import declared
from app.reference import schemas, views
from app.reference.index import ReferenceIndex

router = APIRouter(prefix="/v1", tags=["reference"], dependencies=[Depends(strict_query)])
T = TypeVar("T")
Kind = Literal[
    "country", "province", "grid", "grid_subregion", "world_region", "world", "default", "fallback"
]


def reference_of(request: Request) -> ReferenceIndex:
    """The index that the running process answers from. Raises Unavailable before it is loaded."""
    index: ReferenceIndex | None = request.app.state.reference
    if index is None:
        raise Unavailable(
            "reference_not_loaded", "The reference tables are not loaded yet.", "参考表尚未加载。"
        )
    return index


Reference = Annotated[ReferenceIndex, Depends(reference_of)]
Words = Annotated[str | None, Query(max_length=200, description="A name or part of one, Chinese or English.")]
Slug = Annotated[str | None, Query(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[str | None, Query(max_length=1000)]


@router.get("/regions", response_model=schemas.RegionList, responses=declared(400, 503))
async def list_regions(
    request: Request,
    index: Reference,
    query: Words = None,
    kind: Kind | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Countries, provinces, grids and groups, ordered by code; a search puts exact names first."""
    found = index.regions.search(query) if query else list(index.regions.by_code.values())
    rows = [region for region in found if kind is None or region.kind == kind]
    asked = {"list": "regions", "query": query, "kind": kind}
    return _page(request, index, asked, rows, views.region_item, limit, cursor)


@router.get("/regions/{code}", response_model=schemas.Region, responses=declared(400, 404, 503))
async def read_region(
    request: Request,
    index: Reference,
    code: str,
    on: Annotated[date | None, Query(description="Day for `ancestors` and `members`.")] = None,
) -> Response:
    """One region by code, name or alias, with its dated memberships."""
    region = _or_404(index.find_region, code)
    return _answer(request, index, views.region_view(index.regions, region, on))


@router.get("/units", response_model=schemas.UnitList, responses=declared(400, 503))
async def list_units(
    request: Request,
    index: Reference,
    query: Annotated[
        str | None, Query(max_length=200, description="A code or spelling: 万千瓦时, KWH.")
    ] = None,
    kind: Slug = None,
) -> Response:
    """Unit symbols and what may be written beside them; with `query`, the unit that a spelling means."""
    kinds = sorted({symbol.kind for symbol in index.units.symbols.values()})
    if kind is not None and kind not in kinds:
        raise Invalid(
            "unknown_kind",
            f"There is no kind of unit {kind!r}.",
            f"没有“{kind}”这类单位。",
            parameter="kind",
            valid_values=kinds,
        )
    symbols = [s for s in index.units.symbols.values() if kind is None or s.kind == kind]
    items = [views.unit_view(index.find_unit(query))] if query else [views.unit_item(s) for s in symbols]
    body = {
        "items": [item for item in items if kind is None or item["kind"] == kind],
        "next_cursor": None,
        "annotations": [views.annotation_item(a) for a in index.units.annotations.values()],
        "conventions": [views.convention_item(c) for c in index.conventions.values()],
    }
    return _answer(request, index, body)


@router.get("/gwp-sets", response_model=schemas.GwpSetList, responses=declared(400, 503))
async def list_gwp_sets(request: Request, index: Reference) -> Response:
    """The sets of global warming potentials."""
    items = [views.gwp_set_item(gwp_set) for gwp_set in index.gwp.sets.values()]
    return _answer(request, index, {"items": items, "next_cursor": None})


@router.get("/gwp-sets/{set_id}", response_model=schemas.GwpSet, responses=declared(400, 404, 503))
async def read_gwp_set(request: Request, index: Reference, set_id: str) -> Response:
    """One set with a value per gas and origin."""
    gwp_set = _or_404(index.gwp.gwp_set, set_id)
    return _answer(request, index, views.gwp_set_view(index.gwp, gwp_set))


@router.get("/activities", response_model=schemas.ActivityList, responses=declared(400, 503))
async def list_activities(
    request: Request,
    index: Reference,
    query: Words = None,
    family: Slug = None,
    sector: Slug = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Things and services that factors are about, ordered by code; a search puts exact names first."""
    everything = list(index.activities.by_code.values())
    _refuse_unknown("family", family, {activity.family for activity in everything})
    _refuse_unknown("sector", sector, {activity.sector for activity in everything})
    rows = [
        activity
        for activity in (index.activities.search(query) if query else everything)
        if family in (None, activity.family) and sector in (None, activity.sector)
    ]
    asked = {"list": "activities", "query": query, "family": family, "sector": sector}
    return _page(request, index, asked, rows, views.activity_item, limit, cursor)


@router.get("/activities/{code}", response_model=schemas.Activity, responses=declared(400, 404, 503))
async def read_activity(request: Request, index: Reference, code: str) -> Response:
    """One activity by code, or by a name that is its alone."""
    activity = _or_404(index.find_activity, code)
    return _answer(request, index, views.activity_view(index.activities, activity))


def _refuse_unknown(parameter: str, value: str | None, known: set[str]) -> None:
    if value is not None and value not in known:
        raise Invalid(
            f"unknown_{parameter}",
            f"There is no {parameter} {value!r}.",
            f"没有“{value}”。",
            parameter=parameter,
            valid_values=sorted(known),
        )


def _or_404(find: Callable[[str], T], text: str) -> T:
    """What is named in an address and not there is 404; a name of several things stays 400."""
    try:
        return find(text)
    except Invalid as refused:
        if not refused.code.startswith("unknown_"):
            raise
        raise NotFound(
            refused.code,
            refused.text["en"],
            refused.text["zh"],
            parameter=refused.parameter,
            valid_values=refused.valid_values,
        ) from refused


def _page(
    request: Request,
    index: ReferenceIndex,
    asked: dict[str, Any],
    rows: Sequence[T],
    view: Callable[[T], dict[str, Any]],
    limit: int,
    cursor: str | None,
) -> Response:
    """`limit` rows after the cursor, which holds for this question and this edition."""
    question = question_mark({**asked, "reference": index.hash})
    start = 0
    if cursor is not None:
        after = read_cursor(cursor, question)[1]
        if len(after) != 1 or not isinstance(after[0], int) or not 0 < after[0] < len(rows):
            raise Invalid(
                "invalid_cursor",
                "The cursor is not one that this service gave out.",
                "该游标不是由本服务生成的。",
                parameter="cursor",
            )
        start = after[0]
    end = start + limit
    following = write_cursor(question, 0, [end]) if end < len(rows) else None
    headers = {}
    if following is not None:
        url = request.url.include_query_params(cursor=following)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    body = {"items": [view(row) for row in rows[start:end]], "next_cursor": following}
    return _answer(request, index, body, headers)


def _answer(
    request: Request, index: ReferenceIndex, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    return json_answer(request, body, headers={"Factorbase-Reference": index.hash, **(headers or {})})
