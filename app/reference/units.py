"""Units: a pint unit with quantity kind, reference flow and conditions in numerator and denominator.

The code of a unit is `NUM/DEN`; a side is symbols joined by `.`, after an optional scale `10^4.`; a symbol
carries `{annotations}` separated by `;` (after UCUM): what is measured and under which conditions, as in
`kg{CO2}/kWh`, `GJ{net}/10^4.m3{normal}`, `kg{CO2e}/t.km`. Factors between symbols are exact fractions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import pint

from app.kit.errors import Invalid

DIGITS: Final = 28
"""Significant digits where a ratio is no terminating decimal (rounded half to even)."""
LONGEST_CODE: Final = 120
LARGEST_EXPONENT: Final = 100
BASES: Final = ("net", "gross")

_SCALE = re.compile(r"10\^([1-9][0-9]?)\.")
_TERM = re.compile(r"([A-Za-z%][A-Za-z0-9_%]*|1)(?:\{([A-Za-z0-9_]+(?:;[A-Za-z0-9_]+)*)\})?")
_RATIO_CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999)
_KINDS_OF_PRODUCTS: Final[dict[tuple[str, ...], str]] = {
    ("distance", "mass"): "transport_work",
    ("container", "distance"): "container_transport_work",
}
_KINDS_OF_EQUIVALENTS: Final = {"ce": "coal_equivalent", "oe": "oil_equivalent"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """One row of units.csv. `factor` is in base units of its kind; scf has `conditions` of its own."""

    code: str
    kind: str
    factor: Fraction
    conditions: frozenset[str]
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """One row of unit_annotations.csv; `type` is substance, flow or condition."""

    code: str
    type: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Term:
    """A symbol with what it measures (`flow`, empty = not stated) and the conditions written beside it."""

    symbol: Symbol
    flow: str = ""
    written: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return (
            _KINDS_OF_EQUIVALENTS.get(self.flow, self.symbol.kind)
            if self.symbol.kind == "mass"
            else self.symbol.kind
        )

    @property
    def conditions(self) -> frozenset[str]:
        return self.symbol.conditions.union(self.written)

    @property
    def code(self) -> str:
        inside = ";".join(([self.flow] if self.flow else []) + sorted(self.written))
        return f"{self.symbol.code}{{{inside}}}" if inside else self.symbol.code


@dataclass(frozen=True, slots=True)
class Side:
    """Terms multiplied with each other and with 10 to the `exponent`."""

    terms: tuple[Term, ...]
    exponent: int = 0

    @property
    def code(self) -> str:
        scale = f"10^{self.exponent}." if self.exponent else ""
        return scale + ".".join(term.code for term in self.terms)

    @property
    def kind(self) -> str:
        kinds = tuple(sorted(term.kind for term in self.terms))
        return _KINDS_OF_PRODUCTS.get(kinds, "*".join(kinds))

    @property
    def factor(self) -> Fraction:
        product = Fraction(10**self.exponent)
        for term in self.terms:
            product *= term.symbol.factor
        return product

    @property
    def flows(self) -> list[tuple[str, str]]:
        return sorted((term.kind, term.flow) for term in self.terms)

    @property
    def conditions(self) -> list[tuple[str, str, list[str]]]:
        return sorted((term.kind, term.flow, sorted(term.conditions)) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a value is stated in: `numerator` per `denominator` (None: an amount, not a factor)."""

    numerator: Side
    denominator: Side | None = None

    @property
    def code(self) -> str:
        return self.numerator.code + (f"/{self.denominator.code}" if self.denominator else "")

    @property
    def kind(self) -> str:
        return self.numerator.kind + (f"/{self.denominator.kind}" if self.denominator else "")

    @property
    def factor(self) -> Fraction:
        return self.numerator.factor / (self.denominator.factor if self.denominator else 1)


class UnitTable:
    """Symbols and annotations of one edition of the reference tables, and arithmetic with them."""

    def __init__(self, symbols: Iterable[dict[str, str]], annotations: Iterable[dict[str, str]]) -> None:
        """Rows of units.csv and unit_annotations.csv. Raises ValueError where a kind has two dimensions."""
        self.symbols = _symbols(list(symbols))
        self.annotations = {row["code"]: _annotation(row) for row in annotations}
        self.parse_unit: Callable[[str], Unit] = lru_cache(maxsize=4096)(self._parse_unit)
        self._ratio = lru_cache(maxsize=4096)(self._checked_ratio)

    def _parse_unit(self, code: str) -> Unit:
        """The unit of a code. Raises Invalid `unknown_unit` for anything else."""
        numerator, slash, denominator = code.partition("/")
        if len(code) > LONGEST_CODE or (slash and "/" in denominator):
            raise not_a_unit(code)
        return Unit(self._side(numerator, code), self._side(denominator, code) if slash else None)

    def _side(self, text: str, code: str) -> Side:
        scale = _SCALE.match(text)
        rest = text[scale.end() :] if scale else text
        terms = tuple(self._term(part, code) for part in rest.split("."))
        return Side(terms, int(scale[1]) if scale else 0)

    def _term(self, text: str, code: str) -> Term:
        match = _TERM.fullmatch(text)
        symbol = self.symbols.get(match[1]) if match else None
        if match is None or symbol is None:
            raise not_a_unit(code)
        return self.annotate(symbol, match[2].split(";") if match[2] else (), code)

    def annotate(self, symbol: Symbol, annotations: Sequence[str], code: str = "") -> Term:
        """A term of a symbol. What the table does not list is a reference flow; only one is allowed."""
        conditions = tuple(a for a in annotations if self._is_condition(a))
        flows = [a for a in annotations if not self._is_condition(a)]
        if len(flows) > 1 or len(set(conditions)) != len(conditions) or set(BASES) <= set(conditions):
            raise not_a_unit(code or symbol.code)
        if set(BASES) & set(conditions) and symbol.kind != "energy":
            raise not_a_unit(code or symbol.code)
        return Term(symbol, flows[0] if flows else "", conditions)

    def _is_condition(self, annotation: str) -> bool:
        known = self.annotations.get(annotation)
        return known is not None and known.type == "condition"

    def convert_factor(self, value: Decimal, from_code: str, to_code: str) -> Decimal:
        """`value` of one unit in another: exact where it is a terminating decimal, else 28 digits, half even.

        The same unit gives the value back as it is. Raises Invalid: `unknown_unit`, `value_out_of_range`
        (not finite or beyond 1e100), `unit_mismatch_kind`, `unit_mismatch_flow`, `unit_mismatch_condition`.
        """
        if (
            not value.is_finite()
            or abs(value.adjusted()) > LARGEST_EXPONENT
            or len(value.as_tuple().digits) > 200
        ):
            raise Invalid(
                "value_out_of_range",
                "The value is not a finite number of reasonable size.",
                "数值不是有限数，或超出合理范围。",
                parameter="value",
            )
        ratio = self._ratio(from_code, to_code)
        return value if ratio == 1 else to_decimal(Fraction(value) * ratio)

    def _checked_ratio(self, from_code: str, to_code: str) -> Fraction:
        source, target = self.parse_unit(from_code), self.parse_unit(to_code)
        self.refuse_mismatch(source, target)
        return source.factor / target.factor

    def refuse_mismatch(self, source: Unit, target: Unit) -> None:
        """Raise Invalid `unit_mismatch_*` unless kind, flow and conditions are equal on both sides."""
        if source.kind != target.kind:
            raise self._mismatch("kind", source, target, source.kind, target.kind)
        for mine, theirs in ((source.numerator, target.numerator), (source.denominator, target.denominator)):
            if mine is None or theirs is None:
                continue
            if mine.flows != theirs.flows:
                raise self._mismatch("flow", source, target, mine.code, theirs.code)
            if mine.conditions != theirs.conditions:
                raise self._mismatch("condition", source, target, mine.code, theirs.code)

    def _mismatch(self, what: str, source: Unit, target: Unit, mine: str, theirs: str) -> Invalid:
        zh = {"kind": "量的种类", "flow": "参考流", "condition": "条件（如热值基准、气体状态）"}[what]
        en = {"kind": "quantity kinds", "flow": "reference flows", "condition": "conditions"}[what]
        return Invalid(
            f"unit_mismatch_{what}",
            f"{source.code} cannot be converted to {target.code}: the {en} differ ({mine}; {theirs}).",
            f"{source.code} 不能换算为 {target.code}：{zh}不同（{mine}；{theirs}）。",
            parameter="unit",
            valid_values=self.alternatives(source),
            from_unit=source.code,
            to_unit=target.code,
            from_side=mine,
            to_side=theirs,
        )

    def alternatives(self, unit: Unit) -> list[str]:
        """Codes that `unit` converts to by another symbol in its last side; [] for products."""
        side = unit.denominator or unit.numerator
        if len(side.terms) != 1:
            return []
        term = side.terms[0]
        same = [
            s
            for s in self.symbols.values()
            if s.kind == term.symbol.kind and s.conditions == term.symbol.conditions
        ]
        swapped = [Side((Term(symbol, term.flow, term.written),)) for symbol in same]
        units = [Unit(unit.numerator, s) if unit.denominator else Unit(s) for s in swapped]
        return [u.code for u in units]

    def with_flow_of(self, asked: Unit, offered: Unit) -> Unit:
        """`asked` with the flows that it leaves open taken from `offered`: `t` asked, `t{clinker}` offered.

        Only the reference flow is taken over, where the kinds are equal term by term; never a condition
        (net or gross, m3 or Nm3) and never a flow that the asker stated.
        """
        numerator = _fill(asked.numerator, offered.numerator)
        if asked.denominator is None or offered.denominator is None:
            return Unit(numerator, asked.denominator)
        return Unit(numerator, _fill(asked.denominator, offered.denominator))


def _fill(asked: Side, offered: Side) -> Side:
    flows = {term.kind: term.flow for term in offered.terms}
    terms = tuple(
        term if term.flow else Term(term.symbol, flows.get(term.kind, ""), term.written)
        for term in asked.terms
    )
    return Side(terms, asked.exponent)


def to_decimal(fraction: Fraction) -> Decimal:
    """The exact decimal of a fraction if it terminates, without trailing zeros; else 28 digits."""
    rest, places = fraction.denominator, 0
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    for prime in (2, 5):
        while rest % prime == 0:
            rest, places = rest // prime, places + 1
    if rest != 1:
        return _RATIO_CONTEXT.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))
    digits = fraction.numerator * 10**places // fraction.denominator
    return Decimal((int(digits < 0), tuple(int(c) for c in str(abs(digits))), -places))


def not_a_unit(text: str, near: Sequence[str] | None = None) -> Invalid:
    shown = text[:LONGEST_CODE]
    return Invalid(
        "unknown_unit",
        f"{shown!r} is not a unit.",
        f"“{shown}”不是已知的单位。",
        parameter="unit",
        valid_values=near,
    )


def _annotation(row: dict[str, str]) -> Annotation:
    aliases = tuple(filter(None, row.get("aliases", "").split("|")))
    return Annotation(row["code"], row["type"], row["name_zh"], row["name_en"], aliases, row.get("note", ""))


def _symbols(rows: list[dict[str, str]]) -> dict[str, Symbol]:
    """Let pint work out the factor of every symbol, in fractions, and check one dimension a kind."""
    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(None, non_int_type=Fraction)
    dimensions: dict[str, dict[str, Any]] = {}
    symbols = {}
    for row in rows:
        registry.define(f"{_pint_name(row)} = {row['definition']}")
    for row in rows:
        unit = registry.parse_units(_pint_name(row))
        dimension = dict(unit.dimensionality)
        if dimensions.setdefault(row["kind"], dimension) != dimension:
            raise ValueError(f"unit {row['code']}: {dimension} is not {row['kind']}")
        symbols[row["code"]] = _symbol(row, _fraction(registry.get_root_units(unit)[0]))
    return symbols


def _fraction(number: Any) -> Fraction:
    if not isinstance(number, int | Fraction):
        raise ValueError(f"not an exact factor: {number!r}")
    return Fraction(number)


def _pint_name(row: dict[str, str]) -> str:
    return {"1": "one", "%": "percent"}.get(row["code"], row["code"])


def _symbol(row: dict[str, str], factor: Fraction) -> Symbol:
    return Symbol(
        code=row["code"],
        kind=row["kind"],
        factor=factor,
        conditions=frozenset(filter(None, row.get("conditions", "").split("|"))),
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        aliases=tuple(filter(None, row.get("aliases", "").split("|"))),
        source=row["source"],
    )
