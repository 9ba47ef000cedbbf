"""Statements on the journal's tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.journal.models import JournalEntry, JournalHead, ServiceIdentity
from app.journal.rules import EMPTY, Head, split_frontier
from app.kit.db import driver

NEWEST = text("SELECT size, root, at FROM journal_head ORDER BY size DESC LIMIT 1")
LOCK = 0x6661_6374  # "fact": the advisory lock that gives positions their order


async def lock(connection: AsyncConnection) -> None:
    """Wait for the journal; held until the transaction ends, so it is taken last."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


async def now(connection: AsyncConnection) -> datetime:
    """The database's clock at this moment (not at the start of the transaction)."""
    moment: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return moment


async def last_head(connection: AsyncConnection) -> tuple[Head, datetime | None]:
    """The newest head and its time; the empty tree before the first entry."""
    row = (await connection.execute(select(JournalHead).order_by(JournalHead.size.desc()).limit(1))).first()
    if row is None:
        return EMPTY, None
    return Head(row.size, row.root, split_frontier(row.size, row.frontier)), row.at


async def last_size(connection: AsyncConnection) -> tuple[int, bytes, datetime] | None:
    """Size, root and time of the newest head, without its frontier: what every read begins with."""
    row = (await connection.execute(NEWEST)).first()
    return None if row is None else (row[0], row[1], row[2])


async def head_at(connection: AsyncConnection, size: int) -> tuple[bytes, datetime] | None:
    """Root and time of the head with exactly `size` entries, if a transaction ended there."""
    query = select(JournalHead.root, JournalHead.at).where(JournalHead.size == size)
    row = (await connection.execute(query)).first()
    return None if row is None else (row.root, row.at)


async def nearest_sizes(connection: AsyncConnection, size: int) -> list[int]:
    """The transaction ends next to `size`, below and above."""
    below = select(func.max(JournalHead.size)).where(JournalHead.size <= size).scalar_subquery()
    above = select(func.min(JournalHead.size)).where(JournalHead.size >= size).scalar_subquery()
    row = (await connection.execute(select(below.label("below"), above.label("above")))).one()
    return sorted({value for value in (row.below, row.above) if value is not None})


async def size_known_on(connection: AsyncConnection, moment: datetime) -> int | None:
    """The largest basis recorded at or before `moment`."""
    query = select(func.max(JournalHead.size)).where(JournalHead.at <= moment)
    return (await connection.execute(query)).scalar()


async def insert_entries(connection: AsyncConnection, rows: Sequence[tuple[object, ...]]) -> None:
    """COPY rows (position, entry, leaf_hash, kind, subject)."""
    columns = [column.name for column in JournalEntry.__table__.columns]
    await (await driver(connection)).copy_records_to_table("journal_entry", records=rows, columns=columns)


async def insert_details(connection: AsyncConnection, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
    """COPY rows (position, nonce, details)."""
    columns = ["position", "nonce", "details"]
    await (await driver(connection)).copy_records_to_table("journal_detail", records=rows, columns=columns)


async def insert_head(connection: AsyncConnection, head: Head, at: datetime) -> None:
    values = {"size": head.size, "root": head.root, "frontier": b"".join(head.frontier), "at": at}
    await connection.execute(insert(JournalHead).values(values))


async def origin(connection: AsyncConnection) -> str | None:
    return (await connection.execute(select(ServiceIdentity.origin))).scalar()


async def insert_origin(connection: AsyncConnection, name: str) -> None:
    await connection.execute(
        insert(ServiceIdentity).values(id=1, origin=name, created_at=func.clock_timestamp())
    )


async def announce(connection: AsyncConnection, channel: str, payload: str) -> None:
    """Tell listeners; PostgreSQL delivers it when, and only when, the transaction commits."""
    await connection.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
    )


async def last_entry(connection: AsyncConnection, subject: str) -> bytes | None:
    """The newest entry about `subject`."""
    query = (
        select(JournalEntry.entry)
        .where(JournalEntry.subject == subject)
        .order_by(JournalEntry.position.desc())
        .limit(1)
    )
    found: bytes | None = (await connection.execute(query)).scalar()
    return found
