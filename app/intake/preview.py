"""What a draft changes against the last release, factor by factor. Nothing is deleted: what is gone is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import editions
from app.catalog.diff import diff_as_json, diff_documents
from app.catalog.rules import Published, substance_of
from app.intake import repository
from app.kit.language import Language

Kind = Literal["changed", "added", "gone", "unchanged"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Answer = Literal["retire", "drop", "carry_forward"]
ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)
QUESTION: Final[Mapping[Language, str]] = {
    "zh": "该因子在上一版本中，但本次上传没有。"
    "是停用（retire）、仅不再收录（drop），还是沿用到本版本（carry_forward）？",
    "en": "The last release has this factor, the upload does not. Shall it be retired (retire), no longer be part "
    "of the dataset (drop), or come along into this release (carry_forward)?",
}
SHOWN: Final = ("value", "unit", "amounts", "region", "year", "name")


@dataclass(frozen=True, slots=True)
class Compared:
    """Each key with what becomes of it, changed ones first, then by key; `base`: factors of the last release."""

    kinds: Sequence[tuple[Kind, str]]
    counts: Mapping[str, int]
    unanswered: int


async def compare(connection: AsyncConnection, draft: Any) -> Compared:
    """Compare by substance hash. A delta leaves alone what it does not name (`counts.carried`)."""
    own = [] if draft.upload is None else await repository.factor_hashes(connection, draft.upload)
    last = await editions.published_factors(connection, draft.dataset)
    return sort_out(own, last, draft.mode, draft.answers)


def sort_out(
    own: Sequence[tuple[str, str]], last: Mapping[str, Published], mode: str, answers: Mapping[str, str]
) -> Compared:
    """`own`: (key, substance hash) of the upload; `answers` by key, `*` for all others."""
    kinds: list[tuple[Kind, str]] = [(_kind(last.get(key), digest), key) for key, digest in own]
    named = {key for key, _ in own}
    missing = sorted(key for key, version in last.items() if version.carried and key not in named)
    if mode == "full":
        kinds += [("gone", key) for key in missing]
    order = {kind: place for place, kind in enumerate(KINDS)}
    kinds.sort(key=lambda item: (order[item[0]], item[1]))
    counts = Counter[str](kind for kind, _ in kinds)
    counts.update(dict.fromkeys(KINDS, 0))
    if mode == "delta":
        counts["carried"] = len(missing)
    open_questions = [
        key for kind, key in kinds if kind == "gone" and answers.get(key, answers.get("*")) is None
    ]
    return Compared(kinds, dict(counts), len(open_questions))


def _kind(before: Published | None, digest: str) -> Kind:
    if before is None:
        return "added"
    return "unchanged" if before.substance_hash == digest and before.carried else "changed"


def page(
    compared: Compared, kind: Kind | None, after: Sequence[str] | None, limit: int
) -> list[tuple[Kind, str]]:
    """The next entries after (kind, key)."""
    entries = [entry for entry in compared.kinds if kind is None or entry[0] == kind]
    start = 0
    if after is not None:
        order = {name: place for place, name in enumerate(KINDS)}
        mark = (order[_as_kind(after[0])], after[1])
        start = sum((order[entry[0]], entry[1]) <= mark for entry in entries)
    return entries[start : start + limit]


def _as_kind(text: str) -> Kind:
    return next(kind for kind in KINDS if kind == text)


async def items(
    connection: AsyncConnection, draft: Any, entries: Sequence[tuple[Kind, str]], language: Language
) -> list[dict[str, Any]]:
    """The entries with old and new figures and, where both have one of the same unit, the percent."""
    keys = [key for _, key in entries]
    old = await editions.current_documents(connection, draft.dataset, keys)
    new: dict[str, bytes] = {}
    if draft.upload is not None:
        new = await repository.substances(connection, draft.upload, keys)
    return [_item(draft, kind, key, old.get(key), new.get(key), language) for kind, key in entries]


def _item(
    draft: Any, kind: Kind, key: str, old: Mapping[str, Any] | None, data: bytes | None, language: Language
) -> dict[str, Any]:
    new = None if data is None else orjson.loads(data)
    shown: dict[str, Any] = {
        "kind": kind,
        "ref": f"{draft.dataset}/{key}",
        "key": key,
        "name": (new or old or {}).get("name"),
        "version": None if old is None else old["version"],
        "old": _figures(old),
        "new": _figures(new),
        "percent": None,
    }
    if kind == "gone":
        answer = draft.answers.get(key, draft.answers.get("*"))
        shown |= {"question": QUESTION[language], "answer": answer, "valid_answers": list(ANSWERS)}
    if kind == "changed" and old is not None and new is not None:
        changes = diff_as_json(diff_documents(substance_of(old), new))
        shown |= {"changes": changes, "percent": _percent(changes)}
    return shown


def _figures(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if document is None:
        return None
    return {name: document[name] for name in SHOWN if name in document and name != "name"}


def _percent(changes: Sequence[Mapping[str, Any]]) -> str | None:
    """The percent change of the value itself; those of single gases stand in `changes`."""
    for change in changes:
        if change["path"] == "/value":
            derived = change.get("derived") or {}
            percent: str | None = derived.get("percent_change")
            return percent
    return None
