"""Activities: the rules of their files, and how they are found."""

from __future__ import annotations

import pytest

from app.kit.errors import Invalid
from app.reference.activities import ActivityTable, check_activities
from app.reference.index import ReferenceIndex

GOOD = {"code": "fuel", "name_zh": "燃料", "name_en": "Fuel", "family": "fuel", "sector": "energy"}


def test_the_seed_holds_the_shared_codes(index: ReferenceIndex) -> None:
    for code in ("electricity.grid", "fuel.diesel", "heat.purchased", "cement.clinker", "freight.road"):
        assert index.activities.get(code).code == code


def test_parents_of_the_seed_exist(index: ReferenceIndex) -> None:
    for activity in index.activities.by_code.values():
        assert not activity.parent or activity.parent in index.activities.by_code, activity.code


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"code": "Fuel"}, "grammar"),
        ({"code": "fuel..x"}, "grammar"),
        ({"parent": "nowhere"}, "no parent nowhere"),
        ({"name_zh": ""}, "no name_zh"),
        ({"family": ""}, "no family"),
        ({"hs": "123"}, "hs '123'"),
        ({"gbt4754": "Z99999"}, "gbt4754 'Z99999'"),
        ({"cpc": "x"}, "cpc 'x'"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(change: dict[str, str], fault: str) -> None:
    (text,) = check_activities([{**GOOD, **change}])
    assert fault in text
    with pytest.raises(ValueError, match="activity"):
        ActivityTable([{**GOOD, **change}])


def test_a_code_that_is_there_twice_is_named() -> None:
    assert check_activities([GOOD, GOOD]) == ["activity fuel: twice"]


def test_customs_codes_say_which_list_they_are_of() -> None:
    table = ActivityTable([{**GOOD, "hs": "2523|25231000|2523100010", "gbt4754": "3011", "cpc": "3743"}])
    assert table.get("fuel").classifications == (
        ("GB/T 4754-2017", "3011"),
        ("HS 2022", "2523"),
        ("CN 2026", "25231000"),
        ("TARIC 2026", "2523100010"),
        ("CPC 2.1", "3743"),
    )


def test_an_activity_is_found_by_code_and_by_a_name_that_is_its_alone(index: ReferenceIndex) -> None:
    assert index.find_activity("FUEL.DIESEL").code == "fuel.diesel"
    assert index.find_activity("柴油").code == "fuel.diesel"


def test_a_name_of_two_activities_is_refused_with_both() -> None:
    table = ActivityTable(
        [
            GOOD,
            {**GOOD, "code": "fuel2", "aliases_en": "petrol"},
            {**GOOD, "code": "fuel3", "aliases_en": "petrol"},
        ]
    )
    with pytest.raises(Invalid) as refused:
        table.find_activity("Petrol")
    assert (refused.value.code, refused.value.valid_values) == ("ambiguous_activity", ["fuel2", "fuel3"])


def test_a_typing_error_is_answered_with_near_activities(index: ReferenceIndex) -> None:
    with pytest.raises(Invalid) as refused:
        index.find_activity("fuel.deisel")
    assert refused.value.code == "unknown_activity"
    assert "fuel.diesel" in (refused.value.valid_values or [])


@pytest.mark.parametrize("text", ["", "x" * 5000, "\x00", "😀"])
def test_what_is_no_activity_is_refused_and_never_a_crash(index: ReferenceIndex, text: str) -> None:
    with pytest.raises(Invalid):
        index.find_activity(text)


def test_a_search_in_either_language_puts_the_exact_name_first(index: ReferenceIndex) -> None:
    assert index.activities.search("diesel")[0].code == "fuel.diesel"
    assert "cement.clinker" in [activity.code for activity in index.activities.search("熟料")]
    assert index.activities.search("  ") == []
