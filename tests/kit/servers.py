"""Real processes for the tests of the embedded server and the supervisor. Run as a script, it is one of them.

servers.py hold HOME [NAME=VALUE ...]   own an embedded server until stdin closes (settings of PostgreSQL)
servers.py serve HOME PORT WORKERS      supervise workers of the small application below
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]

from app.kit.embedded import DATABASE, EmbeddedServer, ServerAddress
from app.kit.errors import Problem
from app.kit.supervise import listen, stop_by_exception, supervise

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = Path(asyncpg.__file__).resolve().parents[1]
ORDINARY = "nobody"


# --- what the tests use -------------------------------------------------------------------------


@contextlib.contextmanager
def fresh_home(name: str = "home", *, base: Path | None = None) -> Iterator[Path]:
    """A folder that does not exist yet, in a new one open to every user; all below is ended and removed.

    It lies in memory where there is room: what is tested here is the death of processes, not of disks.
    """
    above = Path(tempfile.mkdtemp(prefix="fb-test-", dir=base or _quick_place()))
    above.chmod(0o777)
    try:
        yield above / name
    finally:
        end_all_below(above / name)
        shutil.rmtree(above, ignore_errors=True)


def _quick_place() -> Path:
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30
    return memory if roomy else Path(tempfile.gettempdir())


@contextlib.contextmanager
def prepared_home(*, base: Path | None = None) -> Iterator[Path]:
    """As `fresh_home`, with a server's data in it and table t with one row (a copy: faster than initdb)."""
    with fresh_home(base=base) as path:
        subprocess.run(["cp", "-a", str(_template()), str(path)], check=True)
        yield path


@functools.cache
def _template() -> Path:
    above = Path(tempfile.mkdtemp(prefix="fb-test-", dir=_quick_place()))
    above.chmod(0o755)
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    with EmbeddedServer(above / "home") as address:
        ask(address, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (7)")
    return above / "home"


def end_all_below(home: Path) -> None:
    """Kill the PostgreSQL processes that work in this home, so that a failed test leaves none."""
    note = home / "data_elsewhere"
    elsewhere = Path(note.read_text().splitlines()[0]) if note.exists() else None
    places = [str(p) + "/" for p in (home, elsewhere) if p is not None]
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == "postgres" and process.cwd().startswith(tuple(places)):
                process.kill()
    if elsewhere is not None:
        shutil.rmtree(elsewhere, ignore_errors=True)
    with contextlib.suppress(OSError):
        shutil.rmtree((home / "socket_folder").read_text().strip())


@dataclass
class Child:
    """A process running this script, and the JSON lines that it said."""

    process: subprocess.Popen[str]
    said: list[dict[str, Any]] = field(default_factory=list)

    def hear(self) -> dict[str, Any]:
        """Its next line. Progress lines are skipped; its end without a line is an error."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            told: dict[str, Any] = json.loads(line)
            self.said.append(told)
            if "progress" not in told:
                return told
        raise AssertionError(f"the process ended with {self.process.wait()}")

    def address(self) -> ServerAddress:
        told = self.said[-1]
        return ServerAddress(**told["address"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Let it end in order: a holder by its closed stdin, a supervisor by SIGTERM."""
        if self.process.poll() is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            if "serve" in self.process.args:  # type: ignore[operator]
                self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextlib.contextmanager
def child(*words: str, user: str | None = None, before: Sequence[str] = ()) -> Iterator[Child]:
    """This script with these words, as another user where one is named; killed at the end if it still runs.

    `before` are words in front of the command, of a program that executes the rest.
    """
    options: dict[str, Any] = {"user": user, "group": "nogroup", "extra_groups": []} if user else {}
    path = f"{REPOSITORY}{os.pathsep}{PACKAGES}"
    environ = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    python = python_of(user) if user else sys.executable
    assert python is not None
    started = Child(
        subprocess.Popen(
            [*before, python, "-W", "ignore", str(Path(__file__).resolve()), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env=environ,
            **options,
        )
    )
    try:
        yield started
    finally:
        started.kill()
        for pipe in (started.process.stdin, started.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def python_of(user: str) -> str | None:
    """A Python of our version that this user may run with our packages; None if there is none."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    check = [
        "-c",
        f"import sys; sys.path[:0] = {[str(REPOSITORY), str(PACKAGES)]!r}; import app.kit.embedded, asyncpg",
    ]
    for python in (sys.executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            options: dict[str, Any] = {"user": user, "group": "nogroup", "extra_groups": [], "cwd": "/"}
            if subprocess.run([python, *check], **options, capture_output=True, timeout=30).returncode == 0:
                return python
    return None


def ask(address: ServerAddress, *statements: str) -> Any:
    """Run statements as the owner and return the first value of the last one."""

    async def run() -> Any:
        connection = await asyncpg.connect(
            host=address.socket_dir,
            port=address.port,
            user=address.user,
            password=address.password,
            database=DATABASE,
        )
        try:
            value = None
            for statement in statements:
                value = await connection.fetchval(statement)
            return value
        finally:
            await connection.close()

    return asyncio.run(run())


def server_processes(postmaster: int) -> dict[str, int]:
    """Title without prefix -> process number, of the children of a postmaster (`checkpointer`, ...)."""
    found = {}
    for process in psutil.Process(postmaster).children():
        with contextlib.suppress(psutil.Error):  # a client's backend may just have ended
            title = " ".join(process.cmdline()).strip()
            found[title.rpartition(": ")[2].strip()] = process.pid
    return found


def kill(*numbers: int) -> None:
    """SIGKILL to each of these; the children of a killed postmaster may have ended by themselves."""
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def wait_for(true: Callable[[], bool], what: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def get(port: int, path: str = "/") -> dict[str, Any]:
    """GET from the small application; it is asked again while the port refuses or the answer is a 503."""
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            assert time.monotonic() < end, f"no answer: {error}"
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# --- the application of the workers -------------------------------------------------------------


def create_app() -> Callable[..., Awaitable[None]]:
    """Answers {"pid": of the worker, "rows": of table t}; /slow waits a second; 503 without a database."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/slow":
            await asyncio.sleep(1)
        status, told = 200, {"pid": os.getpid(), "parent": os.getppid()}
        try:
            connection = await asyncpg.connect(**json.loads(os.environ["TEST_DATABASE"]))
            told["rows"] = await connection.fetchval("SELECT count(*) FROM t")
            await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            status = 503
        await send({"type": "http.response.start", "status": status, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})

    return app


def create_broken_app() -> Callable[..., Awaitable[None]]:
    raise RuntimeError("this application cannot be made")


# --- the script ---------------------------------------------------------------------------------


def _tell(**told: Any) -> None:
    print(json.dumps(told), flush=True)


def _hold(home: str, *options: str) -> int:
    settings = dict(option.split("=", 1) for option in options)
    server = EmbeddedServer(Path(home), options=settings, on_progress=lambda text: _tell(progress=text))
    with stop_by_exception(), server as address:
        _tell(postmaster=server.pid, address=vars(address), app_password=server.app_password)
        sys.stdin.read()
    return 0


def _serve(home: str, port: str, workers: str, factory: str = "create_app") -> int:
    server = EmbeddedServer(Path(home))
    with server as address, listen("127.0.0.1", int(port)) as listener:
        server.announce(f"http://127.0.0.1:{port}")
        ask(address, "CREATE TABLE IF NOT EXISTS t (a int)", "INSERT INTO t VALUES (1)")
        login = {"host": address.socket_dir, "port": address.port, "user": address.user}
        database = json.dumps({**login, "password": address.password, "database": DATABASE})
        return supervise(
            [sys.executable, "-m", "app.worker", f"tests.kit.servers:{factory}"],
            listener,
            workers=int(workers),
            server=server,
            env={"TEST_DATABASE": database},
            on_ready=lambda: _tell(ready=True, postmaster=server.pid, address=vars(address)),
            tell=lambda text: _tell(progress=text),
        )


def main(words: Sequence[str]) -> int:
    try:
        return _hold(*words[1:]) if words[0] == "hold" else _serve(*words[1:])
    except Problem as problem:
        _tell(code=problem.code, **problem.text)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
