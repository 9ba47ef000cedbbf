"""Whom PostgreSQL runs as: oneself, or a service user where the service was started by root."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kit.embedded_problems import no_service_user

if sys.platform != "win32":
    import pwd

SYSTEM_FOLDER = Path("/var/lib/factorbase")
SOCKET_PREFIX = "factorbase-"
# A socket's address holds 104 bytes on macOS, 108 on Linux, the closing NUL included.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432")


@dataclass(frozen=True)
class Runner:
    """The user who runs `initdb` and `postgres`; `switch` says that we are root and have to change to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def process_options(self) -> dict[str, Any]:
        """Keyword arguments of `subprocess` for a program of this user, with a small clean environment."""
        kept = {k: os.environ[k] for k in ("PATH", "LD_LIBRARY_PATH") if k in os.environ}
        options: dict[str, Any] = {"cwd": "/", "umask": 0o077, "env": {**kept, "LC_ALL": "C", "TZ": "UTC"}}
        if self.switch:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def can(self, test: str, path: Path) -> bool:
        """Whether `test <test> <path>` holds for this user (it asks the kernel, so access lists count)."""
        command = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, str(path)]
        return subprocess.run(command, **self.process_options(), stderr=subprocess.DEVNULL).returncode == 0

    def own(self, path: Path) -> None:
        """Give a file or folder that we have just made to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def folder(self, path: Path) -> Path:
        """A new folder of this user that nobody else may enter."""
        path.mkdir(0o700)
        self.own(path)
        return path


def runner_for(service_user: str) -> Runner:
    """Oneself, or for root the service user, made where it is missing. Raises Unavailable if it cannot be."""
    if os.geteuid() != 0:
        return Runner(user_name(os.geteuid()), os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(service_user)
    except KeyError:
        _make_user(service_user)
        entry = pwd.getpwnam(service_user)
    if entry.pw_uid == 0:
        raise no_service_user(service_user, "it is root itself")
    runner = Runner(service_user, entry.pw_uid, entry.pw_gid, switch=True)
    try:
        runner.can("-d", Path("/"))
    except (OSError, subprocess.SubprocessError) as error:
        raise no_service_user(service_user, str(error)) from error
    return runner


def _make_user(name: str) -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise no_service_user(name, f"useradd: {error.strerror}") from error
    try:
        pwd.getpwnam(name)  # another start may have been quicker, then useradd fails and all is well
    except KeyError:
        raise no_service_user(name, done.stderr.strip() or f"useradd returned {done.returncode}") from None


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def make_open_folder(path: Path) -> None:
    """Make `path` and the missing folders above it so that other users may pass; leave present ones alone."""
    missing = [path, *path.parents]
    for folder in reversed(missing[: next(i for i, p in enumerate(missing) if p.exists())]):
        try:
            folder.mkdir()
            folder.chmod(0o755)
        except FileExistsError:  # made by another start at this moment
            pass


def make_socket_folder(runner: Runner) -> Path:
    """A fresh folder, short and of mode 0700, for the server's socket.

    The runtime folder of a login session is not used: it goes away at logout while the service may stay.
    """
    for base in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp", "/run"]):
        if any(c in base for c in ",:'\"\\") or len(os.fsencode(base)) + 20 > LONGEST_SOCKET_FOLDER:
            continue  # a comma separates folders in PostgreSQL's setting, a colon a port in SQLAlchemy's
        try:
            path = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=base))
        except OSError:
            continue
        runner.own(path)
        if not runner.switch or runner.can("-w", path):
            return path
        path.rmdir()
    raise no_service_user(runner.name, "no temporary folder is open to it")


def remove_socket_folder(path: Path, runner: Runner) -> None:
    """Remove a socket folder that is ours (its prefix, its user, no link) and that no server answers in."""
    try:
        found = os.lstat(path)
    except OSError:
        return
    ours = path.name.startswith(SOCKET_PREFIX) and found.st_uid == runner.uid and stat.S_ISDIR(found.st_mode)
    if ours and not _answers(path):
        shutil.rmtree(path, ignore_errors=True)


def _answers(folder: Path) -> bool:
    """Whether a server listens in `folder`: a copied home names the folder of the original, which may run."""
    with socket.socket(socket.AF_UNIX) as probe:
        return any(probe.connect_ex(str(path)) == 0 for path in folder.glob(".s.PGSQL.*[0-9]"))
