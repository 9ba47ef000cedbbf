"""Statements on the review's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.models import Claim, Comment, CommentResolution, Decision, ReviewRound
from app.review.rules import Approval

CLAIMED_FOR: Final = timedelta(days=7)
ROUND_COLUMNS: Final = [c for c in ReviewRound.__table__.columns if c.name != "manifest"]


async def insert_round(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    await connection.execute(insert(ReviewRound).values(**values))


async def last_round(connection: AsyncConnection, draft_id: int) -> Any | None:
    """The newest round of a draft, without its manifest; None before the first submission."""
    query = select(*ROUND_COLUMNS).where(ReviewRound.draft == draft_id)
    return (await connection.execute(query.order_by(ReviewRound.round.desc()).limit(1))).first()


async def rounds(connection: AsyncConnection, draft_id: int) -> list[Any]:
    """All rounds, oldest first, without their manifests."""
    query = select(*ROUND_COLUMNS).where(ReviewRound.draft == draft_id).order_by(ReviewRound.round)
    return list((await connection.execute(query)).all())


async def insert_decision(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    query = insert(Decision).values(**values).returning(Decision.id)
    decision_id: int = (await connection.execute(query)).scalar_one()
    return decision_id


async def decisions(connection: AsyncConnection, draft_id: int) -> list[Any]:
    """All decisions on a draft, oldest first."""
    query = select(Decision).where(Decision.draft == draft_id).order_by(Decision.id)
    return list((await connection.execute(query)).all())


async def approvals(connection: AsyncConnection, draft_id: int, number: int) -> list[Approval]:
    """The approvals of one round."""
    query = select(Decision).where(
        Decision.draft == draft_id, Decision.round == number, Decision.action == "approve"
    )
    rows = await connection.execute(query.order_by(Decision.id))
    return [Approval(row.principal, row.release_hash, row.external, row.chair) for row in rows]


async def insert_comment(connection: AsyncConnection, values: Mapping[str, Any]) -> Any:
    query = insert(Comment).values(**values).returning(*Comment.__table__.columns)
    return (await connection.execute(query)).one()


async def comment(connection: AsyncConnection, draft_id: int, comment_id: int) -> Any | None:
    """A comment on this draft with its resolution, if any."""
    query = _comments(draft_id).where(Comment.id == comment_id)
    return (await connection.execute(query)).first()


async def comments(
    connection: AsyncConnection, draft_id: int, after: int = 0, limit: int | None = None
) -> list[Any]:
    """Comments and replies in the order in which they were written, with their resolutions."""
    query = _comments(draft_id).where(Comment.id > after).order_by(Comment.id)
    return list((await connection.execute(query if limit is None else query.limit(limit))).all())


def _comments(draft_id: int) -> Any:
    resolution = CommentResolution
    return (
        select(Comment, resolution.resolved_by, resolution.resolved_at, resolution.note)
        .outerjoin(resolution, resolution.comment == Comment.id)
        .where(Comment.draft == draft_id)
    )


async def resolve(connection: AsyncConnection, comment_id: int, by: str, note: str | None) -> bool:
    """Whether the comment was open and is settled now; two who race leave one."""
    statement = upsert(CommentResolution).values(comment=comment_id, resolved_by=by, note=note)
    return (await connection.execute(statement.on_conflict_do_nothing())).rowcount == 1


async def comment_counts(connection: AsyncConnection, drafts: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(threads, open threads) of each draft."""
    still = func.count().filter(CommentResolution.comment.is_(None))
    query = (
        select(Comment.draft, func.count(), still)
        .outerjoin(CommentResolution, CommentResolution.comment == Comment.id)
        .where(Comment.draft == func.any(list(drafts)), Comment.parent.is_(None))
        .group_by(Comment.draft)
    )
    return {row[0]: (row[1], row[2]) for row in await connection.execute(query)}


async def claim(connection: AsyncConnection, draft_id: int, principal: str) -> Any:
    """The claim, made or prolonged."""
    until = func.clock_timestamp() + CLAIMED_FOR
    statement = upsert(Claim).values(draft=draft_id, principal=principal, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["draft", "principal"], set_={"until": statement.excluded.until}
    )
    return (await connection.execute(statement.returning(*Claim.__table__.columns))).one()


async def give_up(connection: AsyncConnection, draft_id: int, principal: str) -> bool:
    """Whether there was a claim, which is gone now."""
    query = delete(Claim).where(Claim.draft == draft_id, Claim.principal == principal)
    return (await connection.execute(query)).rowcount == 1


async def claims(connection: AsyncConnection, drafts: Sequence[int]) -> dict[int, list[Any]]:
    """The claims on each draft that have not run out."""
    query = select(Claim).where(Claim.draft == func.any(list(drafts)), Claim.until > func.clock_timestamp())
    found: dict[int, list[Any]] = {}
    for row in await connection.execute(query.order_by(Claim.claimed_at)):
        found.setdefault(row.draft, []).append(row)
    return found
