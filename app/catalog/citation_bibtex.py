"""BibTeX: entries whose fields can hold any text without breaking the file or running as TeX. Pure text.

Braces are written as commands, because BibTeX counts them even behind a backslash. For BibTeX 8 and biber
with UTF-8 input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from app.catalog.citation_facts import SERVICE, Citation, Source, year_of

_TEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
    }
)
_URL_SAFE: Final = "!#$%&'()*+,-./:;=?@_~[]"
Fields = dict[str, str]


def tex(text: str) -> str:
    """`text` as TeX prints it: the ten special characters as commands, everything else as it is."""
    return text.translate(_TEX)


def bibtex(citation: Citation) -> str:
    """One entry for the version held here, one for each source; `related` (biblatex) ties them."""
    fields = {
        "author": _names(citation.responsible),
        "title": _protected(citation.name),
        "howpublished": tex(f"{SERVICE}, dataset {citation.dataset}, release {citation.release}"),
        "version": str(citation.version),
        **_dates(citation.issued),
        "url": _url(citation.url),
        "note": tex(f"{citation.ref}@{citation.version}, SHA-256: {citation.sha256}"),
        "related": ",".join(source.key for source in citation.sources),
        "langid": "chinese" if citation.language == "zh" else "english",
    }
    held = _entry("misc", f"{citation.dataset}:{citation.key}:v{citation.version}", fields)
    return "\n".join([held, *map(_source, citation.sources)])


def _source(source: Source) -> str:
    """`techreport` needs an institution and a year; whatever lacks them is `misc`, which needs nothing."""
    report = bool(source.kind in {"report", "guideline", "standard"} and source.year and source.responsible)
    printed = "" if source.year else source.issued
    digest = f"SHA-256: {source.sha256}" if source.sha256 else ""
    number = "" if report else source.number  # the plain styles print `number` of reports only
    fields = {
        "author": _names(source.responsible),
        "title": _protected(source.title),
        "institution": _names(source.responsible) if report else "",
        "number": tex(source.number),
        **_dates(source.issued),
        "url": _url(source.url),
        "urldate": source.retrieved,
        "note": tex(", ".join(part for part in (number, source.locator, printed, digest) if part)),
    }
    return _entry("techreport" if report else "misc", source.key, fields)


def _entry(kind: str, key: str, fields: Fields) -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{lines}}}\n"


def _protected(text: str) -> str:
    """In braces of its own, so that no style changes its case (CO2 must not become co2)."""
    return f"{{{tex(text)}}}" if text else ""


def _names(organisations: Sequence[str]) -> str:
    """Each organisation in braces, so that none is read as given and family name."""
    return " and ".join(map(_protected, organisations))


def _url(address: str) -> str:
    """Verbatim, as biblatex and hyperref read it; braces, backslashes and non-ASCII percent-encoded."""
    return quote(address, safe=_URL_SAFE)


def _dates(issued: str) -> Fields:
    """`year` for BibTeX, `date` for biblatex; nothing for a date that is not a plain one."""
    return {"year": year_of(issued), "date": issued} if year_of(issued) else {}
