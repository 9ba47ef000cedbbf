"""What publishers print and people type for a unit."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import Invalid
from app.reference.index import ReferenceIndex
from tests.reference.conftest import SEED

PEOPLE = {
    "kwh": "kWh",
    "KWH": "kWh",
    "kWh": "kWh",
    "ＫＷｈ": "kWh",
    "kW·h": "kWh",
    "kW.h": "kWh",
    "度": "kWh",
    "千瓦时": "kWh",
    "兆瓦时": "MWh",
    "MWH": "MWh",
    "万千瓦时": "10^4.kWh",
    "万kWh": "10^4.kWh",
    "万度": "10^4.kWh",
    "亿千瓦时": "10^8.kWh",
    "10^4 kWh": "10^4.kWh",
    "10⁴ kWh": "10^4.kWh",
    "10000 kWh": "10^4.kWh",
    "1,000 L": "10^3.L",
    "吉焦": "GJ",
    "百万千焦": "GJ",
    "GJ": "GJ",
    "gj": "GJ",
    "TJ": "TJ",
    "吨": "t",
    "公吨": "t",
    "tonne": "t",
    "万吨": "10^4.t",
    "千吨": "kt",
    "Gg": "kt",
    "公斤": "kg",
    "千克": "kg",
    "KG": "kg",
    "克": "g",
    "吨标准煤": "t{ce}",
    "吨标煤": "t{ce}",
    "tce": "t{ce}",
    "TCE": "t{ce}",
    "kgce": "kg{ce}",
    "千克标准煤": "kg{ce}",
    "万吨标准煤": "10^4.t{ce}",
    "toe": "t{oe}",
    "标准立方米": "m3{normal}",
    "Nm3": "m3{normal}",
    "Nm³": "m3{normal}",
    "NM3": "m3{normal}",
    "标方": "m3{normal}",
    "万标准立方米": "10^4.m3{normal}",
    "万Nm3": "10^4.m3{normal}",
    "m3": "m3",
    "m³": "m3",
    "M3": "m3",
    "立方米": "m3",
    "t.km": "t.km",
    "tkm": "t.km",
    "t·km": "t.km",
    "t*km": "t.km",
    "吨公里": "t.km",
    "吨·公里": "t.km",
    "tonne-km": "t.km",
    "万吨公里": "10^4.t.km",
    "升": "L",
    "L": "L",
    "l": "L",
    "liters": "L",
    "gallon": "gal_us",
    "加仑": "gal_us",
    "imperial gallon": "gal_uk",
    "short ton": "sh_tn",
    "Short Tons": "sh_tn",
    "短吨": "sh_tn",
    "MMBtu": "MMBtu",
    "mmBtu": "MMBtu",
    "MMBTU": "MMBtu",
    "therm": "therm",
    "大卡": "kcal",
    "公里": "km",
    "mile": "mi",
    "车公里": "km{vehicle}",
    "人公里": "km{passenger}",
    "pkm": "km{passenger}",
    "平方米": "m2",
    "件": "pcs",
    "元": "CNY",
    "%": "%",
    "t水泥": "t{cement}",
    "吨熟料": "t{clinker}",
    "t clinker": "t{clinker}",
    "kgCO2e": "kg{CO2e}",
    "kgco2e": "kg{CO2e}",
    "kg CO2-eq": "kg{CO2e}",
    "kWh (net)": "kWh{net}",
    "kWh LHV": "kWh{net}",
    "GJ（低位）": "GJ{net}",
    "kWh (gross CV)": "kWh{gross}",
    "tCO2/MWh": "t{CO2}/MWh",
    "吨CO2/吨": "t{CO2}/t",
    "吨二氧化碳/兆瓦时": "t{CO2}/MWh",
    "公斤CO2/度": "kg{CO2}/kWh",
    "kg CO2e per kWh": "kg{CO2e}/kWh",
    "g CO2e/kWh": "g{CO2e}/kWh",
    "kgCO2eq/tkm": "kg{CO2e}/t.km",
    "kg/t": "kg/t",
    "tCO2/万千瓦时": "t{CO2}/10^4.kWh",
    "gCO2/km": "g{CO2}/km",
    "kg CO2 / (t.km)": "kg{CO2}/t.km",
}

AMBIGUOUS = {"ton": ["l_tn", "sh_tn", "t"], "tons": ["l_tn", "sh_tn", "t"], "MT": ["Mt", "t"]}
MISTYPED = {"kwhh": "kWh", "kilowat hour": "kWh", "吨标": "t{ce}", "litrs": "L", "tonnne": "t"}

BASES = [
    ("kg CO2 / TJ", "net", "kg{CO2}/TJ{net}"),
    ("kg CO2 / mmBtu", "gross", "kg{CO2}/MMBtu{gross}"),
    ("kg CO2 / mmBtu", "", "kg{CO2}/MMBtu"),
    ("GJ / 10^4 Nm3", "net", "GJ{net}/10^4.m3{normal}"),
    ("mmBtu / scf", "gross", "MMBtu{gross}/scf"),
    ("kg CO2e / kWh (net CV)", None, "kg{CO2e}/kWh{net}"),
    ("kg CO2e / kWh (net CV)", "net", "kg{CO2e}/kWh{net}"),
    ("kg CO2 / kWh", None, "kg{CO2}/kWh"),
    ("kg CO2e / L", "net", "kg{CO2e}/L"),
    ("t C / TJ", "net", "t{C}/TJ{net}"),
    ("kgce / MJ", "net", "kg{ce}/MJ{net}"),
]


@pytest.mark.parametrize(("text", "code"), PEOPLE.items())
def test_people_type_a_unit_in_many_ways(index: ReferenceIndex, text: str, code: str) -> None:
    assert index.find_unit(text).code == code


@pytest.mark.parametrize(("text", "codes"), AMBIGUOUS.items())
def test_a_spelling_of_several_units_is_refused_and_never_guessed(
    index: ReferenceIndex, text: str, codes: list[str]
) -> None:
    for spelling in (text, f"kg CO2 / {text}"):
        with pytest.raises(Invalid) as refused:
            index.find_unit(spelling)
        assert refused.value.code == "ambiguous_unit"
        assert refused.value.valid_values == codes


@pytest.mark.parametrize(("text", "near"), MISTYPED.items())
def test_a_typing_error_is_answered_with_near_units(index: ReferenceIndex, text: str, near: str) -> None:
    with pytest.raises(Invalid) as refused:
        index.find_unit(text)
    assert refused.value.code == "unknown_unit"
    assert near in (refused.value.valid_values or [])


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 9999, "\x00", "\ud800", "kg/t/h/d", "1e400", "万", "10^4", "/", "()"]
)
def test_what_is_no_unit_is_refused_and_never_a_crash(index: ReferenceIndex, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        index.find_unit(text)
    assert refused.value.code == "unknown_unit"


@given(st.text(alphabet="kgtWhJm3N万吨千瓦时度CO2e{}/. ()^10;é", max_size=30))
def test_any_text_is_a_unit_or_a_refusal(index: ReferenceIndex, text: str) -> None:
    try:
        unit = index.find_unit(text)
    except Invalid as refused:
        assert refused.code in ("unknown_unit", "ambiguous_unit")
    else:
        assert index.parse_unit(unit.code) == unit


@pytest.mark.parametrize(("text", "basis", "code"), BASES)
def test_the_calorific_basis_is_written_on_the_energy(
    index: ReferenceIndex, text: str, basis: str | None, code: str
) -> None:
    assert index.from_published(text, basis) == code


def test_a_basis_against_the_printed_one_is_refused(index: ReferenceIndex) -> None:
    with pytest.raises(Invalid) as refused:
        index.from_published("kg CO2e / kWh (net CV)", "gross")
    assert refused.value.code == "calorific_basis_conflict"
    with pytest.raises(Invalid) as unknown:
        index.from_published("kg CO2 / TJ", "lower")
    assert unknown.value.code == "unknown_calorific_basis"


def test_the_gas_of_a_row_is_written_on_a_bare_mass_only(index: ReferenceIndex) -> None:
    assert index.from_published("mg / km", None, gas="N2O") == "mg{N2O}/km{vehicle}"
    assert index.from_published("kg CO2e / t", None, gas="CO2") == "kg{CO2e}/t"


def test_every_published_code_is_a_unit_in_its_written_form(index: ReferenceIndex) -> None:
    assert len(index.spellings.published) >= 135
    for text, code in index.spellings.published.items():
        assert index.parse_unit(code).code == code, text


def test_every_unit_spelling_of_the_facts_has_a_code(index: ReferenceIndex, facts: Path) -> None:
    spellings = {row["unit"] for path in facts.rglob("*.csv") for row in _rows(path)}
    assert spellings - set(index.spellings.published) == set()


def test_every_unit_spelling_of_the_seed_data_has_a_code(index: ReferenceIndex) -> None:
    used = {
        (row["unit_published"], row.get("calorific_basis", ""))
        for name in ("factors.csv", "amounts.csv")
        for path in sorted(SEED.glob(f"*/{name}"))
        for row in _rows(path)
        if row["unit_published"]
    }
    for text, basis in sorted(used):
        assert index.parse_unit(index.from_published(text, basis))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
