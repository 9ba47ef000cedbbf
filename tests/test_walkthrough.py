"""From template to published, as the README prints it: the real command line, script and server."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import REPOSITORY
from tests.conftest import ORIGIN
from tests.test_readme import WALK, needs_curl, pattern, steps, wait_until_ready

MARK = "=== done ==="
PROGRAM = f'factorbase() {{ "{sys.executable}" -m app.cli "$@"; }}'
"""The program of this folder, whatever is installed."""


@contextmanager
def service(database: str) -> Iterator[dict[str, str]]:
    """A server on `database`; gives the environment of somebody who uses it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACTORBASE")}
    ours = {"DATABASE_URL": database, "FACTORBASE_ORIGIN": ORIGIN, "FACTORBASE_ACCESS_LOG": "false"}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=kept | ours)
    address = f"http://127.0.0.1:{port}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        wait_until_ready(address, process)
        yield kept | ours | {"FACTORBASE": address, "PATH": path, "PYTHONUTF8": "1", "LC_ALL": "C"}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def walk(database: str) -> list[str]:
    """What each command of the README's walk printed."""
    lines = [PROGRAM, *(f"{command}\necho '{MARK}'" for command, _ in steps(WALK))]
    with service(database) as environment:
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=180,
        )
    return done.stdout.decode().split(MARK)[:-1]


@needs_curl
async def test_a_workbook_goes_from_template_to_published_as_printed(seeded_copy: str) -> None:
    answers = await asyncio.to_thread(walk, seeded_copy)
    for (command, printed), answer in zip(steps(WALK), answers, strict=True):
        assert re.fullmatch(pattern(printed), answer.strip()), (
            f"$ {command}\nprinted:\n{printed}\nanswered:\n{answer}"
        )
