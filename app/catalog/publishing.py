"""The one way a release enters the catalogue: freeze writes it, invisible and final; publish makes it visible.

Freeze does the long work (documents, hashes, search rows) outside any lock. Publish only re-checks, marks
what is superseded, takes the journal's lock last and writes one line per new version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import repository, search_index, withdrawing
from app.catalog.rules import (
    ERRATA_CLASSES,
    Correction,
    NewVersion,
    Plan,
    Substance,
    check_release_number,
    list_rank,
    manifest,
    plan_release,
)
from app.catalog.search_aliases import NO_ALIASES, Aliases
from app.journal import service as journal
from app.journal.service import Act, Basis
from app.kit.canonical import canonical_bytes, sha256_hex
from app.kit.errors import Conflict, NotFound, Unprocessable
from app.kit.grammar import release_order

VERSION_COLUMNS: Final = (
    "id",
    "factor_id",
    "release_id",
    "n",
    "document",
    "content_hash",
    "substance_hash",
)
ROW_COLUMNS: Final = (
    "version_id",
    "factor_id",
    "release_id",
    "status",
    "corrects",
    "rank",
    "ref",
    "n",
    "dataset",
    "series",
    "record_type",
    "activity",
    "sector",
    "region",
    "year",
    "gas_basis",
    "boundary",
    "variant",
    "goods_code",
)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Edition:
    """A release to be: its dataset, number, policy, what it says of itself, and its sources by id.

    `attachments` and `explanations` go into the manifest. `metadata["corrections"]` names, by key, the new
    versions that correct an error: `{"errata_class": ..., "reason": {zh, en}}`.
    """

    dataset: str
    number: str
    policy: str
    metadata: Mapping[str, Any]
    reason: Mapping[str, str]
    sources: Mapping[str, Mapping[str, Any]]
    attachments: Sequence[Any] = ()
    explanations: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Retirement:
    """Keys that the last release carries and this one does not, and that are to be retired with it."""

    keys: Sequence[str] = ()
    reason: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen release: its id and hash, and how many versions are new."""

    release_id: int
    release_hash: str
    added: int
    changed: int
    gone: int


async def freeze(
    connection: AsyncConnection,
    edition: Edition,
    substances: Iterable[Substance],
    aliases: Aliases = NO_ALIASES,
    on_progress: Progress | None = None,
) -> Frozen:
    """Write a release with all its documents, invisible until it is published.

    `aliases` are the names under which people look for regions and activities.

    Raises Unprocessable `release_number_not_ascending`, `unknown_errata_class`, `nothing_to_correct`,
    Conflict `release_exists`, `carries_recalled`.
    """
    await repository.ensure_dataset(connection, edition.dataset)
    base = await repository.last_release(connection, edition.dataset)
    await _check_number(connection, edition, base)
    last = await repository.published_versions(connection, edition.dataset)
    corrections = _corrections(edition)
    plan = plan_release(edition.number, substances, last, edition.reason, on_progress, corrections)
    _check_corrections(corrections, plan)
    await withdrawing.carried_withdrawn(connection, edition.dataset, plan.items)
    base_hash = None if base is None else base.release_hash
    body = manifest(
        edition.dataset,
        edition.number,
        base_hash,
        edition.policy,
        plan.items,
        attachments=edition.attachments,
        explanations=edition.explanations,
    )
    release_id = await _insert_release(connection, edition, plan, body, base_hash)
    written = await _insert_versions(connection, edition.dataset, release_id, plan.new)
    await search_index.write(connection, written, aliases)
    await repository.insert_sources(
        connection, {key: canonical_bytes(dict(source)) for key, source in edition.sources.items()}
    )
    return Frozen(release_id, sha256_hex(body), plan.added, plan.changed, len(plan.gone))


async def publish(
    connection: AsyncConnection,
    release_id: int,
    actor: str | Mapping[str, Any],
    retirement: Retirement = Retirement(),
) -> Basis:
    """Make a frozen release part of the catalogue, with one journal line per new version and one for itself.

    Corrections recall the versions before them in the same transaction. `actor`: a principal, or the members
    that name one in the details of each line. Raises Conflict `already_published`, `carries_recalled`,
    `base_moved` when another release of the dataset came first; NotFound `release_discarded`.
    """
    who = {"actor": actor} if isinstance(actor, str) else actor
    release = await _locked(connection, release_id)
    await _check_base(connection, release)
    items = json.loads(release.manifest)["items"]
    carried = {item[0] for item in items}
    gone = sorted(set(await repository.carried_keys(connection, release.dataset)) - carried)
    retired = sorted(set(retirement.keys) & set(gone))
    changes = await withdrawing.changes_with(connection, release, items, retired, retirement.reason)
    await repository.supersede(connection, release_id)
    await repository.drop(connection, release.dataset, release_id, gone)
    versions = await repository.new_versions(connection, release_id)
    lines = [*withdrawing.acts(changes, who), *_acts(release, versions, who)]
    basis = await journal.append(connection, journal.prepare(lines))
    await withdrawing.write(connection, release.dataset, changes, basis.size - 1, basis.at)
    await repository.mark_published(connection, release_id, basis.size - 1, basis.at)
    return basis


async def discard(connection: AsyncConnection, release_id: int) -> None:
    """Take back a frozen release that was not published: its documents, rows and words. Its number is free again.

    Raises Conflict `already_published`; nothing to do where it is gone already.
    """
    release = await repository.release_by_id(connection, release_id, lock=True)
    if release is None:
        return
    _check_unpublished(release)
    await search_index.forget(connection, release_id)
    await repository.discard_release(connection, release_id)


async def knows_key(connection: AsyncConnection, dataset: str, key: str) -> bool:
    """Whether a release of `dataset`, published or frozen, has named this factor."""
    return bool(await repository.factor_ids(connection, dataset, [key]))


async def frozen_manifest(connection: AsyncConnection, release_id: int) -> tuple[bytes, int]:
    """The manifest of a release, frozen or published, and how many factors it has."""
    release = await repository.release_by_id(connection, release_id)
    assert release is not None
    return release.manifest, release.factor_count


async def damaged(connection: AsyncConnection, release_id: int, release_hash: str) -> str | None:
    """What of a frozen release is not as `release_hash` has it: `manifest`, `documents`, `members`, or nothing."""
    return await repository.damaged(connection, release_id, release_hash)


async def _locked(connection: AsyncConnection, release_id: int) -> Any:
    """The release, with its dataset locked; a release of another dataset is not held up."""
    release = await repository.release_by_id(connection, release_id)
    if release is not None:
        await repository.lock_dataset(connection, release.dataset)
        release = await repository.release_by_id(connection, release_id, lock=True)
    if release is None:
        raise NotFound(
            "release_discarded",
            "This frozen release was taken back.",
            "该冻结版本已被撤回。",
        )
    return release


async def published_metadata(connection: AsyncConnection, dataset: str) -> dict[str, Any] | None:
    """What the newest published release of `dataset` says of itself."""
    last = await repository.last_release(connection, dataset)
    return None if last is None else dict(json.loads(last.metadata_document))


def _acts(release: Any, versions: Sequence[tuple[str, int, str]], who: Mapping[str, Any]) -> list[Act]:
    subject = f"{release.dataset}/releases/{release.number}"
    acts = [
        Act("factor:version:publish", f"{ref}@{n}", digest, {"release": subject, **who})
        for ref, n, digest in versions
    ]
    details = {**who, "policy": release.policy}
    return [*acts, Act("dataset:release:publish", subject, release.release_hash, details)]


def _corrections(edition: Edition) -> dict[str, Correction]:
    """Raises Unprocessable `unknown_errata_class`."""
    found = {}
    for key, said in (edition.metadata.get("corrections") or {}).items():
        if said.get("errata_class") not in ERRATA_CLASSES:
            raise Unprocessable(
                "unknown_errata_class",
                f"{key}: {said.get('errata_class')!r} is not a class of error.",
                f"{key}：{said.get('errata_class')!r} 不是有效的勘误类别。",
                parameter="errata_class",
                valid_values=ERRATA_CLASSES,
            )
        found[key] = Correction(said["errata_class"], said.get("reason"))
    return found


def _check_corrections(corrections: Mapping[str, Correction], plan: Plan) -> None:
    """Raises Unprocessable `nothing_to_correct` for keys that the release brings no further version of."""
    changed = {version.key for version in plan.new if version.predecessor is not None}
    idle = sorted(set(corrections) - changed)
    if idle:
        raise Unprocessable(
            "nothing_to_correct",
            f"These factors have no published version that this release changes: {', '.join(idle[:20])}.",
            f"以下因子没有被本版本更改的已发布版本：{'、'.join(idle[:20])}。",
            parameter="corrections",
            keys=idle[:50],
        )


async def _check_number(connection: AsyncConnection, edition: Edition, base: Any | None) -> None:
    if await repository.release_named(connection, edition.dataset, edition.number) is not None:
        raise Conflict(
            "release_exists",
            f"Release {edition.number} of {edition.dataset} exists already; its content cannot change.",
            f"{edition.dataset} 的版本 {edition.number} 已存在，其内容不可更改。",
        )
    check_release_number(edition.dataset, edition.number, None if base is None else base.number)


def _check_unpublished(release: Any) -> None:
    if release.published_position is not None:
        raise Conflict(
            "already_published",
            f"Release {release.number} is published.",
            f"版本 {release.number} 已发布。",
        )


async def _check_base(connection: AsyncConnection, release: Any) -> None:
    _check_unpublished(release)
    base = await repository.last_release(connection, release.dataset)
    if (None if base is None else base.release_hash) != release.base_release_hash:
        raise Conflict(
            "base_moved",
            f"Another release of {release.dataset} was published since this one was frozen.",
            f"自本版本冻结以来，{release.dataset} 已发布了另一个版本。",
        )


async def _insert_release(
    connection: AsyncConnection, edition: Edition, plan: Plan, body: bytes, base_hash: str | None
) -> int:
    major, minor, patch = release_order(edition.number)
    return await repository.insert_release(
        connection,
        {
            "dataset": edition.dataset,
            "number": edition.number,
            "major": major,
            "minor": minor,
            "patch": patch,
            "policy": edition.policy,
            "metadata_document": canonical_bytes(dict(edition.metadata)),
            "manifest": body,
            "release_hash": sha256_hex(body),
            "base_release_hash": base_hash,
            "factor_count": len(plan.items),
            "added_count": plan.added,
            "changed_count": plan.changed,
        },
    )


async def _insert_versions(
    connection: AsyncConnection, dataset: str, release_id: int, new: Sequence[NewVersion]
) -> list[tuple[int, Mapping[str, Any]]]:
    """Copy the versions and their rows in; returns (version id, document) of each."""
    factor_ids = await _factor_ids(connection, dataset, new)
    version_ids = await repository.reserve_ids(connection, "factor_version", len(new))
    numbered = list(zip(version_ids, factor_ids, new, strict=True))
    await repository.copy_rows(
        connection,
        "factor_version",
        VERSION_COLUMNS,
        (
            (version_id, factor_id, release_id, v.n, v.data, v.content_hash, v.substance_hash)
            for version_id, factor_id, v in numbered
        ),
    )
    rows = (catalog_row(version_id, factor_id, release_id, v) for version_id, factor_id, v in numbered)
    await repository.copy_rows(connection, "catalog_row", ROW_COLUMNS, rows)
    return [(version_id, v.document) for version_id, _, v in numbered]


async def _factor_ids(connection: AsyncConnection, dataset: str, new: Sequence[NewVersion]) -> list[int]:
    """The factor of each version; those that no release has named before are written now."""
    known = {v.key: v.predecessor.factor_id for v in new if v.predecessor is not None}
    first = [version.key for version in new if version.predecessor is None]
    known |= await repository.factor_ids(connection, dataset, first)
    fresh = [key for key in first if key not in known]
    added = dict(zip(fresh, await repository.reserve_ids(connection, "factor", len(fresh)), strict=True))
    rows = ((factor_id, dataset, key) for key, factor_id in added.items())
    await repository.copy_rows(connection, "factor", ("id", "dataset", "key"), rows)
    known |= added
    return [known[version.key] for version in new]


def catalog_row(version_id: int, factor_id: int, release_id: int, version: NewVersion) -> tuple[Any, ...]:
    """The row of `version` in the order of ROW_COLUMNS."""
    document = version.document
    return (
        version_id,
        factor_id,
        release_id,
        "published",
        document["change"].get("errata_class"),
        list_rank(document["record_type"]),
        document["ref"],
        version.n,
        document["dataset"],
        document["series"],
        document["record_type"],
        document["activity"],
        document["sector"],
        document["region"],
        document["year"],
        document["gas_basis"],
        document["boundary"],
        document.get("variant"),
        document.get("goods_code"),
    )
