from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog.search_document import Tokeniser
from app.catalog.search_index import MERGE_FROM, vector_text, write
from app.catalog.search_models import SearchRow, SearchTrigram, SearchWord
from app.catalog.search_statements import frequencies
from app.kit.db import transaction
from tests.catalog.searching import reference_aliases


def document(key: str, name: str, **stated: Any) -> dict[str, Any]:
    return {
        "ref": f"somewhere/{key}",
        "key": key,
        "series": key,
        "dataset": "somewhere",
        "record_type": "lifecycle_factor",
        "name": {"zh": "水泥熟料", "en": name},
        "activity": "cement.clinker",
        "sector": "cement",
        "region": "CN-BJ",
        "year": 2022,
        "gas_basis": "co2e",
        "boundary": "process",
        "publisher": {"zh": "某某", "en": "somebody"},
        **stated,
    }


def test_names_weigh_more_than_aliases_and_these_more_than_notes() -> None:
    tokens = Tokeniser(reference_aliases()).tokens(
        document("a", "Quicklime", note="see quicklime, kiln dust")
    )
    assert (tokens["quicklime"], tokens["clinker"], tokens["dust"]) == (":1A", ":1B", ":1")


def test_prefixes_of_a_customs_code_are_tokens() -> None:
    tokens = Tokeniser(reference_aliases()).tokens(document("a", "Coil", goods_code="72081000"))
    assert {"g=72", "g=7208", "g=720810", "g=72081000", "x=72081000"} <= tokens.keys()


def test_every_document_is_in_one_tier_and_one_share_of_it() -> None:
    tokens = Tokeniser(reference_aliases()).tokens(document("a", "Coil"))
    assert sorted(token for token in tokens if token.startswith("~0"))[0] == "~0c24"
    assert len([token for token in tokens if token.startswith("~0c24.")]) == 1


def test_values_of_a_document_cannot_break_out_of_the_vector() -> None:
    odd = document(
        "a", "it's \\ a 'name'", variant="o'dd\\", sector="x' 'y", region="'", legal_ref="a'b\tc\n"
    )
    line = vector_text(Tokeniser(reference_aliases()).tokens(odd))
    assert line.count("'") == 2 * len(Tokeniser(reference_aliases()).tokens(odd))
    assert not set(line) & set("\\\t\n")


@pytest.mark.parametrize("size", [0, 1, 600])
async def test_rows_are_written_and_their_words_counted(size: int, empty: AsyncEngine) -> None:
    versions = [(n, document(f"k{n}", "Zyxwite")) for n in range(1, size + 1)]
    async with transaction(empty) as connection:
        await write(connection, versions, reference_aliases())
        rows = (await connection.execute(select(func.count()).select_from(SearchRow))).scalar_one()
        known = await frequencies(connection, ["zyxwite", "熟料", "region=CN-BJ"])
    assert rows == size
    assert known == ({} if size == 0 else {"zyxwite": size, "熟料": size, "region=CN-BJ": size})


async def test_two_writers_of_the_same_words_do_not_wait_for_each_other(empty: AsyncEngine) -> None:
    async with transaction(empty) as first:
        await write(first, [(1, document("a", "Zyxwite"))], reference_aliases())
        async with asyncio.timeout(10), transaction(empty) as second:
            await write(second, [(2, document("b", "Zyxwite"))], reference_aliases())
    async with transaction(empty) as connection:
        assert await frequencies(connection, ["zyxwite"]) == {"zyxwite": 2}


async def test_many_writers_at_once_lose_no_count_and_their_batches_are_merged(empty: AsyncEngine) -> None:
    async def one(n: int) -> None:
        async with transaction(empty) as connection:
            await write(connection, [(n, document(f"k{n}", f"Zyxwite {n}"))], reference_aliases())

    await asyncio.gather(*(one(n) for n in range(1, 31)))
    async with transaction(empty) as connection:
        assert await frequencies(connection, ["zyxwite"]) == {"zyxwite": 30}
        batches = await connection.execute(select(func.count(SearchWord.batch.distinct())))
        assert batches.scalar_one() <= 30
    for n in range(31, 33):
        await one(n)
    async with transaction(empty) as connection:
        assert await frequencies(connection, ["zyxwite"]) == {"zyxwite": 32}
        waiting = select(func.count(SearchWord.batch.distinct())).where(SearchWord.batch != 0)
        assert (await connection.execute(waiting)).scalar_one() <= MERGE_FROM


async def test_a_new_word_is_cut_into_trigrams_once(empty: AsyncEngine) -> None:
    for n in (1, 2):
        async with transaction(empty) as connection:
            await write(connection, [(n, document(f"k{n}", "Zyxwite"))], reference_aliases())
    async with transaction(empty) as connection:
        query = select(func.count()).select_from(SearchTrigram).where(SearchTrigram.word == "zyxwite")
        assert (await connection.execute(query)).scalar_one() == len("zyxwite") + 1


async def test_an_act_that_fails_leaves_no_words(empty: AsyncEngine) -> None:
    with pytest.raises(RuntimeError):
        async with transaction(empty) as connection:
            await write(connection, [(1, document("a", "Zyxwite"))], reference_aliases())
            raise RuntimeError
    async with transaction(empty) as connection:
        assert await frequencies(connection, ["zyxwite"]) == {}
