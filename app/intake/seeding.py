"""Fill the catalogue with the data of `seed_data/`: reference tables first, then each dataset as a release.

Seeds go the way of every release (freeze, publish), by the system principal `seed`. Running it again does
nothing: a folder whose files have the hashes that its last release recorded is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.catalog import publishing
from app.catalog.publishing import Edition
from app.catalog.search_aliases import ReferenceAliases
from app.intake.seed_files import (
    Folder,
    Terms,
    fingerprint,
    folders,
    metadata,
    read_folder,
    substances,
)
from app.journal import service as journal
from app.journal.service import REFERENCE_SUBJECT, Act
from app.kit.db import transaction
from app.kit.errors import Problem, Unprocessable
from app.reference.index import ReferenceIndex
from app.reference.service import store_edition
from app.reference.tables import load_tables

SEED: Final = "seed"


class Progress(Protocol):
    """What a terminal shows: a task's name and size, then how much of it was done."""

    def begin(self, name: str, total: int) -> None: ...

    def advance(self, amount: int) -> None: ...


class Silent:
    """No progress shown."""

    def begin(self, name: str, total: int) -> None: ...

    def advance(self, amount: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a run did: datasets published now, and those that were there already."""

    published: tuple[str, ...]
    unchanged: tuple[str, ...]


class _Look:
    """The reference tables as the loader needs them; the aliases take a moment, so only when they are needed."""

    def __init__(self, index: ReferenceIndex) -> None:
        self.index = index

    @cached_property
    def aliases(self) -> ReferenceAliases:
        return ReferenceAliases(self.index)


async def seed(engine: AsyncEngine, seed_dir: Path, origin: str, progress: Progress | None = None) -> Seeded:
    """Publish what `seed_dir` holds and the catalogue does not; one transaction a dataset.

    Raises Problem for files out of form (code `invalid_seed`, with folder and key) and Conflict
    `release_exists` where a folder's content changed but its release number did not.
    """
    progress = progress or Silent()
    index = await publish_reference(engine, seed_dir / "reference", origin)
    published: list[str] = []
    unchanged: list[str] = []
    look = _Look(index)
    for path in folders(seed_dir):
        done = await _publish_folder(engine, path, origin, look, progress)
        (published if done else unchanged).append(path.name)
    return Seeded(tuple(published), tuple(unchanged))


async def publish_reference(engine: AsyncEngine, folder: Path, origin: str) -> ReferenceIndex:
    """Store the reference tables of `folder` as an edition with a journal line, unless it is the newest."""
    tables = load_tables(folder)
    async with transaction(engine) as connection:
        await journal.claim_origin(connection, origin)
        digest = await store_edition(connection, tables)
        if await journal.last_content_hash(connection, REFERENCE_SUBJECT) != digest:
            act = Act("reference:tables:publish", REFERENCE_SUBJECT, digest, {"actor": SEED})
            await journal.append(connection, journal.prepare([act]))
    return ReferenceIndex(tables)


async def _publish_folder(
    engine: AsyncEngine, path: Path, origin: str, look: _Look, progress: Progress
) -> bool:
    async with transaction(engine) as connection:
        if await _is_published(connection, path):
            return False
        folder = read_folder(path)
        progress.begin(folder.dataset, len(folder.factors))
        edition = _edition(folder)
        rows = _checked(folder, origin, look.index)
        frozen = await publishing.freeze(connection, edition, rows, look.aliases, progress.advance)
        await publishing.publish(connection, frozen.release_id, SEED)
    return True


async def _is_published(connection: AsyncConnection, path: Path) -> bool:
    about = await publishing.published_metadata(connection, path.name)
    return about is not None and bool(about.get("files") == fingerprint(path))


def _edition(folder: Folder) -> Edition:
    about = folder.about
    if folder.dataset != folder.path.name:
        raise _invalid(folder, "dataset.toml", f"id {folder.dataset!r} is not the folder's name")
    return Edition(
        dataset=folder.dataset,
        number=str(about["release"]),
        policy=str(about["policy"]),
        metadata=metadata(folder),
        reason=dict(about["reason"]),
        sources={str(source["id"]): source for source in folder.sources.values()},
    )


def _checked(folder: Folder, origin: str, index: ReferenceIndex) -> Iterator[dict[str, Any]]:
    """The substances of `folder`, each with a region and an activity that the reference tables know."""
    terms = Terms(
        unit=lru_cache(maxsize=4096)(index.from_published),
        sector=lambda code: index.activities.get(code).sector or None,
        classifications=lru_cache(maxsize=4096)(partial(_classifications, index)),
    )
    source = substances(folder, origin, terms)
    for row in folder.factors:
        try:
            substance = next(source)
            index.regions.get(substance["region"])
        except (KeyError, ValueError, Problem) as error:
            raise _invalid(folder, row["key"], str(error)) from error
        yield substance


def _classifications(index: ReferenceIndex, activity: str) -> list[dict[str, str]]:
    pairs = index.activities.get(activity).classifications
    return [{"system": system, "code": code} for system, code in pairs]


def _invalid(folder: Folder, key: str, why: str) -> Problem:
    return Unprocessable(
        "invalid_seed",
        f"{folder.path.name}, {key}: {why}",
        f"{folder.path.name}，{key}：{why}",
        row=key,
    )
