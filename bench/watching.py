"""Publish generated releases, and look on while the largest goes in: lock, readers, memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from app.config import REPOSITORY
from bench import servers
from bench.fill import Filled, Job
from bench.load import Plan, Target
from bench.measure import as_load, check_statuses, client, run_client, stop_client
from bench.questions import Row, write_targets
from bench.sizes import Place, tell
from bench.stats import Load

PAUSE = 0.005


@dataclass(frozen=True)
class Published:
    """What publishing took. `lock_ms` is how long the journal's lock was seen held for the large release."""

    small: list[Filled]
    large: Filled
    lock_ms: float
    quiet: Load
    meanwhile: Load
    before_mb: float
    peak_mb: float


def publish(place: Place, sizes: list[int], rows: list[Row]) -> Published:
    """Publish datasets of `sizes`; the last is watched, while a reader asks for one of `rows` at a time."""
    tell(f"Publishing {sum(sizes)} generated factors in {len(sizes)} datasets")
    small = _fill(Job(place.app_url, 0, sizes[:-1]))["releases"]
    targets = write_targets(place.folder / "reader.json", [Target(row.path) for row in rows])
    with servers.service(place.folder, {"DATABASE_URL": place.app_url}, "--no-prepare") as ours:
        reader = Plan(ours.port, str(targets), 1, 5.0, pause=PAUSE)
        quiet = run_client(reader)
        large, lock, meanwhile = _watched(place, Job(place.app_url, len(sizes) - 1, sizes[-1:]), reader)
    check_statuses(meanwhile, "200", "reading while publishing")
    return Published(
        small=[Filled(**row) for row in small],
        large=Filled(**large["releases"][0]),
        lock_ms=max(lock, default=0.0),
        quiet=as_load(quiet),
        meanwhile=as_load(meanwhile),
        before_mb=large["before_mb"],
        peak_mb=large["peak_mb"],
    )


def _watched(place: Place, job: Job, reader: Plan) -> tuple[dict[str, Any], list[float], dict[str, Any]]:
    watcher = subprocess.Popen(
        [sys.executable, "-m", "bench.lockwatch", place.owner_url],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with client(Plan(**{**asdict(reader), "seconds": 3600.0})) as reading:
            large = _fill(job)
            meanwhile = stop_client(reading)
    finally:
        out, _ = watcher.communicate()
    return large, json.loads(out), meanwhile


def _fill(job: Job) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.fill"],
        cwd=REPOSITORY,
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
