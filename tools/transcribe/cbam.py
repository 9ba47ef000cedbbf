"""EU CBAM default values: goods (Annex I), electricity (Annexes II and III), transitional period.

    python -m tools.transcribe.cbam [facts [seed_data]]

One row of the facts is one factor. Where a row's note prints the split of a total (``direct x, indirect y``
or ``direct only``), the parts become factors of their own; their ``source_record`` ends in ``!direct``,
``!indirect`` or ``!direct_only``. The goods' names are ours (cbam_goods.csv): those of the facts are cut off
at 140 characters and have one Chinese name for many codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from babel import Locale

from tools.transcribe import cbam_meta
from tools.transcribe.common import (
    REPO,
    Dataset,
    Row,
    TranscriptionError,
    factor_row,
    folders,
    join_key,
    read_csv,
    read_facts,
    region,
    source_row,
    split_doubt,
    write_dataset,
)

SECTORS = ("aluminium", "cement", "petrochemical", "steel")
GOODS_FILES = tuple(
    f"{sector}/cbam_default_values_{part}.csv"
    for sector in SECTORS
    for part in ("china_and_fallback", "other_listed_countries")
)
TRANSITIONAL_FILES = tuple(f"{sector}/cbam_transitional_2023.csv" for sector in SECTORS)
ELECTRICITY_FILE = "electricity/eu_cbam_electricity.csv"
ACTIVITY_FILES = ("metals", "minerals", "chemicals")

REGULATION = "Implementing Regulation (EU) 2025/2621"
CORRECTED = "(EU) 2025/2621 as corrected by (EU) 2026/1740"
WORKBOOK = "(EU) 2025/2621, workbook v20260204"
GOODS_SOURCES = {CORRECTED: "annex-i-corrected", WORKBOOK: "annex-i-workbook-2026-02"}
LEGAL_REFS = {
    CORRECTED: f"{REGULATION} as corrected by (EU) 2026/1740, Annex I",
    WORKBOOK: f"{REGULATION}, Annex I",
}
MARK_UPS = {
    "before mark-up (mark-up 10 % in 2026, 20 % in 2027, 30 % from 2028 comes on top when used in a "
    "declaration)": "standard",
    "before mark-up (fertiliser mark-up 1 % comes on top when used in a declaration)": "fertiliser",
}
CORRECTION_SIZE = " (66 of about 10 500 rows changed there)"  # said once, in the dataset's description
ROUTE = re.compile(r"production route code (\S+)")
SPLIT = re.compile(r"direct (\d+(?:\.\d+)?), indirect (\d+(?:\.\d+)?)")
DIRECT_ONLY = "direct only"

BOUNDARIES = {"total": "embedded_total", "direct": "embedded_direct", "indirect": "embedded_indirect"}
BOUNDARY_NAMES = {
    "embedded_total": ("隐含排放合计", "total embedded emissions"),
    "embedded_direct": ("直接隐含排放", "direct embedded emissions"),
    "embedded_indirect": ("间接隐含排放", "indirect embedded emissions"),
}

# CLDR's names, but for a few that read oddly here.
NAMES_ZH = {"TW": "中国台湾", "HK": "中国香港", "CBAM-OTHER": "其他国家和地区", "WORLD": "世界平均"}
NAMES_EN = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Congo",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "CBAM-OTHER": "other countries and territories",
    "WORLD": "world average",
}


@dataclass(frozen=True)
class GoodsNote:
    """What the method note of an Annex I row says: schedule, route, split of the total, remarks, doubt."""

    mark_up: str = ""
    route_code: str = ""
    direct: str = ""
    indirect: str = ""
    direct_only: bool = False
    remarks: tuple[str, ...] = ()
    doubt: str = ""


def parse_note(text: str) -> GoodsNote:
    """Take the method note of an Annex I row apart; what has no column of its own stays a remark.

    >>> parse_note("production route code C; direct 1.2, indirect 0.03; seen twice")
    GoodsNote(mark_up='', route_code='C', direct='1.2', indirect='0.03', direct_only=False, \
remarks=('seen twice',), doubt='')
    """
    head, doubt = split_doubt(text)
    note = GoodsNote(doubt=doubt)
    for part in head.split("; "):
        note = _add_part(note, part)
    return note


def _add_part(note: GoodsNote, part: str) -> GoodsNote:
    if part in MARK_UPS:
        return replace(note, mark_up=MARK_UPS[part])
    if route := ROUTE.fullmatch(part):
        if route[1] == "N/A":
            return replace(note, remarks=(*note.remarks, "the source prints N/A as production route"))
        return replace(note, route_code=route[1])
    if split := SPLIT.fullmatch(part):
        return replace(note, direct=split[1], indirect=split[2])
    if part == DIRECT_ONLY:
        return replace(note, direct_only=True)
    return replace(note, remarks=(*note.remarks, part.removesuffix(CORRECTION_SIZE)))


# --- names, goods, activities ----------------------------------------------------------------------------


@cache
def country(code: str) -> tuple[str, str]:
    """Chinese and English name of a region code of these datasets."""
    zh = NAMES_ZH.get(code) or Locale("zh").territories.get(code)
    en = NAMES_EN.get(code) or Locale("en").territories.get(code)
    if not zh or not en:
        raise TranscriptionError(f"no name for region {code}")
    return zh, en.replace(" & ", " and ")


@cache
def goods() -> Mapping[str, tuple[str, str]]:
    """CN code to our Chinese and English name of the good."""
    rows = read_csv(Path(__file__).with_name("cbam_goods.csv"))
    return {row["code"]: (row["name_zh"], row["name_en"]) for row in rows}


@cache
def activity_codes() -> Mapping[str, str]:
    """HS or CN code to activity, from the activities files of metals, minerals and chemicals."""
    codes: dict[str, str] = {}
    for name in ACTIVITY_FILES:
        for row in read_csv(REPO / "seed_data" / "reference" / "activities" / f"{name}.csv"):
            for code in filter(None, row["hs"].split("|")):
                if codes.setdefault(code, row["code"]) != row["code"]:
                    raise TranscriptionError(f"{code} belongs to {codes[code]} and {row['code']}")
    return codes


def activity(code: str) -> str:
    """The activity of a CN code: the one with the longest code that the CN code starts with."""
    codes = activity_codes()
    for length in range(len(code), 3, -1):
        if code[:length] in codes:
            return codes[code[:length]]
    raise TranscriptionError(f"no activity for CN {code}")


def goods_names(code: str, boundary: str, place: str, edition: tuple[str, str]) -> dict[str, str]:
    """Names of a good's factor in both languages: good, code, what is counted, where, which edition."""
    zh, en = goods()[code]
    boundary_zh, boundary_en = BOUNDARY_NAMES[boundary]
    country_zh, country_en = country(place)
    return {
        "name_zh": f"{zh}（CN {code}）{boundary_zh}，{country_zh}（{edition[0]}）",
        "name_en": f"{en}, CN {code}: {boundary_en}, {country_en} ({edition[1]})",
    }


# --- Annex I ---------------------------------------------------------------------------------------------


def goods_factors(fact: Row) -> Iterator[Row]:
    """The factor of an Annex I row and those of the parts that its note prints."""
    note = parse_note(fact["method_note"])
    kind = fact["key"].rsplit(".", 1)[1]
    own = (*note.remarks, "the source counts direct emissions only") if note.direct_only else note.remarks
    yield _goods_factor(
        fact, note, BOUNDARIES[kind], fact["value"], "", own, boundary_published=fact["boundary"]
    )
    part_of = f"part of the total {fact['value']}"
    if note.direct_only:
        same = "equals the total: the source counts direct emissions only"
        yield _goods_factor(
            fact, note, "embedded_direct", fact["value"], "!direct_only", (same, *note.remarks)
        )
    if note.direct:
        yield _goods_factor(fact, note, "embedded_direct", note.direct, "!direct", (part_of, *note.remarks))
        yield _goods_factor(
            fact, note, "embedded_indirect", note.indirect, "!indirect", (part_of, *note.remarks)
        )


def _goods_factor(
    fact: Row,
    note: GoodsNote,
    boundary: str,
    value: str,
    part: str,
    remarks: tuple[str, ...],
    boundary_published: str = "",
) -> Row:
    code = fact["key"].split(".")[2]
    place = region(fact["geography"], GLO="CBAM-OTHER")
    key = join_key(place.lower(), code, boundary)
    return factor_row(
        key=key,
        series=key,
        record_type="regulatory_default",
        **goods_names(code, boundary, place, ("CBAM 2026 默认值", "CBAM default 2026")),
        activity=activity(code),
        region=place,
        region_published=fact["geography"],
        edition_year=fact["reference_year"],
        applies_from="2026-01-01",
        gas_basis="co2e",
        gas=fact["gas"],
        gwp_set=fact["gwp_set"],
        value_published=value,
        unit_published=fact["unit"],
        boundary=boundary,
        boundary_published=boundary_published,
        route_code=note.route_code,
        goods_code=code,
        goods_code_system="CN 2026",
        legal_ref=LEGAL_REFS[fact["document_number"]],
        mark_up=note.mark_up,
        source=GOODS_SOURCES[fact["document_number"]],
        locator=fact["table_or_page"],
        source_record=fact["record"] + part,
        confirmed_by=fact["confirmed_by"],
        confidence=fact["confidence"],
        note="; ".join(remarks),
        doubt=note.doubt,
    )


def goods_dataset(facts: Path) -> Dataset:
    rows = [row for name in GOODS_FILES for row in read_facts(facts, name)]
    factors = [factor for row in rows for factor in goods_factors(row)]
    sources = {row["document_number"]: row for row in rows}
    return Dataset(
        cbam_meta.GOODS, [_source(GOODS_SOURCES[number], row) for number, row in sources.items()], factors
    )


def _source(source: str, fact: Row, kind: str = "regulation") -> Row:
    return source_row(
        id=source,
        title=fact["document_title"],
        publisher=fact["publisher"],
        number=fact["document_number"],
        url=fact["document_url"],
        published_on=fact["published_on"],
        kind=kind,
    )


# --- transitional period ---------------------------------------------------------------------------------


def transitional_factor(fact: Row) -> Row:
    _, geography, code, kind = fact["key"].split(".")
    boundary = BOUNDARIES[kind]
    place = region(fact["geography"], GLO="WORLD")
    key = join_key(geography, code, boundary)
    note, doubt = split_doubt(fact["method_note"])
    return factor_row(
        key=key,
        series=key,
        record_type="regulatory_default",
        **goods_names(code, boundary, place, ("CBAM 过渡期默认值", "CBAM transitional default")),
        activity=activity(code),
        region=place,
        region_published=fact["geography"],
        edition_year=fact["reference_year"],
        applies_from="2023-10-01",
        applies_to="2025-12-31",
        gas_basis="co2e",
        gas=fact["gas"],
        gwp_set=fact["gwp_set"],
        value_published=fact["value"],
        unit_published=fact["unit"],
        boundary=boundary,
        boundary_published=fact["boundary"],
        goods_code=code,
        goods_code_system="CN",
        source="transitional-defaults-2023",
        locator=fact["table_or_page"],
        source_record=fact["record"],
        confirmed_by=fact["confirmed_by"],
        confidence=fact["confidence"],
        note=note,
        doubt=doubt,
    )


def transitional_dataset(facts: Path) -> Dataset:
    rows = [row for name in TRANSITIONAL_FILES for row in read_facts(facts, name)]
    source = _source("transitional-defaults-2023", rows[0], kind="report")
    return Dataset(cbam_meta.TRANSITIONAL, [source], [transitional_factor(row) for row in rows])


# --- electricity -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Annex:
    number: str
    boundary: str
    variant: str
    zh: str
    en: str


ANNEXES = {
    "annex2": Annex("II", "consumption", "average", "生产货物所用电力", "electricity used to produce goods"),
    "annex3": Annex("III", "generation", "fossil", "输入欧盟的电力", "electricity imported into the EU"),
}
NO_MARK_UP = "; no mark-up."


def electricity_factor(fact: Row) -> Row:
    annex = ANNEXES[fact["key"].split(".")[2]]
    place = region(fact["geography"], **{"XX-OTHER": "CBAM-OTHER"})
    zh, en = country(place)
    key = join_key(place.lower(), f"annex_{annex.number.lower()}", annex.boundary)
    note, doubt = split_doubt(fact["method_note"])
    return factor_row(
        key=key,
        series=key,
        record_type="regulatory_default",
        name_zh=f"电力排放因子：{annex.zh}，{zh}（CBAM 附件 {annex.number} 默认值）",
        name_en=f"Electricity emission factor: {annex.en}, {en} (CBAM default, Annex {annex.number})",
        activity="electricity.grid",
        region=place,
        region_published=fact["geography"],
        period_label=fact["reference_year"],
        edition_year="2026",
        applies_from="2026-01-01",
        gas_basis="co2e",
        gas=fact["gas_scope"],
        gwp_set=fact["gwp_set"],
        value_published=fact["value"],
        unit_published=fact["unit"],
        boundary=annex.boundary,
        boundary_published=fact["boundary"],
        variant=annex.variant,
        legal_ref=f"{REGULATION}, Annex {annex.number}",
        mark_up="none" if note.endswith(NO_MARK_UP) else "",
        source="ir-2025-2621",
        locator=f"Annex {annex.number}",
        source_record=fact["record"],
        confirmed_by=fact["confirmed_by"],
        confidence=fact["confidence"],
        note=note.removesuffix(NO_MARK_UP),
        doubt=doubt,
    )


def electricity_dataset(facts: Path) -> Dataset:
    rows = read_facts(facts, ELECTRICITY_FILE)
    factors = [electricity_factor(row) for row in rows]
    return Dataset(cbam_meta.ELECTRICITY, [_source("ir-2025-2621", rows[0])], factors)


def main(arguments: list[str] | None = None) -> None:
    facts, seed_data = folders(arguments)
    for dataset in (goods_dataset(facts), electricity_dataset(facts), transitional_dataset(facts)):
        folder = write_dataset(dataset, seed_data)
        print(f"{folder.name}: {len(dataset.factors)} factors")


if __name__ == "__main__":
    main()
