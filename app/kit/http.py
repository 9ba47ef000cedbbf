"""Small pieces that every route uses: refusing unknown parameters, ETags, and JSON answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from fastapi import Request
from starlette.responses import Response

from app.kit.errors import Invalid
from app.kit.language import Language, preferred

MAX_QUERY_BYTES = 8192


async def strict_query(request: Request) -> None:
    """Refuse unknown and repeated parameters: an ignored filter is a wrong answer."""
    known = _declared(request)
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise Invalid(
                "unknown_parameter",
                f"There is no parameter {name!r} here.",
                f"此处没有参数 {name!r}。",
                parameter=name,
                valid_values=sorted(known),
            )
        if name in seen:
            raise Invalid(
                "repeated_parameter",
                f"{name!r} is given more than once.",
                f"参数 {name!r} 重复出现。",
                parameter=name,
            )
        if value == "":
            raise Invalid("empty_parameter", f"{name!r} is empty.", f"参数 {name!r} 为空。", parameter=name)
        seen.add(name)


def _declared(request: Request) -> set[str]:
    """The query parameters that the OpenAPI document declares for this route."""
    operation = request.app.openapi()["paths"][request.scope["route"].path][request.method.lower()]
    return {item["name"] for item in operation.get("parameters", ()) if item["in"] == "query"}


def check_target(path: bytes, query: bytes) -> None:
    """Refuse a path or query that is not clean UTF-8 text. Raises Invalid `query_too_long`, `invalid_text`."""
    if len(query) > MAX_QUERY_BYTES:
        raise Invalid(
            "query_too_long",
            f"The query string has {len(query)} bytes; at most {MAX_QUERY_BYTES} are read.",
            f"查询字符串有 {len(query)} 字节；最多 {MAX_QUERY_BYTES} 字节。",
        )
    for part, raw in (("path", path), ("query", query.replace(b"+", b" "))):
        try:
            text = unquote_to_bytes(raw).decode("utf-8")
        except UnicodeDecodeError:
            text = "\x00"
        if "\x00" in text:
            raise Invalid(
                "invalid_text",
                f"The {part} holds a NUL byte or bytes that are not UTF-8.",
                f"{'路径' if part == 'path' else '查询字符串'}含有 NUL 字节或非 UTF-8 字节。",
                parameter=part,
            )


def language_of(request: Request) -> Language:
    return preferred(request.headers.get("accept-language"))


def etag_of(body: bytes) -> str:
    """A strong validator of exactly these bytes."""
    return f'"{hashlib.sha256(body).hexdigest()}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """If-None-Match against a strong tag, by weak comparison (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def json_answer(
    request: Request,
    value: Any,
    *,
    cache: str = "public, max-age=0, must-revalidate",
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """`value` as JSON with an ETag of its own bytes; 304 when the client has them."""
    return bytes_answer(request, orjson.dumps(value), media_type, cache=cache, headers=headers)


def bytes_answer(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    cache: str = "public, max-age=0, must-revalidate",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """`body` with an ETag; 304 when the client has it."""
    etag = etag_of(body)
    fields = {**(headers or {}), "ETag": etag, "Cache-Control": cache}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=fields)
    return Response(body, headers=fields, media_type=media_type)
