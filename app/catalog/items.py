"""How a version looks in answers: list items, the envelope of a factor, headers of its bytes. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

ITEM_FIELDS: Final = (
    "record_type",
    "name",
    "activity",
    "sector",
    "region",
    "year",
    "period",
    "value",
    "unit",
    "unit_published",
    "gas",
    "gwp_set",
    "gas_basis",
    "boundary",
    "variant",
    "technology",
    "route_code",
    "goods_code",
    "dataset",
    "series",
    "release",
    "edition_year",
    "applies_from",
    "applies_to",
    "mark_up",
    "calorific_basis",
)
VERSION_CACHE: Final = "public, max-age=300, no-transform"
DOCUMENT_CACHE: Final = "public, max-age=31536000, immutable, no-transform"


@dataclass(frozen=True, slots=True)
class Pending:
    """A change of status that is recorded and comes into force later."""

    status: str
    effective_from: datetime
    reason: Mapping[str, str] | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Where a version stands. `superseded_by` is the next published version of the factor, if any; `pending`
    the change that is to come, if one is recorded."""

    status: str
    since: datetime | None = None
    effective_from: datetime | None = None
    reason: Mapping[str, str] | None = None
    successor: str | None = None
    superseded_by: int | None = None
    errata_class: str | None = None
    pending: Pending | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: its name, its exact bytes, where it stands, and when it was published."""

    dataset: str
    key: str
    n: int
    document: bytes
    content_hash: str
    status: Status
    release: str
    published_at: datetime
    position: int

    @property
    def ref(self) -> str:
        return f"{self.dataset}/{self.key}"

    @property
    def path(self) -> str:
        return f"/v1/factors/{self.ref}/versions/{self.n}"


def rfc3339(value: datetime) -> str:
    """The moment in UTC, with Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, or null."""
    return None if value is None else rfc3339(value)


def status_block(status: Status) -> dict[str, Any]:
    """The status as answers show it; `superseded` is derived, so it is a member and not a status."""
    return {
        "status": status.status,
        "since": moment(status.since),
        "effective_from": moment(status.effective_from),
        "reason": None if status.reason is None else dict(status.reason),
        "successor": status.successor,
        "superseded_by": status.superseded_by,
        "errata_class": status.errata_class,
        "pending": None if status.pending is None else _pending_block(status.pending),
    }


def _pending_block(pending: Pending) -> dict[str, Any]:
    return {
        "status": pending.status,
        "effective_from": rfc3339(pending.effective_from),
        "reason": None if pending.reason is None else dict(pending.reason),
        "successor": pending.successor,
    }


def item(version: Version) -> dict[str, Any]:
    """One entry of a list of factors; every field is there, null where the version does not state it."""
    document = orjson.loads(version.document)
    fields = {name: document.get(name) for name in ITEM_FIELDS}
    return {
        "ref": version.ref,
        "version": version.n,
        "status": version.status.status,
        "superseded_by": version.status.superseded_by,
        **fields,
        "amounts": document.get("amounts", []),
        "doubts": document.get("doubts", []),
        "flags": document.get("flags", []),
        "content_hash": version.content_hash,
        "links": links(version, document["series"]),
    }


def links(version: Version, series: str) -> dict[str, str]:
    return {
        "self": f"/v1/factors/{version.ref}",
        "version": version.path,
        "document": f"/v1/documents/{version.content_hash}",
        "versions": f"/v1/factors/{version.ref}/versions",
        "citation": f"{version.path}/citation",
        "provenance": f"{version.path}/provenance",
        "series": f"/v1/series/{version.dataset}/{series}",
        "dataset": f"/v1/datasets/{version.dataset}",
        "release": f"/v1/datasets/{version.dataset}/releases/{version.release}",
    }


def envelope(version: Version, latest: int, successors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A factor: status first, then the document as it is hashed, then where to go from here.

    `successors`: the factors that took its place where it was renamed, split or merged.
    """
    document = orjson.loads(version.document)
    return {
        "ref": version.ref,
        "status": status_block(version.status),
        "version": version.n,
        "latest_version": latest,
        "content_hash": version.content_hash,
        "published_at": moment(version.published_at),
        "position": version.position,
        "successors": list(successors),
        "document": orjson.Fragment(version.document),
        "links": links(version, document["series"]),
    }


def byte_headers(version: Version) -> dict[str, str]:
    """Headers of a version's exact bytes; the same with 200 and 304.

    ETag and Repr-Digest (RFC 9530) are the content hash; Deprecation is RFC 9745 (its date may lie ahead),
    successor-version RFC 5829.
    """
    digest = base64.b64encode(bytes.fromhex(version.content_hash)).decode("ascii")
    headers = {
        "ETag": f'"{version.content_hash}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Cache-Control": VERSION_CACHE,
        "Factorbase-Status": version.status.status,
    }
    if version.status.status != "published":
        since = version.status.effective_from or version.status.since or version.published_at
        headers["Deprecation"] = deprecation(since)
    elif version.status.pending is not None:
        headers["Deprecation"] = deprecation(version.status.pending.effective_from)
    successor = _successor(version)
    if successor is not None:
        headers["Link"] = successor_link(successor)
    return headers


def successor_link(path: str) -> str:
    """The value of a Link header to what comes next."""
    return f'<{path}>; rel="successor-version"'


def deprecation(since: datetime) -> str:
    """The value of a Deprecation header."""
    return f"@{int(since.timestamp())}"


def _successor(version: Version) -> str | None:
    pending = version.status.pending
    named = version.status.successor or (None if pending is None else pending.successor)
    if named is not None:
        ref, _, n = named.partition("@")
        return f"/v1/factors/{ref}/versions/{n}" if n else f"/v1/factors/{ref}"
    if version.status.superseded_by is not None:
        return f"/v1/factors/{version.ref}/versions/{version.status.superseded_by}"
    return None
