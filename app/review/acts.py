"""One act on a draft: the check against the table, the compare-and-set, the journal line, the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.rules import Asker
from app.intake import drafts
from app.journal import service as journal
from app.journal.service import Act, Basis
from app.kit.errors import Unprocessable
from app.review import repository
from app.review.facts import Relation, relation
from app.review.rules import MOVES, POLICIES, Policy, may, wrong_state


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and the members of the journal's details that say so (principal, key, address)."""

    asker: Asker
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an act left the release."""

    state: str
    round: int
    release_hash: str | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Case:
    """A draft as the act found it (`before`), and after the compare-and-set, locked (`draft`)."""

    before: Any
    draft: Any
    relation: Relation
    round: int
    policy: Policy
    factors: int

    @property
    def subject(self) -> str:
        return f"{self.draft.dataset}/releases/{self.draft.number}"


async def begin(
    connection: AsyncConnection,
    by: By,
    action: str,
    dataset: str,
    number: str,
    *,
    reason: str | None = None,
    declared: Sequence[str] = (),
    no_relation: bool = False,
) -> Case:
    """The draft as the asker may see it, checked against the table and moved along it.

    From the compare-and-set on nobody else can change the draft until the act is over.
    """
    before = await drafts.seen(connection, by.asker, dataset, number)
    related = await relation(connection, by.asker, before, declared, no_relation)
    problem = may(action, before.state, related.asker(reason))
    if problem is not None:
        raise problem
    move = MOVES[action]
    if not await drafts.move(connection, before.id, [before.state], move.to_state):
        state = (await drafts.find(connection, dataset, number)).state
        raise drafts.draft_changed() if state in move.from_states else wrong_state(action, state)
    now = await drafts.find(connection, dataset, number)
    if action == "submit" and now.revision != before.revision + 1:
        raise drafts.draft_changed()
    last = await repository.last_round(connection, before.id)
    policy = POLICIES.get(before.policy if last is None or action == "submit" else last.policy)
    if policy is None:
        raise _unknown_policy(before.policy)
    submitted = 0 if last is None else last.round
    return Case(
        before=before,
        draft=now,
        relation=related,
        round=submitted + (action == "submit"),
        policy=policy,
        factors=0 if last is None else last.factor_count,
    )


async def at_quorum(connection: AsyncConnection, case: Case, action: str) -> str:
    move = MOVES[action]
    to_state = move.at_quorum or move.to_state
    if not await drafts.move(connection, case.draft.id, [move.to_state], to_state):
        raise drafts.draft_changed()
    return to_state


async def record(
    connection: AsyncConnection,
    by: By,
    case: Case,
    action: str,
    to_state: str,
    release_hash: str | None,
    statement: str | None,
    said: Mapping[str, Any],
    columns: Mapping[str, Any] | None = None,
) -> Outcome:
    """The journal line, then the decision on record."""
    details = {**by.details, "round": case.round, "from": case.before.state, "to": to_state, **said}
    if statement is not None:
        details["reason"] = statement
    act = Act(f"dataset:release:{action}", case.subject, release_hash, details)
    basis = await journal.append(connection, journal.prepare([act]))
    return await decide(connection, by, case, action, to_state, release_hash, statement, columns or {}, basis)


async def decide(
    connection: AsyncConnection,
    by: By,
    case: Case,
    action: str,
    to_state: str,
    release_hash: str | None,
    statement: str | None,
    columns: Mapping[str, Any],
    basis: Basis,
) -> Outcome:
    await repository.insert_decision(
        connection,
        {
            "draft": case.draft.id,
            "round": case.round,
            "action": action,
            "to_state": to_state,
            "release_hash": release_hash,
            "principal": by.asker.principal,
            "statement": statement,
            "position": basis.size - 1,
            "at": basis.at,
            **columns,
        },
    )
    return Outcome(to_state, case.round, release_hash, basis)


def _unknown_policy(name: str) -> Unprocessable:
    return Unprocessable(
        "unknown_policy",
        f"There is no policy {name!r}.",
        f"没有策略 {name!r}。",
        parameter="policy",
        valid_values=list(POLICIES),
    )
