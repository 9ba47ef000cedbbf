"""A draft: what it holds, who may know of it, how its state moves, and how it becomes a frozen release."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.rules import Asker, Role, require
from app.catalog import editions, publishing
from app.catalog.publishing import Edition, Frozen, Progress
from app.catalog.rules import Substance, substance_of
from app.catalog.search_aliases import NO_ALIASES, Aliases
from app.intake import repository, repository_attachments
from app.kit.errors import Conflict, NotFound, Unprocessable

EDITABLE: Final = ("draft", "changes_requested")
SEES_DRAFTS: Final[tuple[Role, ...]] = (
    "contributor",
    "steward",
    "reviewer",
    "publisher",
    "auditor",
    "admin",
)
"""Roles of a dataset to which its unpublished releases are known; to others they are hidden (404)."""
BATCH: Final = 2000
CARRY: Final = "carry_forward"


async def find(connection: AsyncConnection, dataset: str, number: str) -> Any:
    """The draft of this release, the newest where earlier ones were given up. Raises NotFound `draft_not_found`."""
    found = await repository.open_draft(connection, dataset, number)
    found = found or await repository.last_draft(connection, dataset, number)
    if found is None:
        raise not_found(dataset, number)
    return found


def not_found(dataset: str, number: str) -> NotFound:
    return NotFound(
        "draft_not_found",
        f"There is no draft of {dataset} {number}.",
        f"没有 {dataset} {number} 的草稿。",
    )


async def maintained_by(connection: AsyncConnection, dataset: str) -> str | None:
    """The organisation (its slug) that the last release names as the maintainer, for grants of organisations."""
    last = await editions.last_release(connection, dataset)
    maintainer = {} if last is None else last.metadata.get("maintainer") or {}
    slug = maintainer.get("id")
    return slug if isinstance(slug, str) else None


async def may_see(connection: AsyncConnection, asker: Asker | None, dataset: str) -> bool:
    """Whether drafts of `dataset` are known to the asker."""
    if asker is None:
        return False
    if any(asker.has(role, dataset) for role in SEES_DRAFTS):
        return True
    organisation = await maintained_by(connection, dataset)
    return organisation is not None and any(asker.has(role, dataset, organisation) for role in SEES_DRAFTS)


async def seen(connection: AsyncConnection, asker: Asker | None, dataset: str, number: str) -> Any:
    """The draft, for those who may know of it. Raises NotFound `draft_not_found` for all others."""
    if not await may_see(connection, asker, dataset):
        raise not_found(dataset, number)
    return await find(connection, dataset, number)


async def contributor(connection: AsyncConnection, asker: Asker | None, dataset: str) -> Asker:
    """The asker, if a contributor of `dataset`. Raises Unauthorised, Forbidden `role_missing`."""
    return require(asker, "contributor", dataset, await maintained_by(connection, dataset))


async def move(connection: AsyncConnection, draft_id: int, expected: Collection[str], to: str) -> bool:
    """Compare and set the state: whether it was one of `expected` and is `to` now. Its revision goes up."""
    return await repository.change_draft(connection, draft_id, list(expected), None, state=to) is not None


async def change(connection: AsyncConnection, draft: Any, by: str, **values: Any) -> Any:
    """The draft, changed by `by`. Raises Conflict `draft_in_review` (or `draft_closed`), `draft_changed`."""
    changed = await repository.change_draft(connection, draft.id, EDITABLE, draft.revision, by, **values)
    if changed is None:
        check_editable(await repository.draft_by_id(connection, draft.id))
        raise draft_changed()
    return changed


def check_editable(draft: Any) -> None:
    """Raises Conflict `draft_in_review`, or `draft_closed` once it was published or given up."""
    if draft.state in ("in_review", "approved"):
        raise Conflict(
            "draft_in_review",
            f"Release {draft.number} of {draft.dataset} is in review; ask for changes, or abandon it, first.",
            f"{draft.dataset} 的版本 {draft.number} 正在评审；请先退回修改或放弃。",
            state=draft.state,
        )
    if draft.state not in EDITABLE:
        raise Conflict(
            "draft_closed",
            f"This draft is {draft.state} and cannot change.",
            f"该草稿状态为 {draft.state}，不可更改。",
            state=draft.state,
        )


def draft_changed() -> Conflict:
    return Conflict(
        "draft_changed",
        "The draft was changed by another act in the meantime; look at it and try again.",
        "草稿在此期间已被另一操作更改；请查看后重试。",
    )


async def metadata(connection: AsyncConnection, draft: Any) -> dict[str, Any]:
    """What the release says of its dataset: the file's statements, and over them what was stated by hand."""
    stated = {} if draft.upload is None else (await repository.about(connection, draft.upload)).metadata
    return {**stated, **draft.metadata}


async def freeze(
    connection: AsyncConnection,
    draft: Any,
    aliases: Aliases = NO_ALIASES,
    on_progress: Progress | None = None,
) -> Frozen:
    """Write the draft's release, invisible and final, and remember it in the draft (state is not touched).

    A delta goes over the factors of the last release; factors of it that a full upload does not carry come
    along where the contributor said so. Raises Unprocessable `nothing_to_freeze`, and as publishing.freeze.
    """
    if draft.upload is None:
        raise Unprocessable("nothing_to_freeze", "The draft has no factors yet.", "草稿中还没有因子。")
    about = await metadata(connection, draft)
    content = await repository.about(connection, draft.upload)
    edition = Edition(
        dataset=draft.dataset,
        number=draft.number,
        policy=draft.policy,
        metadata=about,
        reason=about.get("reason") or {"zh": "", "en": ""},
        sources=content.sources,
        attachments=await manifest_attachments(connection, draft),
        explanations=await manifest_explanations(connection, draft),
    )
    factors = await substances(connection, draft)
    frozen = await publishing.freeze(connection, edition, factors, aliases, on_progress)
    await repository.note_release(connection, draft.id, frozen.release_id, frozen.release_hash)
    return frozen


async def thaw(connection: AsyncConnection, draft: Any) -> None:
    """Take back the frozen release of the draft, if there is one; nothing to do otherwise."""
    current = await repository.draft_by_id(connection, draft.id)
    if current.release_id is not None:
        await repository.note_release(connection, draft.id, None, None)
        await publishing.discard(connection, current.release_id)


async def manifest_attachments(connection: AsyncConnection, draft: Any) -> list[list[str]]:
    """[sha256, kind, access class, name] of each attachment, in the order of the hashes."""
    rows = await repository_attachments.of_draft(connection, draft)
    return [[row.sha256, row.kind, row.access_class, row.name] for row in rows]


async def manifest_explanations(connection: AsyncConnection, draft: Any) -> list[list[str]]:
    """[finding, text, who] of each explanation that still holds, in the order of the findings."""
    rows = await repository.explanations(connection, draft)
    return [[row.identity, row.text, row.explained_by] for row in rows]


async def substances(connection: AsyncConnection, draft: Any) -> Iterator[Substance]:
    """The factors of the release to be, parsed one by one; their bytes are read here, in batches."""
    own = await _own(connection, draft)
    base: list[Substance] = []
    if draft.mode == "delta" or CARRY in draft.answers.values():
        keep = _kept(draft, own)
        documents = editions.carried_documents(connection, draft.dataset)
        base = [substance_of(document) async for document in documents if keep(document["key"])]
    return _chained(base, own.values())


def _chained(base: Sequence[Substance], own: Iterable[bytes]) -> Iterator[Substance]:
    yield from base
    for data in own:
        yield orjson.loads(data)


async def _own(connection: AsyncConnection, draft: Any) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    after = ""
    while True:
        rows = await repository.substances_after(connection, draft.upload, after, BATCH)
        found.update(rows)
        if len(rows) < BATCH:
            return found
        after = rows[-1][0]


def _kept(draft: Any, own: Mapping[str, bytes]) -> Any:
    """Which factors of the last release come along."""
    default = CARRY if draft.mode == "delta" else draft.answers.get("*")

    def keep(key: str) -> bool:
        return key not in own and draft.answers.get(key, default) == CARRY

    return keep


async def to_retire(connection: AsyncConnection, draft: Any) -> list[str]:
    """Keys of the last release that are to be retired when this one is published."""
    if "retire" not in draft.answers.values():
        return []
    gone = await gone_keys(connection, draft)
    default = draft.answers.get("*")
    return [key for key in gone if draft.answers.get(key, default) == "retire"]


async def gone_keys(connection: AsyncConnection, draft: Any) -> list[str]:
    """Factors of the last release that the upload does not have; none for a delta."""
    if draft.mode == "delta" or draft.upload is None:
        return []
    own = {key for key, _ in await repository.factor_hashes(connection, draft.upload)}
    last = await editions.published_factors(connection, draft.dataset)
    return sorted(key for key, version in last.items() if version.carried and key not in own)
