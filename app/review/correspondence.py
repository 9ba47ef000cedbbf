"""What is said about a release: comments with replies and resolutions, and who is at work. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import publishing
from app.intake import drafts
from app.journal import service as journal
from app.journal.service import Act, Basis
from app.kit.canonical import canonical_bytes, sha256_hex
from app.kit.errors import Conflict, NotFound, Unprocessable
from app.kit.grammar import is_key
from app.review import repository
from app.review.acts import By
from app.review.facts import roles_of
from app.review.rules import (
    ABANDONED,
    IN_REVIEW,
    PUBLISHED,
    REJECTED,
    TAKES_PART,
    role_missing,
)

CLOSED = (PUBLISHED, REJECTED, ABANDONED)


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment to be: about the release, a factor (key) or a field of it (a JSON pointer); or a reply."""

    text: str
    target: str = "release"
    key: str | None = None
    field: str | None = None
    parent: int | None = None


async def write(
    connection: AsyncConnection, by: By, dataset: str, number: str, remark: Remark
) -> tuple[dict[str, Any], Basis]:
    """Put a comment on record.

    Raises NotFound `draft_not_found`, `comment_not_found`, Forbidden `role_missing`, Conflict `record_closed`,
    Unprocessable `invalid_target`, `unknown_factor`.
    """
    draft = await _open(connection, by, dataset, number)
    target = await _target(connection, draft, remark)
    last = await repository.last_round(connection, draft.id)
    row = await repository.insert_comment(
        connection,
        {
            "draft": draft.id,
            "round": 0 if last is None else last.round,
            "text": remark.text,
            "written_by": by.asker.principal,
            **target,
        },
    )
    digest = sha256_hex(canonical_bytes({**target, "text": remark.text}))
    basis = await _record(connection, by, draft, "comment", {"comment": row.id, **target}, digest)
    return comment_item(row, by.asker.principal), basis


async def resolve(
    connection: AsyncConnection, by: By, dataset: str, number: str, comment_id: int, note: str | None
) -> tuple[dict[str, Any], Basis]:
    """Settle a thread: whoever began it may, and any reviewer.

    Raises NotFound `draft_not_found`, `comment_not_found`, Forbidden `role_missing`, Conflict `record_closed`,
    `already_resolved`, Unprocessable `not_a_thread`.
    """
    draft = await _open(connection, by, dataset, number)
    found = await _comment(connection, draft, comment_id)
    if found.parent is not None:
        raise Unprocessable(
            "not_a_thread",
            "A reply is settled with the comment that it answers.",
            "回复随其所答复的意见一并处理。",
            valid_values=[found.parent],
        )
    roles = await roles_of(connection, by.asker, dataset)
    if found.written_by != by.asker.principal and "reviewer" not in roles:
        raise role_missing(("reviewer",))
    if not await repository.resolve(connection, comment_id, by.asker.principal, note):
        raise Conflict("already_resolved", "This comment is settled already.", "该意见已处理。")
    basis = await _record(connection, by, draft, "resolve", {"comment": comment_id, "note": note}, None)
    row = await _comment(connection, draft, comment_id)
    return comment_item(row, by.asker.principal), basis


async def claim(
    connection: AsyncConnection, by: By, dataset: str, number: str
) -> tuple[dict[str, Any], Basis]:
    """Say that one is at work on a release in review, for a week; it binds nobody else.

    Raises NotFound `draft_not_found`, Forbidden `role_missing`, Conflict `wrong_state`.
    """
    draft = await _reviewed(connection, by, dataset, number)
    row = await repository.claim(connection, draft.id, by.asker.principal)
    basis = await _record(connection, by, draft, "claim", {}, draft.release_hash)
    return claim_item(row, by.asker.principal), basis


async def give_up(connection: AsyncConnection, by: By, dataset: str, number: str) -> Basis:
    """Take the claim back. Raises NotFound `draft_not_found`, `claim_not_found`, Forbidden `role_missing`."""
    draft = await drafts.seen(connection, by.asker, dataset, number)
    if not await repository.give_up(connection, draft.id, by.asker.principal):
        raise NotFound("claim_not_found", "You have no claim on this release.", "您未认领该版本。")
    return await _record(connection, by, draft, "unclaim", {}, draft.release_hash)


def comment_item(row: Any, asker: str) -> dict[str, Any]:
    """A comment as answers show it; `mine` is relative to the asker."""
    resolved_by = getattr(row, "resolved_by", None)
    return {
        "id": row.id,
        "round": row.round,
        "parent": row.parent,
        "target": row.target,
        "key": row.key,
        "field": row.field,
        "text": row.text,
        "by": row.written_by,
        "mine": row.written_by == asker,
        "at": row.written_at.isoformat(),
        "resolved": None
        if resolved_by is None
        else {"by": resolved_by, "at": row.resolved_at.isoformat(), "note": row.note},
    }


def claim_item(row: Any, asker: str) -> dict[str, Any]:
    return {
        "principal": row.principal,
        "mine": row.principal == asker,
        "claimed_at": row.claimed_at.isoformat(),
        "until": row.until.isoformat(),
    }


async def _open(connection: AsyncConnection, by: By, dataset: str, number: str) -> Any:
    """The draft, for somebody who takes part in its review, while its record is open."""
    draft = await drafts.seen(connection, by.asker, dataset, number)
    if not await roles_of(connection, by.asker, dataset) & TAKES_PART:
        raise role_missing(sorted(TAKES_PART))
    if draft.state in CLOSED:
        raise Conflict(
            "record_closed",
            f"This release is {draft.state}; its record is closed.",
            f"该版本状态为 {draft.state}，评审记录已关闭。",
            state=draft.state,
        )
    return draft


async def _reviewed(connection: AsyncConnection, by: By, dataset: str, number: str) -> Any:
    draft = await drafts.seen(connection, by.asker, dataset, number)
    if "reviewer" not in await roles_of(connection, by.asker, dataset):
        raise role_missing(("reviewer",))
    if draft.state != IN_REVIEW:
        raise Conflict(
            "wrong_state",
            f"Only a release in review is claimed; this one is {draft.state}.",
            f"只能认领评审中的版本；该版本状态为 {draft.state}。",
            valid_values=[IN_REVIEW],
            state=draft.state,
        )
    return draft


async def _comment(connection: AsyncConnection, draft: Any, comment_id: int) -> Any:
    found = await repository.comment(connection, draft.id, comment_id)
    if found is None:
        raise NotFound(
            "comment_not_found", f"There is no comment {comment_id} here.", f"此处没有意见 {comment_id}。"
        )
    return found


async def _target(connection: AsyncConnection, draft: Any, remark: Remark) -> dict[str, Any]:
    """What the comment is about; a reply is about what its thread is about."""
    if remark.parent is not None:
        found = await _comment(connection, draft, remark.parent)
        thread = found.id if found.parent is None else found.parent
        return {"parent": thread, "target": found.target, "key": found.key, "field": found.field}
    wants = {"release": (False, False), "factor": (True, False), "field": (True, True)}
    if wants.get(remark.target) != (remark.key is not None, remark.field is not None):
        raise Unprocessable(
            "invalid_target",
            "A comment on the release names no key, one on a factor its key, one on a field key and field.",
            "针对版本的意见不含 key，针对因子的须含 key，针对字段的须含 key 和 field。",
            parameter="target",
            valid_values=list(wants),
        )
    if remark.key is not None and not await _is_factor(connection, draft, remark.key):
        raise Unprocessable(
            "unknown_factor",
            f"This release has no factor {remark.key!r}.",
            f"该版本没有因子 {remark.key!r}。",
            parameter="key",
        )
    return {"parent": None, "target": remark.target, "key": remark.key, "field": remark.field}


async def _is_factor(connection: AsyncConnection, draft: Any, key: str) -> bool:
    """Once frozen, the catalogue knows its keys; before that any well-formed key may be talked about."""
    if not is_key(key):
        return False
    return draft.release_id is None or await publishing.knows_key(connection, draft.dataset, key)


async def _record(
    connection: AsyncConnection, by: By, draft: Any, verb: str, said: Mapping[str, Any], digest: str | None
) -> Basis:
    act = Act(
        f"dataset:release:{verb}",
        f"{draft.dataset}/releases/{draft.number}",
        digest,
        {**by.details, **said},
    )
    return await journal.append(connection, journal.prepare([act]))
