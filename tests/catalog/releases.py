"""Small datasets made by hand, published through the code that publishes everything."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog.publishing import Edition, Frozen, freeze, publish
from app.catalog.rules import Substance, identify
from app.journal.service import Basis
from app.kit.db import transaction

ORIGIN = "factorbase.localhost"
TEXT = {"zh": "试验", "en": "trial"}


def substance(key: str, value: str = "1.0", dataset: str = "trial-set", **fields: Any) -> Substance:
    stated = {
        "series": key.rsplit(".", 1)[0],
        "record_type": "lifecycle_factor",
        "name": {"zh": f"试验因子 {key}", "en": f"Trial factor {key}"},
        "activity": "electricity.grid",
        "sector": "electricity",
        "region": "CN",
        "year": 2023,
        "year_rule": "data_year",
        "gas_basis": "co2e",
        "gas": "CO2e",
        "value": value,
        "value_published": value,
        "unit": "kg{CO2e}/kWh",
        "unit_published": "kg CO2e / kWh",
        "boundary": "cradle_to_gate",
        "licence": {"id": "CC0-1.0", "terms": TEXT},
        "publisher": TEXT,
        "sources": [],
        **fields,
    }
    return identify(ORIGIN, dataset, key, stated)


def edition(number: str, dataset: str = "trial-set") -> Edition:
    about = dict.fromkeys(("name", "description", "publisher", "rights_holder"), TEXT)
    return Edition(dataset, number, "transcription", about, {"zh": "更新", "en": "update"}, {})


async def frozen(
    engine: AsyncEngine, number: str, factors: list[Substance], dataset: str = "trial-set"
) -> Frozen:
    async with transaction(engine) as connection:
        return await freeze(connection, edition(number, dataset), factors)


async def published(
    engine: AsyncEngine, number: str, factors: list[Substance], dataset: str = "trial-set"
) -> Basis:
    async with transaction(engine) as connection:
        done = await freeze(connection, edition(number, dataset), factors)
        return await publish(connection, done.release_id, "seed")
