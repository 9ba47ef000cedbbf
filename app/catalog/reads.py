"""Statements that read the catalogue. They return plain `Version`s; nothing here writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.catalog.conditions import Moment, current, in_release, status_at
from app.catalog.items import Status, Version
from app.catalog.models import CatalogRow, Dataset, FactorVersion, Release, Source, StatusEvent

CAP = 5000


def _versions(moment: Moment) -> Any:
    """The statement behind every read of versions: row, document, status and release in one."""
    return _newest_versions() if moment.newest and not moment.due else _versions_at(moment)


@lru_cache(maxsize=1)
def _newest_versions() -> Any:
    """At the newest basis the statement has no parameters, and building it takes longer than running it."""
    return _versions_at(Moment(0, datetime.now(UTC), newest=True, due=False))


def _versions_at(moment: Moment) -> Any:
    row, next_release = CatalogRow, aliased(Release)
    superseded: ColumnElement[bool] = next_release.published_position.is_not(None)
    if not moment.newest:
        superseded = and_(superseded, next_release.published_position < moment.size)
    return (
        select(
            row.dataset,
            row.ref,
            row.n,
            FactorVersion.document,
            FactorVersion.content_hash,
            status_at(moment).label("status"),
            superseded.label("superseded"),
            Release.number.label("release"),
            Release.published_at,
            Release.published_position,
            row.version_id,
            row.release_id,
            row.rank,
        )
        .join(FactorVersion, FactorVersion.id == row.version_id)
        .join(Release, Release.id == row.release_id)
        .outerjoin(next_release, next_release.id == row.superseded_in)
    )


def _version(row: Any) -> Version:
    superseded_by = row.n + 1 if row.superseded else None
    return Version(
        dataset=row.dataset,
        key=row.ref[len(row.dataset) + 1 :],
        n=row.n,
        document=row.document,
        content_hash=row.content_hash,
        status=Status(row.status, row.published_at, superseded_by=superseded_by),
        release=row.release,
        published_at=row.published_at,
        position=row.published_position,
    )


async def page(
    connection: AsyncConnection,
    moment: Moment,
    conditions: Sequence[ColumnElement[bool]],
    after: Sequence[Any] | None,
    limit: int,
) -> list[Version]:
    """The next `limit` versions after the key (rank, ref, n), in that order."""
    order = (CatalogRow.rank, CatalogRow.ref, CatalogRow.n)
    query = _versions(moment).where(*conditions).order_by(*order).limit(limit)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*(literal(value) for value in after)))
    return [_version(row) for row in await connection.execute(query)]


async def by_ids(connection: AsyncConnection, moment: Moment, ids: Sequence[int]) -> list[Version]:
    """The versions with these ids, in the order of the ids."""
    query = _versions(moment).where(CatalogRow.version_id == func.any(list(ids)))
    found = {row.version_id: _version(row) for row in await connection.execute(query)}
    return [found[key] for key in ids if key in found]


async def count(connection: AsyncConnection, conditions: Sequence[ColumnElement[bool]]) -> tuple[int, bool]:
    """(number of matching rows, exact); counted up to the cap."""
    inner = select(literal(1)).select_from(CatalogRow).where(*conditions).limit(CAP + 1).subquery()
    found: int = (await connection.execute(select(func.count()).select_from(inner))).scalar_one()
    return min(found, CAP), found <= CAP


async def by_hash(connection: AsyncConnection, digest: str) -> bytes | None:
    """The published document with this content hash."""
    query = (
        select(FactorVersion.document)
        .join(Release, Release.id == FactorVersion.release_id)
        .where(FactorVersion.content_hash == digest, Release.published_position.is_not(None))
    )
    found: bytes | None = (await connection.execute(query)).scalar()
    return found


async def is_due(connection: AsyncConnection, at: datetime) -> bool:
    """Whether some effective date has come since the row of its version was written."""
    query = select(literal(1)).where(CatalogRow.status_until <= at).limit(1)
    return (await connection.execute(query)).first() is not None


async def last_effective(connection: AsyncConnection, moment: Moment) -> datetime | None:
    """The newest effective date that had come at the basis: until the next one, answers stay the same."""
    query = select(func.max(StatusEvent.effective_from)).where(
        StatusEvent.effective_from <= moment.at, StatusEvent.position < moment.size
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def series(connection: AsyncConnection, moment: Moment, dataset: str, name: str) -> list[Version]:
    """The current versions of a series, newest period first."""
    query = (
        _versions(moment)
        .where(CatalogRow.dataset == dataset, CatalogRow.series == name, *current(moment))
        .order_by(CatalogRow.year.desc().nulls_last(), CatalogRow.ref)
    )
    return [_version(row) for row in await connection.execute(query)]


async def series_page(
    connection: AsyncConnection,
    conditions: Sequence[ColumnElement[bool]],
    after: Sequence[str] | None,
    limit: int,
) -> list[tuple[int, int]]:
    """The next series in order of (dataset, series): (id of the newest version, number of versions)."""
    group = (CatalogRow.dataset, CatalogRow.series)
    newest = func.array_agg(
        aggregate_order_by(CatalogRow.version_id, CatalogRow.year.desc().nulls_last(), CatalogRow.ref)
    )
    query = select(newest[1], func.count()).where(*conditions).group_by(*group).order_by(*group).limit(limit)
    if after is not None:
        query = query.where(tuple_(*group) > tuple_(*(literal(value) for value in after)))
    return [(row[0], row[1]) for row in await connection.execute(query)]


async def datasets(connection: AsyncConnection, moment: Moment) -> list[Any]:
    """The newest release of each dataset that was published at the basis."""
    query = select(Release).ext(distinct_on(Release.dataset)).where(Release.published_position.is_not(None))
    if not moment.newest:
        query = query.where(Release.published_position < moment.size)
    query = query.order_by(Release.dataset, Release.published_position.desc())
    return list((await connection.execute(query)).all())


async def releases(connection: AsyncConnection, moment: Moment, dataset: str) -> list[Any]:
    """The releases of `dataset` that were published at the basis, newest first."""
    query = select(Release).where(Release.dataset == dataset, Release.published_position.is_not(None))
    if not moment.newest:
        query = query.where(Release.published_position < moment.size)
    return list((await connection.execute(query.order_by(Release.published_position.desc()))).all())


async def dataset_names(connection: AsyncConnection) -> list[str]:
    return list((await connection.execute(select(Dataset.id).order_by(Dataset.id))).scalars())


async def source(connection: AsyncConnection, key: str) -> bytes | None:
    found: bytes | None = (await connection.execute(select(Source.document).where(Source.id == key))).scalar()
    return found


async def release_documents(
    connection: AsyncConnection, release: Any, batch: int = 500
) -> AsyncIterator[bytes]:
    """The documents of a release in order of their refs, fetched by keyset so that memory stays constant."""
    after = ""
    while True:
        query = (
            select(CatalogRow.ref, FactorVersion.document)
            .join(FactorVersion, FactorVersion.id == CatalogRow.version_id)
            .where(*in_release(release), CatalogRow.ref > after)
            .order_by(CatalogRow.ref)
            .limit(batch)
        )
        rows = (await connection.execute(query)).all()
        for row in rows:
            yield row.document
        if len(rows) < batch:
            return
        after = rows[-1].ref
