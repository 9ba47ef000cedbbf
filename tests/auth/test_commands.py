"""The command line that makes the first admin, run as a person runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from click.testing import Result
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from app.auth import commands
from app.kit.db import snapshot
from app.kit.errors import Problem
from tests.auth.people import people_on, record_acts


def program(url: str) -> typer.Typer:
    @contextmanager
    def opened() -> Iterator[str]:
        yield url

    app = typer.Typer()
    app.add_typer(commands.organisations(opened, record_acts), name="organisations")
    app.add_typer(commands.principals(opened, record_acts), name="principals")
    app.add_typer(commands.keys(opened, record_acts), name="keys")
    return app


async def run(url: str, *words: str) -> Result:
    """In a thread, because a command starts a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, program(url), list(words))


async def test_the_first_admin_comes_from_the_command_line(empty_url: str, empty: AsyncEngine) -> None:
    words = ["organisations", "create", "cisa", "--name-zh", "中国钢铁工业协会", "--name-en", "CISA"]
    assert (await run(empty_url, *words)).exit_code == 0
    made = await run(empty_url, "principals", "create", "Zhang Wei", "--organisation", "cisa")
    principal = made.stdout.strip()
    key = await run(empty_url, "keys", "create", "--principal", "Zhang Wei", "--role", "admin")
    assert key.exit_code == 0
    assert key.stdout.count("\n") == 1
    async with people_on(empty_url, empty) as people:
        me = (await people.ask("GET", "/v1/me", key.stdout.strip())).json()
        assert (me["principal"], me["organisations"]) == (principal, ["cisa"])
        assert me["grants"] == [{"role": "admin", "organisation": None, "dataset": "*"}]
        again = await run(empty_url, "keys", "create", "--principal", principal, "--role", "admin")
        assert again.stdout != key.stdout
        assert (await run(empty_url, "keys", "revoke", key.stdout[3:11])).exit_code == 0
        assert (await people.ask("GET", "/v1/me", key.stdout.strip())).json()["code"] == "key_revoked"
        assert (await people.ask("GET", "/v1/me", again.stdout.strip())).status_code == 200
        assert (await run(empty_url, "principals", "disable", "Zhang Wei")).exit_code == 0
        assert (await people.ask("GET", "/v1/me", again.stdout.strip())).json()[
            "code"
        ] == "principal_disabled"
        assert (await run(empty_url, "principals", "enable", principal)).exit_code == 0
        assert (await people.ask("GET", "/v1/me", again.stdout.strip())).status_code == 200
    async with snapshot(empty) as connection:
        rows = await connection.execute(text("SELECT kind FROM journal_entry ORDER BY position"))
        kinds = [row.kind for row in rows]
    assert kinds[:5] == [
        "organisation:record:create",
        "principal:record:create",
        "principal:affiliation:add",
        "principal:grant:add",
        "principal:key:create",
    ]
    assert kinds[5:] == [
        "principal:key:create",
        "principal:key:revoke",
        "principal:record:disable",
        "principal:record:enable",
    ]


async def test_a_role_is_for_what_was_said(empty_url: str, empty: AsyncEngine) -> None:
    await run(empty_url, "organisations", "create", "cisa", "--name", "CISA")
    await run(empty_url, "principals", "create", "Li Na", "--kind", "system")
    scopes = [("--dataset", "cn-steel"), ("--dataset", "*"), ("--organisation", "cisa")]
    grants = []
    for scope in scopes:
        key = await run(empty_url, "keys", "create", "--principal", "Li Na", "--role", "publisher", *scope)
        async with people_on(empty_url, empty) as people:
            grants = (await people.ask("GET", "/v1/me", key.stdout.strip())).json()["grants"]
    assert sorted(str(grant["dataset"] or grant["organisation"]) for grant in grants) == [
        "*",
        "cisa",
        "cn-steel",
    ]


async def test_what_cannot_be_is_refused_with_its_code_and_no_secret(empty_url: str) -> None:
    await run(empty_url, "principals", "create", "Li Na")
    refusals = {
        ("keys", "create", "--principal", "Nobody", "--role", "admin"): "principal_not_found",
        ("keys", "create", "--principal", "Li Na", "--role", "admin", "--dataset", "x-1"): "admin_is_for_all",
        ("keys", "create", "--principal", "Li Na", "--role", "reader", "--dataset", "A B"): "invalid_scope",
        ("keys", "create", "--principal", "Li Na", "--role", "reader", "--days", "0"): "invalid_lifetime",
        ("keys", "create", "--principal", "seed", "--role", "reader"): "principal_reserved",
        ("keys", "revoke", "nothing"): "key_not_found",
        ("principals", "create", "Li Na"): "principal_exists",
        ("principals", "create", "Wu", "--organisation", "nowhere"): "organisation_not_found",
        ("organisations", "create", "A B", "--name", "x"): "invalid_slug",
    }
    for words, code in refusals.items():
        done = await run(empty_url, *words)
        assert isinstance(done.exception, Problem), (words, done.output)
        assert (done.exception.code, done.stdout) == (code, "")
    for words in (("organisations", "create", "ab"), ("principals", "create", "a\nb")):
        assert (await run(empty_url, *words)).exit_code == 2


async def test_a_name_that_two_people_have_is_refused_with_their_ids(empty_url: str) -> None:
    ids = []
    for slug in ("one", "two"):
        await run(empty_url, "organisations", "create", slug, "--name", slug)
        ids.append(
            (await run(empty_url, "principals", "create", "Wang", "--organisation", slug)).stdout.strip()
        )
    done = await run(empty_url, "keys", "create", "--principal", "Wang", "--role", "reader")
    assert isinstance(done.exception, Problem)
    assert (done.exception.code, done.exception.valid_values) == ("principal_ambiguous", sorted(ids))
