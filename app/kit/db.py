"""The database: engines, the snapshot that reads use, and the one place that commits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import asyncpg
from sqlalchemy import MetaData, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase

APP_ROLE: Final = "factorbase_app"
NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
READ_ONLY: Final = {"default_transaction_read_only": "on"}
IDLE_SECONDS: Final = 2.0
STATEMENT_SECONDS: Final = 20  # what a request may make the database work for at a time
SNAPSHOT: Final[dict[str, Any]] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


@dataclass(frozen=True)
class Database:
    """`write` and `primary` go to the primary, `read` to a replica if there is one; the last two refuse writes."""

    write: AsyncEngine
    read: AsyncEngine
    primary: AsyncEngine
    replicated: bool

    async def close(self) -> None:
        await self.write.dispose()
        if self.replicated:
            await self.read.dispose()


def asyncpg_url(text: str) -> URL:
    """The SQLAlchemy URL of `postgres://...` or `postgresql://...`, driven by asyncpg."""
    return make_url(text.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+asyncpg")


def make_engine(
    url: str,
    *,
    role: str | None = APP_ROLE,
    pool_size: int = 8,
    statement_seconds: int = 0,
    **options: Any,
) -> AsyncEngine:
    """An engine whose connections act as `role`, whoever they signed in as (None: as themselves).

    A statement of more than `statement_seconds` is cancelled (0: never).
    """
    server_settings = {"application_name": "factorbase", "timezone": "UTC", "jit": "off"}
    server_settings["statement_timeout"] = f"{statement_seconds}s"
    if role is not None:
        server_settings["role"] = role
    engine = create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"server_settings": server_settings, "timeout": 20},
        **options,
    )
    event.listen(engine.sync_engine.pool, "checkin", _note_use)
    event.listen(engine.sync_engine.pool, "checkout", _check_idle)
    return engine


def _note_use(connection: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _check_idle(connection: Any, record: Any, proxy: Any) -> None:
    """Ask a connection that lay idle whether it still lives; one used a moment ago is not worth the wait."""
    if monotonic() - record.info.get("used", 0.0) < IDLE_SECONDS or connection is None:
        return
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT 1")
    except Exception as error:
        raise DisconnectionError from error
    finally:
        cursor.close()
    connection.rollback()


def open_database(url: str, read_url: str | None = None, *, pool_size: int = 8) -> Database:
    """Engines for one process; without `read_url`, reads go to the primary over the same pool."""
    write = make_engine(url, pool_size=pool_size, statement_seconds=STATEMENT_SECONDS)
    source = write
    if read_url:
        source = make_engine(read_url, pool_size=pool_size, statement_seconds=STATEMENT_SECONDS)
    return Database(
        write=write,
        read=source.execution_options(**SNAPSHOT),
        primary=write.execution_options(**SNAPSHOT),
        replicated=bool(read_url),
    )


async def plain_pool(url: str, size: int) -> asyncpg.Pool:
    """A pool of plain driver connections, each statement a transaction of its own; for single look-ups."""
    dsn = asyncpg_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        command_timeout=STATEMENT_SECONDS,
        server_settings={"application_name": "factorbase", "role": APP_ROLE, "jit": "off", **READ_ONLY},
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One act, one transaction: commits at the end of the block, rolls back on any error."""
    async with engine.connect() as connection, connection.begin():
        yield connection


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One consistent, read-only view of the database; nothing can be written through it."""
    async with engine.connect() as connection:
        yield connection


async def driver(connection: AsyncConnection) -> Any:
    """The asyncpg connection below `connection`, for COPY, inside the same transaction.

    SQLAlchemy begins a transaction with its first statement; without one, what is copied would be committed
    at once.
    """
    await connection.execute(text("SELECT 1"))
    return await free_driver(connection)


async def free_driver(connection: AsyncConnection) -> Any:
    """The asyncpg connection below `connection`, outside any transaction: LISTEN counts from the end of one."""
    raw = await connection.get_raw_connection()
    return raw.driver_connection


async def refresh_statistics(owner_url: str) -> None:
    """Tell the planner what was loaded; otherwise the first questions are planned for empty tables."""
    engine = make_engine(owner_url, role=None, pool_size=1, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM (ANALYZE)"))
    finally:
        await engine.dispose()
