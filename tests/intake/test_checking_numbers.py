"""What a text cell says as a number: read where there is one way to read it, refused where there are two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.checking_numbers import Reading, read_number_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5580", "0.5580"),
        ("-.5", "-0.5"),
        ("+3.20", "3.20"),
        ("1.2E-3", "0.0012"),
        ("007", "7"),
        ("5.", "5"),
    ],
)
def test_plain_numbers_are_read_without_a_word(text: str, value: str) -> None:
    assert read_number_text(text) == Reading(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234.50", "1234.50"),
        ("1'234.5", "1234.5"),
        ("12,345,678", "12345678"),
        ("0,558", "0.558"),
        ("12,5", "12.5"),
        ("０．５５８０", "0.5580"),
        ("−0.5", "-0.5"),
        ("1.2×10^-3", "0.0012"),
        ("1.2 x 10⁻³", "0.0012"),
    ],
)
def test_what_can_be_read_in_one_way_is_read_and_told(text: str, value: str) -> None:
    assert read_number_text(text) == Reading(value, "number_read_as")


@pytest.mark.parametrize(
    ("text", "value"), [("约0.5", "0.5"), ("≈ 1,234.5", "1234.5"), ("0.5左右", "0.5"), ("ca. 3", "3")]
)
def test_an_approximate_number_is_read_and_told(text: str, value: str) -> None:
    assert read_number_text(text) == Reading(value, "number_approximate")


@pytest.mark.parametrize("text", ["1,234", "12,345", "-1,000"])
def test_a_comma_before_three_digits_can_be_read_in_two_ways(text: str) -> None:
    assert read_number_text(text) == Reading(None, "number_ambiguous")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.58 kg", "0.58", "kg"),
        ("12%", "12", "%"),
        ("0.5kgCO2e/kWh", "0.5", "kgCO2e/kWh"),
        ("3 吨", "3", "吨"),
    ],
)
def test_a_unit_in_the_number_is_told_apart(text: str, value: str, unit: str) -> None:
    assert read_number_text(text) == Reading(value, "number_with_unit", unit)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-",
        "n/a",
        "0.5-0.7",
        "<0.5",
        "=1+1",
        "1,23,4.5",
        "1.2.3",
        "--1",
        "1e",
        "９" * 90,
        "٣",
    ],
)
def test_everything_else_is_no_number(text: str) -> None:
    found = read_number_text(text)
    assert found.value is None or found.code == "number_with_unit"
    assert found.code in {"number_unreadable", "number_with_unit"}


@pytest.mark.parametrize("text", ["1e400", "1e-400", "1e999999"])
def test_a_number_beyond_reasonable_size_is_refused(text: str) -> None:
    assert read_number_text(text) == Reading(None, "number_out_of_range")


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    read_number_text(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_every_decimal_comes_back_with_its_digits(number: object) -> None:
    text = format(number, "f")  # type: ignore[str-format]
    assert read_number_text(text) == Reading(text)
