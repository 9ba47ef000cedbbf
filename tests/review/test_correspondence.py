"""Comments, replies, resolutions and claims; nothing of them is ever changed or deleted (req 42)."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import make_engine, snapshot, transaction
from app.review import correspondence, reading
from app.review.correspondence import Remark
from tests.catalog.releases import substance
from tests.review.people import DATASET, House, refused

A = substance("a.2023", "1.0")


@pytest.fixture
async def house(empty: AsyncEngine) -> House:
    house = await House(empty).open()
    await house.team()
    await house.draft("1", [A])
    await house.submit("1")
    return house


async def write(house: House, who: str, words: str, **fields: Any) -> dict[str, Any]:
    async with transaction(house.engine) as connection:
        remark = Remark(words, **fields)
        return (await correspondence.write(connection, house.made[who], DATASET, "1", remark))[0]


async def resolve(house: House, who: str, comment: int) -> dict[str, Any]:
    async with transaction(house.engine) as connection:
        done = await correspondence.resolve(connection, house.made[who], DATASET, "1", comment, "fixed")
    return done[0]


async def claim(house: House, who: str) -> dict[str, Any]:
    async with transaction(house.engine) as connection:
        return (await correspondence.claim(connection, house.made[who], DATASET, "1"))[0]


async def test_a_question_about_a_field_is_answered_and_settled_on_the_record(house: House) -> None:
    asked = await write(house, "lin", "why so low?", target="field", key="a.2023", field="/value")
    reply = await write(house, "chen", "net of heat credit", parent=asked["id"])
    assert (reply["target"], reply["key"], reply["field"]) == ("field", "a.2023", "/value")
    nested = await write(house, "lin", "thank you", parent=reply["id"])
    assert nested["parent"] == asked["id"]
    done = await resolve(house, "lin", asked["id"])
    assert done["resolved"]["note"] == "fixed"
    await house.act("request_changes", "1", "lin", "say so in the note")
    async with snapshot(house.engine) as connection:
        record = await reading.record(connection, house.made["chen"].asker, DATASET, "1")
        query = text("SELECT kind FROM journal_entry ORDER BY position")
        kinds = list((await connection.execute(query)).scalars())
    said = [(item["type"], item.get("action") or item["text"]) for item in record["items"]]
    assert said == [
        ("decision", "submit"),
        ("comment", "why so low?"),
        ("comment", "net of heat credit"),
        ("comment", "thank you"),
        ("decision", "request_changes"),
    ]
    assert kinds == [
        "dataset:release:submit",
        *["dataset:release:comment"] * 3,
        "dataset:release:resolve",
        "dataset:release:request_changes",
    ]


async def test_comments_that_point_nowhere_are_refused(house: House) -> None:
    assert await refused(write(house, "lin", "x", target="factor")) == "invalid_target"
    assert await refused(write(house, "lin", "x", key="a.2023")) == "invalid_target"
    assert await refused(write(house, "lin", "x", target="factor", key="z.2023")) == "unknown_factor"
    assert await refused(write(house, "lin", "x", parent=999)) == "comment_not_found"


async def test_who_may_comment_and_settle(house: House) -> None:
    await house.person("auditor", "auditor")
    await house.person("stranger", "reader")
    mine = await write(house, "chen", "please hurry")
    assert await refused(write(house, "auditor", "x")) == "role_missing"
    assert await refused(write(house, "stranger", "x")) == "draft_not_found"
    asked = await write(house, "lin", "why?")
    assert await refused(resolve(house, "chen", asked["id"])) == "role_missing"
    assert await refused(resolve(house, "wang", asked["id"])) == ""
    assert await refused(resolve(house, "wang", asked["id"])) == "already_resolved"
    reply = await write(house, "lin", "soon", parent=mine["id"])
    assert await refused(resolve(house, "lin", reply["id"])) == "not_a_thread"
    await resolve(house, "chen", mine["id"])


async def test_the_record_closes_with_the_release(house: House) -> None:
    await house.act("reject", "1", "lin", "no")
    assert await refused(write(house, "chen", "but why?")) == "record_closed"


async def test_a_claim_is_for_reviewers_of_what_is_in_review(house: House) -> None:
    assert (await claim(house, "lin"))["mine"] is True
    await claim(house, "lin")
    await claim(house, "wang")
    assert await refused(claim(house, "chen")) == "role_missing"
    async with snapshot(house.engine) as connection:
        item = (await reading.queue(connection, house.made["lin"].asker, ["in_review"], 0, 10))[0][0]
    assert [found["mine"] for found in item["claims"]] == [True, False]
    await house.act("request_changes", "1", "lin", "no")
    assert await refused(claim(house, "lin")) == "wrong_state"


async def test_the_queue_shows_what_the_asker_may_do_and_hides_the_rest(house: House) -> None:
    await write(house, "lin", "why?")
    await house.person("stranger", "reader")
    items: dict[str, Any] = {}
    async with snapshot(house.engine) as connection:
        for who in ("chen", "lin", "zhao", "stranger"):
            found, following = await reading.queue(connection, house.made[who].asker, reading.OPEN, 0, 10)
            assert following is None
            items[who] = found
    assert items["stranger"] == []
    assert items["chen"][0]["actions"] == ["abandon"]
    assert items["chen"][0]["my_relation"] == {"contributed": True, "independent": False}
    assert items["lin"][0]["actions"] == ["request_changes", "approve", "reject"]
    assert items["zhao"][0]["actions"] == []
    assert items["lin"][0]["comments"] == {"threads": 1, "open": 1}
    assert items["lin"][0]["counts"] == {"factors": 1, "added": 1, "changed": 0, "gone": 0}
    assert items["lin"][0]["approvals"]["needed"] == 2


async def test_the_queue_goes_on_where_it_stopped(house: House) -> None:
    for number in ("2", "3", "4"):
        await house.draft(number, [A])
        await house.submit(number)
    lin = house.made["lin"].asker
    async with snapshot(house.engine) as connection:
        first, following = await reading.queue(connection, lin, reading.OPEN, 0, 3)
        assert following is not None
        rest, end = await reading.queue(connection, lin, reading.OPEN, following, 3)
    assert [item["release"] for item in (*first, *rest)] == ["1", "2", "3", "4"]
    assert end is None


async def test_nothing_that_was_said_or_decided_can_be_changed(house: House, empty_url: str) -> None:
    asked = await write(house, "lin", "why?")
    await resolve(house, "lin", asked["id"])
    owner = make_engine(empty_url, role=None, pool_size=1)
    tables = ("review_round", "decision", "comment", "comment_resolution", "factor_map")
    attacks = [f"DELETE FROM {table}" for table in tables]
    attacks += [f"TRUNCATE {table} CASCADE" for table in tables]
    attacks += ["UPDATE comment SET text = 'x'", "UPDATE decision SET release_hash = 'x'"]
    for engine in (house.engine, owner):
        for attack in attacks:
            with pytest.raises(DBAPIError):
                async with transaction(engine) as connection:
                    await connection.execute(text(attack))
    await owner.dispose()
