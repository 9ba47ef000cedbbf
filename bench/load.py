"""The client: keep-alive connections that each send the next request when the last answer is whole.

    python -m bench.load PLAN      (JSON of `Plan`; prints the result as JSON, at SIGTERM what there is)

A process of its own, so that it does not share an interpreter with what it measures. It knows just as much of
HTTP/1.1 as it needs: answers with Content-Length, chunked ones that end with an empty chunk, and 304.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import uvloop

from bench.stats import percentile

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True)
class Target:
    """One request: its path with query, and headers beyond Host."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)

    def request(self) -> bytes:
        lines = [f"GET {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


@dataclass(frozen=True)
class Plan:
    """One loop. `repeat`: take the targets round and round; else stop when each was asked once.

    `pause` seconds lie between an answer and the next request of a connection; answers of the first `warm`
    seconds do not count.
    """

    port: int
    targets: str
    connections: int
    seconds: float
    repeat: bool = True
    pause: float = 0.0
    warm: float = 0.3
    seed: int = 0


def answer_end(data: bytes | bytearray) -> int:
    """The length of the first answer in `data`, or -1 while it is not whole."""
    head = data.find(HEAD_END)
    if head < 0:
        return -1
    fields = bytes(data[:head]).lower()
    at = fields.find(b"\r\ncontent-length:")
    if at >= 0:
        end = fields.find(b"\r\n", at + 2)
        length = int(fields[at + 17 : end if end >= 0 else len(fields)])
        whole = head + 4 + length
        return whole if len(data) >= whole else -1
    if b"\r\ntransfer-encoding: chunked" in fields:
        return len(data) if data.endswith(LAST_CHUNK) else -1
    return head + 4


class Counter:
    """What all connections share: the requests to send, and what was seen."""

    def __init__(self, requests: Iterator[bytes], begin: float, warm: float, end: float) -> None:
        self.requests = requests
        self.begin, self.from_, self.end = begin, begin + warm, end
        self.times: list[float] = []
        self.statuses: dict[bytes, int] = {}
        self.total = 0
        self.last = begin
        self.running = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        """Send nothing more; the loop ends with the answers that are under way."""
        self.end = 0.0

    def next(self) -> bytes | None:
        return None if time.perf_counter() >= self.end else next(self.requests, None)

    def saw(self, status: bytes, sent: float, now: float) -> None:
        self.total += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if sent >= self.from_:
            self.times.append(now - sent)
            self.last = now

    def gone(self, error: str | None) -> None:
        self.running -= 1
        if error is not None and not self.done.done():
            self.done.set_exception(RuntimeError(error))
        elif self.running == 0 and not self.done.done():
            self.done.set_result(None)


class Connection(asyncio.Protocol):
    def __init__(self, counter: Counter, pause: float) -> None:
        self.counter, self.pause = counter, pause
        self.buffer = bytearray()
        self.sent = 0.0
        self.finished = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.counter.running += 1
        self.ask()

    def ask(self) -> None:
        request = self.counter.next()
        if request is None:
            self.finished = True
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            self.buffer += data
            if answer_end(self.buffer) < 0:
                return
            data = bytes(self.buffer)
            self.buffer.clear()
        elif answer_end(data) < 0:
            self.buffer += data
            return
        self.counter.saw(data[9:12], self.sent, time.perf_counter())
        if self.pause:
            asyncio.get_running_loop().call_later(self.pause, self.ask)
        else:
            self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        self.counter.gone(None if self.finished else f"the server closed the connection ({error})")


async def run(plan: Plan, requests: list[bytes]) -> dict[str, Any]:
    """Run one loop; all figures in seconds."""
    if plan.repeat:
        random.Random(plan.seed).shuffle(requests)
    begin, processor = time.perf_counter(), time.process_time()
    source = cycle(requests) if plan.repeat else islice(requests, None)
    counter = Counter(source, begin, plan.warm, begin + plan.warm + plan.seconds)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, counter.stop)
    for _ in range(plan.connections):
        await loop.create_connection(lambda: Connection(counter, plan.pause), "127.0.0.1", plan.port)
    await counter.done
    times = counter.times
    wall = max(counter.last - counter.from_, 1e-9)
    return {
        "count": len(times),
        "total": counter.total,
        "rate": len(times) / wall,
        "p50": percentile(times, 50),
        "p99": percentile(times, 99),
        "worst": max(times, default=0.0),
        "seconds": time.perf_counter() - begin,
        "client_busy": (time.process_time() - processor) / (time.perf_counter() - begin),
        "statuses": {status.decode(): count for status, count in counter.statuses.items()},
        "times": times if len(times) <= 5000 else [],
    }


if __name__ == "__main__":
    given = Plan(**json.loads(sys.argv[1]))
    rows = json.loads(Path(given.targets).read_text())
    print(json.dumps(uvloop.run(run(given, [Target(*row).request() for row in rows]))))
