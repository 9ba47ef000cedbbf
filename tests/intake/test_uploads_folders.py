"""Folders of killed processes are cleared away, and no others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.intake import uploads_folders


def test_only_old_folders_of_dead_processes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = [f"factorbase-file-{dead.pid}-old", f"factorbase-file-{os.getpid()}-old", "factorbase-file-x"]
    for name in names:
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / f"factorbase-file-{dead.pid}-new").mkdir()
    assert uploads_folders.sweep() == 1
    assert not (tmp_path / names[0]).exists()
    assert len(list(tmp_path.iterdir())) == 3
