"""Freeze and publish on a real database, alone and against each other."""

import asyncio
import json

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog import reads, service
from app.catalog.conditions import Filters, matching
from app.catalog.publishing import publish
from app.kit.canonical import sha256_hex
from app.kit.db import snapshot, transaction
from app.kit.errors import Conflict, NotFound, Problem, Unprocessable
from tests.catalog.releases import frozen, published, substance


async def refs(engine: AsyncEngine, basis: int | None = None, **filters: object) -> list[str]:
    async with snapshot(engine) as connection:
        at = await service.moment_of(connection, basis, None)
        conditions = matching(Filters(**filters), at)  # type: ignore[arg-type]
        page = await reads.page(connection, at, conditions, None, 100)
    return [f"{version.ref}@{version.n}" for version in page]


async def value(engine: AsyncEngine, key: str, basis: int | None = None, n: int | None = None) -> str:
    async with snapshot(engine) as connection:
        at = await service.moment_of(connection, basis, None)
        version = await service.get_version(connection, at, "trial-set", key, n)
    return str(json.loads(version.document)["value"])


async def test_a_frozen_release_is_invisible_until_it_is_published(empty: AsyncEngine) -> None:
    done = await frozen(empty, "1", [substance("a.2023")])
    assert await refs(empty) == []
    with pytest.raises(NotFound):
        await value(empty, "a.2023")
    async with transaction(empty) as connection:
        basis = await publish(connection, done.release_id, "seed")
    assert basis.size == 2
    assert await refs(empty) == ["trial-set/a.2023@1"]


async def test_every_basis_answers_as_the_catalogue_stood_then(empty: AsyncEngine) -> None:
    first = await published(empty, "1", [substance("a.2023", "1.0"), substance("b.2023")])
    second = await published(empty, "2", [substance("a.2023", "2.0"), substance("c.2023")])
    assert await refs(empty) == ["trial-set/a.2023@2", "trial-set/b.2023@1", "trial-set/c.2023@1"]
    assert await refs(empty, first.size) == ["trial-set/a.2023@1", "trial-set/b.2023@1"]
    assert await refs(empty, second.size) == await refs(empty)
    assert await refs(empty, status="superseded") == ["trial-set/a.2023@1"]
    assert await refs(empty, first.size, status="superseded") == []
    assert (await value(empty, "a.2023"), await value(empty, "a.2023", first.size)) == ("2.0", "1.0")
    assert await value(empty, "a.2023", n=1) == "1.0"
    with pytest.raises(NotFound):
        await value(empty, "c.2023", first.size)


async def test_each_release_lists_what_it_carries(empty: AsyncEngine) -> None:
    await published(empty, "1", [substance("a.2023", "1.0"), substance("b.2023")])
    await published(empty, "2", [substance("a.2023", "2.0")])
    await published(empty, "3", [substance("a.2023", "2.0"), substance("b.2023", "9")])
    async with snapshot(empty) as connection:
        at = await service.moment_of(connection, None, None)
        carried = {}
        for number in ("1", "2", "3"):
            release = await service.get_release(connection, at, "trial-set", number)
            page = await service.release_page(connection, at, release, None, 10)
            carried[number] = [(version.key, version.n) for version in page]
            documents = [json.loads(d) async for d in reads.release_documents(connection, release)]
            assert [(d["key"], d["version"]) for d in documents] == carried[number]
            items = json.loads(release.manifest)["items"]
            assert [(key, n) for key, n, _ in items] == carried[number]
            assert sha256_hex(release.manifest) == release.release_hash
    assert carried == {
        "1": [("a.2023", 1), ("b.2023", 1)],
        "2": [("a.2023", 2)],
        "3": [("a.2023", 2), ("b.2023", 2)],
    }


async def test_the_second_of_two_releases_on_one_base_is_told_that_the_base_moved(empty: AsyncEngine) -> None:
    await published(empty, "1", [substance("a.2023")])
    mine = await frozen(empty, "2", [substance("a.2023", "2")])
    await published(empty, "3", [substance("a.2023", "3")])
    with pytest.raises(Conflict) as moved:
        async with transaction(empty) as connection:
            await publish(connection, mine.release_id, "seed")
    assert moved.value.code == "base_moved"
    assert await value(empty, "a.2023") == "3"


async def test_racing_publications_leave_one_winner(empty: AsyncEngine) -> None:
    frozen_ones = [await frozen(empty, f"{i}", [substance("a.2023", f"{i}")]) for i in range(1, 5)]

    async def go(release_id: int) -> str:
        try:
            async with transaction(empty) as connection:
                await publish(connection, release_id, "seed")
        except Problem as problem:
            return problem.code
        return "published"

    outcome = sorted(await asyncio.gather(*(go(one.release_id) for one in frozen_ones)))
    assert outcome == ["base_moved", "base_moved", "base_moved", "published"]


async def test_datasets_published_at_once_do_not_disturb_each_other(empty: AsyncEngine) -> None:
    names = [f"set-{i}" for i in range(8)]
    bases = await asyncio.gather(
        *(published(empty, "1", [substance(f"k{j}.2023", dataset=n) for j in range(20)], n) for n in names)
    )
    assert sorted(basis.size for basis in bases) == [21 * (i + 1) for i in range(8)]


async def test_a_release_number_is_used_once_and_only_rises(empty: AsyncEngine) -> None:
    await published(empty, "2024.2", [substance("a.2023")])
    for number, code in (("2024.2", "release_exists"), ("2024.1", "release_number_not_ascending")):
        with pytest.raises((Conflict, Unprocessable)) as refused:
            await published(empty, number, [substance("a.2023", "2")])
        assert refused.value.code == code
    with pytest.raises(Unprocessable):
        await published(empty, "v3", [substance("a.2023", "2")])


async def test_publishing_twice_is_refused(empty: AsyncEngine) -> None:
    done = await frozen(empty, "1", [substance("a.2023")])
    async with transaction(empty) as connection:
        await publish(connection, done.release_id, "seed")
    with pytest.raises(Conflict) as again:
        async with transaction(empty) as connection:
            await publish(connection, done.release_id, "seed")
    assert again.value.code == "already_published"


async def test_act_and_journal_line_are_of_one_transaction(empty: AsyncEngine) -> None:
    done = await frozen(empty, "1", [substance("a.2023")])
    with pytest.raises(RuntimeError):
        async with transaction(empty) as connection:
            await publish(connection, done.release_id, "seed")
            raise RuntimeError
    async with snapshot(empty) as connection:
        lines = (await connection.execute(text("SELECT count(*) FROM journal_entry"))).scalar()
        visible = (await connection.execute(text("SELECT count(*) FROM status_event"))).scalar()
    assert (lines, visible) == (0, 0)


async def test_each_new_version_has_a_line_with_its_hash(empty: AsyncEngine) -> None:
    await published(empty, "1", [substance("a.2023"), substance("b.2023")])
    async with snapshot(empty) as connection:
        rows = (await connection.execute(text("SELECT entry FROM journal_entry ORDER BY position"))).scalars()
        entries = [json.loads(row) for row in rows]
        hashes = set((await connection.execute(text("SELECT content_hash FROM factor_version"))).scalars())
    assert [entry["kind"] for entry in entries] == ["factor:version:publish"] * 2 + [
        "dataset:release:publish"
    ]
    assert {entry["content_hash"] for entry in entries[:2]} == hashes
    assert entries[2]["subject"] == "trial-set/releases/1"


async def test_a_factor_that_is_not_public_is_not_taken(empty: AsyncEngine) -> None:
    """Published reads are anonymous: what is restricted must not get there."""
    with pytest.raises(Unprocessable) as refused:
        await frozen(empty, "1", [substance("a.2023", access_class="restricted")])
    assert refused.value.code == "factor_not_public"


async def test_a_release_number_in_another_spelling_is_not_a_new_one(empty: AsyncEngine) -> None:
    await published(empty, "2024.2", [substance("a.2023")])
    with pytest.raises(Unprocessable) as refused:
        await published(empty, "2024.2.0", [substance("a.2023", "2")])
    assert refused.value.code == "release_number_not_ascending"
