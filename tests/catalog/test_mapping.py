"""Renamed, split and merged factors: the old reference leads on, as it was known at each basis."""

from collections.abc import Sequence

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog import mapping
from app.catalog.mapping import Successor
from app.journal.service import Basis
from app.kit.db import make_engine, snapshot, transaction
from app.kit.errors import Problem
from tests.api.test_documents import seeded_reference
from tests.catalog.releases import published, substance
from tests.conftest import ClientOf

NOTE = {"zh": "按产品拆分", "en": "split by product"}


async def record(engine: AsyncEngine, old: str, new: Sequence[tuple[str, str]]) -> Basis:
    chosen = [Successor(ref, relation, NOTE) for ref, relation in new]
    async with transaction(engine) as connection:
        return await mapping.record(connection, old, chosen, {"actor": "seed"})


async def known(engine: AsyncEngine, old: str, size: int) -> list[str]:
    async with snapshot(engine) as connection:
        return [successor.ref for successor in await mapping.successors(connection, old, size)]


async def test_the_newest_map_counts_and_each_basis_keeps_its_own(empty: AsyncEngine) -> None:
    await published(empty, "1", [substance("a.2023"), substance("b.2023"), substance("c.2023")])
    first = await record(empty, "trial-set/old.2023", [("trial-set/a.2023", "same")])
    split = [("trial-set/b.2023", "split"), ("trial-set/c.2023", "split")]
    second = await record(empty, "trial-set/old.2023", split)
    third = await record(empty, "trial-set/old.2023", [])
    old = "trial-set/old.2023"
    assert await known(empty, old, first.size - 1) == []
    assert await known(empty, old, first.size) == ["trial-set/a.2023"]
    assert await known(empty, old, second.size) == ["trial-set/b.2023", "trial-set/c.2023"]
    assert await known(empty, old, third.size) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("nonsense", [("trial-set/a.2023", "same")], "invalid_ref"),
        ("trial-set/old", [("trial-set/a.2023@1", "same")], "invalid_ref"),
        ("trial-set/old", [("trial-set/unknown", "same")], "unknown_successor"),
        ("trial-set/a.2023", [("trial-set/a.2023", "same")], "successor_given_twice"),
        ("trial-set/old", [("trial-set/a.2023", "sane")], "unknown_relation"),
    ],
)
async def test_what_leads_nowhere_is_refused(
    empty: AsyncEngine, old: str, new: list[tuple[str, str]], code: str
) -> None:
    await published(empty, "1", [substance("a.2023")])
    with pytest.raises(Problem) as problem:
        await record(empty, old, new)
    assert problem.value.code == code


async def test_an_old_reference_answers_with_what_took_its_place(client_of: ClientOf, empty_url: str) -> None:
    engine = make_engine(empty_url)
    await seeded_reference(engine)
    before = await published(engine, "1", [substance("a.2023"), substance("b.2023"), substance("c.2023")])
    await record(engine, "trial-set/gone.2023", [("trial-set/a.2023", "same")])
    await record(engine, "trial-set/a.2023", [("trial-set/b.2023", "split"), ("trial-set/c.2023", "split")])
    service = await client_of(empty_url)
    gone = await service.get("/v1/factors/trial-set/gone.2023")
    assert (gone.status_code, gone.json()["code"]) == (404, "factor_replaced")
    assert gone.json()["successors"] == [
        {
            "ref": "trial-set/a.2023",
            "relation": "same",
            "note": NOTE,
            "links": {"self": "/v1/factors/trial-set/a.2023"},
        }
    ]
    there = await service.get("/v1/factors/trial-set/a.2023")
    assert there.status_code == 200
    assert [item["ref"] for item in there.json()["successors"]] == ["trial-set/b.2023", "trial-set/c.2023"]
    assert there.json()["successors"][0]["note"] == NOTE
    assert link_targets(there) == ["/v1/factors/trial-set/b.2023", "/v1/factors/trial-set/c.2023"]
    then = await service.get("/v1/factors/trial-set/a.2023", params={"basis": before.size})
    assert (then.json()["successors"], "Link" in then.headers) == ([], False)
    unknown = await service.get("/v1/factors/trial-set/never.2023")
    assert unknown.json()["code"] == "factor_not_found"
    await engine.dispose()


def link_targets(answer: httpx.Response) -> list[str]:
    parts = answer.headers["Link"].split(", ")
    assert all('rel="successor-version"' in part for part in parts)
    return [part[1 : part.index(">")] for part in parts]
