"""From what was measured to the table: each figure beside the one to reach (design, section 11). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from bench.machine import Machine
from bench.sizes import Size
from bench.stats import Load, ratio
from bench.watching import Published

NOISE = 0.97  # "no slower" is met within the spread of repeated loops
SATURATED = (
    0.8  # below this share of a core, the rate says what the machine had left and not what the server can
)
BLOCKED_MS = 500.0  # a reader that waits longer than this while a release goes in was blocked
NAMES = {
    "bare": "bare ASGI callable",
    "hot": "GET version, 2,000 refs in the worker's memory",
    "not_modified": "304 on a known ETag, the same refs",
    "datasette": "Datasette, JSON of a row by primary key",
    "cold": "GET version, each ref asked once",
    "document": "GET document by hash",
    "envelope": "GET factor (envelope)",
    "list": "list of 50 with one or two filters",
    "deep": "next 50 from anywhere in the list of all",
}


@dataclass(frozen=True)
class Row:
    """One line of the table; `met` is None where no figure is set."""

    what: str
    measured: str
    ratio: str
    target: str
    met: bool | None

    def cells(self) -> list[str]:
        verdict = {True: "yes", False: "**no**", None: ""}[self.met]
        return [self.what, self.measured, self.ratio, self.target, verdict]


@dataclass(frozen=True)
class Run:
    """All that one run measured; what it did not is None."""

    machine: Machine
    load_after: str
    starts: tuple[float, float] | None
    small: Size
    published: Published | None
    large: Size | None

    @property
    def sizes(self) -> list[Size]:
        return [size for size in (self.small, self.large) if size is not None]


def targets(run: Run) -> list[Row]:
    """The table of design section 11, as far as it is measured here."""
    rows: list[Row] = []
    for size in run.sizes:
        rows += _reads(size)
    if run.large is not None:
        rows += _growth(run.small, run.large)
    for size in run.sizes:
        rows += _search_and_memory(size)
    if run.published is not None:
        rows += _publishing(run.published)
    if run.starts is not None:
        rows += _starts(*run.starts)
    return rows


def _reads(size: Size) -> Iterator[Row]:
    busy, at = size.busy, f", {size.factors:,} versions"
    hot, bare = busy["hot"], busy["bare"]
    yield _rate("GET version, hot, to bare ASGI" + at, hot, bare, 0.5)
    if "datasette" in busy:
        yield _rate("GET version, hot, to Datasette" + at, hot, busy["datasette"], 10)
    yield _rate("304, to its 200" + at, busy["not_modified"], hot, 1)
    yield _rate("GET version, cold, to bare ASGI" + at, busy["cold"], bare, None)
    if "datasette" in busy:
        yield _rate("GET version, cold, to Datasette" + at, busy["cold"], busy["datasette"], None)


def _rate(what: str, ours: Load, other: Load, least: float | None) -> Row:
    found = ratio(ours.rate, other.rate)
    measured = (
        f"{ours.rate:,.0f}/s against {other.rate:,.0f}/s (by processor time {_by_processor(ours, other)})"
    )
    if min(ours.server_busy, other.server_busy) < SATURATED:
        measured += "; a server got no full core"
    if least is None:
        return Row(what, measured, f"{found:.2f}", "none set", None)
    wanted = NOISE if least == 1 else least
    return Row(what, measured, f"{found:.2f}", f"at least {least:g}", found >= wanted)


def _by_processor(ours: Load, other: Load) -> str:
    """The same ratio by what a request cost, which other work on the machine disturbs less."""
    cost = ours.server_ms + ours.database_ms
    return f"{ratio(other.server_ms + other.database_ms, cost):.2f}"


def _growth(small: Size, large: Size) -> Iterator[Row]:
    for name in ("hot", "cold", "document", "envelope", "list", "deep"):
        before, after = small.alone[name].p99, large.alone[name].p99
        found = ratio(after, before)
        read = name not in ("list", "deep")
        yield Row(
            f"growth of p99, {small.factors:,} to {large.factors:,}: {NAMES[name]}",
            f"{before:.2f} to {after:.2f} ms",
            f"{found:.2f}",
            "at most 1.5" if read else "none set",
            found <= 1.5 if read else None,
        )


def _search_and_memory(size: Size) -> Iterator[Row]:
    at = f", {size.factors:,} versions"
    what, measured, met = f"search, {size.queries} queries of the tests and 20 worst" + at, "failed", False
    if size.searched is not None:
        load = size.searched.load
        measured = f"p50 {load.p50:.0f} ms, p99 {load.p99:.0f} ms, worst {load.worst:.0f} ms"
        met = load.p99 < 100
    yield Row(what, measured, "", "p99 under 100 ms", met)
    memory = size.memory
    measured = f"RSS {memory.rss:.0f} MB, USS {memory.uss:.0f} MB"
    yield Row("memory of the worker after the load" + at, measured, "", "under 600 MB", memory.rss < 600)


def _publishing(found: Published) -> Iterator[Row]:
    large, size = found.large, f"{found.large.factors:,} factors: "
    rate = ratio(large.factors, large.freeze)
    measured = f"{rate:,.0f}/s ({large.freeze:.1f} s, {large.processor:.1f} of them computing in Python)"
    yield Row(size + "freeze", measured, "", "at least 5,000/s", rate >= 5000)
    yield Row(size + "publish", f"{large.publish:.1f} s", "", "none set", None)
    held = found.lock_ms / 1000
    yield Row(size + "journal lock held, seen from outside", f"{held:.2f} s", "", "under 2 s", 0 < held < 2)
    quiet, then = found.quiet, found.meanwhile
    yield Row(
        size + "a reader meanwhile",
        f"p99 {then.p99:.0f} ms, worst {then.worst:.0f} ms (before: {quiet.p99:.0f}, {quiet.worst:.0f})",
        f"{ratio(then.p99, quiet.p99):.1f}",
        f"never blocked (none above {BLOCKED_MS:.0f} ms)",
        then.worst < BLOCKED_MS,
    )
    measured = f"{found.peak_mb:,.0f} MB ({found.before_mb:,.0f} MB before)"
    yield Row(size + "peak memory of the publishing process", measured, "", "none set", None)
    if found.small:
        rates = [ratio(each.factors, each.freeze) for each in found.small]
        measured = f"first {rates[0]:,.0f}/s, last {rates[-1]:,.0f}/s, lowest {min(rates):,.0f}/s"
        what = f"freeze of the {len(rates)} releases before, of {found.small[0].factors:,}"
        yield Row(what, measured, f"{ratio(rates[-1], rates[0]):.2f}", "none set", None)


def _starts(first: float, later: float) -> Iterator[Row]:
    yield Row(
        "first start, empty home: initdb, migrations, seed", f"{first:.1f} s", "", "within 30 s", first <= 30
    )
    yield Row("later start", f"{later:.1f} s", "", "within 5 s", later <= 5)


def loops(size: Size) -> list[list[str]]:
    """Every loop of a size: rate, times, who was busy, and what a request cost."""
    found = []
    for name, load in size.busy.items():
        alone = size.alone.get(name)
        found.append(
            [
                NAMES[name],
                f"{load.rate:,.0f}",
                f"{load.p50:.2f} / {load.p99:.2f}",
                "" if alone is None else f"{alone.p50:.2f} / {alone.p99:.2f}",
                f"{load.server_busy:.0%} / {load.client_busy:.0%}",
                f"{load.server_ms:.3f} / {load.database_ms:.3f}",
            ]
        )
    return found


LOOP_HEAD: Sequence[str] = (
    "request",
    "answers/s",
    "p50 / p99 ms, 16 connections",
    "p50 / p99 ms, 1 connection",
    "server / client busy",
    "processor ms a request, web / database",
)
HEAD: Sequence[str] = ("what", "measured", "ratio", "to reach", "met")


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(run: Run, command: str) -> str:
    """docs/BENCHMARKS.md."""
    found = run.machine
    parts = [
        "# Benchmarks",
        INTRODUCTION.format(command=command),
        f"- Machine: {found.cores} cores ({found.processor}), {found.memory_gb:.0f} GB, {found.system}; "
        f"load average at the beginning {found.load}, at the end {run.load_after}.",
        f"- {found.versions}.",
        f"- {found.at}.",
        "",
        markdown(HEAD, [row.cells() for row in targets(run)]),
    ]
    for size in run.sizes:
        parts += [f"\n## All loops with {size.factors:,} versions\n", markdown(LOOP_HEAD, loops(size))]
        if size.searched is not None:
            slowest = [[f"{ms:.0f}", f"`{_query(path)}`"] for ms, path in size.searched.slowest]
            parts += [
                "\nThe slowest searches (median of their repetitions):\n",
                markdown(("ms", "query"), slowest),
            ]
    return "\n".join([*parts, "", NOTES])


def _query(path: str) -> str:
    return unquote_plus(path.partition("query=")[2]).replace("|", "\\|")


INTRODUCTION = """
Written by `{command}`. Read the ratios: both sides of a ratio were measured in the same run, in turns, and
each figure is the median of the rounds. The rates are those of one machine on one day.
"""
NOTES = """## How it is measured

- The service is `factorbase serve` with one worker and its settings as they come (access log and metrics on),
  over TCP on the loopback. Without a mark, rates are those of 16 connections that each wait for their answer.
- The client is `bench/load.py`, one process with uvloop and plain sockets, not `wrk`. Where "client busy" is
  near 100 % and "server busy" is not, the client was the limit and the true rate is higher.
- The bare ASGI callable runs on the same uvicorn, uvloop and httptools, and sends the same headers and bytes
  from a dictionary: no routing, no log, no metrics. Datasette serves the same rows from SQLite, immutable,
  with its settings as they come, and wraps a row in its own JSON.
- "Cold" asks each ref once, so the worker never has the answer in memory; PostgreSQL usually has the page.
- The generated factors are seed documents with other names, regions, years and invented values, published
  through freeze and publish like any release. `VACUUM (ANALYZE)` and a checkpoint precede the reads, as
  autovacuum would have done it by then.
- Freeze is timed without the making of the factors. The journal's lock is looked at every 5 ms from a
  connection of its own. The reader asks for one version after the other, 5 ms apart, while the large release
  goes in.
- Growth compares the p99 of a single connection, so that it shows the work and not the queue.
- The first start counts from the command to the first 200 of `/readyz`, on an installed environment.
"""


def summary(run: Run) -> str:
    """The same for a terminal."""
    parts = [aligned(HEAD, [row.cells() for row in targets(run)])]
    for size in run.sizes:
        parts += [f"\nAll loops with {size.factors:,} versions", aligned(LOOP_HEAD, loops(size))]
    return "\n".join(parts)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in padded)
