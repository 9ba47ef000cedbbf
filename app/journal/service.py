"""Append to the journal, and turn `basis=` and `known_on=` into a position of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.journal import repository
from app.journal.rules import EMPTY_ROOT, Line, commit, entry_bytes, extend, leaf_hash, stamp
from app.kit.canonical import canonical_bytes
from app.kit.errors import Broken, Invalid

CHANNEL = "factorbase_journal"
REFERENCE_SUBJECT = "reference/tables"


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the journal: what happened to what. `details` may name people and can be erased."""

    kind: str
    subject: str | None = None
    content_hash: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Acts with their commitments, made before the lock is taken so that it is held briefly."""

    lines: Sequence[Line]
    secrets: Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer was computed from: the log at a transaction end."""

    size: int
    root: bytes
    at: datetime


BEFORE_ALL = Basis(0, EMPTY_ROOT, datetime(1970, 1, 1, tzinfo=UTC))


def prepare(acts: Sequence[Act]) -> Prepared:
    """Draw the nonces and compute the commitments of `acts`."""
    lines, hidden = [], []
    for act in acts:
        nonce, details = secrets.token_bytes(32), canonical_bytes(act.details)
        lines.append(Line(act.kind, act.subject, act.content_hash, commit(nonce, details)))
        hidden.append((nonce, details))
    return Prepared(lines, hidden)


async def append(connection: AsyncConnection, prepared: Prepared) -> Basis:
    """Record the acts at the next positions, without gaps, and write the root after them.

    Takes the journal's lock and keeps it until the caller's transaction ends: call it last. The returned
    basis has the position of the last act at `size - 1`.
    """
    await repository.lock(connection)
    head, before = await repository.last_head(connection)
    moment = await repository.now(connection)
    at = moment if before is None else max(moment, before)
    rows = _entries(prepared.lines, head.size, stamp(at))
    after = extend(head, (row[2] for row in rows))
    await repository.insert_entries(connection, rows)
    await repository.insert_details(
        connection, [(head.size + i, nonce, details) for i, (nonce, details) in enumerate(prepared.secrets)]
    )
    await repository.insert_head(connection, after, at)
    await repository.announce(connection, CHANNEL, str(after.size))
    return Basis(after.size, after.root, at)


def _entries(lines: Sequence[Line], start: int, at: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for position, line in enumerate(lines, start):
        entry = entry_bytes(line, position, at)
        rows.append((position, entry, leaf_hash(entry), line.kind, line.subject))
    return rows


async def current_basis(connection: AsyncConnection) -> Basis:
    """The newest basis; size 0 before the first entry."""
    newest = await repository.last_size(connection)
    return BEFORE_ALL if newest is None else Basis(*newest)


async def basis_at(connection: AsyncConnection, size: int) -> Basis:
    """The basis of exactly `size` entries. Raises Invalid `basis_in_future`, `basis_not_a_transaction_end`."""
    found = await repository.head_at(connection, size)
    if found is not None:
        return Basis(size, *found)
    newest = await current_basis(connection)
    if size > newest.size:
        raise Invalid(
            "basis_in_future",
            f"The journal has {newest.size} entries; basis {size} lies in the future.",
            f"日志目前有 {newest.size} 条记录；basis {size} 尚不存在。",
            parameter="basis",
            valid_values=[newest.size],
        )
    raise Invalid(
        "basis_not_a_transaction_end",
        f"No transaction ended at {size} journal entries; the neighbouring bases are given.",
        f"没有事务在第 {size} 条记录处结束；已给出相邻的 basis。",
        parameter="basis",
        valid_values=await repository.nearest_sizes(connection, size),
    )


async def basis_known_on(connection: AsyncConnection, when: date | datetime) -> Basis:
    """The last basis at or before `when`; a bare date means its end in UTC."""
    if isinstance(when, datetime):
        moment = when
    else:
        moment = datetime.combine(when, time(), tzinfo=UTC) + timedelta(days=1, microseconds=-1)
    size = await repository.size_known_on(connection, moment)
    if size is None:
        raise Invalid(
            "known_on_before_start",
            f"Nothing was recorded on or before {when.isoformat()}.",
            f"在 {when.isoformat()} 及之前没有任何记录。",
            parameter="known_on",
        )
    return await basis_at(connection, size)


async def claim_origin(connection: AsyncConnection, origin: str) -> None:
    """Write the origin on first use; afterwards refuse another one, since uuids and the log belong to it."""
    known = await repository.origin(connection)
    if known is None:
        await repository.insert_origin(connection, origin)
    elif known != origin:
        raise Broken(
            "origin_mismatch",
            f"This database belongs to {known!r}, but FACTORBASE_ORIGIN says {origin!r}.",
            f"该数据库属于 {known!r}，而 FACTORBASE_ORIGIN 为 {origin!r}。",
        )


async def last_content_hash(connection: AsyncConnection, subject: str) -> str | None:
    """The content hash that the newest line about `subject` recorded."""
    entry = await repository.last_entry(connection, subject)
    return None if entry is None else json.loads(entry)["content_hash"]


async def record_acts(
    connection: AsyncConnection, acts: Sequence[tuple[str, str | None, dict[str, Any]]]
) -> int:
    """Record (kind, subject, details) lines for parts below the journal; returns the size of the log."""
    lines = [Act(kind, subject, None, details) for kind, subject, details in acts]
    return (await append(connection, prepare(lines))).size
