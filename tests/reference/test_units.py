"""Units: the grammar of codes, exact conversion, and what is never converted."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import Invalid
from app.reference.index import ReferenceIndex
from app.reference.units import to_decimal

CODES = [
    "kg{CO2}/kWh",
    "t{CO2e}/t{clinker}",
    "kg{CH4}/TJ{net}",
    "kg{CO2e}/kWh{gross}",
    "GJ{net}/t",
    "kg{CO2e}/t.km",
    "t{CO2}/10^4.kWh",
    "GJ{net}/10^4.m3{normal}",
    "g{CH4}/mi{vehicle}",
    "kg{CO2}/mi{passenger}",
    "kg{CO2}/sh_tn.mi",
    "g{N2O}/MMBtu{gross}",
    "lb{CO2}/MWh",
    "kg{CO2}/scf",
    "kg{CO2}/gal_us",
    "%",
    "1",
    "kg{ce}/kg",
    "t{ce}/10^6.t.km{converted}",
    "kg{N2O}/t{HNO3;100pct}",
    "kg{CF4}.d{cell}/t{Al}.min{AE}",
]

CONVERSIONS = [
    ("0.5306", "kg{CO2}/kWh", "t{CO2}/MWh", "0.5306"),
    ("0.5306", "kg{CO2}/kWh", "t{CO2}/10^4.kWh", "5.306"),
    ("771.523", "lb{CO2}/MWh", "kg{CO2}/kWh", "0.34995694607951"),
    ("56100", "kg{CO2}/TJ{net}", "t{CO2}/TJ{net}", "56.1"),
    ("3.6", "kg/GJ", "kg/MWh", "12.96"),
    ("1", "kg{CO2}/sh_tn.mi", "kg{CO2}/t.km", "0.6849444934857"),
    ("1", "GJ{net}/10^4.m3{normal}", "MJ{net}/m3{normal}", "0.1"),
    ("1", "gal_us", "L", "3.785411784"),
    ("1", "t{ce}", "kg{ce}", "1000"),
    ("12", "%", "1", "0.12"),
    ("1", "MMBtu{gross}", "GJ{gross}", "1.05505585262"),
    ("7", "Mt", "kt", "7000"),
    ("-2.50", "kg", "g", "-2500"),
    ("0", "kg", "lb", "0"),
]

REFUSALS = [
    ("kg{CO2}/kWh", "kg{CH4}/kWh", "flow"),
    ("kg{CO2}/t", "kg{C}/t", "flow"),
    ("kg{CO2e}/t", "kg{CO2}/t", "flow"),
    ("t{CO2}/t{clinker}", "t{CO2}/t{cement}", "flow"),
    ("t{CO2}/t{clinker}", "t{CO2}/t", "flow"),
    ("g{CH4}/mi{vehicle}", "g{CH4}/km{passenger}", "flow"),
    ("t.km", "t.km{converted}", "flow"),
    ("kg{CO2}/kWh{net}", "kg{CO2}/kWh{gross}", "condition"),
    ("kg{CO2}/kWh", "kg{CO2}/kWh{net}", "condition"),
    ("kg{CO2}/MMBtu{gross}", "kg{CO2}/GJ{net}", "condition"),
    ("m3", "m3{normal}", "condition"),
    ("scf", "ft3", "condition"),
    ("scf", "m3{normal}", "condition"),
    ("t{HNO3}", "t{HNO3;100pct}", "condition"),
    ("t{ce}", "GJ{net}", "kind"),
    ("t{ce}", "t", "kind"),
    ("t{ce}", "t{oe}", "kind"),
    ("kg", "L", "kind"),
    ("kg{CO2}/km{vehicle}", "kg{CO2}/t.km", "kind"),
    ("kg", "kg/t", "kind"),
    ("CNY", "USD", "kind"),
    ("kg/m2", "kg/m3", "kind"),
]


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_read_and_written_back_the_same(index: ReferenceIndex, code: str) -> None:
    assert index.parse_unit(code).code == code


@pytest.mark.parametrize(
    "code",
    [
        "",
        "/",
        "kg/",
        "/kg",
        "kg//t",
        "kg/t/t",
        "KG",
        "kg{}",
        "kg{CO2",
        "kg CO2",
        "10^4kWh",
        "10^0.kWh",
        "kg{CO2;CH4}",
        "kWh{net;gross}",
        "kg{net}",
        "t..km",
        "kg{CO2}/kWh ",
        "kg\n",
        "x" * 500,
        "furlong",
    ],
)
def test_what_is_outside_the_grammar_is_no_unit(index: ReferenceIndex, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        index.parse_unit(code)
    assert refused.value.code == "unknown_unit"


@pytest.mark.parametrize(("value", "source", "target", "result"), CONVERSIONS)
def test_a_factor_is_converted_exactly(
    index: ReferenceIndex, value: str, source: str, target: str, result: str
) -> None:
    answer = index.convert_factor(Decimal(value), source, target)
    expected = Decimal(result)
    assert answer == expected or abs(answer - expected) < Decimal("1e-12")
    assert type(answer) is Decimal


def test_the_same_unit_gives_the_digits_of_the_source_back(index: ReferenceIndex) -> None:
    assert str(index.convert_factor(Decimal("0.50"), "kg/kWh", "kg/kWh")) == "0.50"


def test_a_ratio_that_does_not_terminate_has_28_digits_rounded_half_even(index: ReferenceIndex) -> None:
    answer = index.convert_factor(Decimal("53.06"), "kg{CO2}/MMBtu{gross}", "kg{CO2}/GJ{gross}")
    assert str(answer) == "50.29117640382461063267837446"
    assert to_decimal(Fraction(1, 3)) == Decimal("0." + "3" * 28)


@pytest.mark.parametrize(("source", "target", "what"), REFUSALS)
def test_what_differs_in_kind_flow_or_condition_is_never_converted(
    index: ReferenceIndex, source: str, target: str, what: str
) -> None:
    for one, other in ((source, target), (target, source)):
        with pytest.raises(Invalid) as refused:
            index.convert_factor(Decimal(1), one, other)
        assert refused.value.code == f"unit_mismatch_{what}"
        assert one in refused.value.text["en"] and other in refused.value.text["zh"]


def test_a_refusal_names_the_units_that_would_do(index: ReferenceIndex) -> None:
    with pytest.raises(Invalid) as refused:
        index.convert_factor(Decimal(1), "t{CO2}/t{clinker}", "t{CO2}/t{cement}")
    assert "t{CO2}/kg{clinker}" in (refused.value.valid_values or [])


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "1e-400", "9" * 300])
def test_no_number_of_reasonable_size_is_refused(index: ReferenceIndex, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        index.convert_factor(Decimal(value), "kg", "t")
    assert refused.value.code == "value_out_of_range"


def _pairs(index: ReferenceIndex) -> list[tuple[str, str]]:
    symbols = index.units.symbols.values()
    return [
        (a.code, b.code) for a in symbols for b in symbols if (a.kind, a.conditions) == (b.kind, b.conditions)
    ]


@given(data=st.data(), value=st.decimals(-(10**9), 10**9, allow_nan=False, places=6))
def test_there_and_back_gives_the_same_value(
    index: ReferenceIndex, data: st.DataObject, value: Decimal
) -> None:
    source, target = data.draw(st.sampled_from(_pairs(index)))
    there = index.convert_factor(value, f"kg{{CO2}}/{source}", f"kg{{CO2}}/{target}")
    back = index.convert_factor(there, f"kg{{CO2}}/{target}", f"kg{{CO2}}/{source}")
    assert abs(back - value) <= abs(value) * Decimal("1e-26")


@given(data=st.data(), value=st.decimals(-(10**9), 10**9, allow_nan=False, places=6))
def test_a_way_round_is_as_good_as_the_straight_one(
    index: ReferenceIndex, data: st.DataObject, value: Decimal
) -> None:
    source, target = data.draw(
        st.sampled_from([p for p in _pairs(index) if p[0] in ("kWh", "lb", "L", "km")])
    )
    base = next(s.code for s in index.units.symbols.values() if s.kind == index.units.symbols[source].kind)
    straight = index.convert_factor(value, source, target)
    round_about = index.convert_factor(index.convert_factor(value, source, base), base, target)
    assert abs(straight - round_about) <= abs(straight) * Decimal("1e-26")


def test_every_factor_agrees_with_the_registry_of_pint(index: ReferenceIndex) -> None:
    """Our exact table against pint's own definitions, for the symbols that both have under one meaning."""
    theirs = {
        "t": "metric_ton",
        "sh_tn": "short_ton",
        "l_tn": "long_ton",
        "gal_us": "gallon",
        "gal_uk": "imperial_gallon",
        "bbl": "oil_barrel",
        "nmi": "nautical_mile",
        "mi": "mile",
        "ft2": "ft**2",
        "ft3": "ft**3",
        "scf": "ft**3",
        "m2": "m**2",
        "m3": "m**3",
        "km2": "km**2",
        "Btu": "Btu_it",
        "MMBtu": "1e6 Btu_it",
        "therm": "therm",
        "kcal": "kilocalorie",
        "ha": "hectare",
        "ug": "microgram",
        "d": "day",
        "a": "year",
        "kt": "kilometric_ton",
        "Mt": "megametric_ton",
        "%": "percent",
        "Gcal": "gigacalorie",
        "ppm": "ppm",
    }
    known_to_differ = {"kcal", "Gcal", "therm"}  # pint: thermochemical; therm rounded
    kinds = {"mass", "distance", "area", "volume", "energy", "time", "power"}
    registry: pint.UnitRegistry[Decimal] = pint.UnitRegistry(non_int_type=Decimal)
    compared = 0
    for symbol in index.units.symbols.values():
        if symbol.kind in kinds and symbol.code not in known_to_differ:
            quantity = registry.Quantity(theirs.get(symbol.code, symbol.code)).to_base_units().magnitude
            assert abs(quantity / to_decimal(symbol.factor) - 1) < Decimal("1e-9"), symbol.code
            compared += 1
    assert compared > 40


def test_coal_equivalent_becomes_energy_only_by_the_stated_convention(index: ReferenceIndex) -> None:
    assert index.convert_with("coal_equivalent", Decimal(1), "t{ce}", "GJ{net}") == Decimal("29.3076")
    assert index.convert_with("coal_equivalent", Decimal(2), "kg{ce}", "MJ{net}") == Decimal("58.6152")
    with pytest.raises(Invalid) as refused:
        index.convert_with("coal_equivalent", Decimal(1), "t{ce}", "GJ{gross}")
    assert refused.value.code == "unit_mismatch_condition"
    with pytest.raises(Invalid) as unknown:
        index.convert_with("beer", Decimal(1), "t{ce}", "GJ{net}")
    assert unknown.value.valid_values == ["coal_equivalent", "oil_equivalent"]


def test_a_flow_left_open_is_taken_from_the_factor_but_a_condition_never(index: ReferenceIndex) -> None:
    def filled(asked: str, offered: str) -> str:
        return index.units.with_flow_of(index.parse_unit(asked), index.parse_unit(offered)).code

    assert filled("t", "kg{clinker}") == "t{clinker}"
    assert filled("km", "mi{vehicle}") == "km{vehicle}"
    assert filled("t{cement}", "kg{clinker}") == "t{cement}"
    assert filled("kWh", "kWh{gross}") == "kWh"
    assert filled("m3", "m3{normal}") == "m3"
    assert filled("t", "t{ce}") == "t"
    assert filled("kg/t", "kg{CO2}/t{clinker}") == "kg{CO2}/t{clinker}"


def test_kinds_have_names_that_people_know(index: ReferenceIndex) -> None:
    kinds = {
        code: index.parse_unit(code).kind for code in ("t.km", "kWh", "t{ce}", "kg{CO2}/km{vehicle}", "%")
    }
    assert kinds == {
        "t.km": "transport_work",
        "kWh": "energy",
        "t{ce}": "coal_equivalent",
        "kg{CO2}/km{vehicle}": "mass/distance",
        "%": "ratio",
    }
