"""The bytes of a journal entry and the Merkle tree over them. Fixed: golden files in the tests.

An entry is the RFC 8785 JSON of `{v, pos, at, kind, subject, content_hash, commitment}`; the leaf hash and
the tree are those of RFC 6962, section 2.1, so any client of such logs can verify them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

ENTRY_VERSION: Final = 1
MAX_ENTRY_BYTES: Final = 4096
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_quote = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be recorded, before it has a position. `commitment` is SHA-256(nonce || details)."""

    kind: str
    subject: str | None
    content_hash: str | None
    commitment: str


@dataclass(frozen=True, slots=True)
class Head:
    """The tree after `size` entries: its root and its frontier (roots of the perfect subtrees, large first)."""

    size: int
    root: bytes
    frontier: tuple[bytes, ...]


EMPTY: Final = Head(0, EMPTY_ROOT, ())


def commit(nonce: bytes, details: bytes) -> str:
    """The commitment that an entry carries in place of details that may have to be erased one day."""
    if len(nonce) != 32:
        raise ValueError("a nonce has 32 bytes")
    return hashlib.sha256(nonce + details).hexdigest()


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with six decimals, the only spelling that entries use."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_bytes(line: Line, position: int, at: str) -> bytes:
    """Canonical bytes of the entry at `position`. Raises ValueError above 4 kB or for text beyond ASCII.

    Written out, because 100,000 of them are made while the journal is locked; the tests compare it with
    the canonical form of the same members.
    """
    text = (
        f'{{"at":"{at}","commitment":"{line.commitment}","content_hash":{_string(line.content_hash)},'
        f'"kind":{_string(line.kind)},"pos":{position},"subject":{_string(line.subject)},"v":{ENTRY_VERSION}}}'
    )
    entry = text.encode("ascii")
    if len(entry) > MAX_ENTRY_BYTES:
        raise ValueError(f"entry of {len(entry)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
    return entry


def _string(text: str | None) -> str:
    return "null" if text is None else _quote(text)


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def extend(head: Head, leaves: Iterable[bytes]) -> Head:
    """The head after appending `leaves` (leaf hashes) to the tree of `head`; amortised one hash a leaf."""
    size, frontier = head.size, list(head.frontier)
    for leaf in leaves:
        node, carry = leaf, size
        while carry & 1:
            node = node_hash(frontier.pop(), node)
            carry >>= 1
        frontier.append(node)
        size += 1
    return Head(size, fold(frontier), tuple(frontier))


def fold(frontier: Sequence[bytes]) -> bytes:
    """The root over a frontier: perfect subtrees joined from the smallest upwards."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for node in reversed(frontier[:-1]):
        root = node_hash(node, root)
    return root


def split_frontier(size: int, packed: bytes) -> tuple[bytes, ...]:
    """The stored frontier of a tree of `size` leaves: 32 bytes for each set bit of the size."""
    if len(packed) != 32 * size.bit_count():
        raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} nodes")
    return tuple(packed[start : start + 32] for start in range(0, len(packed), 32))
