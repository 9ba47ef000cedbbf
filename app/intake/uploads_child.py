"""The process that checks one long file: `python -m app.intake.uploads_child`, told by a line on its input.

It reads from the database and writes nothing there: the worker stores what it leaves in `folder`. Its output
is one line of JSON for each step. It ends when its input closes, so it never outlives the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson

from app.intake.checking import Context
from app.intake.repository_blobs import DatabaseBlobs, fetch
from app.intake.uploads_check import check_file
from app.intake.uploads_context import context_of
from app.journal import service as journal
from app.kit.db import make_engine, snapshot
from app.kit.supervise import exit_with_parent
from app.reference.service import load_edition

PATIENCE: Final = 0.5  # seconds between two lines of progress
POLITE: Final = 5


class _Teller:
    """Progress as lines, not too many of them."""

    def __init__(self) -> None:
        self._phase = ""
        self._last = 0.0

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._last < PATIENCE and done != total:
            return
        self._phase, self._last = phase, now
        sys.stdout.buffer.write(orjson.dumps([phase, done, total]) + b"\n")
        sys.stdout.buffer.flush()


async def _prepare(order: dict[str, Any], path: Path) -> Context:
    """The bytes of the upload into `path`, and what they are checked against."""
    engine = make_engine(order["url"], pool_size=1)
    try:
        async with snapshot(engine) as connection:
            await fetch(DatabaseBlobs(), connection, order["blob"], path)
            edition = await journal.last_content_hash(connection, journal.REFERENCE_SUBJECT)
            if edition is None:
                raise RuntimeError("there are no reference tables")
            index = await load_edition(connection, edition)
            return await context_of(
                connection,
                index,
                order["origin"],
                order["dataset"],
                order["release"],
                order["mode"],
                date.fromisoformat(order["today"]),
            )
    finally:
        await engine.dispose()


def main() -> None:
    with os.fdopen(0, "rb", buffering=0, closefd=False) as line:  # the rest is for exit_with_parent
        order = orjson.loads(line.readline())
    exit_with_parent(0)
    with contextlib.suppress(OSError):
        os.nice(POLITE)
    folder = Path(order["folder"])
    path = folder / "upload"
    context = asyncio.run(_prepare(order, path))
    outcome = check_file(order["upload"], path, order["file_name"], context, folder, _Teller())
    outcome.save(folder / "outcome.json")


if __name__ == "__main__":
    main()
