"""What the writing routes of the review share: the asker, one transaction, and the Idempotency-Key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.auth.access import BASIS, SignedIn, Writing, actor
from app.journal.service import Basis
from app.kit.idempotency import Answer, OnceKey, once
from app.review.acts import By

PRIVATE = {"Cache-Control": "private, no-store"}
Act = Callable[[], Awaitable[tuple[dict[str, Any], Basis]]]


@dataclass(frozen=True, slots=True)
class Acting:
    """One act of one asker in one transaction."""

    request: Request
    connection: AsyncConnection
    by: By
    key: str | None

    async def answer(self, body: BaseModel | None, act: Act, status: int = 200) -> Response:
        """What `act` gives with the basis after it, or the earlier answer to the same Idempotency-Key."""

        async def run() -> Answer:
            found, basis = await act()
            return Answer(status, found, {**PRIVATE, BASIS: str(basis.size)})

        return await once(self.connection, self.request, self.by.asker.principal, self.key, body, run)


async def acting(
    request: Request, asker: SignedIn, connection: Writing, idempotency_key: OnceKey = None
) -> Acting:
    """Not named `key`: that is a part of the path of some routes."""
    return Acting(request, connection, By(asker, actor(request, asker)), idempotency_key)


Doing = Annotated[Acting, Depends(acting, scope="function")]
