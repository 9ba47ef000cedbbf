"""The versions of one factor: the statement behind exact addresses, asked for by SQL text.

It is the busiest statement of the service, so it is written out: it goes through the two unique indexes of
factor and version, and brings status and successor along in the same round trip.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog.conditions import Moment
from app.catalog.items import Version, byte_headers
from app.catalog.withdrawing_rules import Event, standing
from app.kit.hot import HotAnswer, HotAnswers

log = structlog.get_logger("factorbase")
_STATEMENT: Final = """
    SELECT f.dataset, f.key, v.n, v.document, v.content_hash, r.number AS release, r.published_at,
        r.published_position, coalesce(n.published_position < {size}, false) AS superseded, e.events
    FROM factor f
    JOIN factor_version v ON v.factor_id = f.id
    JOIN release r ON r.id = v.release_id AND r.published_position < {size}
    JOIN catalog_row c ON c.version_id = v.id
    LEFT JOIN release n ON n.id = c.superseded_in
    LEFT JOIN LATERAL (
        SELECT json_agg(json_build_object(
            'position', s.position, 'status', s.status, 'at', s.at, 'effective_from', s.effective_from,
            'reason', convert_from(s.reason, 'UTF8')::json, 'successor', s.successor,
            'errata_class', s.errata_class, 'by_release', s.by_release
        ) ORDER BY s.position DESC, s.id DESC)::text AS events
        FROM status_event s
        WHERE s.version_id = v.id AND s.position < {size}
    ) e ON true
    WHERE f.dataset = {dataset} AND f.key = {key} AND {one}
    ORDER BY v.n
"""
AT_A_BASIS: Final = text(
    _STATEMENT.format(
        size="CAST(:size AS bigint)",
        dataset=":dataset",
        key=":key",
        one="true",
    )
)
NEWEST: Final = _STATEMENT.format(
    size="(SELECT max(size) FROM journal_head)",
    dataset="$1",
    key="$2",
    one="v.n = $3",
)
_path = re.compile(rb"/v1/factors/([a-z0-9-]{2,125})/([a-z0-9._-]{1,319})/versions/([1-9][0-9]{0,3})")


async def versions_of(connection: AsyncConnection, moment: Moment, dataset: str, key: str) -> list[Version]:
    """The versions of a factor that were published at the basis, oldest first."""
    names = {"dataset": dataset, "key": key, "size": moment.size}
    rows = (await connection.execute(AT_A_BASIS, names)).mappings()
    return [_version(dict(row), moment.at) for row in rows]


class VersionSource:
    """Finds a version that is not in memory yet, past the framework: one statement on a plain connection."""

    def __init__(self, pool: asyncpg.Pool, hot: HotAnswers) -> None:
        self._pool = pool
        self._hot = hot

    async def __call__(self, path: bytes) -> HotAnswer | None:
        """The answer for the address of a published version; None for all else, which the routes explain."""
        match = _path.fullmatch(path)
        if match is None:
            return None
        dataset, key, n = match[1].decode(), match[2].decode(), int(match[3])
        generation = self._hot.generation  # before the look, see HotAnswers
        try:
            row = await self._pool.fetchrow(NEWEST, dataset, key, n)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("version_not_read", error=str(error))
            return None
        if row is None:
            return None
        version = _version(row, datetime.now(UTC))
        keep = version.status.pending is None  # nobody tells when the date of a coming change has come
        return self._hot.put(path, byte_headers(version), version.document, generation if keep else -1)


def _event(stored: Mapping[str, Any]) -> Event:
    moments = {
        name: datetime.fromisoformat(stored[name]) for name in ("at", "effective_from") if stored[name]
    }
    return Event(**{**stored, **moments})


def _version(row: Mapping[str, Any], at: datetime) -> Version:
    """The version with its status at `at`."""
    events = [_event(stored) for stored in json.loads(row["events"] or "[]")]
    status = standing(events, at, row["published_at"], row["n"] + 1 if row["superseded"] else None)
    return Version(
        dataset=row["dataset"],
        key=row["key"],
        n=row["n"],
        document=row["document"],
        content_hash=row["content_hash"],
        status=status,
        release=row["release"],
        published_at=row["published_at"],
        position=row["published_position"],
    )
