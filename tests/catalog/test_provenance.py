from __future__ import annotations

import json
import re
from typing import Any

import pytest

from app.catalog.provenance import Publication, provenance
from app.kit.canonical import content_hash

from .sample_documents import grid, seed_documents

ORIGIN = "https://factors.example.org"
PUBLICATION = Publication(
    release="2022.1",
    published_at="2025-11-20T01:02:03Z",
    position=41,
    release_hash="cd" * 32,
    policy="transcription",
)
VERSION = "fb:factors/cn-grid-co2/average.cn-bj.2022/versions/1"
SOURCE = f"fb:sources/{'3f' * 32}"
# PROV-JSON (Member Submission 2013), section 3: what each kind of relation points from and to.
RELATIONS = {
    "wasGeneratedBy": ("prov:entity", "prov:activity"),
    "wasDerivedFrom": ("prov:generatedEntity", "prov:usedEntity"),
    "wasAttributedTo": ("prov:entity", "prov:agent"),
    "specializationOf": ("prov:specificEntity", "prov:generalEntity"),
    "hadMember": ("prov:collection", "prov:entity"),
}
KIND_OF = {"activity": "activity", "agent": "agent"}
RESERVED = {
    "prov:type", "prov:label", "prov:location", "prov:time", "prov:startTime", "prov:endTime", "prov:role",
}  # fmt: skip
# PROV-N, production QUALIFIED_NAME: a full stop may stand inside but neither first nor last.
LETTER = r"(?:[\w/@~&+*?#$!-]|%[0-9A-Fa-f]{2})"
NAME = re.compile(rf"([A-Za-z][\w.-]*):({LETTER}(?:(?:{LETTER}|\.)*{LETTER})?)")


def made(document: dict[str, Any], publication: Publication = PUBLICATION) -> dict[str, Any]:
    found = provenance(document, publication, ORIGIN)
    check_structure(found)
    return json.loads(json.dumps(found))


def check_structure(document: dict[str, Any]) -> None:
    """What PROV-JSON asks of a document, and that nothing points to what is not there."""
    assert set(document) <= {"prefix", "entity", "activity", "agent", *RELATIONS}
    prefixes = {*document["prefix"], "prov", "xsd"}
    assert all(re.match(r"https?://\S+[/#]$", iri) for iri in document["prefix"].values())
    for kind in ("entity", "activity", "agent"):
        for name, attributes in document.get(kind, {}).items():
            check_name(name, prefixes)
            check_attributes(attributes, prefixes, RESERVED)
    for kind, ends in RELATIONS.items():
        for name, attributes in document.get(kind, {}).items():
            assert name.startswith("_:")
            for end in ends:
                target = KIND_OF.get(end.removeprefix("prov:"), "entity")
                assert attributes[end] in document[target], (kind, end)
            check_attributes(attributes, prefixes, RESERVED | set(ends))


def check_name(name: str, prefixes: set[str]) -> None:
    match = NAME.fullmatch(name)
    assert match is not None, name
    assert match[1] in prefixes


def check_attributes(attributes: dict[str, Any], prefixes: set[str], reserved: set[str]) -> None:
    for name, value in attributes.items():
        check_name(name, prefixes)
        assert name in reserved or not name.startswith("prov:")
        for item in value if isinstance(value, list) else [value]:
            assert isinstance(item, str | int | dict), (name, item)
            if isinstance(item, dict):
                assert set(item) in ({"$", "type"}, {"$", "lang"})
            if isinstance(item, dict) and item.get("type") == "prov:QUALIFIED_NAME":
                check_name(item["$"], prefixes)


def kinds(relation: dict[str, Any]) -> list[str]:
    return [item["$"] for item in relation["prov:type"]]


def test_a_transcribed_version_is_a_quotation_of_its_primary_source_at_the_stated_table() -> None:
    (derived,) = made(grid())["wasDerivedFrom"].values()
    assert (derived["prov:generatedEntity"], derived["prov:usedEntity"]) == (VERSION, SOURCE)
    assert kinds(derived) == ["prov:Quotation", "prov:PrimarySource"]
    assert derived["fbt:locator"] == "附件表3"
    assert derived["fbt:records"] == ["electricity/cn_grid_co2_direct.csv#cn.bj.2022"]


def test_under_another_policy_a_source_is_a_primary_source_and_no_quotation() -> None:
    standard = Publication("2022.1", "2025-11-20T01:02:03Z", 41, "cd" * 32, "standard")
    (derived,) = made(grid(), standard)["wasDerivedFrom"].values()
    assert kinds(derived) == ["prov:PrimarySource"]


def test_the_release_was_generated_by_its_publication_at_the_time_of_the_journal() -> None:
    found = made(grid())
    (activity,) = found["activity"]
    assert activity == "fb:datasets/cn-grid-co2/releases/2022.1#publication"
    assert found["activity"][activity]["prov:endTime"] == "2025-11-20T01:02:03Z"
    assert found["activity"][activity]["fbt:journal_position"] == 41
    generated = {relation["prov:entity"]: relation for relation in found["wasGeneratedBy"].values()}
    assert set(generated) == {VERSION, "fb:datasets/cn-grid-co2/releases/2022.1"}
    assert {relation["prov:time"] for relation in generated.values()} == {"2025-11-20T01:02:03Z"}
    assert found["entity"][VERSION]["fbt:content_hash"] == content_hash(grid())


def test_names_written_out_are_the_public_addresses() -> None:
    found = made(grid())
    written_out = VERSION.replace("fb:", found["prefix"]["fb"])
    assert written_out == f"{ORIGIN}/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/1"


def test_the_only_agents_are_those_that_a_record_names() -> None:
    found = made(grid())
    assert [agent["prov:label"] for agent in found["agent"].values()] == ["生态环境部、国家统计局"]
    (attributed,) = found["wasAttributedTo"].values()
    assert attributed["prov:entity"] == SOURCE
    nameless = made(grid(sources=[{"id": "s", "title": "T", "confirmed_by": "two copies agree"}]))
    assert "agent" not in nameless
    assert "wasAttributedTo" not in nameless


def test_a_contributor_whom_the_release_names_answers_for_the_version() -> None:
    seed = {"zh": "Factorbase 种子数据", "en": "Factorbase seed"}
    publication = Publication("2022.1", "2025-11-20T01:02:03Z", 41, "cd" * 32, "transcription", seed)
    found = made(grid(), publication)
    attributed = {
        relation["prov:entity"]: relation["prov:agent"] for relation in found["wasAttributedTo"].values()
    }
    assert found["agent"][attributed[VERSION]]["prov:label"] == [
        {"$": "Factorbase 种子数据", "lang": "zh"},
        {"$": "Factorbase seed", "lang": "en"},
    ]


def test_a_second_version_is_a_revision_of_the_first() -> None:
    predecessor = {"version": 1, "content_hash": "ef" * 32}
    change = {"kind": "revision", "reason": {"zh": "改", "en": "c"}, "predecessor": predecessor}
    found = made(grid(version=2, change=change))
    revisions = [
        relation for relation in found["wasDerivedFrom"].values() if kinds(relation) == ["prov:Revision"]
    ]
    assert [relation["prov:usedEntity"] for relation in revisions] == [VERSION]
    assert found["entity"][VERSION]["fbt:content_hash"] == "ef" * 32


def test_two_sources_of_one_publisher_share_one_agent() -> None:
    sources = [{"id": name, "title": name, "publisher": "IPCC"} for name in ("a", "b")]
    found = made(grid(sources=sources))
    assert len(found["agent"]) == 1
    assert len(found["wasAttributedTo"]) == 2


def test_an_unusual_source_id_still_makes_a_qualified_name() -> None:
    found = made(grid(sources=[{"id": "第33号: (a)", "title": "T"}]))
    assert any(name.startswith("fb:sources/%E7%AC%AC33") for name in found["entity"])


@pytest.mark.parametrize("dataset", ["us-egrid", "ipcc-2006-energy", "eu-cbam-defaults-2026"])
def test_real_seed_rows_keep_to_the_structure(dataset: str) -> None:
    for document in seed_documents(dataset, 20):
        made(document)
