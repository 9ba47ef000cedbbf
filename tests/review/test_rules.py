"""The table of moves, policies and independence, as tables."""

from datetime import date
from itertools import product

import pytest

from app.review.rules import (
    DRAFT_STATES,
    MOVES,
    POLICIES,
    ROLES,
    VERSION_STATES,
    Affiliation,
    Approval,
    AskerFacts,
    DatasetFacts,
    Person,
    external,
    independent,
    may,
    needs_sample,
    quorum_reached,
    year_before,
)

TODAY = date(2026, 11, 20)
OLD, NEW = "0" * 64, "f" * 64
STANDARD, PANEL, TRANSCRIPTION = (POLICIES[name] for name in ("standard", "panel", "transcription"))
FACTS = DatasetFacts(frozenset({"chen"}), frozenset({"steel-association", "maintainer"}))

ALLOWED = {
    # action: (states it starts at, roles that may)
    "upload": ({"draft", "changes_requested"}, {"contributor"}),
    "submit": ({"draft", "changes_requested"}, {"contributor"}),
    "request_changes": ({"in_review", "approved"}, {"reviewer"}),
    "approve": ({"in_review"}, {"reviewer"}),
    "reject": ({"in_review"}, {"reviewer"}),
    "publish": ({"approved"}, {"publisher"}),
    "abandon": ({"draft", "changes_requested", "in_review"}, {"contributor"}),
    "retire": ({"published"}, {"publisher", "steward"}),
    "reinstate": ({"retired"}, {"publisher", "steward"}),
    "recall": ({"published", "retired"}, {"publisher"}),
}
STATES = sorted({*DRAFT_STATES, *VERSION_STATES})


def code(action: str, state: str, facts: AskerFacts) -> str | None:
    problem = may(action, state, facts)
    return None if problem is None else problem.code


def test_every_action_times_every_state_times_every_role() -> None:
    assert set(ALLOWED) == set(MOVES)
    for action, state, role in product(ALLOWED, STATES, ROLES):
        states, roles = ALLOWED[action]
        wanted = None if state in states else "wrong_state"
        if role not in roles:
            wanted = "role_missing"
        assert code(action, state, AskerFacts(frozenset({role}))) == wanted, (action, state, role)
        assert code(action, state, AskerFacts(frozenset())) == "role_missing"


def test_a_refusal_names_the_states_and_the_actions_that_are_possible() -> None:
    problem = may("publish", "in_review", AskerFacts(frozenset({"publisher"})))
    assert problem is not None
    assert problem.valid_values == ["approved"]
    assert problem.extra["actions"] == ["request_changes", "approve", "reject", "abandon"]


def test_every_move_leads_to_a_state_of_the_same_kind() -> None:
    for move in MOVES.values():
        states = VERSION_STATES if set(move.from_states) <= set(VERSION_STATES) else DRAFT_STATES
        assert {*move.from_states, move.to_state, move.at_quorum or move.to_state} <= set(states)


@pytest.mark.parametrize(
    ("action", "facts", "wanted"),
    [
        ("approve", {"contributed": True}, "not_independent"),
        ("approve", {"independent": False}, "not_independent"),
        ("approve", {"is_person": False}, "person_required"),
        ("reject", {"is_person": False}, "person_required"),
        ("submit", {"is_person": False}, None),
        ("publish", {"is_person": False}, None),
        ("reject", {"contributed": True}, "not_independent"),
        ("reject", {"independent": False}, "not_independent"),
        ("request_changes", {"independent": False}, None),
        ("publish", {"contributed": True}, "contributor_cannot_publish"),
        ("publish", {"independent": False}, None),
        ("submit", {"contributed": True}, None),
        ("abandon", {"contributed": True, "gives_reason": False}, None),
        ("reject", {"gives_reason": False}, "reason_missing"),
        ("request_changes", {"gives_reason": False}, "reason_missing"),
        ("retire", {"gives_reason": False}, "reason_missing"),
        ("reinstate", {"gives_reason": False}, "reason_missing"),
        ("recall", {"gives_reason": False}, "reason_missing"),
    ],
)
def test_four_eyes_and_reasons(action: str, facts: dict[str, bool], wanted: str | None) -> None:
    """A person with every role at once is still one person."""
    state = MOVES[action].from_states[0]
    assert code(action, state, AskerFacts(frozenset(ROLES), **facts)) == wanted


PERSONS = {
    # who: (person, independent, external)
    "a stranger who declares nothing": (Person("lin"), True, False),
    "a stranger who declares": (Person("lin", declares_no_relation=True), True, True),
    "the contributor": (Person("chen", declares_no_relation=True), False, False),
    "a colleague of the contributor": (
        Person("wu", (Affiliation("steel-association"),), declares_no_relation=True),
        False,
        False,
    ),
    "one with two employers, one of them a party": (
        Person("wu", (Affiliation("university"), Affiliation("maintainer", date(2020, 1, 1)))),
        False,
        False,
    ),
    "one with two employers, neither a party": (
        Person("wu", (Affiliation("university"), Affiliation("laboratory")), declares_no_relation=True),
        True,
        True,
    ),
    "one who left half a year ago": (
        Person("wu", (Affiliation("maintainer", None, date(2026, 5, 20)),), declares_no_relation=True),
        True,
        False,
    ),
    "one who left a year ago to the day": (
        Person("wu", (Affiliation("maintainer", None, date(2025, 11, 20)),), declares_no_relation=True),
        True,
        False,
    ),
    "one who left a year and a day ago": (
        Person("wu", (Affiliation("maintainer", None, date(2025, 11, 19)),), declares_no_relation=True),
        True,
        True,
    ),
    "one whose last day is today": (
        Person("wu", (Affiliation("maintainer", None, TODAY),), declares_no_relation=True),
        False,
        False,
    ),
    "one who begins tomorrow": (
        Person("wu", (Affiliation("maintainer", date(2026, 11, 21)),), declares_no_relation=True),
        True,
        True,
    ),
    "one who declares a relation that nobody recorded": (
        Person("wu", declared=frozenset({"maintainer"}), declares_no_relation=True),
        False,
        False,
    ),
}


@pytest.mark.parametrize("who", PERSONS)
def test_independence_and_externality(who: str) -> None:
    person, is_independent, is_external = PERSONS[who]
    assert independent(person, FACTS, TODAY) is is_independent
    assert external(person, FACTS, TODAY) is is_external


def approval(who: str, digest: str = NEW, **fields: bool) -> Approval:
    return Approval(who, digest, **fields)


QUORUMS = {
    "nobody": (STANDARD, [], False),
    "one person": (STANDARD, [approval("a", external=True)], False),
    "one person with two keys": (
        STANDARD,
        [approval("a", external=True), approval("a", external=True)],
        False,
    ),
    "two persons, none external": (STANDARD, [approval("a"), approval("b")], False),
    "two persons, one external": (STANDARD, [approval("a"), approval("b", external=True)], True),
    "an approval of an older hash": (
        STANDARD,
        [approval("a"), approval("b", OLD, external=True)],
        False,
    ),
    "the older hash was approved by enough": (
        STANDARD,
        [approval("a", OLD), approval("b", OLD, external=True)],
        False,
    ),
    "a panel without a chair": (PANEL, [approval(w, external=True) for w in "abc"], False),
    "a panel whose chair is not external": (
        PANEL,
        [approval("a", chair=True), approval("b", external=True), approval("c", external=True)],
        False,
    ),
    "a panel of two": (PANEL, [approval("a", external=True, chair=True), approval("b")], False),
    "a panel with an external chair": (
        PANEL,
        [approval("a", external=True, chair=True), approval("b"), approval("c")],
        True,
    ),
    "a transcription": (TRANSCRIPTION, [], True),
}


@pytest.mark.parametrize("case", QUORUMS)
def test_quorum(case: str) -> None:
    policy, approvals, reached = QUORUMS[case]
    assert quorum_reached(approvals, policy, NEW) is reached


def test_a_leap_day_has_a_day_a_year_before() -> None:
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)


def test_large_releases_say_what_was_looked_at() -> None:
    assert needs_sample(501, None)
    assert not needs_sample(501, {"size": 50})
    assert not needs_sample(500, None)
