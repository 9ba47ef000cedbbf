"""Drafts over HTTP: revisions, description, explanations, attachments, rows left out; and freezing."""

import asyncio
import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from app.catalog import editions
from app.intake import drafts
from app.kit.db import snapshot, transaction
from tests.intake.drafts_published import freeze, publish
from tests.intake.uploads_service import ABOUT, DATASET, RELEASE, Service, factor, lines

DRAFT = f"{RELEASE}/1/draft"
GOOD = lines(factor("a.2023"), factor("b.2023", "0.6"))
WARNED = lines(factor("a.2023", "-1"), factor("b.2023", "-2"), factor("c.2023"))
WRONG = lines(factor("a.2023"), factor("b.2023", "much"), factor("c.2023", "more"))
TERMS = {"zh": "a", "en": "b"}
PDF = b"%PDF-1.7\n%nothing\n"


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def etag(intake: Service) -> dict[str, str]:
    return {"If-Match": (await intake.ask("GET", DRAFT)).headers["ETag"]}


async def obstacles(intake: Service) -> dict[str, int]:
    return {o["code"]: o["count"] for o in (await intake.draft())["obstacles"]}


async def attach(intake: Service, data: bytes, name: str, who: str = "contributor", **fields: str) -> Any:
    return await intake.ask(
        "POST", f"{RELEASE}/1/attachments", who, files={"file": (name, data)}, data=fields
    )


async def test_a_change_needs_the_revision_that_was_seen(intake: Service) -> None:
    await intake.send(GOOD)
    body = {"metadata": {"reason": {"zh": "更正", "en": "corrected"}}}
    assert code(await intake.ask("PATCH", DRAFT, json=body)) == (428, "precondition_required")
    seen = await etag(intake)
    answer = await intake.ask("PATCH", DRAFT, json=body, headers=seen)
    assert answer.status_code == 200
    assert answer.json()["metadata"]["reason"]["en"] == "corrected"
    assert answer.json()["metadata"]["name"] == {"zh": "试验数据集", "en": "Trial dataset"}
    assert answer.headers["ETag"] != seen["If-Match"]
    assert int(answer.headers["Factorbase-Basis"]) > 0
    stale = await intake.ask("PATCH", DRAFT, json=body, headers=seen)
    assert code(stale) == (412, "draft_changed")
    assert stale.json()["current"] == answer.headers["ETag"]


async def test_of_two_changes_at_once_one_wins(intake: Service) -> None:
    await intake.send(GOOD)
    seen = await etag(intake)
    answers = await asyncio.gather(
        *(intake.ask("PATCH", DRAFT, json={"metadata": {"sector": f"s{n}"}}, headers=seen) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert {code(answer) for answer in answers if answer.status_code != 200} <= {
        (409, "draft_changed"),
        (412, "draft_changed"),
    }


async def test_a_statement_by_hand_outlives_a_new_file_and_can_be_taken_back(intake: Service) -> None:
    await intake.send(GOOD)
    body: dict[str, Any] = {"metadata": {"sector": "cement"}}
    await intake.ask("PATCH", DRAFT, json=body, headers=await etag(intake))
    await intake.send(WARNED)
    assert (await intake.draft())["metadata"]["sector"] == "cement"
    body["metadata"]["sector"] = None
    await intake.ask("PATCH", DRAFT, json=body, headers=await etag(intake))
    assert (await intake.draft())["metadata"]["sector"] == "electricity"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"policy": "panel"}, (200, "")),
        ({"policy": "transcription"}, (422, "policy_not_allowed")),
        ({"policy": "none"}, (400, "invalid_body")),
        ({"state": "published"}, (400, "invalid_body")),
        ({"metadata": {"files": {}}}, (400, "invalid_body")),
        ({"metadata": {"licence": {"id": "x", "terms": TERMS, "url": "javascript:1"}}}, (400, "invalid_body")),
        ({"answers": {"b.2023": "retire"}}, (422, "not_gone")),
        ({"answers": {"*": "drop"}}, (200, "")),
    ],
)  # fmt: skip
async def test_what_may_be_changed_by_hand(
    intake: Service, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    await intake.send(GOOD)
    assert code(await intake.ask("PATCH", DRAFT, json=body, headers=await etag(intake))) == expected


async def test_who_may_change_a_draft(intake: Service) -> None:
    await intake.send(GOOD)
    for method, path in (
        ("PATCH", "draft"),
        ("POST", "explanations"),
        ("POST", "leave-out"),
        ("POST", "attachments"),
    ):
        body: dict[str, Any] = {"json": {"code": "x", "text": "y"} if path == "explanations" else {}}
        if path == "attachments":
            body = {"files": {"file": ("a.pdf", PDF)}}
        address = f"{RELEASE}/1/{path}"
        assert code(await intake.ask(method, address, None, **body))[0] == 401, path
        assert code(await intake.ask(method, address, "stranger", **body)) == (404, "draft_not_found"), path
        assert code(await intake.ask(method, address, "reviewer", **body)) == (403, "role_missing"), path


async def test_warnings_are_explained_one_by_one_or_all_of_a_code(intake: Service) -> None:
    upload = (await intake.send(WARNED)).json()
    assert upload["counts"]["errors"] == 0, upload["findings"]
    path = upload["links"]["findings"]
    warnings = (await intake.ask("GET", path, params={"severity": "warning"})).json()["items"]
    negative = [item for item in warnings if item["code"] == "value_negative"]
    assert len(negative) == 2
    assert (await obstacles(intake))["warnings_unexplained"] == len({w["finding"] for w in warnings})
    one = {"items": [{"finding": negative[0]["finding"], "text": "吸收汇"}]}
    answer = await intake.ask("POST", f"{RELEASE}/1/explanations", json=one)
    assert answer.status_code == 200, answer.text
    assert answer.json()["explanations_missing"] == len(warnings) - 1
    shown = (await intake.ask("GET", path, params={"code": "value_negative"})).json()["items"]
    assert [item["explanation"] for item in shown].count("吸收汇") == 1
    for name in {item["code"] for item in warnings}:
        await intake.ask("POST", f"{RELEASE}/1/explanations", json={"code": name, "text": "as it is"})
    assert "warnings_unexplained" not in await obstacles(intake)


async def test_an_explanation_holds_for_the_same_finding_and_no_other(intake: Service) -> None:
    await intake.send(WARNED)
    for name in ("value_negative",):
        await intake.ask("POST", f"{RELEASE}/1/explanations", json={"code": name, "text": "a sink"})
    await intake.send(lines(factor("x.2023"), factor("a.2023", "-1"), factor("b.2023", "-3")))
    async with snapshot(intake.engine) as connection:
        draft = await drafts.find(connection, DATASET, "1")
        assert [words for _, words, _ in await drafts.manifest_explanations(connection, draft)] == ["a sink"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"items": [{"finding": "0" * 32, "text": "x"}]}, (422, "no_such_warning")),
        ({"code": "no_such_code", "text": "x"}, (422, "no_such_warning")),
        ({"code": "value_negative"}, (400, "invalid_body")),
        ({}, (400, "invalid_body")),
        ({"items": [{"finding": "0" * 32, "text": " "}]}, (400, "invalid_body")),
        ({"code": "value_negative", "text": "a\x00b"}, (400, "invalid_body")),
        ({"code": "value_negative", "text": "\ud800"}, (400, "invalid_body")),
    ],
)
async def test_only_a_warning_that_is_there_is_explained(
    intake: Service, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    await intake.send(WARNED)
    revision = (await intake.draft())["revision"]
    headers = {"Content-Type": "application/json"}
    sent = await intake.ask(
        "POST", f"{RELEASE}/1/explanations", content=json.dumps(body).encode(), headers=headers
    )
    assert code(sent) == expected
    assert (await intake.draft())["revision"] == revision


async def test_rows_with_errors_are_left_out_on_the_record(intake: Service) -> None:
    await intake.send(WRONG)
    assert (await obstacles(intake))["errors_stand"] >= 2
    answer = await intake.ask("POST", f"{RELEASE}/1/leave-out")
    assert answer.status_code == 200, answer.text
    assert [row["key"] for row in answer.json()["rows"]] == ["b.2023", "c.2023"]
    draft = await intake.draft()
    assert (draft["left_out_rows"], draft["factors"]) == (2, 1)
    assert "errors_stand" not in await obstacles(intake)
    kinds = [row[0] for row in await intake.rows("SELECT kind FROM journal_entry ORDER BY position")]
    assert kinds[-1] == "dataset:draft:leave_out"
    await intake.send(lines(factor("b.2023", "much")))
    assert (await intake.draft())["left_out_rows"] == 0
    assert "errors_stand" in await obstacles(intake)


async def test_nothing_is_left_out_where_nothing_is_wrong(intake: Service) -> None:
    await intake.send(GOOD)
    assert code(await intake.ask("POST", f"{RELEASE}/1/leave-out")) == (409, "no_rows_with_errors")


async def test_the_development_report_is_wanted_and_can_be_attached(intake: Service) -> None:
    await intake.send(GOOD)
    assert "development_report_missing" in await obstacles(intake)
    answer = await attach(intake, PDF, "研制报告.pdf", kind="development_report", access_class="restricted")
    assert answer.status_code == 201, answer.text
    item = answer.json()
    assert (item["media_type"], item["kind"], item["size"]) == ("application/pdf", "development_report", 18)
    assert "development_report_missing" not in await obstacles(intake)
    assert [a["sha256"] for a in (await intake.draft())["attachments"]] == [item["sha256"]]
    got = await intake.ask("GET", item["links"]["self"], "reviewer")
    assert got.content == PDF
    assert got.headers["Repr-Digest"].startswith("sha-256=:")


def packed(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.pdf", b"", (422, "attachment_empty")),
        ("a.pdf", b"<html><script>alert(1)</script>", (422, "attachment_type_refused")),
        ("a.svg", b"<svg onload='alert(1)'/>", (422, "attachment_type_refused")),
        ("a.exe", b"MZ\x90\x00\x03", (422, "attachment_type_refused")),
        ("a.html", "普通文本".encode(), (422, "attachment_type_mismatch")),
        ("a.pdf", b"\x89PNG\r\n\x1a\n000", (422, "attachment_type_mismatch")),
        ("a.docx", packed("xl/workbook.xml"), (422, "attachment_type_mismatch")),
        ("a.xlsx", packed("xl/workbook.xml", "xl/vbaProject.bin"), (422, "attachment_type_refused")),
        ("a.xlsx", packed("xl/workbook.xml"), (201, "")),
        ("a.zip", packed("any"), (201, "")),
        ("a.txt", "说明".encode("gb18030"), (201, "")),
        ("a.png", b"\x89PNG\r\n\x1a\n000", (201, "")),
    ],
)
async def test_the_content_of_an_attachment_decides_and_its_name_must_agree(
    intake: Service, name: str, data: bytes, expected: tuple[int, str]
) -> None:
    await intake.send(GOOD)
    assert code(await attach(intake, data, name)) == expected


async def test_an_attachment_of_no_known_kind_is_refused(intake: Service) -> None:
    await intake.send(GOOD)
    assert code(await attach(intake, PDF, "a.pdf", kind="letter")) == (400, "invalid_body")
    assert code(await attach(intake, PDF, "a.pdf", access_class="secret")) == (400, "invalid_body")


async def test_attachments_are_read_by_their_class_once_the_release_is_published(intake: Service) -> None:
    await intake.send(GOOD)
    paths = {}
    for place, name in enumerate(("public", "registered", "restricted")):
        answer = await attach(intake, PDF + bytes([65 + place]), "a.pdf", access_class=name)
        paths[name] = answer.json()["links"]["self"]
    for path in paths.values():
        for who in (None, "stranger"):
            assert code(await intake.ask("GET", path, who)) == (404, "attachment_not_found")
    await intake.run("UPDATE draft SET state = 'published'")
    allowed = {"public": (None, "stranger"), "registered": ("stranger",), "restricted": ()}
    for name, path in paths.items():
        for who in (None, "stranger", "reviewer", "contributor"):
            may = who in allowed[name] or who in ("reviewer", "contributor")
            assert (await intake.ask("GET", path, who)).status_code == (200 if may else 404), (name, who)


async def test_freezing_binds_attachments_and_explanations_to_the_hash(intake: Service) -> None:
    await intake.send(WARNED)
    attached = (await attach(intake, PDF, "report.pdf", kind="development_report")).json()
    await intake.ask("POST", f"{RELEASE}/1/explanations", json={"code": "value_negative", "text": "a sink"})
    frozen = await freeze(intake, "1")
    row = (await intake.rows("SELECT manifest, release_hash FROM release"))[0]
    manifest = json.loads(row.manifest)
    assert manifest["attachments"][0][0] == attached["sha256"]
    assert [words for _, words, _ in manifest["explanations"]] == ["a sink", "a sink"]
    assert [item[0] for item in manifest["items"]] == ["a.2023", "b.2023", "c.2023"]
    draft = (await intake.rows("SELECT release_id, release_hash FROM draft"))[0]
    assert tuple(draft) == (frozen.release_id, row.release_hash)


async def test_a_draft_is_thawed_and_frozen_again(intake: Service) -> None:
    await intake.send(GOOD)
    first = await freeze(intake, "1")
    async with transaction(intake.engine) as connection:
        await drafts.thaw(connection, await drafts.find(connection, DATASET, "1"))
    assert (await intake.rows("SELECT count(*) FROM release"))[0][0] == 0
    again = await freeze(intake, "1")
    assert again.release_hash == first.release_hash


async def test_a_delta_goes_over_the_factors_of_the_last_release(intake: Service) -> None:
    await publish(intake, "1", lines(factor("a.2023", "0.5"), factor("b.2023"), factor("c.2023")))
    frozen = await publish(intake, "2", lines(factor("b.2023", "0.7"), factor("d.2023")), mode="delta")
    assert (frozen.added, frozen.changed, frozen.gone) == (1, 1, 0)
    async with snapshot(intake.engine) as connection:
        values = {d["key"]: d["value"] async for d in editions.carried_documents(connection, DATASET)}
    assert values == {"a.2023": "0.5", "b.2023": "0.7", "c.2023": "0.5580", "d.2023": "0.5580"}


async def test_one_factor_is_corrected_without_a_description_of_the_dataset(intake: Service) -> None:
    await publish(intake, "1", lines(factor("a.2023", "0.5"), factor("b.2023")))
    row = json.dumps(factor("a.2023", "0.51", source="")) + "\n"
    await intake.send(row.encode(), "2", mode="delta")
    draft = await intake.draft("2")
    assert draft["metadata"]["name"] == {"zh": ABOUT["name_zh"], "en": ABOUT["name_en"]}
    assert draft["changes"]["carried"] >= 1


@pytest.mark.parametrize(
    ("answer", "keys", "retired"),
    [
        ("carry_forward", ["a.2023", "b.2023"], []),
        ("retire", ["a.2023"], ["b.2023"]),
        ("drop", ["a.2023"], []),
    ],
)
async def test_what_is_gone_comes_along_or_not_as_the_contributor_said(
    intake: Service, answer: str, keys: list[str], retired: list[str]
) -> None:
    await publish(intake, "1", lines(factor("a.2023"), factor("b.2023")))
    await intake.send(lines(factor("a.2023", "0.7")), "2")
    path = f"{RELEASE}/2/draft"
    assert {o["code"] for o in (await intake.draft("2"))["obstacles"]} >= {"gone_unanswered"}
    seen = {"If-Match": (await intake.ask("GET", path)).headers["ETag"]}
    said = await intake.ask("PATCH", path, json={"answers": {"b.2023": answer}}, headers=seen)
    assert said.status_code == 200, said.text
    assert "gone_unanswered" not in {o["code"] for o in said.json()["obstacles"]}
    async with snapshot(intake.engine) as connection:
        draft = await drafts.find(connection, DATASET, "2")
        assert sorted(s["key"] for s in await drafts.substances(connection, draft)) == keys
        assert await drafts.to_retire(connection, draft) == retired


async def test_two_releases_in_flight_the_second_sees_its_base_moved(intake: Service) -> None:
    await publish(intake, "1", lines(factor("a.2023")))
    await intake.send(lines(factor("a.2023", "0.7")), "3")
    assert (await intake.draft("3"))["base"]["moved"] is False
    await publish(intake, "2", lines(factor("a.2023", "0.6")))
    base = (await intake.draft("3"))["base"]
    assert (base["moved"], base["release"]) == (True, "2")
    assert code(await intake.send(GOOD, "2"))[0] == 409
    assert code(await intake.send(GOOD, "1.5")) == (422, "release_number_not_ascending")


async def test_a_move_happens_once(intake: Service) -> None:
    await intake.send(GOOD)

    async def move() -> bool:
        async with transaction(intake.engine) as connection:
            draft = await drafts.find(connection, DATASET, "1")
            return await drafts.move(connection, draft.id, {"draft"}, "in_review")

    assert sorted(await asyncio.gather(*(move() for _ in range(4)))) == [False, False, False, True]


async def test_everybody_who_changed_a_draft_has_a_hand_in_it(intake: Service) -> None:
    second = await intake.somebody("second", "contributor")
    await intake.send(GOOD)
    await intake.ask("PATCH", DRAFT, "second", json={"policy": "panel"}, headers=await etag(intake))
    rows = await intake.rows("SELECT created_by, hands FROM draft")
    assert set(rows[0].hands) == {rows[0].created_by, second}
