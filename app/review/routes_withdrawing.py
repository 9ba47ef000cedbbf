"""Retire, reinstate, recall and map over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.auth.access import asking
from app.catalog import service as catalog
from app.catalog.items import status_block
from app.catalog.withdrawing_rules import Withdrawal
from app.journal.service import Basis
from app.review import withdrawals
from app.review.acting import Doing
from app.review.routes import PLAIN, RELEASE, WRITE, Dataset, Number
from app.review.schemas import (
    Body,
    MapBody,
    MapDone,
    RecallBody,
    ReleaseStanding,
    VersionStanding,
    WithdrawBody,
)

router = APIRouter(prefix="/v1", tags=["withdrawing"], dependencies=[Depends(asking)])
VERSION = "/factors/{dataset}/{key}/versions/{n}"
Key = Annotated[str, Path(max_length=319)]
N = Annotated[int, Path(ge=1, le=9999)]


@router.post(f"{VERSION}/retire", response_model=VersionStanding, responses=WRITE, dependencies=PLAIN)
async def retire_version(doing: Doing, dataset: Dataset, key: Key, n: N, body: WithdrawBody) -> Response:
    """It is no longer to be used, from now or from a day ahead; its address answers for ever."""
    return await _version(doing, (dataset, key, n), "retire", body.withdrawal("retired"), body)


@router.post(f"{VERSION}/reinstate", response_model=VersionStanding, responses=WRITE, dependencies=PLAIN)
async def reinstate_version(doing: Doing, dataset: Dataset, key: Key, n: N, body: WithdrawBody) -> Response:
    """Take a retirement back, also one that lies ahead."""
    return await _version(doing, (dataset, key, n), "reinstate", body.withdrawal("published"), body)


@router.post(f"{VERSION}/recall", response_model=VersionStanding, responses=WRITE, dependencies=PLAIN)
async def recall_version(doing: Doing, dataset: Dataset, key: Key, n: N, body: RecallBody) -> Response:
    """It is wrong. Final, at once, with the class of the error."""
    return await _version(doing, (dataset, key, n), "recall", body.withdrawal(), body)


@router.post(f"{RELEASE}/retire", response_model=ReleaseStanding, responses=WRITE, dependencies=PLAIN)
async def retire_release(doing: Doing, dataset: Dataset, release: Number, body: WithdrawBody) -> Response:
    """Retire a release and those of its versions that no later published release contains."""
    return await _release(doing, (dataset, release), "retire", body.withdrawal("retired"), body)


@router.post(f"{RELEASE}/reinstate", response_model=ReleaseStanding, responses=WRITE, dependencies=PLAIN)
async def reinstate_release(doing: Doing, dataset: Dataset, release: Number, body: WithdrawBody) -> Response:
    """Take the retirement of a release back, with the versions that were retired with it."""
    return await _release(doing, (dataset, release), "reinstate", body.withdrawal("published"), body)


@router.post(f"{RELEASE}/recall", response_model=ReleaseStanding, responses=WRITE, dependencies=PLAIN)
async def recall_release(doing: Doing, dataset: Dataset, release: Number, body: RecallBody) -> Response:
    """Recall a release and those of its versions that no later published release contains. Final."""
    return await _release(doing, (dataset, release), "recall", body.withdrawal(), body)


@router.post(
    "/factors/{dataset}/{key}/successors", response_model=MapDone, responses=WRITE, dependencies=PLAIN
)
async def map_factor(doing: Doing, dataset: Dataset, key: Key, body: MapBody) -> Response:
    """Say what took the place of a factor that was renamed, split or merged. The newest map counts."""

    async def act() -> tuple[dict[str, Any], Basis]:
        chosen = body.chosen()
        basis = await withdrawals.map_factor(doing.connection, doing.by, dataset, key, chosen)
        shown = [successor.shown() for successor in chosen]
        return {"ref": f"{dataset}/{key}", "successors": shown, "basis": basis.size}, basis

    return await doing.answer(body, act)


async def _version(
    doing: Doing, target: tuple[str, str, int], action: str, withdrawal: Withdrawal, body: Body
) -> Response:
    async def act() -> tuple[dict[str, Any], Basis]:
        basis = await withdrawals.of_version(doing.connection, doing.by, *target, action, withdrawal)
        return await _version_standing(doing.connection, target, basis), basis

    return await doing.answer(body, act)


async def _version_standing(
    connection: AsyncConnection, target: tuple[str, str, int], basis: Basis
) -> dict[str, Any]:
    at = await catalog.moment_of(connection, None, None)
    version = await catalog.get_version(connection, at, *target)
    status = status_block(version.status)
    return {"ref": version.ref, "version": version.n, "status": status, "basis": basis.size}


async def _release(
    doing: Doing, target: tuple[str, str], action: str, withdrawal: Withdrawal, body: Body
) -> Response:
    async def act() -> tuple[dict[str, Any], Basis]:
        basis = await withdrawals.of_release(doing.connection, doing.by, *target, action, withdrawal)
        at = await catalog.moment_of(doing.connection, None, None)
        found = await catalog.get_release(doing.connection, at, *target)
        status = (await catalog.standings(doing.connection, at, [found]))[found.id]
        dataset, release = target
        shown = {"dataset": dataset, "release": release, "status": status_block(status)}
        return {**shown, "basis": basis.size}, basis

    return await doing.answer(body, act)
