"""Retire, reinstate, recall: of single versions and of whole releases. Nothing that was published goes away.

Each act writes a journal line for every version that it is about, status events at the position of the last
of them, and the rows that lists read. Whoever may do this is decided above (app.review).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import repository
from app.catalog import withdrawing_statements as statements
from app.catalog.items import Status
from app.catalog.withdrawing_rules import (
    STARTS_AT,
    VERB,
    Event,
    Withdrawal,
    check,
    details,
    parse_ref,
    recorded,
    standing,
)
from app.catalog.withdrawing_statements import Change, Target
from app.journal import service as journal
from app.journal.service import Act, Basis
from app.kit.errors import Conflict, NotFound, Unprocessable
from app.kit.grammar import is_release

CARRIED_AGAIN: Final = {
    "zh": "后续版本继续收录该因子，撤销随旧版本的停用。",
    "en": "A later release carries it, so its retirement with an earlier one no longer holds.",
}


async def state_of_version(connection: AsyncConnection, dataset: str, key: str, n: int) -> str:
    """The status that was recorded last. Raises NotFound `version_not_found`."""
    target = await _version(connection, dataset, key, n)
    events = await statements.events_of_versions(connection, [target.version_id])
    return recorded(events.get(target.version_id, []))


async def state_of_release(connection: AsyncConnection, dataset: str, number: str) -> str:
    """The status that was recorded last. Raises NotFound `release_not_found`."""
    release = await _release(connection, dataset, number)
    return recorded((await statements.events_of_releases(connection, [release.id]))[release.id])


async def change_version(
    connection: AsyncConnection,
    dataset: str,
    key: str,
    n: int,
    withdrawal: Withdrawal,
    actor: Mapping[str, Any],
) -> Basis:
    """Give version n of a factor another status.

    Raises NotFound `version_not_found`, Conflict `wrong_state`, Unprocessable `unknown_successor`,
    `recall_is_immediate`, `errata_class_missing`.
    """
    await repository.lock_dataset(connection, dataset)
    target = await _version(connection, dataset, key, n)
    events = await statements.events_of_versions(connection, [target.version_id])
    check(withdrawal, target.subject, recorded(events.get(target.version_id, [])))
    await _check_successor(connection, withdrawal, target.subject)
    return await _record(connection, dataset, [Change(withdrawal, target)], [], actor)


async def change_release(
    connection: AsyncConnection, dataset: str, number: str, withdrawal: Withdrawal, actor: Mapping[str, Any]
) -> Basis:
    """Give a release another status, and with it those of its versions that no later published release has.

    Reinstating brings back the versions that were withdrawn with it, and no others. Raises as change_version,
    and NotFound `release_not_found`.
    """
    await repository.lock_dataset(connection, dataset)
    release = await _release(connection, dataset, number)
    subject = f"{dataset}/releases/{number}"
    state = recorded((await statements.events_of_releases(connection, [release.id]))[release.id])
    check(withdrawal, subject, state)
    await _check_release_successor(connection, dataset, withdrawal, number)
    if withdrawal.status == "published":
        targets = await _withdrawn_with(connection, release.id)
    else:
        targets = await _only_here(connection, release, withdrawal.status)
    alone = Withdrawal(
        withdrawal.status,
        withdrawal.reason,
        withdrawal.effective_from,
        errata_class=withdrawal.errata_class,
    )
    changes = [Change(alone, target, by_release=release.id) for target in targets]
    changes.append(Change(withdrawal, release_id=release.id))
    act = Act(
        f"dataset:release:{VERB[withdrawal.status]}",
        subject,
        release.release_hash,
        details(withdrawal, {**actor, "versions": len(targets)}),
    )
    return await _record(connection, dataset, changes, [act], actor)


async def _record(
    connection: AsyncConnection,
    dataset: str,
    changes: Sequence[Change],
    last: Sequence[Act],
    actor: Mapping[str, Any],
) -> Basis:
    lines = journal.prepare([*acts(changes, actor), *last])
    basis = await journal.append(connection, lines)
    await write(connection, dataset, changes, basis.size - 1, basis.at)
    return basis


def acts(changes: Sequence[Change], actor: Mapping[str, Any]) -> list[Act]:
    """A journal line for each version."""
    return [
        Act(
            f"factor:version:{VERB[change.withdrawal.status]}",
            change.version.subject,
            change.version.content_hash,
            details(change.withdrawal, actor),
        )
        for change in changes
        if change.version is not None
    ]


async def write(
    connection: AsyncConnection, dataset: str, changes: Sequence[Change], position: int, at: datetime
) -> None:
    """The events of `changes` at `position`, and the rows of lists as they stand with them.

    Rows of the dataset whose effective date has come meanwhile are put right by the way; the dataset is locked.
    """
    if changes:
        await statements.insert_events(connection, changes, position, at)
    ids = {change.version.version_id for change in changes if change.version is not None}
    ids |= set(await statements.due(connection, dataset, at))
    if ids:
        await statements.settle(connection, sorted(ids), at)


async def come_into_force(connection: AsyncConnection, dataset: str) -> Basis | None:
    """Write the rows of `dataset` anew whose effective date has come, with a journal line so that everybody
    hears of it. Answers are right without it; they are a little quicker after it. None: nothing was due."""
    await repository.lock_dataset(connection, dataset)
    moment = await repository.now(connection)
    ids = await statements.due(connection, dataset, moment)
    if not ids:
        return None
    act = Act("dataset:status:effective", dataset, None, {"actor": "system", "versions": len(ids)})
    basis = await journal.append(connection, journal.prepare([act]))
    await write(connection, dataset, [], basis.size - 1, basis.at)
    return basis


async def datasets_due(connection: AsyncConnection) -> list[str]:
    """The datasets for which come_into_force has something to do."""
    return await statements.datasets_due(connection, await repository.now(connection))


async def changes_with(
    connection: AsyncConnection,
    release: Any,
    items: Sequence[Any],
    retired: Sequence[str],
    reason: Mapping[str, str],
) -> list[Change]:
    """What publishing a frozen release does to versions that are published already.

    A correction recalls the version before it. A version that was retired with an earlier release and is
    carried on by this one is reinstated. Factors of the keys `retired` are retired, for `reason`. `items` are
    those of its manifest. Raises Conflict `carries_recalled`.
    """
    changes = [
        Change(Withdrawal("recalled", why, successor=successor, errata_class=errata), target)
        for target, successor, errata, why in await statements.corrected_by(connection, release.id)
    ]
    leaving = await statements.newest(connection, [f"{release.dataset}/{key}" for key in retired])
    changes += [Change(Withdrawal("retired", reason), target) for target in leaving]
    carried = await carried_withdrawn(connection, release.dataset, items)
    wanted = [change.version.version_id for change in changes if change.version is not None]
    events = await statements.events_of_versions(connection, [*wanted, *(t.version_id for t in carried)])
    changes = [change for change in changes if _possible(change, events)]
    for target in carried:
        newest = events[target.version_id][0]
        if newest.status == "retired" and newest.by_release is not None:
            changes.append(Change(Withdrawal("published", CARRIED_AGAIN), target, by_release=release.id))
    return changes


def _possible(change: Change, events: Mapping[int, Sequence[Event]]) -> bool:
    """Whether the version is not there already; recalled is final."""
    assert change.version is not None
    state = recorded(events.get(change.version.version_id, []))
    return state in STARTS_AT[change.withdrawal.status]


async def carried_withdrawn(connection: AsyncConnection, dataset: str, items: Sequence[Any]) -> list[Target]:
    """The published versions among `items` (key, n, hash) that are retired, or will be.

    Raises Conflict `carries_recalled`: what was recalled is corrected or left out, not carried on.
    """
    candidates = await statements.withdrawn_and_carried(connection, dataset)
    if not candidates:
        return []
    carried = {f"{dataset}/{key}@{n}" for key, n, _ in items}
    found = [target for target in candidates if target.subject in carried]
    events = await statements.events_of_versions(connection, [target.version_id for target in found])
    recalled = [t.subject for t in found if recorded(events.get(t.version_id, [])) == "recalled"]
    if recalled:
        raise Conflict(
            "carries_recalled",
            f"{len(recalled)} recalled version(s) would be carried on unchanged: correct them or leave them out.",
            f"有 {len(recalled)} 个已召回的因子版本被原样沿用：请更正或移除。",
            refs=recalled[:50],
        )
    return found


async def release_standings(
    connection: AsyncConnection, releases: Sequence[Any], size: int, at: datetime
) -> dict[int, Status]:
    """The status of each release (rows of Release) at a basis."""
    ids = [release.id for release in releases]
    events = await statements.events_of_releases(connection, ids, size)
    return {r.id: standing(events.get(r.id, []), at, r.published_at) for r in releases}


async def _withdrawn_with(connection: AsyncConnection, release_id: int) -> list[Target]:
    """The versions whose last event is that they were retired with this release."""
    targets = await statements.withdrawn_by(connection, release_id)
    events = await statements.events_of_versions(connection, [target.version_id for target in targets])
    return [
        target
        for target in targets
        if (newest := events[target.version_id][0]).by_release == release_id and newest.status == "retired"
    ]


async def _only_here(connection: AsyncConnection, release: Any, status: str) -> list[Target]:
    """The versions of `release` that no later release carries that stays published, and that can change."""
    later = await statements.later_releases(connection, release)
    events = await statements.events_of_releases(connection, [other.id for other in later])
    standing_ones = [other for other in later if recorded(events[other.id]) == "published"]
    targets = await statements.only_in(connection, release, standing_ones)
    known = await statements.events_of_versions(connection, [target.version_id for target in targets])
    start = ("published",) if status == "retired" else ("published", "retired")
    return [target for target in targets if recorded(known.get(target.version_id, [])) in start]


async def _version(connection: AsyncConnection, dataset: str, key: str, n: int) -> Target:
    found = await statements.version(connection, f"{dataset}/{key}", n)
    if found is None:
        raise NotFound(
            "version_not_found",
            f"There is no version {n} of '{dataset}/{key}'.",
            f"没有 '{dataset}/{key}' 的第 {n} 版。",
        )
    return found


async def _release(connection: AsyncConnection, dataset: str, number: str) -> Any:
    found = await repository.release_named(connection, dataset, number) if is_release(number) else None
    if found is None or found.published_position is None:
        raise NotFound(
            "release_not_found",
            f"{dataset} has no published release {number!r}.",
            f"{dataset} 没有已发布的版本 {number!r}。",
        )
    return found


async def _check_successor(connection: AsyncConnection, withdrawal: Withdrawal, subject: str) -> None:
    if withdrawal.successor is None:
        return
    parsed = parse_ref(withdrawal.successor)
    found = None
    if parsed is not None and withdrawal.successor != subject:
        found = await statements.version(connection, f"{parsed[0]}/{parsed[1]}", parsed[2])
    if found is None or found.subject == subject:
        raise _unknown_successor(withdrawal.successor)


async def _check_release_successor(
    connection: AsyncConnection, dataset: str, withdrawal: Withdrawal, number: str
) -> None:
    if withdrawal.successor is None:
        return
    if not is_release(withdrawal.successor) or withdrawal.successor == number:
        raise _unknown_successor(withdrawal.successor)
    found = await repository.release_named(connection, dataset, withdrawal.successor)
    if found is None or found.published_position is None:
        raise _unknown_successor(withdrawal.successor)


def _unknown_successor(text: str) -> Unprocessable:
    return Unprocessable(
        "unknown_successor",
        f"{text!r} is not a published successor.",
        f"{text!r} 不是已发布的后继版本。",
        parameter="successor",
        valid_values=["dataset/key@2", "dataset/key", "a release number, for a release"],
    )
