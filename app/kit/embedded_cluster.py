"""Make a PostgreSQL data folder and run its server: `initdb`, settings, start, wait, stop."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from app.kit import embedded_problems as problems
from app.kit.embedded_binaries import Binaries
from app.kit.embedded_user import Runner

OWNER = "factorbase_owner"
CONFIG = "factorbase.conf"
LOG_KEPT = 8 * 2**20
STOP_SIGNALS = {"smart": "SIGTERM", "fast": "SIGINT", "immediate": "SIGQUIT"}  # by name: Windows lacks some
# To the postmaster fast, then immediate; then to the orphans, who mostly notice its death themselves.
STOP_STEPS = [
    ("SIGINT", 60.0, False),
    ("SIGQUIT", 10.0, False),
    ("SIGTERM", 10.0, True),
    ("SIGKILL", 10.0, True),
]
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "min_dynamic_shared_memory": "64MB",  # spares the files that systemd removes when a user logs out
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "synchronous_commit": "on",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    "log_startup_progress_interval": "5s",
    "lc_messages": "'C'",
}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Cluster:
    """One data folder with what is needed to run it; `log` is a file of the supervisor."""

    binaries: Binaries
    runner: Runner
    data: Path
    log: Path

    @property
    def name(self) -> str:
        """Stands in the title of each of its processes, where even another user can read it."""
        return "factorbase-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]


def create(cluster: Cluster, password: str, progress: Progress) -> None:
    """Run `initdb` in a fresh folder beside the data folder and rename it when all is done."""
    parent = cluster.data.parent
    for left in parent.glob("data.new-*"):  # of a start that was killed
        shutil.rmtree(left, ignore_errors=True)
    progress("Creating the database (once)")
    fresh = cluster.runner.folder(parent / f"data.new-{secrets.token_hex(4)}")
    pwfile = cluster.runner.folder(parent / f"data.new-{secrets.token_hex(4)}") / "password"
    try:
        _write(cluster.runner, pwfile, password + "\n")
        _initdb(cluster, fresh, pwfile)
        _write(cluster.runner, fresh / CONFIG, "")
        conf = (fresh / "postgresql.conf").read_text()
        _write(cluster.runner, fresh / "postgresql.conf", f"{conf}\ninclude_if_exists = '{CONFIG}'\n")
        fresh.rename(cluster.data)
    finally:
        shutil.rmtree(pwfile.parent, ignore_errors=True)
        shutil.rmtree(fresh, ignore_errors=True)


def _initdb(cluster: Cluster, folder: Path, pwfile: Path) -> None:
    """The locale is PostgreSQL's own where it has one (17 and later): a system update cannot reorder it."""
    common = [cluster.binaries.program("initdb"), "--pgdata", str(folder), "--username", OWNER]
    common += ["--auth=scram-sha-256", f"--pwfile={pwfile}", "--encoding=UTF8", "--data-checksums"]
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    tries = [builtin] if cluster.binaries.major >= 17 else [["--locale=C.UTF-8"], ["--locale=C"]]
    said = ""
    for locale in tries:
        done = subprocess.run([*common, *locale], **cluster.runner.process_options(), capture_output=True)
        said = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode == 0:
            return
    raise problems.server_failed("initdb", said, folder.parent)


def _write(runner: Runner, path: Path, text: str) -> None:
    """Write a file in the data folder as its own user: root would follow a link laid by this user."""
    script = 'cat > "$1.new" && mv -f "$1.new" "$1"'
    command = ["/bin/sh", "-c", script, "sh", str(path)]
    done = subprocess.run(command, **runner.process_options(), input=text.encode(), capture_output=True)
    if done.returncode != 0:
        raise problems.server_failed("PostgreSQL", done.stderr.decode(errors="replace"), path.parent)


def configure(cluster: Cluster, options: Mapping[str, str]) -> None:
    """Write our settings anew. `local.conf` beside them is the operator's, and wins."""
    shared_memory = Path("/dev/shm")
    small = shared_memory.is_dir() and shutil.disk_usage(shared_memory).total < 128 * 2**20
    settings = {**SETTINGS, **({"dynamic_shared_memory_type": "mmap"} if small else {}), **options}
    lines = ["# Written at every start; put your own settings into local.conf beside this file.\n"]
    lines += [f"{key} = {value}\n" for key, value in settings.items()]
    _write(cluster.runner, cluster.data / CONFIG, "".join(lines) + "include_if_exists = 'local.conf'\n")


def launch(cluster: Cluster, socket_folder: Path) -> subprocess.Popen[bytes]:
    """Start the postmaster as our child, in its own session: Ctrl-C reaches the supervisor alone."""
    command = [cluster.binaries.program("postgres"), "-D", str(cluster.data), "-k", str(socket_folder)]
    command += ["-c", f"cluster_name={cluster.name}"]
    options = cluster.runner.process_options()
    try:
        if cluster.log.exists() and cluster.log.stat().st_size > LOG_KEPT:
            cluster.log.replace(cluster.log.with_suffix(".old.log"))
        file = os.open(cluster.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise problems.folder_refused(error, cluster.log.parent) from error
    try:
        return subprocess.Popen(
            command, **options, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    finally:
        os.close(file)


def wait_ready(cluster: Cluster, server: subprocess.Popen[bytes], progress: Progress) -> None:
    """Wait while the postmaster lives: a recovery may take minutes. Raises Unavailable when it ends."""
    begun = told = time.monotonic()
    while server.poll() is None:
        pid, status = read_pid_file(cluster.data)
        if pid == server.pid and status == "ready":
            return
        now = time.monotonic()
        if now - told >= 2:
            told = now
            last = log_since_start(cluster).rstrip().rpartition("\n")[2]
            progress(f"PostgreSQL is starting, {now - begun:.0f} s so far: {last}")
        time.sleep(0.05)
    raise problems.server_failed("PostgreSQL", log_since_start(cluster), cluster.data)


def log_since_start(cluster: Cluster) -> str:
    """The end of the log, from the latest start on (at most 64 kB)."""
    try:
        with cluster.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 65536))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    start = text.rfind("\n", 0, max(0, text.rfind("starting PostgreSQL")))
    return text[start + 1 :]


def read_pid_file(data: Path) -> tuple[int | None, str]:
    """Line 1 (process) and line 8 (starting, ready, stopping) of `postmaster.pid`; None, "" if none."""
    try:
        lines = (data / "postmaster.pid").read_bytes().split(b"\n")
        pid = int(lines[0])
        if not 0 < pid < 2**31:
            return None, ""
        return pid, lines[7].strip().decode() if len(lines) > 7 else ""
    except (OSError, ValueError):
        return None, ""


def stop(server: subprocess.Popen[bytes], mode: str, patience: float = 120) -> None:
    """Stop our child; after `patience` seconds at once (the next start then recovers), at last by SIGKILL."""
    for name, seconds in [(STOP_SIGNALS[mode], patience), ("SIGQUIT", 10.0), ("SIGKILL", 10.0)]:
        if server.poll() is not None:
            return
        server.send_signal(signal.Signals[name])
        try:
            server.wait(seconds)
        except subprocess.TimeoutExpired:
            continue


def end_previous(cluster: Cluster, progress: Progress) -> None:
    """Stop whatever an earlier, killed supervisor left running on this data folder, and nothing else.

    A process is ours by its user, its program and its folder, never by its number alone. When all ours
    are gone, a `postmaster.pid` that still names a living process names somebody else's: it is stale, and
    PostgreSQL would refuse to start for it, so it is removed.
    """
    ours = _processes(cluster)
    if ours:
        progress("Stopping the PostgreSQL that an earlier start left running")
    pid, _ = read_pid_file(cluster.data)
    for name, seconds, everyone in STOP_STEPS:
        targets = [p for p in ours if everyone or p.pid == pid]
        ours = _signal_and_wait(cluster, targets, name, seconds if targets else 2.0) if ours else []
    if ours:
        raise problems.still_in_use(cluster.data, [p.pid for p in ours])
    pid_file = cluster.data / "postmaster.pid"
    if pid_file.exists() and (pid is None or psutil.pid_exists(pid)):
        pid_file.unlink()


def _signal_and_wait(
    cluster: Cluster, targets: list[psutil.Process], name: str, seconds: float
) -> list[psutil.Process]:
    """Signal these processes, wait until none of the cluster's is left, return those that are."""
    for process in targets:
        with contextlib.suppress(psutil.Error):
            process.send_signal(
                signal.Signals[name]
            )  # psutil refuses if the number has passed to another process
    end = time.monotonic() + seconds
    while (left := _processes(cluster)) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def _processes(cluster: Cluster) -> list[psutil.Process]:
    """The living PostgreSQL processes of this data folder: a postmaster, or the orphans of a killed one."""
    return [process for process in psutil.process_iter() if _is_ours(cluster, process)]


def _is_ours(cluster: Cluster, process: psutil.Process) -> bool:
    try:
        if process.uids().real != cluster.runner.uid or process.status() == psutil.STATUS_ZOMBIE:
            return False
        with contextlib.suppress(psutil.AccessDenied):
            program = Path(process.exe()).name.removesuffix(" (deleted)")
            return program == "postgres" and _same_folder(process.cwd(), cluster.data)
        # Root without the right to trace (a container) sees the command line only.
        words = process.cmdline()
        if not words or not words[0].rpartition("/")[2].startswith("postgres"):
            return False
        return str(cluster.data) in words or f"postgres: {cluster.name}: " in " ".join(words)
    except psutil.Error:
        return False


def _same_folder(one: str, other: Path) -> bool:
    try:
        return other.samefile(one)
    except OSError:
        return False
