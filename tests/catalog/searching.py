"""What the search tests share."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog.models import CatalogRow, Release
from app.catalog.search_aliases import ReferenceAliases
from app.catalog.search_service import Found, search
from app.config import REPOSITORY
from app.reference.index import ReferenceIndex
from app.reference.tables import load_tables


@lru_cache(maxsize=1)
def reference_aliases() -> ReferenceAliases:
    return ReferenceAliases(ReferenceIndex(load_tables(REPOSITORY / "seed_data" / "reference")))


def now() -> list[ColumnElement[bool]]:
    """Conditions of what is published and current."""
    published = select(Release.id).where(Release.published_position.is_not(None))
    return [CatalogRow.release_id.in_(published), CatalogRow.superseded_in.is_(None)]


async def ask(connection: AsyncConnection, question: str, *conditions: Any, **options: Any) -> Found:
    """The hits of a question, with the options that a test does not care about filled in."""
    given: dict[str, Any] = {
        "language": "en",
        "asked_for_defaults": False,
        "limit": 20,
        "offset": 0,
        **options,
    }
    return await search(connection, question, [*now(), *conditions], aliases=reference_aliases(), **given)


async def refs(connection: AsyncConnection, found: Found) -> list[str]:
    """The refs of the hits, in their order."""
    ids = [hit.version_id for hit in found.hits]
    query = select(CatalogRow.version_id, CatalogRow.ref).where(CatalogRow.version_id.in_(ids))
    known = {row[0]: row[1] for row in await connection.execute(query)}
    return [known[version_id] for version_id in ids]
