"""Checked fields -> the substance of a factor, in the document form that seed_files makes. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from app.intake.checking_cells import Amount
from app.kit.canonical import content_hash
from app.kit.grammar import is_key

COPIED: Final = (
    "region_published",
    "bounds_meaning",
    "boundary_published",
    "variant",
    "technology",
    "route",
    "route_code",
    "functional_unit",
    "allocation",
    "cut_off",
    "goods_code",
    "goods_code_system",
    "legal_ref",
    "note",
)
"""Columns whose text goes into the document as it is."""
_CITED: Final = frozenset(
    {"title", "publisher", "number", "url", "published_on", "released", "kind", "retrieved_on", "sha256"}
)
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")


def citation(fields: Mapping[str, str]) -> dict[str, Any]:
    """A source as documents hold it; its id is the hash of the citation itself (as in seed_files)."""
    cited = {name: text for name, text in fields.items() if name in _CITED and text}
    return {"id": content_hash(cited), **cited}


def cited(
    source: Mapping[str, Any],
    locator: str | None,
    confirmed_by: str | None,
    confidence: str | None,
    records: Iterable[str],
) -> dict[str, Any]:
    """A source with what one factor says of it."""
    said = {"locator": locator, "confirmed_by": confirmed_by, "confidence": confidence}
    return {
        **source,
        **{name: text for name, text in said.items() if text},
        "records": sorted({part for record in records for part in record.split("|") if part}),
    }


def flags(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Visible caveats (design, section 4): a source without a place in it, a figure confirmed by nobody."""
    found = []
    if not all(source.get("locator") for source in sources):
        found.append("missing_locator")
    if any(source.get("confidence") != "high" for source in sources):
        found.append("single_source")
    return found


def numbers(amounts: Mapping[str, Amount | None], published: Mapping[str, str | None]) -> dict[str, str]:
    """`value`, `lower`, `upper` with `value_published`; `digits` where one of them came from a binary cell."""
    found = {name: amount.value for name, amount in amounts.items() if amount is not None}
    value = amounts.get("value")
    if value is not None:
        found["value_published"] = published.get("value") or value.published
    if any(amount is not None and amount.from_binary for amount in amounts.values()):
        found["digits"] = "from_binary"
    return found


def ordered_amounts(amounts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(amounts, key=lambda item: (item["gas"], item["origin"], item["unit"]))


def made_key(
    series: str | None,
    activity: str | None,
    parts: Iterable[str | None],
    region: str | None,
    period: str | None,
) -> str | None:
    """A key of the fields that make a factor's identity, or None where they do not give one.

    Text without Latin letters or digits goes in as six characters of its hash: the same text, the same key.
    """
    stem = series or ".".join(filter(None, [activity, *map(_slug, parts), _slug(region)]))
    key = ".".join(filter(None, [stem, _slug(period)]))
    return key if stem and is_key(key) else None


def _slug(text: str | None) -> str:
    if not text:
        return ""
    latin = _NOT_SLUG.sub("-", text.casefold()).strip("-")
    if text.isascii():
        return latin[:40].strip("-")
    return "-".join(filter(None, [latin[:30].strip("-"), hashlib.sha256(text.encode()).hexdigest()[:6]]))


def series_of(key: str, period: Iterable[object]) -> str:
    """The key without the period at its end."""
    for part in period:
        tail = _slug(str(part)) if part else ""
        if tail and key.endswith(f".{tail}") and is_key(key[: -len(tail) - 1]):
            return key[: -len(tail) - 1]
    return key
