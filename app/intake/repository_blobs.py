"""Files by the SHA-256 of their bytes, behind one small interface; in the database unless told otherwise."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.intake.models import Blob, BlobPart
from app.kit.db import driver
from app.kit.errors import Broken

PART: Final = 1 << 20


class BlobStore(Protocol):
    """Where the bytes lie. `connection` is that of the act, so that a database store takes part in it; an
    object store writes before the act commits, and what nobody refers to may be cleared away later."""

    async def put(self, connection: AsyncConnection, path: Path, sha256: str, media_type: str) -> None:
        """Keep the file at `path`, whose hash is `sha256`; nothing to do where the bytes are known."""

    def read(self, connection: AsyncConnection, sha256: str) -> AsyncIterator[bytes]:
        """The bytes in pieces. Raises Broken `blob_missing`."""
        ...


class DatabaseBlobs:
    """Files in pieces of 1 MiB in the database: one backup, one transaction, and constant memory."""

    async def put(self, connection: AsyncConnection, path: Path, sha256: str, media_type: str) -> None:
        size = (await asyncio.to_thread(path.stat)).st_size
        statement = insert(Blob).values(sha256=sha256, size=size, media_type=media_type)
        known = await connection.execute(statement.on_conflict_do_nothing().returning(Blob.sha256))
        if known.first() is None:
            return
        rows = ((sha256, part, data) for part, data in enumerate(_pieces(path)))
        columns = ("sha256", "part", "data")
        await (await driver(connection)).copy_records_to_table("blob_part", records=rows, columns=columns)

    async def read(self, connection: AsyncConnection, sha256: str) -> AsyncIterator[bytes]:
        if (await connection.execute(select(Blob.size).where(Blob.sha256 == sha256))).first() is None:
            raise Broken("blob_missing", f"The bytes of {sha256} are missing.", f"{sha256} 的内容缺失。")
        part = 0
        while True:
            query = select(BlobPart.data).where(BlobPart.sha256 == sha256, BlobPart.part == part)
            data = (await connection.execute(query)).scalar()
            if data is None:
                return
            yield data
            part += 1


async def fetch(store: BlobStore, connection: AsyncConnection, sha256: str, path: Path) -> None:
    """Write the bytes of `sha256` to the file `path`, and make sure that they are those."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        async for piece in store.read(connection, sha256):
            digest.update(piece)
            await asyncio.to_thread(file.write, piece)
    if digest.hexdigest() != sha256:
        raise Broken("blob_damaged", f"The bytes of {sha256} are damaged.", f"{sha256} 的内容已损坏。")


def hash_of(path: Path) -> str:
    """SHA-256 of the file at `path`, in hexadecimal. Blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PART):
            yield piece
