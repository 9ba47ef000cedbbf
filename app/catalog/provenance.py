"""Where one factor version comes from, as W3C PROV-JSON (Member Submission of 24 April 2013).

Pure, and no clock: times are those of the journal. Identifiers are qualified names of PROV-N, most of them
the public address of the thing when the prefix is written out. An agent appears only where a record names
one; a free text such as "second copy agrees" (`confirmed_by`) stays an attribute.

Specialised derivations are typed `wasDerivedFrom` relations, as PROV-JSON writes them: a source is a
`prov:PrimarySource`, under the policy `transcription` a `prov:Quotation` as well, the previous version of the
factor a `prov:Revision`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from app.catalog.citation_facts import address
from app.kit.canonical import content_hash, sha256_hex

MEDIA_TYPE: Final = "application/json"
_OF_SOURCE: Final = ("number", "kind", "published_on", "released", "retrieved_on", "sha256")
_OF_QUOTING: Final = ("locator", "records", "confirmed_by", "confidence")
_QUOTATION = ("prov:Quotation", "prov:PrimarySource")
Attributes = dict[str, Any]


@dataclass(frozen=True)
class Publication:
    """How a version came into the catalogue; `position` and `published_at` (RFC 3339) are the journal's.

    `contributor` (zh, en) is who brought the release in, where its metadata says so.
    """

    release: str
    published_at: str
    position: int
    release_hash: str
    policy: str
    contributor: Mapping[str, str] | None = None


def provenance(document: Mapping[str, Any], publication: Publication, origin: str) -> dict[str, Any]:
    """The PROV-JSON document of a version. `origin` is the name or the address of the service."""
    graph = _Graph(address(origin))
    version = _add_version(graph, document)
    _add_publication(graph, version, document, publication)
    for source in document.get("sources", []):
        _add_source(graph, version, source, publication.policy)
    _add_predecessor(graph, version, document)
    return graph.as_json()


class _Graph:
    """A PROV-JSON document under construction: records by kind, relations numbered within their kind."""

    def __init__(self, origin: str) -> None:
        self.prefixes = {
            "fb": f"{origin}/v1/",
            "fba": f"{origin}/v1/agents#",
            "fbt": f"{origin}/v1/terms#",
            "dcterms": "http://purl.org/dc/terms/",
        }
        self._records: dict[str, dict[str, Attributes]] = {}

    def add(self, kind: str, name: str, attributes: Attributes) -> str:
        """A record of kind entity, activity or agent; one name is one record. Returns the name."""
        self._records.setdefault(kind, {}).setdefault(name, _stated(attributes))
        return name

    def relate(self, kind: str, ours: Attributes | None = None, /, **prov: Any) -> None:
        """A relation; `prov` are PROV's own attributes, written here without their prefix, `ours` others."""
        relations = self._records.setdefault(kind, {})
        attributes = {**{f"prov:{name}": value for name, value in prov.items()}, **(ours or {})}
        relations[f"_:{kind}{len(relations) + 1}"] = _stated(attributes)

    def agent(self, name: Any) -> str | None:
        """The agent of a name or of its two spellings (zh, en); None where there is no name."""
        if not name:
            return None
        spellings = dict(name) if isinstance(name, Mapping) else {"": str(name)}
        digest = sha256_hex("\n".join(f"{key}={spellings[key]}" for key in sorted(spellings)).encode())
        return self.add("agent", f"fba:a{digest[:16]}", {"prov:label": labels(name)})

    def as_json(self) -> dict[str, Any]:
        return {"prefix": self.prefixes, **self._records}


def _stated(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if value not in (None, "", [], {})}


def labels(name: Any) -> Any:
    """`prov:label` of a plain text, or of a text in two languages."""
    if isinstance(name, Mapping):
        return [{"$": name[language], "lang": language} for language in ("zh", "en") if name.get(language)]
    return name


def types(names: Iterable[str]) -> list[dict[str, str]]:
    """`prov:type` values that are qualified names."""
    return [{"$": name, "type": "prov:QUALIFIED_NAME"} for name in names]


def local(path: str) -> str:
    """The local part of a qualified name (PROV-N, PN_LOCAL); what is outside its alphabet percent-encoded."""
    return quote(path, safe="/@+*?#$!~&")


def _add_version(graph: _Graph, document: Mapping[str, Any]) -> str:
    factor = f"factors/{document['dataset']}/{document['key']}"
    about = {
        "prov:type": types(["fbt:FactorVersion"]),
        "prov:label": labels(document["name"]),
        "fbt:version": document["version"],
        "fbt:content_hash": content_hash(document),
        "fbt:uuid": document.get("uuid"),
    }
    version = graph.add("entity", f"fb:{local(factor)}/versions/{document['version']}", about)
    graph.add("entity", f"fb:{local(factor)}", {"prov:type": types(["fbt:Factor"])})
    graph.relate("specializationOf", specificEntity=version, generalEntity=f"fb:{local(factor)}")
    return version


def _add_publication(
    graph: _Graph, version: str, document: Mapping[str, Any], publication: Publication
) -> None:
    path = local(f"datasets/{document['dataset']}/releases/{publication.release}")
    at = publication.published_at
    about = {"prov:type": types(["prov:Collection"]), "fbt:release_hash": publication.release_hash}
    release = graph.add("entity", f"fb:{path}", about)
    act = {
        "prov:type": types(["fbt:Publication"]),
        "prov:endTime": at,
        "fbt:policy": publication.policy,
        "fbt:journal_position": publication.position,
    }
    activity = graph.add("activity", f"fb:{path}#publication", act)
    graph.relate("wasGeneratedBy", entity=release, activity=activity, time=at)
    graph.relate("wasGeneratedBy", entity=version, activity=activity, time=at)
    graph.relate("hadMember", collection=release, entity=version)
    contributor = graph.agent(publication.contributor)
    if contributor is not None:
        graph.relate("wasAttributedTo", entity=version, agent=contributor)


def _add_source(graph: _Graph, version: str, source: Mapping[str, Any], policy: str) -> None:
    about = {f"fbt:{name}": source.get(name) for name in _OF_SOURCE}
    entity = graph.add(
        "entity",
        f"fb:sources/{local(source['id'])}",
        {
            "prov:type": types(["fbt:SourceDocument"]),
            "prov:label": source.get("title"),
            "dcterms:publisher": source.get("publisher"),
            "prov:location": source.get("url"),
            **about,
        },
    )
    publisher = graph.agent(source.get("publisher"))
    if publisher is not None:
        graph.relate("wasAttributedTo", entity=entity, agent=publisher)
    kinds = _QUOTATION if policy == "transcription" else _QUOTATION[1:]
    graph.relate(
        "wasDerivedFrom",
        {f"fbt:{name}": source.get(name) for name in _OF_QUOTING},
        generatedEntity=version,
        usedEntity=entity,
        type=types(kinds),
    )


def _add_predecessor(graph: _Graph, version: str, document: Mapping[str, Any]) -> None:
    predecessor = document.get("change", {}).get("predecessor")
    if predecessor is None:
        return
    path = f"factors/{document['dataset']}/{document['key']}/versions/{predecessor['version']}"
    about = {
        "prov:type": types(["fbt:FactorVersion"]),
        "fbt:version": predecessor["version"],
        "fbt:content_hash": predecessor["content_hash"],
    }
    earlier = graph.add("entity", f"fb:{local(path)}", about)
    graph.relate("wasDerivedFrom", generatedEntity=version, usedEntity=earlier, type=types(["prov:Revision"]))
