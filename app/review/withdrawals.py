"""Who may retire, reinstate and recall what is published; the catalogue does it (app.catalog.withdrawing)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import mapping, withdrawing
from app.catalog.mapping import Successor
from app.catalog.withdrawing_rules import Withdrawal
from app.journal.service import Basis
from app.review.acts import By
from app.review.facts import roles_of
from app.review.rules import MOVES, AskerFacts, may, role_missing


async def of_version(
    connection: AsyncConnection, by: By, dataset: str, key: str, n: int, action: str, withdrawal: Withdrawal
) -> Basis:
    """Retire, reinstate or recall one version.

    Raises NotFound `version_not_found`, Forbidden `role_missing`, and as withdrawing.change_version.
    """
    state = await withdrawing.state_of_version(connection, dataset, key, n)
    await _check(connection, by, dataset, action, state, withdrawal)
    return await withdrawing.change_version(connection, dataset, key, n, withdrawal, by.details)


async def of_release(
    connection: AsyncConnection, by: By, dataset: str, number: str, action: str, withdrawal: Withdrawal
) -> Basis:
    """Retire, reinstate or recall a release, and the versions that no later published release has.

    Raises NotFound `release_not_found`, Forbidden `role_missing`, and as withdrawing.change_release.
    """
    state = await withdrawing.state_of_release(connection, dataset, number)
    await _check(connection, by, dataset, action, state, withdrawal)
    return await withdrawing.change_release(connection, dataset, number, withdrawal, by.details)


async def map_factor(
    connection: AsyncConnection, by: By, dataset: str, key: str, successors: Sequence[Successor]
) -> Basis:
    """Say what took the place of a factor. Raises Forbidden `role_missing`, and as mapping.record."""
    roles = MOVES["retire"].roles
    if not await roles_of(connection, by.asker, dataset) & set(roles):
        raise role_missing(roles)
    return await mapping.record(connection, f"{dataset}/{key}", successors, by.details)


async def _check(
    connection: AsyncConnection, by: By, dataset: str, action: str, state: str, withdrawal: Withdrawal
) -> None:
    roles = await roles_of(connection, by.asker, dataset)
    gives_reason = all(text.strip() for text in withdrawal.reason.values()) and bool(withdrawal.reason)
    problem = may(action, state, AskerFacts(roles, gives_reason=gives_reason))
    if problem is not None:
        raise problem
