"""The generated tables are what the script writes from the packages and the facts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.reference.conftest import SEED
from tools.transcribe import reference


def test_the_script_writes_the_committed_bytes(
    tmp_path: Path, facts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["reference", str(facts), str(tmp_path)])
    reference.main()
    for name in ("regions.csv", "memberships.csv", "gwp_values.csv"):
        written = (tmp_path / "reference" / name).read_bytes()
        assert written == (SEED / "reference" / name).read_bytes(), name
