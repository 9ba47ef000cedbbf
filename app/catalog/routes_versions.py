"""One factor: its envelope, versions, exact bytes, citation, provenance and diff."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.catalog import mapping, service
from app.catalog.asking import At, Reading
from app.catalog.citation import cite
from app.catalog.diff import diff_as_json, diff_documents
from app.catalog.items import (
    DOCUMENT_CACHE,
    Version,
    byte_headers,
    envelope,
    links,
    moment,
    rfc3339,
    status_block,
    successor_link,
)
from app.catalog.provenance import Publication, provenance
from app.catalog.schemas import Envelope, VersionList
from app.kit.errors import NotFound
from app.kit.http import bytes_answer, json_answer, language_of, matches, strict_query
from app.kit.problems import declared

router = APIRouter(prefix="/v1", tags=["factors"], dependencies=[Depends(strict_query)])
Dataset = Annotated[str, Path(max_length=125)]
Key = Annotated[str, Path(max_length=319)]
N = Annotated[int, Path(ge=1, le=9999)]
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Style = Annotated[Literal["gbt7714", "bibtex", "csl-json"], Query()]
JSON_BYTES: dict[str, Any] = {"description": "The exact bytes", "content": {"application/json": {}}}


@router.get("/factors/{dataset}/{key}", response_model=Envelope, responses=declared(400, 404))
async def read_factor(request: Request, connection: Reading, at: At, dataset: Dataset, key: Key) -> Response:
    """The current version in an envelope: status first, then the document, then links.

    Where a factor was renamed, split or merged, `successors` and `Link` say what took its place; so does the
    404 of a reference that is no factor here.
    """
    ref = f"{dataset}/{key}"
    found = await mapping.successors(connection, ref, at.size)
    try:
        version = await service.get_version(connection, at, dataset, key)
    except NotFound:
        if found:
            raise mapping.replaced(ref, found) from None
        raise
    headers = {"Factorbase-Basis": str(at.size), **_notice(version)}
    if found:
        headers["Link"] = ", ".join(successor_link(f"/v1/factors/{successor.ref}") for successor in found)
    body = envelope(version, version.n, [successor.shown() for successor in found])
    return json_answer(request, body, cache="public, max-age=60, must-revalidate", headers=headers)


@router.get("/factors/{dataset}/{key}/versions", response_model=VersionList, responses=declared(400, 404))
async def list_versions(
    request: Request, connection: Reading, at: At, dataset: Dataset, key: Key
) -> Response:
    """The history of a factor, newest first, with the reason of each change and the change in percent."""
    versions = await service.get_history(connection, at, dataset, key)
    documents = [orjson.loads(version.document) for version in versions]
    items = [
        _history_item(version, document, documents[position - 1] if position else None)
        for position, (version, document) in enumerate(zip(versions, documents, strict=True))
    ]
    body = {"items": items[::-1], "next_cursor": None}
    return json_answer(request, body, headers={"Factorbase-Basis": str(at.size)})


def _history_item(
    version: Version, document: dict[str, Any], before: dict[str, Any] | None
) -> dict[str, Any]:
    changes = diff_documents(before, document) if before is not None else []
    percent = next((change.percent for change in changes if change.path == "/value"), None)
    return {
        "ref": version.ref,
        "version": version.n,
        "status": status_block(version.status),
        "release": version.release,
        "published_at": moment(version.published_at),
        "position": version.position,
        "value": document.get("value"),
        "unit": document.get("unit"),
        "percent_change": None if percent is None else format(percent, "f"),
        "change": document["change"],
        "content_hash": version.content_hash,
        "links": links(version, document["series"]),
    }


@router.get(
    "/factors/{dataset}/{key}/versions/{n}",
    responses={200: JSON_BYTES, 304: {"description": "Not modified"}, **declared(400, 404)},
)
async def read_version(
    request: Request, connection: Reading, at: At, dataset: Dataset, key: Key, n: N
) -> Response:
    """The exact bytes of a version; ETag and Repr-Digest are its content hash. Status travels in headers."""
    version = await service.get_version(connection, at, dataset, key, n)
    headers = byte_headers(version)
    if matches(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(version.document, headers=headers, media_type="application/json")


@router.get(
    "/documents/{content_hash}",
    responses={200: JSON_BYTES, 304: {"description": "Not modified"}, **declared(400, 404)},
)
async def read_document(request: Request, connection: Reading, content_hash: Digest) -> Response:
    """The bytes with this SHA-256, for ever."""
    body = await service.get_document(connection, content_hash)
    return bytes_answer(request, body, "application/json", cache=DOCUMENT_CACHE)


@router.get(
    "/factors/{dataset}/{key}/versions/{n}/citation",
    responses={
        200: {
            "content": {
                "text/plain": {},
                "application/x-bibtex": {},
                "application/vnd.citationstyles.csl+json": {},
            }
        },
        **declared(400, 404),
    },
)
async def read_citation(
    request: Request, connection: Reading, at: At, dataset: Dataset, key: Key, n: N, style: Style = "gbt7714"
) -> Response:
    """How to cite this version and the document that its figure is from."""
    version = await service.get_version(connection, at, dataset, key, n)
    document = orjson.loads(version.document)
    language = language_of(request)
    body, media_type = cite(
        document, style, request.app.state.origin, language, published_on=version.published_at.date()
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return bytes_answer(request, body, media_type, headers=headers)


@router.get(
    "/factors/{dataset}/{key}/versions/{n}/provenance",
    response_model=dict[str, Any],
    responses=declared(400, 404),
)
async def read_provenance(
    request: Request, connection: Reading, at: At, dataset: Dataset, key: Key, n: N
) -> Response:
    """Where the figure is from and how it came here, as W3C PROV-JSON."""
    version = await service.get_version(connection, at, dataset, key, n)
    release = await service.get_release(connection, at, dataset, version.release)
    publication = Publication(
        release=version.release,
        published_at=rfc3339(version.published_at),
        position=version.position,
        release_hash=release.release_hash,
        policy=release.policy,
    )
    return json_answer(
        request, provenance(orjson.loads(version.document), publication, request.app.state.origin)
    )


@router.get("/factors/{dataset}/{key}/diff", response_model=dict[str, Any], responses=declared(400, 404))
async def read_diff(
    request: Request,
    connection: Reading,
    at: At,
    dataset: Dataset,
    key: Key,
    from_: Annotated[int, Query(alias="from", ge=1, le=9999)],
    to: Annotated[int, Query(ge=1, le=9999)],
) -> Response:
    """What differs between two versions, field by field, with the change in percent."""
    old = await service.get_version(connection, at, dataset, key, from_)
    new = await service.get_version(connection, at, dataset, key, to)
    changes = diff_documents(orjson.loads(old.document), orjson.loads(new.document))
    body = {"ref": new.ref, "from": old.n, "to": new.n, "changes": diff_as_json(changes)}
    return json_answer(request, body)


@router.get("/sources/{id}", response_model=dict[str, Any], responses=declared(400, 404))
async def read_source(request: Request, connection: Reading, id: Digest) -> Response:
    """A cited document."""
    found = await service.get_source(connection, id)
    if found is None:
        raise NotFound("source_not_found", f"There is no source {id}.", f"没有来源 {id}。")
    return bytes_answer(request, found, "application/json", cache=DOCUMENT_CACHE)


def _notice(version: Version) -> dict[str, str]:
    """The headers by which a withdrawn or superseded version says so."""
    return {name: value for name, value in byte_headers(version).items() if name in ("Deprecation", "Link")}
