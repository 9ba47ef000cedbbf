from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.search_text import document_numbers, fold, phrase, singular, units, words


def test_full_width_and_subscripts_are_the_plain_characters() -> None:
    assert units("ＣＯ₂ per m³") == units("co2 per m3")


def test_accents_and_case_do_not_count() -> None:
    assert words("CÔTE") == words("cote")


def test_a_chinese_run_becomes_its_pairs() -> None:
    assert list(words("水泥熟料")) == ["水泥", "泥熟", "熟料"]
    assert list(words("钢")) == ["钢"]


def test_single_characters_are_added_where_they_are_wanted() -> None:
    assert set(words("熟料", singles=True)) == {"熟料", "熟", "料"}


def test_the_particle_de_does_not_count() -> None:
    assert words("电力的排放因子") == words("电力排放因子")


def test_numbers_are_kept_apart_from_chinese_and_from_units() -> None:
    assert units("2024年第33号") == ["2024", "年第", "33", "号"]
    assert units("1.305吨 10t") == ["1.305", "吨", "10", "t"]


def test_names_of_gases_stay_whole() -> None:
    assert units("N2O CH4 CO2e SF6") == ["n2o", "ch4", "co2e", "sf6"]


FORMS = {
    "lorries": "lorry",
    "coils": "coil",
    "gases": "gas",
    "gas": "gas",
    "glass": "glass",
    "aluminum": "aluminium",
    "boxes": "box",
    "emissions": "emission",
    "bus": "bus",
    "tires": "tyre",
}


@pytest.mark.parametrize(("written", "kept"), FORMS.items())
def test_words_have_one_form(written: str, kept: str) -> None:
    assert singular(written) == kept


def test_spellings_of_a_name_are_one_phrase() -> None:
    assert phrase("Hot-rolled coils") == phrase("hot rolled coil") == "hot rolled coil"
    assert phrase("Screws & bolts") == phrase("screws and bolts")


@pytest.mark.parametrize(
    "written",
    ["公告2024年第33号", "公告 ２０２４ 年第 33 号", "生态环境部公告〔2024〕33号", "2024年33号"],
)
def test_a_chinese_document_number_has_one_spelling(written: str) -> None:
    assert document_numbers(written) == ("2024年33号",)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("GB/T 51366-2019", "gb/t51366"),
        ("gbt51366", "gb/t51366"),
        ("GB/T 32151.5-2015", "gb/t32151.5"),
        ("CETS—AG—03.01—V01—2024", "cets-ag-03.01"),
        ("Implementing Regulation (EU) 2025/2621, Annex I", "eu 2025/2621"),
    ],
)
def test_numbers_of_standards_and_regulations_are_found(written: str, number: str) -> None:
    assert document_numbers(written) == (number,)


def test_great_britain_and_a_year_are_no_standard() -> None:
    assert document_numbers("electricity GB 2025") == ()


@given(st.text(max_size=80))
def test_any_text_gives_tokens_that_need_no_quoting(text: str) -> None:
    for token in words(text, singles=True):
        assert token and not set(token) & set("' \\\t\n\0:&|!()<>*=~")
        token.encode("utf-8")


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert words(fold(text)) == words(fold(fold(text)))


@given(st.text(alphabet="abcdefgs水泥熟料的0123456789 -", max_size=40))
def test_a_question_spelt_like_a_name_asks_for_tokens_of_the_name(name: str) -> None:
    assert set(words(name.upper())) == set(words(name))
    assert set(words(name)) <= set(words(f"{name}, other words"))
