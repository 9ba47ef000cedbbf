"""How to cite one factor version: what is held here, and the document that the figure was read in.

Pure. Works on the document of a version alone (and, where the caller knows it, the day of publication), so
the same version is cited in the same bytes for ever. No clock is read: the day on which somebody looks the
figure up is the citing author's to add.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, Literal, get_args

from app.catalog.citation_bibtex import bibtex
from app.catalog.citation_csl import csl_json
from app.catalog.citation_facts import Citation, Document, facts, pact_source
from app.catalog.citation_gbt7714 import gbt7714
from app.kit.errors import Invalid
from app.kit.language import Language

Style = Literal["gbt7714", "bibtex", "csl-json"]
__all__ = ["STYLES", "Style", "cite", "pact_source"]
STYLES: Final[tuple[str, ...]] = get_args(Style)

_WRITERS: Final[dict[str, tuple[Callable[[Citation], str], str]]] = {
    "gbt7714": (gbt7714, "text/plain; charset=utf-8"),
    "bibtex": (bibtex, "application/x-bibtex; charset=utf-8"),
    "csl-json": (csl_json, "application/vnd.citationstyles.csl+json"),
}


def cite(
    document: Document, style: Style, origin: str, language: Language, *, published_on: date | None = None
) -> tuple[bytes, str]:
    """The citation of a factor version in one style: (body in UTF-8, media type).

    `origin` is the name or the address of the service (no path), `published_on` the day of publication of
    the release (left out when unknown). Raises Invalid `unknown_citation_style`.
    """
    if style not in _WRITERS:
        raise Invalid(
            "unknown_citation_style",
            f"There is no citation style {style!r}.",
            f"没有引用格式 {style!r}。",
            parameter="style",
            valid_values=STYLES,
        )
    write, media_type = _WRITERS[style]
    return write(facts(document, origin, language, published_on)).encode(), media_type
