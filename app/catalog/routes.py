"""Lists and searches of factors, and series."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app.catalog import listing, service
from app.catalog.asking import At, Cursor, Filtered, Limit, Reading
from app.catalog.items import item
from app.catalog.schemas import FactorList, Series
from app.kit.http import json_answer, language_of, strict_query
from app.kit.problems import declared

router = APIRouter(prefix="/v1", tags=["factors"], dependencies=[Depends(strict_query)])
Facets = Annotated[
    str | None,
    Query(max_length=200, description="Comma-separated: " + ", ".join(listing.FACETS)),
]


@router.get("/factors", response_model=FactorList, responses=declared(400))
async def list_factors(
    request: Request,
    connection: Reading,
    at: At,
    filters: Filtered,
    query: Annotated[str | None, Query(max_length=4000, description="Words in Chinese or English.")] = None,
    facets: Facets = None,
    group: Annotated[Literal["series"] | None, Query(description="One hit per series.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Current versions, filtered or searched; retired, recalled and superseded ones only by `status`."""
    state = request.app.state
    await service.check_dataset(connection, filters)
    asked = listing.Asked(
        query=query,
        filters=filters,
        facets=listing.facet_names(facets),
        grouped=group == "series",
        limit=limit,
        cursor=cursor,
        language=language_of(request),
    )
    answer = await listing.answer(connection, at, asked, state.counts, state.aliases)
    return _listed(request, answer)


def _listed(request: Request, answer: dict[str, Any]) -> Response:
    headers = {"Factorbase-Basis": str(answer["basis"]), "Vary": "Accept-Language"}
    if answer["next_cursor"] is not None:
        url = request.url.include_query_params(cursor=answer["next_cursor"])
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return json_answer(request, answer, headers=headers)


@router.get("/series/{dataset}/{series}", response_model=Series, responses=declared(400, 404))
async def read_series(request: Request, connection: Reading, at: At, dataset: str, series: str) -> Response:
    """The periods of one thing, newest first."""
    versions = await service.get_series(connection, at, dataset, series)
    items = [item(version) for version in versions]
    body = {
        "dataset": dataset,
        "series": series,
        "name": items[0]["name"],
        "year_rule": listing.year_rule(versions[0]),
        "items": items,
        "next_cursor": None,
    }
    return json_answer(request, body, headers={"Factorbase-Basis": str(at.size)})
