"""The outermost layer of the service: request ids, hot answers, HEAD, access log and metrics.

Plain ASGI, because it runs for every request and a known document should cost little more than its bytes.
"""

from __future__ import annotations

import asyncio
import re
import sys
from secrets import token_hex
from time import perf_counter, time
from typing import Any, Final

import orjson
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.errors import Invalid, Problem
from app.kit.hot import HotAnswer, HotAnswers
from app.kit.http import check_target
from app.kit.problems import problem_response

REQUESTS: Final = Counter(
    "factorbase_http_requests_total", "Requests by route and status", ["method", "route", "status"]
)
SECONDS: Final = Histogram(
    "factorbase_http_request_seconds",
    "Time to the end of the answer by route",
    ["route"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HOT_ROUTE: Final = "/v1/factors/{dataset}/{key}/versions/{n}"
_request_id = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class AccessLog:
    """One JSON line a request on standard output, written in batches."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self._lines: list[bytes] = []
        self._scheduled = False

    def write(self, line: dict[str, Any]) -> None:
        self._lines.append(orjson.dumps(line))
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(0.2, self.flush)

    def flush(self) -> None:
        self._scheduled = False
        lines, self._lines = self._lines, []
        if lines:
            sys.stdout.write(b"\n".join(lines).decode() + "\n")
            sys.stdout.flush()


class Front:
    """Wraps the application; see the module's docstring."""

    def __init__(self, app: ASGIApp, hot: HotAnswers, access_log: AccessLog) -> None:
        self.app = app
        self.hot = hot
        self.access_log = access_log
        self._hot_seconds = SECONDS.labels(HOT_ROUTE)
        self._hot_requests = {s: REQUESTS.labels("GET", HOT_ROUTE, str(s)) for s in (200, 304)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        if scope["method"] == "GET" and not scope["query_string"]:
            path = scope["raw_path"]
            answer = self.hot.find(path)
            if answer is None and self.hot.source is not None:
                answer = await self.hot.source(path)
            if answer is not None:
                await self._send_hot(answer, scope, send, started)
                return
        await self._send_cold(scope, receive, send, started)

    async def _send_hot(self, answer: HotAnswer, scope: Scope, send: Send, started: float) -> None:
        wanted, request_id = None, None
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                wanted = value
            elif name == b"x-request-id":
                request_id = value
        status, headers, body = 200, answer.headers, answer.body
        if wanted is not None and (answer.etag in wanted or wanted.strip() == b"*"):
            status, headers, body = 304, answer.not_modified, b""
        request_id = _given_or_new(request_id)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*headers, (b"x-request-id", request_id)],
            }
        )
        await send({"type": "http.response.body", "body": body})
        seconds = perf_counter() - started
        self._hot_requests[status].inc()
        self._hot_seconds.observe(seconds)
        if self.access_log.enabled:
            self._log(scope, status, len(body), seconds, request_id)

    async def _send_cold(self, scope: Scope, receive: Receive, send: Send, started: float) -> None:
        request_id = _given_or_new(dict(scope["headers"]).get(b"x-request-id"))
        outcome = {"status": 500, "bytes": 0}
        method = scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                outcome["status"] = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            elif message["type"] == "http.response.body":
                if method == "HEAD":
                    message = {**message, "body": b""}
                outcome["bytes"] += len(message.get("body", b""))
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id.decode("ascii")
        try:
            problem = _refused(scope)
            if problem is not None:
                response = problem_response(
                    414 if problem.code == "query_too_long" else 400, problem, Request(scope)
                )
                await response(scope, receive, sending)
            else:
                await self.app(scope, receive, sending)
        finally:
            seconds = perf_counter() - started
            route = getattr(scope.get("route"), "path", "other")
            REQUESTS.labels(method, route, str(outcome["status"])).inc()
            SECONDS.labels(route).observe(seconds)
            if self.access_log.enabled:
                self._log(
                    {**scope, "method": method}, outcome["status"], outcome["bytes"], seconds, request_id
                )

    def _log(self, scope: Scope, status: int, size: int, seconds: float, request_id: bytes) -> None:
        self.access_log.write(
            {
                "event": "request",
                "time": round(time(), 3),
                "request_id": request_id.decode("ascii"),
                "method": scope["method"],
                "path": scope["path"],
                "query": scope["query_string"].decode("latin-1"),
                "status": status,
                "bytes": size,
                "ms": round(seconds * 1000, 2),
            }
        )


def _refused(scope: Scope) -> Problem | None:
    try:
        check_target(scope.get("raw_path") or b"", scope["query_string"])
    except Invalid as problem:
        return problem
    return None


def _given_or_new(given: bytes | None) -> bytes:
    """The caller's request id where it is a harmless word, else a fresh one."""
    if given is not None and _request_id.fullmatch(given):
        return given
    return token_hex(8).encode("ascii")
