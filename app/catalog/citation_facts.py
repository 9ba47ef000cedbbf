"""What every citation style needs, read from the document of a factor version. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.kit.canonical import content_hash, sha256_hex
from app.kit.language import Language

Document = Mapping[str, Any]
SERVICE: Final = "Factorbase"

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_STANDARD = re.compile(r"(?:GB|DB[0-9]|HJ|JGJ|JTG|DL|YB|CETS|ISO|EN|IEC)(?![a-z])")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_BRACKETS = {"(": 1, "（": 1, ")": -1, "）": -1}


@dataclass(frozen=True)
class Source:
    """A cited document. A text is empty where the record does not say; `issued` is as printed."""

    key: str
    kind: str
    title: str
    responsible: tuple[str, ...]
    number: str
    issued: str
    retrieved: str
    locator: str
    url: str
    sha256: str

    @property
    def year(self) -> str:
        return year_of(self.issued)


@dataclass(frozen=True)
class Citation:
    """A version as data held here, and its sources. `issued` is YYYY-MM-DD or empty."""

    language: Language
    dataset: str
    key: str
    release: str
    version: int
    uuid: str
    name: str
    responsible: tuple[str, ...]
    url: str
    sha256: str
    issued: str
    sources: tuple[Source, ...]

    @property
    def ref(self) -> str:
        return f"{self.dataset}/{self.key}"


def facts(document: Document, origin: str, language: Language, published_on: date | None) -> Citation:
    """What can be cited of `document`; the hash is of its canonical bytes."""
    dataset, key, version = document["dataset"], document["key"], document["version"]
    return Citation(
        language=language,
        dataset=dataset,
        key=key,
        release=document["release"],
        version=version,
        uuid=document.get("uuid", ""),
        name=_line(document["name"], language),
        responsible=_organisations(_line(_publisher(document), language)),
        url=f"{address(origin)}/v1/factors/{dataset}/{key}/versions/{version}",
        sha256=content_hash(document),
        issued=published_on.isoformat() if published_on else "",
        sources=tuple(_source(item, dataset, language) for item in document.get("sources", [])),
    )


def address(origin: str) -> str:
    """The public address of the service of that name: `factors.example.org` is served over https."""
    return origin.rstrip("/") if "://" in origin else f"https://{origin.rstrip('/')}"


def pact_source(document: Document) -> dict[str, str]:
    """One item of `secondaryEmissionFactorSources` (PACT Technical Specifications v3; req 70).

    Both members are required there: the name of the emission factor database and its version. A dataset
    with its release is what pins the figures, so these are named.
    """
    return {"name": f"{SERVICE} {document['dataset']}", "version": str(document["release"])}


def date_parts(issued: str) -> list[int]:
    """`2024-12-26` -> [2024, 12, 26], `2006` -> [2006]; empty for what is no plain date (`2014-2015`)."""
    match = _DATE.fullmatch(issued)
    return [int(part) for part in match.groups() if part] if match else []


def year_of(issued: str) -> str:
    return issued[:4] if date_parts(issued) else ""


def _source(item: Mapping[str, Any], dataset: str, language: Language) -> Source:
    def text(name: str) -> str:
        return _line(item.get(name), language)

    return Source(
        key=f"{dataset}:source.{_short(text('id'))}",
        kind=text("kind") or _kind_of(text("number")),
        title=text("title"),
        responsible=_organisations(text("publisher")),
        number=text("number"),
        issued=text("published_on") or text("released"),
        retrieved=text("retrieved_on"),
        locator=text("locator"),
        url=text("url").replace(" ", "%20"),
        sha256=text("sha256"),
    )


def _publisher(document: Document) -> Any:
    """Who answers for the figure: the publisher named in its source, in whose language it is published."""
    named = [item["publisher"] for item in document.get("sources", []) if item.get("publisher")]
    return named[0] if named else document.get("publisher")


def _line(value: Any, language: Language) -> str:
    """One line of text; of a bilingual text the asked language, else the other one."""
    if isinstance(value, Mapping):
        value = value.get(language) or value.get("zh") or value.get("en")
    return _BLANKS.sub(" ", str(value)).strip() if value else ""


def _organisations(publisher: str) -> tuple[str, ...]:
    """The parts of a Chinese enumeration (、 ； or " / "); not split inside brackets, nor at "and" or ","."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(publisher):
        depth += _BRACKETS.get(character, 0)
        slash = publisher[max(place - 1, 0) : place + 2] == " / "
        if depth <= 0 and (character in "、；;" or slash):
            parts.append(publisher[start:place])
            start = place + 1
    return tuple(part.strip() for part in [*parts, publisher[start:]] if part.strip())


def _kind_of(number: str) -> str:
    """The kind of a document as far as its number tells; empty when it does not."""
    if _STANDARD.match(number):
        return "standard"
    if number.startswith(("(EU)", "(EC)")):
        return "regulation"
    return "announcement" if number.endswith("号") else ""


def _short(identifier: str) -> str:
    """A name for citation keys: the id where it is short and plain, else the start of a hash."""
    if re.fullmatch(r"[0-9a-f]{64}", identifier):
        return identifier[:16]
    return identifier if _SLUG.fullmatch(identifier) else sha256_hex(identifier.encode())[:16]
