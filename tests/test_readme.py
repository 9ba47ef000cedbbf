"""The documents keep their word: examples answer as printed, settings and figures are the real ones."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from app.config import REPOSITORY, Settings
from tests.conftest import ORIGIN, SEED_DATA

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SEED_TABLE = (REPOSITORY / "docs" / "SEED_DATA.md").read_text(encoding="utf-8")
DOCUMENTS = [
    REPOSITORY / "README.md",
    REPOSITORY / "CHANGELOG.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
PRINTED_ADDRESS = "http://127.0.0.1:8000"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
WALK = next(body for kind, body in BLOCKS if kind == "console" and "publish.py" in body)  # test_walkthrough
CONSOLES = [body for kind, body in BLOCKS if kind == "console" and body != WALK]

needs_curl = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "sha256sum"))), reason="bash, curl and sha256sum are not here"
)


def steps(block: str) -> list[tuple[str, str]]:
    """(command, what it prints) of each `$ ` line of a block."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(command, printed.strip()) for command, _, printed in (part.partition("\n") for part in parts)]


def pattern(printed: str) -> str:
    """`...` stands for anything, over line ends too; the rest is literal."""
    return r"[\s\S]*?".join(map(re.escape, printed.split("...")))


def rows(table: str) -> Iterator[list[str]]:
    """The cells of the rows of Markdown tables whose first cell is in backticks."""
    for line in table.splitlines():
        if line.startswith("| `"):
            yield [cell.strip(" |") for cell in line.split(" | ")]


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.fixture(scope="module")
def address(seeded_url: str) -> Iterator[str]:
    """A service in processes of its own, as `factorbase serve` starts them, on the seed data."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACTORBASE_")}
    ours = {"DATABASE_URL": seeded_url, "FACTORBASE_ORIGIN": ORIGIN, "FACTORBASE_ACCESS_LOG": "false"}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    service = subprocess.Popen(command, cwd=REPOSITORY, env=kept | ours)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", service)
        yield f"http://127.0.0.1:{port}"
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(30)


def wait_until_ready(address: str, service: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert service.poll() is None, "the service has ended"
        try:
            with urlopen(f"{address}/readyz", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service is not ready after a minute")


@needs_curl
@pytest.mark.parametrize("block", CONSOLES, ids=lambda block: block.split("\n")[0][2:60])
def test_an_example_of_the_readme_answers_as_printed(block: str, address: str, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONUTF8": "1", "LC_ALL": "C"}
    for command, printed in steps(block):
        done = subprocess.run(
            ["bash", "-c", command.replace(PRINTED_ADDRESS, address)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        answer = done.stdout.decode().replace("\r\n", "\n").replace(address, PRINTED_ADDRESS).strip()
        assert re.fullmatch(pattern(printed), answer), (
            f"$ {command}\nprinted:\n{printed}\nanswered:\n{answer}"
        )


def test_the_dots_of_an_example_hide_no_wrong_digit() -> None:
    assert re.fullmatch(pattern('{"value": "0.5580", ...}'), '{"value": "0.5580", "basis": 7}')
    assert not re.fullmatch(pattern('{"value": "0.5580", ...}'), '{"value": "0.5586", "basis": 7}')


def test_every_curl_of_the_readme_is_an_example_that_runs() -> None:
    assert len(CONSOLES) >= 12
    assert not [body for kind, body in BLOCKS if kind != "console" and "curl" in body]
    assert all(steps(block) and block.startswith("$ ") for block in CONSOLES)


def test_the_table_of_settings_is_complete_and_true() -> None:
    printed = {cells[0].strip("`"): cells[1].strip("`") for cells in rows(README) if cells[0].isupper()}
    fields = Settings.model_fields
    prefix = Settings.model_config["env_prefix"]
    names = {name: str(field.validation_alias or prefix + name).upper() for name, field in fields.items()}
    assert printed == {names[name]: spelt(field.default) for name, field in fields.items()}


def spelt(default: object) -> str:
    """A default as the table writes it."""
    if default is None:
        return "–"
    if isinstance(default, Path):
        return default.name
    return str(default).lower() if isinstance(default, bool) else str(default)


def seed_rows(dataset: str) -> list[dict[str, str]]:
    with (SEED_DATA / dataset / "factors.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def datasets() -> dict[str, dict[str, object]]:
    files = sorted(SEED_DATA.glob("*/dataset.toml"))
    return {file.parent.name: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}


def test_the_table_of_datasets_is_that_of_the_seed() -> None:
    printed = {cells[0].strip("`"): cells[2:] for cells in rows(SEED_TABLE) if len(cells) == 5}
    held = {
        name: [about["release"], f"{len(seed_rows(name)):,}", f"`{about['licence']['id']}`"]  # type: ignore[index]
        for name, about in datasets().items()
    }
    assert printed == held


def test_the_figures_about_the_seed_are_counted() -> None:
    every = {name: seed_rows(name) for name in datasets()}
    factors = [row for found in every.values() for row in found]
    chinese = [row for name, found in every.items() if name.startswith("cn-") for row in found]
    printed = {cells[0].strip("`"): cells[1] for cells in rows(README)}
    types = {name: number(count) for name, count in printed.items() if name.islower()}
    assert types == Counter(row["record_type"] for row in factors)
    parameters = sum(row["record_type"] == "activity_parameter" for row in chinese)
    sources = len([name for name in every if name.startswith("cn-")])
    for claim in (
        f"{len(factors):,} cited factors in {len(every)} datasets",
        f"{len(factors):,} 个因子、{len(every)} 个数据集",
        f"{len(every['eu-cbam-defaults-2026']):,} of the {len(factors):,} factors",
        f"{len(chinese)} factors in {sources} datasets**, of which {parameters} are parameters",
        f"{sum(row['confidence'] != 'high' for row in factors):,} factors carry the flag `single_source`",
        f"{sum(not row['locator'] for row in factors)} `missing_locator`",
        f"{sum(bool(row['doubt']) for row in factors)} a doubt",
        f"UK government factors ({len(every['uk-ghg-conversion-factors']):,}",
        f"US EPA and eGRID ({len(every['us-egrid']) + len(every['us-epa-ghg-hub'])})",
        f"IPCC 2006 and 2019 ({sum(len(every[name]) for name in every if name.startswith('ipcc-'))})",
    ):
        assert claim in re.sub(r"\s+", " ", README), claim


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
