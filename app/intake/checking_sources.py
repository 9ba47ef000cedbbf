"""The sheet of sources, and what a factor's row says of its sources. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from app.intake.checking_cells import Cells
from app.intake.checking_json import load_objects
from app.intake.columns import SOURCES
from app.intake.substances import citation, cited

_SEVERAL: Final = re.compile(r"\s*[;；\n]\s*")
_DAYS: Final = ("published_on", "released", "retrieved_on")
_OF_A_ROW: Final = frozenset({"locator", "confirmed_by", "confidence", "records", "id"})


@dataclass(slots=True)
class SourceBook:
    """Citations by the id that the file uses, and those that were cited by the id that documents use."""

    by_local: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    used: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    by_factor: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _near: dict[str, list[str]] = field(default_factory=dict)

    def add(self, cells: Cells) -> None:
        """One row of the sheet of sources; with `ref` (as in our downloads) it is what one factor cites."""
        cells.required(("id", "title") if "ref" in cells.cells else ("id", "title", "publisher"))
        fields: dict[str, str] = {}
        for column in SOURCES.columns:
            if column.name in cells.cells:
                text = _field(cells, column.name)
                if text:
                    fields[column.name] = text
        local, ref = fields.pop("id", None), fields.pop("ref", None)
        if ref is not None:
            self._add_to_factor(ref.rpartition("/")[2], fields)
            return
        if local is None:
            return
        where = cells.place("id").cell or ""
        if local in self.places:
            cells.tell("source_twice", "id", local, first=self.places[local])
            return
        self.places[local] = where
        self.by_local[local] = citation(fields)

    def _add_to_factor(self, key: str, fields: Mapping[str, str]) -> None:
        locator, confirmed, confidence = map(fields.get, ("locator", "confirmed_by", "confidence"))
        records = fields.get("records", "").split("\n")
        found = cited(self.use(citation(fields)), locator, confirmed, confidence, records)
        self.by_factor.setdefault(key, []).append(found)

    def near(self, name: str) -> list[str]:
        """Ids like `name`, or the first few; looked for among 2,000 and for 200 names at most."""
        if name not in self._near:
            if len(self._near) >= 200:
                return []
            some = list(islice(self.by_local, 2000))
            self._near[name] = difflib.get_close_matches(name, some, 5, 0.5) or some[:5]
        return self._near[name]

    def use(self, source: Mapping[str, Any]) -> Mapping[str, Any]:
        self.used[str(source["id"])] = source
        return source


def _field(cells: Cells, name: str) -> str | None:
    if name in {"kind", "confidence"}:
        return cells.listed(name)
    return cells.day(name) if name in _DAYS else cells.text(name)


def read_sources(cells: Cells, book: SourceBook, records: Iterable[str]) -> list[dict[str, Any]]:
    """The citations of a factor: by ids in `source`, or whole in `sources_json`."""
    if "sources_json" in cells.cells:
        return _from_json(cells, book)
    text = cells.text("source")
    if text is None:
        if cells.key in book.by_factor and "source" not in cells.cells:
            return book.by_factor[cells.key or ""]
        if "source" not in cells.cells:
            cells.tell("source_missing", "source", None, islice(book.by_local, 10))
        return []
    locator = cells.text("locator") if "locator" in cells.cells else None
    if locator is None:
        cells.tell("locator_missing", "locator")
    confirmed = cells.text("confirmed_by") if "confirmed_by" in cells.cells else None
    confidence = cells.listed("confidence") if "confidence" in cells.cells else None
    own = cells.text("source_record") if "source_record" in cells.cells else None
    all_records = [*([own] if own else []), *records]
    found = []
    for name, place in zip(*_each(text, locator, book), strict=True):
        source = book.by_local.get(name)
        if source is None:
            cells.tell("unknown_source", "source", name, book.near(name))
        else:
            found.append(cited(book.use(source), place, confirmed, confidence, all_records))
    return found


def _each(text: str, locator: str | None, book: SourceBook) -> tuple[list[str], Sequence[str | None]]:
    """Ids and their locators: as many of these, or one text for all of them."""
    if text in book.by_local:
        return [text], [locator]
    names = [name for name in _SEVERAL.split(text) if name]
    parts = _SEVERAL.split(locator) if locator else []
    return names, parts if len(parts) == len(names) else [locator] * len(names)


def _from_json(cells: Cells, book: SourceBook) -> list[dict[str, Any]]:
    text = cells.text("sources_json")
    if text is None:
        return []
    try:
        items = load_objects(text)
        if not items:
            raise ValueError("no source in it")
        return [_citation(item, book) for item in items]
    except ValueError as error:
        cells.tell("json_not_readable", "sources_json", text, reason=str(error)[:100])
        return []


def _citation(item: Mapping[str, Any], book: SourceBook) -> dict[str, Any]:
    fields = {name: text for name, text in item.items() if name not in _OF_A_ROW}
    known = {column.name for column in SOURCES.columns} - _OF_A_ROW - {"ref", "example"}
    if not all(name in known and isinstance(text, str) for name, text in fields.items()):
        raise ValueError(f"members other than {sorted(known | _OF_A_ROW)}")
    if not fields.get("title"):
        raise ValueError("no title")
    said = [item.get(name) for name in ("locator", "confirmed_by", "confidence")]
    records = item.get("records") or []
    if (
        not isinstance(records, list)
        or not all(text is None or isinstance(text, str) for text in said)
        or not all(isinstance(record, str) for record in records)
    ):
        raise ValueError("locator, confirmed_by, confidence and records are texts")
    return cited(book.use(citation(fields)), said[0], said[1], said[2], records)
