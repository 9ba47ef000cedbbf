from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog.models import CatalogRow
from app.catalog.search_service import facets
from app.kit.db import snapshot
from app.kit.errors import Invalid
from tests.catalog.searching import ask, now, refs


async def test_a_misspelt_word_is_corrected_and_the_answer_says_so(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        found = await ask(connection, "cemnt clinkers")
    assert found.total and found.corrected == [("cemnt", "cement")]


async def test_a_misspelt_place_is_corrected(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        found = await ask(connection, "Bejing grid")
        assert (await refs(connection, found))[0].startswith("cn-grid-co2/average.cn-bj.")
    assert found.corrected == [("bejing", "beijing")]


async def test_a_word_that_nothing_has_together_with_the_others_is_left_out_and_named(
    seeded: AsyncEngine,
) -> None:
    async with snapshot(seeded) as connection:
        found = await ask(connection, "diesel Beijing")
    assert found.total and found.ignored == ["beijing"]


async def test_nothing_is_found_for_an_unknown_word(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        found = await ask(connection, "xyzzy")
    assert (found.hits, found.total, found.exact, found.matched) == ([], 0, True, [])


async def test_more_matches_than_the_cap_are_not_counted(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        found = await ask(connection, "CBAM", limit=500, offset=4990)
        beyond = await ask(connection, "CBAM", limit=500, offset=5000)
    assert (found.total, found.exact, found.listed, len(found.hits)) == (5000, False, 5000, 10)
    assert beyond.hits == []


async def test_pages_follow_each_other_without_gap_or_overlap(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        whole = await ask(connection, "cement", limit=60)
        parts = [await ask(connection, "cement", limit=20, offset=offset) for offset in (0, 20, 40)]
    assert [hit for part in parts for hit in part.hits] == whole.hits


async def test_filters_hold_inside_the_search(seeded: AsyncEngine) -> None:
    condition = CatalogRow.dataset == "ipcc-2006-energy"
    async with snapshot(seeded) as connection:
        found = await ask(connection, "diesel", condition, filters={"dataset": "ipcc-2006-energy"})
        same = await ask(connection, "diesel", condition)
        shown = await refs(connection, found)
    assert found == same and found.total
    assert all(ref.startswith("ipcc-2006-energy/") for ref in shown)


async def test_a_filter_keeps_the_search_for_a_frequent_word_complete(seeded: AsyncEngine) -> None:
    """CBAM is in 24,000 rows; those of one country are few, and all of them are counted."""
    condition = CatalogRow.region == "BR"
    async with snapshot(seeded) as connection:
        count = select(func.count()).select_from(CatalogRow).where(condition, *now())
        cbam = count.where(CatalogRow.dataset.startswith("eu-cbam"))
        found = await ask(connection, "CBAM", condition, filters={"region": "BR"})
        assert (found.total, found.exact) == ((await connection.execute(cbam)).scalar_one(), True)


async def test_defaults_come_last_unless_they_are_asked_for(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        ordinary = await refs(connection, await ask(connection, "cement clinker", limit=15))
        asked = await refs(connection, await ask(connection, "cement clinker", asked_for_defaults=True))
        typed = await refs(connection, await ask(connection, "CBAM cement clinker"))
    assert not any(ref.startswith("eu-cbam") for ref in ordinary)
    assert any(ref.startswith("eu-cbam") for ref in asked)
    assert all(ref.startswith("eu-cbam") for ref in typed)


async def test_a_chinese_question_prefers_the_nation_and_an_english_one_none(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        chinese = await refs(connection, await ask(connection, "天然气", language="zh", limit=3))
        english = await refs(connection, await ask(connection, "natural gas", limit=3))
    assert all(ref.startswith("cn-") for ref in chinese)
    assert not any(ref.startswith("cn-") for ref in english)


async def test_one_hit_a_series_says_how_many_versions_match(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        single = await ask(connection, "北京 电网", language="zh")
        grouped = await ask(connection, "北京 电网", language="zh", grouped=True)
        first = (await refs(connection, grouped))[0]
    assert (first, grouped.hits[0].versions) == ("cn-grid-co2/average.cn-bj.2023", 3)
    assert grouped.total < single.total == sum(hit.versions for hit in grouped.hits)


async def test_facets_count_the_matches(seeded: AsyncEngine) -> None:
    names = ("region", "year", "record_type", "variant")
    async with snapshot(seeded) as connection:
        found = await ask(connection, "北京 电网", language="zh")
        counts = await facets(connection, names, now(), found.matched)
    assert tuple(counts) == names
    assert counts["region"] == [{"value": "CN-BJ", "count": found.total}]
    assert {"value": 2022, "count": 1} in counts["year"]


async def test_facets_of_everything_add_up_to_everything(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        counts = await facets(connection, ("record_type", "gas_basis"), now())
        total = (
            await connection.execute(select(func.count()).select_from(CatalogRow).where(*now()))
        ).scalar_one()
    for name in ("record_type", "gas_basis"):
        assert sum(int(entry["count"]) for entry in counts[name]) == total


async def test_the_same_question_gives_the_same_order(seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        assert await ask(connection, "钢", language="zh") == await ask(connection, "钢", language="zh")


HOSTILE = (
    *(
        "a\0b diesel",
        "\ud800 diesel",
        "' | 'x",
        "a & !b:*",
        "\\",
        "%_%",
        "=~:*()",
        "k=x",
        "~0c25",
        "🙂 diesel",
    ),
    *("电" * 3400, "diesel " * 200, "1." * 300 + "1", "ﷺ" * 400, " ".join(f"w{n}" for n in range(200))),
)


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_questions_are_answered_or_refused(hostile: str, seeded: AsyncEngine) -> None:
    async with snapshot(seeded) as connection:
        try:
            found = await ask(connection, hostile)
        except Invalid as refused:
            assert refused.code == "empty_query"
        else:
            assert found.total <= 5000
