"""The program `factorbase`: serve, migrate, seed."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.auth import commands
from app.config import Settings, settings
from app.intake import jobs
from app.intake.seeding import Seeded
from app.intake.seeding import seed as seed_catalogue
from app.journal.service import record_acts
from app.kit.db import make_engine, refresh_statistics
from app.kit.embedded import APP_ROLE, DATABASE, EmbeddedServer, default_home, running_at
from app.kit.errors import Conflict, Problem
from app.kit.migrate import upgrade
from app.kit.supervise import listen, stop_by_exception, supervise
from app.kit.terminal import Bar

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True, highlight=False)


def main() -> None:
    """Entry point: a refusal is one clear line in both languages and exit code 1."""
    try:
        app()
    except Problem as problem:
        console.print(
            f"{problem.text['en']}\n{problem.text['zh']}", style="red", markup=False, soft_wrap=True
        )
        sys.exit(1)


@app.callback()
def about() -> None:
    """Factorbase: background emission factors with versions, provenance and a journal."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [FACTORBASE_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [FACTORBASE_PORT].")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes [FACTORBASE_WORKERS].")] = None,
    prepare: Annotated[
        bool | None,
        typer.Option(
            "--prepare/--no-prepare",
            help="Migrate and seed first; default: with the embedded database only.",
        ),
    ] = None,
) -> None:
    """Run the service until it is told to stop; without DATABASE_URL on an embedded PostgreSQL."""
    config = settings()
    host, port = host or config.host, port if port is not None else config.port
    address = f"http://{host}:{port}"
    with (
        stop_by_exception(),
        _database(config, address) as (owner_url, app_url, server),
        listen(host, port) as listener,
        tempfile.TemporaryDirectory(prefix="factorbase-") as metrics,
    ):
        if prepare if prepare is not None else server is not None:
            _prepare(config, owner_url, app_url)
        code = supervise(
            [sys.executable, "-m", "app.worker"],
            listener,
            workers=workers or config.workers,
            server=server,
            env={"DATABASE_URL": app_url, "PROMETHEUS_MULTIPROC_DIR": metrics},
            on_ready=lambda: _announce(address),
        )
    raise typer.Exit(code)


@app.command()
def migrate() -> None:
    """Bring the database to this program's schema; waits for another process that does so."""
    with _database(settings(), "migrate") as (owner_url, _, _):
        upgrade(owner_url)
    console.print("The database has the current schema. 数据库结构已是最新。")


@app.command()
def seed(
    folder: Annotated[Path | None, typer.Argument(help="Seed data [FACTORBASE_SEED_DIR].")] = None,
) -> None:
    """Publish what the seed data holds and the catalogue does not; running it again does nothing."""
    config = settings()
    with _database(config, "seed") as (owner_url, app_url, _):
        if _seed(config, app_url, folder or config.seed_dir):
            asyncio.run(refresh_statistics(owner_url))


@app.command()
def work() -> None:
    """Check long uploads until told to stop; for FACTORBASE_JOBS=off in the service."""
    config = settings()
    with stop_by_exception(), _database(config, "work", beside=True) as (_, app_url, _):
        asyncio.run(jobs.work(app_url, config.origin, record_acts))


def _prepare(config: Settings, owner_url: str, app_url: str) -> None:
    upgrade(owner_url)
    if _seed(config, app_url, config.seed_dir):
        asyncio.run(refresh_statistics(owner_url))


def _seed(config: Settings, app_url: str, folder: Path) -> bool:
    """Whether anything was published."""
    with Bar(console) as bar:
        done = asyncio.run(_seeded(app_url, folder, config.origin, bar))
    if done.published:
        console.print(f"Datasets published: {len(done.published)} · 已发布数据集：{len(done.published)}")
    return bool(done.published)


async def _seeded(app_url: str, folder: Path, origin: str, bar: Bar) -> Seeded:
    engine = make_engine(app_url, pool_size=2)
    try:
        return await seed_catalogue(engine, folder, origin, bar)
    finally:
        await engine.dispose()


@contextmanager
def _opened() -> Iterator[str]:
    """The application's URL of the migrated database, for commands beside a running service or without one."""
    with _database(settings(), "command", beside=True) as (owner_url, app_url, server):
        if server is not None:
            upgrade(owner_url)
        yield app_url


app.add_typer(commands.organisations(_opened, record_acts), name="organisations")
app.add_typer(commands.principals(_opened, record_acts), name="principals")
app.add_typer(commands.keys(_opened, record_acts), name="keys")


@contextmanager
def _database(
    config: Settings, address: str, *, beside: bool = False
) -> Iterator[tuple[str, str, EmbeddedServer | None]]:
    """(URL of the owner, URL of the application, the embedded server if it is ours).

    `beside`: a service that runs on the same home is no hindrance; its database is used.
    """
    if config.database_url is not None:
        yield config.database_url, config.database_url, None
        return
    server = EmbeddedServer(
        config.home or default_home(config),
        service_user=config.service_user,
        on_progress=lambda text: console.print(text, markup=False, soft_wrap=True),
    )
    try:
        owner = server.start()
    except Conflict as problem:
        if not beside or problem.code != "already_running":
            raise
        owner, password = running_at(server.home)
        yield owner.url(DATABASE), owner.url(DATABASE, APP_ROLE, password), None
        return
    try:
        server.announce(address)
        yield owner.url(DATABASE), owner.url(DATABASE, APP_ROLE, server.app_password), server
    finally:
        server.stop()


def _announce(address: str) -> None:
    console.print(
        f"Factorbase is ready at {address} — API: {address}/docs · 服务已就绪", markup=False, soft_wrap=True
    )


if __name__ == "__main__":
    main()
