"""`python -m bench`: start everything in a folder of its own, measure, print the table, remove the folder."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from sqlalchemy import text

from app.config import REPOSITORY
from app.kit.db import make_engine
from app.kit.embedded import DATABASE, EmbeddedServer
from app.kit.supervise import stop_by_exception
from bench import report, servers
from bench.fill import ORIGIN
from bench.generate import sizes
from bench.machine import load_average, machine
from bench.measure import Pace
from bench.questions import COLD, Row, sample
from bench.sizes import Place, Size, measure, tell
from bench.watching import Published, publish

PAGE = REPOSITORY / "docs" / "BENCHMARKS.md"
OUT = REPOSITORY / "bench" / "out"


@dataclass(frozen=True)
class Options:
    factors: int
    pace: Pace
    quick: bool
    write: bool
    keep: bool
    folder: Path


def main(arguments: Sequence[str]) -> None:
    options = read_options(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    options.folder.chmod(0o755)
    servers.check_room(options.folder, options.factors)
    try:
        with stop_by_exception():
            found = run(options)
    finally:
        if options.keep:
            tell(f"Kept: {options.folder}")
        else:
            servers.remove(options.folder)
    print(report.summary(found))
    if options.write:
        quick = " --quick" if options.quick else ""
        command = f"python -m bench --factors {options.factors}{quick}"
        PAGE.write_text(report.page(found, command), encoding="utf-8")
        tell(f"Written: {PAGE.relative_to(REPOSITORY)}")


def read_options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the service.")
    parser.add_argument(
        "--factors", type=int, default=100_000, help="versions to measure with, beside the seed"
    )
    parser.add_argument("--quick", action="store_true", help="two rounds of 1 s instead of three of 5 s")
    parser.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the database")
    parser.add_argument("--folder", type=Path, help="work here [bench/out/...]")
    parsed = parser.parse_args(arguments)
    if parsed.factors < 0 or 0 < parsed.factors < 1000:
        parser.error("--factors is 0 (the seed alone), or at least 1000")
    return Options(
        factors=parsed.factors,
        pace=Pace(2, 1.0) if parsed.quick else Pace(3, 5.0),
        quick=parsed.quick,
        write=parsed.write,
        keep=parsed.keep,
        folder=(parsed.folder or OUT / secrets.token_hex(4)).resolve(),
    )


def run(options: Options) -> report.Run:
    """Starts, the seed, publishing, and the large catalogue, one after the other on one home."""
    home = options.folder / "home"
    settings = {"FACTORBASE_HOME": str(home), "FACTORBASE_ORIGIN": ORIGIN}
    tell("First and later start")
    starts = (_start(options.folder, settings), _start(options.folder, settings))
    server = EmbeddedServer(home, on_progress=tell)
    with server as owner:
        app_url = owner.url(DATABASE, "factorbase_app", server.app_password)
        database = None if server.pid is None else psutil.Process(server.pid)
        place = Place(options.folder, owner.url(DATABASE), app_url, database)
        found = machine(asyncio.run(_version(place.app_url)))
        small = measure(place, options.pace)
        published, large = _grown(place, options)
    return report.Run(found, load_average(), starts, small, published, large)


def _grown(place: Place, options: Options) -> tuple[Published | None, Size | None]:
    if options.factors == 0:
        return None, None
    rows, _ = asyncio.run(_rows(place.app_url))
    published = publish(place, sizes(options.factors), rows)
    return published, measure(place, options.pace)


def _start(folder: Path, settings: dict[str, str]) -> float:
    with servers.service(folder, settings) as ours:
        return ours.seconds


async def _rows(url: str) -> tuple[list[Row], int]:
    engine = make_engine(url, pool_size=1)
    try:
        return await sample(engine, COLD)
    finally:
        await engine.dispose()


async def _version(url: str) -> str:
    engine = make_engine(url, pool_size=1)
    async with engine.connect() as connection:
        found: str = (await connection.execute(text("SHOW server_version"))).scalar_one()
    await engine.dispose()
    return found.split()[0]


if __name__ == "__main__":
    main(sys.argv[1:])
