"""Comments, replies, resolutions and claims over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from app.auth.access import Reading, SignedIn, asking
from app.catalog.asking import Cursor, Limit
from app.intake import drafts
from app.journal.service import Basis
from app.kit.http import json_answer
from app.kit.pages import question_mark, read_cursor, write_cursor
from app.review import correspondence, repository
from app.review.acting import Doing
from app.review.routes import PLAIN, PRIVATE, READ, RELEASE, STRICT, WRITE, Dataset, Number
from app.review.schemas import ClaimItem, CommentBody, CommentItem, CommentList, ResolveBody

router = APIRouter(prefix="/v1", tags=["review"], dependencies=[Depends(asking)])
CommentId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get(f"{RELEASE}/comments", response_model=CommentList, responses=READ, dependencies=STRICT)
async def list_comments(
    request: Request,
    connection: Reading,
    asker: SignedIn,
    dataset: Dataset,
    release: Number,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Comments and replies in the order in which they were written."""
    draft = await drafts.seen(connection, asker, dataset, release)
    mark = question_mark({"comments": draft.id})
    after = 0 if cursor is None else int(read_cursor(cursor, mark)[1][0])
    rows = await repository.comments(connection, draft.id, after, limit + 1)
    items = [correspondence.comment_item(row, asker.principal) for row in rows[:limit]]
    next_cursor = write_cursor(mark, 0, [items[-1]["id"]]) if len(rows) > limit else None
    return json_answer(request, {"items": items, "next_cursor": next_cursor}, cache=PRIVATE)


@router.post(
    f"{RELEASE}/comments",
    status_code=201,
    response_model=CommentItem,
    responses=WRITE,
    dependencies=PLAIN,
)
async def write_comment(doing: Doing, dataset: Dataset, release: Number, body: CommentBody) -> Response:
    """A comment on the release, a factor or a field of it, or a reply. It stays on record for ever."""

    async def act() -> tuple[dict[str, Any], Basis]:
        return await correspondence.write(doing.connection, doing.by, dataset, release, body.remark())

    return await doing.answer(body, act, 201)


@router.post(
    f"{RELEASE}/comments/{{id}}/resolve", response_model=CommentItem, responses=WRITE, dependencies=PLAIN
)
async def resolve_comment(
    doing: Doing, dataset: Dataset, release: Number, id: CommentId, body: ResolveBody | None = None
) -> Response:
    """Settle a thread: whoever began it may, and any reviewer."""
    said = body or ResolveBody()

    async def act() -> tuple[dict[str, Any], Basis]:
        return await correspondence.resolve(doing.connection, doing.by, dataset, release, id, said.note)

    return await doing.answer(said, act)


@router.post(f"{RELEASE}/claim", response_model=ClaimItem, responses=WRITE, dependencies=PLAIN)
async def claim(doing: Doing, dataset: Dataset, release: Number) -> Response:
    """Say that one is at work on a release in review, for a week; it binds nobody else."""

    async def act() -> tuple[dict[str, Any], Basis]:
        return await correspondence.claim(doing.connection, doing.by, dataset, release)

    return await doing.answer(None, act)


@router.delete(f"{RELEASE}/claim", status_code=204, responses=WRITE, dependencies=PLAIN)
async def give_up(doing: Doing, dataset: Dataset, release: Number) -> Response:
    """Take the claim back."""
    basis = await correspondence.give_up(doing.connection, doing.by, dataset, release)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE, "Factorbase-Basis": str(basis.size)})
