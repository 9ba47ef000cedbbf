"""The one place that turns errors into HTTP: problem+json (RFC 9457) with a stable code, in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.kit.errors import (
    Broken,
    Busy,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Problem,
    Stale,
    TooLarge,
    Unauthorised,
    Unavailable,
    Unprocessable,
)
from app.kit.language import preferred

MEDIA_TYPE: Final = "application/problem+json"
STATUS: Final[dict[type[Problem], int]] = {
    Invalid: 400,
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    Stale: 412,
    TooLarge: 413,
    Unprocessable: 422,
    Busy: 429,
    Broken: 500,
    Unavailable: 503,
}
AWAY: Final = ("08", "57", "3D")  # SQLSTATE classes: connection, operator intervention, no such database
log = structlog.get_logger("factorbase")


class ProblemDocument(BaseModel):
    """An error: `code` is stable and for programs, `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    parameter: str | None = None
    valid_values: list[Any] | None = None


def problem_response(status: int, problem: Problem, request: Request) -> Response:
    """The answer for `problem`, in the language that the request prefers."""
    language = preferred(request.headers.get("accept-language"))
    body: dict[str, Any] = {
        "type": f"urn:factorbase:problem:{problem.code}",
        "title": problem.code.replace("_", " "),
        "status": status,
        "code": problem.code,
        "detail": problem.text[language],
    }
    if problem.parameter is not None:
        body["parameter"] = problem.parameter
    if problem.valid_values is not None:
        body["valid_values"] = problem.valid_values
    body.update(problem.extra)
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Response(orjson.dumps(body, default=str), status, headers, MEDIA_TYPE)


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` entry of a route for its error statuses."""
    schema = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {status: {"description": "A problem (RFC 9457)", "content": schema} for status in statuses}


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(Problem, _known)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for kind in (OSError, InterfaceError, OperationalError, PoolTimeout, DBAPIError):
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _unexpected)


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem_response(status, error, request)


async def _validation(request: Request, error: Exception) -> Response:
    """What FastAPI could not read into the declared type: named by parameter, with what it should be."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    problem = Invalid(
        "invalid_parameter" if first["loc"][0] != "body" else "invalid_body",
        f"{place}: {first['msg']}",
        f"参数 {place} 无效：{first['msg']}",
        parameter=place,
        valid_values=_expected(first),
    )
    return problem_response(400, problem, request)


def _expected(error: dict[str, Any]) -> Sequence[Any] | None:
    context = error.get("ctx") or {}
    if "expected" in context:
        return [part.strip(" '") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
    bounds = [f"{name} {context[name]}" for name in ("ge", "gt", "le", "lt", "max_length") if name in context]
    return bounds or None


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        problem: Problem = NotFound("no_such_path", "There is nothing at this address.", "该地址不存在。")
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        problem = Invalid(
            "method_not_allowed",
            f"{request.method} is not possible here.",
            f"此处不支持 {request.method}。",
            valid_values=[method.strip() for method in allowed.split(",") if method],
        )
    else:
        problem = Invalid("http_error", str(error.detail), str(error.detail))
    response = problem_response(error.status_code, problem, request)
    response.headers.update(error.headers or {})
    return response


async def _database(request: Request, error: Exception) -> Response:
    """The database is away, overloaded, or took too long; anything else that it says is our fault."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if isinstance(error, PoolTimeout) or state in ("57014", "53300"):
        code, en, zh = "too_busy", "The service is too busy; try again shortly.", "服务繁忙，请稍后重试。"
    elif isinstance(error, OSError) or getattr(error, "connection_invalidated", False) or state[:2] in AWAY:
        code, en, zh = "database_unreachable", "The database does not answer.", "数据库无响应。"
    else:
        return await _unexpected(request, error)
    log.warning(code, path=request.url.path, error=str(error))
    response = problem_response(503, Unavailable(code, en, zh), request)
    response.headers["Retry-After"] = "2"
    return response


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected_error", path=request.url.path, exc_info=error)
    problem = Broken("internal_error", "An internal error; it has been logged.", "内部错误，已记录。")
    return problem_response(500, problem, request)
