"""Exact bytes over HTTP: hashes, validators, withdrawal marks, and the cache in front of them."""

import base64
import hashlib
import json

import httpx
from sqlalchemy import text

from app.kit.db import make_engine, transaction
from tests.catalog.releases import published, substance
from tests.conftest import ClientOf

PATH = "/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/1"


async def test_the_bytes_of_a_version_hash_to_its_etag(client: httpx.AsyncClient) -> None:
    for _ in range(2):  # from the database, then from memory
        answer = await client.get(PATH, headers={"Accept-Encoding": "gzip"})
        digest = hashlib.sha256(answer.content)
        assert answer.headers["ETag"] == f'"{digest.hexdigest()}"'
        assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        assert answer.headers["Cache-Control"] == "public, max-age=300, no-transform"
        assert "Content-Encoding" not in answer.headers
        assert answer.json()["value"] == "0.5580"


async def test_the_same_bytes_answer_by_hash_for_ever(client: httpx.AsyncClient) -> None:
    version = await client.get(PATH)
    by_hash = await client.get(f"/v1/documents/{version.headers['ETag'].strip(chr(34))}")
    assert by_hash.content == version.content
    assert "immutable" in by_hash.headers["Cache-Control"]


async def test_a_known_etag_is_answered_with_304_and_the_same_headers(client: httpx.AsyncClient) -> None:
    full = await client.get(PATH)
    for tag in (full.headers["ETag"], f"W/{full.headers['ETag']}", f'"x", {full.headers["ETag"]}', "*"):
        known = await client.get(PATH, headers={"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")
        for name in ("ETag", "Repr-Digest", "Cache-Control"):
            assert known.headers[name] == full.headers[name]
    other = await client.get(PATH, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_head_answers_like_get_without_the_body(client: httpx.AsyncClient) -> None:
    full, head = await client.get(PATH), await client.head(PATH)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == full.headers["Content-Length"]


async def test_the_envelope_holds_the_document_as_it_is_hashed(client: httpx.AsyncClient) -> None:
    version = await client.get(PATH)
    envelope = await client.get("/v1/factors/cn-grid-co2/average.cn-bj.2022")
    assert version.content in envelope.content
    assert list(envelope.json())[:2] == ["ref", "status"]
    for link in envelope.json()["links"].values():
        assert (await client.get(link)).status_code == 200, link


async def test_a_request_id_is_kept_or_given(client: httpx.AsyncClient) -> None:
    for path in (PATH, "/healthz"):
        kept = await client.get(path, headers={"X-Request-Id": "audit-7"})
        given = await client.get(path, headers={"X-Request-Id": "no good\x7f"})
        assert kept.headers["X-Request-Id"] == "audit-7"
        assert len(given.headers["X-Request-Id"]) == 16


async def test_a_new_version_is_seen_at_once_and_the_old_one_points_to_it(
    client_of: ClientOf, empty_url: str
) -> None:
    engine = make_engine(empty_url)
    await seeded_reference(engine)
    first = await published(engine, "1", [substance("a.2023", "1.0")])
    service = await client_of(empty_url)
    old = "/v1/factors/trial-set/a.2023/versions/1"
    for _ in range(2):
        assert "Link" not in (await service.get(old)).headers
    second = await published(engine, "2", [substance("a.2023", "1.5")])
    await heard(service)
    for _ in range(2):
        answer = await service.get(old)
        assert answer.headers["Link"] == '</v1/factors/trial-set/a.2023/versions/2>; rel="successor-version"'
        assert "Deprecation" not in answer.headers
    history = (await service.get("/v1/factors/trial-set/a.2023/versions")).json()["items"]
    assert [(item["version"], item["percent_change"]) for item in history] == [(2, "50"), (1, None)]
    assert [item["status"]["superseded_by"] for item in history] == [None, 2]
    diff = (await service.get("/v1/factors/trial-set/a.2023/diff", params={"from": 1, "to": 2})).json()
    assert {"/value", "/value_published"} <= {change["path"] for change in diff["changes"]}
    then = await service.get("/v1/factors/trial-set/a.2023", params={"basis": first.size})
    assert (then.json()["version"], then.json()["status"]["superseded_by"]) == (1, None)
    assert second.size > first.size
    await engine.dispose()


async def test_a_retired_version_still_answers_and_says_so(client_of: ClientOf, empty_url: str) -> None:
    """Retiring is an act of a later part; its events are read already, so one is written here as they will be."""
    engine = make_engine(empty_url)
    await seeded_reference(engine)
    await published(engine, "1", [substance("a.2023"), substance("b.2023")])
    await published(engine, "1", [substance("c.2023", dataset="other-set")], "other-set")
    reason = json.dumps({"zh": "来源撤回", "en": "source withdrawn"}).encode()
    async with transaction(engine) as connection:
        await connection.execute(
            text(
                "INSERT INTO status_event (version_id, position, status, reason, successor)"
                " SELECT version_id, 5, 'retired', :reason, 'trial-set/b.2023@1' FROM catalog_row"
                " WHERE ref = 'trial-set/a.2023'"
            ),
            {"reason": reason},
        )
        await connection.execute(
            text("UPDATE catalog_row SET status = 'retired' WHERE ref = 'trial-set/a.2023'")
        )
    service = await client_of(empty_url)
    for _ in range(2):
        answer = await service.get("/v1/factors/trial-set/a.2023/versions/1")
        assert answer.status_code == 200
        assert answer.headers["Factorbase-Status"] == "retired"
        assert answer.headers["Deprecation"].startswith("@")
        assert "b.2023/versions/1" in answer.headers["Link"]
    known = await service.get(
        "/v1/factors/trial-set/a.2023/versions/1", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (known.status_code, known.headers["Deprecation"]) == (304, answer.headers["Deprecation"])
    envelope = (await service.get("/v1/factors/trial-set/a.2023")).json()
    assert envelope["status"]["reason"]["en"] == "source withdrawn"
    listed = (await service.get("/v1/factors", params={"dataset": "trial-set"})).json()["items"]
    assert [item["ref"] for item in listed] == ["trial-set/b.2023"]
    retired = (await service.get("/v1/factors", params={"status": "retired"})).json()["items"]
    assert [item["ref"] for item in retired] == ["trial-set/a.2023"]
    before = (await service.get("/v1/factors", params={"dataset": "trial-set", "basis": 4})).json()["items"]
    assert len(before) == 2
    await engine.dispose()


async def seeded_reference(engine: object) -> None:
    from app.intake.seeding import publish_reference
    from tests.conftest import ORIGIN, SEED_DATA

    await publish_reference(engine, SEED_DATA / "reference", ORIGIN)  # type: ignore[arg-type]


async def heard(client: httpx.AsyncClient) -> None:
    """Wait until the process has heard of the newest journal entries (bounded)."""
    import asyncio

    hot = client.front.hot  # type: ignore[attr-defined]
    before = hot.generation
    for _ in range(100):
        if hot.generation > before or len(hot) == 0:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the journal was not heard")
