"""Editions of the reference tables in a real database."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import transaction
from app.kit.errors import NotFound
from app.reference.models import ReferenceTable
from app.reference.repository import edition_hashes, load_edition, store_edition
from app.reference.tables import ReferenceTables, reference_hash


async def test_a_stored_edition_is_read_back_the_same(empty: AsyncEngine, tables: ReferenceTables) -> None:
    async with transaction(empty) as connection:
        digest = await store_edition(connection, tables)
        again = await load_edition(connection, digest)
    assert digest == reference_hash(tables)
    assert again.tables == tables.tables


async def test_storing_twice_changes_nothing_and_a_change_adds_one_table(
    empty: AsyncEngine, tables: ReferenceTables
) -> None:
    changed = ReferenceTables(
        {**tables.tables, "gases": [*tables["gases"], {"code": "NEW", "name_en": "New"}]}
    )
    async with transaction(empty) as connection:
        before = await connection.scalar(select(func.count()).select_from(ReferenceTable)) or 0
        first = await store_edition(connection, tables)
        assert await store_edition(connection, tables) == first
        second = await store_edition(connection, changed)
        after = await connection.scalar(select(func.count()).select_from(ReferenceTable)) or 0
        assert await edition_hashes(connection) == [first, second]
        assert (await load_edition(connection, first)).tables == tables.tables
    assert after - before == len(tables.tables) + 1


async def test_an_unknown_edition_is_refused(empty: AsyncEngine) -> None:
    async with transaction(empty) as connection:
        with pytest.raises(NotFound) as refused:
            await load_edition(connection, "0" * 64)
    assert refused.value.code == "unknown_reference"
