"""One worker: `python -m app.worker [module:factory]`; the supervisor starts it and hands it the socket."""

from __future__ import annotations

import os
import socket
import sys

import uvicorn

from app.kit.supervise import BACKLOG, LISTEN_FD, PARENT_FD, READY_FD, exit_with_parent

FACTORY = "app.main:create_app"
GRACE = 10  # seconds; the supervisor waits a little longer


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
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE,
    )
    Server(config).run(sockets=[socket.socket(fileno=int(os.environ[LISTEN_FD]))])


if __name__ == "__main__":
    main(*sys.argv[1:2])
