"""The binary COPY form: what is written is what the database reads."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.intake.repository_blobs import DatabaseBlobs, fetch, hash_of
from app.intake.uploads_copy import write_copy
from app.kit.db import driver, snapshot, transaction

ROWS = [
    ("一", 1, b"\x00\xff", ["a", "值"], None),
    ("", -7, b"", [], "\\N"),
    ('quote " , \n', 2**31 - 1, bytes(range(256)), ["", "x" * 5000], "end"),
]


async def test_every_kind_of_value_comes_back(empty: AsyncEngine, tmp_path: Path) -> None:
    assert write_copy(tmp_path / "rows", ROWS) == 3
    async with transaction(empty) as connection:
        await connection.execute(
            text("CREATE TEMP TABLE t (a text, b integer, c bytea, d text[], e text) ON COMMIT DROP")
        )
        raw = await driver(connection)
        await raw.copy_to_table("t", source=tmp_path / "rows", format="binary")
        found = (await connection.execute(text("SELECT * FROM t"))).all()
    assert [tuple(row) for row in found] == ROWS


async def test_a_file_of_several_pieces_comes_back_and_is_kept_once(
    empty: AsyncEngine, tmp_path: Path
) -> None:
    path, store = tmp_path / "file", DatabaseBlobs()
    path.write_bytes(bytes(range(256)) * 10_000)
    digest = hash_of(path)
    for _ in range(2):
        async with transaction(empty) as connection:
            await store.put(connection, path, digest, "application/octet-stream")
    async with snapshot(empty) as connection:
        await fetch(store, connection, digest, tmp_path / "copy")
        assert (await connection.execute(text("SELECT count(*) FROM blob_part"))).scalar() == 3
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()
