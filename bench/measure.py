"""Loops of requests against running servers, alternating so that a noisy moment falls on all of them."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import psutil  # type: ignore[import-untyped]

from app.config import REPOSITORY
from bench.load import Plan, Target
from bench.questions import write_targets
from bench.servers import Running, children_of
from bench.stats import Load, middle, percentile

BUSY: Final = 16  # connections that keep a worker busy
ALONE: Final = 1  # one connection: the time of an answer without a queue


@dataclass(frozen=True)
class Pace:
    """How often and how long each loop runs."""

    rounds: int
    seconds: float


@dataclass
class Question:
    """One kind of request: `file` of targets, or one file a loop where no request may be repeated."""

    name: str
    running: Running
    files: list[Path]
    status: str = "200"
    repeat: bool = True
    database: psutil.Process | None = None
    loads: list[Load] = field(default_factory=list)
    turn: int = 0

    def next_file(self) -> Path:
        file = self.files[self.turn % len(self.files)]
        self.turn += 1
        return file


def ask(file: Path, targets: Sequence[Target]) -> list[Path]:
    """The one file of a question whose requests are repeated."""
    return [write_targets(file, targets)]


def slices(folder: Path, targets: Sequence[Target], parts: int) -> list[Path]:
    """Files that share no target, for questions that must be asked once only."""
    each = max(1, len(targets) // parts)
    return [
        write_targets(folder / f"once-{part}.json", targets[part * each : (part + 1) * each])
        for part in range(parts)
    ]


def alternate(questions: Sequence[Question], pace: Pace, connections: int) -> dict[str, Load]:
    """Rounds of A B C, A B C ...; the median of each figure by question."""
    for question in questions:
        question.loads = []
    for number in range(pace.rounds):
        for question in questions:
            question.loads.append(_once(question, pace, connections, number))
    return {question.name: middle(question.loads) for question in questions}


def _once(question: Question, pace: Pace, connections: int, number: int) -> Load:
    plan = Plan(
        port=question.running.port,
        targets=str(question.next_file()),
        connections=connections,
        seconds=pace.seconds,
        repeat=question.repeat,
        warm=0.3 if question.repeat else 0.0,
        seed=number,
    )
    web, database = [question.running.worker], children_of(question.database)
    before = _processor(web), _processor(database)
    result = run_client(plan)
    used = _processor(web) - before[0], _processor(database) - before[1]
    check_statuses(result, question.status, question.name)
    return as_load(result, used)


def as_load(result: dict[str, Any], used: tuple[float, float] = (0.0, 0.0)) -> Load:
    """The client's figures, with the processor seconds that the servers used meanwhile."""
    total = max(result["total"], 1)
    return Load(
        rate=result["rate"],
        p50=result["p50"] * 1000,
        p99=result["p99"] * 1000,
        worst=result["worst"] * 1000,
        count=result["count"],
        client_busy=result["client_busy"],
        server_busy=used[0] / max(result["seconds"], 1e-9),
        server_ms=used[0] / total * 1000,
        database_ms=used[1] / total * 1000,
    )


def check_statuses(result: dict[str, Any], status: str, name: str) -> None:
    """A loop that got other answers than it should has measured something else."""
    if set(result["statuses"]) != {status}:
        raise RuntimeError(f"{name}: expected only {status}, got {result['statuses']}")


def run_client(plan: Plan) -> dict[str, Any]:
    with client(plan) as process:
        out, _ = process.communicate()
    return _result(process, out)


@contextlib.contextmanager
def client(plan: Plan) -> Iterator[subprocess.Popen[str]]:
    """The client as a process that has its plan."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load", json.dumps(asdict(plan))],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def stop_client(process: subprocess.Popen[str]) -> dict[str, Any]:
    """End a loop before its time, and what it saw until then."""
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    return _result(process, out)


def _result(process: subprocess.Popen[str], out: str) -> dict[str, Any]:
    if process.returncode != 0:
        raise RuntimeError("the client failed; its message stands above")
    found: dict[str, Any] = json.loads(out)
    return found


def _processor(processes: Sequence[psutil.Process]) -> float:
    seconds = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            seconds += times.user + times.system
    return seconds


@dataclass(frozen=True)
class Searched:
    """All queries, asked one after the other; `slowest` are (milliseconds, query path), the slowest first."""

    load: Load
    slowest: list[tuple[float, str]]


def search(running: Running, folder: Path, targets: Sequence[Target], passes: int) -> Searched:
    """Each query `passes` times, in the same order, after one pass that does not count."""
    file = write_targets(folder / "search.json", list(targets) * (1 + passes))
    plan = Plan(running.port, str(file), ALONE, 300.0, repeat=False, warm=0.0)
    result = run_client(plan)
    check_statuses(result, "200", "search")
    times = [seconds * 1000 for seconds in result["times"]][len(targets) :]
    load = replace(as_load(result), p50=percentile(times, 50), p99=percentile(times, 99), worst=max(times))
    by_query = [percentile(times[place :: len(targets)], 50) for place in range(len(targets))]
    slowest = sorted(zip(by_query, (target.path for target in targets), strict=True), reverse=True)
    return Searched(load, slowest[:10])


@dataclass(frozen=True)
class Memory:
    """Megabytes of a process: resident, and unique to it."""

    rss: float
    uss: float


def memory_of(process: psutil.Process) -> Memory:
    full = process.memory_full_info()
    return Memory(full.rss / 1e6, full.uss / 1e6)
