"""A question taken apart: document numbers, codes, years, and the words between them. Pure.

Everything that the question might mean is looked up in the vocabulary at once (`lookups`); what is known
there decides in search_plan how the words belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.catalog.search_aliases import Aliases
from app.catalog.search_document import GOODS, GOODS_WHOLE, NUMBER, UNDER, YEAR, field_token
from app.catalog.search_text import STOP_WORDS, document_numbers, fold, is_han, is_run, singular, units, words
from app.catalog.search_text import without_document_numbers as without_numbers
from app.kit.errors import Invalid
from app.kit.grammar import is_dataset, is_key

LONGEST_QUESTION: Final = 400
"""Characters that are read; the rest of a longer question is left aside."""
MOST_UNITS: Final = 24
"""Words and Chinese runs that are read."""
LONGEST_NAME: Final = 5
LONGEST_RUN: Final = 8
MOST_CHARACTERS: Final = 40
MOST_MEANINGS: Final = 12

_GOODS = re.compile(r"(?<![\d.])(\d{4})[ .](\d{2})(?:[ .]?(\d{2}))?(?:[ .]?(\d{2}))?(?![\d.])")
_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]{2}(?![A-Za-z])")
_CUT_WORD = re.compile(r"[A-Za-z]+$")
_LATIN = re.compile(r"[a-z]+")
_VERSION = re.compile(r"@\d{1,6}$")
_HAN_NOISE = re.compile("(?:温室气体|碳)?排放(?:因子|系数|量)|因子|系数|是?多少|查询")
_NOISE: Final = frozenset({"emission", "factor", "ef"})
_DEFAULTS = re.compile(r"cbam|默认值|缺省值|regulatory default|default value|碳边境")


@dataclass(frozen=True, slots=True)
class Question:
    """`units` are read when no document number of the question is known, `others` when one is."""

    text: str
    chinese: bool
    units: tuple[str, ...]
    others: tuple[str, ...]
    numbers: tuple[str, ...]
    left_out: tuple[str, ...]
    dataset: str | None
    key: str | None
    wants_defaults: bool


def parse(question: str, language: str) -> Question:
    """Raises Invalid `empty_query` when there is nothing to look for in the question.

    A question with a Chinese character is Chinese, one with a Latin word is English; `language` decides
    for numbers and codes alone.
    """
    raw = _cut(question)
    text = _GOODS.sub(_joined_goods, fold(raw))
    capitals = {found.lower() for found in _CAPITALS.findall(raw)}
    every = _kept(units(text), capitals)
    if not every:
        raise Invalid(
            "empty_query",
            "There is no word or number in the question.",
            "查询中没有可检索的文字或数字。",
            parameter="query",
        )
    dataset, key = _name(raw)
    chinese = is_han(text)
    return Question(
        text=text,
        chinese=chinese or (language == "zh" and not re.search(r"[^\W\d_]{3}", text)),
        units=tuple(every[:MOST_UNITS]),
        others=tuple(_kept(units(without_numbers(text)), capitals)[:MOST_UNITS]),
        numbers=document_numbers(text),
        left_out=tuple(dict.fromkeys(unit for unit in every[MOST_UNITS:] if unit not in every[:MOST_UNITS]))[
            :10
        ],
        dataset=dataset,
        key=key,
        wants_defaults=_DEFAULTS.search(text) is not None,
    )


def _cut(question: str) -> str:
    """What is read of a question: whole words only, where there is more than one."""
    head = question[:LONGEST_QUESTION]
    return head if len(head) == len(question) else _CUT_WORD.sub("", head) or head


def _joined_goods(match: re.Match[str]) -> str:
    """`7208 10 00` is one code; `2022 12` is not."""
    return match[0] if is_year(match[1]) else "".join(part for part in match.groups() if part)


def is_year(unit: str) -> bool:
    return len(unit) == 4 and unit.isascii() and unit.isdigit() and 1980 <= int(unit) <= 2059


def _name(raw: str) -> tuple[str | None, str | None]:
    """(dataset, key) where the whole question is spelt like a ref or a key."""
    whole = _VERSION.sub("", raw.strip().lower())
    dataset, slash, key = whole.partition("/")
    if slash and is_dataset(dataset) and is_key(key):
        return dataset, key
    return None, whole if is_key(whole) else None


def _kept(found: Sequence[str], capitals: set[str]) -> list[str]:
    """Without stop words (unless written like a country code) and, where more remains, without noise."""
    words = [unit for unit in found if unit not in STOP_WORDS or unit in capitals]
    meant = [part for unit in words for part in _meant(unit)]
    return meant or words


def _meant(unit: str) -> list[str]:
    if not is_run(unit):
        return [] if unit in _NOISE else [unit]
    return [part[:MOST_CHARACTERS] for part in _HAN_NOISE.split(unit) if part]


def names(part: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """(number of units, phrase) of the names that may begin at unit `start`, the longest first."""
    for length in range(min(LONGEST_NAME, len(part) - start), 0, -1):
        yield length, " ".join(part[start : start + length])


def subruns(run: str, start: int) -> Iterator[str]:
    """Parts of a Chinese run that may be a name and begin at `start`, the longest first."""
    for length in range(min(LONGEST_RUN, len(run) - start), 1, -1):
        yield run[start : start + length]


def lookups(question: Question, aliases: Aliases) -> list[str]:
    """Every token whose frequency the plan may need."""
    found = dict.fromkeys(NUMBER + number for number in question.numbers)
    for part in (question.units, question.others):
        for start, unit in enumerate(part):
            found.update(dict.fromkeys(words(unit, True) or (unit,)))
            found.update(dict.fromkeys(goods_tokens(unit)))
            if is_year(unit):
                found[YEAR + unit] = None
            for phrase in _phrases(part, start):
                found.update(dict.fromkeys((*activities(phrase, aliases), *regions(phrase, aliases))))
    return list(found)


def _phrases(part: Sequence[str], start: int) -> Iterable[str]:
    yield from (phrase for _, phrase in names(part, start))
    if is_run(part[start]):
        for position in range(len(part[start])):
            yield from subruns(part[start], position)


def activities(phrase: str, aliases: Aliases, column: str = UNDER) -> list[str]:
    """Tokens of the activities that are called so and, with UNDER, of the narrower ones below them."""
    return [field_token(column, code) for code in aliases.activities_named(phrase)[:MOST_MEANINGS]]


def regions(phrase: str, aliases: Aliases) -> list[str]:
    """Tokens of the places that are called so."""
    return [field_token("region", code) for code in aliases.regions_named(phrase)[:MOST_MEANINGS]]


def goods_tokens(unit: str) -> list[str]:
    """Tokens that rows with this customs code may have: it as a prefix, or a shorter code that covers it."""
    if not (unit.isascii() and unit.isdigit() and len(unit) in (4, 6, 8, 10)):
        return []
    return [GOODS + unit, *(GOODS_WHOLE + unit[:length] for length in (10, 8, 6, 4) if length <= len(unit))]


def respell(text: str, corrected: Mapping[str, str]) -> str:
    """`text` with its misspelt words replaced."""
    return _LATIN.sub(lambda match: corrected.get(singular(match[0]), match[0]), text)
