"""The review over HTTP: submit, approve, send back, reject, publish, abandon, and the queue."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.auth.access import Reading, SignedIn, asking, no_query
from app.catalog.asking import Cursor, Limit
from app.intake import drafts
from app.journal.service import Basis
from app.kit.http import json_answer, strict_query
from app.kit.pages import question_mark, read_cursor, write_cursor
from app.kit.problems import declared
from app.review import reading, service
from app.review.acting import Doing
from app.review.acts import Outcome
from app.review.schemas import (
    ActDone,
    ApproveBody,
    NoteBody,
    ReasonBody,
    Record,
    ReviewItem,
    ReviewList,
    SubmitBody,
)

router = APIRouter(prefix="/v1", tags=["review"], dependencies=[Depends(asking)])
RELEASE = "/datasets/{dataset}/releases/{release}"
Dataset = Annotated[str, Path(max_length=125)]
Number = Annotated[str, Path(max_length=40)]
READ = declared(400, 401, 404)
WRITE = declared(400, 401, 403, 404, 409, 422)
STRICT = [Depends(strict_query)]
PLAIN = [Depends(no_query)]
PRIVATE = "private, no-store"


@router.post(f"{RELEASE}/submit", response_model=ActDone, responses=WRITE, dependencies=PLAIN)
async def submit(
    request: Request, doing: Doing, dataset: Dataset, release: Number, body: SubmitBody | None = None
) -> Response:
    """Freeze the draft and ask for its review; refused while errors stand, warnings are unexplained or
    required documents are missing."""
    said = body or SubmitBody()
    corrections = {key: one.model_dump(exclude_none=True) for key, one in said.corrections.items()}

    async def act() -> tuple[dict[str, Any], Basis]:
        return _done(
            dataset,
            release,
            await service.submit(
                doing.connection,
                doing.by,
                dataset,
                release,
                note=said.note,
                corrections=corrections,
                aliases=request.app.state.aliases,
            ),
        )

    return await doing.answer(said, act)


@router.post(f"{RELEASE}/approve", response_model=ActDone, responses=WRITE, dependencies=PLAIN)
async def approve(doing: Doing, dataset: Dataset, release: Number, body: ApproveBody) -> Response:
    """Approve exactly the bytes of `release_hash`. Independent reviewers only; persons are counted, not keys."""

    async def act() -> tuple[dict[str, Any], Basis]:
        outcome = await service.approve(doing.connection, doing.by, dataset, release, body.opinion())
        return _done(dataset, release, outcome)

    return await doing.answer(body, act)


@router.post(f"{RELEASE}/request-changes", response_model=ActDone, responses=WRITE, dependencies=PLAIN)
async def request_changes(doing: Doing, dataset: Dataset, release: Number, body: ReasonBody) -> Response:
    """Send the release back; the round ends and its approvals are void."""

    async def act() -> tuple[dict[str, Any], Basis]:
        outcome = await service.request_changes(doing.connection, doing.by, dataset, release, body.reason)
        return _done(dataset, release, outcome)

    return await doing.answer(body, act)


@router.post(f"{RELEASE}/reject", response_model=ActDone, responses=WRITE, dependencies=PLAIN)
async def reject(doing: Doing, dataset: Dataset, release: Number, body: ReasonBody) -> Response:
    """End the release for good; its number is free again."""

    async def act() -> tuple[dict[str, Any], Basis]:
        outcome = await service.reject(doing.connection, doing.by, dataset, release, body.reason)
        return _done(dataset, release, outcome)

    return await doing.answer(body, act)


@router.post(f"{RELEASE}/publish", response_model=ActDone, responses=WRITE, dependencies=PLAIN)
async def publish(doing: Doing, dataset: Dataset, release: Number, body: NoteBody | None = None) -> Response:
    """Make the approved bytes part of the catalogue; not by somebody who contributed to them."""
    said = body or NoteBody()

    async def act() -> tuple[dict[str, Any], Basis]:
        outcome = await service.publish(doing.connection, doing.by, dataset, release, said.reason)
        return _done(dataset, release, outcome)

    return await doing.answer(said, act)


@router.post(f"{RELEASE}/abandon", response_model=ActDone, responses=WRITE, dependencies=PLAIN)
async def abandon(doing: Doing, dataset: Dataset, release: Number, body: NoteBody | None = None) -> Response:
    """Give the release up; its number is free again."""
    said = body or NoteBody()

    async def act() -> tuple[dict[str, Any], Basis]:
        outcome = await service.abandon(doing.connection, doing.by, dataset, release, said.reason)
        return _done(dataset, release, outcome)

    return await doing.answer(said, act)


@router.get("/reviews", response_model=ReviewList, responses=declared(400, 401), dependencies=STRICT)
async def list_reviews(
    request: Request,
    connection: Reading,
    asker: SignedIn,
    state: Annotated[
        str | None, Query(max_length=200, description="States, separated by commas; else those in review.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The queue: what waits for whom, how old and how large it is, and what the asker may do."""
    states = reading.check_states(state)
    mark = question_mark({"reviews": states})
    after = 0 if cursor is None else int(read_cursor(cursor, mark)[1][0])
    items, following = await reading.queue(connection, asker, states, after, limit)
    next_cursor = None if following is None else write_cursor(mark, 0, [following])
    return json_answer(request, {"items": items, "next_cursor": next_cursor}, cache=PRIVATE)


@router.get(f"{RELEASE}/review", response_model=ReviewItem, responses=READ, dependencies=STRICT)
async def read_review(
    request: Request, connection: Reading, asker: SignedIn, dataset: Dataset, release: Number
) -> Response:
    """One release as the queue shows it."""
    draft = await drafts.seen(connection, asker, dataset, release)
    return json_answer(request, await reading.one(connection, asker, draft), cache=PRIVATE)


@router.get(f"{RELEASE}/decisions", response_model=Record, responses=READ, dependencies=STRICT)
async def read_record(
    request: Request, connection: Reading, asker: SignedIn, dataset: Dataset, release: Number
) -> Response:
    """The whole record: rounds, decisions, comments and replies in the order in which they were made (req 42)."""
    body = await reading.record(connection, asker, dataset, release)
    return json_answer(request, body, cache=PRIVATE)


def _done(dataset: str, release: str, outcome: Outcome) -> tuple[dict[str, Any], Basis]:
    body = {
        "dataset": dataset,
        "release": release,
        "state": outcome.state,
        "round": outcome.round,
        "release_hash": outcome.release_hash,
        "basis": outcome.basis.size,
    }
    return body, outcome.basis
