"""From a credential to the one who asks: keys and tokens, read from the primary at every request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.auth import repository
from app.auth.rules import Asker, Grant, HeldKey, key_fault, key_prefix
from app.kit.db import transaction
from app.kit.errors import Unauthorised

log = structlog.get_logger("factorbase")
NOBODY: Final = ""  # no principal has this id
A_MINUTE: Final = timedelta(minutes=1)
FAULTS: Final = {
    "key_unknown": ("There is no such key.", "没有这个密钥。"),
    "key_revoked": ("This key was revoked.", "该密钥已被吊销。"),
    "key_expired": ("This key has expired.", "该密钥已过期。"),
    "principal_disabled": ("This principal is disabled.", "该主体已被停用。"),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the issuer of a token vouches for."""

    issuer: str
    subject: str


class Tokens(Protocol):
    """What reads the tokens of the configured issuer (oidc.Issuer). Raises Unauthorised, Unavailable."""

    async def identity(self, token: str) -> Identity: ...


@dataclass(frozen=True, slots=True)
class SignedInBy:
    """The asker, and for keys what is known of their last use."""

    asker: Asker
    now: datetime | None = None
    last_used_at: datetime | None = None


def key_malformed() -> Unauthorised:
    return Unauthorised(
        "key_malformed",
        "The Authorization header is not `Bearer <key>`; a key is `fb_`, 8 characters, `_`, 43 characters.",
        "Authorization 请求头不是 `Bearer <密钥>`；密钥由 `fb_`、8 个字符、`_`、43 个字符组成。",
        parameter="Authorization",
    )


def bearer(headers: list[str]) -> str | None:
    """The credential of the Authorization headers; None without one. Raises Unauthorised `key_malformed`."""
    if not headers:
        return None
    scheme, _, credential = headers[0].partition(" ")
    credential = credential.strip(" ")
    if len(headers) > 1 or scheme.casefold() != "bearer" or not credential or len(credential) > 8192:
        raise key_malformed()
    return credential


async def by_key(connection: AsyncConnection, text: str) -> SignedInBy:
    """The owner of the key. Raises Unauthorised with the code of what is wrong.

    The same statements run and the same comparison is made whether the prefix is known or not.
    """
    prefix = key_prefix(text)
    if prefix is None:
        raise key_malformed()
    row = await repository.key_by_prefix(connection, prefix)
    held, principal, now = None, NOBODY, datetime.now(UTC)
    if row is not None:
        held = HeldKey(row.hash, row.expires_at, row.revoked_at, row.disabled_at is not None)
        principal, now = row.principal, row.now
    organisations, grants = await _standing(connection, principal)
    fault = key_fault(held, text, now)
    if fault is not None or row is None:
        raise _refusal(fault or "key_unknown")
    asker = Asker(row.principal, row.name, row.kind, organisations, grants, row.id)
    return SignedInBy(asker, row.now, row.last_used_at)


async def by_identity(connection: AsyncConnection, identity: Identity) -> SignedInBy:
    """The principal linked to the issuer's subject. Raises Unauthorised `unknown_subject`, `principal_disabled`."""
    row = await repository.principal_of_sign_in(connection, identity.issuer, identity.subject)
    if row is None:
        raise Unauthorised(
            "unknown_subject",
            "The token is good, but its subject is not linked to a principal here.",
            "令牌有效，但其主体（sub）在本服务中没有对应的主体。",
        )
    if row.disabled_at is not None:
        raise _refusal("principal_disabled")
    organisations, grants = await _standing(connection, row.id)
    return SignedInBy(Asker(row.id, row.name, row.kind, organisations, grants, None))


def _refusal(code: str) -> Unauthorised:
    return Unauthorised(code, *FAULTS[code])


async def _standing(connection: AsyncConnection, principal: str) -> tuple[frozenset[str], tuple[Grant, ...]]:
    rows = await repository.standing(connection, principal)
    organisations = frozenset(row.organisation for row in rows if row.role is None)
    grants = tuple(Grant(row.role, row.organisation, row.dataset) for row in rows if row.role is not None)
    return organisations, grants


class LastUses:
    """Notes when keys were last used: gathered for a second, then one short transaction of their own.

    A key is written at most once a minute, whichever worker it comes to. A crash loses the last second.
    """

    def __init__(self, engine: AsyncEngine, delay_seconds: int = 1) -> None:
        self._engine = engine
        self._delay = delay_seconds
        self._waiting: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, signed_in: SignedInBy) -> None:
        """Remember the use of a key; returns at once."""
        key, now = signed_in.asker.key, signed_in.now
        if key is None or now is None:
            return
        before = max(filter(None, (signed_in.last_used_at, self._noted.get(key))), default=None)
        if before is not None and now - before < A_MINUTE:
            return
        if len(self._noted) > 10_000:
            self._noted.clear()
        self._noted[key] = self._waiting[key] = now
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._delay, self._start)

    def _start(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self.flush())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def flush(self) -> None:
        """Write what waits. What cannot be written is dropped: it is a convenience, not a record."""
        uses, self._waiting = self._waiting, {}
        if not uses:
            return
        try:
            async with transaction(self._engine) as connection:
                await repository.write_last_uses(connection, uses)
        except (SQLAlchemyError, OSError) as error:
            log.warning("last_use_not_noted", keys=len(uses), error=str(error))

    async def close(self) -> None:
        """Write what waits and stop; before the engine is disposed of."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush()
