"""The folder of one installation: who holds it, its secrets, and where PostgreSQL's data are.

home/lock             held by the supervisor for its life; says who and where
home/password         of the owner role, home/app_password of the application's role (mode 0600)
home/pg/18/data       PostgreSQL's data, with the major version in the path
home/pg/18/log        what PostgreSQL said
home/data_elsewhere   only where the service user cannot reach the home: where the data are instead
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

from app.config import Settings
from app.kit import embedded_problems as problems
from app.kit.embedded_user import SYSTEM_FOLDER, Runner, make_open_folder, user_name

if sys.platform != "win32":
    import fcntl

NEEDED_NEW_MB = 200
NEEDED_MB = 48
NOTE = "data_elsewhere"


def default_home(settings: Settings) -> Path:
    """FACTORBASE_HOME, or the system's folder for root, or the user's data folder."""
    if settings.home is not None:
        return settings.home
    if sys.platform != "win32" and os.geteuid() == 0:
        return SYSTEM_FOLDER
    stated = os.environ.get("XDG_DATA_HOME", "")
    if Path(stated).is_absolute():
        return Path(stated) / "factorbase"
    try:
        return Path.home() / ".local" / "share" / "factorbase"
    except RuntimeError:
        raise problems.no_home() from None


def open_home(home: Path, runner: Runner) -> Path:
    """The absolute path of the home, made where it is missing. Raises Unavailable if it cannot be."""
    home = home.expanduser().absolute()
    if any(ord(c) < 32 or ord(c) == 127 for c in str(home)):
        raise problems.bad_path(home)
    try:
        if runner.switch:
            make_open_folder(home)
        elif not home.is_dir():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir(mode=0o700, exist_ok=True)
        next(home.iterdir(), None)
    except OSError as error:
        raise problems.folder_refused(error, home) from error
    return home


class HomeLock:
    """An flock on `folder`/lock. The kernel drops it with the process, so it cannot be stale."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self._file: int | None = None

    def take(self) -> None:
        """Raises Conflict `already_running` if another process, or another server in this one, holds it."""
        if self._file is not None:
            return
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise problems.folder_refused(error, self.path.parent) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise problems.already_running(*self._holder()) from None
        except OSError as error:  # a file system without locks
            os.close(file)
            raise problems.folder_refused(error, self.path.parent) from error
        self._file = file
        self.announce(None)

    def announce(self, address: str | None) -> None:
        """Write who holds the lock and where it answers, for the message of a second start."""
        if self._file is None:
            return
        text = json.dumps({"pid": os.getpid(), "address": address}).encode()
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, text, 0)
        except OSError as error:
            raise problems.folder_refused(error, self.path.parent) from error

    def _holder(self) -> tuple[int | None, str | None]:
        time.sleep(0.1)  # the holder may have taken it this moment and still be writing
        try:
            told = json.loads(self.path.read_text())
            return int(told["pid"]), told["address"]
        except (OSError, ValueError, KeyError, TypeError):
            return None, None

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def secret(path: Path) -> str:
    """The password kept in `path`, made at the first call: whole or not at all, for this user only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise problems.folder_refused(error, path) from error
    text = secrets.token_urlsafe(24)
    write_whole(path, text + "\n")
    return text


def write_whole(path: Path, text: str) -> None:
    """Write a file of mode 0600 so that a crash leaves the old one or the new one."""
    try:
        handle, fresh = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except OSError as error:
        raise problems.folder_refused(error, path.parent) from error


def data_place(home: Path, runner: Runner) -> Path:
    """The folder of `<major>/data`: in the home, or below the system folder if `runner` cannot reach it.

    The choice is made once; a note in the home keeps it. No mode of a present folder is changed.
    """
    note = home / NOTE
    inside = home / "pg"
    try:
        if note.exists():
            return Path(note.read_text().splitlines()[0])
        if not runner.switch:
            inside.mkdir(mode=0o700, exist_ok=True)
            return inside
        make_open_folder(inside)
        if runner.can("-x", inside):
            return inside
        for version in inside.glob("*/data/PG_VERSION"):
            _check_owner(version.parent, runner)
            raise problems.unreachable(inside, runner.name)
        elsewhere = SYSTEM_FOLDER / "data" / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        make_open_folder(elsewhere)
        if not runner.can("-x", elsewhere):
            raise problems.unreachable(elsewhere, runner.name)
        write_whole(
            note, f"{elsewhere}\nThe data are there because user {runner.name} cannot reach {home}.\n"
        )
        return elsewhere
    except OSError as error:
        raise problems.folder_refused(error, home) from error


def check_room(folder: Path, *, new: bool) -> None:
    """Raises Unavailable if `folder` cannot be written or its disk is nearly full."""
    needed = NEEDED_NEW_MB if new else NEEDED_MB
    try:
        free = os.statvfs(folder)
        free_mb = free.f_bavail * free.f_frsize // 2**20
        if free_mb < needed:
            raise problems.disk_full(folder, free_mb, needed)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(8192))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise problems.folder_refused(error, folder) from error


def check_data(place: Path, major: int, runner: Runner) -> bool:
    """Whether `place` holds data of this major version; Unavailable if another one's or another user's."""
    data = place / str(major) / "data"
    if not os.path.lexists(data):
        others = sorted(p.parent.parent.name for p in place.glob("*/data/PG_VERSION"))
        if others:
            raise problems.other_major(place, ", ".join(others), major)
        return False
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise problems.not_a_cluster(data) from None
    except OSError as error:
        raise problems.folder_refused(error, data) from error
    if found != str(major):
        raise problems.other_major(data, found, major)
    _check_owner(data, runner)
    if runner.switch and not runner.can("-w", data):
        raise problems.unreachable(data, runner.name)
    return True


def _check_owner(data: Path, runner: Runner) -> None:
    owner = data.stat().st_uid
    if owner != runner.uid:
        raise problems.other_owner(data, user_name(owner), runner.name)
