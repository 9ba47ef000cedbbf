"""The review over HTTP, on a database of its own, asked by people with real keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from app.auth import access
from app.auth import service as auth
from app.catalog import routes, routes_datasets, routes_versions
from app.catalog.listing import Counts
from app.catalog.search_aliases import NO_ALIASES
from app.kit import problems
from app.kit.db import open_database, transaction
from app.kit.hot import HotAnswers
from app.review import routes as review
from app.review import routes_comments, routes_withdrawing
from tests.review.people import DATASET, House


def build(url: str) -> FastAPI:
    """The routers of the review and the catalogue with the state that `app.main` gives them."""
    app = FastAPI()
    app.state.database = open_database(url, pool_size=6)
    app.state.hot = HotAnswers(1 << 20)
    app.state.aliases = NO_ALIASES
    app.state.reference = None
    app.state.counts = Counts()
    problems.install(app)
    access.install(app)
    parts = (review, routes_comments, routes_withdrawing, routes, routes_versions, routes_datasets)
    for part in parts:
        app.include_router(part.router)
    return app


@dataclass
class Desk:
    """People with keys, and drafts of theirs (house), asked over HTTP."""

    house: House
    client: httpx.AsyncClient
    keys: dict[str, str] = field(default_factory=dict)

    async def join(self, name: str, *roles: str, at: Sequence[str] = (), dataset: str = DATASET) -> None:
        by = await self.house.person(name, *roles, at=at, dataset=dataset)
        async with transaction(self.house.engine) as connection:
            for role in roles:
                await auth.grant(connection, by.asker.principal, role, dataset=dataset)
            made = await auth.create_key(connection, by.asker.principal)
        assert made.secret is not None
        self.keys[name] = made.secret

    async def ask(
        self, method: str, path: str, who: str | None = None, body: Any = None, **headers: str
    ) -> httpx.Response:
        if who is not None:
            headers["Authorization"] = f"Bearer {self.keys[who]}"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, path, json=body, headers=given)

    async def post(
        self, act: str, who: str | None, body: Any = None, number: str = "1", **headers: str
    ) -> Any:
        path = f"/v1/datasets/{DATASET}/releases/{number}/{act}"
        return await self.ask("POST", path, who, body, **headers)
