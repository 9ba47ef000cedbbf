"""Bring a database to this code's schema, one process at a time, and tell whether it is there."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.config import REPOSITORY

SCRIPTS = REPOSITORY / "migrations"


def configuration(url: str, scripts: Path = SCRIPTS) -> Config:
    """Alembic's configuration for `url`, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Run the missing migrations as the owner behind `url`; waits for another process that does so."""
    command.upgrade(configuration(url), "head")


@lru_cache(maxsize=1)
def expected_revision() -> str:
    """The schema revision that this code is written for."""
    head = ScriptDirectory.from_config(configuration("")).get_current_head()
    assert head is not None
    return head


async def current_revision(connection: AsyncConnection) -> str | None:
    """The schema revision of the database; None before the first migration."""
    try:
        found: str | None = (
            await connection.execute(text("SELECT version_num FROM alembic_version"))
        ).scalar()
    except ProgrammingError:
        return None
    return found
