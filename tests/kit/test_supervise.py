"""The supervisor with real workers and a real PostgreSQL: deaths of each, stops in order, refusals."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from app.kit.errors import Problem
from app.kit.supervise import exit_with_parent, listen
from tests.kit.servers import Child, child, free_port, get, kill, prepared_home, server_processes, wait_for


@pytest.fixture
def home() -> Iterator[Path]:
    with prepared_home() as path:
        yield path


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def service(home: Path, port: int) -> Iterator[Child]:
    """A supervisor with two workers; table t has one row of the template and one of its start."""
    with child("serve", str(home), str(port), "2") as supervisor:
        supervisor.hear()
        yield supervisor


def workers(service: Child) -> set[int]:
    found = psutil.Process(service.process.pid).children()
    return {p.pid for p in found if "app.worker" in " ".join(_words(p))}


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []


def postmaster(service: Child) -> int:
    found = psutil.Process(service.process.pid).children()
    return next(int(p.pid) for p in found if p.name() == "postgres")


def gone(*numbers: int) -> bool:
    def ended(number: int) -> bool:
        try:
            return bool(psutil.Process(number).status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    return all(map(ended, numbers))


def test_a_killed_worker_is_replaced_while_the_other_answers(service: Child, port: int) -> None:
    first = workers(service)
    killed = min(first)
    kill(killed)
    assert get(port)["pid"] != killed
    wait_for(lambda: len(workers(service) - {killed}) == 2, "another worker")
    assert first - {killed} < workers(service)
    assert service.end() == 0


def test_a_killed_postmaster_is_started_again_and_the_workers_stay(service: Child, port: int) -> None:
    before, first = workers(service), postmaster(service)
    assert get(port)["rows"] == 2
    kill(first)
    wait_for(lambda: gone(first), "the end of the postmaster")
    assert get(port)["rows"] == 2
    assert postmaster(service) != first
    assert workers(service) == before
    assert service.end() == 0


def test_the_workers_of_a_killed_supervisor_end_at_once_and_the_next_start_works(
    home: Path, port: int, service: Child
) -> None:
    left, database = workers(service), postmaster(service)
    service.kill()
    wait_for(lambda: gone(*left), "the end of the workers", 3)
    assert not gone(database)
    with child("serve", str(home), str(port), "1") as again:
        again.hear()
        assert get(port)["rows"] == 3
        assert gone(database)
        assert again.end() == 0


def test_everything_killed_at_once_starts_again_with_every_committed_row(
    home: Path, port: int, service: Child
) -> None:
    database = postmaster(service)
    kill(service.process.pid, *workers(service), database, *server_processes(database).values())
    service.process.wait()
    with child("serve", str(home), str(port), "2") as again:
        again.hear()
        assert get(port)["rows"] == 3
        assert again.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_finishes_what_is_being_answered_and_leaves_no_process(
    service: Child, port: int, number: signal.Signals
) -> None:
    told: list[int] = []
    numbers = [*workers(service), postmaster(service)]
    slow = threading.Thread(target=lambda: told.append(get(port, "/slow")["rows"]))
    slow.start()
    wait_for(lambda: _connected(service), "the slow question")
    service.process.send_signal(number)
    assert service.process.wait(20) == 0
    slow.join()
    assert told == [2]
    assert gone(*numbers)
    assert not Path(service.said[-1]["address"]["socket_dir"]).exists()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def _connected(service: Child) -> bool:
    found = [psutil.Process(number).net_connections("tcp") for number in workers(service)]
    return any(c.status == psutil.CONN_ESTABLISHED for connections in found for c in connections)


def test_a_stop_before_there_are_workers_stops_the_server_too(home: Path) -> None:
    with child("hold", str(home)) as owner:
        database = owner.hear()["postmaster"]
        owner.process.send_signal(signal.SIGTERM)
        assert owner.process.wait(20) == 128 + signal.SIGTERM
        assert gone(database)


def test_ctrl_c_in_a_terminal_reaches_the_supervisor_alone(service: Child) -> None:
    group = os.getpgid(service.process.pid)
    others = [*workers(service), postmaster(service)]
    assert all(os.getpgid(number) != group for number in others)


def test_a_second_service_of_the_same_home_is_told_where_the_first_answers(
    home: Path, port: int, service: Child
) -> None:
    with child("serve", str(home), str(port), "1") as other:
        told = other.hear()
        assert told["code"] == "already_running"
        assert f"http://127.0.0.1:{port}" in told["en"]
        assert other.process.wait(10) == 3
    assert get(port)["rows"] == 2


def test_a_taken_port_is_told_with_the_setting_and_the_server_stopped(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        with child("serve", str(home), number, "1") as process:
            told = process.hear()
            assert process.process.wait(10) == 3
    assert told["code"] == "port_taken"
    for text in (told["en"], told["zh"]):
        assert number in text
        assert "FACTORBASE_PORT" in text
    assert not (home / "pg/18/data/postmaster.pid").exists()


def test_a_host_that_is_not_ours_is_told_with_the_setting() -> None:
    for host in ("192.0.2.1", "no-such-host.invalid"):
        with pytest.raises(Problem) as refused:
            listen(host, 0)
        assert refused.value.code == "address_refused"
        assert "FACTORBASE_HOST" in refused.value.text["zh"]


def test_an_application_that_cannot_start_is_given_up_and_the_server_stopped(home: Path, port: int) -> None:
    with child("serve", str(home), str(port), "1", "create_broken_app") as process:
        with pytest.raises(AssertionError, match="ended with 1"):
            process.hear()
        lines = [told["progress"] for told in process.said]
    assert "the service stops" in lines[-1]
    assert not (home / "pg/18/data/postmaster.pid").exists()


def test_a_process_ends_with_the_one_that_holds_the_pipe() -> None:
    read, write = os.pipe()
    number = os.fork()
    if number == 0:
        os.close(write)
        exit_with_parent(read)
        signal.pause()
    os.close(read)
    assert os.waitpid(number, os.WNOHANG) == (0, 0)
    os.close(write)
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 1
