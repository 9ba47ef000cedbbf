"""Statements on attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.intake.models import Attachment, Blob


async def of_draft(connection: AsyncConnection, draft: Any) -> list[Any]:
    """The attachments of a draft with their sizes, in the order of their hashes."""
    query = (
        select(Attachment, Blob.size)
        .join(Blob, Blob.sha256 == Attachment.sha256)
        .where(Attachment.draft == draft.id)
        .order_by(Attachment.sha256)
    )
    return list((await connection.execute(query)).all())


async def one(connection: AsyncConnection, draft: Any, sha256: str) -> Any | None:
    query = (
        select(Attachment, Blob.size)
        .join(Blob, Blob.sha256 == Attachment.sha256)
        .where(Attachment.draft == draft.id, Attachment.sha256 == sha256)
    )
    return (await connection.execute(query)).first()


async def put(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Attach, or say anew what an attached file is."""
    statement = insert(Attachment).values(**values)
    changed = {name: statement.excluded[name] for name in ("name", "media_type", "kind", "access_class")}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["draft", "sha256"], set_=changed)
    )


async def remove(connection: AsyncConnection, draft: Any, sha256: str) -> bool:
    """Take an attachment off the draft; the file itself is kept."""
    query = delete(Attachment).where(Attachment.draft == draft.id, Attachment.sha256 == sha256)
    return (await connection.execute(query)).rowcount > 0


async def remove_named(connection: AsyncConnection, draft_id: int, name: str) -> None:
    """Take off the model data that an earlier upload brought."""
    query = delete(Attachment).where(
        Attachment.draft == draft_id, Attachment.kind == "model", Attachment.name == name
    )
    await connection.execute(query)
