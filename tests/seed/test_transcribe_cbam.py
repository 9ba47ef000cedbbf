"""The CBAM datasets against the facts they were transcribed from, digit for digit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tools.transcribe import cbam
from tools.transcribe.common import (
    ACTIVITY_COLUMNS,
    FACTOR_COLUMNS,
    FACTS,
    KEY,
    SEED_DATA,
    Row,
    read_csv,
    read_facts,
    split_doubt,
)

GOODS = "eu-cbam-defaults-2026"
ELECTRICITY = "eu-cbam-electricity"
TRANSITIONAL = "eu-cbam-transitional-2023"
DATASETS = (GOODS, ELECTRICITY, TRANSITIONAL)
FILES = (*cbam.GOODS_FILES, *cbam.TRANSITIONAL_FILES, cbam.ELECTRICITY_FILE)

needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the facts folder ../shared/facts is not there")


@pytest.fixture(scope="module")
def factors() -> dict[str, list[Row]]:
    return {dataset: read_csv(SEED_DATA / dataset / "factors.csv") for dataset in DATASETS}


@pytest.fixture(scope="module")
def facts() -> dict[str, Row]:
    return {row["record"]: row for name in FILES for row in read_facts(FACTS, name)}


@pytest.fixture(scope="module")
def activities() -> dict[str, Row]:
    folder = SEED_DATA / "reference" / "activities"
    return {row["code"]: row for path in sorted(folder.glob("*.csv")) for row in read_csv(path)}


def expected_parts(fact: Row) -> dict[str, str]:
    """What the note of a row prints beside its value: suffix of the source record to the digits."""
    if split := re.search(
        r"; direct (\d+(?:\.\d+)?), indirect (\d+(?:\.\d+)?)( Doubt:|$)", fact["method_note"]
    ):
        return {"!direct": split[1], "!indirect": split[2]}
    if re.search(r"; direct only( Doubt:|$)", fact["method_note"]):
        return {"!direct_only": fact["value"]}
    return {}


def test_the_datasets_hold_as_many_factors_as_counted_once_by_hand(factors: dict[str, list[Row]]) -> None:
    assert {dataset: len(rows) for dataset, rows in factors.items()} == {
        GOODS: 24_194,
        ELECTRICITY: 45,
        TRANSITIONAL: 17,
    }
    assert Counter(row["boundary"] for row in factors[GOODS]) == {
        "embedded_total": 10_930,
        "embedded_direct": 10_483,
        "embedded_indirect": 2_781,
    }
    assert Counter(row["mark_up"] for row in factors[GOODS]) == {"standard": 16_946, "fertiliser": 7_248}


@needs_facts
def test_every_row_of_the_facts_is_covered_by_exactly_the_expected_factors(
    factors: dict[str, list[Row]], facts: dict[str, Row]
) -> None:
    assert len(facts) == 11_136
    expected = {
        record + part: digits
        for record, fact in facts.items()
        for part, digits in {"": fact["value"], **expected_parts(fact)}.items()
    }
    found = {row["source_record"]: row["value_published"] for rows in factors.values() for row in rows}
    assert sum(len(rows) for rows in factors.values()) == len(found)
    assert found == expected


@needs_facts
def test_unit_region_source_and_doubt_are_those_of_the_row(
    factors: dict[str, list[Row]], facts: dict[str, Row]
) -> None:
    for dataset, rows in factors.items():
        sources = {row["id"]: row for row in read_csv(SEED_DATA / dataset / "sources.csv")}
        for row in rows:
            fact = facts[row["source_record"].partition("!")[0]]
            source = sources[row["source"]]
            assert (row["unit_published"], row["region_published"]) == (fact["unit"], fact["geography"])
            assert (source["number"], source["url"]) == (fact["document_number"], fact["document_url"])
            assert source["published_on"] == fact["published_on"]
            assert row["confidence"] == fact["confidence"]
            assert row["doubt"] == split_doubt(fact["method_note"])[1], row["key"]


@needs_facts
def test_running_the_script_again_gives_the_same_bytes(tmp_path: Path) -> None:
    cbam.main([str(FACTS), str(tmp_path)])
    for dataset in DATASETS:
        written = {path.name: path.read_bytes() for path in (tmp_path / dataset).iterdir()}
        committed = {path.name: path.read_bytes() for path in (SEED_DATA / dataset).iterdir()}
        assert written.keys() == committed.keys()
        changed = [name for name in written if written[name] != committed[name]]
        assert changed == [], f"{dataset}: run python -m tools.transcribe.cbam"


def test_a_total_is_direct_plus_indirect_within_the_rounding_of_the_source_or_has_a_doubt(
    factors: dict[str, list[Row]],
) -> None:
    for dataset in (GOODS, TRANSITIONAL):
        parts: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
        for row in factors[dataset]:
            parts[row["region"], row["goods_code"]][row["boundary"]] = row
        for good, rows in parts.items():
            total = rows["embedded_total"]
            if "embedded_indirect" not in rows:
                direct = rows.get("embedded_direct", total)
                assert direct["value_published"] == total["value_published"], good
                continue
            values = [
                Decimal(rows[name]["value_published"]) for name in ("embedded_direct", "embedded_indirect")
            ]
            off = abs(Decimal(total["value_published"]) - sum(values))
            assert off <= Decimal("0.01") or total["doubt"], good


def test_the_other_countries_are_no_world_average_and_the_transitional_values_are_one(
    factors: dict[str, list[Row]],
) -> None:
    assert {row["region"] for row in factors[GOODS] if row["region_published"] == "GLO"} == {"CBAM-OTHER"}
    assert {row["region"] for row in factors[TRANSITIONAL]} == {"WORLD"}
    published = {row["region_published"]: row["region"] for row in factors[ELECTRICITY]}
    assert (published["XX-OTHER"], published["CN-TW"]) == ("CBAM-OTHER", "TW")


def test_the_two_annexes_of_electricity_never_look_alike(factors: dict[str, list[Row]]) -> None:
    annexes = Counter((row["locator"], row["boundary"], row["variant"]) for row in factors[ELECTRICITY])
    assert annexes == {("Annex II", "consumption", "average"): 27, ("Annex III", "generation", "fossil"): 18}


def test_validity_starts_with_2026_for_the_defaults_and_ends_with_2025_for_the_transitional_ones(
    factors: dict[str, list[Row]],
) -> None:
    for dataset in (GOODS, ELECTRICITY):
        assert {(row["year"], row["applies_from"], row["applies_to"]) for row in factors[dataset]} == {
            ("", "2026-01-01", "")
        }
    assert {(row["year"], row["applies_from"], row["applies_to"]) for row in factors[TRANSITIONAL]} == {
        ("", "2023-10-01", "2025-12-31")
    }


def test_keys_are_unique_readable_and_ordered(factors: dict[str, list[Row]]) -> None:
    for rows in factors.values():
        keys = [row["key"] for row in rows]
        assert keys == sorted(set(keys))
        assert all(KEY.fullmatch(key) for key in keys)
        assert tuple(rows[0]) == FACTOR_COLUMNS
    assert "cn.72071111.embedded_total" in {row["key"] for row in factors[GOODS]}


def test_a_goods_code_keeps_its_digits_and_has_4_to_10_of_them(factors: dict[str, list[Row]]) -> None:
    for row in factors[GOODS] + factors[TRANSITIONAL]:
        code = row["goods_code"]
        assert re.fullmatch(r"\d{4,10}", code)
        assert f".{code}." in row["source_record"]
        assert f"CN {code}" in row["name_en"] and f"CN {code}" in row["name_zh"]


def test_no_name_is_cut_off_and_every_name_is_chinese_and_english(factors: dict[str, list[Row]]) -> None:
    for row in (row for rows in factors.values() for row in rows):
        assert row["name_zh"].endswith("）") and re.search(r"[\u4e00-\u9fff]", row["name_zh"])
        assert row["name_en"].endswith(")") and row["name_en"].count("(") == row["name_en"].count(")")
        assert not re.search(r"[\u4e00-\u9fff]", row["name_en"])
    names = [row["name_en"] for row in factors[GOODS]]
    assert len(set(names)) == len(names)


def test_every_activity_exists_and_the_longest_code_decides(
    factors: dict[str, list[Row]], activities: dict[str, Row]
) -> None:
    assert {row["activity"] for rows in factors.values() for row in rows} <= activities.keys()
    assert cbam.activity("72142000") == "steel.rebar"
    assert cbam.activity("72141000") == "steel.bars"
    assert cbam.activity("2523100010") == "cement.clinker_white"
    assert cbam.activity("2523100090") == "cement.clinker"
    assert cbam.activity("31021012") == "fertiliser.urea_solution"


def test_shared_activity_codes_are_unique_and_their_parents_exist(activities: dict[str, Row]) -> None:
    folder = SEED_DATA / "reference" / "activities"
    for name in cbam.ACTIVITY_FILES:
        rows = read_csv(folder / f"{name}.csv")
        assert tuple(rows[0]) == ACTIVITY_COLUMNS
        assert len({row["code"] for row in rows}) == len(rows)
        for row in rows:
            assert row["name_zh"] and row["name_en"] and row["sector"]
            assert not row["parent"] or row["parent"] in activities, row["code"]
            assert row["family"] == row["code"].split(".")[0]


def test_the_odd_notes_are_read_as_they_stand() -> None:
    mark_up = next(text for text, name in cbam.MARK_UPS.items() if name == "standard")
    note = cbam.parse_note(
        f"{mark_up}; production route code C/F; direct 1.57, indirect 0.04 Doubt: far above."
    )
    assert (note.mark_up, note.route_code, note.direct, note.indirect) == ("standard", "C/F", "1.57", "0.04")
    assert note.doubt == "far above."
    assert cbam.parse_note("direct only Doubt: far below; kept").direct_only
    assert cbam.parse_note("production route code N/A").route_code == ""
    kept = cbam.parse_note("the February 2026 workbook had 5.588; production route code F")
    assert kept.remarks == ("the February 2026 workbook had 5.588",)
