"""Pages of those who act, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.auth import repository
from app.auth.repository import AnyRow
from app.kit.errors import Invalid
from app.kit.http import json_answer
from app.kit.pages import question_mark, read_cursor, write_cursor

PRIVATE = "private, no-store"
View = Callable[[AnyRow], dict[str, Any]]


async def page(
    request: Request,
    connection: AsyncConnection,
    table: type[Any],
    view: View,
    wanted: Mapping[str, Any],
    limit: int,
    cursor: str | None,
) -> Response:
    """`limit` rows after the cursor where columns have the values of `wanted` (None: any value)."""
    given = {name: value for name, value in wanted.items() if value is not None}
    question = question_mark({"list": table.__tablename__, **given})
    after = None if cursor is None else _after(cursor, question)
    rows = await repository.page(connection, table, given, after, limit + 1)
    shown, more = rows[:limit], len(rows) > limit
    following = None
    if more:
        following = write_cursor(question, 0, [shown[-1].created_at.isoformat(), shown[-1].id])
    headers = {}
    if following is not None:
        url = request.url.include_query_params(cursor=following)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    body = {"items": [view(row) for row in shown], "next_cursor": following}
    return json_answer(request, body, cache=PRIVATE, headers=headers)


def _after(cursor: str, question: str) -> tuple[datetime, str]:
    try:
        moment, row_id = read_cursor(cursor, question)[1]
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None or not isinstance(row_id, str) or "\x00" in row_id:
            raise ValueError
    except (ValueError, TypeError):
        raise Invalid(
            "invalid_cursor",
            "The cursor is not one that this service gave out.",
            "该游标不是由本服务生成的。",
            parameter="cursor",
        ) from None
    return parsed, row_id
