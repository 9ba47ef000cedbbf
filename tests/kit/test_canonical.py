"""Canonical bytes: golden, and equal to the reference implementation."""

from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.kit.canonical import NotCanonical, canonical_bytes, content_hash, expand_decimal, nfc

text = st.text(st.characters(exclude_categories=["Cs"])).map(nfc)
keys = st.text(st.characters(max_codepoint=127, min_codepoint=0))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_canonical_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_the_golden_bytes_never_change() -> None:
    value = {"value": "0.5580", "name": {"zh": "北京", "en": "Beijing\n\x1f\x7f\u20ac"}, "n": [1, None, True]}
    assert canonical_bytes(value) == (
        '{"n":[1,null,true],"name":{"en":"Beijing\\n\\u001f\x7f€","zh":"北京"},"value":"0.5580"}'.encode()
    )
    assert content_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        Decimal("1.5"),
        2**53,
        -(2**53),
        "e\u0301",
        "\ud800",
        {"é": 1},
        {1: 2},
        (1,),
        b"x",
        {"a"},
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes({"deep": [value]})


@pytest.mark.parametrize(
    ("spelling", "expanded"),
    [
        ("0.5580", "0.5580"),
        ("1e-05", "0.00001"),
        ("1.50E3", "1500"),
        ("-.5", "-0.5"),
        ("+3.20", "3.20"),
        (" 12 ", "12"),
        ("0", "0"),
        ("0.000", "0.000"),
        ("1E+2", "100"),
        ("20300", "20300"),
    ],
)
def test_exponents_are_expanded_and_digits_kept(spelling: str, expanded: str) -> None:
    assert expand_decimal(spelling) == expanded


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_an_expanded_number_is_the_same_number(number: Decimal) -> None:
    if abs(number.adjusted()) <= 100:
        assert Decimal(expand_decimal(str(number))) == number


@pytest.mark.parametrize(
    "spelling", ["", "abc", "1,5", "NaN", "Infinity", "1e400", "1_000", "１２", "0x10", "--1"]
)
def test_what_is_not_a_plain_number_is_refused(spelling: str) -> None:
    with pytest.raises(NotCanonical):
        expand_decimal(spelling)


@given(values, st.sampled_from(["e\u0301", "A\u030a", "\u1100\u1161", "\ufa0c"]), keys)
def test_a_text_that_is_not_in_form_c_is_found_wherever_it_stands(value: object, text: str, key: str) -> None:
    with pytest.raises(NotCanonical, match="form C"):
        canonical_bytes([value, {key: [{"x": f"北京 {text}"}]}])


def test_an_escape_before_a_combining_mark_is_no_letter() -> None:
    assert canonical_bytes("\n\u0303") == rfc8785.dumps("\n\u0303")
