"""Run `child` on a workbook and turn what it says, or how it dies, into events."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

import orjson

from app.config import REPOSITORY
from app.intake.findings import Finding, finding
from app.intake.findings_codes import CODES
from app.intake.reading_types import Cell, Event, Limits, Number, RawRow, SheetStart

OUT_OF_MEMORY: Final = 77
LONGEST_LINE: Final = 64 * 2**20
_KILLED_FOR_TIME: Final = frozenset({-int(getattr(signal, "SIGXCPU", 0) or 999)})


def workbook_events(path: Path, limits: Limits) -> Iterator[Event]:
    """What the child reads. Its death is a finding; nothing is raised for what is in the file."""
    with Child(["read", str(path)], limits) as child:
        ended = False
        for line in child.lines():
            event = _event(line)
            if event is None:
                ended = True
            else:
                yield event
    if not ended:
        yield death(child, limits)


class Child:
    """A child process under a wall clock; `returncode` and `overtime` are known after the `with`."""

    def __init__(self, task: Sequence[str], limits: Limits) -> None:
        self._command = [
            sys.executable,
            "-P",
            "-m",
            "app.intake.child",
            *task[:2],
            json.dumps(asdict(limits)),
        ]
        self._command += task[2:]
        self._seconds = limits.seconds
        self.overtime = False
        self.returncode = 0

    def __enter__(self) -> Child:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": "0"},
            cwd="/" if sys.platform != "win32" else None,
        )
        self._timer = threading.Timer(self._seconds, self._stop)
        self._timer.daemon = True
        self._timer.start()
        return self

    def _stop(self) -> None:
        self.overtime = True
        self._process.kill()

    def lines(self) -> Iterator[bytes]:
        stream: IO[bytes] = self._process.stdout  # type: ignore[assignment]
        while line := stream.readline(LONGEST_LINE):
            if not line.endswith(b"\n"):
                return
            yield line

    def __exit__(self, *_: object) -> None:
        """Also on the way out of an abandoned loop: nobody reads any more, so the child is ended."""
        self._timer.cancel()
        if self._process.stdout is not None:
            at_end = not self._process.stdout.read(1)
            self._process.stdout.close()
            if not at_end:
                self._process.kill()
        self.returncode = self._process.wait()


def death(child: Child, limits: Limits) -> Finding:
    """Why the child is gone: out of time, out of memory (or killed by the system), or its own failure."""
    if child.overtime or child.returncode in _KILLED_FOR_TIME:
        return finding("file_takes_too_long", seconds=limits.seconds)
    if child.returncode < 0 or child.returncode == OUT_OF_MEMORY:
        megabytes = limits.memory_bytes >> 20
        return finding(
            "file_too_large",
            reason_zh=f"读取所需内存超过 {megabytes} MB",
            reason_en=f"reading it needs more than {megabytes} MB of memory",
        )
    return finding(
        "file_unreadable", reason_zh="读取程序不能处理其结构", reason_en="its structure cannot be read"
    )


def _event(line: bytes) -> Event | None:
    """The event of a line; None for the last."""
    message: list[Any] = orjson.loads(line)
    if message[0] == "r":
        return RawRow(message[1], [_cell(cell) for cell in message[2]])
    if message[0] == "s":
        return SheetStart(message[1])
    if message[0] == "end":
        return None
    told = message[1]
    if told["code"] not in CODES:
        raise ValueError(f"the child speaks of {told['code']!r}")
    return Finding(**{**told, "expected": tuple(told["expected"])})


def _cell(cell: Any) -> Cell:
    if type(cell) is list:
        return Number(*cell)
    return cell  # type: ignore[no-any-return]
