"""Retire, reinstate, recall: now and ahead, single versions and whole releases, and every basis as it stood."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog import publishing, reads, service, withdrawing
from app.catalog.conditions import Filters, Moment, matching
from app.catalog.items import Status
from app.catalog.withdrawing_rules import Event, Withdrawal, standing
from app.journal.service import Basis
from app.kit.db import make_engine, snapshot, transaction
from app.kit.errors import Problem
from tests.catalog.releases import edition, frozen, published, substance

WHY = {"zh": "来源撤回", "en": "source withdrawn"}
SEED = {"actor": "seed"}
NOW = datetime.now(UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
SET = "trial-set"


def day(number: int) -> datetime:
    return datetime(2100, 1, number, tzinfo=UTC)


async def change(
    engine: AsyncEngine, ref: str, status: str, effective: datetime | None = None, **fields: Any
) -> Basis:
    """Give `key@n` (or the release of that number) another status."""
    said = Withdrawal(status, WHY, effective, **fields)
    async with transaction(engine) as connection:
        key, at, n = ref.partition("@")
        if at:
            return await withdrawing.change_version(connection, SET, key, int(n), said, SEED)
        return await withdrawing.change_release(connection, SET, ref, said, SEED)


async def refused(doing: Any) -> str:
    try:
        await doing
    except Problem as problem:
        return problem.code
    return ""


async def status(
    engine: AsyncEngine, key: str, n: int = 1, at: datetime | None = None, **asked: Any
) -> Status:
    async with snapshot(engine) as connection:
        moment = await service.moment_of(connection, asked.get("basis"), asked.get("known_on"))
        if at is not None:
            moment = Moment(moment.size, at, moment.newest)
        return (await service.get_version(connection, moment, SET, key, n)).status


async def listed(
    engine: AsyncEngine, wanted: str = "published", at: datetime | None = None, basis: int | None = None
) -> list[str]:
    async with snapshot(engine) as connection:
        moment = await service.moment_of(connection, basis, None)
        if at is not None:
            moment = Moment(moment.size, at, moment.newest)
        conditions = matching(Filters(status=wanted), moment)
        page = await reads.page(connection, moment, conditions, None, 100)
    assert {version.status.status for version in page} <= {wanted}
    return [f"{version.key}@{version.n}" for version in page]


async def release_status(engine: AsyncEngine, number: str, basis: int | None = None) -> Status:
    async with snapshot(engine) as connection:
        at = await service.moment_of(connection, basis, None)
        release = await service.get_release(connection, at, SET, number)
        return (await service.standings(connection, at, [release]))[release.id]


@pytest.fixture
async def filled(empty: AsyncEngine) -> AsyncEngine:
    await published(empty, "1", [substance("a.2023"), substance("b.2023")])
    return empty


async def test_a_retired_version_answers_with_reason_and_successor_and_leaves_the_lists(
    filled: AsyncEngine,
) -> None:
    before = (await change(filled, "a.2023@1", "retired", successor="trial-set/b.2023@1")).size - 1
    found = await status(filled, "a.2023")
    assert (found.status, found.reason, found.successor) == ("retired", WHY, "trial-set/b.2023@1")
    assert found.since is not None
    assert await listed(filled) == ["b.2023@1"]
    assert await listed(filled, "retired") == ["a.2023@1"]
    assert await listed(filled, basis=before) == ["a.2023@1", "b.2023@1"]
    assert await listed(filled, "retired", basis=before) == []
    assert (await status(filled, "a.2023", basis=before)).status == "published"
    await change(filled, "a.2023@1", "published")
    assert await listed(filled) == ["a.2023@1", "b.2023@1"]
    assert (await status(filled, "a.2023", basis=before + 1)).status == "retired"


async def test_a_date_ahead_comes_by_itself(filled: AsyncEngine) -> None:
    done = await change(filled, "a.2023@1", "retired", day(10))
    now = await status(filled, "a.2023")
    assert (now.status, now.pending and now.pending.effective_from) == ("published", day(10))
    for at, expected in ((day(9), "published"), (day(10), "retired"), (day(11), "retired")):
        assert (await status(filled, "a.2023", at=at)).status == expected
        assert ("a.2023@1" in await listed(filled, at=at)) is (expected == "published")
        assert ("a.2023@1" in await listed(filled, "retired", at=at)) is (expected == "retired")
    assert (await status(filled, "a.2023", basis=done.size)).status == "published"


async def test_a_date_that_comes_in_a_moment_is_seen_by_current_reads(filled: AsyncEngine) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.7)
    done = await change(filled, "a.2023@1", "retired", soon)
    assert await listed(filled) == ["a.2023@1", "b.2023@1"]
    await asyncio.sleep(max((soon - datetime.now(UTC)).total_seconds(), 0) + 0.05)
    assert await listed(filled) == ["b.2023@1"]
    assert (await status(filled, "a.2023")).status == "retired"
    assert await listed(filled, basis=done.size) == ["a.2023@1", "b.2023@1"], "a basis reads no clock"
    assert (await status(filled, "a.2023", known_on=soon.isoformat())).status == "retired"
    async with transaction(filled) as connection:
        assert await withdrawing.datasets_due(connection) == [SET]
        settled = await withdrawing.come_into_force(connection, SET)
    assert settled is not None
    async with transaction(filled) as connection:
        assert await withdrawing.datasets_due(connection) == []
        assert await withdrawing.come_into_force(connection, SET) is None
    assert await listed(filled) == ["b.2023@1"]
    assert await listed(filled, "retired", basis=settled.size) == ["a.2023@1"]
    early = (soon - timedelta(seconds=0.1)).isoformat()
    assert (await status(filled, "a.2023", known_on=early)).status == "published"


async def test_what_is_recorded_later_overrules_what_was_to_come(filled: AsyncEngine) -> None:
    await change(filled, "a.2023@1", "retired", day(10))
    await change(filled, "a.2023@1", "published")
    found = await status(filled, "a.2023", at=day(20))
    assert (found.status, found.pending) == ("published", None)
    await change(filled, "a.2023@1", "retired")
    await change(filled, "a.2023@1", "published", day(5))
    assert [(await status(filled, "a.2023", at=day(n))).status for n in (4, 5)] == ["retired", "published"]
    assert await listed(filled, "retired", at=day(4)) == ["a.2023@1"]
    assert await listed(filled, "retired", at=day(5)) == []


async def test_a_recall_is_final_immediate_and_has_a_class(filled: AsyncEngine) -> None:
    recall = change(filled, "a.2023@1", "recalled", errata_class="unit", successor="trial-set/b.2023")
    await recall
    found = await status(filled, "a.2023")
    assert (found.status, found.errata_class, found.successor) == ("recalled", "unit", "trial-set/b.2023")
    for state in ("retired", "published", "recalled"):
        assert await refused(change(filled, "a.2023@1", state, errata_class="typo")) == "wrong_state"
    assert await refused(change(filled, "b.2023@1", "recalled")) == "errata_class_missing"
    ahead = change(filled, "b.2023@1", "recalled", LATER, errata_class="typo")
    assert await refused(ahead) == "recall_is_immediate"


async def test_moves_that_start_elsewhere_and_unknown_things_are_refused(filled: AsyncEngine) -> None:
    assert await refused(change(filled, "a.2023@1", "published")) == "wrong_state"
    assert await refused(change(filled, "a.2023@2", "retired")) == "version_not_found"
    assert await refused(change(filled, "9", "retired")) == "release_not_found"
    for successor in ("nonsense", "trial-set/a.2023@1", "trial-set/a.2023", "trial-set/b.2023@7"):
        doing = change(filled, "a.2023@1", "retired", successor=successor)
        assert await refused(doing) == "unknown_successor", successor
    await change(filled, "a.2023@1", "retired")
    assert await refused(change(filled, "a.2023@1", "retired")) == "wrong_state"


async def test_a_frozen_version_is_not_there_to_be_withdrawn(empty: AsyncEngine) -> None:
    await frozen(empty, "1", [substance("a.2023")])
    assert await refused(change(empty, "a.2023@1", "retired")) == "version_not_found"
    assert await refused(change(empty, "1", "retired")) == "release_not_found"


async def test_retiring_a_release_retires_only_what_no_later_release_contains(filled: AsyncEngine) -> None:
    await published(filled, "2", [substance("a.2023"), substance("b.2023", "2")])
    await change(filled, "1", "retired", successor="2")
    assert await listed(filled) == ["a.2023@1", "b.2023@2"]
    assert (await status(filled, "b.2023")).status == "retired"
    found = await release_status(filled, "1")
    assert (found.status, found.successor) == ("retired", "2")
    assert (await release_status(filled, "2")).status == "published"
    await change(filled, "2", "retired")
    assert await listed(filled) == []
    await change(filled, "1", "published")
    assert await listed(filled, "retired") == ["a.2023@1", "b.2023@2"]
    await change(filled, "2", "published")
    assert await listed(filled) == ["a.2023@1", "b.2023@2"]


async def test_a_later_release_that_is_itself_retired_keeps_nothing_alive(filled: AsyncEngine) -> None:
    await published(filled, "2", [substance("a.2023"), substance("b.2023", "2")])
    await change(filled, "2", "retired")
    assert await listed(filled) == []
    await change(filled, "2", "published")
    assert await listed(filled) == ["a.2023@1", "b.2023@2"]


async def test_reinstating_a_release_leaves_alone_what_was_withdrawn_singly(filled: AsyncEngine) -> None:
    await change(filled, "a.2023@1", "recalled", errata_class="typo")
    await change(filled, "1", "retired")
    await change(filled, "1", "published")
    assert await listed(filled) == ["b.2023@1"]
    assert await listed(filled, "recalled") == ["a.2023@1"]


async def test_a_release_that_carries_a_retired_edition_on_brings_its_versions_back(
    filled: AsyncEngine,
) -> None:
    await change(filled, "b.2023@1", "retired")
    await change(filled, "1", "retired", day(10))
    await published(filled, "2", [substance("a.2023"), substance("b.2023")])
    assert (await status(filled, "a.2023", at=day(20))).status == "published"
    assert (await status(filled, "b.2023", at=day(20))).status == "retired", "it was retired by itself"
    kinds = await lines(filled)
    assert kinds.count("factor:version:reinstate") == 1


async def test_a_release_cannot_carry_a_recalled_version_on(filled: AsyncEngine) -> None:
    waiting = await frozen(filled, "2", [substance("a.2023"), substance("b.2023")])
    await change(filled, "a.2023@1", "recalled", errata_class="typo")
    assert await refused(frozen(filled, "3", [substance("a.2023")])) == "carries_recalled"

    async def go() -> None:
        async with transaction(filled) as connection:
            await publishing.publish(connection, waiting.release_id, "seed")

    assert await refused(go()) == "carries_recalled"
    await published(filled, "4", [substance("a.2023", "1.1"), substance("b.2023")])
    assert await listed(filled) == ["a.2023@2", "b.2023@1"]


async def test_a_correction_of_a_version_recalled_before_recalls_nothing_again(filled: AsyncEngine) -> None:
    await change(filled, "a.2023@1", "recalled", errata_class="typo")
    mended = edition("2")
    mended = publishing.Edition(
        mended.dataset,
        "2",
        mended.policy,
        {**mended.metadata, "corrections": {"a.2023": {"errata_class": "typo"}}},
        mended.reason,
        {},
    )
    async with transaction(filled) as connection:
        done = await publishing.freeze(connection, mended, [substance("a.2023", "3"), substance("b.2023")])
        await publishing.publish(connection, done.release_id, "seed")
    assert (await lines(filled)).count("factor:version:recall") == 1
    assert (await status(filled, "a.2023")).status == "recalled"


async def lines(engine: AsyncEngine) -> list[str]:
    async with snapshot(engine) as connection:
        query = text("SELECT kind FROM journal_entry ORDER BY position")
        return list((await connection.execute(query)).scalars())


async def test_every_act_has_its_lines_and_events_stand_at_the_last_of_them(filled: AsyncEngine) -> None:
    done = await change(filled, "1", "retired")
    assert (await lines(filled))[3:] == ["factor:version:retire"] * 2 + ["dataset:release:retire"]
    async with snapshot(filled) as connection:
        query = text("SELECT DISTINCT position FROM status_event WHERE status = 'retired'")
        assert list((await connection.execute(query)).scalars()) == [done.size - 1]
        subjects = text("SELECT subject FROM journal_entry WHERE kind LIKE '%retire' ORDER BY position")
        assert list((await connection.execute(subjects)).scalars()) == [
            "trial-set/a.2023@1",
            "trial-set/b.2023@1",
            "trial-set/releases/1",
        ]


async def test_the_row_of_lists_and_the_events_agree_after_any_act(filled: AsyncEngine) -> None:
    steps = [
        ("retired", day(3)),
        ("published", None),
        ("retired", None),
        ("published", day(7)),
        ("retired", None),
    ]
    for wanted, effective in steps:
        await change(filled, "a.2023@1", wanted, effective)
        for at in (NOW + timedelta(hours=1), day(3), day(5), day(7), day(9)):
            alone = (await status(filled, "a.2023", at=at)).status
            assert "a.2023@1" in await listed(filled, alone, at=at), (wanted, effective, at)


async def test_a_factor_that_comes_back_gets_a_new_version(filled: AsyncEngine) -> None:
    await published(filled, "2", [substance("a.2023")])
    await published(filled, "3", [substance("a.2023"), substance("b.2023")])
    async with snapshot(filled) as connection:
        at = await service.moment_of(connection, None, None)
        for number, carried in (("2", ["a.2023@1"]), ("3", ["a.2023@1", "b.2023@2"])):
            release = await service.get_release(connection, at, SET, number)
            page = await service.release_page(connection, at, release, None, 10)
            assert [f"{version.key}@{version.n}" for version in page] == carried
            assert [f"{k}@{n}" for k, n, _ in json.loads(release.manifest)["items"]] == carried


async def test_an_unpublished_release_can_be_discarded_and_a_published_one_cannot(
    empty: AsyncEngine, empty_url: str
) -> None:
    await published(empty, "1", [substance("a.2023")])
    waiting = await frozen(empty, "2", [substance("a.2023", "2"), substance("b.2023")])
    async with transaction(empty) as connection:
        await publishing.discard(connection, waiting.release_id)
        await publishing.discard(connection, waiting.release_id)
    again = await frozen(empty, "2", [substance("a.2023", "3")])
    async with transaction(empty) as connection:
        await publishing.publish(connection, again.release_id, "seed")

    async def drop() -> None:
        async with transaction(empty) as connection:
            await publishing.discard(connection, again.release_id)

    assert await refused(drop()) == "already_published"
    owner = make_engine(empty_url, role=None, pool_size=1)
    for engine in (empty, owner):
        for statement in (
            "SELECT discard_release(id) FROM release",
            "DELETE FROM factor_version",
            "DELETE FROM catalog_row",
            "DELETE FROM release",
        ):
            with pytest.raises(Exception, match=r"refused|permission denied"):
                async with transaction(engine) as connection:
                    await connection.execute(text(statement))
    await owner.dispose()
    assert await listed(empty) == ["a.2023@2"]


async def test_a_table_of_the_same_name_does_not_fool_the_guards(empty: AsyncEngine) -> None:
    await published(empty, "1", [substance("a.2023")])
    with pytest.raises(Exception, match="refused"):
        async with transaction(empty) as connection:
            await connection.execute(
                text(
                    "CREATE TEMP TABLE release AS SELECT id, CAST(NULL AS bigint) AS published_position FROM release"
                )
            )
            await connection.execute(text("SELECT discard_release(1)"))
    assert await listed(empty) == ["a.2023@1"]


@pytest.mark.parametrize(
    ("events", "at", "expected", "pending"),
    [
        ([], day(1), "published", None),
        ([Event(5, "retired")], day(1), "retired", None),
        ([Event(5, "retired", effective_from=day(3))], day(1), "published", "retired"),
        ([Event(5, "retired", effective_from=day(3))], day(3), "retired", None),
        ([Event(6, "recalled"), Event(5, "retired", effective_from=day(3))], day(9), "recalled", None),
        ([Event(6, "published", effective_from=day(4)), Event(5, "retired")], day(3), "retired", "published"),
        (
            [Event(7, "retired", effective_from=day(2)), Event(6, "published", effective_from=day(4))],
            day(1),
            "published",
            "retired",
        ),
    ],
)
def test_standing_as_a_table(events: list[Event], at: datetime, expected: str, pending: str | None) -> None:
    found = standing(events, at, NOW)
    assert found.status == expected
    assert (None if found.pending is None else found.pending.status) == pending
