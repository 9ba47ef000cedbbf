"""Answers kept in memory, ready to send: for paths whose bytes never change and whose headers rarely do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Headers = list[tuple[bytes, bytes]]
OVERHEAD = 600  # what an entry weighs beside its body: key, headers, objects


@dataclass(frozen=True, slots=True)
class HotAnswer:
    """A 200 with its body and the headers of a 304; `etag` as it stands in the header."""

    etag: bytes
    headers: Headers
    not_modified: Headers
    body: bytes


Source = Callable[[bytes], Awaitable[HotAnswer | None]]


class HotAnswers:
    """A bounded store of answers, empty while it cannot hear of changes. `source` finds what is not held.

    `generation` counts the changes heard: an answer that was read before a change is not stored after it.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._held: OrderedDict[bytes, HotAnswer] = OrderedDict()
        self._listening = False
        self.generation = 0
        self.source: Source | None = None

    def find(self, path: bytes) -> HotAnswer | None:
        answer = self._held.get(path)
        if answer is not None:
            self._held.move_to_end(path)
        return answer

    def put(self, path: bytes, headers: Mapping[str, str], body: bytes, generation: int) -> HotAnswer:
        """The answer, ready to send; kept if it was read while `generation` was current."""
        answer = _ready(headers, body)
        if self._listening and generation == self.generation and path not in self._held:
            self._size += len(body) + OVERHEAD
            self._held[path] = answer
            while self._size > self._limit:
                _, oldest = self._held.popitem(last=False)
                self._size -= len(oldest.body) + OVERHEAD
        return answer

    def heard(self) -> None:
        """Something changed, or we listen (again): start afresh."""
        self._listening = True
        self._forget()

    def deaf(self) -> None:
        """Changes can no longer be heard: serve nothing from here."""
        self._listening = False
        self._forget()

    def _forget(self) -> None:
        self.generation += 1
        self._held.clear()
        self._size = 0

    def __len__(self) -> int:
        return len(self._held)


def _ready(headers: Mapping[str, str], body: bytes) -> HotAnswer:
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    full = [*fields, (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return HotAnswer(headers["ETag"].encode("latin-1"), full, fields, body)
