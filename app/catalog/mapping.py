"""Where a factor went that was renamed, split or merged: old references lead to new ones, with a note.

A map is recorded whole: the newest one of an old reference counts, and an empty one takes it back (it is
recorded as leading to itself). Answers at an earlier basis follow the map of that time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog.models import CatalogRow, FactorMap, Release
from app.catalog.withdrawing_rules import parse_ref
from app.journal import service as journal
from app.journal.service import Act, Basis
from app.kit.canonical import canonical_bytes, content_hash
from app.kit.errors import NotFound, Unprocessable

Relation = Literal["same", "split", "merged", "narrower"]
RELATIONS: Final[tuple[str, ...]] = get_args(Relation)


@dataclass(frozen=True, slots=True)
class Successor:
    """`ref` took the place of an old reference: the same thing, a part of it, what it went into, or a part."""

    ref: str
    relation: str
    note: Mapping[str, str] | None = None

    def shown(self) -> dict[str, Any]:
        """As answers show it."""
        note = None if self.note is None else dict(self.note)
        return {
            "ref": self.ref,
            "relation": self.relation,
            "note": note,
            "links": {"self": f"/v1/factors/{self.ref}"},
        }


async def successors(connection: AsyncConnection, old_ref: str, size: int) -> list[Successor]:
    """What took the place of `old_ref` as the journal stood at `size`; empty where nothing did."""
    known = (FactorMap.old_ref == old_ref, FactorMap.position < size)
    newest = select(func.max(FactorMap.position)).where(*known).scalar_subquery()
    query = (
        select(FactorMap)
        .where(FactorMap.old_ref == old_ref, FactorMap.position == newest, FactorMap.new_ref != old_ref)
        .order_by(FactorMap.new_ref)
    )
    rows = await connection.execute(query)
    return [
        Successor(row.new_ref, row.relation, None if row.note is None else json.loads(row.note))
        for row in rows
    ]


async def record(
    connection: AsyncConnection, old_ref: str, chosen: Sequence[Successor], actor: Mapping[str, Any]
) -> Basis:
    """Record what took the place of `old_ref`, instead of what was recorded before.

    Raises Unprocessable `invalid_ref`, `unknown_successor`, `unknown_relation`, `successor_given_twice`.
    """
    _check(old_ref, chosen)
    await _check_published(connection, [successor.ref for successor in chosen])
    shown = {"old_ref": old_ref, "successors": [successor.shown() for successor in chosen]}
    act = Act("factor:map:record", old_ref, content_hash(shown), {**actor, "successors": shown["successors"]})
    basis = await journal.append(connection, journal.prepare([act]))
    rows = [
        {
            "old_ref": old_ref,
            "new_ref": successor.ref,
            "relation": successor.relation,
            "note": None if successor.note is None else canonical_bytes(dict(successor.note)),
            "position": basis.size - 1,
        }
        for successor in chosen or [Successor(old_ref, "same")]
    ]
    await connection.execute(insert(FactorMap), rows)
    return basis


def replaced(old_ref: str, found: Sequence[Successor]) -> NotFound:
    """The 404 of an old reference: it names what took its place."""
    names = ", ".join(successor.ref for successor in found)
    return NotFound(
        "factor_replaced",
        f"There is no factor {old_ref!r} here; its place was taken by {names}.",
        f"没有因子 {old_ref!r}；其后继为 {names}。",
        successors=[successor.shown() for successor in found],
    )


def _check(old_ref: str, chosen: Sequence[Successor]) -> None:
    refs = [successor.ref for successor in chosen]
    for ref in (old_ref, *refs):
        parsed = parse_ref(ref)
        if parsed is None or parsed[2] is not None:
            raise Unprocessable(
                "invalid_ref", f"{ref!r} is not `dataset/key`.", f"{ref!r} 不是 `dataset/key`。"
            )
    if len(set(refs)) < len(refs) or old_ref in refs:
        raise Unprocessable(
            "successor_given_twice",
            "A successor is given once, and nothing succeeds itself.",
            "后继因子不得重复，也不得为其自身。",
        )
    for successor in chosen:
        if successor.relation not in RELATIONS:
            raise Unprocessable(
                "unknown_relation",
                f"{successor.relation!r} is not a relation.",
                f"{successor.relation!r} 不是有效的关系。",
                parameter="relation",
                valid_values=RELATIONS,
            )


async def _check_published(connection: AsyncConnection, refs: Sequence[str]) -> None:
    query = (
        select(CatalogRow.ref)
        .join(Release, Release.id == CatalogRow.release_id)
        .where(CatalogRow.ref == func.any(list(refs)), Release.published_position.is_not(None))
    )
    known = set((await connection.execute(query)).scalars())
    missing = [ref for ref in refs if ref not in known]
    if missing:
        raise Unprocessable(
            "unknown_successor",
            f"There is no published factor {', '.join(missing[:20])}.",
            f"没有已发布的因子 {'、'.join(missing[:20])}。",
            parameter="successors",
            refs=missing[:50],
        )
