"""What is published never changes, and the database says so."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import make_engine, snapshot, transaction
from tests.catalog.releases import published, substance

RECORDED = (
    "dataset",
    "factor",
    "factor_version",
    "status_event",
    "source",
    "journal_entry",
    "journal_head",
    "service_identity",
    "reference_table",
    "reference_edition",
    "release",
    "journal_detail",
)
ATTACKS = [
    *(f"DELETE FROM {table}" for table in RECORDED),
    *(f"TRUNCATE {table} CASCADE" for table in RECORDED),
    "UPDATE factor_version SET document = 'x'",
    "UPDATE factor_version SET content_hash = 'x'",
    "UPDATE release SET manifest = 'x'",
    "UPDATE release SET published_position = 99",
    "UPDATE release SET published_position = NULL, published_at = NULL",
    "UPDATE journal_entry SET entry = 'x'",
    "UPDATE journal_head SET root = 'x'",
    "UPDATE journal_detail SET details = 'x'",
    "UPDATE status_event SET status = 'recalled'",
    "UPDATE factor SET key = 'x'",
    "UPDATE dataset SET id = 'x'",
]
AS_APPLICATION = [
    "ALTER TABLE factor_version DISABLE TRIGGER ALL",
    "ALTER TABLE journal_entry DISABLE TRIGGER journal_entry_refuse_change",
    "DROP TRIGGER journal_entry_refuse_change ON journal_entry",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "SET session_replication_role = replica",
    "DROP TABLE factor_version",
    "CREATE TABLE mine (id integer)",
    "ALTER TABLE release OWNER TO factorbase_app",
]


async def attempt(engine: AsyncEngine, statement: str) -> str:
    """The SQLSTATE with which `statement` is refused; empty when it went through."""
    try:
        async with transaction(engine) as connection:
            await connection.execute(text(statement))
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", "unknown"))
    return ""


async def contents(engine: AsyncEngine) -> list[object]:
    async with snapshot(engine) as connection:
        return [
            (
                await connection.execute(
                    text(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t")
                )
            ).one()
            for name in RECORDED
        ]


@pytest.fixture
async def filled(empty: AsyncEngine) -> AsyncEngine:
    await published(empty, "1", [substance("a.2023"), substance("b.2023")])
    return empty


async def test_the_application_cannot_change_what_is_recorded(filled: AsyncEngine) -> None:
    before = await contents(filled)
    refused = {statement: await attempt(filled, statement) for statement in [*ATTACKS, *AS_APPLICATION]}
    assert [statement for statement, state in refused.items() if not state] == []
    assert await contents(filled) == before


async def test_not_even_the_owner_can(filled: AsyncEngine, empty_url: str) -> None:
    before = await contents(filled)
    owner = make_engine(empty_url, role=None, pool_size=1)
    attacks = [a for a in ATTACKS if a != "DELETE FROM journal_detail"]
    tables = {a: await attempt(owner, a) for a in attacks}
    replica = "SET session_replication_role = replica; "
    await owner.dispose()
    assert {a: s for a, s in tables.items() if s not in ("23001", "0A000")} == {}, replica
    assert await contents(filled) == before


async def test_triggers_fire_in_the_replica_role_too(filled: AsyncEngine, empty_url: str) -> None:
    owner = make_engine(empty_url, role=None, pool_size=1)
    state = ""
    try:
        async with transaction(owner) as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(text("UPDATE factor_version SET document = 'x'"))
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", ""))
    await owner.dispose()
    assert state == "23001"


async def test_details_can_be_erased_by_the_owner_and_nothing_else_changes(
    filled: AsyncEngine, empty_url: str
) -> None:
    owner = make_engine(empty_url, role=None, pool_size=1)
    assert await attempt(owner, "DELETE FROM journal_detail WHERE position = 0") == ""
    await owner.dispose()
    async with snapshot(filled) as connection:
        entries = (await connection.execute(text("SELECT count(*) FROM journal_entry"))).scalar()
    assert entries == 3


async def test_a_snapshot_refuses_to_write(filled: AsyncEngine) -> None:
    read = filled.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with pytest.raises(DBAPIError) as refused:
        async with snapshot(read) as connection:
            await connection.execute(text("INSERT INTO dataset (id) VALUES ('x-y')"))
    assert "read-only" in str(refused.value)
