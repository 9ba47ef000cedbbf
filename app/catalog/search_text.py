"""Text to words, the same way for the index and for the question. Pure.

Latin words and numbers are folded (NFKC, case, accents, plural, British spelling). Chinese has no spaces:
a run of characters becomes its pairs, and its single characters where the field is short.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from operator import add
from typing import Final

HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_UNIT = re.compile(rf"[{HAN}]+|\d+(?:\.\d+)*|[^\W\d_{HAN}][^\W_{HAN}]*")
_HAN = re.compile(rf"[{HAN}]")
_ACCENTED = re.compile("[\u00c0-\u036f\u1e00-\u1fff]")
_APOSTROPHE = re.compile(r"(?<=[a-z])['’](?=[a-z])")
PARTICLE: Final = "的"
_STOP: Final = """a all also an and any are as at be but by for from has have if in is it its no not of on or
    per so than that the their then these this those to was were when where which with"""
STOP_WORDS: Final = frozenset(_STOP.split())
_SPELLINGS: Final = {
    "aluminum": "aluminium",
    "fertilizer": "fertiliser",
    "sulfur": "sulphur",
    "sulfate": "sulphate",
    "sulfuric": "sulphuric",
    "gray": "grey",
    "tire": "tyre",
    "fiber": "fibre",
    "liter": "litre",
    "meter": "metre",
    "plow": "plough",
    "aeroplane": "airplane",
    "gases": "gas",
    "buses": "bus",
    "lenses": "lens",
}
_KEEPS_S: Final = ("ss", "us", "is", "as", "os")
LONGEST_WORD: Final = 60
LONGEST_PHRASE: Final = 200


def fold(text: str) -> str:
    """Compatibility forms (full width, sub- and superscripts), case and accents removed."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    if _ACCENTED.search(folded) is None:
        return folded
    plain = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in plain if not unicodedata.combining(character))


def is_han(text: str) -> bool:
    """Whether `text` holds a Chinese character."""
    return _HAN.search(text) is not None


def is_run(unit: str) -> bool:
    """Whether a unit is a Chinese run: it is all Chinese or not at all."""
    first = unit[0]
    return "\u3400" <= first <= "\u9fff" or first >= "\U00020000" or first == "\u3007"


def units(text: str) -> list[str]:
    """Folded runs in the order of the text: Chinese runs without 的, numbers, words. Stop words stay."""
    folded = fold(text)
    if "'" in folded or "’" in folded:
        folded = _APOSTROPHE.sub("", folded)
    return [_tidy(run) for run in _UNIT.findall(folded)]


@lru_cache(maxsize=32768)
def _tidy(run: str) -> str:
    if is_run(run):
        run = run.replace(PARTICLE, "") or run
    elif not run[0].isdigit():
        run = singular(run[:LONGEST_WORD])
    return run[: LONGEST_WORD * 4]


def singular(word: str) -> str:
    """The word as the index keeps it: British spelling, no plural s (`lorries` -> `lorry`, `gas` stays)."""
    word = _SPELLINGS.get(word, word)
    if len(word) < 4 or not word.endswith("s") or word.endswith(_KEEPS_S) or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    else:
        word = word[:-1]
    return _SPELLINGS.get(word, word)


def pairs(run: str) -> list[str]:
    """Neighbouring characters of a Chinese run; a single character is itself."""
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def phrase(text: str) -> str:
    """A whole name as one token, so that `Hot-rolled coils` and `hot rolled coil` are the same name."""
    found = units(text)
    return " ".join([unit for unit in found if unit not in STOP_WORDS] or found)[:LONGEST_PHRASE]


def words(text: str, singles: bool = False) -> dict[str, None]:
    """The tokens of a field in order, each once; `singles` adds single Chinese characters."""
    found: dict[str, None] = {}
    for unit in units(text):
        if not is_run(unit):
            if unit not in STOP_WORDS:
                found[unit] = None
            continue
        found |= dict.fromkeys(map(add, unit, unit[1:])) if len(unit) > 1 else {unit: None}
        if singles:
            found |= dict.fromkeys(unit)
    return found


_DOCUMENT_NUMBERS: Final = (
    (re.compile(r"(\d{4})\s*年\s*第?\s*(\d{1,4})\s*号"), "{0}年{1}号"),
    (re.compile(r"[〔\[(（【]\s*(\d{4})\s*[〕\])）】]\s*(?:第)?\s*(\d{1,4})\s*号"), "{0}年{1}号"),
    (
        re.compile(r"(?<![a-z0-9])(gb|d[bl]|hj|jt|yb|jc|ys|sh|hg|cj|nb|rb)\s*/?\s*([tz])\s*(\d[\d.]*)"),
        "{0}/{1}{2}",
    ),
    (
        re.compile(r"(?<![a-z])cets[^a-z0-9]{0,3}ag[^a-z0-9]{0,3}(\d\d)[^a-z0-9]{0,3}(\d\d)"),
        "cets-ag-{0}.{1}",
    ),
    (re.compile(r"(?<![\d/])(20\d\d/\d{3,4})(?![\d/])"), "eu {0}"),
    (re.compile(r"(?<![a-z])(iso|pas|en)\s*-?\s*(\d{4,5}(?:-\d)?)(?!\d)"), "{0} {1}"),
)


@lru_cache(maxsize=4096)
def document_numbers(text: str) -> tuple[str, ...]:
    """Numbers of documents in one spelling each: 公告2024年第33号, GB/T 51366-2019, (EU) 2025/2621.

    The year of a standard is left out: `GB/T 51366` and `GB/T 51366-2019` are one number.
    """
    folded = fold(text)
    found = []
    for pattern, form in _DOCUMENT_NUMBERS:
        for match in pattern.finditer(folded):
            parts = [(part or "").strip(".") for part in match.groups()]
            found.append(form.format(*parts))
    return tuple(dict.fromkeys(found))


def without_document_numbers(text: str) -> str:
    """`text` folded, with its document numbers taken out."""
    folded = fold(text)
    for pattern, _ in _DOCUMENT_NUMBERS:
        folded = pattern.sub(" ", folded)
    return folded
