"""Where a version or a release stands, from its events. Pure.

The newest event that is in force counts, by its place in the journal: what is recorded later overrules what
was recorded before, also what was to come into force later. A reinstatement thus cancels a retirement ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.catalog.items import Pending, Status
from app.catalog.rules import ERRATA_CLASSES
from app.kit.errors import Conflict, Problem, Unprocessable
from app.kit.grammar import is_dataset, is_key

VERB: Final = {"retired": "retire", "published": "reinstate", "recalled": "recall"}
STARTS_AT: Final = {
    "retired": ("published",),
    "published": ("retired",),
    "recalled": ("published", "retired"),
}
"""From which recorded status each status can be reached; recalled is final."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of status_event."""

    position: int
    status: str
    at: datetime | None = None
    effective_from: datetime | None = None
    reason: Mapping[str, str] | None = None
    successor: str | None = None
    errata_class: str | None = None
    by_release: int | None = None

    def in_force(self, at: datetime) -> bool:
        return self.effective_from is None or self.effective_from <= at


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What is to be recorded: the new status, why (zh, en), from when, what takes its place, errata class.

    `successor`: `dataset/key` or `dataset/key@n` for a version, a release number for a release.
    """

    status: str
    reason: Mapping[str, str]
    effective_from: datetime | None = None
    successor: str | None = None
    errata_class: str | None = None


def standing(
    events: Sequence[Event], at: datetime, published_at: datetime | None, superseded_by: int | None = None
) -> Status:
    """The status at `at` of a thing with these events (newest first), and what is to come, if anything."""
    current = next((event for event in events if event.in_force(at)), None)
    pending = _pending(events, current, at)
    if current is None:
        return Status("published", published_at, superseded_by=superseded_by, pending=pending)
    return Status(
        status=current.status,
        since=current.effective_from
        or current.at
        or (published_at if current.status == "published" else None),
        effective_from=current.effective_from,
        reason=current.reason,
        successor=current.successor,
        superseded_by=superseded_by,
        errata_class=current.errata_class,
        pending=pending,
    )


def _pending(events: Sequence[Event], current: Event | None, at: datetime) -> Pending | None:
    """The next change that is recorded already: of the events newer than the current one, the first to come."""
    newer = events[: events.index(current)] if current is not None else events
    ahead = [event.effective_from for event in newer if event.effective_from is not None]
    if not ahead:
        return None
    first = min(ahead)
    event = next(event for event in newer if event.in_force(first))
    return Pending(event.status, first, event.reason, event.successor)


def recorded(events: Sequence[Event]) -> str:
    """The status that was recorded last, in force or not yet: what the next act starts from."""
    return events[0].status if events else "published"


def check(withdrawal: Withdrawal, subject: str, state: str) -> None:
    """Raises Conflict `wrong_state`, Unprocessable `recall_is_immediate`, `errata_class_missing`."""
    if state not in STARTS_AT[withdrawal.status]:
        raise wrong_state(withdrawal, subject, state)
    if withdrawal.status != "recalled":
        return
    if withdrawal.effective_from is not None:
        raise Unprocessable(
            "recall_is_immediate",
            "A recall takes effect at once.",
            "召回立即生效，不能指定生效日期。",
            parameter="effective_from",
        )
    if withdrawal.errata_class not in ERRATA_CLASSES:
        raise Unprocessable(
            "errata_class_missing",
            "A recall names the class of the error.",
            "召回须说明勘误类别。",
            parameter="errata_class",
            valid_values=ERRATA_CLASSES,
        )


def wrong_state(withdrawal: Withdrawal, subject: str, state: str) -> Problem:
    verb = VERB[withdrawal.status]
    return Conflict(
        "wrong_state",
        f"{verb} is not possible for {subject}, which is {state}.",
        f"{subject} 的状态为 {state}，不能执行 {verb}。",
        valid_values=STARTS_AT[withdrawal.status],
        state=state,
    )


def parse_ref(text: str) -> tuple[str, str, int | None] | None:
    """(dataset, key, n or None) of `dataset/key` or `dataset/key@n`; None for any other text."""
    ref, at, number = text.partition("@")
    dataset, _, key = ref.partition("/")
    if not (is_dataset(dataset) and is_key(key)):
        return None
    if not at:
        return dataset, key, None
    plain = number.isascii() and number.isdigit() and len(number) <= 4 and not number.startswith("0")
    return (dataset, key, int(number)) if plain else None


def details(withdrawal: Withdrawal, actor: Mapping[str, Any]) -> dict[str, Any]:
    """What the journal line commits to."""
    said = {
        "reason": dict(withdrawal.reason),
        "effective_from": None
        if withdrawal.effective_from is None
        else withdrawal.effective_from.isoformat(),
        "successor": withdrawal.successor,
        "errata_class": withdrawal.errata_class,
    }
    return {**actor, **{name: value for name, value in said.items() if value is not None}}
