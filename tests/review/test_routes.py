"""The review over HTTP: from submit to publish, retire and recall, and who is refused with what."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.catalog.releases import substance
from tests.review.http import Desk, build
from tests.review.people import House

A, B = substance("a.2023", "1.0"), substance("b.2023", "2.0")
WHY = {"zh": "来源撤回", "en": "source withdrawn"}
RELEASE = "/v1/datasets/trial-set/releases/1"
VERSION = "/v1/factors/trial-set/a.2023/versions/1"


@pytest.fixture
async def desk(empty: AsyncEngine, empty_url: str) -> AsyncIterator[Desk]:
    app = build(empty_url)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        desk = Desk(await House(empty).open(), client)
        await desk.join("chen", "contributor", at=["contributing-enterprise"])
        await desk.join("lin", "reviewer", at=["university"])
        await desk.join("wang", "reviewer")
        await desk.join("zhao", "publisher")
        await desk.join("steward", "steward")
        await desk.join("auditor", "auditor")
        await desk.join("reader", "reader")
        await desk.join("elsewhere", "contributor", "reviewer", "publisher", dataset="other-set")
        yield desk
        await app.state.database.close()


def approval(release_hash: str, **fields: Any) -> dict[str, Any]:
    return {
        "release_hash": release_hash,
        "statement": "compared with the statistics of the association",
        "scope": ["value", "unit", "source"],
        "methods": ["balance", "literature"],
        "affiliations": ["university"],
        "no_relation_for_a_year": True,
        **fields,
    }


async def publish(desk: Desk) -> None:
    await desk.house.draft("1", [A, B])
    digest = (await desk.post("submit", "chen")).json()["release_hash"]
    for who in ("lin", "wang"):
        assert (await desk.post("approve", who, approval(digest))).status_code == 200
    assert (await desk.post("publish", "zhao")).status_code == 200


async def test_a_release_goes_from_draft_to_published_over_http(desk: Desk) -> None:
    await desk.house.draft("1", [A, B])
    submitted = await desk.post("submit", "chen", {"note": "figures of 2023"})
    assert submitted.status_code == 200, submitted.text
    body = submitted.json()
    assert (body["state"], body["round"]) == ("in_review", 1)
    assert submitted.headers["Factorbase-Basis"] == str(body["basis"]) == "1"
    queue = (await desk.ask("GET", "/v1/reviews?state=in_review", "lin")).json()["items"]
    assert [(item["release"], item["actions"]) for item in queue] == [
        ("1", ["request_changes", "approve", "reject"])
    ]
    assert (await desk.post("claim", "lin")).json()["mine"] is True
    asked = await desk.post("comments", "lin", {"text": "why?", "target": "factor", "key": "a.2023"})
    assert asked.status_code == 201
    reply = await desk.post("comments", "chen", {"text": "因为", "parent": asked.json()["id"]})
    assert reply.json()["key"] == "a.2023"
    settled = await desk.post(f"comments/{asked.json()['id']}/resolve", "lin", {"note": "fine"})
    assert settled.json()["resolved"]["note"] == "fine"
    for who, state in (("lin", "in_review"), ("wang", "approved")):
        done = await desk.post("approve", who, approval(body["release_hash"]))
        assert (done.status_code, done.json()["state"]) == (200, state), done.text
    out = await desk.post("publish", "zhao")
    assert (out.status_code, out.json()["state"]) == (200, "published"), out.text
    assert (await desk.ask("DELETE", f"{RELEASE}/claim", "lin")).status_code == 204
    assert (await desk.ask("GET", VERSION)).json()["value"] == "1.0"
    record = (await desk.ask("GET", f"{RELEASE}/decisions", "auditor")).json()
    assert [item.get("action", "said") for item in record["items"]] == [
        "submit",
        "said",
        "said",
        "approve",
        "approve",
        "publish",
    ]
    comments = (await desk.ask("GET", f"{RELEASE}/comments?limit=1", "auditor")).json()
    assert len(comments["items"]) == 1
    assert comments["next_cursor"]


ACTS: dict[str, tuple[Any, set[str]]] = {
    # act: (body, who may see it but lacks the role)
    "submit": (None, {"lin", "zhao", "steward", "auditor"}),
    "approve": (approval("0" * 64), {"chen", "zhao", "steward", "auditor"}),
    "request-changes": ({"reason": "why"}, {"chen", "zhao", "steward", "auditor"}),
    "reject": ({"reason": "no"}, {"chen", "zhao", "steward", "auditor"}),
    "publish": (None, {"chen", "lin", "steward", "auditor"}),
    "abandon": (None, {"lin", "zhao", "steward", "auditor"}),
    "comments": ({"text": "hello"}, {"auditor"}),
    "claim": (None, {"chen", "zhao", "steward", "auditor"}),
}


async def test_every_act_times_every_role(desk: Desk) -> None:
    await desk.house.draft("1", [A])
    await desk.post("submit", "chen")
    for act, (body, lacking) in ACTS.items():
        nobody = await desk.post(act, None, body)
        assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer"), act
        for who in ("reader", "elsewhere"):
            hidden = await desk.post(act, who, body)
            assert (hidden.status_code, hidden.json()["code"]) == (404, "draft_not_found"), (act, who)
        for who in sorted(lacking):
            refused = await desk.post(act, who, body)
            assert (refused.status_code, refused.json()["code"]) == (403, "role_missing"), (act, who)
            assert refused.json()["valid_values"], act
    for path in ("comments", "decisions", "review"):
        assert (await desk.ask("GET", f"{RELEASE}/{path}", "reader")).status_code == 404
        assert (await desk.ask("GET", f"{RELEASE}/{path}", "auditor")).status_code == 200
        assert (await desk.ask("GET", f"{RELEASE}/{path}")).status_code == 401
    assert (await desk.ask("GET", "/v1/reviews", "reader")).json()["items"] == []


async def test_wrong_states_name_the_right_ones(desk: Desk) -> None:
    await desk.house.draft("1", [A])
    early = await desk.post("approve", "lin", approval("0" * 64))
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    assert (early.json()["valid_values"], early.json()["state"]) == (["in_review"], "draft")
    digest = (await desk.post("submit", "chen")).json()["release_hash"]
    other = await desk.post("approve", "lin", approval("0" * 64))
    assert (other.status_code, other.json()["code"]) == (409, "release_hash_differs")
    assert other.json()["valid_values"] == [digest]
    unknown = await desk.ask("GET", "/v1/reviews?state=finished", "lin")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_state")


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": []},
        {"scope": ["price"]},
        {"methods": []},
        {"statement": "  "},
        {"release_hash": "x"},
        {"unknown": 1},
        {"affiliations": None},
        {"statement": "a\x00b"},
    ],
)
async def test_an_approval_that_does_not_say_enough_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    answer = await desk.post("approve", "lin", {**approval("0" * 64), **wrong})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_body")


async def test_the_same_post_sent_twice_with_a_key_acts_once(desk: Desk) -> None:
    await desk.house.draft("1", [A])
    first = await desk.post("submit", "chen", Idempotency_Key="k1")
    again = await desk.post("submit", "chen", Idempotency_Key="k1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    text = {"text": "why?"}
    ids = {(await desk.post("comments", "lin", text, Idempotency_Key="k2")).json()["id"] for _ in range(2)}
    assert len(ids) == 1


async def test_texts_are_normalised_before_they_are_recorded(desk: Desk) -> None:
    await desk.house.draft("1", [A])
    said = await desk.post("comments", "lin", {"text": "e\u0301tude"})
    assert (said.status_code, said.json()["text"]) == (201, "\u00e9tude")


async def test_retire_reinstate_and_recall_of_a_version(desk: Desk) -> None:
    await publish(desk)
    for who, status in ((None, 401), ("chen", 403), ("reader", 403), ("elsewhere", 403)):
        answer = await desk.ask("POST", f"{VERSION}/retire", who, {"reason": WHY})
        assert answer.status_code == status, who
    body = {"reason": WHY, "successor": "trial-set/b.2023@1"}
    done = await desk.ask("POST", f"{VERSION}/retire", "steward", body)
    assert (done.status_code, done.json()["status"]["status"]) == (200, "retired"), done.text
    assert done.headers["Factorbase-Basis"] == str(done.json()["basis"])
    read = await desk.ask("GET", VERSION)
    assert (read.status_code, read.headers["Factorbase-Status"]) == (200, "retired")
    assert read.headers["Link"] == '</v1/factors/trial-set/b.2023/versions/1>; rel="successor-version"'
    assert read.headers["Deprecation"].startswith("@")
    again = await desk.ask("POST", f"{VERSION}/retire", "zhao", body)
    assert (again.json()["code"], again.json()["valid_values"]) == ("wrong_state", ["published"])
    back = await desk.ask("POST", f"{VERSION}/reinstate", "zhao", {"reason": WHY})
    assert back.json()["status"]["status"] == "published"
    recall = {"reason": WHY, "errata_class": "unit"}
    assert (await desk.ask("POST", f"{VERSION}/recall", "steward", recall)).status_code == 403
    gone = await desk.ask("POST", f"{VERSION}/recall", "zhao", recall)
    assert gone.json()["status"]["errata_class"] == "unit"
    final = await desk.ask("POST", f"{VERSION}/reinstate", "zhao", {"reason": WHY})
    assert (final.status_code, final.json()["state"]) == (409, "recalled")
    envelope = (await desk.ask("GET", "/v1/factors/trial-set/a.2023")).json()
    assert envelope["status"]["status"] == "recalled"
    history = (await desk.ask("GET", "/v1/factors/trial-set/a.2023/versions")).json()["items"]
    assert history[0]["status"]["reason"] == WHY


async def test_a_retirement_ahead_is_announced_and_not_kept_in_memory(desk: Desk) -> None:
    await publish(desk)
    body = {"reason": WHY, "effective_from": "2100-01-01"}
    done = await desk.ask("POST", f"{VERSION}/retire", "zhao", body)
    block = done.json()["status"]
    assert (block["status"], block["pending"]["status"]) == ("published", "retired")
    assert block["pending"]["effective_from"] == "2100-01-01T00:00:00Z"
    read = await desk.ask("GET", VERSION)
    assert (read.headers["Factorbase-Status"], read.headers["Deprecation"]) == ("published", "@4102444800")
    for wrong in ("2100-01-01T00:00:00", "soon", 5, "9999-01-01"):
        answer = await desk.ask("POST", f"{VERSION}/retire", "zhao", {**body, "effective_from": wrong})
        assert answer.status_code == 400, wrong


async def test_retire_and_reinstate_of_a_release(desk: Desk) -> None:
    await publish(desk)
    done = await desk.post("retire", "zhao", {"reason": WHY})
    assert (done.status_code, done.json()["status"]["status"]) == (200, "retired"), done.text
    read = await desk.ask("GET", RELEASE)
    assert (read.json()["status"], read.headers["Deprecation"][0]) == ("retired", "@")
    assert (await desk.ask("GET", "/v1/factors?dataset=trial-set")).json()["items"] == []
    assert len((await desk.ask("GET", "/v1/factors?status=retired")).json()["items"]) == 2
    await desk.post("reinstate", "zhao", {"reason": WHY})
    assert (await desk.ask("GET", RELEASE)).json()["status"] == "published"
    missing = await desk.post("retire", "zhao", {"reason": WHY}, number="7")
    assert (missing.status_code, missing.json()["code"]) == (404, "release_not_found")
    recalled = await desk.post("recall", "zhao", {"reason": WHY, "errata_class": "method"})
    assert recalled.json()["status"]["status"] == "recalled"


async def test_a_factor_is_mapped_to_what_took_its_place(desk: Desk) -> None:
    await publish(desk)
    body = {"successors": [{"ref": "trial-set/b.2023", "relation": "merged", "note": WHY}]}
    path = "/v1/factors/trial-set/a.2023/successors"
    assert (await desk.ask("POST", path, "chen", body)).status_code == 403
    done = await desk.ask("POST", path, "steward", body)
    assert (done.status_code, done.json()["successors"][0]["relation"]) == (200, "merged"), done.text
    there = await desk.ask("GET", "/v1/factors/trial-set/a.2023")
    assert there.json()["successors"][0]["note"] == WHY
