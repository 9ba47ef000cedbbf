"""From a draft to a published release, on a real database, through the acts of the review."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog import service as catalog
from app.kit.db import make_engine, snapshot, transaction
from app.kit.errors import Conflict
from app.review import service
from tests.catalog.releases import substance
from tests.review.people import DATASET, House, keyed, refused

A, B = substance("a.2023", "1.0"), substance("b.2023", "2.0")


@pytest.fixture
async def house(empty: AsyncEngine) -> House:
    house = await House(empty).open()
    await house.team()
    return house


async def kinds(house: House) -> list[str]:
    async with snapshot(house.engine) as connection:
        query = text("SELECT kind FROM journal_entry ORDER BY position")
        return list((await connection.execute(query)).scalars())


async def test_two_reviewers_approve_and_a_publisher_publishes(house: House) -> None:
    await house.draft("1", [A, B])
    done = await house.submit("1")
    assert (done.state, done.round) == ("in_review", 1)
    assert done.release_hash is not None
    first = await house.approve("1", "lin", done.release_hash, external=True)
    assert first.state == "in_review"
    second = await house.approve("1", "wang", done.release_hash)
    assert second.state == "approved"
    out = await house.act("publish", "1", "zhao", None)
    assert (out.state, out.release_hash) == ("published", done.release_hash)
    assert await kinds(house) == [
        "dataset:release:submit",
        "dataset:release:approve",
        "dataset:release:approve",
        "factor:version:publish",
        "factor:version:publish",
        "dataset:release:publish",
    ]
    async with snapshot(house.engine) as connection:
        at = await catalog.moment_of(connection, None, None)
        assert (await catalog.get_version(connection, at, DATASET, "a.2023")).n == 1
        rows = (await connection.execute(text("SELECT action, position FROM decision ORDER BY id"))).all()
    assert [tuple(row) for row in rows] == [("submit", 0), ("approve", 1), ("approve", 2), ("publish", 5)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"findings": [("error", "unit_unknown")]}, "errors_stand"),
        ({"findings": [("warning", "outlier")]}, "warnings_unexplained"),
        ({"papers": ["model"]}, "development_report_missing"),
        ({"papers": ["development_report"]}, "model_missing"),
        ({"about": {"name": {"zh": "名", "en": "name"}}}, "metadata_missing"),
    ],
)
async def test_a_draft_that_is_not_ready_is_not_submitted(house: House, fields: dict, code: str) -> None:
    await house.draft("1", [A], **fields)
    with pytest.raises(Conflict) as problem:
        await house.submit("1")
    assert problem.value.code == "not_ready"
    assert [obstacle["code"] for obstacle in problem.value.extra["obstacles"]] == [code]
    assert await house.state("1") == "draft"
    assert await kinds(house) == []


async def test_an_approval_is_bound_to_the_hash_and_void_after_a_change(house: House) -> None:
    await house.draft("1", [A])
    old = (await house.submit("1")).release_hash
    assert old is not None
    await house.approve("1", "lin", old, external=True)
    await house.act("request_changes", "1", "wang", "the boundary is unclear")
    assert await house.state("1") == "changes_requested"
    await house.refill("1", [substance("a.2023", "1.1")])
    done = await house.submit("1")
    assert (done.round, done.release_hash == old) == (2, False)
    assert await refused(house.approve("1", "wang", old)) == "release_hash_differs"
    assert done.release_hash is not None
    assert (await house.approve("1", "wang", done.release_hash)).state == "in_review"
    assert (await house.approve("1", "lin", done.release_hash, external=True)).state == "approved"


async def test_the_same_bytes_submitted_again_still_need_new_approvals(house: House) -> None:
    await house.draft("1", [A])
    first = (await house.submit("1")).release_hash
    assert first is not None
    await house.approve("1", "lin", first, external=True)
    await house.act("request_changes", "1", "wang", "please check")
    again = await house.submit("1")
    assert again.release_hash == first
    assert (await house.approve("1", "wang", first)).state == "in_review"


async def test_one_person_with_two_keys_and_two_roles_counts_once(house: House) -> None:
    await house.draft("1", [A])
    done = await house.submit("1")
    assert done.release_hash is not None
    await house.approve("1", "lin", done.release_hash, external=True)
    lin = house.made["lin"].asker.principal
    house.made["lin again"] = keyed(lin, "lin", ["reviewer", "publisher"], key="key-2")
    doing = house.approve("1", "lin again", done.release_hash, external=True)
    assert await refused(doing) == "already_approved"
    assert await house.state("1") == "in_review"


async def test_those_who_are_not_independent_neither_approve_nor_reject(house: House) -> None:
    await house.person("colleague", "reviewer", at=["contributing-enterprise", "university"])
    await house.person("maintainer", "reviewer", at=["maintaining-association"])
    await house.person("machine", "reviewer", kind="system")
    chen = house.made["chen"].asker.principal
    house.made["chen as reviewer"] = keyed(chen, "chen", ["reviewer", "contributor"], key="key-2")
    await house.draft("1", [A])
    done = await house.submit("1")
    assert done.release_hash is not None
    for who in ("colleague", "maintainer", "chen as reviewer"):
        assert await refused(house.approve("1", who, done.release_hash)) == "not_independent", who
        assert await refused(house.act("reject", "1", who, "no")) == "not_independent", who
    assert await refused(house.approve("1", "machine", done.release_hash)) == "person_required"
    declared = {"affiliations": ["the maintaining ASSOCIATION"]}
    assert await refused(house.approve("1", "lin", done.release_hash, **declared)) == "not_independent"
    assert await refused(house.approve("1", "zhao", done.release_hash)) == "role_missing"


async def test_a_contributor_does_not_publish_even_with_the_role(house: House) -> None:
    chen = house.made["chen"].asker.principal
    await house.draft("1", [A])
    await house.approved("1")
    house.made["chen as publisher"] = keyed(chen, "chen", ["publisher"], key="key-2")
    doing = house.act("publish", "1", "chen as publisher", None)
    assert await refused(doing) == "contributor_cannot_publish"
    assert await house.state("1") == "approved"


async def test_hidden_drafts_are_not_found_by_strangers(house: House) -> None:
    await house.draft("1", [A])
    await house.person("reader", "reader")
    await house.person("elsewhere", "contributor", "reviewer", "publisher", dataset="other-set")
    for who in ("reader", "elsewhere"):
        assert await refused(house.submit("1", who)) == "draft_not_found"
        assert await refused(house.act("publish", "1", who, None)) == "draft_not_found"
    assert await refused(house.submit("9")) == "draft_not_found"
    await house.person("auditor", "auditor")
    assert await refused(house.submit("1", "auditor")) == "role_missing"


async def test_a_rejected_or_abandoned_release_leaves_nothing_frozen_and_frees_its_number(
    house: House,
) -> None:
    for act, who in (("reject", "lin"), ("abandon", "chen")):
        await house.draft("1", [A])
        await house.submit("1")
        await house.act(act, "1", who, "not this year")
        async with snapshot(house.engine) as connection:
            for table in ("release", "factor_version", "catalog_row", "search_row"):
                count = await connection.execute(text(f"SELECT count(*) FROM {table}"))
                assert count.scalar() == 0, table
            words = await connection.execute(
                text("SELECT sum(frequency) FROM search_word WHERE word NOT LIKE 'k=%'")
            )
            assert not words.scalar()
    async with snapshot(house.engine) as connection:
        kept = (await connection.execute(text("SELECT manifest, release_hash FROM review_round"))).all()
    assert len(kept) == 2
    assert json.loads(kept[0].manifest)["items"][0][0] == "a.2023"


async def test_the_second_of_two_in_flight_is_told_that_the_base_moved_and_can_be_mended(
    house: House,
) -> None:
    await house.draft("1", [A])
    await house.draft("2", [A, B])
    await house.approved("2")
    await house.approved("1")
    await house.act("publish", "1", "zhao", None)
    assert await refused(house.act("publish", "2", "zhao", None)) == "base_moved"
    assert await house.state("2") == "approved"
    await house.act("request_changes", "2", "lin", "release 1 came first")
    await house.approved("2")
    assert (await house.act("publish", "2", "zhao", None)).state == "published"


async def test_a_transcription_by_a_system_needs_no_reviewers_and_by_a_person_is_refused(
    house: House,
) -> None:
    await house.person("copyist", "contributor", kind="system")
    await house.draft("1", [A], policy="transcription", papers=[])
    assert await refused(house.submit("1")) == "policy_not_allowed"
    done = await house.submit("1", "copyist")
    assert done.state == "approved"
    assert (await house.act("publish", "1", "zhao", None)).state == "published"


async def test_a_panel_needs_three_and_an_external_chair(house: House) -> None:
    await house.person("sun", "reviewer")
    await house.draft("1", [A], policy="panel")
    done = await house.submit("1")
    assert done.release_hash is not None
    chair = {"chair": True}
    assert await refused(house.approve("1", "wang", done.release_hash, **chair)) == "chair_not_external"
    await house.approve("1", "wang", done.release_hash)
    await house.approve("1", "sun", done.release_hash, external=True)
    out = await house.approve("1", "lin", done.release_hash, external=True, **chair)
    assert out.state == "approved"


async def test_large_releases_need_a_sample(house: House) -> None:
    await house.draft("1", [substance(f"k{i}.2023") for i in range(501)])
    done = await house.submit("1")
    assert done.release_hash is not None
    assert await refused(house.approve("1", "lin", done.release_hash)) == "sample_missing"
    sample = {"size": 50, "how": "every tenth", "keys": []}
    assert (await house.approve("1", "lin", done.release_hash, sample=sample)).state == "in_review"


async def test_a_correction_recalls_its_predecessor_in_the_same_transaction(house: House) -> None:
    first = await house.published("1", [A, B])
    await house.draft("2", [substance("a.2023", "1.5"), B])
    reason = {"zh": "小数点错误", "en": "decimal point"}
    wrong = {"b.2023": {"errata_class": "typo"}}
    assert await refused(house.submit("2", corrections=wrong)) == "nothing_to_correct"
    done = await house.submit("2", corrections={"a.2023": {"errata_class": "typo", "reason": reason}})
    assert done.release_hash is not None
    await house.approve("2", "lin", done.release_hash, external=True)
    await house.approve("2", "wang", done.release_hash)
    await house.act("publish", "2", "zhao", None)
    assert (await kinds(house))[-3:] == [
        "factor:version:recall",
        "factor:version:publish",
        "dataset:release:publish",
    ]
    async with snapshot(house.engine) as connection:
        at = await catalog.moment_of(connection, None, None)
        old = await catalog.get_version(connection, at, DATASET, "a.2023", 1)
        assert (old.status.status, old.status.errata_class) == ("recalled", "typo")
        assert (old.status.successor, old.status.superseded_by) == ("trial-set/a.2023@2", 2)
        new = json.loads((await catalog.get_version(connection, at, DATASET, "a.2023")).document)
        assert (new["change"]["kind"], new["change"]["errata_class"]) == ("correction", "typo")
        assert new["change"]["reason"] == reason
        then = await catalog.moment_of(connection, first.basis.size, None)
        before = await catalog.get_version(connection, then, DATASET, "a.2023", 1)
        assert before.status.status == "published"


async def test_factors_that_leave_are_retired_when_the_contributor_says_so(house: House) -> None:
    await house.published("1", [A, B])
    await house.published("2", [A], answers={"*": "retire"})
    async with snapshot(house.engine) as connection:
        at = await catalog.moment_of(connection, None, None)
        gone = await catalog.get_version(connection, at, DATASET, "b.2023")
        assert gone.status.status == "retired"
        assert (await catalog.get_version(connection, at, DATASET, "a.2023")).status.status == "published"


async def test_an_act_that_fails_leaves_neither_state_nor_line(house: House) -> None:
    await house.draft("1", [A])
    with pytest.raises(RuntimeError):
        async with transaction(house.engine) as connection:
            await service.submit(connection, house.made["chen"], DATASET, "1")
            raise RuntimeError
    assert await house.state("1") == "draft"
    assert await kinds(house) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE release SET manifest = 'x'",
        "UPDATE release SET manifest = 'x', release_hash = encode(sha256('x'), 'hex')",
    ],
)
async def test_a_damaged_release_is_not_published(house: House, empty_url: str, damage: str) -> None:
    await house.draft("1", [A])
    await house.approved("1")
    owner = make_engine(empty_url, role=None, pool_size=1)
    async with transaction(owner) as connection:
        await connection.execute(text(damage))
    await owner.dispose()
    assert await refused(house.act("publish", "1", "zhao", None)) == "release_damaged"
    assert await house.state("1") == "approved"
