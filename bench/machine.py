"""What a run was made on: the machine, the versions, the time, and how busy the machine was already."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil  # type: ignore[import-untyped]

PACKAGES = ("uvicorn", "uvloop", "httptools", "fastapi", "sqlalchemy", "asyncpg", "datasette")


@dataclass(frozen=True)
class Machine:
    cores: int
    memory_gb: float
    processor: str
    system: str
    versions: str
    at: str
    load: str


def machine(postgresql: str) -> Machine:
    """This machine now; `postgresql` is the version that its server gave."""
    found = {name: _version(name) for name in PACKAGES}
    versions = [f"Python {platform.python_version()}", f"PostgreSQL {postgresql}"]
    versions += [f"{name} {number}" for name, number in found.items()]
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        memory_gb=psutil.virtual_memory().total / 1e9,
        processor=_processor(),
        system=f"{platform.system()} {platform.machine()}",
        versions=", ".join(versions),
        at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        load=load_average(),
    )


def load_average() -> str:
    """How many processes want to run, over the last minute."""
    return f"{psutil.getloadavg()[0]:.1f}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
