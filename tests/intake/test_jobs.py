"""Long uploads as jobs: with real workers, which are killed."""

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import psutil
import pytest

from app.config import REPOSITORY
from app.intake import jobs
from app.kit.db import transaction
from tests.intake.uploads_service import ORIGIN, Service, factor, lines, record_acts

ROWS = 8000
LONG = lines(*(factor(f"f{n}.2023", f"0.{n + 1}") for n in range(ROWS)))
SHORT = lines(factor("short.2023"))


@contextmanager
def worker(url: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.intake.uploads_worker", url], cwd=REPOSITORY)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def inline(url: str) -> AsyncIterator[asyncio.Task[None]]:
    """A worker within this process, as the service runs it."""
    fast = {"heartbeat": timedelta(seconds=5), "poll": timedelta(seconds=0.2)}
    task = asyncio.create_task(jobs.work(url, ORIGIN, record_acts, **fast))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(intake: Service, upload: str, *phases: str, seconds: int = 60) -> dict[str, Any]:
    """Wait until the upload is in one of these states or phases."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found: dict[str, Any] = (await intake.ask("GET", f"/v1/uploads/{upload}")).json()
        if found["state"] in phases or found["progress"]["phase"] in phases:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {found['state']}, {found['progress']}")


async def children_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The checking process, once it is there."""
    for _ in range(1000):
        if found := psutil.Process(process.pid).children():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("no checking process was seen")


async def stored_once(intake: Service, rows: int = ROWS) -> None:
    """Every row is there, and none twice; one line of the journal; one change of the draft."""
    counted = await intake.rows("SELECT count(*), count(DISTINCT key) FROM draft_factor")
    assert tuple(counted[0]) == (rows, rows)
    accepts = "SELECT count(*) FROM journal_entry WHERE kind = 'dataset:upload:accept'"
    assert (await intake.rows(accepts))[0][0] == 1
    draft = await intake.draft()
    assert (draft["factors"], draft["revision"]) == (rows, 1)


async def test_a_long_file_becomes_a_job_with_progress(intake: Service) -> None:
    answer = await intake.send(LONG)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["state"], body["counts"]) == ("queued", None)
    assert answer.headers["Location"] == body["links"]["self"]
    assert (await intake.draft())["obstacles"][0]["code"] == "nothing_uploaded"
    seen = set()
    async with inline(intake.url):
        for phase in (("reading", "checking", "storing", "done"), ("checking", "storing", "done"), ("done",)):
            seen.add((await until(intake, body["id"], *phase))["progress"]["phase"])
    done = await until(intake, body["id"], "done")
    assert done["progress"] == {"phase": "done", "done": ROWS, "total": ROWS}
    assert len(seen) >= 2
    await stored_once(intake)
    assert (await intake.rows("SELECT count(*) FROM jobs.pgqueuer"))[0][0] == 0


async def test_the_job_is_there_exactly_when_the_upload_is(intake: Service) -> None:
    with pytest.raises(RuntimeError):
        async with transaction(intake.engine) as connection:
            await jobs.enqueue(connection, "some-upload", {})
            raise RuntimeError
    assert (await intake.rows("SELECT count(*) FROM jobs.pgqueuer"))[0][0] == 0


@pytest.mark.parametrize("phase", ["checking", "storing"])
async def test_a_killed_worker_loses_nothing_and_another_finishes_once(intake: Service, phase: str) -> None:
    upload = (await intake.send(LONG)).json()["id"]
    with worker(intake.url) as first, worker(intake.url) as second:
        found = await until(intake, upload, phase, "done")
        claimed = _worker_of(first, second)
        children = psutil.Process(claimed.pid).children(recursive=True)
        claimed.kill()
        claimed.wait()
        if found["state"] != "done":
            await until(intake, upload, "done")
        await asyncio.to_thread(psutil.wait_procs, children, 10)
        assert not [child for child in children if child.is_running()]
    await stored_once(intake)


def _worker_of(*workers: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """The worker that has a checking process; the first where none is seen."""
    for one in workers:
        if psutil.Process(one.pid).children():
            return one
    return workers[0]


@pytest.mark.slow
async def test_a_worker_killed_at_random_again_and_again_loses_nothing(intake: Service) -> None:
    chance = random.Random(20261120)
    upload = (await intake.send(LONG)).json()["id"]
    for _ in range(4):
        with worker(intake.url):
            await asyncio.sleep(1 + 2 * chance.random())
    with worker(intake.url):
        await until(intake, upload, "done")
    await stored_once(intake)


async def test_a_worker_that_is_told_to_stop_puts_its_job_back(intake: Service) -> None:
    upload = (await intake.send(LONG)).json()["id"]
    async with inline(intake.url):
        await until(intake, upload, "reading", "checking")
    row = (await intake.rows("SELECT state, attempt FROM upload"))[0]
    assert tuple(row) == ("queued", 0)
    assert (await intake.rows("SELECT status FROM jobs.pgqueuer"))[0][0] == "queued"
    async with inline(intake.url):
        await until(intake, upload, "done")
    await stored_once(intake)


async def test_the_death_of_the_checking_process_is_told_and_the_file_is_kept(intake: Service) -> None:
    upload = (await intake.send(LONG)).json()["id"]
    with worker(intake.url) as process:
        await until(intake, upload, "reading", "checking")
        for child in await children_of(process):
            child.kill()
        failed = await until(intake, upload, "failed")
    assert failed["problem"]["code"] == "upload_check_died"
    assert failed["problem"]["text"]["zh"]
    assert (await intake.ask("GET", failed["links"]["file"])).content == LONG
    assert (await intake.draft())["upload"] is None
    assert (await intake.send(LONG)).status_code == 202


async def test_a_draft_that_changed_meanwhile_keeps_its_rows(intake: Service) -> None:
    upload = (await intake.send(LONG)).json()["id"]
    short = (await intake.send(SHORT)).json()["id"]
    async with inline(intake.url):
        failed = await until(intake, upload, "failed")
    assert failed["problem"]["code"] == "draft_changed"
    assert (await intake.draft())["upload"] == short
    assert (await intake.rows("SELECT count(*) FROM draft_factor WHERE upload = :u", u=upload))[0][0] == 0


async def test_the_same_long_file_again_is_the_one_under_way(intake: Service) -> None:
    first = (await intake.send(LONG)).json()["id"]
    again = await intake.send(LONG)
    assert (again.status_code, again.json()["id"]) == (200, first)


async def test_a_dry_run_of_a_long_file_stores_the_report_only(intake: Service) -> None:
    upload = (await intake.send(LONG, dry_run="true")).json()["id"]
    async with inline(intake.url):
        done = await until(intake, upload, "done")
    assert done["counts"]["factors"] == ROWS
    assert (await intake.rows("SELECT count(*) FROM draft_factor"))[0][0] == 0
