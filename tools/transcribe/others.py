"""World averages of industry associations, and grid factors of other countries.

    python -m tools.transcribe.others [facts [seed_data]]

GLO of the associations is WORLD: an average with a year of data, never a default.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tools.transcribe.common import Dataset, Row, folders, join_key, read_facts, region, write_dataset
from tools.transcribe.plain import Book, Text, meta, parameter


def _licence(ident: str, name: str, terms: Text, url: str = "") -> dict[str, str]:
    return {"id": ident, "name": name, "url": url, "terms_zh": terms[0], "terms_en": terms[1]}


def _own_terms(who: str, ident: str, url: str = "") -> dict[str, str]:
    terms = (
        f"{who}自有条款；此处只引用已公开发布的单个数值，并注明出处。",
        f"{who} has its own terms; single published figures only are quoted, with the source named.",
    )
    return _licence(ident, f"{who} terms, single figures quoted", terms, url)


def _statistics(country: str) -> dict[str, str]:
    terms = (
        "官方统计数值，未见使用条款；只收录数值，使用前请查看发布机构的条款并注明出处。",
        "Official statistics; the terms were not seen. Only figures are held; see the terms of the "
        "publisher before use and name the source.",
    )
    ident = f"LicenseRef-{country}-official-statistics"
    return _licence(ident, "Official statistics, terms not seen", terms)


# --- industry associations ---------------------------------------------------------------------------------


def worldsteel(facts: Path) -> Dataset:
    """CO2 intensity of crude steel."""
    about = (
        "世界钢协可持续发展指标：粗钢CO2强度，世界平均及部分路线。范围为世界钢协定义的范围1、2和部分范围3，"
        "既不是从摇篮到大门，也不是单厂直接排放；2022年报告起加权方法改变。高炉-转炉路线数值未收录。",
        "Sustainability indicators of the World Steel Association: CO2 intensity of crude steel, world "
        "average and some routes. Scope 1, 2 and a part of scope 3 as worldsteel defines: neither cradle "
        "to gate nor the direct emission of a plant. The weighting changed with the report of 2022. The "
        "BF-BOF route is missing.",
    )
    texts = meta(
        "worldsteel-indicators",
        "2024.1",
        "sector",
        "steel",
        "data_year",
        name=("世界钢协粗钢CO2强度", "worldsteel CO2 intensity of crude steel"),
        about=about,
        publisher=("世界钢铁协会", "World Steel Association (worldsteel)"),
        licence=_own_terms("worldsteel", "LicenseRef-worldsteel", "https://worldsteel.org/"),
    )
    book = Book(texts, "report")
    for row in read_facts(facts, "steel/worldsteel_and_defra_materials.csv"):
        if not row["key"].startswith("worldsteel."):
            continue
        word = row["key"].split(".")[3]
        route = {"dri_eaf": "DRI-EAF", "scrap_eaf": "scrap-EAF"}.get(word, "")
        series = join_key("crude_steel", word if route else "average")
        values = _world(row, series, "steel.crude", "gate_to_gate")
        book.add(
            row, f"worldsteel-{row['published_on']}", **values, route=route, edition_year=row["published_on"]
        )
    return book.dataset()


def _world(row: Row, series: str, activity: str, boundary: str) -> Row:
    return {
        "series": series,
        "key": join_key(series, row["reference_year"]),
        "record_type": "benchmark",
        "activity": activity,
        "region": region(row["geography"], GLO="WORLD"),
        "year": row["reference_year"],
        "boundary": boundary,
    }


def iai(facts: Path) -> Dataset:
    """World averages of the International Aluminium Institute."""
    about = (
        "国际铝协公布的全球平均碳强度：原铝2021、2022年，全部铝（原生+再生）2023年。从摇篮到大门，CO2当量，"
        "未注明GWP版本。无分地区数值。",
        "World averages of the International Aluminium Institute: primary aluminium 2021 and 2022, all "
        "aluminium (primary and recycled) 2023. Cradle to gate, CO2e without a stated GWP set. No values "
        "by region.",
    )
    texts = meta(
        "iai-world",
        "2023.1",
        "sector",
        "aluminium",
        "data_year",
        name=("国际铝协全球平均", "IAI world averages of aluminium"),
        about=about,
        publisher=("国际铝业协会", "International Aluminium Institute (IAI)"),
        licence=_own_terms("IAI", "LicenseRef-IAI", "https://international-aluminium.org/"),
    )
    book = Book(texts, "report")
    for row in read_facts(facts, "aluminium/ipcc_iai_china.csv"):
        if row["key"].startswith("iai."):
            word = row["key"].split(".")[1]
            activity = {"primary_aluminium": "aluminium.primary"}.get(word, "aluminium")
            values = _world(row, word, activity, "cradle_to_gate")
            values |= {"record_type": "lifecycle_factor", "scope_hint": "3"}
            book.add(row, f"iai-{row['published_on']}", **values)
    return book.dataset()


_GNR = {
    "gross": ("benchmark", "cement", "gross", "gate_to_gate"),
    "net": ("benchmark", "cement", "net", "gate_to_gate"),
    "clinker_ratio": ("activity_parameter", "cement", "clinker_ratio", "property"),
    "kiln_fuel": ("activity_parameter", "cement.clinker", "heat_consumption", "property"),
    "electricity": ("activity_parameter", "cement", "electricity_consumption", "property"),
}


def gnr(facts: Path) -> Dataset:
    """Getting the Numbers Right, 2014: world cement."""
    about = (
        "GNR（水泥可持续发展倡议，现GCCA）2014年全球平均：单位胶凝材料CO2（gross、net）、熟料系数、热耗、电"
        "耗，1990和2012—2014年。仅参与企业934个工厂，约占世界水泥21%。gross计入替代化石燃料，net不计。",
        "Getting the Numbers Right 2014 (Cement Sustainability Initiative, now GCCA), world averages of "
        "1990 and 2012-2014: CO2 per tonne cementitious (gross and net), clinker ratio, heat and "
        "electricity. 934 plants of participating companies, about 21 % of world cement. Gross counts "
        "alternative fossil fuels, net does not.",
    )
    texts = meta(
        "gnr-cement",
        "2014.1",
        "sector",
        "cement",
        "data_year",
        name=("GNR全球水泥数据", "GNR world cement data"),
        about=about,
        publisher=(
            "世界可持续发展工商理事会水泥可持续发展倡议（现GCCA）",
            "WBCSD Cement Sustainability Initiative (now GCCA)",
        ),
        licence=_own_terms("GCCA", "LicenseRef-GCCA", "https://gccassociation.org/"),
    )
    book = Book(texts, "report")
    for row in read_facts(facts, "cement/gnr_world.csv"):
        word = row["key"].split(".")[2]
        record_type, activity, variant, boundary = _GNR[word]
        values = _world(row, word, activity, boundary)
        if record_type == "activity_parameter":
            values |= parameter(variant)
        book.add(row, "gnr-2014", **{**values, "record_type": record_type, "variant": variant})
    return book.dataset()


# --- grids of other countries ------------------------------------------------------------------------------

_GRIDS: dict[str, tuple[str, str, Text, Text, Text]] = {
    "KR": (
        "kr-grid",
        "2023.1",
        ("韩国电力排放因子（消费端）", "Korea electricity factors (consumption end)"),
        ("韩国气候能源环境部", "Ministry of Climate, Energy and Environment, Korea"),
        (
            "韩国国家电力排放因子，消费端，CO2当量，未注明GWP版本；2025年12月起逐年公布，此前为三年平均。数"
            "值读自新闻报道。",
            "National electricity factors of Korea at the consumption end, CO2e without a stated GWP set. "
            "Yearly since December 2025, a three-year average before. Read in news reports.",
        ),
    ),
    "IN": (
        "in-grid",
        "21.0",
        ("印度电网加权平均排放因子", "India weighted average grid factors"),
        ("印度中央电力管理局", "Central Electricity Authority, India"),
        (
            "印度CEA CO2基线数据库第20、21版的加权平均因子，按财年（4月至次年3月）。含或不含跨境进口、不同"
            "版次并存（2023—24财年0.727与0.7290），各按其口径成立，不可混用。",
            "Weighted average factors of the CO2 Baseline Database of CEA, versions 20 and 21, by fiscal "
            "year (April to March). With or without imports and by version (0.727 and 0.7290 for 2023-24): "
            "each is right for its basis; do not mix them.",
        ),
    ),
    "JP": (
        "jp-grid",
        "2026.1",
        ("日本全国平均电力排放系数", "Japan national-average electricity factor"),
        ("日本环境省、经济产业省", "MOE and METI, Japan"),
        (
            "日本全国平均（代替值）电力排放系数，2026年表。所对应的财年未确定（2023或2024）。没有分电力公司"
            "的数值。",
            "National-average (substitute) electricity factor of Japan, list of 2026. The fiscal year it "
            "describes is not settled (2023 or 2024). No values by utility.",
        ),
    ),
    "BR": (
        "br-grid",
        "2025.1",
        ("巴西互联电网平均排放因子", "Brazil SIN average grid factor"),
        ("巴西科技创新部", "Ministry of Science, Technology and Innovation (MCTI), Brazil"),
        (
            "巴西国家互联电网（SIN）2025年平均排放因子，企业清单用，只含CO2。",
            "Average factor of the interconnected grid (SIN) of Brazil for corporate inventories, 2025, "
            "CO2 only.",
        ),
    ),
    "CN-TW": (
        "tw-grid",
        "2023.1",
        ("中国台湾公用售电业电力排碳系数", "Taiwan, China: electricity factors of the public utility"),
        ("台湾地区能源主管部门", "Energy authority of Taiwan, China"),
        (
            "台湾公用售电业电力排碳系数2020—2023年，CO2当量，未注明GWP版本；不含再生能源直供和电网自行承担"
            "的线损。",
            "Electricity factors of the public utility of Taiwan, 2020 to 2023, CO2e without a stated GWP "
            "set. Direct wheeling of renewable power and line losses borne by the grid are left out.",
        ),
    ),
}
_INDIA = {
    "v20": "renewables included (version 20)",
    "v21": "renewables and captive plants included, imports excluded (version 21)",
    "incl_imports": "renewables, captive plants and cross-border imports included (version 21)",
}


def grid(facts: Path, geography: str) -> Dataset:
    """The grid factors of one country."""
    ident, release, name, publisher, about = _GRIDS[geography]
    country = region(geography)
    texts: dict[str, Any] = meta(
        ident,
        release,
        "national",
        "electricity",
        "data_year",
        name=name,
        about=about,
        publisher=publisher,
        licence=_statistics(country),
    )
    book = Book(texts, "announcement")
    for row in read_facts(facts, "electricity/other_countries.csv"):
        if row["geography"] == geography:
            consumption = "consumption end" in row["boundary"]
            values = {
                "record_type": "grid_emission_factor",
                "activity": "electricity.grid",
                "region": country,
            }
            values |= {"boundary": "consumption" if consumption else "generation", "variant": "average"}
            values |= {"scope_hint": "2", **_country_period(row), **_country_key(row, country.lower())}
            book.add(row, f"{country.lower()}-{row['published_on'] or 'undated'}", **values)
    return book.dataset()


def _country_period(row: Row) -> Row:
    """Year and period of a data year, a range of years, or a fiscal year that starts in April."""
    text = row["reference_year"]
    if re.fullmatch(r"\d{4}", text):
        return {"year": text}
    if found := re.fullmatch(r"FY(\d{4})-(\d{2})", text):
        first = found[1]
        last = f"{first[:2]}{found[2]}"
        return {
            "year": first,
            "period_from": f"{first}-04-01",
            "period_to": f"{last}-03-31",
            "period_label": text,
        }
    if found := re.fullmatch(r"(\d{4})-(\d{4})", text):
        return {"period_from": f"{found[1]}-01-01", "period_to": f"{found[2]}-12-31", "period_label": text}
    return {"year": text[:4], "period_label": text}


def _country_key(row: Row, place: str) -> Row:
    """Key and series; India needs the basis, Korea keeps its three-year average apart."""
    parts = row["key"].split(".")
    if place == "in":
        basis = parts[4] if len(parts) > 4 else parts[2] if parts[2] == "v20" else ""
        series = join_key("average", place, basis)
        technology = _INDIA[basis or parts[2]]
        return {"series": series, "key": join_key(series, parts[3]), "technology": technology}
    if "-" in row["reference_year"]:
        series = join_key("average_of_three_years", place)
        return {"series": series, "key": join_key(series, row["reference_year"])}
    series = join_key("average", place)
    return {"series": series, "key": join_key(series, row["reference_year"][:4])}


DATASETS: tuple[Callable[[Path], Dataset], ...] = (
    worldsteel,
    iai,
    gnr,
    *(partial(grid, geography=geography) for geography in _GRIDS),
)


def main() -> None:
    facts, seed_data = folders()
    for make in DATASETS:
        dataset = make(facts)
        write_dataset(dataset, seed_data)
        print(f"{dataset.meta['id']}: {len(dataset.factors)} factors, {len(dataset.amounts)} amounts")


if __name__ == "__main__":
    main()
