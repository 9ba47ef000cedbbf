"""What a code of findings is."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")


class Code(NamedTuple):
    """What a code means: its severity and its texts, with `{words}` to be filled."""

    severity: Severity
    zh: str
    en: str
