"""What routes depend on: who asks (`Asking`, `SignedIn`), a transaction to write in, and the acts of it.

The credential is read from the Authorization header alone; cookies never count under /v1. A credential that
does not hold is 401 even where nobody needs one: nobody is silently made anonymous.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.auth import signing_in
from app.auth.rules import Asker, require, require_admin, sign_in_required
from app.auth.signing_in import LastUses, Tokens
from app.kit.db import Database, snapshot, transaction
from app.kit.errors import Invalid, Unauthorised
from app.kit.problems import problem_response

__all__ = [
    "Act",
    "Admin",
    "Asking",
    "Reading",
    "RecordActs",
    "SignedIn",
    "Writing",
    "actor",
    "asking",
    "install",
    "no_query",
    "record",
    "require",
    "require_admin",
    "signed_in",
]

Act = tuple[str, str | None, dict[str, Any]]
"""(kind, subject, details) of one journal line. Names of people stand in details only."""
RecordActs = Callable[[AsyncConnection, list[Act]], Awaitable[int]]
"""Appends acts to the journal inside the transaction; gives the basis size after them. `app.state.record_acts`."""
BASIS: Final = "Factorbase-Basis"
_scheme = Depends(
    HTTPBearer(auto_error=False, scheme_name="key", description="`Authorization: Bearer <key>`")
)


async def asking(request: Request, _: Annotated[Any, _scheme] = None) -> Asker | None:
    """Who asks, or None. Raises Unauthorised for a credential that does not hold.

    Takes a connection of its own and gives it back: on a router (`dependencies=[Depends(asking)]`) it comes
    before the route's own connection, so that no request waits for a second one while it holds a first.
    """
    credential = signing_in.bearer(request.headers.getlist("authorization"))
    if credential is None:
        return None
    database: Database = request.app.state.database
    tokens: Tokens | None = getattr(request.app.state, "tokens", None)
    if tokens is not None and not credential.startswith("fb_"):
        identity = await tokens.identity(credential)
        async with snapshot(database.primary) as connection:
            return (await signing_in.by_identity(connection, identity)).asker
    async with snapshot(database.primary) as connection:
        found = await signing_in.by_key(connection, credential)
    last_uses: LastUses | None = getattr(request.app.state, "last_uses", None)
    if last_uses is not None:
        last_uses.note(found)
    return found.asker


Asking = Annotated[Asker | None, Depends(asking)]


async def signed_in(asker: Asking) -> Asker:
    """Who asks. Raises Unauthorised `sign_in_required` for nobody."""
    if asker is None:
        raise sign_in_required()
    return asker


SignedIn = Annotated[Asker, Depends(signed_in)]


async def admin(asker: SignedIn) -> Asker:
    """Who asks, if they administer the service. Raises Forbidden `role_missing`."""
    return require_admin(asker)


Admin = Annotated[Asker, Depends(admin)]


async def reading(request: Request, _: SignedIn) -> AsyncIterator[AsyncConnection]:
    """A snapshot of the primary: what was written a moment ago is there."""
    async with snapshot(request.app.state.database.primary) as connection:
        yield connection


Reading = Annotated[AsyncConnection, Depends(reading, scope="function")]


async def writing(request: Request, _: SignedIn) -> AsyncIterator[AsyncConnection]:
    """The transaction of one act: committed before the answer is sent, rolled back on any error."""
    async with transaction(request.app.state.database.write) as connection:
        yield connection


Writing = Annotated[AsyncConnection, Depends(writing, scope="function")]


async def no_query(request: Request) -> None:
    """Refuse query parameters where there are none: an ignored one is a wrong act."""
    for name in request.query_params:
        raise Invalid(
            "unknown_parameter",
            f"There is no parameter {name!r} here.",
            f"此处没有参数 {name!r}。",
            parameter=name,
            valid_values=[],
        )


def actor(request: Request, asker: Asker) -> dict[str, Any]:
    """Who, with which key and from where: members of the details of every act (they can be erased)."""
    address = None if request.client is None else request.client.host
    return {"actor": asker.principal, "key": asker.key, "address": address}


async def record(
    request: Request, connection: AsyncConnection, asker: Asker, acts: list[Act]
) -> dict[str, str]:
    """Write the journal lines, each with its actor; call it last. The headers that every write answers."""
    append: RecordActs = request.app.state.record_acts
    who = actor(request, asker)
    size = await append(connection, [(kind, subject, {**details, **who}) for kind, subject, details in acts])
    return {BASIS: str(size)}


def install(app: FastAPI) -> None:
    """Every 401 says how to sign in (RFC 9110, 15.5.2)."""
    app.add_exception_handler(Unauthorised, _unauthorised)


async def _unauthorised(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unauthorised)
    response = problem_response(401, error, request)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response
