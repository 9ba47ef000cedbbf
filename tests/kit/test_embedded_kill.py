"""kill -9 of each process and of all at once, stale pid files: committed rows stay, nobody else is hit."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from app.kit.embedded import EmbeddedServer
from tests.kit.servers import Child, ask, child, fresh_home, kill, prepared_home, server_processes, wait_for

COUNT = "SELECT count(*) FROM t"


@pytest.fixture
def home() -> Iterator[Path]:
    with prepared_home() as path:
        yield path


@pytest.fixture
def held(home: Path) -> Iterator[Child]:
    """A process that owns the server of `home`, with one committed row."""
    with child("hold", str(home)) as process:
        process.hear()
        yield process


def postmaster(held: Child) -> int:
    number: int = held.said[-1]["postmaster"]
    return number


def pid_file(home: Path) -> Path:
    return home / "pg" / "18" / "data" / "postmaster.pid"


def alive(number: int) -> bool:
    try:
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def start_again(home: Path) -> int:
    """Start and stop the server of `home` in this process; the rows of its table."""
    with EmbeddedServer(home) as address:
        rows: int = ask(address, COUNT)
    return rows


def test_a_killed_owner_leaves_its_server_and_the_next_start_stops_that_one_first(
    home: Path, held: Child
) -> None:
    held.kill()
    assert alive(postmaster(held))
    said: list[str] = []
    server = EmbeddedServer(home, on_progress=said.append)
    with server as address:
        assert not alive(postmaster(held))
        assert server.pid != postmaster(held)
        assert ask(address, COUNT) == 1
        assert not Path(held.address().socket_dir).exists()
    assert any("earlier start left running" in line for line in said)


def test_a_killed_postmaster_is_started_again_in_the_same_socket_folder(home: Path) -> None:
    server = EmbeddedServer(home)
    with server as first:
        assert server.pid is not None
        kill(server.pid)
        wait_for(lambda: server.pid is None, "the end of the postmaster")
        assert server.restart() == first
        assert ask(first, COUNT) == 1


@pytest.mark.parametrize("title", ["checkpointer", "walwriter", "background writer"])
def test_postgres_itself_recovers_from_a_killed_helper(home: Path, held: Child, title: str) -> None:
    helper = server_processes(postmaster(held))[title]
    kill(helper)
    wait_for(lambda: server_processes(postmaster(held)).get(title, helper) != helper, f"a new {title}")
    wait_for(lambda: _answers(held), "the recovered server")
    assert ask(held.address(), COUNT) == 1
    assert held.end() == 0


def test_postgres_itself_recovers_from_a_killed_backend(home: Path, held: Child) -> None:
    numbers: list[int] = []
    ask(held.address(), "INSERT INTO t VALUES (8)")
    with pytest.raises((OSError, Exception)):
        ask(held.address(), "INSERT INTO t VALUES (9)", _kill_oneself(held, numbers))
    wait_for(lambda: _answers(held), "the recovered server")
    assert ask(held.address(), COUNT) == 3
    assert alive(postmaster(held))


def _kill_oneself(held: Child, numbers: list[int]) -> str:
    """A statement during which a thread kills the backend that runs it."""

    def look() -> None:
        wait_for(lambda: any("SELECT" in title for title in server_processes(postmaster(held))), "a backend")
        found = server_processes(postmaster(held))
        numbers.extend(number for title, number in found.items() if "SELECT" in title)
        kill(*numbers)

    threading.Thread(target=look).start()
    return "SELECT pg_sleep(30)"


def _answers(held: Child) -> bool:
    try:
        return bool(ask(held.address(), "SELECT true"))
    except Exception:
        return False


def test_all_processes_killed_at_once_lose_no_committed_row(home: Path, held: Child) -> None:
    everyone = [held.process.pid, postmaster(held), *server_processes(postmaster(held)).values()]
    kill(*everyone)
    held.process.wait()
    assert start_again(home) == 1


def test_orphans_of_a_killed_postmaster_are_waited_for_and_a_busy_one_is_ended(
    home: Path, held: Child
) -> None:
    busy = threading.Thread(target=_count_forever, args=(held,))
    busy.start()
    wait_for(lambda: any("SELECT" in t for t in server_processes(postmaster(held))), "the busy backend")
    backend = next(n for t, n in server_processes(postmaster(held)).items() if "SELECT" in t)
    kill(held.process.pid, postmaster(held))
    held.process.wait()
    assert start_again(home) == 1
    assert not alive(backend)
    busy.join(10)
    assert not busy.is_alive()


def _count_forever(held: Child) -> None:
    with pytest.raises((OSError, Exception)):
        ask(held.address(), "SELECT count(*) FROM generate_series(1, 1e12) s")


def stale(home: Path, held: Child, number: int) -> None:
    """Leave the pid file of a killed server, with the number of somebody else's process in it."""
    kill(held.process.pid, postmaster(held), *server_processes(postmaster(held)).values())
    held.process.wait()
    lines = pid_file(home).read_text().splitlines(keepends=True)
    assert int(lines[0]) == postmaster(held)
    pid_file(home).write_text("".join([f"{number}\n", *lines[1:]]))


def test_a_stale_pid_file_with_somebody_elses_number_is_no_hindrance_and_that_process_lives(
    home: Path, held: Child
) -> None:
    with subprocess.Popen(["sleep", "300"], cwd="/") as other:
        try:
            stale(home, held, other.pid)
            assert start_again(home) == 1
            assert other.poll() is None
        finally:
            other.kill()


def test_even_a_postgres_is_left_alone_when_its_data_folder_is_another(home: Path, held: Child) -> None:
    with fresh_home() as elsewhere, EmbeddedServer(elsewhere) as address:
        other = int(pid_file(elsewhere).read_text().splitlines()[0])
        stale(home, held, other)
        assert start_again(home) == 1
        assert alive(other)
        assert ask(address, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process of another user")
def test_a_process_of_the_same_user_in_the_data_folder_that_is_no_postgres_lives(
    home: Path, held: Child
) -> None:
    data = pid_file(home).parent
    with subprocess.Popen(["sleep", "300"], cwd=data, user="factorbase") as other:
        try:
            stale(home, held, other.pid)
            assert start_again(home) == 1
            assert other.poll() is None
        finally:
            other.kill()


@pytest.mark.parametrize("text", ["", "not a number\n", "99999999999999999999\n"])
def test_a_damaged_pid_file_is_no_hindrance(home: Path, held: Child, text: str) -> None:
    stale(home, held, os.getpid())
    pid_file(home).write_text(text)
    assert start_again(home) == 1


def test_a_copy_of_a_running_home_starts_beside_it(home: Path, held: Child) -> None:
    subprocess.run(["cp", "-a", str(home), str(home) + "-copy"], check=True, stderr=subprocess.DEVNULL)
    copy = Path(str(home) + "-copy")
    with EmbeddedServer(copy) as address:  # the number in its pid file is the running server's
        assert ask(address, "SELECT 1") == 1
        assert ask(held.address(), COUNT) == 1
