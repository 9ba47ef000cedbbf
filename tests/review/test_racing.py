"""Decisions that race are settled by compare-and-set: on a real database, at the same time."""

import asyncio
import itertools

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import snapshot
from app.review.rules import MOVES
from tests.catalog.releases import substance
from tests.review.people import House, refused

A = substance("a.2023", "1.0")


@pytest.fixture
async def house(empty: AsyncEngine) -> House:
    house = await House(empty).open()
    await house.team()
    return house


async def lines(house: House) -> list[str]:
    async with snapshot(house.engine) as connection:
        query = text("SELECT kind FROM journal_entry WHERE kind LIKE 'dataset:%' ORDER BY position")
        return list((await connection.execute(query)).scalars())


async def test_two_submissions_of_one_draft_leave_one(house: House) -> None:
    await house.draft("1", [A])
    codes = sorted(await asyncio.gather(*(refused(house.submit("1")) for _ in range(4))))
    assert codes[0] == ""
    assert set(codes[1:]) <= {"wrong_state", "draft_changed"}
    assert await lines(house) == ["dataset:release:submit"]


async def test_approvals_at_once_all_count_and_reach_the_quorum_once(house: House) -> None:
    names = [f"reviewer {i}" for i in range(5)]
    for name in names:
        await house.person(name, "reviewer")
    await house.draft("1", [A])
    done = await house.submit("1")
    assert done.release_hash is not None
    doing = (refused(house.approve("1", name, done.release_hash, external=True)) for name in names)
    codes = sorted(await asyncio.gather(*doing))
    assert codes == ["", "", "wrong_state", "wrong_state", "wrong_state"]
    assert await house.state("1") == "approved"


async def test_one_person_racing_themself_with_two_keys_counts_once(house: House) -> None:
    await house.draft("1", [A])
    done = await house.submit("1")
    assert done.release_hash is not None
    doing = (refused(house.approve("1", "lin", done.release_hash, external=True)) for _ in range(4))
    assert sorted(await asyncio.gather(*doing)) == ["", *["already_approved"] * 3]
    assert await house.state("1") == "in_review"


async def story(house: House, draft: int) -> list[tuple[str, str]]:
    """(action, state after it) of each decision on a draft."""
    async with snapshot(house.engine) as connection:
        query = text("SELECT action, to_state FROM decision WHERE draft = :draft ORDER BY position")
        return [(row[0], row[1]) for row in await connection.execute(query, {"draft": draft})]


async def test_approve_reject_send_back_and_abandon_at_once_leave_one_story(house: House) -> None:
    """Whatever the order was, each act began where the one before it ended, and every loser was told."""
    for number in range(1, 9):
        name = str(number)
        draft = await house.draft(name, [A])
        done = await house.submit(name)
        assert done.release_hash is not None
        await house.approve(name, "lin", done.release_hash, external=True)
        codes = await asyncio.gather(
            refused(house.approve(name, "wang", done.release_hash)),
            refused(house.act("reject", name, "wang", "no")),
            refused(house.act("request_changes", name, "lin", "why")),
            refused(house.act("abandon", name, "chen", None)),
        )
        assert set(codes) <= {"", "wrong_state", "draft_changed"}
        told = await story(house, draft)
        assert len(told) == 2 + codes.count("") >= 3
        for (_, state), (action, _) in itertools.pairwise(told):
            assert state in MOVES[action].from_states
        assert await house.state(name) == told[-1][1]


async def test_publishing_twice_and_sending_back_at_once_leave_one(house: House) -> None:
    await house.draft("1", [A])
    await house.approved("1")
    codes = await asyncio.gather(
        refused(house.act("publish", "1", "zhao", None)),
        refused(house.act("publish", "1", "zhao", None)),
        refused(house.act("request_changes", "1", "lin", "wait")),
    )
    assert codes.count("") == 1
    assert set(codes) <= {"", "wrong_state", "draft_changed"}
    published = (await lines(house)).count("dataset:release:publish")
    assert (published == 1) is (await house.state("1") == "published")
