"""What is asked: requests made of what the database holds, and the queries of the search tests."""

from __future__ import annotations

import csv
import http.client
import json
import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog.conditions import Filters
from app.catalog.listing import Asked
from app.catalog.models import CatalogRow, FactorVersion
from app.config import REPOSITORY
from app.journal import service as journal
from app.kit.db import snapshot
from app.kit.pages import write_cursor
from bench.load import Target

HOT: Final = 2000
COLD: Final = 60_000
QUERIES: Final = REPOSITORY / "tests" / "catalog" / "search_queries.csv"
WORST: Final = (
    "CO2",
    "碳",
    "排放",
    "排放因子",
    "CO2e emission factor",
    "default",
    "默认值",
    "电",
    "中国",
    "China 2024",
    "2023",
    "steel",
    "plant no",
    "combustion natural gas boiler",
    "水泥 钢铁 化工 能源",
    "diesle truk",
    "elektrisity gird chian",
    "road freight diesel heavy goods vehicle average laden China 2022",
    "全国 火电 平均 二氧化碳 排放 因子 2022 年 生态环境部",
    "zzqxw vvkkj",
)


@dataclass(frozen=True)
class Row:
    """A version that can be asked for."""

    ref: str
    n: int
    content_hash: str
    activity: str
    region: str

    @property
    def path(self) -> str:
        return f"/v1/factors/{self.ref}/versions/{self.n}"


async def sample(engine: AsyncEngine, count: int) -> tuple[list[Row], int]:
    """Up to `count` versions drawn evenly from all, the same at each run, and how many there are."""
    async with snapshot(engine) as connection:
        total = (await connection.execute(select(func.count()).select_from(CatalogRow))).scalar_one()
        query = (
            select(
                CatalogRow.ref,
                CatalogRow.n,
                FactorVersion.content_hash,
                CatalogRow.activity,
                CatalogRow.region,
            )
            .join(FactorVersion, FactorVersion.id == CatalogRow.version_id)
            .order_by(FactorVersion.content_hash)
            .limit(count)
        )
        rows = [Row(*row) for row in await connection.execute(query)]
    random.Random(1).shuffle(rows)
    return rows, total


def lists(rows: Sequence[Row]) -> list[Target]:
    """Pages of 50 by one and by two filters."""
    questions: list[dict[str, str]] = []
    for row in rows[:100]:
        questions += [{"activity": row.activity}, {"region": row.region}]
        questions.append({"activity": row.activity, "region": row.region})
    return [Target("/v1/factors?" + urlencode(question)) for question in questions]


async def deep_pages(engine: AsyncEngine, rows: Sequence[Row]) -> list[Target]:
    """Pages of 50 that go on from anywhere in the list of all factors, as their cursors would."""
    asked = Asked(None, Filters(), (), False, 50, None, "en")
    async with snapshot(engine) as connection:
        basis = await journal.current_basis(connection)
    cursors = (write_cursor(asked.mark, basis.size, [0, row.ref, row.n]) for row in rows[:200])
    return [Target("/v1/factors?" + urlencode({"cursor": cursor})) for cursor in cursors]


def searches() -> tuple[list[Target], int]:
    """Every query of the search tests and the worst ones, and how many are of the tests."""
    asked = list(dict.fromkeys(_test_queries()))
    worst = [(text, "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en") for text in WORST]
    return [_search(text, language) for text, language in (*asked, *worst)], len(asked)


def _test_queries() -> Iterator[tuple[str, str]]:
    """(query, language) of each line."""
    if QUERIES.exists():
        with QUERIES.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["query"], row["language"]


def _search(text: str, language: str) -> Target:
    return Target("/v1/factors?" + urlencode({"query": text}), {"Accept-Language": language})


def write_targets(file: Path, targets: Sequence[Target]) -> Path:
    file.write_text(json.dumps([[target.path, target.headers] for target in targets]))
    return file


def copy_answers(port: int, paths: Sequence[str], file: Path) -> None:
    """Ask the service for `paths` and write its answers for the bare server; it has them hot after this."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with file.open("w", encoding="utf-8") as out:
        for path in paths:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
            headers = [pair for pair in answer.getheaders() if pair[0].lower() not in ("date", "server")]
            out.write(json.dumps([path, headers, body]) + "\n")
        out.write(json.dumps(["/", [["content-length", "0"]], ""]) + "\n")
    connection.close()


async def copy_to_sqlite(engine: AsyncEngine, file: Path) -> None:
    """The same rows for Datasette: one table by ref, with the document as text."""
    target = sqlite3.connect(file)
    target.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; DROP TABLE IF EXISTS factor")
    target.execute("CREATE TABLE factor (ref TEXT PRIMARY KEY, content_hash TEXT, document TEXT)")
    query = (
        select(CatalogRow.ref, FactorVersion.content_hash, FactorVersion.document)
        .join(FactorVersion, FactorVersion.id == CatalogRow.version_id)
        .where(CatalogRow.superseded_in.is_(None))
    )
    async with snapshot(engine) as connection:
        async for part in (await connection.stream(query)).partitions(5000):
            target.executemany("INSERT INTO factor VALUES (?, ?, ?)", [_text_row(row) for row in part])
    target.commit()
    target.close()


def _text_row(row: Any) -> tuple[str, str, str]:
    return row[0], row[1], row[2].decode()


def datasette_path(ref: str, table: str = "/rows/factor") -> str:
    """The JSON of one row; Datasette writes odd characters of a key as ~XX."""
    key = "".join(c if c.isalnum() or c in "_-" else f"~{ord(c):02X}" for c in ref)
    return f"{table}/{key}.json"
