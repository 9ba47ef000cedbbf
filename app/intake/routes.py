"""Drafts over HTTP: look, describe, attach, explain, preview, leave out."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response, StreamingResponse

from app.auth.access import Asking, SignedIn, Writing, asking, no_query, record
from app.auth.rules import Asker
from app.catalog.asking import Cursor, Limit
from app.intake import attachments, drafts, drafts_change, drafts_view, preview, repository_attachments
from app.intake.drafts_change import PreconditionRequired
from app.intake.repository_blobs import BlobStore
from app.intake.routes_receiving import body_of, receiving
from app.intake.routes_shapes import AttachmentItem, DraftItem, DraftPatch, Explanations, PreviewList
from app.intake.routes_uploads import PRIVATE, STRICT, download_headers, stored_bytes
from app.intake.uploads import Received
from app.kit.db import Database, snapshot, transaction
from app.kit.errors import Invalid, NotFound
from app.kit.http import language_of
from app.kit.idempotency import Answer, OnceKey, once
from app.kit.pages import question_mark, read_cursor, write_cursor
from app.kit.problems import declared, problem_response

router = APIRouter(
    prefix="/v1/datasets/{dataset}/releases/{release}", tags=["drafts"], dependencies=[Depends(asking)]
)
Dataset = Annotated[str, Path(max_length=125)]
Number = Annotated[str, Path(max_length=40)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]
KIND_FIELD = {"type": "string", "enum": list(attachments.KINDS), "default": "other"}
PLAIN = [Depends(no_query)]
CLASS_FIELD = {"type": "string", "enum": list(attachments.ACCESS_CLASSES), "default": "restricted"}


def install(app: FastAPI) -> None:
    """A change of a draft without If-Match answers 428 (RFC 6585)."""
    app.add_exception_handler(PreconditionRequired, _precondition)


async def _precondition(request: Request, error: Exception) -> Response:
    assert isinstance(error, PreconditionRequired)
    return problem_response(428, error, request)


@router.get("/draft", response_model=DraftItem, dependencies=STRICT, responses=declared(400, 401, 404))
async def read_draft(request: Request, asker: SignedIn, dataset: Dataset, release: Number) -> Response:
    """A draft with its numbers, and what still stands in the way of submitting it."""
    async with snapshot(request.app.state.database.primary) as connection:
        draft = await drafts.seen(connection, asker, dataset, release)
        body = await drafts_view.draft_item(connection, draft)
    headers = {"Cache-Control": PRIVATE, "ETag": drafts_view.etag(draft)}
    return Response(orjson.dumps(body, default=str), headers=headers, media_type="application/json")


@router.patch(
    "/draft",
    response_model=DraftItem,
    dependencies=PLAIN,
    responses=declared(400, 401, 403, 404, 409, 412, 422, 428),
)
async def change_draft(
    request: Request,
    connection: Writing,
    asker: SignedIn,
    dataset: Dataset,
    release: Number,
    body: DraftPatch,
    if_match: IfMatch = None,
) -> Response:
    """Change policy, description, or the answers on factors that are gone. Takes If-Match with the ETag."""
    draft = await _own(connection, asker, dataset, release)
    drafts_change.expected_revision(draft, if_match)
    stated = body.model_dump(exclude_unset=True)
    changed, act = await drafts_change.patch(
        connection,
        draft,
        asker,
        policy=stated.get("policy"),
        metadata=_without_nulls(stated.get("metadata")),
        answers=stated.get("answers"),
    )
    shown = await drafts_view.draft_item(connection, changed)
    headers = await record(request, connection, asker, [act])
    headers |= {"Cache-Control": PRIVATE, "ETag": drafts_view.etag(changed)}
    return Response(orjson.dumps(shown, default=str), headers=headers, media_type="application/json")


def _without_nulls(metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    """Nulls stay at the top, where they take a statement back, and go within a statement."""
    if metadata is None:
        return None
    return {
        name: {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value
        for name, value in metadata.items()
    }


async def _own(connection: AsyncConnection, asker: Asker, dataset: str, release: str) -> Any:
    """The draft, for a contributor of its dataset. To others who may not see it, it is not there (404)."""
    draft = await drafts.seen(connection, asker, dataset, release)
    await drafts.contributor(connection, asker, dataset)
    return draft


@router.get("/preview", response_model=PreviewList, dependencies=STRICT, responses=declared(400, 401, 404))
async def read_preview(
    request: Request,
    asker: SignedIn,
    dataset: Dataset,
    release: Number,
    kind: Annotated[preview.Kind | None, Query(description="Only these.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What the release would change against the last one: old and new figures, and what is gone."""
    async with snapshot(request.app.state.database.primary) as connection:
        draft = await drafts.seen(connection, asker, dataset, release)
        mark = question_mark({"draft": drafts_view.etag(draft), "kind": kind})
        after = None if cursor is None else read_cursor(cursor, mark)[1]
        compared = await preview.compare(connection, draft)
        entries = preview.page(compared, kind, after, limit + 1)
        items = await preview.items(connection, draft, entries[:limit], language_of(request))
    more = write_cursor(mark, 0, list(entries[limit - 1])) if len(entries) > limit else None
    body = {
        "items": items,
        "next_cursor": more,
        "counts": compared.counts,
        "unanswered": compared.unanswered,
    }
    headers = {"Cache-Control": PRIVATE, "ETag": drafts_view.etag(draft)}
    return Response(orjson.dumps(body, default=str), headers=headers, media_type="application/json")


@router.post(
    "/explanations",
    response_model=dict[str, Any],
    dependencies=PLAIN,
    responses=declared(400, 401, 403, 404, 409, 412, 422),
)
async def explain_findings(
    request: Request,
    connection: Writing,
    asker: SignedIn,
    dataset: Dataset,
    release: Number,
    body: Explanations,
    key: OnceKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Say why warnings are right as they stand: one by one, or all of a code."""
    draft = await _own(connection, asker, dataset, release)

    async def act() -> Answer:
        drafts_change.check_match(draft, if_match)
        items = [(item.finding, item.text) for item in body.items]
        changed, line, done = await drafts_change.explain(
            connection, draft, asker.principal, items, body.code, body.text
        )
        missing = (await drafts_view.draft_item(connection, changed))["explanations_missing"]
        headers = await record(request, connection, asker, [line])
        return Answer(
            200,
            {"explained": done, "explanations_missing": missing, "revision": changed.revision},
            {**headers, "ETag": drafts_view.etag(changed)},
        )

    return await once(connection, request, asker.principal, key, body, act)


@router.post(
    "/leave-out",
    response_model=dict[str, Any],
    dependencies=PLAIN,
    responses=declared(400, 401, 403, 404, 409, 412),
)
async def leave_out_rows(
    request: Request,
    connection: Writing,
    asker: SignedIn,
    dataset: Dataset,
    release: Number,
    key: OnceKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Leave out the rows against which errors stand; their list goes on the record."""
    draft = await _own(connection, asker, dataset, release)

    async def act() -> Answer:
        drafts_change.check_match(draft, if_match)
        changed, line, rows = await drafts_change.leave_out(connection, draft, asker.principal)
        headers = await record(request, connection, asker, [line])
        return Answer(
            200,
            {"left_out": len(rows), "rows": rows[:1000], "revision": changed.revision},
            {**headers, "ETag": drafts_view.etag(changed)},
        )

    return await once(connection, request, asker.principal, key, None, act)


@router.post(
    "/attachments",
    status_code=201,
    dependencies=PLAIN,
    response_model=AttachmentItem,
    openapi_extra=body_of(kind=KIND_FIELD, access_class=CLASS_FIELD),
    responses=declared(400, 401, 403, 404, 409, 412, 413, 422),
)
async def attach_file(
    request: Request,
    asker: SignedIn,
    dataset: Dataset,
    release: Number,
    key: OnceKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Attach a document to a draft: the development report, a source, a flow chart (req 26, 40)."""
    database: Database = request.app.state.database
    async with snapshot(database.primary) as connection:
        await _own(connection, asker, dataset, release)
    async with (
        receiving(request, request.app.state.config.upload_max_bytes) as (received, fields),
        transaction(database.write) as connection,
    ):
        kind = _choice(fields, "kind", attachments.KINDS, "other")
        access = _choice(fields, "access_class", attachments.ACCESS_CLASSES, "restricted")
        found = await asyncio.to_thread(attachments.media_type, received.path, received.file_name)

        async def act() -> Answer:
            draft = await _own(connection, asker, dataset, release)
            drafts_change.check_match(draft, if_match)
            values = {"kind": kind, "access_class": access, "media_type": found}
            return await _attach(request, connection, asker, draft, received, values)

        mark = f"{received.sha256} {received.file_name} {kind} {access}"
        return await once(connection, request, asker.principal, key, mark, act)


def _choice(fields: dict[str, str], name: str, valid: tuple[str, ...], default: str) -> str:
    value = fields.get(name, default)
    if value not in valid:
        raise Invalid(
            "invalid_body",
            f"{name} {value[:40]!r} is none of the valid values.",
            f"{name} 的值 {value[:40]!r} 无效。",
            parameter=name,
            valid_values=list(valid),
        )
    return value


async def _attach(
    request: Request,
    connection: AsyncConnection,
    asker: Asker,
    draft: Any,
    received: Received,
    values: dict[str, str],
) -> Answer:
    changed = await drafts.change(connection, draft, asker.principal)
    blobs: BlobStore = request.app.state.blobs
    await blobs.put(connection, received.path, received.sha256, values["media_type"])
    row = {"draft": draft.id, "sha256": received.sha256, "name": received.file_name, **values}
    await repository_attachments.put(connection, {**row, "added_by": asker.principal})
    subject = _place(draft)
    details = {**values, "sha256": received.sha256, "name": received.file_name, "revision": changed.revision}
    headers = await record(request, connection, asker, [("dataset:draft:attach", subject, details)])
    stored = await repository_attachments.one(connection, draft, received.sha256)
    body = drafts_view.attachment_item(f"/v1/datasets/{_place(draft)}", stored)
    headers |= {"ETag": drafts_view.etag(changed), "Location": body["links"]["self"]}
    return Answer(201, body, headers)


def _place(draft: Any) -> str:
    return f"{draft.dataset}/releases/{draft.number}"


@router.get(
    "/attachments/{sha256}",
    dependencies=STRICT,
    responses={200: {"content": {"application/octet-stream": {}}}, **declared(400, 401, 404)},
)
async def read_attachment(
    request: Request,
    asker: Asking,
    dataset: Dataset,
    release: Number,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """An attached file, for those whom its access class lets read it; to others it is not there."""
    database: Database = request.app.state.database
    async with snapshot(database.primary) as connection:
        found = await _readable(connection, asker, dataset, release, sha256)
    headers = {
        **download_headers(found.name),
        "Repr-Digest": f"sha-256=:{_digest(sha256)}:",
        "ETag": f'"{sha256}"',
    }
    body = stored_bytes(database, request.app.state.blobs, sha256)
    return StreamingResponse(body, headers=headers, media_type=found.media_type)


async def _readable(
    connection: AsyncConnection, asker: Asker | None, dataset: str, release: str, sha256: str
) -> Any:
    missing = NotFound(
        "attachment_not_found",
        f"{dataset} {release} has no attachment {sha256[:16]}….",
        f"{dataset} {release} 没有附件 {sha256[:16]}…。",
    )
    try:
        draft = await drafts.find(connection, dataset, release)
    except NotFound:
        raise missing from None
    found = await repository_attachments.one(connection, draft, sha256)
    insider = await drafts.may_see(connection, asker, dataset)
    if found is None or not attachments.may_read(found, draft.state, insider, asker):
        raise missing
    return found


def _digest(sha256: str) -> str:
    return b64encode(bytes.fromhex(sha256)).decode("ascii")
