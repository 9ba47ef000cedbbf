"""Statements on status events, and on the rows that repeat the status for lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog.conditions import in_release
from app.catalog.models import CatalogRow, FactorVersion, Release, StatusEvent
from app.catalog.withdrawing_rules import Event, Withdrawal
from app.kit.canonical import canonical_bytes
from app.kit.db import driver

EVENT_COLUMNS = (
    "version_id",
    "release_id",
    "position",
    "at",
    "status",
    "effective_from",
    "reason",
    "successor",
    "errata_class",
    "by_release",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A published version that an act may be about."""

    version_id: int
    ref: str
    n: int
    content_hash: str

    @property
    def subject(self) -> str:
        return f"{self.ref}@{self.n}"


@dataclass(frozen=True, slots=True)
class Change:
    """One event to be written: of a version, or of a release as such (then `version` is None)."""

    withdrawal: Withdrawal
    version: Target | None = None
    release_id: int | None = None
    by_release: int | None = None


def _target() -> Any:
    return (
        select(CatalogRow.version_id, CatalogRow.ref, CatalogRow.n, FactorVersion.content_hash)
        .join(FactorVersion, FactorVersion.id == CatalogRow.version_id)
        .order_by(CatalogRow.ref, CatalogRow.n)
    )


async def version(connection: AsyncConnection, ref: str, n: int | None) -> Target | None:
    """Published version n of `ref`, or its newest one."""
    query = _target().join(Release, Release.id == CatalogRow.release_id)
    query = query.where(CatalogRow.ref == ref, Release.published_position.is_not(None))
    query = (
        query.where(CatalogRow.n == n) if n is not None else query.where(CatalogRow.superseded_in.is_(None))
    )
    row = (await connection.execute(query)).first()
    return None if row is None else Target(*row)


async def newest(connection: AsyncConnection, refs: Sequence[str]) -> list[Target]:
    """The newest published version of each of `refs`."""
    query = _target().join(Release, Release.id == CatalogRow.release_id)
    query = query.where(CatalogRow.ref == func.any(list(refs)), CatalogRow.superseded_in.is_(None))
    rows = await connection.execute(query.where(Release.published_position.is_not(None)))
    return [Target(*row) for row in rows]


async def events_of_versions(
    connection: AsyncConnection, ids: Sequence[int], before: int | None = None
) -> dict[int, list[Event]]:
    """The events of each version, newest first; those before a basis if one is given."""
    return await _events(connection, StatusEvent.version_id, ids, before)


async def events_of_releases(
    connection: AsyncConnection, ids: Sequence[int], before: int | None = None
) -> dict[int, list[Event]]:
    """The events of each release, newest first; those before a basis if one is given."""
    return await _events(connection, StatusEvent.release_id, ids, before)


async def _events(
    connection: AsyncConnection, target: Any, ids: Sequence[int], before: int | None
) -> dict[int, list[Event]]:
    query = select(StatusEvent, target.label("target")).where(target == func.any(list(ids)))
    if before is not None:
        query = query.where(StatusEvent.position < before)
    found: dict[int, list[Event]] = {}
    for row in await connection.execute(query.order_by(StatusEvent.position.desc(), StatusEvent.id.desc())):
        found.setdefault(row.target, []).append(_event(row))
    return found


def _event(row: Any) -> Event:
    return Event(
        position=row.position,
        status=row.status,
        at=row.at,
        effective_from=row.effective_from,
        reason=None if row.reason is None else json.loads(row.reason),
        successor=row.successor,
        errata_class=row.errata_class,
        by_release=row.by_release,
    )


async def later_releases(connection: AsyncConnection, release: Any) -> list[Any]:
    """The releases of the dataset that were published after `release`."""
    query = select(Release).where(
        Release.dataset == release.dataset, Release.published_position > release.published_position
    )
    return list((await connection.execute(query)).all())


async def only_in(connection: AsyncConnection, release: Any, later: Sequence[Any]) -> list[Target]:
    """The versions that `release` carries and none of `later` does."""
    query = _target().where(*in_release(release))
    for other in later:
        query = query.where(~and_(*in_release(other)))
    return [Target(*row) for row in await connection.execute(query)]


async def withdrawn_by(connection: AsyncConnection, release_id: int) -> list[Target]:
    """The versions that have an event which was recorded with the retirement or recall of this release."""
    ids = select(StatusEvent.version_id).where(StatusEvent.by_release == release_id)
    return [Target(*row) for row in await connection.execute(_target().where(CatalogRow.version_id.in_(ids)))]


async def withdrawn_and_carried(connection: AsyncConnection, dataset: str) -> list[Target]:
    """The newest versions of `dataset` that are not simply published."""
    query = _target().where(
        CatalogRow.dataset == dataset,
        CatalogRow.superseded_in.is_(None),
        or_(CatalogRow.status != "published", CatalogRow.status_until.is_not(None)),
    )
    query = query.join(Release, Release.id == CatalogRow.release_id)
    query = query.where(Release.published_position.is_not(None))
    return [Target(*row) for row in await connection.execute(query)]


async def corrected_by(
    connection: AsyncConnection, release_id: int
) -> list[tuple[Target, str, str, Mapping[str, str]]]:
    """(version that is corrected, `ref@n` of the correction, errata class, reason) for a frozen release."""
    query = text(
        "SELECT old.version_id, old.ref, old.n, o.content_hash, new.ref || '@' || new.n, new.corrects, d.document"
        " FROM catalog_row new JOIN catalog_row old ON old.factor_id = new.factor_id AND old.n = new.n - 1"
        " JOIN release r ON r.id = old.release_id AND r.published_position IS NOT NULL"
        " JOIN factor_version o ON o.id = old.version_id JOIN factor_version d ON d.id = new.version_id"
        " WHERE new.release_id = :release AND new.corrects IS NOT NULL ORDER BY new.ref"
    )
    rows = await connection.execute(query, {"release": release_id})
    return [(Target(*row[:4]), row[4], row[5], json.loads(row[6])["change"]["reason"]) for row in rows]


async def insert_events(
    connection: AsyncConnection, changes: Sequence[Change], position: int, at: datetime
) -> None:
    """COPY one event for each change."""
    await (await driver(connection)).copy_records_to_table(
        "status_event",
        columns=list(EVENT_COLUMNS),
        records=[
            (
                None if change.version is None else change.version.version_id,
                change.release_id,
                position,
                at,
                change.withdrawal.status,
                change.withdrawal.effective_from,
                canonical_bytes(dict(change.withdrawal.reason)),
                change.withdrawal.successor,
                change.withdrawal.errata_class,
                change.by_release,
            )
            for change in changes
        ],
    )


async def settle(connection: AsyncConnection, ids: Sequence[int], at: datetime) -> None:
    """Put the rows' status as it is at `at`, and until when it holds by what is recorded now."""
    await connection.execute(
        text(
            "UPDATE catalog_row AS r SET status = coalesce(now.status, 'published'), status_until = ("
            "   SELECT min(e.effective_from) FROM status_event e WHERE e.version_id = r.version_id"
            "   AND e.effective_from > :at AND (now.id IS NULL OR (e.position, e.id) > (now.position, now.id)))"
            " FROM unnest(CAST(:ids AS bigint[])) AS chosen (id) LEFT JOIN LATERAL ("
            "   SELECT e.id, e.position, e.status FROM status_event e WHERE e.version_id = chosen.id"
            "   AND (e.effective_from IS NULL OR e.effective_from <= :at)"
            "   ORDER BY e.position DESC, e.id DESC LIMIT 1) AS now ON true"
            " WHERE r.version_id = chosen.id"
        ),
        {"ids": list(ids), "at": at},
    )


async def datasets_due(connection: AsyncConnection, at: datetime) -> list[str]:
    """The datasets with versions whose effective date has come since their row was written."""
    query = select(CatalogRow.dataset).where(CatalogRow.status_until <= at).distinct()
    return sorted((await connection.execute(query)).scalars())


async def due(connection: AsyncConnection, dataset: str, at: datetime) -> list[int]:
    """The versions of `dataset` whose effective date has come since their row was written."""
    query = select(CatalogRow.version_id).where(CatalogRow.dataset == dataset, CatalogRow.status_until <= at)
    return list((await connection.execute(query)).scalars())
