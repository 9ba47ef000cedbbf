"""The processes that are measured, each on a free port, each ended by the one that started it."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from app.config import REPOSITORY

PATIENCE = 600.0


@dataclass(frozen=True)
class Running:
    """A server that answers: its port, the process that answers, and the seconds until it was ready."""

    port: int
    worker: psutil.Process
    seconds: float


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def python_environment(**more: str) -> dict[str, str]:
    """Our environment without settings of the service, so that a run does not depend on the caller's."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("FACTORBASE_", "DATABASE_"))
    }
    return {**ours, **more}


@contextlib.contextmanager
def service(folder: Path, settings: Mapping[str, str], *options: str) -> Iterator[Running]:
    """`factorbase serve` with one worker: supervisor, worker and a real socket."""
    port = free_port()
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "1", *options]
    with _process(command, folder / "serve.log", settings) as (process, begin):
        seconds = _wait(process, port, "/readyz", begin, folder / "serve.log")
        workers = [
            child for child in psutil.Process(process.pid).children() if "app.worker" in child.cmdline()
        ]
        yield Running(port, workers[0], seconds)


@contextlib.contextmanager
def bare(folder: Path, answers: Path) -> Iterator[Running]:
    """The bare ASGI callable."""
    port = free_port()
    with _plain(
        [sys.executable, "-m", "bench.bare", str(port), str(answers)], folder / "bare.log", port, "/"
    ) as it:
        yield it


@contextlib.contextmanager
def datasette(folder: Path, file: Path, path: str) -> Iterator[Running | None]:
    """Datasette on `file`, or None where the package is not installed. `path` must answer."""
    port = free_port()
    with contextlib.suppress(ImportError):
        import importlib.metadata

        importlib.metadata.version("datasette")
        command = [sys.executable, "-m", "datasette", "serve", "-i", str(file), "-p", str(port)]
        with _plain(command, folder / "datasette.log", port, path) as it:
            yield it
        return
    yield None


@contextlib.contextmanager
def _plain(command: Sequence[str], log: Path, port: int, path: str) -> Iterator[Running]:
    with _process(command, log, {}) as (process, begin):
        seconds = _wait(process, port, path, begin, log)
        yield Running(port, psutil.Process(process.pid), seconds)


@contextlib.contextmanager
def _process(
    command: Sequence[str], log: Path, settings: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    with log.open("ab") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=python_environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            yield process, begin
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, path: str, begin: float, log: Path) -> float:
    """Seconds from `begin` until GET `path` is answered (200, or anything for a server without health)."""
    while time.perf_counter() - begin < PATIENCE:
        if process.poll() is not None:
            raise RuntimeError(f"a server ended at its start: {log.read_text(errors='replace')[-2000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", path)
            if connection.getresponse().status != 503:
                return time.perf_counter() - begin
        connection.close()
        time.sleep(0.02)
    raise RuntimeError(f"a server was not ready in {PATIENCE:.0f} s")


def children_of(process: psutil.Process | None) -> list[psutil.Process]:
    return [] if process is None else [process, *process.children(recursive=True)]


def check_room(folder: Path, factors: int) -> None:
    """Refuse to begin where the disk will not do: a factor takes about 12 kB with its indexes and log."""
    needed = factors * 14_000 + 3_000_000_000
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(
            f"{folder} has {free / 1e9:.1f} GB free; {factors} factors take up to {needed / 1e9:.1f} GB"
        )


def remove(folder: Path) -> None:
    """Remove the folder of a run, and the data that the embedded server had to keep elsewhere."""
    for note in folder.rglob("data_elsewhere"):
        shutil.rmtree(note.read_text().splitlines()[0], ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
