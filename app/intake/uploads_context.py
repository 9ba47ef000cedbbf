"""What a file is checked against: the reference data, and what the last release says."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import editions
from app.intake.checking import Context, Last, Mode
from app.reference.index import ReferenceIndex

OF_A_ROW: Final = frozenset({"locator", "records", "confirmed_by", "confidence"})
"""Members of a citation that a factor adds to the cited document."""


async def context_of(
    connection: AsyncConnection,
    index: ReferenceIndex,
    origin: str,
    dataset: str,
    release: str,
    mode: Mode,
    today: date,
) -> Context:
    """The context for an upload to `dataset`; reads the documents of its last release once."""
    last: dict[str, Last] = {}
    sources: dict[str, dict[str, Any]] = {}
    async for document in editions.carried_documents(connection, dataset):
        last[document["key"]] = Last(document.get("value"), document.get("unit"))
        for citation in document.get("sources", ()):
            if citation.get("id") not in sources:
                sources[citation["id"]] = {k: v for k, v in citation.items() if k not in OF_A_ROW}
    about = await editions.last_release(connection, dataset)
    return Context(
        index=index,
        origin=origin,
        dataset=dataset,
        release=release,
        mode=mode,
        today=today,
        last=last,
        metadata=None if about is None else about.metadata,
        sources=sources,
    )
