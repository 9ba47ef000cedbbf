"""Every process hears of new journal entries: PostgreSQL tells it at commit, over one listening connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.journal.service import CHANNEL
from app.kit.db import free_driver, snapshot

log = structlog.get_logger("factorbase")
KEEPALIVE_SECONDS = 2.0


async def watch(engine: AsyncEngine, heard: Callable[[], None], deaf: Callable[[], None]) -> None:
    """Call `heard` after every commit that wrote to the journal; `deaf` while that is not known.

    Runs until cancelled. After a break it calls `heard` once it listens again, since it may have missed some.
    """
    while True:
        try:
            await _listen(engine, heard)
        except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("journal_watch_lost", error=str(error))
        deaf()
        await asyncio.sleep(1)


async def _listen(engine: AsyncEngine, heard: Callable[[], None]) -> None:
    async with snapshot(engine) as connection:
        raw = await free_driver(connection)

        def on_notice(*_: object) -> None:
            heard()

        await raw.add_listener(CHANNEL, on_notice)
        try:
            heard()
            while True:
                await connection.execute(text("SELECT 1"))
                await connection.rollback()
                await asyncio.sleep(KEEPALIVE_SECONDS)
        finally:
            with suppress(Exception):
                await raw.remove_listener(CHANNEL, on_notice)
