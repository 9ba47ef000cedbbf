"""Canonical bytes: RFC 8785 JSON of plain data, and the hashes over them. Fixed: golden files in the tests.

A document is built of dict (ASCII keys), list, str (NFC), bool, None and integers below 2^53. Decimals
are strings with the digits of their source; a float is refused, because its digits are not the source's.
For such data orjson with sorted keys gives the same bytes as the rfc8785 package, which the tests keep as
the oracle, in a twentieth of the time.
"""

from __future__ import annotations

import hashlib
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson

MAX_INTEGER: Final = 2**53 - 1


class NotCanonical(ValueError):
    """The value has no canonical form."""


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 bytes of `value`. Raises NotCanonical for floats, huge integers, non-NFC text, odd types."""
    if not _is_plain(value):
        _check(value, "$")
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # orjson.JSONEncodeError
        raise NotCanonical("a text holds a lone surrogate, or the value is nested too deeply") from None
    # If the whole is in form C then so is each text in it; if not, the texts are looked at one by one.
    if not data.isascii() and not unicodedata.is_normalized("NFC", data.decode("utf-8")):
        _check(value, "$")
    return data


def sha256_hex(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256, 64 characters."""
    return hashlib.sha256(data).hexdigest()


def content_hash(value: Any) -> str:
    """SHA-256 of the canonical bytes of `value`, in hexadecimal."""
    return sha256_hex(canonical_bytes(value))


def nfc(text: str) -> str:
    """Unicode normalisation form C, the only form that documents hold."""
    return unicodedata.normalize("NFC", text)


def expand_decimal(spelling: str) -> str:
    """The decimal string of a published number: the same digits, exponents expanded exactly.

    `1e-05` -> `0.00001`, `-.5` -> `-0.5`, `+3.20` -> `3.20`, `1.50E3` -> `1500` (exactly, with the trailing
    zeros that the exponent brings). Raises NotCanonical for anything that is not a finite decimal number.
    """
    text = spelling.strip()
    if not text.isascii() or "_" in text:
        raise NotCanonical(f"not a decimal number: {spelling!r}")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise NotCanonical(f"not a decimal number: {spelling!r}") from None
    if not number.is_finite() or abs(number.adjusted()) > 100:
        raise NotCanonical(f"not a finite number of reasonable size: {spelling!r}")
    return format(number, "f")


def _is_plain(value: Any) -> bool:
    """Whether every part has a type that may occur; quick, and says nothing about texts."""
    rest = [value]
    while rest:
        part = rest.pop()
        kind = type(part)
        if kind is dict:
            if not all(type(key) is str and key.isascii() for key in part):
                return False
            rest.extend(item for item in part.values() if type(item) is not str)
        elif kind is list:
            rest.extend(item for item in part if type(item) is not str)
        elif kind is int:
            if abs(part) > MAX_INTEGER:
                return False
        elif kind is not str and part is not None and kind is not bool:
            return False
    return True


def _check(value: Any, path: str) -> None:
    if type(value) is str:
        if not unicodedata.is_normalized("NFC", value):
            raise NotCanonical(f"text at {path} is not in normalisation form C")
    elif type(value) is dict:
        _check_members(value, path)
    elif type(value) is list:
        for position, item in enumerate(value):
            _check(item, f"{path}[{position}]")
    elif type(value) is int:
        if abs(value) > MAX_INTEGER:
            raise NotCanonical(f"integer at {path} is not below 2^53")
    elif value is not None and type(value) is not bool:
        raise NotCanonical(f"{type(value).__name__} at {path} has no canonical form")


def _check_members(value: dict[Any, Any], path: str) -> None:
    for key, item in value.items():
        if type(key) is not str or not key.isascii():
            raise NotCanonical(f"key {key!r} at {path} is not ASCII text")
        _check(item, f"{path}.{key}")
