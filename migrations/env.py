"""Alembic's environment: one advisory lock, bounded waits for table locks, models of every part."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection, text

import app.auth.models
import app.catalog.models
import app.catalog.search_models
import app.intake.models
import app.journal.models
import app.reference.models
import app.review.models  # noqa: F401
from app.kit.db import Base, make_engine

MIGRATION_LOCK = 0x6D696772


def _run(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = '30s'"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()  # the lock belongs to the session; the migrations get transactions of their own
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


async def _main() -> None:
    engine = make_engine(context.config.attributes["url"], role=None, pool_size=1)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


asyncio.run(_main())
