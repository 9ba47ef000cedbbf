"""Folders for files under way, and clearing away those of processes that were killed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

AN_HOUR: Final = 3600
_ours = re.compile(r"factorbase-file-(\d+)-.+")


def folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes with its block; its name says whose it is."""
    return tempfile.TemporaryDirectory(prefix=f"factorbase-file-{os.getpid()}-")


def sweep() -> int:
    """Remove folders of this kind whose process is gone, and that nobody has touched for an hour (the process
    may live where we do not see it). Returns how many there were. Blocks."""
    gone = 0
    for path in Path(tempfile.gettempdir()).glob("factorbase-file-*"):
        found = _ours.fullmatch(path.name)
        try:
            old = time.time() - path.stat().st_mtime > AN_HOUR
        except OSError:
            continue  # another process was quicker
        if found is not None and old and not psutil.pid_exists(int(found[1])):
            shutil.rmtree(path, ignore_errors=True)
            gone += 1
    return gone
