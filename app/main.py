"""The web application: what it holds between requests, and which parts answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from app import __version__
from app.auth import access, routes_keys
from app.auth import routes as auth_routes
from app.auth.oidc import issuer_of
from app.auth.signing_in import LastUses
from app.catalog import routes, routes_datasets, routes_versions
from app.catalog.listing import Counts
from app.catalog.one import VersionSource
from app.catalog.search_aliases import ReferenceAliases
from app.config import Settings, settings
from app.intake import jobs, routes_uploads
from app.intake import routes as intake_routes
from app.intake.repository_blobs import DatabaseBlobs
from app.journal import service as journal
from app.journal.service import record_acts
from app.journal.watch import watch
from app.kit import problems
from app.kit.apidocs import mount_docs
from app.kit.db import make_engine, open_database, plain_pool, snapshot
from app.kit.front import AccessLog, Front
from app.kit.hot import HotAnswers
from app.kit.logs import configure_logs
from app.operations import not_seeded
from app.operations import router as operations
from app.reference import routes as reference_routes
from app.reference.index import ReferenceIndex
from app.reference.service import load_edition
from app.review import routes as review_routes
from app.review import routes_comments, routes_withdrawing

log = structlog.get_logger("factorbase")
TITLE = "Factorbase"
STOP_SECONDS = 5
DESCRIPTION = (
    "Background emission factors with versions, provenance and a journal. Decimals are strings; errors are "
    "problem+json with a stable `code`; lists are `{items, next_cursor}`. "
    "产品碳足迹背景数据：版本、来源与日志俱全。"
)


def create_app(config: Settings | None = None) -> ASGIApp:
    """The ASGI application of one worker; takes its settings from the environment."""
    config = config or settings()
    configure_logs(config)
    hot = HotAnswers(config.cache_mb * 1024 * 1024)
    app = build(config, hot)
    return Front(app, hot, AccessLog(config.access_log))


def build(config: Settings, hot: HotAnswers) -> FastAPI:
    """Routes and state, without the outermost layer."""
    app = FastAPI(
        title=TITLE,
        description=DESCRIPTION,
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.config = config
    app.state.origin = config.origin
    app.state.hot = hot
    app.state.reference = None
    app.state.counts = Counts()
    app.state.blobs = DatabaseBlobs()
    app.state.tokens = issuer_of(config.oidc_issuer, config.oidc_audience, config.oidc_jwks_url)
    app.state.record_acts = record_acts
    problems.install(app)
    access.install(app)
    intake_routes.install(app)
    app.include_router(operations, responses=problems.declared(400, 414))
    for router in (auth_routes.router, routes_keys.router):  # they answer before there is reference data
        app.include_router(router, responses=problems.declared(400, 414, 503))
    for router in (
        routes.router,
        routes_versions.router,
        routes_datasets.router,
        reference_routes.router,
        intake_routes.router,
        routes_uploads.router,
        review_routes.router,
        routes_comments.router,
        routes_withdrawing.router,
    ):
        app.include_router(router, dependencies=[Depends(_ready)], responses=problems.declared(400, 414, 503))
    mount_docs(app, openapi_url="/openapi.json", title=TITLE)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def _ready(request: Request) -> None:
    """Without reference tables no question can be understood."""
    if request.app.state.reference is None:
        raise not_seeded()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The contract: FastAPI's, with our error shape in place of its own."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        schemas["ProblemDocument"] = problems.ProblemDocument.model_json_schema()
        for operation in (o for path in document["paths"].values() for o in path.values()):
            if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        app.openapi_schema = document
    return app.openapi_schema


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    config: Settings = app.state.config
    if config.database_url is None:
        raise RuntimeError("DATABASE_URL is not set; `factorbase serve` sets it for its workers")
    app.state.database = open_database(
        config.database_url, config.database_read_url, pool_size=config.pool_size
    )
    app.state.loading = asyncio.Lock()
    app.state.last_uses = LastUses(app.state.database.write)
    pool = await plain_pool(config.database_url, 4)
    if not app.state.database.replicated:  # a replica may lag behind the news, so its answers are not kept
        app.state.hot.source = VersionSource(pool, app.state.hot)
    listener = make_engine(config.database_url, pool_size=1)
    news = asyncio.Event()
    tasks = [
        asyncio.create_task(watch(listener, lambda: _heard(app, news), app.state.hot.deaf)),
        asyncio.create_task(_follow(app, news)),
    ]
    if config.jobs == "inline":
        tasks.append(asyncio.create_task(jobs.work(config.database_url, config.origin, record_acts)))
    with suppress(SQLAlchemyError, OSError):
        await load_reference(app)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=STOP_SECONDS)  # a database that is gone must not hold us up
        try:
            await asyncio.wait_for(pool.close(), STOP_SECONDS)
        except TimeoutError:
            pool.terminate()
        await app.state.last_uses.close()
        await listener.dispose()
        await app.state.database.close()


def _heard(app: FastAPI, news: asyncio.Event) -> None:
    app.state.hot.heard()
    news.set()


async def _follow(app: FastAPI, news: asyncio.Event) -> None:
    """Load the reference tables anew when the journal says that there may be others."""
    while True:
        await news.wait()
        news.clear()
        try:
            await load_reference(app)
        except (SQLAlchemyError, OSError) as error:
            log.warning("reference_not_loaded", error=str(error))


async def load_reference(app: FastAPI) -> None:
    """Put the newest edition of the reference tables into memory, unless it is there."""
    async with app.state.loading, snapshot(app.state.database.primary) as connection:
        digest = await journal.last_content_hash(connection, journal.REFERENCE_SUBJECT)
        held: ReferenceIndex | None = app.state.reference
        if digest is None or (held is not None and held.hash == digest):
            return
        app.state.reference = await load_edition(connection, digest)
        app.state.aliases = ReferenceAliases(app.state.reference)
    log.info("reference_loaded", hash=digest)
