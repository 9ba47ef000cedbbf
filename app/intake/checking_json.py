"""JSON that stands in a cell: read with the digits of its numbers, its texts fit to be stored. Pure."""

from __future__ import annotations

import json
from typing import Any

from app.intake.reading_tables import is_storable
from app.kit.canonical import nfc


def load(text: str) -> Any:
    """The value of a JSON text: numbers as text, texts in NFC. Raises ValueError, also for depth and for
    characters that cannot be stored."""
    try:
        return _tidy(json.loads(text, parse_float=str, parse_int=str, parse_constant=str))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def load_objects(text: str) -> list[dict[str, Any]]:
    """A list of objects. Raises ValueError for anything else."""
    items = load(text)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("not a list of objects")
    return items


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        if not is_storable(value):
            raise ValueError("characters that cannot be stored")
        return nfc(value)
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, dict):
        return {_tidy(name): _tidy(item) for name, item in value.items()}
    return value
