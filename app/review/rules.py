"""Who may do what to a release or a version, and when a review is complete. Plain rules on plain data.

The moves are design, section 4, as one table; nothing else in the program says from where to where a state
goes. Persons are counted, never keys: a person with two keys, two roles or two employers is one person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.kit.errors import Conflict, Forbidden, Problem, Unprocessable

FourEyes = Literal["anybody", "independent", "not_contributor"]

DRAFT: Final = "draft"
IN_REVIEW: Final = "in_review"
CHANGES_REQUESTED: Final = "changes_requested"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
ABANDONED: Final = "abandoned"
PUBLISHED: Final = "published"
RETIRED: Final = "retired"
RECALLED: Final = "recalled"
DRAFT_STATES: Final = (DRAFT, IN_REVIEW, CHANGES_REQUESTED, APPROVED, REJECTED, ABANDONED, PUBLISHED)
"""States of a release until it is published; then each of its versions has one of the next."""
VERSION_STATES: Final = (PUBLISHED, RETIRED, RECALLED)
ROLES: Final = ("contributor", "steward", "reviewer", "publisher", "auditor", "admin", "reader")
SEES_DRAFTS: Final = frozenset({"contributor", "steward", "reviewer", "publisher", "auditor", "admin"})
"""Roles of a dataset to which its unpublished releases are known; to others they are hidden (404)."""
TAKES_PART: Final = frozenset({"contributor", "steward", "reviewer", "publisher"})
"""Roles that may write comments."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. `at_quorum` is where the move leads once the policy is satisfied."""

    action: str
    from_states: tuple[str, ...]
    to_state: str
    roles: tuple[str, ...]
    four_eyes: FourEyes = "anybody"
    needs_reason: bool = False
    at_quorum: str | None = None


MOVES: Final = {
    move.action: move
    for move in (
        Move("upload", (DRAFT, CHANGES_REQUESTED), DRAFT, ("contributor",)),
        Move("submit", (DRAFT, CHANGES_REQUESTED), IN_REVIEW, ("contributor",), at_quorum=APPROVED),
        # From `approved` too: otherwise a release whose base moved could neither be published nor mended.
        Move("request_changes", (IN_REVIEW, APPROVED), CHANGES_REQUESTED, ("reviewer",), needs_reason=True),
        Move("approve", (IN_REVIEW,), IN_REVIEW, ("reviewer",), "independent", at_quorum=APPROVED),
        Move("reject", (IN_REVIEW,), REJECTED, ("reviewer",), "independent", True),
        Move("publish", (APPROVED,), PUBLISHED, ("publisher",), "not_contributor"),
        Move("abandon", (DRAFT, CHANGES_REQUESTED, IN_REVIEW), ABANDONED, ("contributor",)),
        Move("retire", (PUBLISHED,), RETIRED, ("publisher", "steward"), needs_reason=True),
        Move("reinstate", (RETIRED,), PUBLISHED, ("publisher", "steward"), needs_reason=True),
        Move("recall", (PUBLISHED, RETIRED), RECALLED, ("publisher",), needs_reason=True),
    )
}
ERRATA_CLASSES: Final = ("typo", "unit", "method", "source_restated", "other")
SCOPE: Final = ("value", "unit", "source", "boundary", "method")
METHODS: Final = ("balance", "comparison", "literature", "site_visit")


@dataclass(frozen=True, slots=True)
class Policy:
    """How many persons must approve a release, how many of them external, and whether one chairs (req 43, 45)."""

    name: str
    quorum: int
    external: int
    chair: bool
    review_type: str
    systems_only: bool = False


POLICIES: Final = {
    policy.name: policy
    for policy in (
        Policy("standard", 2, 1, False, "independent external"),
        Policy("panel", 3, 1, True, "independent panel"),
        Policy("transcription", 0, 0, False, "not reviewed", systems_only=True),
    )
}
LARGE: Final = 500
"""Above so many factors an approval says which of them were looked at."""


@dataclass(frozen=True, slots=True)
class Affiliation:
    """A person's relation to an organisation, from `since` until `until` (the day it ended); None: open."""

    organisation: str
    since: date | None = None
    until: date | None = None

    def touches(self, first: date, last: date) -> bool:
        """Whether it held on any day from `first` to `last`."""
        begun = self.since is None or self.since <= last
        return begun and (self.until is None or self.until >= first)


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer: recorded affiliations, those they declare besides, and whether they declare that they had
    no financial or legal relation to the parties for a year."""

    principal: str
    affiliations: tuple[Affiliation, ...] = ()
    declared: frozenset[str] = frozenset()
    declares_no_relation: bool = False


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """Who contributed to a release, and the organisations that have a part in it: maintainer, contributor,
    rights holder, publisher of the source, and whoever employs a contributor."""

    contributors: frozenset[str]
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class AskerFacts:
    """What a move asks about the person: roles for the dataset, and relation to this release."""

    roles: frozenset[str]
    contributed: bool = False
    independent: bool = True
    is_person: bool = True
    gives_reason: bool = True


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as the quorum sees it."""

    principal: str
    release_hash: str
    external: bool = False
    chair: bool = False


def independent(person: Person, facts: DatasetFacts, on: date) -> bool:
    """Not a contributor, and on that day of none of the organisations that have a part in it (req 43)."""
    if person.principal in facts.contributors or person.declared & facts.parties:
        return False
    return not _related(person, facts, on, on)


def external(person: Person, facts: DatasetFacts, on: date) -> bool:
    """Independent, without any relation in the year before, and declared to be so (req 43)."""
    if not (person.declares_no_relation and independent(person, facts, on)):
        return False
    return not _related(person, facts, year_before(on), on)


def _related(person: Person, facts: DatasetFacts, first: date, last: date) -> bool:
    return any(
        affiliation.organisation in facts.parties and affiliation.touches(first, last)
        for affiliation in person.affiliations
    )


def year_before(day: date) -> date:
    """The same day a year earlier; 28 February for the 29th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def approvers(approvals: Iterable[Approval], release_hash: str) -> dict[str, list[Approval]]:
    """The approvals that count for exactly these bytes, by person."""
    found: dict[str, list[Approval]] = {}
    for approval in approvals:
        if approval.release_hash == release_hash:
            found.setdefault(approval.principal, []).append(approval)
    return found


def quorum_reached(approvals: Iterable[Approval], policy: Policy, release_hash: str) -> bool:
    """Whether enough persons approved these bytes, enough of them external, with an external chair if asked."""
    persons = approvers(approvals, release_hash)
    externals = sum(any(a.external for a in given) for given in persons.values())
    chaired = any(a.chair and a.external for given in persons.values() for a in given)
    return len(persons) >= policy.quorum and externals >= policy.external and (chaired or not policy.chair)


def may(action: str, state: str, asker: AskerFacts) -> Problem | None:
    """Why `asker` may not do `action` to a thing in `state`; None when they may. KeyError: no such action."""
    move = MOVES[action]
    if not asker.roles & set(move.roles):
        return role_missing(move.roles)
    if state not in move.from_states:
        return wrong_state(action, state)
    if move.four_eyes == "independent" and not asker.is_person:
        return Forbidden("person_required", "A system reviews nothing.", "评审只能由自然人进行。")
    if move.four_eyes == "independent" and (asker.contributed or not asker.independent):
        return not_independent()
    if move.four_eyes == "not_contributor" and asker.contributed:
        return Forbidden(
            "contributor_cannot_publish",
            "Whoever contributed to a release does not publish it.",
            "参与提供该版本的人员不能发布该版本。",
        )
    if move.needs_reason and not asker.gives_reason:
        return Unprocessable(
            "reason_missing",
            f"{action} needs a reason.",
            f"{action} 需要说明理由。",
            parameter="reason",
        )
    return None


def role_missing(roles: Collection[str]) -> Problem:
    """The refusal of somebody who may see the thing but has none of `roles` for it."""
    return Forbidden(
        "role_missing",
        f"This needs one of the roles {', '.join(roles)} for the dataset.",
        f"此操作需要该数据集的以下角色之一：{'、'.join(roles)}。",
        valid_values=list(roles),
    )


def wrong_state(action: str, state: str) -> Problem:
    """The refusal of a move that does not start at `state`; `valid_values` are the states that it starts at."""
    return Conflict(
        "wrong_state",
        f"{action} is not possible in state {state!r}.",
        f"状态 {state!r} 下不能执行 {action}。",
        valid_values=list(MOVES[action].from_states),
        state=state,
        actions=[name for name, move in MOVES.items() if state in move.from_states],
    )


def not_independent() -> Problem:
    return Forbidden(
        "not_independent",
        "A reviewer is neither a contributor nor of the maintainer, contributor, rights holder or publisher"
        " of the source.",
        "评审人不得是提供者，也不得隶属于维护方、提供方、权利人或来源发布方。",
    )


def needs_sample(factors: int, sample: object | None) -> bool:
    """Whether an approval of so many factors must say how they were sampled."""
    return factors > LARGE and sample is None
