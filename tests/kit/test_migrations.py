"""Models and migrations agree, and migrating is safe to repeat and to race."""

import asyncio
import sys

from alembic import command
from sqlalchemy import text

from app.kit.db import make_engine, snapshot
from app.kit.migrate import configuration, current_revision, expected_revision, upgrade
from tests.conftest import Databases


async def test_alembic_finds_nothing_to_add(empty_url: str) -> None:
    await asyncio.to_thread(command.check, configuration(empty_url))


async def test_three_processes_may_migrate_at_once(databases: Databases) -> None:
    name, url = await databases.create()
    code = "import sys; from app.kit.migrate import upgrade; upgrade(sys.argv[1])"
    racers = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, url) for _ in range(3)]
    assert [await racer.wait() for racer in racers] == [0, 0, 0]
    engine = make_engine(url, role=None, pool_size=1)
    async with snapshot(engine) as connection:
        assert await current_revision(connection) == expected_revision()
    await engine.dispose()
    await databases.drop(name)


async def test_every_migration_can_be_taken_back(databases: Databases) -> None:
    name, url = await databases.create()
    await asyncio.to_thread(upgrade, url)
    await asyncio.to_thread(command.downgrade, configuration(url), "base")
    engine = make_engine(url, role=None, pool_size=1)
    async with snapshot(engine) as connection:
        tables = text(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        assert (await connection.execute(tables)).scalar() == 0
    await engine.dispose()
    await databases.drop(name)
