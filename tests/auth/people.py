"""A small service of its own for the tests of this part, and people with keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.auth import access, routes, routes_keys, service
from app.auth.signing_in import LastUses, Tokens
from app.journal import service as journal
from app.kit import problems
from app.kit.db import open_database, transaction


async def record_acts(connection: AsyncConnection, acts: list[access.Act]) -> int:
    lines = [journal.Act(kind, subject, None, details) for kind, subject, details in acts]
    return (await journal.append(connection, journal.prepare(lines))).size


def build(url: str, tokens: Tokens | None = None) -> FastAPI:
    """The routers of this part with the state that `app.main` gives them."""
    app = FastAPI()
    app.state.database = open_database(url, pool_size=4)
    app.state.last_uses = LastUses(app.state.database.write, delay_seconds=60)
    app.state.tokens = tokens
    app.state.record_acts = record_acts
    problems.install(app)
    access.install(app)
    app.include_router(routes.router)
    app.include_router(routes_keys.router)
    return app


@dataclass
class People:
    """Makes principals, keys and grants on one database, and asks as one of them."""

    engine: AsyncEngine
    app: FastAPI
    client: httpx.AsyncClient
    count: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    async def principal(self, name: str | None = None, kind: str = "person") -> str:
        self.count += 1
        async with transaction(self.engine) as connection:
            made = await service.create_principal(connection, name or f"Somebody {self.count}", kind)
        return str(made.row.id)

    async def organisation(self) -> str:
        self.count += 1
        async with transaction(self.engine) as connection:
            made = await service.create_organisation(connection, f"org-{self.count}", "某组织", "Some")
        return str(made.row.id)

    async def key(self, principal: str, days: int = 30) -> tuple[str, str]:
        """(id, secret)."""
        async with transaction(self.engine) as connection:
            made = await service.create_key(connection, principal, days)
        assert made.secret is not None
        return str(made.row.id), made.secret

    async def grant(self, principal: str, role: str, dataset: str = "*") -> str:
        async with transaction(self.engine) as connection:
            return str((await service.grant(connection, principal, role, None, dataset)).row.id)

    async def somebody(self, role: str | None = None, dataset: str = "*") -> tuple[str, str]:
        """(principal, secret of a key); known by `role` afterwards."""
        principal = await self.principal()
        if role is not None:
            await self.grant(principal, role, dataset)
        secret = (await self.key(principal))[1]
        self.ids[role or "nobody"], self.keys[role or "nobody"] = principal, secret
        return principal, secret

    async def ask(
        self, method: str, path: str, key: str | None = None, body: Any = None, **headers: str
    ) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        return await self.client.request(method, path, headers=sent, json=body)

    async def run(self, statement: str, **values: Any) -> Any:
        """A statement as the application's role; its rows if it has any."""
        async with transaction(self.engine) as connection:
            result = await connection.execute(text(statement), values)
            return result.all() if result.returns_rows else result.rowcount


@asynccontextmanager
async def people_on(url: str, engine: AsyncEngine, tokens: Tokens | None = None) -> AsyncIterator[People]:
    app = build(url, tokens)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield People(engine, app, client)
    await app.state.last_uses.close()
    await app.state.database.close()
