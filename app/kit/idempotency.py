"""Creating posts that may be sent again: `Idempotency-Key`, unique by principal and route.

The row of a key is written in the transaction of the act. So an act that failed leaves no key behind and may
be tried again, and an acknowledged act always has its answer. The same body again gets the first answer,
another body is refused, and a second request while the first one runs is told to come back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy import DateTime, Index, Integer, LargeBinary, Text, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from app.kit.canonical import sha256_hex
from app.kit.db import Base
from app.kit.errors import Conflict, Unprocessable

C_TEXT = Text(collation="C")
KEPT_DAYS: Final = 30
PATTERN: Final = r"^[\x21-\x7e]{1,255}$"
REPLAYED: Final = "Idempotency-Replayed"


class IdempotencyKey(Base):
    """The first answer to a request that carried a key."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index(None, "created_at"),)

    principal: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    route: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    key: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    body_hash: Mapped[str] = mapped_column(C_TEXT)
    status: Mapped[int] = mapped_column(Integer)
    headers: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("clock_timestamp()")
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a creating post answers. `kept` is the body for a later replay, where it must differ (a secret)."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Any] | None = None


OnceKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=PATTERN,
        description="Send the same key again with the same body and get the first answer again.",
    ),
]


def fingerprint(request: Request, body: BaseModel | bytes | str | None) -> str:
    """SHA-256 over the path, the query and the body: what has to be the same the second time.

    Of a model the parsed content counts; for uploads give the file's hash, since multipart boundaries differ.
    """
    if isinstance(body, BaseModel):
        raw = orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    else:
        raw = body.encode() if isinstance(body, str) else body or b""
    head = f"{request.url.path}?{request.url.query}".encode()
    return sha256_hex(hashlib.sha256(head).digest() + raw)


async def once(
    connection: AsyncConnection,
    request: Request,
    principal: str,
    key: str | None,
    body: BaseModel | bytes | str | None,
    act: Callable[[], Awaitable[Answer]],
) -> Response:
    """Run `act` in the transaction of `connection`, or give the answer that it gave before.

    Raises Conflict `idempotency_in_progress` while another request with this key runs, Unprocessable
    `idempotency_key_reused` for another body, and what `act` raises (then nothing is kept).
    """
    if key is None:
        return _response(await act())
    route = f"{request.method} {request.scope['route'].path}"
    place = {"principal": principal, "route": route, "key": key}
    await _lock(connection, place)
    digest = fingerprint(request, body)
    earlier = await _earlier(connection, place, digest)
    if earlier is not None:
        return earlier
    answer = await act()
    await _keep(connection, place, digest, answer)
    return _response(answer)


async def _lock(connection: AsyncConnection, place: Mapping[str, str]) -> None:
    """Nobody waits for the first request: that would hold connections that it may need."""
    digest = hashlib.sha256("\n".join(place.values()).encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    taken = await connection.execute(select(func.pg_try_advisory_xact_lock(number)))
    if not taken.scalar_one():
        raise Conflict(
            "idempotency_in_progress",
            "A request with this Idempotency-Key is being worked on; ask again shortly.",
            "使用该 Idempotency-Key 的请求正在处理，请稍后重试。",
            parameter="Idempotency-Key",
        )


async def _earlier(connection: AsyncConnection, place: Mapping[str, str], digest: str) -> Response | None:
    query = select(IdempotencyKey).where(*(getattr(IdempotencyKey, name) == place[name] for name in place))
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    if row.body_hash != digest:
        raise Unprocessable(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request; take a new one.",
            "该 Idempotency-Key 已用于另一个请求；请换用新的。",
            parameter="Idempotency-Key",
        )
    headers = {**orjson.loads(row.headers), REPLAYED: "true"}
    return Response(row.answer, row.status, headers, "application/json")


async def _keep(connection: AsyncConnection, place: Mapping[str, str], digest: str, answer: Answer) -> None:
    body = answer.body if answer.kept is None else answer.kept
    await connection.execute(
        insert(IdempotencyKey).values(
            **place,
            body_hash=digest,
            status=answer.status,
            headers=orjson.dumps(dict(answer.headers)),
            answer=orjson.dumps(dict(body), default=str),
        )
    )


def _response(answer: Answer) -> Response:
    headers = {"Cache-Control": "no-store", **answer.headers}
    return Response(orjson.dumps(dict(answer.body), default=str), answer.status, headers, "application/json")


async def forget(connection: AsyncConnection, days: int = KEPT_DAYS) -> int:
    """Remove the keys older than `days`; rows that another cleaner holds are left to it. How many went."""
    statement = text(
        "DELETE FROM idempotency_key WHERE ctid IN (SELECT ctid FROM idempotency_key"
        " WHERE created_at < clock_timestamp() - make_interval(days => :days) FOR UPDATE SKIP LOCKED)"
    )
    return (await connection.execute(statement, {"days": days})).rowcount
