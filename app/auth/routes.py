"""Organisations, principals, affiliations, sign-ins, grants: for admins. Keys and oneself: `routes_keys`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.auth import listing, schemas, service
from app.auth.access import Admin, Reading, asking, no_query
from app.auth.acting import AdminChanging, AdminCreating
from app.auth.models import Affiliation, GrantRow, Organisation, Principal
from app.auth.rules import Role
from app.kit.http import strict_query
from app.kit.problems import declared

router = APIRouter(prefix="/v1", tags=["people"], dependencies=[Depends(asking)])
Limit = Annotated[int, Query(ge=1, le=500, description="How many items at the most.")]
Cursor = Annotated[str | None, Query(max_length=600, description="`next_cursor` of the page before.")]
RowId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
PrincipalQuery = Annotated[schemas.Id | None, Query(description="Of this principal.")]
READ = declared(400, 401, 403, 404)
WRITE = declared(400, 401, 403, 404, 409, 422)
STRICT = [Depends(strict_query)]
PLAIN = [Depends(no_query)]


@router.post(
    "/organisations",
    status_code=201,
    response_model=schemas.OrganisationItem,
    responses=WRITE,
    dependencies=PLAIN,
)
async def create_organisation(acting: AdminCreating, body: schemas.NewOrganisation) -> Response:
    """A new organisation; its id is for ever."""
    return await acting.create(
        body,
        schemas.organisation_item,
        lambda: service.create_organisation(acting.connection, body.id, body.name.zh, body.name.en),
    )


@router.get("/organisations", response_model=schemas.OrganisationList, responses=READ, dependencies=STRICT)
async def list_organisations(
    request: Request, _: Admin, connection: Reading, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """All organisations, oldest first."""
    view = schemas.organisation_item
    return await listing.page(request, connection, Organisation, view, {}, limit, cursor)


@router.post(
    "/principals", status_code=201, response_model=schemas.PrincipalItem, responses=WRITE, dependencies=PLAIN
)
async def create_principal(acting: AdminCreating, body: schemas.NewPrincipal) -> Response:
    """A person or a system; with `organisation`, affiliated from today."""
    return await acting.create(
        body,
        schemas.principal_item,
        lambda: service.create_principal(acting.connection, body.name, body.kind, body.organisation),
    )


@router.get("/principals", response_model=schemas.PrincipalList, responses=READ, dependencies=STRICT)
async def list_principals(
    request: Request, _: Admin, connection: Reading, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """All principals, oldest first."""
    view = schemas.principal_item
    return await listing.page(request, connection, Principal, view, {}, limit, cursor)


@router.post(
    "/principals/{principal}/disable",
    response_model=schemas.PrincipalItem,
    responses=WRITE,
    dependencies=PLAIN,
)
async def disable_principal(acting: AdminChanging, principal: RowId) -> Response:
    """From now on none of their keys and tokens holds."""
    done = await service.set_disabled(acting.connection, principal, True)
    return await acting.change(done, schemas.principal_item)


@router.post(
    "/principals/{principal}/enable",
    response_model=schemas.PrincipalItem,
    responses=WRITE,
    dependencies=PLAIN,
)
async def enable_principal(acting: AdminChanging, principal: RowId) -> Response:
    """Their keys that have not expired hold again."""
    done = await service.set_disabled(acting.connection, principal, False)
    return await acting.change(done, schemas.principal_item)


@router.post(
    "/principals/{principal}/affiliations",
    status_code=201,
    response_model=schemas.AffiliationItem,
    responses=WRITE,
    dependencies=PLAIN,
)
async def add_affiliation(acting: AdminCreating, principal: RowId, body: schemas.NewAffiliation) -> Response:
    """Where the principal belongs; decides who is independent of what."""
    return await acting.create(
        body,
        schemas.affiliation_item,
        lambda: service.add_affiliation(
            acting.connection, principal, body.organisation, body.from_, body.to, body.declared
        ),
    )


@router.get(
    "/principals/{principal}/affiliations",
    response_model=schemas.AffiliationList,
    responses=READ,
    dependencies=STRICT,
)
async def list_affiliations(
    request: Request,
    _: Admin,
    connection: Reading,
    principal: RowId,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Where the principal belongs and belonged."""
    await service.check_principal(connection, principal)
    wanted, view = {"principal": principal}, schemas.affiliation_item
    return await listing.page(request, connection, Affiliation, view, wanted, limit, cursor)


@router.delete(
    "/principals/{principal}/affiliations/{affiliation}",
    response_model=schemas.AffiliationItem,
    responses=WRITE,
    dependencies=PLAIN,
)
async def end_affiliation(acting: AdminChanging, principal: RowId, affiliation: RowId) -> Response:
    """It ends today; that it was stays on record."""
    done = await service.end_affiliation(acting.connection, principal, affiliation)
    return await acting.change(done, schemas.affiliation_item)


@router.post(
    "/principals/{principal}/sign-ins",
    status_code=201,
    response_model=schemas.SignInItem,
    responses=WRITE,
    dependencies=PLAIN,
)
async def link_sign_in(acting: AdminCreating, principal: RowId, body: schemas.NewSignIn) -> Response:
    """Tokens of the issuer for this subject speak for the principal."""
    return await acting.create(
        body,
        schemas.sign_in_item,
        lambda: service.link_sign_in(acting.connection, principal, body.issuer, body.subject),
    )


@router.post(
    "/grants", status_code=201, response_model=schemas.GrantItem, responses=WRITE, dependencies=PLAIN
)
async def add_grant(acting: AdminCreating, body: schemas.NewGrant) -> Response:
    """A role for an organisation or for a dataset (`*`: all)."""
    return await acting.create(
        body,
        schemas.grant_item,
        lambda: service.grant(
            acting.connection,
            body.principal,
            body.role,
            body.organisation,
            body.dataset,
            granted_by=acting.asker.principal,
        ),
    )


@router.get("/grants", response_model=schemas.GrantList, responses=READ, dependencies=STRICT)
async def list_grants(
    request: Request,
    _: Admin,
    connection: Reading,
    principal: PrincipalQuery = None,
    role: Annotated[Role | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Grants in force and revoked, oldest first."""
    wanted = {"principal": principal, "role": role}
    view = schemas.grant_item
    return await listing.page(request, connection, GrantRow, view, wanted, limit, cursor)


@router.delete("/grants/{grant}", response_model=schemas.GrantItem, responses=WRITE, dependencies=PLAIN)
async def revoke_grant(acting: AdminChanging, grant: RowId) -> Response:
    """From the next request on the role is gone."""
    done = await service.revoke_grant(acting.connection, grant)
    return await acting.change(done, schemas.grant_item)
