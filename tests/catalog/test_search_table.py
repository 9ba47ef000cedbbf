"""Questions people type, and what must be among the first three hits (search_queries.csv)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import snapshot
from tests.catalog.searching import ask, refs

TABLE = Path(__file__).with_name("search_queries.csv")


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_table_holds_at_least_sixty_questions() -> None:
    assert len({row["query"] for row in _rows()}) >= 60


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["query"])
async def test_the_factor_meant_is_among_the_first_three(row: dict[str, str], seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        found = await ask(connection, row["query"], language=row["language"], limit=3)
        shown = await refs(connection, found)
    assert set(shown) & set(row["refs"].split("|")), shown
