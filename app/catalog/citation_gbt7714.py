"""References in GB/T 7714-2015. Pure text.

Order for networked documents (the standard, 4.6): creator. title: other title information[type/carrier].
edition. place: publisher, year: pages(date)[date of retrieval]. address. identifier. Place and publisher are
left out where a networked document names none. The SHA-256 stands where a DOI would. The date of retrieval
is given only where a source states it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.catalog.citation_facts import SERVICE, Citation, Source
from app.kit.language import Language

# Annex B of the standard. An official notice is [A]: its own example is a government notice.
_TYPES: Final = {
    "standard": "S",
    "report": "R",
    "guideline": "R",
    "database": "DB",
    "announcement": "A",
    "regulation": "A",
    "listing": "EB",
}


def gbt7714(citation: Citation) -> str:
    """Numbered references, one a line: [1] the version held here, then each source."""
    entries = [_held(citation), *(_source(source, citation.language) for source in citation.sources)]
    return "".join(f"[{place}] {entry}\n" for place, entry in enumerate(entries, 1))


def _held(citation: Citation) -> str:
    edition = (
        f"数据集 {citation.dataset} {citation.release} 版, 因子第 {citation.version} 版"
        if citation.language == "zh"
        else f"Dataset {citation.dataset}, release {citation.release}, factor version {citation.version}"
    )
    issued = citation.issued
    return _sentences(
        _creators(citation.responsible, citation.language),
        f"{citation.name}: {citation.ref}[DB/OL]",
        edition,
        f"{SERVICE}, {issued[:4]}({issued})" if issued else SERVICE,
        citation.url,
        f"SHA-256: {citation.sha256}",
    )


def _source(source: Source, language: Language) -> str:
    kind = _TYPES.get(source.kind) or ("EB" if source.url else "Z")
    carrier = "/OL" if source.url else ""
    title = f"{source.title}: {source.number}" if source.number else source.title
    return _sentences(
        _creators(source.responsible, language),
        f"{title}[{kind}{carrier}]",
        _issue(source),
        source.url,
        f"SHA-256: {source.sha256}" if source.sha256 else "",
    )


def _issue(source: Source) -> str:
    """`2024: table 1(2024-12-26)[2025-11-01]`; a date that is not a plain one stays as it is printed."""
    head = ": ".join(part for part in (source.year, source.locator) if part)
    printed = "" if source.issued == source.year else f"({source.issued})"
    return head + printed + (f"[{source.retrieved}]" if source.retrieved else "")


def _creators(names: Sequence[str], language: Language) -> str:
    """At most three, then 等 or et al. (the standard, 8.1.2)."""
    rest = ("等" if language == "zh" else "et al",) if len(names) > 3 else ()
    return ", ".join([*names[:3], *rest])


def _sentences(*parts: str) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
