"""Reads of the catalogue as the routes need them: at a basis, with a clear refusal where there is nothing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import reads, withdrawing
from app.catalog.conditions import Filters, Moment, in_release
from app.catalog.items import Status, Version, moment, status_block
from app.catalog.one import versions_of
from app.journal import service as journal
from app.kit.errors import Invalid, NotFound
from app.kit.grammar import is_dataset, is_key, is_release

REVIEW_TYPES: Final = {
    "transcription": "not reviewed",
    "standard": "independent external",
    "panel": "independent panel",
}
"""What kind of review each policy asks for (req 45)."""


async def moment_of(connection: AsyncConnection, basis: int | None, known_on: str | None) -> Moment:
    """The basis that `basis=` or `known_on=` names, else the newest. Raises Invalid, see journal.service.

    Effective dates count up to the time of the basis, or up to the date that `known_on` names; for a question
    that names neither, up to now.
    """
    if basis is not None and known_on is not None:
        raise Invalid(
            "basis_and_known_on",
            "Give either basis or known_on, not both.",
            "basis 与 known_on 只能给出其中之一。",
            parameter="known_on",
        )
    newest = await journal.current_basis(connection)
    if basis is not None:
        found = await journal.basis_at(connection, basis)
        return await _moment(connection, found.size, found.at, newest)
    now = max(datetime.now(UTC), newest.at)
    if known_on is None:
        return await _moment(connection, newest.size, now, newest)
    day = _day(known_on)
    found = await journal.basis_known_on(connection, day)
    return await _moment(connection, found.size, max(min(_end_of(day), now), found.at), newest)


async def _moment(connection: AsyncConnection, size: int, at: datetime, newest: journal.Basis) -> Moment:
    if size != newest.size:
        return Moment(size, at, newest=False)
    return Moment(size, at, newest=True, due=await reads.is_due(connection, at))


def _day(text: str) -> date | datetime:
    when = _parsed(text)
    latest = datetime.now(UTC)
    if (when > latest) if isinstance(when, datetime) else (when > latest.date()):
        raise Invalid(
            "known_on_in_future",
            f"{text} lies in the future; what will be known then cannot be told.",
            f"{text} 是将来的日期，尚无从得知。",
            parameter="known_on",
        )
    return when


def _parsed(text: str) -> date | datetime:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        when = datetime.fromisoformat(text.replace(" ", "+"))
        return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            "invalid_date",
            f"{text!r} is not a date.",
            f"{text!r} 不是有效日期。",
            parameter="known_on",
            valid_values=["2025-03-31", "2025-03-31T12:00:00Z"],
        ) from None


def _end_of(day: date | datetime) -> datetime:
    if isinstance(day, datetime):
        return day
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1, microseconds=-1)


async def check_dataset(connection: AsyncConnection, filters: Filters) -> None:
    """Raises Invalid `unknown_dataset` with the nearest names."""
    if filters.dataset is None:
        return
    names = await reads.dataset_names(connection)
    if filters.dataset not in names:
        near = difflib.get_close_matches(filters.dataset, names, n=5, cutoff=0.4)
        raise Invalid(
            "unknown_dataset",
            f"There is no dataset {filters.dataset!r}.",
            f"没有数据集 {filters.dataset!r}。",
            parameter="dataset",
            valid_values=near or names[:50],
        )


async def get_version(
    connection: AsyncConnection, at: Moment, dataset: str, key: str, n: int | None = None
) -> Version:
    """Version n of a factor, or the current one. Raises NotFound `factor_not_found`, `version_not_found`."""
    versions = await get_history(connection, at, dataset, key)
    if n is None:
        return versions[-1]
    for version in versions:
        if version.n == n:
            return version
    raise NotFound(
        "version_not_found",
        f"{dataset}/{key} has no version {n}.",
        f"{dataset}/{key} 没有第 {n} 版。",
        parameter="n",
        valid_values=[version.n for version in versions],
    )


async def get_history(connection: AsyncConnection, at: Moment, dataset: str, key: str) -> list[Version]:
    """All versions, oldest first. Raises NotFound `factor_not_found`."""
    versions = []
    if is_dataset(dataset) and is_key(key):
        versions = await versions_of(connection, at, dataset, key)
    if not versions:
        raise NotFound(
            "factor_not_found", f"There is no factor '{dataset}/{key}'.", f"没有因子 '{dataset}/{key}'。"
        )
    return versions


async def get_document(connection: AsyncConnection, digest: str) -> bytes:
    """The bytes with this content hash. Raises NotFound `document_not_found`."""
    found = await reads.by_hash(connection, digest)
    if found is None:
        raise NotFound(
            "document_not_found",
            f"No published document has the hash {digest}.",
            f"没有哈希为 {digest} 的文档。",
        )
    return found


async def get_series(connection: AsyncConnection, at: Moment, dataset: str, name: str) -> list[Version]:
    """The periods of one thing, newest first. Raises NotFound `series_not_found`."""
    found = []
    if is_dataset(dataset) and is_key(name):
        found = await reads.series(connection, at, dataset, name)
    if not found:
        raise NotFound(
            "series_not_found", f"There is no series '{dataset}/{name}'.", f"没有序列 '{dataset}/{name}'。"
        )
    return found


async def get_releases(connection: AsyncConnection, at: Moment, dataset: str) -> list[Any]:
    """Published releases, newest first. Raises NotFound `dataset_not_found`."""
    found = await reads.releases(connection, at, dataset) if is_dataset(dataset) else []
    if not found:
        raise NotFound("dataset_not_found", f"There is no dataset {dataset!r}.", f"没有数据集 {dataset!r}。")
    return found


async def get_release(connection: AsyncConnection, at: Moment, dataset: str, number: str) -> Any:
    """One published release. Raises NotFound `dataset_not_found`, `release_not_found`."""
    releases = await get_releases(connection, at, dataset)
    for release in releases:
        if is_release(number) and release.number == number:
            return release
    raise NotFound(
        "release_not_found",
        f"{dataset} has no release {number!r}.",
        f"{dataset} 没有版本 {number!r}。",
        parameter="release",
        valid_values=[release.number for release in releases],
    )


async def release_page(
    connection: AsyncConnection, at: Moment, release: Any, after: list[Any] | None, limit: int
) -> list[Version]:
    """The factors that a release carries, in the order of lists."""
    return await reads.page(connection, at, in_release(release), after, limit)


async def standings(connection: AsyncConnection, at: Moment, releases: Sequence[Any]) -> dict[int, Status]:
    """The status of each release at the basis, by id."""
    return await withdrawing.release_standings(connection, releases, at.size, at.at)


def release_item(release: Any, status: Status) -> dict[str, Any]:
    """A release as lists show it."""
    about = orjson.loads(release.metadata_document)
    path = f"/v1/datasets/{release.dataset}/releases/{release.number}"
    return {
        "dataset": release.dataset,
        "release": release.number,
        "status": status.status,
        "status_detail": status_block(status),
        "published_at": moment(release.published_at),
        "position": release.published_position,
        "policy": release.policy,
        "review": REVIEW_TYPES.get(release.policy),
        "release_hash": release.release_hash,
        "base_release_hash": release.base_release_hash,
        "factor_count": release.factor_count,
        "added": release.added_count,
        "changed": release.changed_count,
        "reason": about.get("reason"),
        "links": {
            "self": path,
            "factors": f"{path}/factors",
            "download": f"{path}/download?format=csv",
            "manifest": f"{path}/manifest",
        },
    }


def dataset_item(release: Any) -> dict[str, Any]:
    """A dataset as its newest release describes it."""
    about = orjson.loads(release.metadata_document)
    path = f"/v1/datasets/{release.dataset}"
    return {
        "dataset": release.dataset,
        **{name: about.get(name) for name in ("name", "description", "publisher", "rights_holder")},
        **{name: about.get(name) for name in ("maintainer", "contributor", "licence", "access_class")},
        **{name: about.get(name) for name in ("layer", "sector", "year_rule")},
        "latest_release": release.number,
        "factor_count": release.factor_count,
        "policy": release.policy,
        "published_at": moment(release.published_at),
        "links": {
            "self": path,
            "releases": f"{path}/releases",
            "factors": f"/v1/factors?dataset={release.dataset}",
        },
    }


async def get_source(connection: AsyncConnection, key: str) -> bytes | None:
    return await reads.source(connection, key)
