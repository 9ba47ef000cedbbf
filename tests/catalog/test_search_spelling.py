from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.search_spelling import best, distance, is_spellable, trigrams

LETTERS = st.text(alphabet="abcde", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("desel", "diesel"), ("natrual", "natural"), ("cemnt", "cement"), ("antracite", "anthracite")],
)
def test_a_slip_finds_the_word(typed: str, meant: str) -> None:
    assert best(typed, {"diesel": 9, "natural": 9, "cement": 9, "anthracite": 9, "steel": 99}) == meant


def test_a_word_far_from_all_is_not_guessed() -> None:
    assert best("xyzzy", {"diesel": 9, "steel": 9}) is None
    assert best("economy", {"ecology": 900}) is None


def test_the_nearer_word_wins_over_the_more_frequent_then_the_first_letter_then_frequency() -> None:
    assert best("steal", {"steel": 1, "scale": 1000}) == "steel"
    assert best("coke", {"poke": 50, "cake": 1}) == "cake"
    assert best("coxe", {"coke": 1, "core": 2}) == "core"


def test_swapped_neighbours_are_one_slip() -> None:
    assert distance("natrual", "natural", 2) == 1


@given(LETTERS, LETTERS)
def test_distance_is_symmetric_and_zero_only_for_the_same_word(one: str, other: str) -> None:
    assert distance(one, other, 8) == distance(other, one, 8)
    assert (distance(one, other, 8) == 0) == (one == other)


@given(LETTERS, st.integers(0, 7))
def test_a_word_with_one_letter_left_out_is_one_slip_away(word: str, place: int) -> None:
    shorter = word[: place % len(word)] + word[place % len(word) + 1 :]
    assert distance(word, shorter, 2) == 1


def test_codes_and_chinese_are_not_spelt() -> None:
    assert [word for word in ("n2o", "7208", "水泥", "gas", "diesel") if is_spellable(word)] == ["diesel"]


def test_both_ends_of_a_word_are_marked() -> None:
    assert {"^^c", "^co", "ke$"} <= trigrams("coke")
