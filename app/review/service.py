"""The acts of a review. Each one is a transaction of its caller: the check against the table of moves, the
compare-and-set of the state, what the act does, the journal line, and the decision on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.rules import Asker
from app.catalog import publishing
from app.catalog.publishing import Frozen, Retirement
from app.catalog.search_aliases import NO_ALIASES, Aliases
from app.intake import drafts, drafts_view
from app.kit.errors import Broken, Conflict, Unprocessable
from app.review import repository
from app.review.acts import By, Case, Outcome, at_quorum, begin, decide, record
from app.review.facts import today
from app.review.rules import (
    MOVES,
    POLICIES,
    Approval,
    Policy,
    external,
    needs_sample,
    quorum_reached,
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What an approval says: the bytes it is about, what was looked at and how, and the reviewer's relations."""

    release_hash: str
    statement: str
    scope: Sequence[str]
    methods: Sequence[str]
    affiliations: Sequence[str] = ()
    no_relation_for_a_year: bool = False
    chair: bool = False
    sample: Mapping[str, Any] | None = None


async def submit(
    connection: AsyncConnection,
    by: By,
    dataset: str,
    number: str,
    *,
    note: str | None = None,
    corrections: Mapping[str, Any] | None = None,
    aliases: Aliases = NO_ALIASES,
) -> Outcome:
    """Freeze the draft and ask for its review; a policy without reviewers approves it at once.

    `corrections`: by key, the errors that new versions correct. Raises NotFound `draft_not_found`, Forbidden
    `role_missing`, Conflict `wrong_state`, `not_ready` with the obstacles, `carries_recalled`, Unprocessable
    `policy_not_allowed`, and as publishing.freeze.
    """
    case = await begin(connection, by, "submit", dataset, number)
    _check_policy(case.policy, by.asker)
    obstacles = await drafts_view.obstacles(connection, case.before)
    if obstacles:
        raise _not_ready(obstacles)
    frozen = await _freeze(connection, case, corrections, aliases)
    case = replace(case, draft=await drafts.find(connection, dataset, number))
    await _open_round(connection, case, frozen)
    to_state = MOVES["submit"].to_state
    if quorum_reached((), case.policy, frozen.release_hash):
        to_state = await at_quorum(connection, case, "submit")
    said = {"policy": case.policy.name, "added": frozen.added, "changed": frozen.changed, "gone": frozen.gone}
    return await record(connection, by, case, "submit", to_state, frozen.release_hash, note, said)


async def approve(
    connection: AsyncConnection, by: By, dataset: str, number: str, opinion: Opinion
) -> Outcome:
    """Approve exactly the bytes of `opinion.release_hash`; at quorum the release is approved.

    Raises NotFound `draft_not_found`, Forbidden `role_missing`, `not_independent`, `person_required`, Conflict
    `wrong_state`, `release_hash_differs`, `already_approved`, Unprocessable `sample_missing`,
    `chair_not_external`.
    """
    case = await begin(
        connection,
        by,
        "approve",
        dataset,
        number,
        reason=opinion.statement,
        declared=opinion.affiliations,
        no_relation=opinion.no_relation_for_a_year,
    )
    mine = _approval(case, opinion)
    given = await repository.approvals(connection, case.draft.id, case.round)
    if any(approval.principal == mine.principal for approval in given):
        raise Conflict(
            "already_approved",
            "You approved this release already; persons are counted, not keys.",
            "您已批准过该版本；按自然人计数，而非按密钥计数。",
        )
    to_state = MOVES["approve"].to_state
    if quorum_reached([*given, mine], case.policy, mine.release_hash):
        to_state = await at_quorum(connection, case, "approve")
    said = {
        "scope": list(opinion.scope),
        "methods": list(opinion.methods),
        "sample": None if opinion.sample is None else dict(opinion.sample),
        "affiliations": [*opinion.affiliations],
        "external": mine.external,
        "chair": mine.chair,
    }
    return await record(
        connection, by, case, "approve", to_state, mine.release_hash, opinion.statement, said, said
    )


async def request_changes(
    connection: AsyncConnection, by: By, dataset: str, number: str, reason: str
) -> Outcome:
    """Send the release back; the round ends, its approvals are void, and the draft can be changed again."""
    return await _end(connection, by, "request_changes", dataset, number, reason)


async def reject(connection: AsyncConnection, by: By, dataset: str, number: str, reason: str) -> Outcome:
    """End the release for good; its number is free again."""
    return await _end(connection, by, "reject", dataset, number, reason)


async def abandon(
    connection: AsyncConnection, by: By, dataset: str, number: str, reason: str | None
) -> Outcome:
    """Give the release up; its number is free again."""
    return await _end(connection, by, "abandon", dataset, number, reason)


async def publish(
    connection: AsyncConnection, by: By, dataset: str, number: str, note: str | None = None
) -> Outcome:
    """Make the approved bytes part of the catalogue, after checking everything again.

    Raises NotFound `draft_not_found`, Forbidden `role_missing`, `contributor_cannot_publish`, Conflict
    `wrong_state`, `quorum_missing`, `base_moved`, `carries_recalled`, Broken `release_damaged`.
    """
    case = await begin(connection, by, "publish", dataset, number)
    await _check_approved(connection, case)
    keys = await drafts.to_retire(connection, case.draft)
    about = await drafts.metadata(connection, case.draft)
    retirement = Retirement(keys, about.get("reason") or {})
    who = {**by.details, "round": case.round}
    basis = await publishing.publish(connection, case.draft.release_id, who, retirement)
    to_state = MOVES["publish"].to_state
    return await decide(connection, by, case, "publish", to_state, case.draft.release_hash, note, {}, basis)


async def _freeze(
    connection: AsyncConnection, case: Case, corrections: Mapping[str, Any] | None, aliases: Aliases
) -> Frozen:
    """Corrections belong to this submission: they are stated anew with each."""
    stated = case.draft._asdict()
    if corrections:
        stated["metadata"] = {**case.draft.metadata, "corrections": dict(corrections)}
    return await drafts.freeze(connection, SimpleNamespace(**stated), aliases)


async def _open_round(connection: AsyncConnection, case: Case, frozen: Frozen) -> None:
    body, count = await publishing.frozen_manifest(connection, frozen.release_id)
    await repository.insert_round(
        connection,
        {
            "draft": case.draft.id,
            "round": case.round,
            "policy": case.policy.name,
            "release_hash": frozen.release_hash,
            "manifest": body,
            "factor_count": count,
            "added": frozen.added,
            "changed": frozen.changed,
            "gone": frozen.gone,
            "parties": sorted(case.relation.facts.parties),
            "contributors": sorted(case.relation.facts.contributors),
        },
    )


async def _end(
    connection: AsyncConnection, by: By, action: str, dataset: str, number: str, reason: str | None
) -> Outcome:
    case = await begin(connection, by, action, dataset, number, reason=reason)
    await drafts.thaw(connection, case.draft)
    to_state = MOVES[action].to_state
    return await record(connection, by, case, action, to_state, case.draft.release_hash, reason, {})


def _approval(case: Case, opinion: Opinion) -> Approval:
    if opinion.release_hash != case.draft.release_hash:
        raise Conflict(
            "release_hash_differs",
            "The release in review has another hash than the one that you approve.",
            "正在评审的版本的哈希与您批准的哈希不一致。",
            parameter="release_hash",
            valid_values=[case.draft.release_hash],
        )
    if needs_sample(case.factors, opinion.sample):
        raise Unprocessable(
            "sample_missing",
            f"This release has {case.factors} factors: say which of them you looked at.",
            f"该版本有 {case.factors} 个因子：请说明抽样范围。",
            parameter="sample",
        )
    person = case.relation.person
    is_external = external(person, case.relation.facts, today())
    if opinion.chair and not is_external:
        raise Unprocessable(
            "chair_not_external",
            "A panel is chaired by an external reviewer, who declares no relation for a year.",
            "评审组组长须为外部评审人，并声明一年内无利益关系。",
            parameter="chair",
        )
    return Approval(person.principal, opinion.release_hash, is_external, opinion.chair)


async def _check_approved(connection: AsyncConnection, case: Case) -> None:
    """The strict check again: enough independent approvals of these very bytes, and the bytes as they were."""
    given = await repository.approvals(connection, case.draft.id, case.round)
    standing = [a for a in given if a.principal not in case.relation.facts.contributors]
    release_hash = case.draft.release_hash
    if release_hash is None or not quorum_reached(standing, case.policy, release_hash):
        raise Conflict(
            "quorum_missing",
            f"The policy {case.policy.name} asks for more approvals of exactly this release.",
            f"策略 {case.policy.name} 要求对该版本有更多批准。",
            needed=case.policy.quorum,
        )
    damage = await publishing.damaged(connection, case.draft.release_id, release_hash)
    if damage is not None:
        raise Broken(
            "release_damaged",
            f"The frozen release is not as it was approved: its {damage} differ.",
            f"冻结版本与批准时不一致（{damage}）。",
        )


def _check_policy(policy: Policy, asker: Asker) -> None:
    if policy.systems_only and asker.kind != "system":
        raise Unprocessable(
            "policy_not_allowed",
            f"The policy {policy.name} has no reviewers and is for systems that copy official figures.",
            f"策略 {policy.name} 不经评审，仅供转录官方数据的系统使用。",
            parameter="policy",
            valid_values=[name for name, known in POLICIES.items() if not known.systems_only],
        )


def _not_ready(obstacles: Sequence[Mapping[str, Any]]) -> Conflict:
    return Conflict(
        "not_ready",
        " ".join(str(obstacle["text"]["en"]) for obstacle in obstacles),
        "".join(str(obstacle["text"]["zh"]) for obstacle in obstacles),
        obstacles=list(obstacles),
    )
