from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.citation import STYLES, cite, pact_source
from app.kit.canonical import content_hash, nfc
from app.kit.errors import Invalid

from .sample_documents import grid, seed_documents, wood

ORIGIN = "https://factors.example.org"
DAY = datetime.date(2025, 11, 20)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40).map(nfc)  # as documents hold it
# Variables of CSL 1.0.2 that we use, of csl-data.json.
CSL_TYPES = {"dataset", "report", "legislation", "standard", "webpage"}
CSL_VARIABLES = {
    "id", "type", "title", "author", "container-title", "publisher", "version", "number", "issued",
    "accessed", "section", "URL", "language", "note", "custom",
}  # fmt: skip


def cited(document: dict[str, Any], style: Any, language: Any = "zh", **more: Any) -> str:
    body, _ = cite(document, style, ORIGIN, language, **more)
    return body.decode()


def entries(text: str) -> dict[str, dict[str, str]]:
    """A small BibTeX reader: kind and fields by key; fails where braces do not balance."""
    found = {}
    for match in re.finditer(r"@(\w+)\{([^,\s{}]+),\n((?:  .*\n)*)\}\n", text):
        fields = {}
        for line in match[3].splitlines():
            field = re.fullmatch(r"  (\w+) = \{(.*)\},", line)
            assert field is not None, line
            depth = 0
            for character in field[2]:
                depth += (character == "{") - (character == "}")
                assert depth >= 0, line
            assert depth == 0, line
            fields[field[1]] = field[2]
        found[match[2]] = {"kind": match[1], **fields}
    return found


def test_gbt7714_names_the_version_held_here_and_then_the_announcement_with_its_number_and_table() -> None:
    document = grid()
    assert cited(document, "gbt7714", published_on=DAY).splitlines() == [
        "[1] 生态环境部, 国家统计局. 北京市电力平均二氧化碳排放因子（2022年）: "
        "cn-grid-co2/average.cn-bj.2022[DB/OL]. 数据集 cn-grid-co2 2022.1 版, 因子第 1 版. "
        "Factorbase, 2025(2025-11-20). "
        "https://factors.example.org/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/1. "
        f"SHA-256: {content_hash(document)}.",
        "[2] 生态环境部, 国家统计局. 关于发布2022年电力二氧化碳排放因子的公告: 公告2024年第33号[A/OL]. "
        "2024: 附件表3(2024-12-26)[2025-11-01]. "
        "https://www.mee.gov.cn/xxgk2018/xxgk/xxgk01/202412/t20241226_1099413.html.",
    ]


def test_gbt7714_in_english_keeps_the_order_and_the_publishers_own_name() -> None:
    first = cited(grid(), "gbt7714", "en").splitlines()[0]
    assert first.startswith("[1] 生态环境部, 国家统计局. Beijing, average grid CO2 factor, 2022: ")
    assert "Dataset cn-grid-co2, release 2022.1, factor version 1. Factorbase. https://" in first


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ({"title": "T"}, "[2] T[Z]."),
        ({"title": "T.", "url": "https://e.org/a b"}, "[2] T.[EB/OL]. https://e.org/a%20b."),
        (
            {"title": "综合能耗计算通则", "number": "GB/T 2589", "publisher": "国家标准化管理委员会"},
            "[2] 国家标准化管理委员会. 综合能耗计算通则: GB/T 2589[S].",
        ),
        ({"title": "T", "published_on": "2006", "locator": "Table 2.2"}, "[2] T[Z]. 2006: Table 2.2."),
        ({"title": "T", "published_on": "2014-2015"}, "[2] T[Z]. (2014-2015)."),
        ({"title": "T", "published_on": "2023-02", "locator": "p. 4"}, "[2] T[Z]. 2023: p. 4(2023-02)."),
        ({"title": "T", "locator": "p. 4"}, "[2] T[Z]. p. 4."),
        (
            {"title": "T", "publisher": "国家发展改革委 / 国家标准化管理委员会", "kind": "report"},
            "[2] 国家发展改革委, 国家标准化管理委员会. T[R].",
        ),
        (
            {"title": "T", "publisher": "甲（乙、丙）、丁、戊、己"},
            "[2] 甲（乙、丙）, 丁, 戊, 等. T[Z].",
        ),
        (
            {"title": "T", "publisher": "UK Department (DESNZ) and Defra"},
            "[2] UK Department (DESNZ) and Defra. T[Z].",
        ),
        ({"title": "T", "sha256": "ab"}, "[2] T[Z]. SHA-256: ab."),
    ],
)
def test_gbt7714_says_only_what_the_source_record_says(source: dict[str, Any], line: str) -> None:
    assert cited(grid(sources=[{"id": "s", **source}]), "gbt7714").splitlines()[1] == line


def test_a_version_whose_day_of_publication_is_not_given_is_cited_without_any_date_of_its_own() -> None:
    assert "Factorbase. https://" in cited(grid(), "gbt7714")
    assert "year" not in entries(cited(grid(), "bibtex"))["cn-grid-co2:average.cn-bj.2022:v1"]
    assert "issued" not in json.loads(cited(grid(), "csl-json"))[0]


def test_a_service_known_by_name_is_cited_at_its_https_address() -> None:
    body, _ = cite(grid(), "gbt7714", "factors.example.org", "zh")
    assert b" https://factors.example.org/v1/factors/cn-grid-co2/" in body


def test_bibtex_has_an_entry_for_the_data_and_one_for_its_source_which_it_names_as_related() -> None:
    found = entries(cited(grid(), "bibtex", published_on=DAY))
    data, source = found.values()
    assert list(found) == ["cn-grid-co2:average.cn-bj.2022:v1", f"cn-grid-co2:source.{'3f' * 8}"]
    assert data["kind"] == "misc"
    assert data["author"] == "{生态环境部} and {国家统计局}"
    assert data["title"] == "{北京市电力平均二氧化碳排放因子（2022年）}"
    assert data["year"] == "2025"
    assert data["related"] == list(found)[1]
    assert content_hash(grid()) in data["note"]
    assert source["note"] == "公告2024年第33号, 附件表3"
    assert source["date"] == "2024-12-26"
    assert source["urldate"] == "2025-11-01"


def test_bibtex_makes_a_dated_standard_a_techreport_with_its_institution() -> None:
    standard = {"id": "s", "title": "T", "publisher": "住房和城乡建设部", "number": "GB/T 51366-2019"}
    dated = entries(cited(grid(sources=[{**standard, "published_on": "2019-04-09"}]), "bibtex"))
    undated = entries(cited(grid(sources=[standard]), "bibtex"))
    assert dated["cn-grid-co2:source.s"]["kind"] == "techreport"
    assert dated["cn-grid-co2:source.s"]["institution"] == "{住房和城乡建设部}"
    assert undated["cn-grid-co2:source.s"]["kind"] == "misc"


def test_bibtex_escapes_what_tex_would_run_or_stumble_over() -> None:
    text = cited(grid(name={"zh": r"50 % of \input{x} & $y_1 ~ #2^3}", "en": "e"}), "bibtex")
    title = entries(text)["cn-grid-co2:average.cn-bj.2022:v1"]["title"]
    assert title == (
        r"{50 \% of \textbackslash{}input\textbraceleft{}x\textbraceright{} \& "
        r"\$y\_1 \textasciitilde{} \#2\textasciicircum{}3\textbraceright{}}"
    )


@given(name=TEXTS, title=TEXTS, publisher=TEXTS, number=TEXTS, url=TEXTS, identifier=TEXTS)
def test_bibtex_stays_whole_whatever_the_texts_hold(
    name: str, title: str, publisher: str, number: str, url: str, identifier: str
) -> None:
    source = {"id": identifier, "title": title, "publisher": publisher, "number": number, "url": url}
    found = entries(cited(grid(name={"zh": name, "en": ""}, sources=[source]), "bibtex"))
    assert len(found) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9:._-]+", key) for key in found)


@given(name=TEXTS, title=TEXTS, publisher=TEXTS, locator=TEXTS)
def test_gbt7714_is_one_line_an_entry_whatever_the_texts_hold(
    name: str, title: str, publisher: str, locator: str
) -> None:
    source = {"id": "s", "title": title, "publisher": publisher, "locator": locator}
    lines = cited(grid(name={"zh": name, "en": ""}, sources=[source]), "gbt7714").split("\n")
    assert [line[:4] for line in lines] == ["[1] ", "[2] ", ""]


def test_csl_json_is_an_array_of_items_in_the_words_of_the_schema() -> None:
    items = json.loads(cited(grid(), "csl-json", published_on=DAY))
    assert [item["type"] for item in items] == ["dataset", "legislation"]
    for item in items:
        assert set(item) <= CSL_VARIABLES
        assert item["type"] in CSL_TYPES
        assert all(
            isinstance(item[name], str)
            for name in item
            if name not in ("author", "issued", "accessed", "custom")
        )
        assert all(set(name) == {"literal"} for name in item["author"])
    data, source = items
    assert data["issued"] == {"date-parts": [[2025, 11, 20]]}
    assert data["custom"]["content_hash"] == content_hash(grid())
    assert data["custom"]["sources"] == [source["id"]]
    assert data["custom"]["secondaryEmissionFactorSources"] == [pact_source(grid())]
    assert source["section"] == "附件表3"
    assert source["accessed"] == {"date-parts": [[2025, 11, 1]]}


def test_csl_json_keeps_a_date_that_is_none_as_it_is_printed_and_leaves_an_unknown_one_out() -> None:
    sources = [{"id": "a", "title": "T", "published_on": "2014-2015"}, {"id": "b", "title": "T"}]
    items = json.loads(cited(grid(sources=sources), "csl-json"))
    assert items[1]["issued"] == {"literal": "2014-2015"}
    assert [("issued" in item) for item in items] == [False, True, False]


def test_the_pact_source_names_the_database_and_the_release_that_pins_it() -> None:
    assert pact_source(wood()) == {"name": "Factorbase ipcc-2006-energy", "version": "2006.1"}


def test_an_unknown_style_is_refused_with_the_styles_there_are() -> None:
    with pytest.raises(Invalid) as refusal:
        cite(grid(), "apa", ORIGIN, "zh")  # type: ignore[arg-type]
    assert refusal.value.code == "unknown_citation_style"
    assert refusal.value.valid_values == ["gbt7714", "bibtex", "csl-json"]


@pytest.mark.parametrize("dataset", ["us-egrid", "eu-cbam-defaults-2026", "cn-grid-co2"])
def test_real_seed_rows_are_cited_in_every_style(dataset: str) -> None:
    for document in seed_documents(dataset, 20):
        for style in STYLES:
            text = cited(document, style)
            assert content_hash(document) in text
            assert "None" not in text
