"""The process that opens a workbook: it has limits of its own, holds no secrets and talks through its pipe.

`python -m app.intake.child read PATH LIMITS` writes one JSON array a line: ["s", title], ["r", row, cells],
["f", finding], and last ["end"]; a numeric cell is an array itself.
`... mark-WAY PATH LIMITS KIND PLAN OUT` writes a marked workbook (marking_child). Exit status 77: out of memory.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

import orjson

from app.intake.findings import Finding
from app.intake.reading_types import Event, Limits, Number, RawRow, SheetStart
from app.intake.reading_xlsx import read_workbook
from app.intake.reading_xlsx_parts import Unreadable

OUT_OF_MEMORY: Final = 77


def confine(limits: Limits, file_bytes: int = 0) -> None:
    """Bind this process: memory, processor time, files written, no core file. Nothing on Windows."""
    try:
        import resource
    except ImportError:
        return
    wanted = (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in wanted:
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # at the hard limit of time comes SIGKILL, which looks like a lack of memory: leave SIGXCPU its turn
        above = bound + 5 if kind == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else bound
        resource.setrlimit(kind, (bound, above))


def line_of(event: Event) -> bytes:
    """One event as a line."""
    if type(event) is RawRow:
        cells = [list(cell) if type(cell) is Number else cell for cell in event.cells]
        return orjson.dumps(["r", event.number, cells])
    if type(event) is SheetStart:
        return orjson.dumps(["s", event.title])
    assert isinstance(event, Finding)
    return orjson.dumps(["f", asdict(event)])


def read(path: Path, limits: Limits) -> None:
    out = sys.stdout.buffer
    try:
        for event in read_workbook(path, limits):
            out.write(line_of(event) + b"\n")
    except Unreadable as refused:
        out.write(line_of(refused.found) + b"\n")
    out.write(b'["end"]\n')
    out.flush()


def _mark(way: str, path: Path, limits: Limits, kind: str, plan: str, out: str) -> None:
    from app.intake.marking_child import mark  # openpyxl only where it is needed

    if mark(way, path, kind, Path(plan), Path(out), limits):
        sys.stdout.buffer.write(b'["end"]\n')


def main(arguments: list[str]) -> int:
    task, path, limits = arguments[0], Path(arguments[1]), Limits(**json.loads(arguments[2]))
    confine(limits, 0 if task == "read" else limits.unpacked_bytes)
    try:
        if task == "read":
            read(path, limits)
        else:
            _mark(task.removeprefix("mark-"), path, limits, *arguments[3:])
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
