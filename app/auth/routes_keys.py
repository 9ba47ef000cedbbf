"""Oneself and one's keys; admins make and revoke keys of others."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.auth import listing, schemas, service
from app.auth.access import Reading, SignedIn, asking
from app.auth.acting import PRIVATE, Changing, Creating
from app.auth.models import ApiKey
from app.auth.routes import PLAIN, READ, STRICT, WRITE, Cursor, Limit, PrincipalQuery, RowId
from app.auth.rules import Asker, require_admin
from app.kit.http import json_answer

router = APIRouter(prefix="/v1", tags=["people"], dependencies=[Depends(asking)])


def _own_or_admin(asker: Asker, principal: str | None) -> str:
    """Whose keys: one's own, or for admins anybody's. Raises Forbidden `role_missing`."""
    if principal is None or principal == asker.principal:
        return asker.principal
    require_admin(asker)
    return principal


@router.get("/me", response_model=schemas.Me, responses=READ, dependencies=STRICT)
async def read_me(request: Request, asker: SignedIn) -> Response:
    """Who asks, where they belong, and what they may do."""
    return json_answer(request, schemas.me_view(asker), cache=PRIVATE)


@router.post("/keys", status_code=201, response_model=schemas.KeyMade, responses=WRITE, dependencies=PLAIN)
async def create_key(acting: Creating, body: schemas.NewKey) -> Response:
    """A key; `secret` is shown in this answer and never again."""
    principal = _own_or_admin(acting.asker, body.principal)
    return await acting.create(
        body,
        schemas.key_item,
        lambda: service.create_key(acting.connection, principal, body.expires_in_days),
    )


@router.get("/keys", response_model=schemas.KeyList, responses=READ, dependencies=STRICT)
async def list_keys(
    request: Request,
    asker: SignedIn,
    connection: Reading,
    principal: PrincipalQuery = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """One's own keys; for admins all, or those of a principal."""
    whose = principal if asker.is_admin else _own_or_admin(asker, principal)
    wanted, view = {"principal": whose}, schemas.key_item
    return await listing.page(request, connection, ApiKey, view, wanted, limit, cursor)


@router.delete("/keys/{key}", response_model=schemas.KeyItem, responses=WRITE, dependencies=PLAIN)
async def revoke_key(acting: Changing, key: RowId) -> Response:
    """By id or visible prefix; from the next request on it does not hold."""
    only_of = None if acting.asker.is_admin else acting.asker.principal
    done = await service.revoke_key(acting.connection, key, only_of)
    return await acting.change(done, schemas.key_item)
