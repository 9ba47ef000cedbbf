"""The journal on a real database: positions without gaps, roots, and the bases that it names."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.journal import service
from app.journal.models import JournalDetail, JournalEntry, JournalHead
from app.journal.rules import EMPTY, commit, extend, leaf_hash
from app.journal.service import Act
from app.kit.db import snapshot, transaction
from app.kit.errors import Broken, Invalid


async def record(engine: AsyncEngine, name: str, count: int = 1) -> int:
    async with transaction(engine) as connection:
        acts = [Act("test:act:done", f"{name}/{i}", None, {"who": name}) for i in range(count)]
        return (await service.append(connection, service.prepare(acts))).size


async def test_fifty_writers_at_once_leave_no_gap_and_the_root_fits(empty: AsyncEngine) -> None:
    await asyncio.gather(*(record(empty, f"w{i}", 1 + i % 3) for i in range(50)))
    async with snapshot(empty) as connection:
        entries = (await connection.execute(select(JournalEntry).order_by(JournalEntry.position))).all()
        heads = (await connection.execute(select(JournalHead).order_by(JournalHead.size))).all()
    assert [entry.position for entry in entries] == list(range(len(entries)))
    assert [json.loads(entry.entry)["pos"] for entry in entries] == list(range(len(entries)))
    assert len(heads) == 50
    tree, done = EMPTY, 0
    for head in heads:
        tree = extend(tree, [leaf_hash(entry.entry) for entry in entries[done : head.size]])
        done = head.size
        assert tree.root == head.root
    times = [json.loads(entry.entry)["at"] for entry in entries]
    assert times == sorted(times)


async def test_an_act_that_is_rolled_back_leaves_no_trace(empty: AsyncEngine) -> None:
    with pytest.raises(RuntimeError):
        async with transaction(empty) as connection:
            await service.append(connection, service.prepare([Act("test:act:done")]))
            raise RuntimeError
    assert await record(empty, "next") == 1


async def test_an_entry_commits_to_its_details(empty: AsyncEngine) -> None:
    await record(empty, "li")
    async with snapshot(empty) as connection:
        entry = (await connection.execute(select(JournalEntry))).one()
        detail = (await connection.execute(select(JournalDetail))).one()
    assert json.loads(entry.entry)["commitment"] == commit(detail.nonce, detail.details)
    assert b"li" not in entry.entry.replace(b"li/0", b"")


async def test_a_basis_is_a_transaction_end_and_nothing_else(empty: AsyncEngine) -> None:
    await record(empty, "a", 3)
    await record(empty, "b", 2)
    async with snapshot(empty) as connection:
        assert (await service.basis_at(connection, 3)).size == 3
        with pytest.raises(Invalid) as between:
            await service.basis_at(connection, 4)
        assert (between.value.code, between.value.valid_values) == ("basis_not_a_transaction_end", [3, 5])
        with pytest.raises(Invalid) as future:
            await service.basis_at(connection, 6)
        assert future.value.code == "basis_in_future"


async def test_known_on_is_the_last_basis_of_that_day(empty: AsyncEngine) -> None:
    await record(empty, "a")
    async with snapshot(empty) as connection:
        today = datetime.now(UTC).date()
        assert (await service.basis_known_on(connection, today)).size == 1
        with pytest.raises(Invalid) as early:
            await service.basis_known_on(connection, today - timedelta(days=2))
    assert early.value.code == "known_on_before_start"


async def test_the_origin_is_claimed_once(empty: AsyncEngine) -> None:
    async with transaction(empty) as connection:
        await service.claim_origin(connection, "one.example")
        await service.claim_origin(connection, "one.example")
        with pytest.raises(Broken) as other:
            await service.claim_origin(connection, "two.example")
    assert other.value.code == "origin_mismatch"
