"""Editions of the reference tables in the database. The caller commits, and writes the journal line."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.canonical import sha256_hex
from app.kit.errors import Broken, NotFound
from app.reference.models import ReferenceEdition, ReferenceTable
from app.reference.tables import ReferenceTables, canonical_documents, manifest_bytes, tables_of


async def store_edition(connection: AsyncConnection, tables: ReferenceTables) -> str:
    """Store what is not there yet and return the hash of the edition. Storing it again changes nothing."""
    documents = canonical_documents(tables)
    body = manifest_bytes(documents)
    rows = [{"hash": sha256_hex(d), "name": name, "document": d} for name, d in documents.items()]
    await connection.execute(insert(ReferenceTable).values(rows).on_conflict_do_nothing())
    digest = sha256_hex(body)
    edition = insert(ReferenceEdition).values(hash=digest, manifest=body)
    await connection.execute(edition.on_conflict_do_nothing())
    return digest


async def load_edition(connection: AsyncConnection, edition: str) -> ReferenceTables:
    """The tables of an edition. Raises NotFound `unknown_reference`; Broken where bytes do not fit a hash."""
    body = await connection.scalar(select(ReferenceEdition.manifest).where(ReferenceEdition.hash == edition))
    if body is None:
        raise NotFound(
            "unknown_reference",
            f"There is no edition {edition[:64]!r} of the reference tables.",
            f"没有参考表版本“{edition[:64]}”。",
            parameter="reference",
        )
    hashes: dict[str, str] = json.loads(body)["tables"]
    question = select(ReferenceTable.hash, ReferenceTable.document).where(
        ReferenceTable.hash.in_(hashes.values())
    )
    stored = {row.hash: row.document for row in await connection.execute(question)}
    if sha256_hex(body) != edition or any(sha256_hex(stored.get(h, b"")) != h for h in hashes.values()):
        raise Broken(
            "reference_damaged",
            "Stored reference tables do not fit their hash.",
            "存储的参考表与其哈希不符。",
            edition=edition,
        )
    return tables_of({name: stored[digest] for name, digest in hashes.items()})


async def edition_hashes(connection: AsyncConnection) -> list[str]:
    """Hashes of all editions, the oldest first."""
    question = select(ReferenceEdition.hash).order_by(ReferenceEdition.recorded_at, ReferenceEdition.hash)
    return list(await connection.scalars(question))
