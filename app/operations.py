"""Health, readiness and metrics."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.journal import service as journal
from app.kit.db import snapshot
from app.kit.errors import Unavailable
from app.kit.migrate import current_revision, expected_revision
from app.kit.problems import declared

router = APIRouter(tags=["operations"])


@router.get("/healthz", response_model=dict[str, str])
async def healthz() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/readyz", response_model=dict[str, Any], responses=declared(503))
async def readyz(request: Request) -> Response:
    """The database answers, has this code's schema, and holds reference data."""
    expected = expected_revision()
    try:
        async with snapshot(request.app.state.database.read) as connection:
            found = await current_revision(connection)
            if found != expected:
                raise Unavailable(
                    "schema_mismatch",
                    f"The database has schema {found}, this code needs {expected}; run `factorbase migrate`.",
                    f"数据库结构版本为 {found}，本程序需要 {expected}；请运行 `factorbase migrate`。",
                )
            basis = await journal.current_basis(connection)
    except (SQLAlchemyError, OSError) as error:
        raise Unavailable(
            "database_unreachable", f"The database does not answer: {error}.", f"数据库无响应：{error}。"
        ) from error
    if request.app.state.reference is None:
        raise not_seeded()
    body = {
        "status": "ready",
        "schema": found,
        "basis": basis.size,
        "reference": request.app.state.reference.hash,
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics() -> Response:
    """Prometheus metrics of all workers."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest()
    return Response(body, media_type=CONTENT_TYPE_LATEST)


def not_seeded() -> Unavailable:
    """The refusal while there are no reference tables."""
    return Unavailable(
        "not_seeded",
        "The database holds no reference data yet; run `factorbase seed`.",
        "数据库尚无参考数据；请运行 `factorbase seed`。",
    )
