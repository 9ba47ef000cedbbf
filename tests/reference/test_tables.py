"""Reference tables as versioned data: canonical bytes, one hash, and back again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import rfc8785

from app.kit.canonical import sha256_hex
from app.reference.index import ReferenceIndex
from app.reference.tables import (
    KEYS,
    ReferenceTables,
    TableError,
    canonical_documents,
    load_tables,
    manifest,
    manifest_bytes,
    reference_hash,
    tables_of,
)
from tests.reference.conftest import SEED

TINY = ReferenceTables({"gases": [{"code": "CO2", "name_zh": "二氧化碳"}, {"code": "CH4"}]})


def test_the_canonical_bytes_of_a_table_never_change() -> None:
    """Golden bytes: the reference hash of every basis is built on this form."""
    assert canonical_documents(TINY) == {
        "gases": '{"name":"gases","rows":[{"code":"CH4"},{"code":"CO2","name_zh":"二氧化碳"}],'
        '"schema":"factorbase.reference-table/1"}'.encode()
    }


def test_the_canonical_manifest_never_changes() -> None:
    documents = canonical_documents(TINY)
    digest = sha256_hex(documents["gases"])
    expected = f'{{"schema":"factorbase.reference/1","tables":{{"gases":"{digest}"}}}}'.encode()
    assert manifest_bytes(documents) == expected
    assert reference_hash(TINY) == sha256_hex(expected)
    assert reference_hash(TINY) == "6da773fddcedbb1714eea7dcadc4ffbc589c73cde2ac148eb9ef30159717542e"


def test_the_rfc_8785_package_gives_the_same_bytes(tables: ReferenceTables) -> None:
    for body in canonical_documents(tables).values():
        assert rfc8785.dumps(json.loads(body)) == body
    documents = canonical_documents(tables)
    assert rfc8785.dumps(manifest(documents)) == manifest_bytes(documents)


def test_documents_give_the_tables_back_and_the_same_hash(
    tables: ReferenceTables, index: ReferenceIndex
) -> None:
    again = tables_of(canonical_documents(tables))
    assert again.tables == tables.tables
    assert ReferenceIndex(again).hash == index.hash == reference_hash(tables)


def test_the_order_of_rows_in_a_file_does_not_matter(tables: ReferenceTables) -> None:
    turned = ReferenceTables({name: list(reversed(rows)) for name, rows in tables.tables.items()})
    assert reference_hash(turned) == reference_hash(tables)


def test_one_changed_cell_changes_the_hash(tables: ReferenceTables) -> None:
    units = [{**row, "definition": "1001 * kg"} if row["code"] == "t" else row for row in tables["units"]]
    assert reference_hash(ReferenceTables({**tables.tables, "units": units})) != reference_hash(tables)


def test_every_table_has_rows(tables: ReferenceTables) -> None:
    assert set(tables.tables) == set(KEYS)
    assert all(tables.tables.values())


def test_a_ragged_row_and_a_repeated_row_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(SEED / "reference", folder)
    gases = folder / "gases.csv"
    good = gases.read_text(encoding="utf-8")
    gases.write_text(good + "X,Y\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"gases\.csv, row \d+"):
        load_tables(folder)
    gases.write_text(good + good.splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(TableError, match="gases: a row is there twice"):
        load_tables(folder)
    gases.unlink()
    with pytest.raises(TableError, match=r"gases\.csv"):
        load_tables(folder)


def test_documents_of_another_schema_or_too_few_are_refused(tables: ReferenceTables) -> None:
    documents = canonical_documents(tables)
    with pytest.raises(TableError, match="missing"):
        tables_of({"gases": documents["gases"]})
    with pytest.raises(TableError, match="not a reference table"):
        tables_of({**documents, "gases": b'{"schema":"other","name":"gases","rows":[]}'})


def test_activities_get_the_parent_that_their_code_implies(tables: ReferenceTables) -> None:
    rows = {row["code"]: row for row in tables["activities"]}
    for code, row in rows.items():
        stem = code.rpartition(".")[0]
        assert "parent" in row or stem not in rows
