"""What people type for an activity, a region or a sector -> the code that the catalogue is indexed by."""

from __future__ import annotations

from app.kit.errors import Invalid
from app.reference.index import ReferenceIndex


def activity_code(index: ReferenceIndex, text: str) -> str:
    """The code of an activity, or `code.*`. Raises Invalid `unknown_activity`, `ambiguous_activity`."""
    if text.endswith(".*"):
        stem = text[:-2].strip().casefold()
        if any(code == stem or code.startswith(stem + ".") for code in index.activities.by_code):
            return stem + ".*"
        return index.activities.get(stem).code + ".*"
    return index.find_activity(text).code


def region_code(index: ReferenceIndex, text: str) -> str:
    """The code of a region. Raises Invalid `unknown_region`, `ambiguous_region`."""
    return index.find_region(text).code


def sector(index: ReferenceIndex, text: str) -> str:
    """A sector as activities name it. Raises Invalid `unknown_sector`."""
    known = sectors(index)
    if text not in known:
        raise Invalid(
            "unknown_sector",
            f"There is no sector {text!r}.",
            f"没有行业 {text!r}。",
            parameter="sector",
            valid_values=known,
        )
    return text


def sectors(index: ReferenceIndex) -> list[str]:
    return sorted({activity.sector for activity in index.activities.by_code.values() if activity.sector})
