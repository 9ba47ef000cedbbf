"""Long uploads as jobs in PostgreSQL (pgqueuer): queued with the act, worked by any process of the service.

A job names an upload and nothing more. It may be handed out twice (a worker that was thought dead); the
upload's row decides who finishes it, in the transaction that stores everything, so that it is done once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final

import asyncpg
import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.auth.access import RecordActs
from app.intake import jobs_upload, uploads_folders
from app.intake.jobs_upload import Services
from app.intake.repository_blobs import DatabaseBlobs
from app.kit.db import driver, free_driver, make_engine, snapshot

log = structlog.get_logger("factorbase")
SCHEMA: Final = "jobs"
NAMES: Final[dict[str, Any]] = {
    "prefix": "",
    "channel": "ch_pgqueuer",
    "function": "fn_pgqueuer_changed",
    "trigger": "tg_pgqueuer_changed",
    "queue_status_type": "pgqueuer_status",
    "queue_table": "pgqueuer",
    "queue_table_log": "pgqueuer_log",
    "schedules_table": "pgqueuer_schedules",
    "statistics_table": "pgqueuer_statistics",
}
"""As the migration made them; left unsaid, the library would take some from variables such as CHANNEL."""
UPLOAD: Final = "check_upload"
HEARTBEAT: Final = timedelta(seconds=20)
"""A worker that is silent for so long is taken for dead, and its jobs go to another."""
POLL: Final = timedelta(seconds=5)
AT_A_TIME: Final = 2
GRACE: Final = 5  # seconds for a worker to put its jobs back


async def enqueue(connection: AsyncConnection, upload_id: str, who: dict[str, Any]) -> None:
    """Queue an upload in the transaction of `connection`: the job is there exactly when the upload is."""
    await connection.execute(text("SELECT 1"))  # SQLAlchemy begins the transaction with its first statement
    queries = _queries(await driver(connection))
    payload = orjson.dumps({"upload": upload_id, "who": who})
    await queries.enqueue([UPLOAD], [payload], [0], dedupe_key=[upload_id])


async def work(
    url: str, origin: str, record: RecordActs, *, heartbeat: timedelta = HEARTBEAT, poll: timedelta = POLL
) -> None:
    """Work on jobs until cancelled; goes on after a break of the database.

    `url` is the database as the application signs in. A job under way at a cancellation goes back to the queue.
    """
    engine = make_engine(url, pool_size=2 * AT_A_TIME)
    listener = make_engine(url, pool_size=1)
    services = Services(url, engine, origin, record, DatabaseBlobs())
    await asyncio.to_thread(uploads_folders.sweep)
    try:
        while True:
            try:
                await _work(services, listener, heartbeat, poll)
            except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("jobs_lost", error=str(error))
            except Exception as error:  # the queue library's own; the service must not lose its worker to it
                log.error("jobs_failed", exc_info=error)
            await asyncio.sleep(1)
    finally:
        with contextlib.suppress(Exception):
            await listener.dispose()
            await engine.dispose()


async def _work(services: Services, listener: AsyncEngine, heartbeat: timedelta, poll: timedelta) -> None:
    from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor  # half a second to import
    from pgqueuer.core.qm import QueueManager
    from pgqueuer.domain.errors import RetryRequested
    from pgqueuer.domain.models import Job

    stopping = asyncio.Event()
    async with snapshot(listener) as connection:
        manager = QueueManager(_queries(await free_driver(connection)), NAMES["channel"])

        @manager.entrypoint(UPLOAD, executor_factory=DatabaseRetryEntrypointExecutor)
        async def check_upload(job: Job) -> None:
            order = orjson.loads(job.payload or b"{}")
            done = await _unless(stopping, jobs_upload.check(services, order["upload"], order["who"]))
            if not done:
                raise RetryRequested(reason="the service stops")

        running = asyncio.create_task(
            manager.run(
                dequeue_timeout=poll,
                batch_size=1,
                max_concurrent_tasks=AT_A_TIME,
                shutdown_on_listener_failure=True,
                heartbeat_timeout=heartbeat,
                log_aggregation_interval=timedelta(0),
            )
        )
        try:
            await asyncio.shield(running)
        finally:
            stopping.set()
            manager.shutdown.set()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(running, GRACE)


async def _unless(stopping: asyncio.Event, act: Coroutine[Any, Any, None]) -> bool:
    """Run `act`, but cancel it when the service stops; whether it came to its end."""
    working = asyncio.create_task(act)
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        return not working.cancelled()
    finally:
        waiting.cancel()
        if not working.done():
            working.cancel()


def _queries(raw: Any) -> Any:
    """The library's statements over one asyncpg connection, in our schema."""
    from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
    from pgqueuer.adapters.persistence.qb import (
        QueryBuilderEnvironment,
        QueryQueueBuilder,
        QuerySchedulerBuilder,
    )
    from pgqueuer.adapters.persistence.queries import Queries
    from pgqueuer.domain.settings import DBSettings

    names = DBSettings(db_schema=SCHEMA, **NAMES)
    return Queries(
        AsyncpgDriver(raw),
        QueryBuilderEnvironment(names),
        QueryQueueBuilder(names),
        QuerySchedulerBuilder(names),
    )
