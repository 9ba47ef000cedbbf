"""One size of the catalogue: all reads, searches and memory of one worker on it, beside the baselines."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import make_engine
from bench import questions, servers
from bench.fill import vacuum
from bench.load import Target
from bench.measure import (
    ALONE,
    BUSY,
    Memory,
    Pace,
    Question,
    Searched,
    alternate,
    ask,
    memory_of,
    search,
    slices,
)
from bench.questions import COLD, HOT, Row
from bench.servers import Running
from bench.stats import Load


@dataclass(frozen=True)
class Place:
    """Where a run works: its folder, the database as owner and as application, the process of PostgreSQL."""

    folder: Path
    owner_url: str
    app_url: str
    database: psutil.Process | None


@dataclass(frozen=True)
class Size:
    """What was measured with `factors` published: loops with many connections, and with one; and the search."""

    factors: int
    busy: dict[str, Load]
    alone: dict[str, Load]
    searched: Searched | None
    queries: int
    memory: Memory


@dataclass(frozen=True)
class Asking:
    """What a size is asked."""

    rows: list[Row]
    factors: int
    lists: list[Target]
    deep: list[Target]


def measure(place: Place, pace: Pace) -> Size:
    """Start the servers on `place` and run every loop."""
    asyncio.run(vacuum(place.owner_url))
    asked = asyncio.run(_asking(place.app_url))
    tell(f"Reading with {asked.factors} factors")
    settings = {"DATABASE_URL": place.app_url}
    with servers.service(place.folder, settings, "--no-prepare") as ours:
        searched_for, of_tests = questions.searches()
        with _loops(place, ours, asked, pace) as loops:
            busy = alternate(loops, pace, BUSY)
            shorter = Pace(pace.rounds, pace.seconds * 0.4)
            alone = alternate(loops, shorter, ALONE)
        searched = _searched(ours, place.folder, searched_for, pace)
        memory = memory_of(ours.worker)
    return Size(asked.factors, busy, alone, searched, of_tests, memory)


def _searched(ours: Running, folder: Path, targets: list[Target], pace: Pace) -> Searched | None:
    """None where a query got no good answer: that is a finding, and the other figures are still wanted."""
    try:
        return search(ours, folder, targets, pace.rounds)
    except RuntimeError as error:
        tell(f"Search failed: {error}")
        return None


@contextlib.contextmanager
def _loops(place: Place, ours: Running, asked: Asking, pace: Pace) -> Iterator[list[Question]]:
    """All questions, with the baselines running."""
    folder, hot = place.folder, asked.rows[:HOT]
    answers, file = folder / "answers.jsonl", folder / "rows.db"
    questions.copy_answers(ours.port, [row.path for row in hot], answers)
    asyncio.run(_copied(place.app_url, file))
    paths = [Target(questions.datasette_path(row.ref)) for row in hot]
    with (
        servers.bare(folder, answers) as bare,
        servers.datasette(folder, file, paths[0].path) as datasette,
    ):
        asked_hot = ask(folder / "hot.json", [Target(row.path) for row in hot])
        loops = [Question("bare", bare, asked_hot), *_ours(place, ours, asked, pace, asked_hot)]
        if datasette is not None:
            loops.insert(3, Question("datasette", datasette, ask(folder / "datasette.json", paths)))
        yield loops


def _ours(place: Place, ours: Running, asked: Asking, pace: Pace, asked_hot: list[Path]) -> list[Question]:
    folder, rows = place.folder, asked.rows
    known = [Target(row.path, {"If-None-Match": f'"{row.content_hash}"'}) for row in rows[:HOT]]
    once = [Target(row.path) for row in rows[HOT : HOT + COLD]]
    documents = [Target(f"/v1/documents/{row.content_hash}") for row in rows[:20_000]]
    factors = [Target(f"/v1/factors/{row.ref}") for row in rows[:20_000]]
    found = [
        Question("hot", ours, asked_hot),
        Question("not_modified", ours, ask(folder / "known.json", known), status="304"),
        Question("cold", ours, slices(folder, once, 2 * pace.rounds), repeat=False),
        Question("document", ours, ask(folder / "documents.json", documents)),
        Question("envelope", ours, ask(folder / "factors.json", factors)),
        Question("list", ours, ask(folder / "lists.json", asked.lists)),
        Question("deep", ours, ask(folder / "deep.json", asked.deep)),
    ]
    for question in found:
        question.database = place.database
    return found


async def _asking(url: str) -> Asking:
    async with _engine(url) as engine:
        rows, total = await questions.sample(engine, HOT + COLD)
        return Asking(rows, total, questions.lists(rows), await questions.deep_pages(engine, rows))


async def _copied(url: str, file: Path) -> None:
    async with _engine(url) as engine:
        await questions.copy_to_sqlite(engine, file)


@contextlib.asynccontextmanager
async def _engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(url, pool_size=1)
    try:
        yield engine
    finally:
        await engine.dispose()


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
