from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.catalog.search_document import Tier, narrowing, series_token, tier_of
from app.catalog.search_plan import Plan, make_plan
from app.catalog.search_query import lookups, parse
from app.catalog.search_rank import CAP, SAMPLED, branches, tier_order, whole
from app.kit.errors import Invalid
from tests.catalog.searching import reference_aliases

MANY = 100_000


def plan_of(question: str, language: str = "en", known: Mapping[str, int] | None = None) -> Plan:
    """The plan when every token of the question is known to 10 rows, or only those of `known`."""
    parsed = parse(question, language)
    tokens = lookups(parsed, reference_aliases())
    frequency = dict.fromkeys(tokens, 10) if known is None else known
    return make_plan(parsed, frequency, reference_aliases())


def kinds(plan: Plan) -> dict[str, str]:
    return {piece.label: piece.kind for piece in plan.pieces}


@pytest.mark.parametrize("nothing", ["", "   ", "!?,.、。", "\0", "\ud800", "（）", "\u200b"])
def test_a_question_without_a_word_is_refused(nothing: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(nothing, "en")
    assert refused.value.code == "empty_query"


def test_places_activities_and_years_are_told_apart_in_a_chinese_run() -> None:
    assert kinds(plan_of("北京电网2022")) == {"北京": "region", "电网": "activity", "2022": "year"}


def test_the_longest_name_is_taken() -> None:
    assert kinds(plan_of("华北电网")) == {"华北电网": "region"}
    assert kinds(plan_of("hot rolled coil")) == {"hot rolled coil": "activity"}


def test_words_for_factor_are_left_out_unless_they_are_all_there_is() -> None:
    assert kinds(plan_of("柴油排放因子")) == {"柴油": "activity"}
    assert kinds(plan_of("diesel emission factor")) == {"diesel": "activity"}
    assert plan_of("emission factor").pieces


def test_bare_two_letters_are_a_country_and_never_a_province() -> None:
    plan = plan_of("SD electricity", known={"region=SD": 5, "region=CN-SD": 5, "electricity": 10})
    assert "'region=SD'" in plan.need and "CN-SD" not in plan.need


def test_small_words_written_as_a_country_code_are_one() -> None:
    assert "'region=IN'" in plan_of("electricity IN").need
    assert "region=IN" not in plan_of("electricity in Japan").need


@pytest.mark.parametrize("code", ["72081000", "7208 10 00", "7208.10.00", "７２０８１０００"])
def test_a_customs_code_may_be_spaced(code: str) -> None:
    plan = plan_of(code, known={"g=72081000": 3})
    assert (plan.every, plan.wants_defaults) == ("('g=72081000')", True)


def test_a_customs_code_that_nothing_has_falls_back_to_the_longest_code_that_covers_it() -> None:
    assert plan_of("7208100099", known={"x=7208": 3, "x=72081000": 1}).every == "('x=72081000')"


def test_a_year_and_a_month_are_no_customs_code() -> None:
    assert kinds(plan_of("diesel 2022 12"))["2022"] == "year"


def test_a_document_number_is_one_thing_and_its_year_is_not_the_year_of_the_data() -> None:
    plan = plan_of("公告2024年第33号", known={"d=2024年33号": 40, "公告": 90, "2024": 90, "33": 90})
    assert [(piece.label, piece.kind) for piece in plan.pieces] == [("2024年33号", "code")]


def test_an_unknown_document_number_finds_nothing_rather_than_its_parts() -> None:
    plan = plan_of("公告2099年第99号", known={"公告": 90, "2099": 1, "99": 7})
    assert plan.need == "('d=2099年99号')"


def test_unknown_words_are_left_out_and_named_while_more_is_known() -> None:
    plan = plan_of("hot rolled coil xyzzy")
    assert plan.ignored == ()
    known = {"hot": 5, "rolled": 5, "coil": 5}
    assert plan_of("hot rolled coil xyzzy", known=known).ignored == ("xyzzy",)


def test_a_place_alone_does_not_stand_for_an_unknown_thing() -> None:
    plan = plan_of("xyzzy 北京", known={"region=CN-BJ": 9})
    assert "'xyzzy'" in plan.need


def test_the_name_of_a_factor_is_asked_for_as_a_whole() -> None:
    plan = plan_of("cn-grid-co2/average.cn-bj.2022@1")
    assert plan.exact == "('k=average.cn-bj.2022') & ('dataset=cn-grid-co2')"


def test_a_pair_that_no_row_has_is_asked_for_as_two_characters() -> None:
    plan = plan_of("泥炉", known={"泥": 5, "炉": 5})
    assert [piece.label for piece in plan.pieces] == ["泥", "炉"]


def test_an_endless_question_is_cut() -> None:
    plan = plan_of(" ".join(f"word{n}" for n in range(200)))
    assert len(plan.pieces) <= 24
    assert plan_of("电" * 10_000).pieces


def test_filters_become_tokens_that_every_row_has_which_satisfies_them() -> None:
    filters = {
        "activity": "fuel.*",
        "goods_code": "72081",
        "year": 2022,
        "status": "published",
        "series": "x",
    }
    assert narrowing(filters) == ["under=fuel", "g=7208", "year=2022", series_token("x")]


def test_an_odd_value_of_a_filter_cannot_break_the_query() -> None:
    assert "'" not in narrowing({"variant": "a' | !'b"})[0]


TIERS = [
    tier_of(*row)
    for row in (
        ("grid_emission_factor", "CN-BJ", 2022),
        ("grid_emission_factor", "CN", 2008),
        ("direct_emission_factor", "DEFAULT", None),
        ("lifecycle_factor", "GB", 2025),
        ("lifecycle_factor", "GB", 2001),
        ("regulatory_default", "CN", None),
        ("regulatory_default", "DE", 2026),
    )
]


def test_a_chinese_question_walks_the_nation_first_newest_first_and_defaults_last() -> None:
    plan = plan_of("柴油", "zh")
    assert sorted(TIERS, key=lambda tier: tier_order(tier, plan)) == TIERS


def test_an_english_question_prefers_no_nation() -> None:
    plan = plan_of("diesel")
    order = [(tier.place, tier.age) for tier in sorted(TIERS[:5], key=lambda tier: tier_order(tier, plan))]
    assert order == [("f", "25"), ("c", "24"), ("w", "99"), ("c", "21"), ("f", "20")]


def test_defaults_come_first_for_a_question_about_them() -> None:
    plan = plan_of("CBAM steel")
    assert sorted(TIERS, key=lambda tier: tier_order(tier, plan))[0].last


def test_a_rare_question_is_asked_at_once() -> None:
    plan = plan_of("diesel")
    assert branches(plan, []) == whole(plan)


def test_a_frequent_question_is_cut_along_the_tiers_it_was_seen_in_and_ends_with_the_rest() -> None:
    plan = plan_of("diesel", known={"diesel": MANY})
    sample = [(tier, False) for tier in TIERS for _ in range(2 * CAP // SAMPLED // 2)]
    steps = branches(plan, sample)
    assert all("'diesel'" in step or "k=diesel" in step for step in steps)
    used = [tier.token() for tier in TIERS if any(f"'{tier.token()}'" in step for step in steps[1:-1])]
    assert used and all(f"'{token}'" in steps[-1] for token in used)
    assert "!(" in steps[-1]


def test_a_crowded_tier_is_taken_share_by_share() -> None:
    plan = plan_of("diesel", known={"diesel": MANY})
    tier = Tier(False, "f", "25")
    steps = branches(plan, [(tier, False)] * 400)
    assert sum(f"'{tier.token(share)}'" in step for step in steps[:-1] for share in range(8)) >= 1
    assert not any(f"'{tier.token()}'" in step for step in steps)
