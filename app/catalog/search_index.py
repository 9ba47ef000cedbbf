"""Writing the search rows of frozen versions, and keeping the vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog.search_aliases import NO_ALIASES, Aliases
from app.catalog.search_document import UNCOUNTED, Tokeniser, name_size
from app.catalog.search_models import SearchWord
from app.catalog.search_spelling import is_spellable, trigrams
from app.kit.db import driver

CHUNK: Final = 250
MERGE_LOCK: Final = 3
MERGE_FROM: Final = 8
"""Batches that may wait to be merged; a question sums over at most about so many rows a word."""


async def write(
    connection: AsyncConnection,
    versions: Sequence[tuple[int, Mapping[str, Any]]],
    aliases: Aliases = NO_ALIASES,
) -> None:
    """Write the search rows of `versions` (version id, document) and count their words."""
    if not versions:
        return
    counted: Counter[str] = Counter()
    raw = await driver(connection)
    await raw.copy_to_table(
        "search_row",
        source=_chunks(_lines(versions, Tokeniser(aliases), counted)),
        columns=["version_id", "name_size", "tokens"],
        format="text",
    )
    await _add_words(connection, versions[0][0], counted)
    await _merge(connection)


def _lines(
    versions: Iterable[tuple[int, Mapping[str, Any]]], tokeniser: Tokeniser, counted: Counter[str]
) -> Iterator[str]:
    for version_id, document in versions:
        tokens = tokeniser.tokens(document)
        counted.update(tokens.keys())
        counted.update(tokeniser.place_names(document))
        yield f"{version_id}\t{name_size(document)}\t{vector_text(tokens)}\n"


def vector_text(tokens: Mapping[str, str]) -> str:
    """A tsvector as COPY text. Tokens hold no quotes or backslashes (search_text), keys neither."""
    return "'" + " '".join([f"{token}'{weight}" for token, weight in tokens.items()])


async def _chunks(lines: Iterator[str]) -> AsyncIterator[bytes]:
    while chunk := list(islice(lines, CHUNK)):
        yield "".join(chunk).encode()


async def _add_words(connection: AsyncConnection, batch: int, counted: Counter[str]) -> None:
    counts = {word: count for word, count in counted.items() if not word.startswith(UNCOUNTED)}
    spellable = [word for word in counts if is_spellable(word)]
    query = select(SearchWord.word).where(SearchWord.word == func.any(spellable)).distinct()
    known = set((await connection.execute(query)).scalars())
    fresh = sorted(set(spellable) - known)
    raw = await driver(connection)
    await raw.copy_records_to_table(
        "search_word",
        columns=["word", "batch", "frequency"],
        records=[(word, batch, count) for word, count in sorted(counts.items())],
    )
    await raw.copy_records_to_table(
        "search_trigram",
        columns=["trigram", "word"],
        records=[(trigram, word) for word in fresh for trigram in sorted(trigrams(word))],
    )


async def forget(connection: AsyncConnection, release_id: int) -> None:
    """Take back the words that `write` counted for a release that is discarded.

    Its batch is removed; where that was merged already, what its rows hold is subtracted.
    """
    query = text("SELECT min(id) FROM factor_version WHERE release_id = :release")
    batch = (await connection.execute(query, {"release": release_id})).scalar()
    if batch is None:
        return
    gone = await connection.execute(text("DELETE FROM search_word WHERE batch = :batch"), {"batch": batch})
    if gone.rowcount:
        return
    rows = (
        "SELECT tokens FROM search_row JOIN factor_version ON id = version_id"
        f" WHERE release_id = {int(release_id)}"
    )
    await connection.execute(
        text(
            "INSERT INTO search_word (word, batch, frequency)"
            " SELECT word, :batch, -ndoc FROM ts_stat(:rows)"
            " WHERE NOT EXISTS (SELECT FROM unnest(cast(:uncounted AS text[])) p WHERE starts_with(word, p))"
        ),
        {"batch": -batch, "rows": rows, "uncounted": list(UNCOUNTED)},
    )


async def _merge(connection: AsyncConnection) -> None:
    """Sum up waiting batches, unless another writer is at it: nobody waits, nothing is lost."""
    waiting = select(func.count(SearchWord.batch.distinct())).where(SearchWord.batch != 0)
    locked = select(func.pg_try_advisory_xact_lock(MERGE_LOCK, 0))
    if not (await connection.execute(locked)).scalar_one():
        return
    if (await connection.execute(waiting)).scalar_one() <= MERGE_FROM:
        return
    await connection.execute(
        text(
            "WITH gone AS (DELETE FROM search_word WHERE batch <> 0 RETURNING word, frequency)"
            " INSERT INTO search_word (word, batch, frequency)"
            " SELECT word, 0, sum(frequency) FROM gone GROUP BY word ORDER BY word"
            " ON CONFLICT (word, batch) DO UPDATE SET frequency = search_word.frequency + excluded.frequency"
        )
    )
