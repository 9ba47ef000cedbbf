"""Command line of organisations, principals and keys: how the first admin comes into being.

`app.cli` hangs these in: it opens the database and knows the journal, which this part must not import.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import service
from app.auth.access import RecordActs
from app.auth.rules import ALL_DATASETS, LIFETIME_DAYS, Kind, Role, one_line
from app.auth.service import ActLine
from app.kit.db import make_engine, transaction
from app.kit.errors import Unprocessable

T = TypeVar("T")
Opened = Callable[[], AbstractContextManager[str]]
"""Opens the database and gives the application's URL of it."""
Act = Callable[[AsyncConnection], Awaitable[tuple[T, list[ActLine]]]]


def _line(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return one_line(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Principal = Annotated[str, typer.Option(help="Name or id of the principal.")]
console = Console(stderr=True, highlight=False)
OPERATOR = {"actor": None, "key": None, "address": "command line"}


def run(opened: Opened, record: RecordActs, act: Act[T]) -> T:
    """`act` and its journal lines in one transaction."""
    with opened() as url:
        return asyncio.run(_run(url, record, act))


async def _run(url: str, record: RecordActs, act: Act[T]) -> T:
    engine = make_engine(url, pool_size=1)
    try:
        async with transaction(engine) as connection:
            result, acts = await act(connection)
            if acts:
                lines = [(kind, subject, {**details, **OPERATOR}) for kind, subject, details in acts]
                await record(connection, lines)
        return result
    finally:
        await engine.dispose()


def organisations(opened: Opened, record: RecordActs) -> typer.Typer:
    """`factorbase organisations ...`."""
    app = typer.Typer(no_args_is_help=True, help="Organisations.")

    @app.callback()
    def about() -> None:
        """Organisations."""

    @app.command()
    def create(
        slug: Annotated[str, typer.Argument(help="Lower-case letters, digits, hyphens; for ever.")],
        name: Annotated[str | None, typer.Option(help="Name in both languages.", callback=_line)] = None,
        name_zh: Annotated[str | None, typer.Option(help="Chinese name.", callback=_line)] = None,
        name_en: Annotated[str | None, typer.Option(help="English name.", callback=_line)] = None,
    ) -> None:
        """Create an organisation."""
        zh, en = _names(name, name_zh, name_en)

        async def act(connection: AsyncConnection) -> tuple[None, list[ActLine]]:
            return None, (await service.create_organisation(connection, slug, zh, en)).acts

        run(opened, record, act)
        _say(f"Created the organisation {slug}.", f"已创建组织 {slug}。")

    return app


def _names(name: str | None, name_zh: str | None, name_en: str | None) -> tuple[str, str]:
    """Each language's name; one that is not given takes the other."""
    zh, en = name_zh or name or name_en, name_en or name or name_zh
    if zh is None or en is None:
        raise typer.BadParameter("give --name, or --name-zh and --name-en", param_hint="--name")
    return zh, en


def principals(opened: Opened, record: RecordActs) -> typer.Typer:
    """`factorbase principals ...`."""
    app = typer.Typer(no_args_is_help=True, help="Persons and systems.")

    @app.command()
    def create(
        name: Annotated[str, typer.Argument(help="Name of the person or system.", callback=_line)],
        organisation: Annotated[str | None, typer.Option(help="Where they belong from today.")] = None,
        kind: Annotated[Kind, typer.Option(help="A natural person, or a system.")] = "person",
    ) -> None:
        """Create a principal; prints the id."""

        async def act(connection: AsyncConnection) -> tuple[str, list[ActLine]]:
            done = await service.create_principal(connection, name, kind, organisation)
            return str(done.row.id), done.acts

        typer.echo(run(opened, record, act))
        _say(f"Created the principal {name}.", f"已创建主体 {name}。")

    @app.command()
    def disable(principal: Annotated[str, typer.Argument(help="Name or id.")]) -> None:
        """Let none of the principal's keys and tokens hold any more."""

        async def act(connection: AsyncConnection) -> tuple[None, list[ActLine]]:
            row_id = await service.principal_called(connection, principal)
            return None, (await service.set_disabled(connection, row_id, True)).acts

        run(opened, record, act)
        _say(f"Disabled {principal}.", f"已停用 {principal}。")

    @app.command()
    def enable(principal: Annotated[str, typer.Argument(help="Id.")]) -> None:
        """Let the keys and tokens of a disabled principal hold again."""

        async def act(connection: AsyncConnection) -> tuple[None, list[ActLine]]:
            return None, (await service.set_disabled(connection, principal, False)).acts

        run(opened, record, act)
        _say(f"Enabled {principal}.", f"已启用 {principal}。")

    @app.command()
    def link(
        principal: Annotated[str, typer.Argument(help="Name or id.")],
        issuer: Annotated[str, typer.Option(help="`iss` of the tokens.", callback=_line)],
        subject: Annotated[str, typer.Option(help="`sub` of the tokens.", callback=_line)],
    ) -> None:
        """Let tokens of an issuer for a subject speak for the principal."""

        async def act(connection: AsyncConnection) -> tuple[None, list[ActLine]]:
            row_id = await service.principal_called(connection, principal)
            return None, (await service.link_sign_in(connection, row_id, issuer, subject)).acts

        run(opened, record, act)
        _say(
            f"Linked {subject} of {issuer} to {principal}.",
            f"已将 {issuer} 的 {subject} 关联到 {principal}。",
        )

    return app


def keys(opened: Opened, record: RecordActs) -> typer.Typer:
    """`factorbase keys ...`."""
    app = typer.Typer(no_args_is_help=True, help="API keys.")

    @app.command()
    def create(
        principal: Principal,
        role: Annotated[Role, typer.Option(help="Role that the principal is granted with it.")],
        organisation: Annotated[str | None, typer.Option(help="Grant it for this organisation.")] = None,
        dataset: Annotated[
            str | None, typer.Option(help="Grant it for this dataset; `*`, the default, for all.")
        ] = None,
        days: Annotated[int, typer.Option(help="Days until it expires.")] = LIFETIME_DAYS,
    ) -> None:
        """Grant a role and print a key, once, alone on standard output."""
        if organisation is None and dataset is None:
            dataset = ALL_DATASETS
        if organisation is not None and dataset is not None:
            raise Unprocessable(
                "invalid_scope",
                "Give --organisation or --dataset, not both: a grant is for one of them.",
                "--organisation 与 --dataset 只能给出一个：一项授权只针对其中之一。",
            )

        async def act(connection: AsyncConnection) -> tuple[tuple[str, Any], list[ActLine]]:
            row_id = await service.principal_called(connection, principal)
            granted = await service.ensure_grant(connection, row_id, role, organisation, dataset)
            made = await service.create_key(connection, row_id, days)
            return (str(made.secret), made.row.expires_at), [*granted, *made.acts]

        secret, expires_at = run(opened, record, act)
        typer.echo(secret)
        scope = organisation if dataset is None else dataset
        _say(
            f"{principal} is {role} for {scope}; the key holds until {expires_at:%Y-%m-%d}.",
            f"{principal} 对 {scope} 拥有角色 {role}；密钥有效期至 {expires_at:%Y-%m-%d}。",
        )

    @app.command()
    def revoke(key: Annotated[str, typer.Argument(help="Id or visible prefix of the key.")]) -> None:
        """Let a key hold no longer."""

        async def act(connection: AsyncConnection) -> tuple[None, list[ActLine]]:
            return None, (await service.revoke_key(connection, key)).acts

        run(opened, record, act)
        _say(f"Revoked {key}.", f"已吊销 {key}。")

    return app


def _say(en: str, zh: str) -> None:
    console.print(f"{en} {zh}", markup=False, soft_wrap=True)
