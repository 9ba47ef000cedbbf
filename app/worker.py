"""One worker: `python -m app.worker [module:factory]`; the supervisor starts it and hands it the socket."""

from __future__ import annotations

import os
import re
import socket
import sys

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.kit.supervise import BACKLOG, LISTEN_FD, PARENT_FD, READY_FD, exit_with_parent

_beyond_ascii = re.compile(rb"[\x80-\xff]")
FACTORY = "app.main:create_app"
GRACE = 10  # seconds; the supervisor waits a little longer


class Protocol(HttpToolsProtocol):
    """Takes addresses as people type them: raw Chinese bytes in the request line are percent-encoded first,
    since the parser refuses them. Bodies are not touched: they come while a request is being answered."""

    def data_received(self, data: bytes) -> None:
        if not data.isascii() and (self.cycle is None or self.cycle.response_complete):
            line, end, rest = data.partition(b"\r\n")
            data = _beyond_ascii.sub(lambda match: b"%%%02X" % match.group()[0], line) + end + rest
        super().data_received(data)


class Server(uvicorn.Server):
    """Uvicorn that tells the supervisor when it takes connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            os.write(int(os.environ[READY_FD]), b"1")


def main(factory: str = FACTORY) -> None:
    exit_with_parent(int(os.environ[PARENT_FD]))
    config = uvicorn.Config(
        factory,
        factory=True,
        loop="uvloop",
        http=Protocol,
        lifespan="on",
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE,
    )
    Server(config).run(sockets=[socket.socket(fileno=int(os.environ[LISTEN_FD]))])


if __name__ == "__main__":
    main(*sys.argv[1:2])
