"""The job of one long upload: check it in a process of its own, then store it in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auth.access import RecordActs
from app.config import REPOSITORY
from app.intake import repository, uploads, uploads_folders
from app.intake.repository_blobs import BlobStore
from app.intake.uploads_check import Outcome
from app.kit.db import transaction
from app.kit.errors import Problem, Unprocessable

log = structlog.get_logger("factorbase")
ATTEMPTS: Final = 20
"""A file whose workers died so often is given up. (The file is read in a process of its own: what it does
there ends that process, and not the worker.)"""
LINE_LIMIT: Final = 1 << 16


@dataclass(frozen=True)
class Services:
    """What a worker needs. `engine` has no limit on the time of a statement; `url` is for the checking process."""

    url: str
    engine: AsyncEngine
    origin: str
    record: RecordActs
    blobs: BlobStore


async def check(services: Services, upload_id: str, who: dict[str, Any]) -> None:
    """Check and store the upload, once; does nothing when that was done. Raises where another try may help."""
    async with transaction(services.engine) as connection:
        upload = await repository.claim(connection, upload_id)
    if upload is None:
        return
    if upload.attempt > ATTEMPTS:
        await _fail(services, upload, _gave_up(upload), who)
        return
    try:
        with uploads_folders.folder() as folder:
            outcome = await _outcome(services, upload, Path(folder))
            await _store(services, upload, outcome, who)
    except Problem as problem:
        await _fail(services, upload, problem, who)
    except asyncio.CancelledError:
        async with transaction(services.engine) as connection:
            await repository.give_back(connection, upload.id, upload.attempt)
        raise


async def _store(services: Services, upload: Any, outcome: Outcome, who: dict[str, Any]) -> None:
    await _progress(services, upload, "storing", outcome.counts["rows"], outcome.counts["rows"])
    async with transaction(services.engine) as connection:
        stored = await uploads.store(connection, services.blobs, upload, outcome)
        if stored is not None and not stored.dry_run:
            kind, subject, details = uploads.act(stored)
            await services.record(connection, [(kind, subject, {**details, **who})])


async def _fail(services: Services, upload: Any, problem: Problem, who: dict[str, Any]) -> None:
    log.warning("upload_failed", upload=upload.id, code=problem.code)
    async with transaction(services.engine) as connection:
        failed = await uploads.fail(connection, upload, problem)
        if failed is not None and not failed.dry_run:
            kind, subject, details = uploads.act(failed, "dataset:upload:fail")
            await services.record(connection, [(kind, subject, {**details, "code": problem.code, **who})])


async def _progress(services: Services, upload: Any, phase: str, done: int, total: int | None) -> None:
    async with transaction(services.engine) as connection:
        await repository.progress(connection, upload.id, upload.attempt, phase, done, total)


async def _outcome(services: Services, upload: Any, folder: Path) -> Outcome:
    """What the checking process leaves in `folder`. Raises Unprocessable `upload_check_died` when it died."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.intake.uploads_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
        limit=LINE_LIMIT,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(orjson.dumps(_order(services, upload, folder)) + b"\n")
        await process.stdin.drain()
        async for line in process.stdout:
            phase, done, total = orjson.loads(line)
            await _progress(services, upload, phase, done, total)
        code = await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        process.stdin.close()
    if code != 0:
        raise _died(code)
    return await asyncio.to_thread(Outcome.load, folder / "outcome.json")


def _order(services: Services, upload: Any, folder: Path) -> dict[str, Any]:
    return {
        "url": services.url,
        "upload": upload.id,
        "blob": upload.blob,
        "file_name": upload.file_name,
        "dataset": upload.dataset,
        "release": upload.release,
        "mode": upload.mode,
        "origin": services.origin,
        "today": upload.created_at.date().isoformat(),
        "folder": str(folder),
    }


def _died(code: int) -> Problem:
    return Unprocessable(
        "upload_check_died",
        f"The process that checked the file ended with {code}; the file is kept. Split it, or ask the operator.",
        f"检查该文件的进程异常结束（{code}）；文件已保存。请拆分文件或联系管理员。",
        exit_code=code,
    )


def _gave_up(upload: Any) -> Problem:
    return Unprocessable(
        "upload_given_up",
        f"Checking the file was begun {upload.attempt - 1} times and never ended; the file is kept.",
        f"该文件的检查已开始 {upload.attempt - 1} 次但均未完成；文件已保存。",
    )
