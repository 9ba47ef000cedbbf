from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.intake.uploads_service import Service, service_on


@pytest.fixture
async def intake(empty_url: str) -> AsyncIterator[Service]:
    """The routers of the intake on a database of the test's own."""
    async with service_on(empty_url) as made:
        yield made
