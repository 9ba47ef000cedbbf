"""Uploads over HTTP: send a file, follow its checking, read what was found, get the file back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from app.auth.access import Asking, SignedIn, actor, asking, record
from app.auth.rules import Asker
from app.catalog.asking import Cursor, Limit
from app.intake import drafts, drafts_change, jobs, repository, uploads, uploads_folders
from app.intake.checking import Mode
from app.intake.findings import Finding
from app.intake.marking import marked
from app.intake.reading import HEAD, sniff
from app.intake.repository_blobs import BlobStore, fetch
from app.intake.routes_receiving import body_of, receiving
from app.intake.routes_shapes import FindingList, UploadItem
from app.intake.template import template
from app.intake.uploads import Planned, Received
from app.intake.uploads_check import check_file
from app.intake.uploads_context import context_of
from app.intake.uploads_view import finding_item, upload_item
from app.journal import service as journal
from app.kit.db import Database, snapshot, transaction
from app.kit.errors import NotFound
from app.kit.http import bytes_answer, language_of, strict_query
from app.kit.idempotency import Answer, OnceKey, once
from app.kit.language import Language
from app.kit.pages import question_mark, read_cursor, write_cursor
from app.kit.problems import declared
from app.reference.index import ReferenceIndex

router = APIRouter(prefix="/v1", tags=["uploads"], dependencies=[Depends(asking)])
Dataset = Annotated[str, Path(max_length=125)]
Number = Annotated[str, Path(max_length=40)]
UploadId = Annotated[str, Path(max_length=40)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STRICT = [Depends(strict_query)]
PRIVATE = "private, no-store"
REPLAYED = "Factorbase-Replayed"
_turns = asyncio.Semaphore(3)  # files checked at once in a process: each holds a connection meanwhile


@router.post(
    "/datasets/{dataset}/releases/{release}/upload",
    status_code=201,
    response_model=UploadItem,
    openapi_extra=body_of(),
    responses={
        200: {"description": "The same file was sent for this draft before: that upload"},
        202: {"description": "Being checked: follow Location"},
        **declared(400, 401, 403, 409, 412, 413, 422),
    },
)
async def upload_file(
    request: Request,
    asker: SignedIn,
    dataset: Dataset,
    release: Number,
    mode: Annotated[Mode, Query(description="All factors of the release, or those that change.")] = "full",
    dry_run: Annotated[bool, Query(description="Check only; no draft is made or changed.")] = False,
    key: OnceKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Send a file of factors (XLSX, CSV or NDJSON) for a release; answers with what was found in it."""
    database: Database = request.app.state.database
    async with snapshot(database.primary) as connection:
        await drafts.contributor(connection, asker, dataset)
    config = request.app.state.config
    async with receiving(request, config.upload_max_bytes) as (received, _):
        sending = _Sending(request, asker, received, dataset, release, mode, dry_run, if_match)
        async with _turns, transaction(database.write) as connection:
            return await once(
                connection, request, asker.principal, key, received.sha256, lambda: sending.act(connection)
            )


class _Sending:
    """One upload as it is received; `act` is the whole of it, in one transaction."""

    def __init__(
        self,
        request: Request,
        asker: Asker,
        received: Received,
        dataset: str,
        release: str,
        mode: Mode,
        dry_run: bool,
        if_match: str | None,
    ) -> None:
        self.request = request
        self.state = request.app.state
        self.asker = asker
        self.received = received
        self.dataset = dataset
        self.release = release
        self.mode = mode
        self.dry_run = dry_run
        self.if_match = if_match

    async def act(self, connection: AsyncConnection) -> Answer:
        planned = await self._plan(connection)
        if planned.earlier is not None:
            return await _answer(connection, planned.earlier, 200, {REPLAYED: "true"})
        at_once = await asyncio.to_thread(uploads.at_once, self.received)
        upload = await uploads.open_upload(
            connection,
            self.state.blobs,
            planned,
            self.received,
            dataset=self.dataset,
            release=self.release,
            mode=self.mode,
            dry_run=self.dry_run,
            principal=self.asker.principal,
            state="running" if at_once else "queued",
        )
        if at_once:
            return await self._check_now(connection, upload)
        await jobs.enqueue(connection, upload.id, actor(self.request, self.asker))
        headers = await self._record(connection, upload, "dataset:upload:receive")
        return await _answer(connection, upload, 202, headers)

    async def _plan(self, connection: AsyncConnection) -> Planned:
        planned = await uploads.plan(
            connection, self.dataset, self.release, self.mode, self.dry_run, self.received.sha256
        )
        if self.if_match is not None:
            if planned.draft is None:
                raise uploads.stale()
            drafts_change.check_match(planned.draft, self.if_match)
        return planned

    async def _check_now(self, connection: AsyncConnection, upload: Any) -> Answer:
        index: ReferenceIndex = self.state.reference
        today = datetime.now(UTC).date()
        context = await context_of(
            connection, index, self.state.origin, self.dataset, self.release, self.mode, today
        )
        with uploads_folders.folder() as folder:
            outcome = await asyncio.to_thread(
                check_file, upload.id, self.received.path, self.received.file_name, context, FilePath(folder)
            )
            stored = await uploads.store(connection, self.state.blobs, upload, outcome)
        headers = await self._record(connection, stored, "dataset:upload:accept")
        return await _answer(connection, stored, 201, headers)

    async def _record(self, connection: AsyncConnection, upload: Any, kind: str) -> dict[str, str]:
        """The journal line; a dry run is no act, and answers the basis as it is."""
        if upload.dry_run:
            return {"Factorbase-Basis": str((await journal.current_basis(connection)).size)}
        return await record(self.request, connection, self.asker, [uploads.act(upload, kind)])


async def _answer(connection: AsyncConnection, upload: Any, status: int, headers: dict[str, str]) -> Answer:
    first = await repository.findings_page(connection, upload.id, {}, -1, 50)
    body = {**upload_item(upload), "findings": [finding_item(row) for row in first]}
    return Answer(status, body, {"Location": f"/v1/uploads/{upload.id}", **headers})


async def _seen(connection: AsyncConnection, asker: Asker | None, upload_id: str) -> Any:
    """The upload, for its sender and those who may see drafts. Raises NotFound `upload_not_found`."""
    found = await repository.upload(connection, upload_id)
    if found is not None and asker is not None:
        own = found.principal == asker.principal
        if own or await drafts.may_see(connection, asker, found.dataset):
            return found
    raise NotFound("upload_not_found", f"There is no upload {upload_id!r}.", f"没有上传 {upload_id!r}。")


@router.get(
    "/uploads/{upload_id}",
    response_model=UploadItem,
    dependencies=STRICT,
    responses=declared(400, 401, 404),
)
async def read_upload(request: Request, asker: SignedIn, upload_id: UploadId) -> Response:
    """How far the checking is, and in the end how much was found."""
    async with snapshot(request.app.state.database.primary) as connection:
        upload = await _seen(connection, asker, upload_id)
    return _json(upload_item(upload))


@router.get(
    "/uploads/{upload_id}/findings",
    response_model=FindingList,
    dependencies=STRICT,
    responses=declared(400, 401, 404),
)
async def list_findings(
    request: Request,
    asker: SignedIn,
    upload_id: UploadId,
    severity: Annotated[Literal["error", "warning", "note"] | None, Query()] = None,
    code: Annotated[str | None, Query(max_length=80)] = None,
    sheet: Annotated[str | None, Query(max_length=80)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What was found, in the order of finding, with the cell and what is expected there."""
    filters = {"severity": severity, "code": code, "sheet": sheet}
    mark = question_mark({"upload": upload_id, **filters})
    after = -1 if cursor is None else read_cursor(cursor, mark)[1][0]
    async with snapshot(request.app.state.database.primary) as connection:
        upload = await _seen(connection, asker, upload_id)
        rows = await repository.findings_page(connection, upload_id, filters, after, limit + 1)
        said = await repository.explained(connection, upload, [row.identity for row in rows])
    items = [finding_item(row, said) for row in rows[:limit]]
    more = write_cursor(mark, 0, [rows[limit - 1].seq]) if len(rows) > limit else None
    return _json({"items": items, "next_cursor": more})


@router.get(
    "/uploads/{upload_id}/file",
    dependencies=STRICT,
    responses={200: {"content": {"application/octet-stream": {}}}, **declared(400, 401, 404)},
)
async def read_upload_file(
    request: Request,
    asker: SignedIn,
    upload_id: UploadId,
    marked_file: Annotated[
        bool, Query(alias="marked", description="As a workbook with the faulty cells marked.")
    ] = False,
) -> Response:
    """The file as it was sent, byte for byte; or as a workbook with the findings in it."""
    database: Database = request.app.state.database
    async with snapshot(database.primary) as connection:
        upload = await _seen(connection, asker, upload_id)
    if marked_file:
        return await _marked(request, upload)
    return StreamingResponse(
        stored_bytes(database, request.app.state.blobs, upload.blob),
        headers=download_headers(upload.file_name),
        media_type="application/octet-stream",
    )


async def stored_bytes(database: Database, blobs: BlobStore, sha256: str) -> AsyncIterator[bytes]:
    """Over a connection of its own: the request's is given back before the body is sent."""
    async with snapshot(database.primary) as connection:
        async for piece in blobs.read(connection, sha256):
            yield piece


async def _marked(request: Request, upload: Any) -> Response:
    folder = uploads_folders.folder()
    try:
        path, made = FilePath(folder.name) / "upload", FilePath(folder.name) / "marked.xlsx"
        async with snapshot(request.app.state.database.primary) as connection:
            await fetch(request.app.state.blobs, connection, upload.blob, path)
            rows = await repository.findings_page(connection, upload.id, {}, -1, 1_000_000)
        findings = [_finding(row) for row in rows]
        await asyncio.to_thread(_mark, path, upload.file_name, findings, language_of(request), made)
    except BaseException:
        folder.cleanup()
        raise
    name = f"{FilePath(upload.file_name).stem}.marked.xlsx"
    headers = download_headers(name)
    return FileResponse(made, headers=headers, media_type=XLSX, background=BackgroundTask(folder.cleanup))


def _mark(path: FilePath, name: str, findings: list[Finding], language: Language, made: FilePath) -> None:
    with path.open("rb") as file:
        kind = sniff(name, file.read(HEAD))
    with made.open("wb") as sink:
        marked(path, "xlsx" if isinstance(kind, Finding) else kind, findings, language, sink)


def _finding(row: Any) -> Finding:
    text = {"zh": row.text_zh, "en": row.text_en}
    names = ("code", "severity", "sheet", "cell", "row", "key", "field", "value")
    return Finding(**{n: getattr(row, n) for n in names}, expected=tuple(row.expected), text=text)


@router.get(
    "/templates/factors.xlsx",
    dependencies=STRICT,
    responses={200: {"content": {XLSX: {}}}, 304: {"description": "Not modified"}, **declared(400, 401)},
)
async def read_template(request: Request, _: Asking) -> Response:
    """An empty workbook to fill: bilingual headings, drop-downs from the reference lists, an example."""
    language = language_of(request)
    body = await asyncio.to_thread(_template, request.app.state.reference, language)
    headers = {
        "Content-Disposition": 'attachment; filename="factors.xlsx"',
        "Vary": "Accept-Language",
        "Content-Language": language,
    }
    return bytes_answer(request, body, XLSX, headers=headers)


@lru_cache(maxsize=4)
def _template(index: ReferenceIndex, language: Language) -> bytes:
    return template(index, language)


def download_headers(name: str) -> dict[str, str]:
    """For bytes that somebody sent: a browser saves them under their name and runs nothing (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": PRIVATE,
    }


def _json(body: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(body, default=str), headers={"Cache-Control": PRIVATE}, media_type="application/json"
    )
