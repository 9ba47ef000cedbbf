"""The supervisor: it opens the port, keeps workers and embedded PostgreSQL alive, stops both in order.

A worker gets three file numbers in its environment: the listening socket, the read end of a pipe whose
write end only the supervisor holds (so that the worker learns of the supervisor's end, by kill -9 too),
and a pipe to say that it is ready.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

from app.kit.embedded import EmbeddedServer
from app.kit.errors import Conflict, Problem, Unavailable

LISTEN_FD = "FACTORBASE_LISTEN_FD"
PARENT_FD = "FACTORBASE_PARENT_FD"
READY_FD = "FACTORBASE_READY_FD"
BACKLOG = 2048
GRACE = 15.0  # seconds for a worker to finish what it is answering
QUICK = 10.0  # a worker that dies sooner after its start than this has not worked
QUICK_DEATHS = 5
SERVER_TRIES = 10
SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")


def listen(host: str, port: int, *, patience: float = 1.0) -> socket.socket:
    """The listening socket, inheritable. A short patience lets the workers of a killed supervisor go first.

    Raises Conflict `port_taken`, or Unavailable `address_refused` for a host that is not ours.
    """
    end = time.monotonic() + patience
    while True:
        try:
            return _bind(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _address_refused(host, port, error) from error
            if time.monotonic() >= end:
                raise _port_taken(host, port) from error
            time.sleep(0.1)


def _bind(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = min(found, key=lambda item: item[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.set_inheritable(True)
    except OSError:
        listener.close()
        raise
    return listener


def _port_taken(host: str, port: int) -> Conflict:
    return Conflict(
        "port_taken",
        f"Port {port} on {host} is taken by another program; set FACTORBASE_PORT to a free port.",
        f"{host} 的端口 {port} 已被其他程序占用;请把 FACTORBASE_PORT 设为空闲端口。",
        port=port,
    )


def _address_refused(host: str, port: int, error: OSError) -> Unavailable:
    return Unavailable(
        "address_refused",
        f"The service cannot listen on {host} port {port} ({error.strerror}); "
        "check FACTORBASE_HOST and FACTORBASE_PORT.",
        f"无法在 {host} 端口 {port} 上监听({error.strerror});请检查 FACTORBASE_HOST 和 FACTORBASE_PORT。",
        port=port,
    )


def exit_with_parent(file: int) -> None:
    """End this process at once when the other end of the pipe `file` closes, as its owner is gone."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(file, 1):
                pass
        os._exit(1)

    threading.Thread(target=wait, name="exit-with-parent", daemon=True).start()


@contextlib.contextmanager
def stop_by_exception() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that `with server:` stops it during a start too."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means: stay
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, leave) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def supervise(
    command: Sequence[str],
    listener: socket.socket,
    *,
    workers: int = 1,
    server: EmbeddedServer | None = None,
    env: Mapping[str, str] | None = None,
    on_ready: Callable[[], None] | None = None,
    tell: Callable[[str], None] = _say,
) -> int:
    """Run `workers` processes of `command` until SIGTERM, SIGINT or SIGHUP: exit code 0, or 1 on giving up.

    It belongs into the main thread. `env` is added to the workers' environment. `on_ready` is called
    once, when the first worker takes connections. At the end the workers are stopped, then `server`.
    """
    with _Supervisor(list(command), listener, workers, server, dict(env or {}), on_ready, tell) as supervisor:
        return supervisor.run()


@dataclass
class _Worker:
    """One place for a worker: its process, or the time at which the next one starts."""

    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    next_start: float = 0.0


class _StopNow(BaseException):
    """Raised by a signal's handler while the supervisor waits for PostgreSQL."""


class _Supervisor:
    def __init__(
        self,
        command: list[str],
        listener: socket.socket,
        workers: int,
        server: EmbeddedServer | None,
        env: dict[str, str],
        on_ready: Callable[[], None] | None,
        tell: Callable[[str], None],
    ) -> None:
        self.command, self.listener, self.server, self.env, self.tell = command, listener, server, env, tell
        self.on_ready = on_ready
        self.places = [_Worker() for _ in range(workers)]
        self.quick_deaths = 0
        self.server_tries = 0
        self.server_begun = time.monotonic()
        self.signals = 0
        self.waiting_for_server = False

    def __enter__(self) -> _Supervisor:
        self.alive_read, self.alive_write = os.pipe()
        self.ready_read, self.ready_write = os.pipe()
        self.wake_read, self.wake_write = os.pipe()
        for file in (self.wake_read, self.wake_write, self.ready_read):
            os.set_blocking(file, False)
        self.old_wake = signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        numbers = [getattr(signal, name) for name in SIGNALS]
        numbers = [n for n in numbers if n != signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]
        self.before = {number: signal.signal(number, self._on_signal) for number in numbers}
        self.before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        return self

    def __exit__(self, *error: object) -> None:
        self._stop_workers()
        if self.server is not None:
            self.server.stop()
        for number, handler in self.before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self.old_wake)
        for file in (
            self.alive_read,
            self.alive_write,
            self.ready_read,
            self.ready_write,
            self.wake_read,
            self.wake_write,
        ):
            os.close(file)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1
        if self.waiting_for_server:
            raise _StopNow

    def run(self) -> int:
        try:
            while not self.signals:
                if not (self._keep_server() and self._keep_workers()):
                    return 1
                self._wait(0.5)
        except _StopNow:
            pass
        return 0

    def _wait(self, seconds: float) -> None:
        """Sleep until a signal (a child's end is one too), a worker's word of being ready, or time is up."""
        with contextlib.suppress(InterruptedError):
            select.select([self.wake_read, self.ready_read], [], [], seconds)
        ready = b""
        with contextlib.suppress(BlockingIOError):
            os.read(self.wake_read, 512)
        with contextlib.suppress(BlockingIOError):
            ready = os.read(self.ready_read, 512)
        if ready and self.on_ready is not None:
            call, self.on_ready = self.on_ready, None
            call()

    def _keep_server(self) -> bool:
        """Start PostgreSQL again if it has died; False after too many tries in a row."""
        if self.server is None or self.server.pid is not None:
            return True
        if time.monotonic() - self.server_begun > 60:
            self.server_tries = 0
        while self.server_tries < SERVER_TRIES:
            pause = 0.0 if self.server_tries == 0 else min(30.0, 2.0 ** (self.server_tries - 1))
            self.server_tries += 1
            self.waiting_for_server = True
            try:
                if self.signals:  # one that came just before this
                    raise _StopNow
                self.tell("PostgreSQL has ended unexpectedly; starting it again")
                time.sleep(pause)
                self.server.restart()
                self.server_begun = time.monotonic()
                return True
            except Problem as problem:
                self.tell(problem.text["en"])
            finally:
                self.waiting_for_server = False
        self.tell("PostgreSQL does not stay up; the service stops")
        return False

    def _keep_workers(self) -> bool:
        """Start the workers that are missing; False after too many deaths right after the start."""
        now = time.monotonic()
        for place in self.places:
            code = None if place.process is None else place.process.poll()
            if place.process is not None and code is not None:
                quick = now - place.begun < QUICK
                self.quick_deaths = self.quick_deaths + 1 if quick else 0
                if self.quick_deaths >= QUICK_DEATHS:
                    self.tell(
                        f"A worker ended {QUICK_DEATHS} times right after its start "
                        f"(last exit code {code}); the service stops, see the messages above"
                    )
                    return False
                self.tell(f"Worker {place.process.pid} has ended (exit code {code}); starting another")
                place.process = None
                place.next_start = now + (min(5.0, 0.1 * 2.0**self.quick_deaths) if quick else 0.0)
            if place.process is None and now >= place.next_start:
                place.process, place.begun = self._spawn(), now
        return True

    def _spawn(self) -> subprocess.Popen[bytes]:
        """A worker in a session of its own, so that Ctrl-C in a terminal reaches the supervisor alone."""
        files = {LISTEN_FD: self.listener.fileno(), PARENT_FD: self.alive_read, READY_FD: self.ready_write}
        env = {**os.environ, **self.env, **{name: str(file) for name, file in files.items()}}
        return subprocess.Popen(
            self.command,
            env=env,
            pass_fds=tuple(files.values()),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _stop_workers(self) -> None:
        """Let the workers finish what they answer; after GRACE seconds or a second signal they are killed."""
        self.listener.close()
        running = [place.process for place in self.places if place.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        asked, end = self.signals, time.monotonic() + GRACE
        while any(process.poll() is None for process in running):
            if time.monotonic() >= end or self.signals > max(1, asked):
                break
            self._wait(0.2)
        for process in running:
            if process.poll() is None:
                process.kill()
            process.wait()
