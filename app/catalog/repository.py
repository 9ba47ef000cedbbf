"""Statements that move a release into the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog.models import CatalogRow, Dataset, Factor, FactorVersion, Release, Source, StatusEvent
from app.catalog.rules import Published
from app.kit.db import driver


async def ensure_dataset(connection: AsyncConnection, dataset: str) -> None:
    await connection.execute(upsert(Dataset).values(id=dataset).on_conflict_do_nothing())


async def now(connection: AsyncConnection) -> datetime:
    """The database's clock at this moment."""
    moment: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return moment


async def lock_dataset(connection: AsyncConnection, dataset: str) -> None:
    """One release of a dataset is published at a time; other datasets are not held up."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(2, hashtext(:dataset))"), {"dataset": dataset}
    )


async def last_release(connection: AsyncConnection, dataset: str) -> Any | None:
    """The newest published release of `dataset` (row of Release), or None."""
    query = (
        select(Release)
        .where(Release.dataset == dataset, Release.published_position.is_not(None))
        .order_by(Release.published_position.desc())
        .limit(1)
    )
    return (await connection.execute(query)).first()


async def release_named(connection: AsyncConnection, dataset: str, number: str) -> Any | None:
    query = select(Release).where(Release.dataset == dataset, Release.number == number)
    return (await connection.execute(query)).first()


async def release_by_id(connection: AsyncConnection, release_id: int, *, lock: bool = False) -> Any | None:
    """The release, or None when it was discarded; `lock`: nobody else changes it until the act is over."""
    query = select(Release).where(Release.id == release_id)
    return (await connection.execute(query.with_for_update() if lock else query)).first()


async def published_versions(connection: AsyncConnection, dataset: str) -> dict[str, Published]:
    """The newest published version of every factor of `dataset`, by key."""
    query = (
        select(Factor.key, Factor.id, FactorVersion.id, FactorVersion.n)
        .add_columns(
            FactorVersion.content_hash, FactorVersion.substance_hash, CatalogRow.dropped_in.is_(None)
        )
        .join(FactorVersion, FactorVersion.factor_id == Factor.id)
        .join(CatalogRow, CatalogRow.version_id == FactorVersion.id)
        .join(Release, Release.id == CatalogRow.release_id)
        .where(Factor.dataset == dataset, Release.published_position.is_not(None))
        .where(CatalogRow.superseded_in.is_(None))
    )
    return {row[0]: Published(*row[1:]) for row in await connection.execute(query)}


async def reserve_ids(connection: AsyncConnection, table: str, count: int) -> list[int]:
    """`count` fresh identities of `table`, so that rows can be copied in with their keys known."""
    query = text(
        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, cast(:count AS integer))"
    )
    return list((await connection.execute(query, {"table": table, "count": count})).scalars())


async def copy_rows(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY `rows` into `table`; the quick way in for a whole release."""
    await (await driver(connection)).copy_records_to_table(table, records=rows, columns=list(columns))


async def insert_release(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    query = insert(Release).values(**values).returning(Release.id)
    release_id: int = (await connection.execute(query)).scalar_one()
    return release_id


async def insert_sources(connection: AsyncConnection, documents: Mapping[str, bytes]) -> None:
    if documents:
        rows = [{"id": key, "document": data} for key, data in sorted(documents.items())]
        await connection.execute(upsert(Source).on_conflict_do_nothing(), rows)


async def supersede(connection: AsyncConnection, release_id: int) -> None:
    """Mark the versions that the versions of `release_id` replace."""
    await connection.execute(
        text(
            "UPDATE catalog_row AS old SET superseded_in = new.release_id FROM catalog_row AS new"
            " WHERE new.release_id = :release AND old.factor_id = new.factor_id AND old.n = new.n - 1"
        ),
        {"release": release_id},
    )


async def drop(connection: AsyncConnection, dataset: str, release_id: int, keys: Sequence[str]) -> None:
    """Mark the factors that the release no longer carries; they stay published."""
    refs = [f"{dataset}/{key}" for key in keys]
    await connection.execute(
        update(CatalogRow)
        .where(CatalogRow.ref == func.any(refs), CatalogRow.superseded_in.is_(None))
        .where(CatalogRow.dropped_in.is_(None), CatalogRow.dataset == dataset)
        .values(dropped_in=release_id)
    )


async def mark_published(connection: AsyncConnection, release_id: int, position: int, at: datetime) -> None:
    """Make the release visible: from `position` on, its versions are part of the catalogue."""
    await connection.execute(
        update(Release)
        .where(Release.id == release_id, Release.published_position.is_(None))
        .values(published_position=position, published_at=at)
    )
    await connection.execute(
        insert(StatusEvent).values(release_id=release_id, position=position, status="published", at=at)
    )


async def discard_release(connection: AsyncConnection, release_id: int) -> None:
    """Remove an unpublished release with its versions. The database does it, and refuses a published one."""
    await connection.execute(text("SELECT discard_release(:release)"), {"release": release_id})


DAMAGE: Final = {
    "manifest": "SELECT 1 FROM release WHERE id = :release"
    " AND (release_hash <> encode(sha256(manifest), 'hex') OR release_hash <> :hash)",
    "documents": "SELECT 1 FROM factor_version WHERE release_id = :release"
    " AND content_hash <> encode(sha256(document), 'hex')",
    "members": "SELECT 1 FROM release r CROSS JOIN LATERAL"
    " jsonb_array_elements(CAST(convert_from(r.manifest, 'UTF8') AS jsonb) -> 'items') AS item"
    " LEFT JOIN factor_version v ON v.content_hash = item ->> 2 AND v.n = CAST(item ->> 1 AS integer)"
    " LEFT JOIN factor f ON f.id = v.factor_id AND f.dataset = r.dataset AND f.key = item ->> 0"
    " WHERE r.id = :release AND f.id IS NULL",
}


async def damaged(connection: AsyncConnection, release_id: int, release_hash: str) -> str | None:
    """Which hash of a release does not fit: of its manifest, of its documents, of the versions it names."""
    for name, statement in DAMAGE.items():
        values = {"release": release_id} | ({"hash": release_hash} if ":hash" in statement else {})
        if (await connection.execute(text(f"SELECT EXISTS ({statement})"), values)).scalar_one():
            return name
    return None


async def new_versions(connection: AsyncConnection, release_id: int) -> list[tuple[str, int, str]]:
    """(ref, n, content_hash) of the versions that `release_id` brings, in the order of their refs."""
    query = (
        select(CatalogRow.ref, CatalogRow.n, FactorVersion.content_hash)
        .join(FactorVersion, FactorVersion.id == CatalogRow.version_id)
        .where(CatalogRow.release_id == release_id)
        .order_by(CatalogRow.ref)
    )
    return [(row[0], row[1], row[2]) for row in await connection.execute(query)]


async def carried_keys(connection: AsyncConnection, dataset: str) -> list[str]:
    """Keys that the published releases of `dataset` carry now."""
    query = (
        select(Factor.key)
        .join(CatalogRow, CatalogRow.factor_id == Factor.id)
        .join(Release, Release.id == CatalogRow.release_id)
        .where(Factor.dataset == dataset, Release.published_position.is_not(None))
        .where(CatalogRow.superseded_in.is_(None), CatalogRow.dropped_in.is_(None))
    )
    return list((await connection.execute(query)).scalars())


async def factor_ids(connection: AsyncConnection, dataset: str, keys: Sequence[str]) -> dict[str, int]:
    """Identities of those of `keys` that are known, published or not."""
    query = select(Factor.key, Factor.id).where(Factor.dataset == dataset, Factor.key == func.any(list(keys)))
    return {row[0]: row[1] for row in await connection.execute(query)}
