"""The routers of the intake on a database of their own, people with keys, and small files to send."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.auth import access, service
from app.catalog.search_aliases import ReferenceAliases
from app.config import REPOSITORY
from app.intake import routes, routes_uploads
from app.intake.repository_blobs import DatabaseBlobs
from app.intake.seeding import publish_reference
from app.journal import service as journal
from app.kit import problems
from app.kit.db import make_engine, open_database, snapshot, transaction
from app.reference.index import ReferenceIndex

ORIGIN = "factorbase.localhost"
DATASET = "trial-set"
RELEASE = f"/v1/datasets/{DATASET}/releases"


async def record_acts(connection: AsyncConnection, acts: list[access.Act]) -> int:
    lines = [journal.Act(kind, subject, None, details) for kind, subject, details in acts]
    return (await journal.append(connection, journal.prepare(lines))).size


def build(url: str, index: ReferenceIndex, limit: int = 20_000_000) -> FastAPI:
    """The routers with the state that `app.main` gives them."""
    app = FastAPI()
    app.state.database = open_database(url, pool_size=8)
    app.state.config = SimpleNamespace(upload_max_bytes=limit)
    app.state.origin = ORIGIN
    app.state.reference = index
    app.state.aliases = ReferenceAliases(index)
    app.state.blobs = DatabaseBlobs()
    app.state.record_acts = record_acts
    problems.install(app)
    access.install(app)
    routes.install(app)
    app.include_router(routes.router)
    app.include_router(routes_uploads.router)
    return app


@dataclass
class Service:
    """Asks as one of its people: `contributor`, `reviewer`, `stranger`, `publisher`; None is nobody."""

    url: str
    engine: AsyncEngine
    client: httpx.AsyncClient
    keys: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, who: str | None = "contributor", **more: Any
    ) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.keys[who]}"
        return await self.client.request(method, path, headers=headers, **more)

    async def send(
        self,
        data: bytes,
        number: str = "1",
        who: str | None = "contributor",
        name: str = "factors.ndjson",
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        """Upload `data` for a release of the trial dataset."""
        return await self.ask(
            "POST",
            f"{RELEASE}/{number}/upload",
            who,
            params=query,
            headers=headers or {},
            files={"file": (name, data, "application/octet-stream")},
        )

    async def draft(self, number: str = "1", who: str = "contributor") -> dict[str, Any]:
        found: dict[str, Any] = (await self.ask("GET", f"{RELEASE}/{number}/draft", who)).json()
        return found

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with snapshot(self.engine) as connection:
            return list((await connection.execute(text(statement), values)).all())

    async def run(self, statement: str, **values: Any) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(text(statement), values)

    async def somebody(self, name: str, role: str | None, dataset: str = DATASET) -> str:
        """Make a person; their id."""
        async with transaction(self.engine) as connection:
            person = str((await service.create_principal(connection, name, "person")).row.id)
            if role is not None:
                await service.grant(connection, person, role, None, dataset)
            secret = (await service.create_key(connection, person, 30)).secret
        assert secret is not None
        self.keys[name] = secret
        return person


@asynccontextmanager
async def service_on(url: str, limit: int = 20_000_000) -> AsyncIterator[Service]:
    engine = make_engine(url, pool_size=4)
    index = await publish_reference(engine, REPOSITORY / "seed_data" / "reference", ORIGIN)
    app = build(url, index, limit)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service", timeout=60) as client:
        made = Service(url, engine, client)
        for name, role in (("contributor", "contributor"), ("reviewer", "reviewer"), ("stranger", None)):
            await made.somebody(name, role)
        yield made
    await app.state.database.close()
    await engine.dispose()


ABOUT = {
    "sheet": "dataset",
    "dataset": DATASET,
    "name_zh": "试验数据集",
    "name_en": "Trial dataset",
    "description_zh": "用于测试",
    "description_en": "For tests",
    "publisher_zh": "某协会",
    "publisher_en": "Some association",
    "rights_holder_zh": "某协会",
    "rights_holder_en": "Some association",
    "maintainer_zh": "某协会",
    "maintainer_en": "Some association",
    "contributor_zh": "某公司",
    "contributor_en": "Some company",
    "access_class": "public",
    "year_rule": "data_year",
    "licence_id": "CC0-1.0",
    "licence_terms_zh": "公有领域",
    "licence_terms_en": "Public domain",
    "layer": "sector",
    "sector": "electricity",
    "reason_zh": "首次发布",
    "reason_en": "first release",
}
SOURCE = {"sheet": "sources", "id": "report", "title": "A report", "publisher": "Some association"}


def factor(key: str, value: str = "0.5580", **fields: Any) -> dict[str, Any]:
    """One row as NDJSON has it."""
    return {
        "key": key,
        "name_zh": f"试验 {key}",
        "name_en": f"Trial {key}",
        "record_type": "grid_emission_factor",
        "activity": "electricity.grid",
        "region": "CN",
        "year": "2023",
        "gas_basis": "single_gas",
        "gas": "CO2",
        "value": value,
        "unit": "kg CO2 / kWh",
        "boundary": "generation",
        "variant": "average",
        "source": "report",
        "locator": "p. 1",
        **fields,
    }


def lines(*rows: dict[str, Any], about: dict[str, Any] | None = None) -> bytes:
    """An NDJSON file of the dataset's description, one source and these rows."""
    every = [ABOUT if about is None else about, SOURCE, *rows]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in every).encode() + b"\n"
