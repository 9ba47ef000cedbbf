"""What the service holds after seeding, against the facts it was transcribed from and against a snapshot."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog.rules import BOUNDARIES, GAS_BASES, RECORD_TYPES, YEAR_RULES
from app.config import REPOSITORY
from app.intake.seeding import seed
from app.kit.canonical import expand_decimal
from app.kit.db import make_engine, snapshot
from tests.conftest import ORIGIN, SEED_DATA

FACTS = REPOSITORY.parent / "shared" / "facts"
SNAPSHOT = REPOSITORY / "tests" / "golden" / "seed_releases.json"
needs_facts = pytest.mark.skipif(
    not FACTS.exists(), reason="the facts lie beside the repository only where it is built"
)


@pytest.fixture(scope="session")
async def documents(seeded: AsyncEngine) -> list[dict[str, Any]]:
    async with snapshot(seeded) as connection:
        rows = (await connection.execute(text("SELECT document FROM factor_version"))).scalars()
        return [json.loads(row) for row in rows]


@pytest.fixture(scope="session")
def facts() -> dict[str, dict[str, str]]:
    """Every row of the facts by `folder/file.csv#key`."""
    found = {}
    for path in sorted(FACTS.glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found[f"{path.parent.name}/{path.name}#{row['key']}"] = row
    return found


def figures(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(facts record, the part of the document that holds its figure)."""
    amounts = document.get("amounts", [])
    own = set(document["sources"][0]["records"])
    for amount in amounts:
        for record in amount["source_record"].split("|"):
            own.discard(record)
            yield record, amount
    for record in own:
        yield record, document


@needs_facts
def test_every_row_of_the_facts_is_served(
    documents: list[dict[str, Any]], facts: dict[str, dict[str, str]]
) -> None:
    served = {record.partition("!")[0] for document in documents for record, _ in figures(document)}
    with (SEED_DATA / "reference" / "gwp_values.csv").open(encoding="utf-8", newline="") as file:
        reference = {row["source_record"] for row in csv.DictReader(file) if row["source_record"]}
    reference = {record if "#" in record else f"fuels/gwp100.csv#{record}" for record in reference}
    assert len(facts) == 18_804
    assert set(facts) - served - reference == set()
    assert served - set(facts) == set()


@needs_facts
def test_every_value_is_that_of_the_facts_digit_for_digit(
    documents: list[dict[str, Any]], facts: dict[str, dict[str, str]]
) -> None:
    compared = 0
    for document in documents:
        for record, part in figures(document):
            key, _, derived = record.partition("!")
            row = facts[key]
            if derived in ("direct", "indirect"):
                printed = f"{derived} {part['value_published']}"
                assert printed in row["method_note"], record
                continue
            assert part["value_published"] == row["value"], record
            assert part["value"] == expand_decimal(row["value"]), record
            for bound in ("lower", "upper"):
                wanted = expand_decimal(row[bound]) if row.get(bound) else None
                assert part.get(bound) == wanted, (record, bound)
            assert part["unit_published"] == row["unit"], record
            compared += 1
    assert compared > 18_000


@needs_facts
def test_no_doubt_is_lost(documents: list[dict[str, Any]], facts: dict[str, dict[str, str]]) -> None:
    for document in documents:
        for record, part in figures(document):
            if "Doubt:" in facts[record.partition("!")[0]]["method_note"]:
                assert document.get("doubts") or "doubt" in str(part.get("note", "")).casefold(), record


def test_there_are_at_least_eight_thousand_factors(documents: list[dict[str, Any]]) -> None:
    assert len(documents) >= 8_000
    assert len({document["ref"] for document in documents}) == len(documents)
    assert len({document["uuid"] for document in documents}) == len(documents)


def test_every_factor_keeps_to_the_closed_lists(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        assert document["record_type"] in RECORD_TYPES
        assert document["gas_basis"] in GAS_BASES
        assert document["boundary"] in BOUNDARIES
        assert document["year_rule"] in YEAR_RULES
        assert document["name"]["zh"], document["ref"]
        assert document["name"]["en"], document["ref"]
        assert document["sources"][0]["title"], document["ref"]
        assert document["layer"] in ("national", "regional", "sector", "international")


def test_a_by_gas_factor_has_amounts_and_no_total_and_the_others_a_value(
    documents: list[dict[str, Any]],
) -> None:
    for document in documents:
        if document["gas_basis"] == "by_gas":
            assert "value" not in document, document["ref"]
            assert document["amounts"], document["ref"]
            assert all(amount["denomination"] == "mass" for amount in document["amounts"]), document["ref"]
        else:
            assert document["value"], document["ref"]
            assert document["unit"], document["ref"]


def test_what_rests_on_one_source_says_so(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        medium = document["sources"][0]["confidence"] != "high"
        assert medium == ("single_source" in document.get("flags", [])), document["ref"]


def test_two_factors_never_share_their_identity(documents: list[dict[str, Any]]) -> None:
    """Identity: what is measured, unit, calorific basis, region, period, route, boundary, variant (design, 2)."""
    names = (
        "dataset",
        "activity",
        "gas_basis",
        "gas",
        "gwp_set",
        "unit",
        "calorific_basis",
        "region",
        "year",
    )
    more = (
        "edition_year",
        "technology",
        "route",
        "route_code",
        "boundary",
        "variant",
        "goods_code",
        "record_type",
    )
    counted = Counter(
        (
            *(document.get(name) for name in names + more),
            json.dumps(document.get("period"), sort_keys=True),
            document["name"]["en"],
            document.get("applies_from"),
        )
        for document in documents
    )
    assert [identity for identity, count in counted.items() if count > 1] == []


async def test_a_changed_number_shows_in_the_snapshot(seeded: AsyncEngine) -> None:
    """Release hashes cover every byte of every factor. If this changed on purpose, write the snapshot anew:
    `python -m tests.seed.snapshot`, and look at the difference of seed_data beside it."""
    async with snapshot(seeded) as connection:
        found = await releases(connection)
    assert found == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


async def releases(connection: Any) -> dict[str, dict[str, Any]]:
    rows = await connection.execute(
        text("SELECT dataset, number, release_hash, factor_count FROM release ORDER BY 1")
    )
    return {
        row.dataset: {"release": row.number, "hash": row.release_hash, "factors": row.factor_count}
        for row in rows
    }


async def test_seeding_again_does_nothing(seeded_copy: str) -> None:
    engine = make_engine(seeded_copy, pool_size=2)
    async with snapshot(engine) as connection:
        before = (await connection.execute(text("SELECT max(size) FROM journal_head"))).scalar()
    done = await seed(engine, SEED_DATA, ORIGIN)
    async with snapshot(engine) as connection:
        after = (await connection.execute(text("SELECT max(size) FROM journal_head"))).scalar()
    await engine.dispose()
    assert (done.published, before) == ((), after)
