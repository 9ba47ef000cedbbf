"""A full recovery: a gigabyte of changes that no checkpoint has written, cut off by kill -9."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest

from app.kit.embedded import EmbeddedServer
from tests.kit.servers import ask, child, kill, prepared_home, server_processes, wait_for

GIGABYTE = 2**30
FAR_CHECKPOINTS = ("max_wal_size=16GB", "checkpoint_timeout=1h")
SINCE_CHECKPOINT = "SELECT (pg_current_wal_lsn() - redo_lsn)::bigint FROM pg_control_checkpoint()"


@pytest.mark.slow
def test_a_gigabyte_of_unflushed_changes_is_recovered_however_long_it_takes() -> None:
    disk = Path(tempfile.gettempdir())
    if shutil.disk_usage(disk).free < 5 * GIGABYTE:
        pytest.skip("needs 5 GB of disk")
    said: list[str] = []
    with prepared_home(base=disk) as home, child("hold", str(home), *FAR_CHECKPOINTS) as held:
        postmaster = held.hear()["postmaster"]
        address = held.address()
        fill = "INSERT INTO big SELECT i, repeat(md5(i::text), 30) FROM generate_series({}, {}) i"
        ask(address, "CHECKPOINT", "CREATE TABLE big (i int, a text)", fill.format(1, 500_000))
        ask(address, fill.format(500_001, 1_050_000))
        assert ask(address, SINCE_CHECKPOINT) > GIGABYTE
        kill(held.process.pid, postmaster, *server_processes(postmaster).values())
        server = EmbeddedServer(home, on_progress=said.append)
        drag = threading.Thread(target=_stop_for_a_while, args=(server, 11))
        drag.start()
        begun = time.monotonic()
        with server as again:
            drag.join()
            assert time.monotonic() - begun > 11
            assert ask(again, "SELECT count(*) FROM big") == 1_050_000
            assert ask(again, "SELECT sum(i) FROM big") == 1_050_000 * 1_050_001 // 2
            assert ask(again, "SELECT bool_and(a = repeat(md5(i::text), 30)) FROM big") is True
            assert ask(again, "SELECT count(*) FROM t") == 1
        assert "redo done" in (home / "pg/18/log/postgres.log").read_text()
    assert any("PostgreSQL is starting, 10 s so far" in line for line in said), said


def _stop_for_a_while(server: EmbeddedServer, seconds: float) -> None:
    """Hold the recovering process still, as a slow disk would, for longer than any usual time limit."""
    wait_for(lambda: server.pid is not None, "the postmaster")
    assert server.pid is not None
    postmaster = server.pid
    wait_for(lambda: any("startup" in t for t in server_processes(postmaster)), "the recovering process")
    number = next(n for t, n in server_processes(postmaster).items() if "startup" in t)
    os.kill(number, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(number, signal.SIGCONT)
