from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import make_engine
from tests.auth.people import People, people_on
from tests.conftest import Databases


@pytest.fixture
async def people(empty_url: str, empty: AsyncEngine) -> AsyncIterator[People]:
    """The routers of this part on a database of the test's own."""
    async with people_on(empty_url, empty) as made:
        yield made


@pytest.fixture(scope="module")
async def crowd(databases: Databases, empty_template: str) -> AsyncIterator[People]:
    """The same, for all tests of a module; with one person of every role."""
    name, url = await databases.create(empty_template)
    engine = make_engine(url, pool_size=2)
    async with people_on(url, engine) as made:
        yield made
    await engine.dispose()
    await databases.drop(name)
