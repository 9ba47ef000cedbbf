"""Real databases for the tests: the embedded server, or the one of DATABASE_URL. Nothing of ours is mocked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import REPOSITORY, Settings
from app.intake.seeding import seed
from app.kit.db import asyncpg_url, make_engine, refresh_statistics
from app.kit.embedded import EmbeddedServer
from app.kit.migrate import upgrade
from app.main import create_app

ORIGIN = "factorbase.localhost"
SEED_DATA = REPOSITORY / "seed_data"
EXTERNAL = os.environ.get("DATABASE_URL")


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the maintenance database of a server on which we may create databases."""
    if EXTERNAL:
        yield EXTERNAL
        return
    home = Path("/var/tmp") / f"factorbase-tests-{secrets.token_hex(4)}"
    server = EmbeddedServer(home, options={"fsync": "off", "synchronous_commit": "off"})
    with server as address:
        yield address.url("factorbase")
    for path in sorted(home.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    home.rmdir()


class Databases:
    """Creates and drops databases on the test server."""

    def __init__(self, server_url: str) -> None:
        self._server = asyncpg_url(server_url)
        self._made: list[str] = []

    def url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    async def create(self, template: str = "template1") -> tuple[str, str]:
        """(name, URL) of a new database, a copy of `template`."""
        name = f"fbtest_{secrets.token_hex(6)}"
        await self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return name, self.url(name)

    async def drop(self, name: str) -> None:
        await self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._made.remove(name)

    async def drop_all(self) -> None:
        for name in list(self._made):
            await self.drop(name)

    async def _run(self, statement: str) -> None:
        url = self._server.render_as_string(hide_password=False)
        engine = make_engine(url, role=None, pool_size=1, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


@pytest.fixture(scope="session")
async def databases(server_url: str) -> AsyncIterator[Databases]:
    made = Databases(server_url)
    yield made
    await made.drop_all()


@pytest.fixture(scope="session")
async def empty_template(databases: Databases) -> str:
    """Name of a migrated, empty database; never connected to after that."""
    name, url = await databases.create()
    await asyncio.to_thread(upgrade, url)
    return name


@pytest.fixture(scope="session")
async def seeded_template(databases: Databases, empty_template: str) -> str:
    """Name of a database with all seed data published; never connected to after that."""
    name, url = await databases.create(empty_template)
    engine = make_engine(url, pool_size=2)
    await seed(engine, SEED_DATA, ORIGIN)
    await engine.dispose()
    await refresh_statistics(url)
    return name


@pytest.fixture
async def empty_url(databases: Databases, empty_template: str) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    name, url = await databases.create(empty_template)
    yield url
    await databases.drop(name)


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine, as the application's role, on a migrated database of the test's own."""
    engine = make_engine(empty_url, pool_size=8)
    yield engine
    await engine.dispose()


@pytest.fixture
async def seeded_copy(databases: Databases, seeded_template: str) -> AsyncIterator[str]:
    """URL of a database with the seed data that the test may write to."""
    name, url = await databases.create(seeded_template)
    yield url
    await databases.drop(name)


@pytest.fixture(scope="session")
async def seeded_url(databases: Databases, seeded_template: str) -> str:
    """URL of the database with the seed data that tests only read."""
    return (await databases.create(seeded_template))[1]


@pytest.fixture(scope="session")
async def seeded(seeded_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the seed data; for reading only."""
    engine = make_engine(seeded_url, pool_size=4)
    yield engine
    await engine.dispose()


ClientOf = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture(scope="session")
async def client_of() -> AsyncIterator[ClientOf]:
    """Start the whole application on a database and give a client of it."""
    running: list[tuple[object, httpx.AsyncClient]] = []

    async def start(url: str) -> httpx.AsyncClient:
        front = create_app(Settings(database_url=url, access_log=False, log_level="error", origin=ORIGIN))
        lifespan = front.app.router.lifespan_context(front.app)  # type: ignore[attr-defined]
        await lifespan.__aenter__()
        transport = httpx.ASGITransport(app=front, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://service")
        client.front = front  # type: ignore[attr-defined]
        running.append((lifespan, client))
        return client

    yield start
    for lifespan, client in reversed(running):
        await client.aclose()
        await lifespan.__aexit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
async def client(client_of: ClientOf, seeded_url: str) -> httpx.AsyncClient:
    """A client of the service on the seed data; for reading only."""
    return await client_of(seeded_url)


@pytest.fixture(scope="session")
def live_url(seeded_url: str) -> Iterator[str]:
    """Address of a real server process on the seed data."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "serve", "--no-prepare"]
    env = {
        **os.environ,
        "DATABASE_URL": seeded_url,
        "FACTORBASE_ACCESS_LOG": "false",
        "FACTORBASE_ORIGIN": ORIGIN,
    }
    process = subprocess.Popen(
        [*command, "--port", str(port)], env=env, cwd=REPOSITORY, stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the server did not become ready")
