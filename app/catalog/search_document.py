"""The tokens of one document, each with its weight: what the index says of a factor version. Pure.

Weights are those of tsvector: A the name, B what the activity is called and how it is made, C place, sector,
publisher and documents, D notes. Marked tokens (`region=CN-BJ`, `k=...`) stand for something whole and have
no weight. Names of places are not here: a question that names a place is turned into its code.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from app.catalog.rules import LISTED_LAST
from app.catalog.search_aliases import CLOSED_LISTS, Aliases
from app.catalog.search_spelling import is_spellable
from app.catalog.search_text import document_numbers, phrase, units, words

NUMBER: Final = "d="
GOODS: Final = "g="
GOODS_WHOLE: Final = "x="
KEY: Final = "k="
VALUE: Final = "v="
UNCOUNTED: Final = (KEY, VALUE)
"""Tokens that nearly every row has for itself; the vocabulary leaves them out."""
TIER: Final = "~"
UNDATED: Final = "99"
SHARES: Final = 8
SAMPLED: Final = 256
SAMPLE: Final = "~s"
"""The token of one row in SAMPLED, from which is guessed how many rows match and where they are."""
UNDER: Final = "under"
YEAR: Final = "in="
SERIES: Final = "s="
SERIES_PARTS: Final = 4096
FIELDS: Final = (
    "dataset",
    "record_type",
    "sector",
    "activity",
    "region",
    "year",
    "gas_basis",
    "boundary",
    "variant",
)
"""Columns whose value is a token of its own, so that a filter narrows the search inside the index."""
NOTE_LENGTH: Final = 300
_KEY_WORD: Final = re.compile(r"[a-z][a-z0-9]{2,}")  # no shorter: the sd of cn-sd must not answer for Sudan
_YEAR: Final = re.compile(r"(?<![\d.])(?:19|20)\d\d(?![\d.])")
_ODD: Final = re.compile(r"[^0-9A-Za-z._-]")
FURNACES: Final = "boiler furnace heater kiln stationary 锅炉 窑炉 固定源"
"""What fuels are burnt in, when a source does not say it."""
Layer = dict[str, str]


@lru_cache(maxsize=16384)
def field_token(column: str, value: str | int) -> str:
    """The token of a column's value; odd characters are lost, for it narrows and never decides."""
    return f"{column}={_ODD.sub('_', str(value))}"


class Tokeniser:
    """Turns documents into tokens; what activities and places are called is worked out once each."""

    def __init__(self, aliases: Aliases) -> None:
        self._aliases = aliases
        self._activities: dict[str, Layer] = {}
        self._places: dict[str, tuple[str, ...]] = {}

    def tokens(self, document: Mapping[str, Any]) -> Layer:
        """Token -> what follows it in a tsvector: `:1A` ... `:1D`, or nothing for a marked token."""
        vector: Layer = _layer(_notes(document), ":1", False).copy()
        vector.update(dict.fromkeys(_KEY_WORD.findall(document["key"]), ":1C"))
        for text in _context(document):
            vector.update(_layer(text, ":1C", False))
        vector.update(self._activity(document["activity"]))
        for text in _making(document):
            vector.update(_layer(text, ":1B", False))
        for text in _names(document):
            vector.update(dict.fromkeys(words(text), ":1A"))
        vector.update(dict.fromkeys(_marks(document), ""))
        return vector

    def _activity(self, code: str) -> Layer:
        """Words of the names of the activity. Of wider ones there are none: a question that names one is
        turned into the token of all below it.

        Only the first name gives single characters: 钢 finds steel without a token a character in every row.
        """
        if code not in self._activities:
            layer: Layer = dict(_layer(code.replace("_", " "), ":1C", False))
            terms = self._aliases.activity_terms(code)
            for term in terms:
                layer.update(_layer(term, ":1B", False))
            for term in terms[:1]:
                layer.update(_layer(term, ":1B", True))
            self._activities[code] = layer
        return self._activities[code]

    def place_names(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """Latin names of the place: in the vocabulary only, so that slips in them are noticed."""
        code = document["region"]
        if code not in self._places:
            names = (phrase(term) for term in self._aliases.region_terms(code))
            self._places[code] = tuple(name for name in names if is_spellable(name))
        return self._places[code]


def name_size(document: Mapping[str, Any]) -> int:
    """Length of the names in words (two Chinese characters are one); short names are the general ones."""
    name = document["name"]
    return min(len(units(name.get("en", ""))) + len(name.get("zh", "")) // 2, 1000)


def series_token(series: str) -> str:
    """One of SERIES_PARTS tokens: enough to narrow, without a word of the vocabulary for every series."""
    return f"{SERIES}{zlib.crc32(series.encode()) % SERIES_PARTS:03x}"


@dataclass(frozen=True, slots=True)
class Tier:
    """The static part of the order: a default or not, place (China, world, foreign), five years of the year."""

    last: bool
    place: str
    age: str

    def token(self, share: int | None = None) -> str:
        """The token that all rows of the tier have, or those of one of its shares."""
        return f"{TIER}{int(self.last)}{self.place}{self.age}" + ("" if share is None else f".{share}")


def tier_of(record_type: str, region: str, year: int | None) -> Tier:
    place = "f"
    if region == "CN" or region.startswith("CN-"):
        place = "c"
    elif region in ("WORLD", "DEFAULT"):
        place = "w"
    age = UNDATED if year is None else f"{min(max((year - 1900) // 5, 0), 98):02d}"
    return Tier(record_type in LISTED_LAST, place, age)


def _tiers(document: Mapping[str, Any]) -> Iterable[str]:
    """A frequent word is looked for in one tier after the other, the best first; see search_rank."""
    tier = tier_of(document["record_type"], document["region"], document["year"])
    number = zlib.crc32(document["ref"].encode())
    yield tier.token()
    yield tier.token(number % SHARES)
    if number // SHARES % SAMPLED == 0:
        yield SAMPLE


def _names(document: Mapping[str, Any]) -> Iterable[str]:
    yield from document["name"].values()
    yield CLOSED_LISTS.get(document.get("gas") or "", document.get("gas") or "")
    if document["year"] is not None:
        yield str(document["year"])
    yield (document.get("period") or {}).get("label") or ""


def _making(document: Mapping[str, Any]) -> Iterable[str]:
    for name in ("technology", "route", "route_code"):
        yield document.get(name) or ""
    for name in ("variant", "boundary"):
        value = document.get(name) or ""
        yield CLOSED_LISTS.get(value, value.replace("_", " "))
    if document["boundary"] == "combustion" and document["activity"].startswith("fuel"):
        yield FURNACES
    for gas in {amount["gas"] for amount in document.get("amounts") or ()}:
        yield CLOSED_LISTS.get(gas, gas)


def _context(document: Mapping[str, Any]) -> Iterable[str]:
    yield CLOSED_LISTS.get(document["record_type"], "")
    yield document["sector"].replace("_", " ")
    yield document["dataset"]
    yield document.get("legal_ref") or ""
    yield _publisher(document)
    for source in document.get("sources") or ():
        yield source.get("title") or ""
        yield source.get("number") or ""
        yield source.get("publisher") or ""


def _publisher(document: Mapping[str, Any]) -> str:
    publisher = document.get("publisher") or ""
    return " ".join(publisher.values()) if isinstance(publisher, Mapping) else str(publisher)


def _notes(document: Mapping[str, Any]) -> str:
    note = document.get("note") or ""
    text = " ".join(note.values()) if isinstance(note, Mapping) else str(note)
    return text[:NOTE_LENGTH]


def _marks(document: Mapping[str, Any]) -> Iterable[str]:
    yield KEY + document["key"]
    if "." in (value := document.get("value") or ""):
        yield VALUE + value
    yield series_token(document["series"])
    yield from _tiers(document)
    for name in FIELDS:
        stated = document.get(name)
        if stated is not None:
            yield field_token(name, stated)
    parts = document["activity"].split(".")
    for depth in range(1, len(parts) + 1):
        yield field_token(UNDER, ".".join(parts[:depth]))
    yield from _years(document)
    yield from _codes(document)


def _years(document: Mapping[str, Any]) -> Iterable[str]:
    if year := document["year"]:
        yield f"{YEAR}{year}"
    for text in (*document["name"].values(), (document.get("period") or {}).get("label") or ""):
        for number in _YEAR.findall(text):
            yield YEAR + number


def _codes(document: Mapping[str, Any]) -> Iterable[str]:
    for text in (document.get("legal_ref") or "", *_numbers(document)):
        for number in document_numbers(text):
            yield NUMBER + number
    yield from _goods(document.get("goods_code") or "", whole=True)
    for entry in document.get("classifications") or ():
        if entry.get("code", "").isdigit() and str(entry.get("system", "")).startswith(("HS", "CN")):
            yield from _goods(entry["code"], whole=False)


def _numbers(document: Mapping[str, Any]) -> Iterable[str]:
    for source in document.get("sources") or ():
        yield source.get("number") or ""
        yield source.get("title") or ""


def _goods(code: str, *, whole: bool) -> Iterable[str]:
    """Prefixes of 2 to 10 digits; `whole` marks the full code of the factor itself."""
    for length in (2, 4, 6, 8, 10):
        if len(code) >= length:
            yield GOODS + code[:length]
    if whole and code:
        yield GOODS_WHOLE + code


@lru_cache(maxsize=8192)
def _layer(text: str, suffix: str, singles: bool) -> Layer:
    return dict.fromkeys(words(text, singles), suffix)


def narrowing(filters: Mapping[str, Any]) -> list[str]:
    """Tokens that every row has which satisfies `filters` (column -> value; `activity` may end in `.*`,
    `goods_code` is a prefix). They let the index leave out early what the conditions would refuse later."""
    found = []
    for name, value in filters.items():
        if name == "activity" and value.endswith(".*"):
            found.append(field_token(UNDER, value[:-2]))
        elif name == "goods_code" and len(value) >= 2:
            found.append(GOODS + value[: min(len(value) // 2 * 2, 10)])
        elif name == "series":
            found.append(series_token(value))
        elif name in FIELDS:
            found.append(field_token(name, value))
    return found
