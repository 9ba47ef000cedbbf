"""Texts that should be numbers: read what can be read in one way only, say so, and refuse the rest. Pure.

`1,234.5` and `1 234,5` can be read in one way; `1,234` cannot. What was written stays the published spelling.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from app.kit.canonical import NotCanonical, expand_decimal

LONGEST: Final = 80


class Reading(NamedTuple):
    """A number read from text: its decimal (None where there is none), and the finding that it causes."""

    value: str | None
    code: str | None = None
    unit: str = ""


_PLAIN: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_POWER: Final = re.compile(r"\s*[x×*·]\s*10\s*(?:\^|\*\*)\s*\(?([+-]?\d{1,4})\)?")
_SUPER_POWER: Final = re.compile(r"\s*[x×*·]\s*10([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4})")
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_WIDE: Final[dict[int, str]] = {
    **{0xFF01 + place: chr(0x21 + place) for place in range(94)},
    0x2212: "-",  # minus sign
    0x2010: "-",
    0x2011: "-",
    0x2012: "-",
    0x2013: "-",
    0x3002: ".",
    0x3000: " ",
    0x00A0: " ",
    0x2007: " ",
    0x2009: " ",
    0x202F: " ",
    0x2019: "'",
}
_ABOUT: Final = re.compile(r"^(?:≈|~|～|∼|约为|约|大约|about|approx\.?|ca\.?|c\.)\s*", re.IGNORECASE)
_ABOUT_AFTER: Final = re.compile(r"\s*(?:左右|上下)$")
_GROUPED: Final = (
    (re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d+|[+-]?[1-9]\d{0,2}(?:,\d{3}){2,}", re.ASCII), ",", ""),
    (re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+", re.ASCII), ".", ","),
    (re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3}){2,}", re.ASCII), ".", ""),
    (re.compile(r"[+-]?[1-9]\d{0,2}(?: \d{3})+(?:\.\d+)?", re.ASCII), " ", ""),
    (re.compile(r"[+-]?[1-9]\d{0,2}(?: \d{3})+,\d+", re.ASCII), " ", ","),
    (re.compile(r"[+-]?[1-9]\d{0,2}(?:'\d{3})+(?:\.\d+)?", re.ASCII), "'", ""),
    (re.compile(r"[+-]?0,\d+|[+-]?\d+,(?:\d{1,2}|\d{4,})|[+-]?\d{4,},\d+", re.ASCII), "", ","),
)
_AMBIGUOUS: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_WITH_UNIT: Final = re.compile(r"([+-]?[\d.,' ]*\d[\d.,' ]*(?:[eE][+-]?\d{1,3})?)\s*([^\W\d_].*|[%‰°].*)")


@lru_cache(maxsize=65536)
def read_number_text(text: str) -> Reading:
    """What a text cell says as a number. Codes: None (plain), number_read_as, number_approximate,
    number_with_unit (with its value and unit), number_ambiguous, number_out_of_range, number_unreadable."""
    if len(text) > LONGEST:
        return Reading(None, "number_unreadable")
    if _PLAIN.fullmatch(text):
        return _decimal(text, None)
    tidy = _SUPER_POWER.sub(lambda match: "e" + match[1].translate(_SUPERSCRIPTS), text)
    tidy = _POWER.sub(r"e\1", tidy.translate(_WIDE).strip())
    sure = _ABOUT_AFTER.sub("", _ABOUT.sub("", tidy)).strip()
    found = _sure(sure)
    if sure != tidy and found.code in {None, "number_read_as"}:
        return Reading(found.value, "number_approximate")
    return found


def percent_change(old: Decimal, new: Decimal) -> str:
    """`+105.0`, or `+inf` from zero and beyond a million million percent."""
    percent = (new - old) / abs(old) * 100 if old else None
    if percent is None or abs(percent) > 10**12:
        return "+inf" if new > old else "-inf"
    return f"{percent.quantize(Decimal('0.1')):+f}"


def _sure(text: str) -> Reading:
    if _PLAIN.fullmatch(text):
        return _decimal(text, "number_read_as")
    for pattern, group, point in _GROUPED:
        if pattern.fullmatch(text):
            plain = text.replace(group, "") if group else text
            return _decimal(plain.replace(point, ".") if point else plain, "number_read_as")
    if _AMBIGUOUS.fullmatch(text):
        return Reading(None, "number_ambiguous")
    match = _WITH_UNIT.fullmatch(text)
    if match is None:
        return Reading(None, "number_unreadable")
    inner = _sure(match[1].strip())
    return Reading(inner.value, "number_with_unit", match[2].strip())


def _decimal(text: str, code: str | None) -> Reading:
    try:
        return Reading(expand_decimal(text), code)
    except NotCanonical:
        return Reading(None, "number_out_of_range")
