"""What the writing routes of this part share: the asker, the transaction, and the Idempotency-Key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.auth.access import Admin, SignedIn, Writing, record
from app.auth.repository import AnyRow
from app.auth.rules import Asker
from app.auth.service import Done
from app.kit.http import json_answer
from app.kit.idempotency import Answer, OnceKey, once

PRIVATE = "private, no-store"
View = Callable[[AnyRow], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Acting:
    """One act of one asker in one transaction."""

    request: Request
    connection: AsyncConnection
    asker: Asker
    key: str | None

    async def create(self, body: BaseModel, view: View, act: Callable[[], Awaitable[Done]]) -> Response:
        """201 with the new row, or the earlier answer to the same Idempotency-Key."""

        async def run() -> Answer:
            done = await act()
            headers = await record(self.request, self.connection, self.asker, done.acts)
            return _made(view(done.row), done.secret, {"Cache-Control": PRIVATE, **headers})

        return await once(self.connection, self.request, self.asker.principal, self.key, body, run)

    async def change(self, done: Done, view: View) -> Response:
        """200 with the row as it is now."""
        headers = await record(self.request, self.connection, self.asker, done.acts)
        return json_answer(self.request, view(done.row), cache=PRIVATE, headers=headers)


def _made(item: dict[str, Any], secret: str | None, headers: dict[str, str]) -> Answer:
    """A secret is in the first answer alone: it is kept nowhere, so a repeated answer has null."""
    if secret is None:
        return Answer(201, item, headers)
    return Answer(201, {**item, "secret": secret}, headers, {**item, "secret": None})


async def acting(request: Request, asker: SignedIn, connection: Writing, key: OnceKey = None) -> Acting:
    return Acting(request, connection, asker, key)


async def acting_admin(request: Request, asker: Admin, connection: Writing, key: OnceKey = None) -> Acting:
    return Acting(request, connection, asker, key)


Creating = Annotated[Acting, Depends(acting, scope="function")]
AdminCreating = Annotated[Acting, Depends(acting_admin, scope="function")]


async def changing(request: Request, asker: SignedIn, connection: Writing) -> Acting:
    return Acting(request, connection, asker, None)


async def changing_admin(request: Request, asker: Admin, connection: Writing) -> Acting:
    return Acting(request, connection, asker, None)


Changing = Annotated[Acting, Depends(changing, scope="function")]
AdminChanging = Annotated[Acting, Depends(changing_admin, scope="function")]
