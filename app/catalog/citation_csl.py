"""CSL-JSON 1.0.2: an array of items, the version held here first. Pure.

What the schema has no variable for stands in `custom`, which it leaves to applications.
"""

from __future__ import annotations

import json
from typing import Any, Final

from app.catalog.citation_facts import SERVICE, Citation, Source, date_parts, pact_source

_TYPES: Final = {
    "standard": "standard",
    "database": "dataset",
    "announcement": "legislation",
    "regulation": "legislation",
    "listing": "webpage",
}


def csl_json(citation: Citation) -> str:
    items = [_stated(_held(citation)), *(_stated(_source(source)) for source in citation.sources)]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _held(citation: Citation) -> dict[str, Any]:
    return {
        "id": f"{citation.ref}@{citation.version}",
        "type": "dataset",
        "title": citation.name,
        "author": [{"literal": name} for name in citation.responsible],
        "container-title": f"{SERVICE} {citation.dataset} {citation.release}",
        "publisher": SERVICE,
        "version": str(citation.version),
        "number": citation.ref,
        "issued": _date(citation.issued),
        "URL": citation.url,
        "language": "zh-CN" if citation.language == "zh" else "en",
        "note": f"SHA-256: {citation.sha256}",
        "custom": {
            "ref": citation.ref,
            "release": citation.release,
            "content_hash": citation.sha256,
            "uuid": citation.uuid,
            "sources": [source.key for source in citation.sources],
            "secondaryEmissionFactorSources": [
                pact_source({"dataset": citation.dataset, "release": citation.release})
            ],
        },
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "id": source.key,
        "type": _TYPES.get(source.kind, "report"),
        "title": source.title,
        "author": [{"literal": name} for name in source.responsible],
        "publisher": ", ".join(source.responsible),
        "number": source.number,
        "issued": _date(source.issued),
        "accessed": _date(source.retrieved),
        "section": source.locator,
        "URL": source.url,
        "note": f"SHA-256: {source.sha256}" if source.sha256 else "",
    }


def _date(issued: str) -> dict[str, Any]:
    parts = date_parts(issued)
    if parts:
        return {"date-parts": [parts]}
    return {"literal": issued} if issued else {}


def _stated(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value}
