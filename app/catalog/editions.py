"""What a coming release needs to know of the last one: its number, its factors, their documents."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import reads, repository
from app.catalog.models import CatalogRow, Factor, FactorVersion, Release
from app.catalog.rules import Published, check_release_number
from app.kit.errors import Conflict


@dataclass(frozen=True, slots=True)
class LastRelease:
    """The newest published release of a dataset."""

    number: str
    release_hash: str
    factor_count: int
    metadata: Mapping[str, Any]


async def last_release(connection: AsyncConnection, dataset: str) -> LastRelease | None:
    row = await repository.last_release(connection, dataset)
    if row is None:
        return None
    return LastRelease(row.number, row.release_hash, row.factor_count, json.loads(row.metadata_document))


async def check_new_number(connection: AsyncConnection, dataset: str, number: str) -> LastRelease | None:
    """The last release, if `number` can come after it.

    Raises Unprocessable `invalid_release_name`, `release_number_not_ascending`, Conflict `release_exists`.
    """
    last = await last_release(connection, dataset)
    named = await repository.release_named(connection, dataset, number)
    if named is not None and named.published_position is not None:
        raise Conflict(
            "release_exists",
            f"Release {number} of {dataset} is published; its content cannot change.",
            f"{dataset} 的版本 {number} 已发布，其内容不可更改。",
        )
    check_release_number(dataset, number, None if last is None else last.number)
    return last


async def published_factors(connection: AsyncConnection, dataset: str) -> dict[str, Published]:
    """The newest published version of every factor of `dataset`, by key; `carried`: the last release has it."""
    return await repository.published_versions(connection, dataset)


async def carried_documents(connection: AsyncConnection, dataset: str) -> AsyncIterator[dict[str, Any]]:
    """The documents of the factors that the last release carries, in the order of their keys."""
    release = await repository.last_release(connection, dataset)
    if release is not None:
        async for document in reads.release_documents(connection, release):
            yield json.loads(document)


async def current_documents(
    connection: AsyncConnection, dataset: str, keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The newest published documents of those of `keys` that have one."""
    query = (
        select(Factor.key, FactorVersion.document)
        .join(FactorVersion, FactorVersion.factor_id == Factor.id)
        .join(CatalogRow, CatalogRow.version_id == FactorVersion.id)
        .join(Release, Release.id == CatalogRow.release_id)
        .where(Factor.dataset == dataset, Factor.key == func.any(list(keys)))
        .where(Release.published_position.is_not(None), CatalogRow.superseded_in.is_(None))
    )
    return {row.key: json.loads(row.document) for row in await connection.execute(query)}
