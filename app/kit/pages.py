"""Opaque cursors: where a list goes on, at which basis, and for which question."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import orjson

from app.kit.errors import Invalid


def question_mark(parameters: dict[str, Any]) -> str:
    """A short digest of a question, so that a cursor is not used with another one."""
    body = orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(body).hexdigest()[:12]


def write_cursor(question: str, basis: int, after: list[Any]) -> str:
    """A URL-safe text that `read_cursor` takes back."""
    body = orjson.dumps([question, basis, after])
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode("ascii")


def read_cursor(cursor: str, question: str) -> tuple[int, list[Any]]:
    """(basis, after). Raises Invalid `invalid_cursor` for a text that is none, `cursor_of_another_question`."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        asked, basis, after = orjson.loads(raw)
        if not (isinstance(basis, int) and 0 <= basis < 2**53 and isinstance(after, list)):
            raise ValueError
    except (ValueError, TypeError, binascii.Error):
        raise Invalid(
            "invalid_cursor",
            "The cursor is not one that this service gave out.",
            "该游标不是由本服务生成的。",
            parameter="cursor",
        ) from None
    if asked != question:
        raise Invalid(
            "cursor_of_another_question",
            "The cursor belongs to another question; keep all other parameters as they were.",
            "该游标属于另一个查询；请保持其他参数不变。",
            parameter="cursor",
        )
    return basis, after
