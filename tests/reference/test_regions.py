"""Regions: what people type, who belongs where and when."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import Invalid
from app.reference.index import ReferenceIndex

ON = date(2022, 6, 30)

SPELLINGS = {
    "北京": "CN-BJ",
    "北京市": "CN-BJ",
    "Beijing": "CN-BJ",
    "beijing": "CN-BJ",
    "BEIJING": "CN-BJ",
    "CN-BJ": "CN-BJ",
    "cn-bj": "CN-BJ",
    "110000": "CN-BJ",
    "ＣＮ－ＢＪ": "CN-BJ",
    "１１００００": "CN-BJ",
    "  北京 ": "CN-BJ",
    "中国北京": "CN-BJ",
    "Peking": "CN-BJ",
    "Beijing Municipality": "CN-BJ",
    "内蒙古": "CN-NM",
    "内蒙古自治区": "CN-NM",
    "CN-NM": "CN-NM",
    "150000": "CN-NM",
    "Inner Mongolia": "CN-NM",
    "蒙西": "CN-NM-WEST",
    "蒙东": "CN-NM-EAST",
    "广西壮族自治区": "CN-GX",
    "宁夏": "CN-NX",
    "Ningxia": "CN-NX",
    "新疆维吾尔自治区": "CN-XJ",
    "Tibet": "CN-XZ",
    "Xizang": "CN-XZ",
    "西藏": "CN-XZ",
    "陕西": "CN-SN",
    "山西": "CN-SX",
    "Shaanxi": "CN-SN",
    "Shanxi": "CN-SX",
    "台湾": "TW",
    "台湾省": "TW",
    "TW": "TW",
    "CN-TW": "TW",
    "710000": "TW",
    "Taiwan": "TW",
    "香港": "HK",
    "HK": "HK",
    "CN-HK": "HK",
    "810000": "HK",
    "Hong Kong": "HK",
    "澳门": "MO",
    "CN-MO": "MO",
    "Macau": "MO",
    "820000": "MO",
    "中国": "CN",
    "China": "CN",
    "全国": "CN",
    "CHN": "CN",
    "156": "CN",
    "美国": "US",
    "USA": "US",
    "united states": "US",
    "UK": "GB",
    "英国": "GB",
    "DE": "DE",
    "Côte d’Ivoire": "CI",
    "cote d'ivoire": "CI",
    "Turkey": "TR",
    "Türkiye": "TR",
    "韩国": "KR",
    "South Korea": "KR",
    "Georgia": "GE",
    "US-GA": "US-GA",
    "California": "US-CA",
    "加利福尼亚": "US-CA",
    "科索沃": "XK",
    "世界": "WORLD",
    "Global": "WORLD",
    "欧盟": "EU",
    "EU": "EU",
    "非洲": "M49-002",
    "DEFAULT": "DEFAULT",
    "CBAM-OTHER": "CBAM-OTHER",
    "华北": "CN-GRID-NORTH",
    "华东电网": "CN-GRID-EAST",
    "AKGD": "US-EGRID-AKGD",
}

PROVINCES_LIKE_COUNTRIES = {
    "SD": "苏丹",
    "HN": "洪都拉斯",
    "SC": "塞舌尔",
    "SN": "塞内加尔",
    "BJ": "贝宁",
    "GD": "格林纳达",
    "SH": "圣赫勒拿",
    "NX": None,
    "GX": None,
    "HE": None,
    "JS": None,
    "ZJ": None,
}


@pytest.mark.parametrize(("text", "code"), SPELLINGS.items())
def test_people_spell_a_region_in_many_ways(index: ReferenceIndex, text: str, code: str) -> None:
    assert index.find_region(text).code == code


def test_a_bare_sd_is_sudan_and_never_shandong(index: ReferenceIndex) -> None:
    assert index.find_region("SD").code == index.find_region(" sd ").code == "SD"
    assert index.find_region("SD").name_zh == "苏丹"


@pytest.mark.parametrize(("text", "name"), PROVINCES_LIKE_COUNTRIES.items())
def test_two_letters_are_a_country_and_never_a_province(
    index: ReferenceIndex, text: str, name: str | None
) -> None:
    if name is not None:
        assert index.find_region(text).name_zh == name
        return
    with pytest.raises(Invalid) as refused:
        index.find_region(text)
    assert refused.value.code == "unknown_region"
    assert f"CN-{text}" in (refused.value.valid_values or [])


@pytest.mark.parametrize(
    ("text", "near"), {"Beijin": "CN-BJ", "Shangdong": "CN-SD", "Lousiana": "US-LA"}.items()
)
def test_a_typing_error_is_answered_with_near_names(index: ReferenceIndex, text: str, near: str) -> None:
    with pytest.raises(Invalid) as refused:
        index.find_region(text)
    assert near in (refused.value.valid_values or [])


def test_a_name_of_several_places_is_refused_with_their_codes(index: ReferenceIndex) -> None:
    with pytest.raises(Invalid) as refused:
        index.find_region("Punjab")
    assert refused.value.code == "ambiguous_region"
    assert refused.value.valid_values == ["IN-PB", "PK-PB"]


@pytest.mark.parametrize(
    "text", ["", "   ", "x" * 10_000, "\x00", "\ud800", "北" * 101, "火星", "'; drop table"]
)
def test_what_is_no_region_is_refused_and_never_a_crash(index: ReferenceIndex, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        index.find_region(text)
    assert refused.value.code == "unknown_region"


@given(st.text(max_size=60))
def test_any_text_is_a_region_or_a_refusal(index: ReferenceIndex, text: str) -> None:
    try:
        assert index.find_region(text).code in index.regions.by_code
    except Invalid as refused:
        assert refused.code in ("unknown_region", "ambiguous_region")


def test_every_code_finds_itself(index: ReferenceIndex) -> None:
    assert all(index.find_region(code).code == code for code in index.regions.by_code)


def test_no_two_names_of_the_first_rank_collide(index: ReferenceIndex) -> None:
    """A country, a Chinese province or a group is never ambiguous under its own names."""
    for region in index.regions.by_code.values():
        if region.source != "ISO 3166-2 (pycountry)":
            for name in filter(None, (region.name_zh, region.name_en, *region.aliases)):
                found = index.find_region(name).code
                assert found == region.code, f"{name}: {found}, not {region.code}"


def test_china_has_34_provinces_with_their_codes(index: ReferenceIndex) -> None:
    members = index.members("CN", ON)
    provinces = [region for region in members if region.kind == "province"]
    assert len(provinces) == 34
    assert len({p.gbt2260 for p in provinces}) == 34
    assert all(len(p.gbt2260) == 6 and p.gbt2260.endswith("0000") for p in provinces)


def test_sichuan_and_chongqing_left_central_for_southwest(index: ReferenceIndex) -> None:
    for code in ("CN-SC", "CN-CQ"):
        before, after = index.grid_of(code, date(2020, 12, 31)), index.grid_of(code, date(2021, 1, 1))
        assert before is not None and before.code == "CN-GRID2012-CENTRAL"
        assert after is not None and after.code == "CN-GRID-SOUTHWEST"


def test_inner_mongolia_as_a_whole_has_no_grid_but_its_parts_have(index: ReferenceIndex) -> None:
    with pytest.raises(Invalid) as refused:
        index.grid_of("CN-NM", ON)
    assert refused.value.code == "ambiguous_grid"
    assert refused.value.valid_values == ["CN-NM-EAST", "CN-NM-WEST"]
    west, east = index.grid_of("CN-NM-WEST", ON), index.grid_of("CN-NM-EAST", ON)
    assert west is not None and east is not None
    assert (west.code, east.code) == ("CN-GRID-NORTH", "CN-GRID-NORTHEAST")


@pytest.mark.parametrize("code", ["CN-XZ", "HK", "MO", "TW", "DE", "CN"])
def test_what_lies_in_no_chinese_grid_has_none(index: ReferenceIndex, code: str) -> None:
    assert index.grid_of(code, ON) is None


@pytest.mark.parametrize("on", [date(2012, 1, 1), ON])
def test_every_other_province_lies_in_exactly_one_grid(index: ReferenceIndex, on: date) -> None:
    for region in index.members("CN", on):
        if region.kind == "province" and region.code not in ("CN-XZ", "HK", "MO", "TW", "CN-NM"):
            assert len([a for a in index.ancestors(region.code, on) if a.kind == "grid"]) == 1


def test_the_seven_grids_are_of_2021_and_the_six_of_before(index: ReferenceIndex) -> None:
    def with_members(on: date) -> int:
        return sum(
            1 for r in index.regions.by_code.values() if r.kind == "grid" and index.members(r.code, on)
        )

    assert (with_members(date(2012, 1, 1)), with_members(ON)) == (6, 7)


def test_a_province_climbs_to_grid_country_world_region_and_world(index: ReferenceIndex) -> None:
    codes = [region.code for region in index.ancestors("CN-BJ", ON)]
    assert codes == ["CN-GRID-NORTH", "CN", "M49-030", "M49-142", "WORLD"]


def test_a_chinese_value_never_stands_in_for_taiwan_hong_kong_or_macao(index: ReferenceIndex) -> None:
    for code in ("TW", "HK", "MO"):
        assert "CN" in [region.code for region in index.ancestors(code, ON)]
        assert "CN" not in [region.code for region in index.regions.ancestors(code, ON, stands_in=True)]


def test_the_united_kingdom_was_in_the_eu_until_the_end_of_january_2020(index: ReferenceIndex) -> None:
    assert "GB" in [r.code for r in index.members("EU", date(2020, 1, 31))]
    assert "GB" not in [r.code for r in index.members("EU", date(2020, 2, 1))]
    assert len(index.members("EU", date(2020, 1, 31))) == 28
    assert len(index.members("EU", ON)) == 27


def test_every_country_lies_in_one_world_region_and_in_the_world(index: ReferenceIndex) -> None:
    for region in index.regions.by_code.values():
        if region.alpha2 and region.code != "AQ":
            above = [a.code for a in index.ancestors(region.code, ON) if a.code.startswith("M49-")]
            assert 2 <= len(above) <= 3, region.code
            assert index.ancestors(region.code, ON)[-1].code == "WORLD"


def test_a_world_average_a_default_and_a_fallback_are_three_things(index: ReferenceIndex) -> None:
    kinds = {code: index.find_region(code).kind for code in ("WORLD", "DEFAULT", "CBAM-OTHER")}
    assert kinds == {"WORLD": "world", "DEFAULT": "default", "CBAM-OTHER": "fallback"}
    assert index.ancestors("DEFAULT", ON) == index.ancestors("CBAM-OTHER", ON) == ()
