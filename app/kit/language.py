"""Which of the two languages a person reads."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["zh", "en"]
DEFAULT: Final[Language] = "en"


def preferred(accept_language: str | None) -> Language:
    """The better liked of Chinese and English in an Accept-Language header (RFC 9110, 12.5.4)."""
    best: dict[Language, float] = {}
    for part in (accept_language or "").split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        language = _language(tag.strip().casefold())
        if language is not None:
            best[language] = max(best.get(language, 0.0), _quality(parameters))
    wanted = [(quality, language) for language, quality in best.items() if quality > 0]
    return max(wanted, key=lambda item: (item[0], item[1] == DEFAULT))[1] if wanted else DEFAULT


def _language(tag: str) -> Language | None:
    if tag == "zh" or tag.startswith("zh-"):
        return "zh"
    return "en" if tag == "en" or tag.startswith("en-") else None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().casefold() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)  # a weight between 0 and 1, not a factor's number
    except ValueError:
        return 0.0
