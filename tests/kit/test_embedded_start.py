"""The embedded server's first and later starts, its secrets, its lock and its refusals."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.config import REPOSITORY, Settings
from app.kit.embedded import APP_ROLE, DATABASE, OWNER, EmbeddedServer, default_home
from app.kit.embedded_problems import server_failed
from app.kit.errors import Conflict, Problem
from tests.kit.servers import ask, child, fresh_home, prepared_home


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as path:
        yield path


@pytest.fixture
def made() -> Iterator[Path]:
    with prepared_home() as path:
        yield path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_start_from_nothing_gives_a_server_a_database_and_two_roles(home: Path) -> None:
    server = EmbeddedServer(home)
    with server as address:
        assert ask(address, "SELECT current_setting('server_encoding')") == "UTF8"
        assert ask(address, "SHOW data_checksums") == "on"
        assert ask(address, "SHOW listen_addresses") == ""
        assert ask(address, "SHOW synchronous_commit") == "on"
        assert ask(address, "SHOW jit") == "off"
        rights = "SELECT rolcanlogin AND NOT (rolsuper OR rolcreatedb OR rolcreaterole) FROM pg_roles"
        assert ask(address, f"{rights} WHERE rolname = '{APP_ROLE}'") is True
        assert ask(address, "SELECT lower('ÀÖ')") == "àö"
        assert address.user == OWNER
        assert mode(Path(address.socket_dir)) == 0o700
    assert server.pid is None
    assert not Path(address.socket_dir).exists()


def test_the_secrets_and_the_data_are_for_their_owner_only(home: Path) -> None:
    with EmbeddedServer(home):
        for name in ("password", "app_password", "lock", "pg/18/log/postgres.log"):
            assert mode(home / name) == 0o600, name
        assert mode(home / "pg/18/data") == 0o700
    log = (home / "pg/18/log/postgres.log").read_text()
    assert (home / "password").read_text().strip() not in log
    assert (home / "app_password").read_text().strip() not in log


def test_a_url_serves_sqlalchemy_for_the_owner_and_for_the_application(made: Path) -> None:
    server = EmbeddedServer(made)

    async def who(url: str) -> str:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            name: str = (await connection.execute(text("SELECT current_user"))).scalar_one()
        await engine.dispose()
        return name

    with server as address:
        assert asyncio.run(who(address.url(DATABASE))) == OWNER
        assert asyncio.run(who(address.url(DATABASE, APP_ROLE, server.app_password))) == APP_ROLE


def test_a_wrong_password_is_refused_on_the_socket_too(made: Path) -> None:
    async def connect(place: str) -> None:
        await asyncpg.connect(host=place, user=OWNER, password="guess", database=DATABASE)

    with EmbeddedServer(made) as address, pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(connect(address.socket_dir))


def test_a_later_start_keeps_rows_and_passwords_and_may_happen_inside_an_event_loop(made: Path) -> None:
    with EmbeddedServer(made) as first:
        ask(first, "INSERT INTO t VALUES (8)")

    async def again() -> tuple[int, str]:
        with EmbeddedServer(made) as second:
            connection = await asyncpg.connect(
                host=second.socket_dir, user=OWNER, password=second.password, database=DATABASE
            )
            value = await connection.fetchval("SELECT sum(a) FROM t")
            await connection.close()
        return value, second.password

    assert asyncio.run(again()) == (15, first.password)


def test_the_operators_own_settings_win_over_ours(made: Path) -> None:
    with EmbeddedServer(made):
        pass
    local = made / "pg/18/data/local.conf"
    local.write_text("work_mem = 3MB\n")
    local.chmod(0o644)
    with EmbeddedServer(made, options={"work_mem": "5MB", "max_connections": "40"}) as address:
        assert ask(address, "SHOW work_mem") == "3MB"
        assert ask(address, "SHOW max_connections") == "40"


def test_of_two_starts_at_once_one_wins_and_the_other_is_told_who(home: Path) -> None:
    with child("hold", str(home)) as one, child("hold", str(home)) as other:
        told = [one.hear(), other.hear()]
        winner, loser = (one, other) if "postmaster" in told[0] else (other, one)
        refusal = loser.said[-1]
        assert refusal["code"] == "already_running"
        assert f"process {winner.process.pid}" in refusal["en"]
        assert str(winner.process.pid) in refusal["zh"]
        assert "\n" not in refusal["en"]
        assert loser.process.wait(10) == 3
        assert ask(winner.address(), "SELECT 1") == 1
        assert winner.end() == 0


def test_a_second_server_in_one_process_is_told_the_address_and_changes_nothing(made: Path) -> None:
    first = EmbeddedServer(made)
    with first as address:
        first.announce("http://127.0.0.1:8000")
        with pytest.raises(Conflict) as refused:
            EmbeddedServer(made).start()
        assert refused.value.code == "already_running"
        assert "http://127.0.0.1:8000" in refused.value.text["en"]
        assert "http://127.0.0.1:8000" in refused.value.text["zh"]
        assert ask(address, "SELECT 1") == 1


def test_the_lock_of_a_killed_process_is_free_at_once(made: Path) -> None:
    with child("hold", str(made)) as killed:
        killed.hear()
        killed.kill()
    assert json.loads((made / "lock").read_text())["pid"] == killed.process.pid
    with EmbeddedServer(made) as address:
        assert ask(address, "SELECT 1") == 1


def test_data_of_another_major_version_are_refused_and_left_alone(home: Path) -> None:
    old = home / "pg" / "17" / "data"
    old.mkdir(parents=True)
    (old / "PG_VERSION").write_text("17\n")
    with pytest.raises(Problem) as refused:
        EmbeddedServer(home).start()
    assert refused.value.code == "postgres_version"
    assert "17" in refused.value.text["en"]
    assert [p.name for p in old.iterdir()] == ["PG_VERSION"]


def test_a_data_folder_that_says_another_version_is_refused(made: Path) -> None:
    with EmbeddedServer(made):
        pass
    version = made / "pg/18/data/PG_VERSION"
    version.write_text("19\n")
    with pytest.raises(Problem, match="postgres_version"):
        EmbeddedServer(made).start()


def test_a_lost_password_and_a_folder_without_data_are_told_not_repaired(made: Path) -> None:
    with EmbeddedServer(made):
        pass
    (made / "password").rename(made / "kept")
    with pytest.raises(Problem, match="password_missing"):
        EmbeddedServer(made).start()
    (made / "kept").rename(made / "password")
    (made / "pg/18/data/PG_VERSION").unlink()
    with pytest.raises(Problem, match="data_folder_damaged"):
        EmbeddedServer(made).start()


def test_a_password_of_other_data_is_told(made: Path) -> None:
    (made / "password").write_text("another\n")
    with pytest.raises(Problem, match="password_wrong"):
        EmbeddedServer(made).start()


def test_a_system_postgres_of_an_earlier_version_is_run_the_same_way(home: Path) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL of the system here")
    with EmbeddedServer(home, bin_dir=found[0].parent) as address:
        major = ask(address, "SELECT current_setting('server_version_num')::int / 10000")
        assert found[0].parts[-3] == str(major)
        assert ask(address, "SHOW server_encoding") == "UTF8"
        assert (home / "pg" / str(major) / "data").is_dir()


def test_a_start_that_fails_shows_the_last_lines_of_the_log(made: Path) -> None:
    with pytest.raises(Problem) as refused:
        EmbeddedServer(made, options={"shared_buffers": "1kB"}).start()
    assert refused.value.code == "server_failed"
    assert "shared_buffers" in refused.value.text["en"]
    assert "shared_buffers" in refused.value.text["zh"]
    with EmbeddedServer(made) as address:  # the lock is free again
        assert ask(address, "SELECT 1") == 1


def test_an_initdb_that_was_cut_off_does_not_hinder_the_next_start(made: Path) -> None:
    with EmbeddedServer(made):
        pass
    (made / "pg/18/data").rename(made / "pg/18/data.new-0badc0de")
    with EmbeddedServer(made) as address:
        assert ask(address, "SELECT 1") == 1
    assert [p.name for p in (made / "pg/18").glob("data*")] == ["data"]


def test_the_log_of_postgres_tells_a_full_disk_and_a_read_only_folder(tmp_path: Path) -> None:
    full = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
    fixed = 'FATAL:  could not create lock file "postmaster.pid": Read-only file system'
    assert server_failed("PostgreSQL", full, tmp_path).code == "disk_full"
    assert server_failed("PostgreSQL", fixed, tmp_path).code == "folder_not_writable"


def test_a_line_break_in_the_folder_name_is_refused(home: Path) -> None:
    with pytest.raises(Problem, match="folder_name_refused"):
        EmbeddedServer(home / "a\nb").start()


def test_windows_is_told_to_set_a_database_url_and_not_by_a_traceback(home: Path) -> None:
    """Windows is imitated in a process of its own: no such modules, no such signals."""
    script = (
        "import asyncio, sys, signal, subprocess, tempfile, pathlib, asyncpg, psutil, pydantic_settings\n"
        "del signal.SIGQUIT, signal.SIGKILL, signal.SIGHUP\n"
        "sys.modules['fcntl'] = sys.modules['pwd'] = None\n"
        "sys.platform = 'win32'\n"
        "from app.kit.embedded import EmbeddedServer\n"
        "import app.kit.supervise\n"
        "try: EmbeddedServer(pathlib.Path(sys.argv[1])).start()\n"
        "except Exception as problem: print(problem)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    assert done.stderr == ""
    assert done.stdout.startswith("embedded_unsupported")
    assert "DATABASE_URL" in done.stdout


def test_the_default_home_follows_the_setting_then_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_home(Settings(home=Path("/srv/x"))) == Path("/srv/x")
    monkeypatch.delenv("FACTORBASE_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert default_home(Settings()) == Path("/home/ann/.local/share/factorbase")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ann/data")
    assert default_home(Settings()) == Path("/home/ann/data/factorbase")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_home(Settings()) == Path("/var/lib/factorbase")
