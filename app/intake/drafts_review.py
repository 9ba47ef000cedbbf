"""What a review asks of drafts: who had a hand in one, and which ones wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from app.intake.models import Attachment, Draft, Explanation, Upload


async def contributors(connection: AsyncConnection, draft: Any) -> frozenset[str]:
    """Everybody who had a hand in the draft: opened or changed it, sent a file, attached or explained."""
    query = union(
        select(Draft.created_by).where(Draft.id == draft.id),
        select(Upload.principal).where(Upload.draft == draft.id),
        select(Attachment.added_by).where(Attachment.draft == draft.id),
        select(Explanation.explained_by).where(Explanation.draft == draft.id),
        select(func.unnest(Draft.hands)).where(Draft.id == draft.id),
    )
    return frozenset((await connection.execute(query)).scalars())


async def waiting(connection: AsyncConnection, states: Sequence[str], after: int, limit: int) -> list[Any]:
    """The next drafts in one of these states, in the order in which they were opened."""
    query = select(Draft).where(Draft.state.in_(list(states)), Draft.id > after)
    return list((await connection.execute(query.order_by(Draft.id).limit(limit))).all())
