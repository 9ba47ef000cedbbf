"""Rules of the house that a reader would otherwise have to remember."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import REPOSITORY

SOURCES = sorted((REPOSITORY / "app").rglob("*.py"))
THE_ONE_PLACE = REPOSITORY / "app" / "kit" / "db.py"
ENDS_A_TRANSACTION = {"commit", "begin", "begin_nested"}


def calls(tree: ast.AST) -> list[tuple[str, int]]:
    return [
        (node.func.attr, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def offences(path: Path, text: str) -> list[str]:
    if path == THE_ONE_PLACE:
        return []
    found = calls(ast.parse(text))
    return [
        f"{path.name}:{line} {name}"
        for name, line in found
        if name in ENDS_A_TRANSACTION and not _is_progress(text, line)
    ]


def _is_progress(text: str, line: int) -> bool:
    """`progress.begin(...)` starts a bar on the terminal, not a transaction."""
    return "progress.begin(" in text.splitlines()[line - 1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_nobody_commits_outside_the_one_place(path: Path) -> None:
    assert offences(path, path.read_text(encoding="utf-8")) == []


def test_a_planted_commit_is_found() -> None:
    planted = "async def f(c):\n    await c.commit()\n    async with c.begin():\n        pass\n"
    assert len(offences(REPOSITORY / "app" / "planted.py", planted)) == 2


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {
        str(path.relative_to(REPOSITORY)): count
        for path in SOURCES
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_no_float_touches_a_number_of_a_factor() -> None:
    """`float(` in the parts that carry figures; the one in kit/language.py is a weight of a header."""
    parts = ("reference", "catalog", "journal", "intake")
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in SOURCES
        if path.relative_to(REPOSITORY).parts[1] in parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    ]
    assert found == []


def test_the_parts_point_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
