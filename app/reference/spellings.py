"""From what publishers print and people type to the code of a unit: 度, 万千瓦时, KWH, kg CO2e / kWh."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from app.kit.errors import Invalid
from app.reference.near import NearNames
from app.reference.units import BASES, LONGEST_CODE, Side, Term, Unit, UnitTable, not_a_unit

_CHINESE_SCALES: Final = (
    ("百万", 6),
    ("千万", 7),
    ("十万", 5),
    ("亿", 8),
    ("万", 4),
    ("千", 3),
    ("百", 2),
    ("十", 1),
)
_ASCII_SCALE = re.compile(r"(?:10\^([1-9][0-9]?)|1((?:,?0)+))(?=[^0-9])[ .*·×]*")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


class Spellings:
    """Look-ups of one edition of the reference tables."""

    def __init__(
        self, units: UnitTable, published: Iterable[dict[str, str]], people: Iterable[dict[str, str]]
    ) -> None:
        """`published`, `people`: rows of published_units.csv and unit_spellings.csv."""
        self.units = units
        self.published = {row["text"]: row["code"] for row in published}
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._folded: dict[str, set[str]] = defaultdict(set)
        for text, code in self._names(people):
            self._exact[_squeeze(text)].add(code)
            self._folded[_squeeze(text).casefold()].add(code)
        self._annotations = {
            spelling: code
            for a in units.annotations.values()
            for spelling, code in _annotation_names(a.code, a.aliases)
        }
        self._near = NearNames((name, code) for name, codes in self._folded.items() for code in codes)
        self._find = lru_cache(maxsize=8192)(self._search)

    def _names(self, people: Iterable[dict[str, str]]) -> Iterator[tuple[str, str]]:
        for symbol in self.units.symbols.values():
            for name in (symbol.code, *symbol.aliases):
                yield name, symbol.code
        for row in people:
            yield row["text"], row["code"]

    def find_unit(self, text: str) -> Unit:
        """The unit of a code, or of a spelling that people use.

        Raises Invalid `unknown_unit` with near units, or `ambiguous_unit` (ton, MT) with what it may mean.
        """
        found = self._find(text)
        if isinstance(found, Unit):
            return found
        code, values = found
        raise ambiguous(text, values) if code == "ambiguous_unit" else not_a_unit(text, values)

    def _search(self, text: str) -> Unit | tuple[str, list[str]]:
        tidy = _tidy(text)
        codes = self._exact.get(_squeeze(tidy), set())
        try:
            return self.units.parse_unit(next(iter(codes)) if len(codes) == 1 else text)
        except Invalid:
            pass
        try:
            return self._unit(tidy) if len(tidy) <= LONGEST_CODE else ("unknown_unit", [])
        except Invalid as refused:
            if refused.code == "ambiguous_unit":
                return refused.code, list(refused.valid_values or ())
            return "unknown_unit", self._near.find(_squeeze(tidy).casefold())

    def from_published(self, text: str, calorific_basis: str | None, gas: str | None = None) -> str:
        """Our code for a published spelling.

        `calorific_basis` (net, gross, None or empty) is written on every energy that the text leaves open;
        `gas` on a bare mass in the numerator (`mg / km` of N2O). Raises Invalid `unknown_unit`,
        `ambiguous_unit`, `calorific_basis_conflict` (the text says the other basis).
        """
        known = self.published.get(text.strip())
        unit = self.units.parse_unit(known) if known else self.find_unit(text)
        if calorific_basis:
            unit = self._with_basis(unit, calorific_basis, text)
        if gas and len(unit.numerator.terms) == 1 and unit.numerator.kind == "mass":
            term = unit.numerator.terms[0]
            named = Term(term.symbol, term.flow or gas, term.written)
            unit = Unit(Side((named,), unit.numerator.exponent), unit.denominator)
        return self.units.parse_unit(unit.code).code

    def _with_basis(self, unit: Unit, basis: str, text: str) -> Unit:
        if basis not in BASES:
            raise Invalid(
                "unknown_calorific_basis",
                f"{basis!r} is no calorific basis.",
                f"“{basis}”不是热值基准。",
                parameter="calorific_basis",
                valid_values=BASES,
            )
        numerator = _basis_on(unit.numerator, basis, text)
        return Unit(numerator, _basis_on(unit.denominator, basis, text) if unit.denominator else None)

    # --- parsing ---

    def _unit(self, text: str) -> Unit:
        whole = self._direct(text)
        if whole:
            return self.units.parse_unit(whole)
        parts = re.split(r"\s*/\s*| per ", text)
        if len(parts) > 2:
            raise not_a_unit(text)
        sides = [self._side(part) for part in parts]
        return Unit(sides[0], sides[1] if len(sides) == 2 else None)

    def _side(self, text: str) -> Side:
        text = text.strip()
        if text.startswith("(") and text.endswith(")"):
            text = text[1:-1].strip()
        found = self._plain_side(text)
        if found:
            return found
        for exponent, rest in _scales(text):
            inner = self._plain_side(rest)
            if inner:
                return Side(inner.terms, inner.exponent + exponent)
        raise not_a_unit(text)

    def _plain_side(self, text: str) -> Side | None:
        """A side without a scale: a known spelling, a known spelling with annotations, or a product."""
        code = self._direct(text)
        if code:
            return self.units.parse_unit(code).numerator
        term = self._annotated(text)
        if term:
            return Side((term,))
        parts = [part for part in re.split(r"\s*[.*·×]\s*", text) if part]
        if len(parts) < 2:
            return None
        sides = [self._plain_side(part) for part in parts]
        terms = tuple(term for side in sides if side for term in side.terms)
        return Side(terms) if len(terms) == len(parts) else None

    def _direct(self, text: str) -> str | None:
        key = _squeeze(text)
        codes = self._exact.get(key) or self._folded.get(key.casefold())
        if codes and len(codes) > 1:
            raise ambiguous(text, sorted(codes))
        return next(iter(codes)) if codes else None

    def _annotated(self, text: str) -> Term | None:
        """`kg CO2e`, `kgCO2e`, `t clinker`, `吨二氧化碳`, `kWh (gross CV)`, `t HNO3 (100 %)`."""
        for end in range(len(text) - 1, 0, -1):
            head, tail = text[:end], text[end:]
            key = _squeeze(head)
            codes = self._exact.get(key) or self._folded.get(key.casefold()) or set()
            annotations = self._annotations_of(head, tail) if codes else None
            if annotations:
                return self._with_annotations(text, codes, annotations)
        return None

    def _with_annotations(self, text: str, codes: set[str], annotations: list[str]) -> Term | None:
        if len(codes) > 1:
            raise ambiguous(text, sorted(codes))
        side = self.units.parse_unit(next(iter(codes))).numerator
        if len(side.terms) != 1 or side.exponent:
            return None
        term = side.terms[0]
        have = [term.flow] if term.flow else []
        return self.units.annotate(term.symbol, [*have, *term.written, *annotations])

    def _annotations_of(self, head: str, tail: str) -> list[str] | None:
        """Annotations that make up all of `tail`, or None. Glued to a letter, only a gas is read."""
        glued = head[-1].isascii() and head[-1].isalnum() and tail[0].isascii() and tail[0].isalnum()
        whole = self._annotations.get(_squeeze(tail).casefold().strip("()"))
        if glued:
            exact = tail in self.units.annotations
            gas = whole is not None and self.units.annotations[whole].type == "substance"
            return [whole] if whole and gas and (exact or len(tail) > 2) else None
        if whole:
            return [whole]
        pieces = [self._annotations.get(_squeeze(p).casefold()) for p in _pieces(tail)]
        return [p for p in pieces if p] if pieces and all(pieces) else None


def ambiguous(text: str, codes: list[str]) -> Invalid:
    return Invalid(
        "ambiguous_unit",
        f"{text!r} may mean {', '.join(codes)}.",
        f"“{text}”可能指 {'、'.join(codes)}。",
        parameter="unit",
        valid_values=codes,
    )


def _basis_on(side: Side, basis: str, text: str) -> Side:
    terms = []
    for term in side.terms:
        stated = set(BASES) & set(term.written)
        if term.kind == "energy" and stated and stated != {basis}:
            raise Invalid(
                "calorific_basis_conflict",
                f"{text!r} is stated on the {stated.pop()} basis, not {basis}.",
                f"“{text}”注明的热值基准与 {basis} 不符。",
                parameter="calorific_basis",
            )
        add = term.kind == "energy" and not stated
        terms.append(Term(term.symbol, term.flow, (*term.written, basis)) if add else term)
    return Side(tuple(terms), side.exponent)


def _annotation_names(code: str, aliases: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in (code, *aliases):
        yield _squeeze(name).casefold(), code


def _scales(text: str) -> Iterator[tuple[int, str]]:
    """(exponent, rest) for a leading power of ten: `10^4 kWh`, `1000 m3`, `万kWh`."""
    match = _ASCII_SCALE.match(text)
    if match:
        yield int(match[1]) if match[1] else match[2].count("0"), text[match.end() :]
    for word, exponent in _CHINESE_SCALES:
        if text.startswith(word):
            yield exponent, text[len(word) :].strip()


def _pieces(tail: str) -> list[str]:
    outside = re.split(r"[()]", tail)
    return [piece for piece in (part.strip() for part in outside) if piece]


def _tidy(text: str) -> str:
    """NFKC, one space between words; `10⁴` is written `10^4` first, because NFKC would make 104 of it."""
    powers = re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"10^{m[1].translate(_SUPERSCRIPTS)}", text)
    return " ".join(unicodedata.normalize("NFKC", powers).split())


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
