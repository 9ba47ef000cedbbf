"""Looks from outside how long the journal's lock is held: `python -m bench.lockwatch URL`, until input ends.

Prints the milliseconds of each time that the lock was seen held, as JSON. It looks every 5 ms or so.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time

from sqlalchemy import text

from app.journal.repository import LOCK
from app.kit.db import make_engine

HELD = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND classid = 0 AND objid = :key AND objsubid = 1"
)
EVERY = 0.005


async def watch(url: str, stop: threading.Event) -> list[float]:
    """Milliseconds of each time that the lock was held, longest first."""
    engine = make_engine(url, role=None, pool_size=1, isolation_level="AUTOCOMMIT")
    spans: list[float] = []
    since: float | None = None
    async with engine.connect() as connection:
        while not stop.is_set():
            held = (await connection.execute(HELD, {"key": LOCK})).scalar_one() > 0
            now = time.perf_counter()
            if held and since is None:
                since = now
            elif not held and since is not None:
                spans.append((now - since) * 1000)
                since = None
            await asyncio.sleep(EVERY)
    await engine.dispose()
    return sorted(spans, reverse=True)


def main() -> None:
    stop = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
    print(json.dumps(asyncio.run(watch(sys.argv[1], stop))))


if __name__ == "__main__":
    main()
