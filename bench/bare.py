"""The baseline: the least that ASGI can do, sending bytes from memory.

    python -m bench.bare PORT ANSWERS

ANSWERS is a file of JSON lines `[path, [[name, value], ...], body]`. Same server, event loop and parser as
the service's own worker; no framework, no log, no metrics.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

Send = Callable[[dict[str, Any]], Awaitable[None]]


def make_app(answers: dict[bytes, tuple[dict[str, Any], dict[str, Any]]]) -> Any:
    """An ASGI callable that looks the path up and sends what it finds."""

    async def app(scope: dict[str, Any], receive: Any, send: Send) -> None:
        start, body = answers[scope["raw_path"]]
        await send(start)
        await send(body)

    return app


def read_answers(file: Path) -> dict[bytes, tuple[dict[str, Any], dict[str, Any]]]:
    answers = {}
    with file.open(encoding="utf-8") as lines:
        for path, headers, body in map(json.loads, lines):
            fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            answers[path.encode("ascii")] = (
                {"type": "http.response.start", "status": 200, "headers": fields},
                {"type": "http.response.body", "body": body.encode("utf-8")},
            )
    return answers


if __name__ == "__main__":
    uvicorn.run(
        make_app(read_answers(Path(sys.argv[2]))),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
    )
