"""What a release changes, and the fixed bytes of documents and manifests."""

import json
from dataclasses import replace

import pytest

from app.catalog.rules import Published, identify, list_rank, manifest, plan_release, substance_of
from app.kit.canonical import canonical_bytes, content_hash, sha256_hex
from tests.catalog.releases import substance

REASON = {"zh": "更正", "en": "corrected"}


def last_of(versions: list) -> dict[str, Published]:
    return {
        v.key: Published(i, i, v.n, v.content_hash, v.substance_hash) for i, v in enumerate(versions, start=1)
    }


def test_a_first_release_has_only_new_versions() -> None:
    plan = plan_release("2024.1", [substance("b.2023"), substance("a.2023")], {}, REASON)
    assert [item[:2] for item in plan.items] == [("a.2023", 1), ("b.2023", 1)]
    assert (plan.added, plan.changed, list(plan.gone)) == (2, 0, [])


def test_an_equal_substance_keeps_its_version_and_a_changed_one_gets_the_next() -> None:
    first = plan_release("2024.1", [substance("a.2023"), substance("b.2023")], {}, REASON)
    last = last_of(list(first.new))
    second = plan_release("2024.2", [substance("a.2023"), substance("b.2023", "1.1")], last, REASON)
    assert [(v.key, v.n) for v in second.new] == [("b.2023", 2)]
    change = second.new[0].document["change"]
    assert change["predecessor"] == {"version": 1, "content_hash": last["b.2023"].content_hash}
    assert second.items[0] == ("a.2023", 1, last["a.2023"].content_hash)


def test_a_factor_that_is_not_carried_forward_is_gone_once() -> None:
    first = plan_release("1", [substance("a.2023"), substance("b.2023")], {}, REASON)
    last = last_of(list(first.new))
    assert list(plan_release("2", [substance("a.2023")], last, REASON).gone) == ["b.2023"]
    dropped = last | {"b.2023": replace(last["b.2023"], carried=False)}
    assert list(plan_release("3", [substance("a.2023")], dropped, REASON).gone) == []


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="given twice"):
        plan_release("1", [substance("a.2023"), substance("a.2023")], {}, REASON)


def test_the_substance_of_a_document_is_the_document_without_what_the_release_decides() -> None:
    stated = substance("a.2023")
    version = plan_release("2024.1", [stated], {}, REASON).new[0]
    assert substance_of(version.document) == stated
    assert version.substance_hash == content_hash(stated)
    assert version.content_hash == sha256_hex(version.data) == content_hash(dict(version.document))


def test_the_golden_document_never_changes() -> None:
    stated = identify("factorbase.localhost", "trial-set", "a.2023", {"value": "0.50", "series": "a"})
    version = plan_release("2024.1", [stated], {}, REASON).new[0]
    assert (
        version.data
        == (
            '{"change":{"kind":"new","reason":{"en":"corrected","zh":"更正"}},"dataset":"trial-set",'
            '"ilcd_version":"01.00.000","key":"a.2023","ref":"trial-set/a.2023","release":"2024.1",'
            '"schema":"factorbase.factor/1","series":"a","uuid":"UUID","value":"0.50","version":1}'
        )
        .replace("UUID", stated["uuid"])
        .encode()
    )
    assert stated["uuid"] == "d30fd592-b995-5a48-ad03-83fab9647513"
    assert version.content_hash == "0163aa336b7cde11956c0642baacf930cef45d7caa38616cdc43fdefd2ef039d"


def test_the_golden_manifest_never_changes() -> None:
    body = manifest("trial-set", "2024.1", None, "transcription", [("a.2023", 1, "0" * 64)])
    assert body == (
        b'{"attachments":[],"base_release_hash":null,"dataset":"trial-set","explanations":[],'
        b'"items":[["a.2023",1,"' + b"0" * 64 + b'"]],"policy":"transcription","release":"2024.1"}'
    )
    assert body == canonical_bytes(json.loads(body))


@pytest.mark.parametrize(
    ("dataset", "key"), [("Trial", "a"), ("trial-set", "a b"), ("t", "a"), ("trial", "")]
)
def test_a_name_outside_the_grammar_is_refused(dataset: str, key: str) -> None:
    with pytest.raises(ValueError, match="not a factor's name"):
        identify("factorbase.localhost", dataset, key, {})


def test_regulatory_defaults_are_listed_last() -> None:
    assert list_rank("regulatory_default") > list_rank("benchmark") == list_rank("lifecycle_factor")
