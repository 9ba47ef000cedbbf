"""Editions of the reference tables: what is published, as an index that answers questions."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from app.reference import repository
from app.reference.index import ReferenceIndex
from app.reference.tables import ReferenceTables


async def store_edition(connection: AsyncConnection, tables: ReferenceTables) -> str:
    """Store `tables` and return the edition's hash; the caller writes the journal line that publishes it."""
    return await repository.store_edition(connection, tables)


async def load_edition(connection: AsyncConnection, edition: str) -> ReferenceIndex:
    """The edition with this hash. Raises NotFound `unknown_reference`, Broken `reference_damaged`."""
    tables = await repository.load_edition(connection, edition)
    return await asyncio.to_thread(ReferenceIndex, tables)  # 0.2 s of work, off the event loop
