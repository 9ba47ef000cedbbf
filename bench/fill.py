"""Publish generated factors through the real freeze and publish: `python -m bench.fill < job.json`.

A process of its own, so that its peak memory is that of publishing. Says on standard error how far it is, and
on standard output what each release took, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import psutil  # type: ignore[import-untyped]
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.catalog import publishing
from app.catalog.models import CatalogRow, FactorVersion
from app.catalog.publishing import Edition
from app.catalog.rules import Substance, substance_of
from app.catalog.search_aliases import ReferenceAliases
from app.config import REPOSITORY
from app.kit.db import make_engine, snapshot, transaction
from app.reference.index import ReferenceIndex
from app.reference.tables import load_tables
from bench.generate import Place, Stock, dataset_name, generate

ORIGIN: Final = "factorbase.localhost"
SAMPLE: Final = 4000
TEXT: Final = {
    "zh": "生成的测试数据，数值均为虚构",
    "en": "generated for measuring; the figures are invented",
}


@dataclass(frozen=True)
class Job:
    """Datasets to publish in the database `url`: `first`, `first` + 1, ... of these sizes."""

    url: str
    first: int
    sizes: list[int]


@dataclass(frozen=True)
class Filled:
    """One release, in seconds. `making` is the time spent on inventing the factors, which is not in `freeze`.

    `processor` is what of `freeze` this process computed itself; the rest it waited.
    """

    factors: int
    making: float
    freeze: float
    publish: float
    processor: float


class Source:
    """Iterates over factors and keeps the time that making them took."""

    def __init__(self, factors: Iterator[Substance]) -> None:
        self.factors, self.seconds = factors, 0.0

    def __iter__(self) -> Iterator[Substance]:
        while True:
            begin = time.perf_counter()
            factor = next(self.factors, None)
            self.seconds += time.perf_counter() - begin
            if factor is None:
                return
            yield factor


async def fill(job: Job) -> dict[str, Any]:
    index = ReferenceIndex(load_tables(REPOSITORY / "seed_data" / "reference"))
    aliases = ReferenceAliases(index)
    engine = make_engine(job.url, pool_size=2)
    async with snapshot(engine) as connection:
        stock = await read_stock(connection, index)
    before = peak_mb()
    done = []
    for number, size in enumerate(job.sizes, job.first):
        done.append(await release(engine, stock, aliases, number, size))
        say(number, done[-1])
    await engine.dispose()
    return {"releases": [asdict(filled) for filled in done], "before_mb": before, "peak_mb": peak_mb()}


async def release(
    engine: AsyncEngine, stock: Stock, aliases: ReferenceAliases, number: int, size: int
) -> Filled:
    """Freeze one dataset in a transaction and publish it in the next, as a review would."""
    source = Source(generate(stock, ORIGIN, number, size))
    begin, processor = time.perf_counter(), time.process_time()
    async with transaction(engine) as connection:
        frozen = await publishing.freeze(connection, edition(number), source, aliases=aliases)
    middle, computed = time.perf_counter(), time.process_time() - processor
    async with transaction(engine) as connection:
        await publishing.publish(connection, frozen.release_id, "bench")
    end = time.perf_counter()
    making = source.seconds
    return Filled(size, making, middle - begin - making, end - middle, max(0.0, computed - making))


async def read_stock(connection: AsyncConnection, index: ReferenceIndex) -> Stock:
    """Seed documents in an order that is neither chance nor any order of theirs: by content hash."""
    defaults = CatalogRow.record_type == "regulatory_default"
    return Stock(
        plain=await _documents(connection, ~defaults),
        defaults=await _documents(connection, defaults),
        places=_places(index.regions.by_code),
    )


async def _documents(connection: AsyncConnection, condition: Any) -> list[Mapping[str, Any]]:
    query = (
        select(FactorVersion.document)
        .join(CatalogRow, CatalogRow.version_id == FactorVersion.id)
        .where(condition, CatalogRow.dataset.not_like("bench-%"))
        .order_by(FactorVersion.content_hash)
        .limit(SAMPLE)
    )
    documents = (await connection.execute(query)).scalars()
    return [substance_of(json.loads(document)) for document in documents]


def _places(regions: Mapping[str, Any]) -> list[Place]:
    """Countries and the provinces of China, which have names in both languages."""
    return [
        (region.code, region.name_zh, region.name_en)
        for region in regions.values()
        if region.kind == "country" or (region.kind == "province" and region.code.startswith("CN-"))
    ]


def edition(number: int) -> Edition:
    return Edition(
        dataset=dataset_name(number),
        number="2024.1",
        policy="transcription",
        metadata={
            **dict.fromkeys(("name", "description", "publisher", "rights_holder"), TEXT),
            **dict.fromkeys(("maintainer", "contributor", "reason"), TEXT),
            "licence": {"id": "CC0-1.0", "name": "CC0", "terms": TEXT},
            "access_class": "public",
            "layer": "international",
            "sector": "multi",
            "year_rule": "data_year",
        },
        reason=TEXT,
        sources={},
    )


def peak_mb() -> float:
    """Peak resident memory of this process in MB; where the system does not tell, the present one."""
    memory = psutil.Process().memory_info()
    try:
        import resource
    except ImportError:
        return float(getattr(memory, "peak_wset", memory.rss)) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def say(number: int, filled: Filled) -> None:
    rate = filled.factors / filled.freeze
    took = f"freeze {rate:.0f}/s, publish {filled.publish:.1f} s"
    print(f"  {dataset_name(number)}: {filled.factors} factors, {took}", file=sys.stderr, flush=True)


async def vacuum(url: str) -> None:
    """What autovacuum and the checkpointer would have done a few minutes later."""
    engine = make_engine(url, role=None, pool_size=1, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM (ANALYZE)"))
        await connection.execute(text("CHECKPOINT"))
    await engine.dispose()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(fill(Job(**json.load(sys.stdin))))))
