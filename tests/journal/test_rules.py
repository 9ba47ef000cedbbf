"""The fixed bytes of the journal: entries, leaves and the tree of RFC 6962."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.journal.rules import (
    EMPTY,
    Line,
    commit,
    entry_bytes,
    extend,
    leaf_hash,
    split_frontier,
    stamp,
)

AT = "2026-11-20T21:18:08.000001Z"
GOLDEN_ENTRY = (
    b'{"at":"2026-11-20T21:18:08.000001Z","commitment":"'
    + b"c" * 64
    + b'","content_hash":"'
    + b"a" * 64
    + b'",'
    b'"kind":"factor:version:publish","pos":7,"subject":"cn-grid-co2/average.cn-bj.2022@1","v":1}'
)


GOLDEN_LEAF = "1739bdb172192816284c44b5f312f656edebd011ed44ac14805b56d9187ae6ec"


def merkle(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + merkle(leaves[:k]) + merkle(leaves[k:])).digest()


def test_an_entry_has_its_golden_bytes_and_leaf_hash() -> None:
    line = Line("factor:version:publish", "cn-grid-co2/average.cn-bj.2022@1", "a" * 64, "c" * 64)
    entry = entry_bytes(line, 7, AT)
    assert entry == GOLDEN_ENTRY
    assert leaf_hash(entry).hex() == GOLDEN_LEAF


@given(
    kind=st.from_regex(r"[a-z]{1,9}:[a-z]{1,9}:[a-z]{1,9}", fullmatch=True),
    subject=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
    digest=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    position=st.integers(0, 2**53 - 1),
)
def test_an_entry_is_the_canonical_json_of_its_members(
    kind: str, subject: str | None, digest: str | None, position: int
) -> None:
    members = {
        "v": 1,
        "pos": position,
        "at": AT,
        "kind": kind,
        "subject": subject,
        "content_hash": digest,
        "commitment": "c" * 64,
    }
    assert entry_bytes(Line(kind, subject, digest, "c" * 64), position, AT) == rfc8785.dumps(members)


def test_an_entry_above_four_kilobytes_is_refused() -> None:
    with pytest.raises(ValueError, match="4096"):
        entry_bytes(Line("a:b:c", "x" * 5000, None, "c" * 64), 0, AT)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70), st.integers(0, 70))
def test_the_tree_grows_to_the_root_of_rfc_6962_however_it_is_cut(leaves: list[bytes], cut: int) -> None:
    first = extend(EMPTY, leaves[:cut])
    stored = split_frontier(first.size, b"".join(first.frontier))
    assert stored == first.frontier
    whole = extend(first, leaves[cut:])
    assert whole.root == merkle(leaves)
    assert whole.size == len(leaves)


def test_the_empty_tree_has_the_root_of_the_standard() -> None:
    assert EMPTY.root.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 nodes"):
        split_frontier(3, b"\0" * 32)


def test_a_commitment_is_the_hash_of_nonce_and_details() -> None:
    nonce, details = bytes(range(32)), b'{"actor":"seed"}'
    assert commit(nonce, details) == hashlib.sha256(nonce + details).hexdigest()
    with pytest.raises(ValueError, match="32"):
        commit(b"short", details)


def test_times_are_stamped_in_utc_with_six_decimals() -> None:
    east = datetime(2026, 11, 21, 5, 18, 8, 1, tzinfo=timezone(timedelta(hours=8)))
    assert stamp(east) == AT
    assert stamp(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"
