"""Publish what a draft holds, the short way: no review, as the review's own tests show that."""

from __future__ import annotations

from typing import Any

from app.catalog import publishing
from app.catalog.publishing import Frozen
from app.intake import drafts
from app.kit.db import transaction
from tests.intake.uploads_service import DATASET, Service


async def freeze(intake: Service, number: str) -> Frozen:
    async with transaction(intake.engine) as connection:
        return await drafts.freeze(connection, await drafts.find(connection, DATASET, number))


async def publish(intake: Service, number: str, data: bytes, **query: Any) -> Frozen:
    """Send a file and publish it."""
    answer = await intake.send(data, number, **query)
    assert answer.status_code == 201, answer.text
    frozen = await freeze(intake, number)
    async with transaction(intake.engine) as connection:
        draft = await drafts.find(connection, DATASET, number)
        assert await drafts.move(connection, draft.id, {"draft"}, "published")
        await publishing.publish(connection, frozen.release_id, "somebody")
    return frozen
