from __future__ import annotations

import copy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.diff import Change, diff_as_json, diff_documents, percent_change

from .sample_documents import amount, grid, wood

NAMES = ("value", "unit", "amounts", "sources", "id", "gas", "origin", "a/b", "c~d", "version")
DECIMALS = st.decimals(-(10**9), 10**9, allow_nan=False, places=6).map(lambda number: format(number, "f"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab/~é", max_size=3) | DECIMALS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES), PLAIN, max_size=6)


def only(old: dict[str, Any], new: dict[str, Any]) -> Change:
    (change,) = diff_documents(old, new)
    return change


def at(document: Any, pointer: str) -> Any:
    """RFC 6901."""
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def test_a_changed_value_carries_its_percent_change() -> None:
    change = only(grid(value="0.6205"), grid(value="0.5777"))
    assert (change.path, change.kind, change.old, change.new) == ("/value", "changed", "0.6205", "0.5777")
    assert change.percent == Decimal("-6.89766")


def test_a_changed_unit_leaves_no_percent_change() -> None:
    changes = diff_documents(grid(), grid(value="558", unit="g{CO2}/kWh"))
    assert [(change.path, change.percent) for change in changes] == [("/unit", None), ("/value", None)]


def test_another_gwp_set_leaves_no_percent_change_anywhere_below() -> None:
    old = wood(gwp_set="ar4-100")
    new = wood(gwp_set="ar5-100")
    new["amounts"][0]["value"] = "31"
    found = {change.path: change.percent for change in diff_documents(old, new)}
    assert found == {"/gwp_set": None, "/amounts/0/value": None}


def test_a_change_from_zero_has_no_percentage() -> None:
    assert only(grid(value="0.000"), grid(value="1")).percent is None


def test_more_digits_of_the_same_number_are_a_change_of_nought_percent() -> None:
    assert only(grid(value="0.558"), grid(value="0.5580")).percent == Decimal(0)


@pytest.mark.parametrize(
    ("old", "new", "percent"),
    [
        ("3", "1", "-66.6667"),
        ("-2", "-1", "50"),
        ("0.00001", "123456", "1234560000000"),
        ("7", "7.00000000000000001", "0.000000000000000142857"),
        ("800", "1", "-99.875"),
    ],
)
def test_percent_changes_are_plain_decimal_text(old: str, new: str, percent: str) -> None:
    shown = percent_change(old, new)
    assert shown is not None
    assert format(shown, "f") == percent


@given(DECIMALS.filter(lambda text: Fraction(text) != 0), DECIMALS)
def test_a_percent_change_is_the_exact_quotient_rounded_once_to_six_digits(old: str, new: str) -> None:
    exact = 100 * (Fraction(new) - Fraction(old)) / abs(Fraction(old))
    shown = percent_change(old, new)
    assert shown is not None
    assert len(shown.normalize().as_tuple().digits) <= 6
    assert abs(Fraction(shown) - exact) <= abs(exact) * Fraction(5, 10**6)


def test_amounts_are_matched_by_gas_and_origin_and_not_by_place() -> None:
    new = wood()
    new["amounts"].insert(0, amount("CO2", "fossil", "0"))
    new["amounts"][1]["value"] = "33"
    added, changed = diff_documents(wood(), new)
    assert (added.path, added.kind, added.item) == ("/amounts/0", "added", {"gas": "CO2", "origin": "fossil"})
    assert (changed.path, changed.percent) == ("/amounts/1/value", Decimal(10))
    assert changed.item == {"gas": "CH4", "origin": "unspecified"}


def test_what_was_removed_points_into_the_old_document() -> None:
    new = wood()
    del new["amounts"][1], new["doubts"]
    removed, doubts = diff_documents(wood(), new)
    assert (removed.path, removed.kind, removed.new) == ("/amounts/1", "removed", None)
    assert at(wood(), removed.path) == removed.old
    assert (doubts.path, doubts.kind) == ("/doubts", "removed")


def test_sources_are_matched_by_id() -> None:
    other = {"id": "other", "title": "Another"}
    new = grid()
    new["sources"] = [other, {**new["sources"][0], "locator": "表4"}]
    added, changed = diff_documents(grid(), new)
    assert (added.path, added.new) == ("/sources/0", other)
    assert (changed.path, changed.old, changed.new) == ("/sources/1/locator", "附件表3", "表4")


def test_a_new_flag_is_one_added_item() -> None:
    change = only(wood(), wood(flags=["a_new_one", "missing_locator", "single_source"]))
    assert (change.path, change.kind, change.new) == ("/flags/0", "added", "a_new_one")


def test_another_order_of_the_same_items_is_a_change_of_the_list() -> None:
    change = only(wood(), wood(doubts=wood()["doubts"][::-1]))
    assert (change.path, change.kind) == ("/doubts", "changed")


def test_what_only_the_release_decides_comes_last_and_is_marked() -> None:
    new = grid(version=2, ilcd_version="02.00.000", release="2022.2", value="0.6")
    found = [(change.path, change.substance) for change in diff_documents(grid(), new)]
    assert found == [("/value", True), ("/ilcd_version", False), ("/release", False), ("/version", False)]


def test_as_json_the_percent_change_stands_apart_as_derived() -> None:
    (shown,) = diff_as_json(diff_documents(grid(value="2"), grid(value="3")))
    assert shown == {
        "path": "/value",
        "kind": "changed",
        "substance": True,
        "old": "2",
        "new": "3",
        "derived": {"percent_change": "50", "significant_digits": 6},
    }
    (added,) = diff_as_json(diff_documents(grid(), grid(note=None)))
    assert added == {"path": "/note", "kind": "added", "substance": True, "new": None}


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_its_copy(document: dict[str, Any]) -> None:
    assert diff_documents(document, copy.deepcopy(document)) == []


@given(DOCUMENTS, DOCUMENTS)
def test_documents_differ_exactly_when_there_is_a_change_and_every_path_leads_to_it(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    changes = diff_documents(old, new)
    assert bool(changes) == (repr_of(old) != repr_of(new))
    for change in changes:
        if change.kind != "added":
            assert change.kind == "changed" or at(old, change.path) == change.old
        if change.kind != "removed":
            assert at(new, change.path) == change.new


def repr_of(value: Any) -> str:
    """Equality that tells true from 1."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{repr_of(value[key])}" for key in sorted(value)) + "}"
    return "[" + ",".join(map(repr_of, value)) + "]" if isinstance(value, list) else repr(value)
