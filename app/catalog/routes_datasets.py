"""Datasets and their releases: descriptions, members, manifests and downloads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from app.catalog import export, reads, service
from app.catalog.asking import At, Cursor, Limit, Reading
from app.catalog.conditions import Moment
from app.catalog.items import DOCUMENT_CACHE, Status, deprecation, item, moment, successor_link
from app.catalog.rules import list_rank
from app.catalog.schemas import DatasetItem, DatasetList, FactorList, ReleaseItem, ReleaseList
from app.kit.db import Database, snapshot
from app.kit.http import bytes_answer, json_answer, matches, strict_query
from app.kit.pages import question_mark, read_cursor, write_cursor
from app.kit.problems import declared

router = APIRouter(prefix="/v1/datasets", tags=["datasets"], dependencies=[Depends(strict_query)])
Dataset = Annotated[str, Path(max_length=125)]
Number = Annotated[str, Path(max_length=40)]
Format = Annotated[Literal["csv", "ndjson", "xlsx", "parquet"], Query()]


@router.get("", response_model=DatasetList, responses=declared(400))
async def list_datasets(request: Request, connection: Reading, at: At) -> Response:
    """Every dataset with its publisher, licence and number of factors."""
    items = [service.dataset_item(release) for release in await reads.datasets(connection, at)]
    return json_answer(request, {"items": items, "next_cursor": None}, headers=_basis(at))


@router.get("/{dataset}", response_model=DatasetItem, responses=declared(400, 404))
async def read_dataset(request: Request, connection: Reading, at: At, dataset: Dataset) -> Response:
    """One dataset as its newest release describes it."""
    releases = await service.get_releases(connection, at, dataset)
    return json_answer(request, service.dataset_item(releases[0]), headers=_basis(at))


@router.get("/{dataset}/releases", response_model=ReleaseList, responses=declared(400, 404))
async def list_releases(request: Request, connection: Reading, at: At, dataset: Dataset) -> Response:
    """The releases of a dataset, newest first."""
    releases = await service.get_releases(connection, at, dataset)
    known = await service.standings(connection, at, releases)
    items = [service.release_item(release, known[release.id]) for release in releases]
    return json_answer(request, {"items": items, "next_cursor": None}, headers=_basis(at))


@router.get("/{dataset}/releases/{release}", response_model=ReleaseItem, responses=declared(400, 404))
async def read_release(
    request: Request, connection: Reading, at: At, dataset: Dataset, release: Number
) -> Response:
    """One release: hash, policy, what it added and changed, and how it describes its dataset."""
    found = await service.get_release(connection, at, dataset, release)
    about = orjson.loads(found.metadata_document)
    status = (await service.standings(connection, at, [found]))[found.id]
    body = {**service.release_item(found, status), "metadata": about}
    return json_answer(request, body, headers={**_basis(at), **_notice(found.dataset, status)})


@router.get(
    "/{dataset}/releases/{release}/manifest",
    response_model=dict[str, Any],
    responses={304: {"description": "Not modified"}, **declared(400, 404)},
)
async def read_manifest(
    request: Request, connection: Reading, at: At, dataset: Dataset, release: Number
) -> Response:
    """The canonical manifest; its SHA-256 is the release hash."""
    found = await service.get_release(connection, at, dataset, release)
    return bytes_answer(request, found.manifest, "application/json", cache=DOCUMENT_CACHE)


@router.get("/{dataset}/releases/{release}/factors", response_model=FactorList, responses=declared(400, 404))
async def list_release_factors(
    request: Request,
    connection: Reading,
    at: At,
    dataset: Dataset,
    release: Number,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The factors that a release carries, whether it brought them or an earlier one did."""
    found = await service.get_release(connection, at, dataset, release)
    mark = question_mark({"release": found.release_hash})
    after = None if cursor is None else read_cursor(cursor, mark)[1]
    versions = await service.release_page(connection, at, found, after, limit + 1)
    items = [item(version) for version in versions[:limit]]
    last = None
    if len(versions) > limit:
        last = [list_rank(items[-1]["record_type"]), items[-1]["ref"], items[-1]["version"]]
    body = {
        "items": items,
        "next_cursor": None if last is None else write_cursor(mark, at.size, last),
        "total": {"value": found.factor_count, "exact": True},
        "basis": at.size,
    }
    return json_answer(request, body, headers=_basis(at))


@router.get(
    "/{dataset}/releases/{release}/download",
    responses={
        200: {"content": {export.media_type(name): {} for name in ("csv", "ndjson", "xlsx", "parquet")}},
        304: {"description": "Not modified"},
        **declared(400, 404),
    },
)
async def download_release(
    request: Request, connection: Reading, at: At, dataset: Dataset, release: Number, format: Format = "csv"
) -> Response:
    """A whole release as a file, streamed; the file's name holds dataset and release."""
    found = await service.get_release(connection, at, dataset, release)
    etag = f'"{found.release_hash}-{format}-{export.LAYOUT}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300, no-transform", **_basis(at)}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{export.filename(format, dataset, release)}"'
    documents = _documents(request.app.state.database, found)
    export.check_size(format, found.factor_count)
    body = await export.opened(export.stream(format, documents, _about(found)))
    return StreamingResponse(body, headers=headers, media_type=export.media_type(format))


async def _documents(database: Database, release: Any) -> AsyncIterator[bytes]:
    """The release's documents over a snapshot of their own: the request's is closed before the body is sent."""
    async with snapshot(database.primary) as connection:
        async for document in reads.release_documents(connection, release):
            yield document


def _about(release: Any) -> dict[str, Any]:
    return {
        **orjson.loads(release.metadata_document),
        "dataset": release.dataset,
        "release": release.number,
        "release_hash": release.release_hash,
        "published_at": moment(release.published_at),
    }


def _notice(dataset: str, status: Status) -> dict[str, str]:
    """The headers by which a withdrawn release says so, also when it will be."""
    headers = {}
    since = status.pending.effective_from if status.pending is not None else None
    if status.status != "published":
        since = status.since
    if since is not None:
        headers["Deprecation"] = deprecation(since)
    named = status.successor or (status.pending.successor if status.pending is not None else None)
    if named is not None:
        headers["Link"] = successor_link(f"/v1/datasets/{dataset}/releases/{named}")
    return headers


def _basis(at: Moment) -> dict[str, str]:
    return {"Factorbase-Basis": str(at.size)}
