"""The queue of reviews, and the whole record of one: rounds, decisions and correspondence (req 42)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.rules import Asker
from app.intake import drafts, drafts_review
from app.kit.errors import Invalid
from app.review import repository
from app.review.correspondence import claim_item, comment_item
from app.review.facts import relation
from app.review.rules import (
    APPROVED,
    CHANGES_REQUESTED,
    DRAFT_STATES,
    IN_REVIEW,
    MOVES,
    POLICIES,
    approvers,
    may,
)

BATCH: Final = 100
OPEN: Final = (IN_REVIEW, APPROVED, CHANGES_REQUESTED)
"""States of the queue where none is asked for."""
ACTIONS: Final = ("submit", "request_changes", "approve", "reject", "publish", "abandon")


async def queue(
    connection: AsyncConnection, asker: Asker, states: Sequence[str], after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """The next releases in review that the asker may know of, oldest first; and where to go on."""
    seen: dict[str, bool] = {}
    found: list[Any] = []
    while len(found) <= limit:
        batch = await drafts_review.waiting(connection, states, after, BATCH)
        for draft in batch:
            if draft.dataset not in seen:
                seen[draft.dataset] = await drafts.may_see(connection, asker, draft.dataset)
            if seen[draft.dataset]:
                found.append(draft)
        if len(batch) < BATCH:
            break
        after = batch[-1].id
    shown = found[:limit]
    return await _items(connection, asker, shown), shown[-1].id if len(found) > limit else None


async def _items(connection: AsyncConnection, asker: Asker, found: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [draft.id for draft in found]
    counts = await repository.comment_counts(connection, ids)
    claims = await repository.claims(connection, ids)
    items = []
    for draft in found:
        item = await review_item(connection, asker, draft)
        threads, still_open = counts.get(draft.id, (0, 0))
        item["comments"] = {"threads": threads, "open": still_open}
        item["claims"] = [claim_item(row, asker.principal) for row in claims.get(draft.id, [])]
        items.append(item)
    return items


async def one(connection: AsyncConnection, asker: Asker, draft: Any) -> dict[str, Any]:
    """One draft as the queue shows it."""
    return (await _items(connection, asker, [draft]))[0]


async def review_item(connection: AsyncConnection, asker: Asker, draft: Any) -> dict[str, Any]:
    """One release in the queue: how old, how large, how far, and what the asker may do."""
    last = await repository.last_round(connection, draft.id)
    given = [] if last is None else await repository.approvals(connection, draft.id, last.round)
    policy = POLICIES[draft.policy if last is None else last.policy]
    counted = approvers(given, draft.release_hash or "")
    related = await relation(connection, asker, draft)
    facts = related.asker("-")
    path = f"/v1/datasets/{draft.dataset}/releases/{draft.number}"
    since = draft.changed_at if last is None else last.submitted_at
    return {
        "dataset": draft.dataset,
        "release": draft.number,
        "state": draft.state,
        "policy": policy.name,
        "review_type": policy.review_type,
        "round": 0 if last is None else last.round,
        "release_hash": draft.release_hash,
        "submitted_at": None if last is None else last.submitted_at.isoformat(),
        "age_hours": int((datetime.now(UTC) - since).total_seconds() // 3600),
        "counts": None
        if last is None
        else {
            "factors": last.factor_count,
            "added": last.added,
            "changed": last.changed,
            "gone": last.gone,
        },
        "approvals": {
            "given": len(counted),
            "needed": policy.quorum,
            "external": sum(any(a.external for a in given) for given in counted.values()),
            "external_needed": policy.external,
            "mine": asker.principal in counted,
        },
        "my_roles": sorted(related.roles),
        "my_relation": {"contributed": facts.contributed, "independent": facts.independent},
        "actions": [name for name in MOVES if name in ACTIONS and may(name, draft.state, facts) is None],
        "links": {"self": f"{path}/review", "comments": f"{path}/comments", "decisions": f"{path}/decisions"},
    }


async def record(connection: AsyncConnection, asker: Asker, dataset: str, number: str) -> dict[str, Any]:
    """Everything that was said and decided about a release, in the order in which it happened.

    Raises NotFound `draft_not_found`.
    """
    draft = await drafts.seen(connection, asker, dataset, number)
    comments = [comment_item(r, asker.principal) for r in await repository.comments(connection, draft.id)]
    decisions = [decision_item(r, asker.principal) for r in await repository.decisions(connection, draft.id)]
    items = [{"type": "decision", **item} for item in decisions]
    items += [{"type": "comment", **item} for item in comments]
    rounds = [_round_item(row) for row in await repository.rounds(connection, draft.id)]
    return {
        "dataset": dataset,
        "release": number,
        "state": draft.state,
        "rounds": rounds,
        "items": sorted(items, key=lambda item: (item["at"], item["type"], item["id"])),
        "next_cursor": None,
    }


def decision_item(row: Any, asker: str) -> dict[str, Any]:
    """A decision as answers show it."""
    return {
        "id": row.id,
        "round": row.round,
        "action": row.action,
        "to_state": row.to_state,
        "release_hash": row.release_hash,
        "by": row.principal,
        "mine": row.principal == asker,
        "statement": row.statement,
        "scope": list(row.scope),
        "methods": list(row.methods),
        "sample": row.sample,
        "affiliations": list(row.affiliations),
        "external": row.external,
        "chair": row.chair,
        "position": row.position,
        "at": row.at.isoformat(),
    }


def _round_item(row: Any) -> dict[str, Any]:
    return {
        "round": row.round,
        "policy": row.policy,
        "release_hash": row.release_hash,
        "factors": row.factor_count,
        "added": row.added,
        "changed": row.changed,
        "gone": row.gone,
        "submitted_at": row.submitted_at.isoformat(),
    }


def check_states(text: str | None) -> tuple[str, ...]:
    """The states that `state=` names, separated by commas. Raises Invalid `unknown_state`."""
    if text is None:
        return OPEN
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in DRAFT_STATES:
            raise Invalid(
                "unknown_state",
                f"There is no state {name!r}.",
                f"没有状态 {name!r}。",
                parameter="state",
                valid_values=DRAFT_STATES,
            )
    return names
