"""Files sent for a release, over HTTP: what is answered, what is kept, what is refused."""

import asyncio
import hashlib
from pathlib import Path

import httpx
import pytest

from tests.intake.uploads_service import RELEASE, Service, factor, lines

GOOD = lines(factor("a.2023"), factor("b.2023", "0.6"))
WRONG = lines(factor("a.2023"), factor("b.2023", "much"))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_small_file_is_checked_at_once(intake: Service) -> None:
    answer = await intake.send(GOOD)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["state"] == "done"
    assert (body["counts"]["rows"], body["counts"]["factors"], body["counts"]["errors"]) == (2, 2, 0)
    assert answer.headers["Location"] == body["links"]["self"]
    assert int(answer.headers["Factorbase-Basis"]) >= 1
    assert (await intake.ask("GET", body["links"]["self"])).json()["id"] == body["id"]


async def test_the_upload_is_a_line_of_the_journal(intake: Service) -> None:
    size = (await intake.send(GOOD)).headers["Factorbase-Basis"]
    rows = await intake.rows("SELECT kind, subject FROM journal_entry ORDER BY position DESC LIMIT 1")
    assert tuple(rows[0]) == ("dataset:upload:accept", "trial-set/releases/1")
    assert int(size) == (await intake.rows("SELECT count(*) FROM journal_entry"))[0][0]


async def test_a_draft_is_saved_even_when_it_is_wrong(intake: Service) -> None:
    body = (await intake.send(WRONG)).json()
    assert body["counts"]["faulty_rows"] == 1
    assert body["counts"]["errors"] >= 1
    draft = await intake.draft()
    assert draft["state"] == "draft"
    assert draft["factors"] == 1
    assert draft["obstacles"][0]["code"] == "errors_stand"


async def test_findings_are_paged_and_filtered_and_name_their_place(intake: Service) -> None:
    many = lines(*(factor(f"k{n}.2023", "much") for n in range(7)), factor("fine.2023", "-1"))
    upload = (await intake.send(many)).json()
    path = upload["links"]["findings"]
    everything = (await intake.ask("GET", path, params={"limit": 500})).json()["items"]
    first = (await intake.ask("GET", path, params={"severity": "error", "limit": 5})).json()
    rest = (
        await intake.ask(
            "GET", path, params={"severity": "error", "limit": 5, "cursor": first["next_cursor"]}
        )
    ).json()
    errors = [item for item in everything if item["severity"] == "error"]
    assert [*first["items"], *rest["items"]] == errors
    assert rest["next_cursor"] is None
    assert len({item["key"] for item in errors}) == 7
    assert all(item["row"] and item["text"]["zh"] and item["text"]["en"] for item in errors)
    one = errors[0]["code"]
    assert len((await intake.ask("GET", path, params={"code": one})).json()["items"]) >= 7
    assert (await intake.ask("GET", path, params={"sheet": "nowhere"})).json()["items"] == []
    assert code(await intake.ask("GET", path, params={"colour": "red"}))[0] == 400


async def test_the_same_bytes_again_are_the_earlier_upload(intake: Service) -> None:
    first = await intake.send(GOOD)
    second = await intake.send(GOOD)
    assert second.status_code == 200
    assert second.headers["Factorbase-Replayed"] == "true"
    assert second.json()["id"] == first.json()["id"]
    assert (await intake.rows("SELECT count(*) FROM upload"))[0][0] == 1


async def test_going_back_to_an_earlier_file_takes_it_again(intake: Service) -> None:
    first = (await intake.send(GOOD)).json()
    await intake.send(WRONG)
    again = await intake.send(GOOD)
    assert again.status_code == 201
    assert again.json()["id"] != first["id"]
    assert (await intake.draft())["upload"] == again.json()["id"]


async def test_a_new_file_replaces_the_rows_and_the_old_one_stays_on_record(intake: Service) -> None:
    first = (await intake.send(GOOD)).json()
    await intake.send(lines(factor("c.2023")))
    draft = await intake.draft()
    assert (draft["factors"], draft["revision"]) == (1, 2)
    kept = await intake.ask("GET", first["links"]["file"])
    assert kept.content == GOOD


async def test_an_idempotency_key_gives_the_first_answer_and_refuses_another_file(intake: Service) -> None:
    key = {"Idempotency-Key": "once"}
    first = await intake.send(GOOD, headers=key)
    again = await intake.send(GOOD, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code(await intake.send(WRONG, headers=key)) == (422, "idempotency_key_reused")
    assert (await intake.draft())["revision"] == 1


async def test_a_dry_run_leaves_a_report_and_nothing_else(intake: Service) -> None:
    answer = await intake.send(WRONG, dry_run="true")
    assert answer.status_code == 201
    assert answer.json()["counts"]["errors"] >= 1
    assert answer.json()["links"]["draft"] is None
    assert (await intake.ask("GET", answer.json()["links"]["findings"])).json()["items"]
    for table in ("draft", "draft_factor"):
        assert (await intake.rows(f"SELECT count(*) FROM {table}"))[0][0] == 0
    assert (await intake.rows("SELECT count(*) FROM journal_entry WHERE kind LIKE 'dataset:%'"))[0][0] == 0


async def test_the_file_comes_back_byte_for_byte(intake: Service) -> None:
    upload = (await intake.send(WRONG, name="../国网 因子.ndjson")).json()
    assert upload["file"] == {"name": "国网 因子.ndjson", "sha256": hashlib.sha256(WRONG).hexdigest()}
    answer = await intake.ask("GET", upload["links"]["file"], "reviewer")
    assert answer.content == WRONG
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_of_another_kind_is_an_upload_with_one_error(intake: Service) -> None:
    answer = await intake.send(b"%PDF-1.7 nothing to see", name="report.pdf")
    assert answer.status_code == 201
    assert answer.json()["counts"]["errors"] == 1
    assert answer.json()["findings"][0]["code"] == "file_format_not_taken"


async def test_who_may_upload(intake: Service) -> None:
    assert code(await intake.send(GOOD, who=None)) == (401, "sign_in_required")
    assert code(await intake.send(GOOD, who="stranger")) == (403, "role_missing")
    assert code(await intake.send(GOOD, who="reviewer")) == (403, "role_missing")
    await intake.somebody("other", "contributor", "other-set")
    assert code(await intake.send(GOOD, who="other")) == (403, "role_missing")
    await intake.somebody("anywhere", "contributor", "*")
    assert (await intake.send(GOOD, who="anywhere")).status_code == 201


async def test_uploads_are_hidden_from_strangers(intake: Service) -> None:
    upload = (await intake.send(GOOD)).json()
    for path in (upload["links"]["self"], upload["links"]["findings"], upload["links"]["file"]):
        assert code(await intake.ask("GET", path, "stranger")) == (404, "upload_not_found")
        assert code(await intake.ask("GET", path, None))[0] == 401
        assert (await intake.ask("GET", path, "reviewer")).status_code == 200
    assert code(await intake.ask("GET", f"{RELEASE}/1/draft", "stranger")) == (404, "draft_not_found")


async def test_a_draft_in_review_takes_no_file(intake: Service) -> None:
    await intake.send(GOOD)
    for state in ("in_review", "approved"):
        await intake.run(f"UPDATE draft SET state = '{state}'")
        assert code(await intake.send(WRONG)) == (409, "draft_in_review")
    await intake.run("UPDATE draft SET state = 'published'")
    assert code(await intake.send(WRONG)) == (409, "draft_closed")


async def test_changes_requested_goes_back_to_draft_with_a_new_file(intake: Service) -> None:
    await intake.send(GOOD)
    await intake.run("UPDATE draft SET state = 'changes_requested'")
    assert (await intake.send(WRONG)).status_code == 201
    assert (await intake.draft())["state"] == "draft"


async def test_a_rejected_number_may_be_begun_anew(intake: Service) -> None:
    await intake.send(GOOD)
    await intake.run("UPDATE draft SET state = 'rejected'")
    assert (await intake.send(GOOD)).status_code == 201
    assert (await intake.draft())["state"] == "draft"
    assert (await intake.rows("SELECT count(*) FROM draft"))[0][0] == 2


async def test_of_two_files_at_once_one_wins(intake: Service) -> None:
    await intake.send(GOOD)
    files = [lines(factor(f"c{n}.2023")) for n in range(4)]
    answers = await asyncio.gather(*(intake.send(data) for data in files))
    outcomes = sorted(code(answer) for answer in answers)
    won = [outcome for outcome in outcomes if outcome[0] == 201]
    lost = [outcome for outcome in outcomes if outcome[0] != 201]
    assert won
    assert all(outcome == (409, "draft_changed") for outcome in lost)
    assert (await intake.draft())["revision"] == 1 + len(won)
    assert (await intake.rows("SELECT count(*) FROM upload"))[0][0] == 1 + len(won)


async def test_of_two_first_files_at_once_one_opens_the_draft(intake: Service) -> None:
    files = [lines(factor(f"c{n}.2023")) for n in range(4)]
    answers = await asyncio.gather(*(intake.send(data) for data in files))
    assert {code(answer) for answer in answers} <= {(201, ""), (409, "draft_changed")}
    assert (await intake.rows("SELECT count(*) FROM draft"))[0][0] == 1


async def test_if_match_guards_an_upload(intake: Service) -> None:
    await intake.send(GOOD)
    etag = (await intake.ask("GET", f"{RELEASE}/1/draft")).headers["ETag"]
    assert (await intake.send(WRONG, headers={"If-Match": etag})).status_code == 201
    assert code(await intake.send(GOOD, headers={"If-Match": etag})) == (412, "draft_changed")


@pytest.mark.parametrize(
    ("number", "query", "expected"),
    [
        ("x", {}, (422, "invalid_release_name")),
        ("1", {"mode": "delta"}, (422, "no_base_release")),
        ("1", {"mode": "some"}, (400, "invalid_parameter")),
    ],
)
async def test_what_makes_no_sense_is_refused(
    intake: Service, number: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code(await intake.send(GOOD, number, **query)) == expected


async def test_a_body_out_of_form_is_refused(intake: Service) -> None:
    path = f"{RELEASE}/1/upload"
    assert code(await intake.ask("POST", path, json={"file": "x"})) == (400, "invalid_body")
    assert code(await intake.ask("POST", path, data={"file": "x"}, files={"other": b"x"})) == (
        400,
        "file_missing",
    )
    broken = {"Content-Type": "multipart/form-data"}
    assert code(await intake.ask("POST", path, content=b"x", headers=broken)) == (400, "invalid_body")


async def test_the_template_can_be_had_by_anybody(intake: Service) -> None:
    answer = await intake.ask("GET", "/v1/templates/factors.xlsx", None)
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
    known = {"If-None-Match": answer.headers["ETag"]}
    assert (await intake.ask("GET", "/v1/templates/factors.xlsx", None, headers=known)).status_code == 304


async def test_the_marked_file_is_a_workbook(intake: Service) -> None:
    upload = (await intake.send(WRONG)).json()
    answer = await intake.ask("GET", upload["links"]["marked_file"])
    assert answer.status_code == 200, answer.text
    assert answer.content[:2] == b"PK"


async def test_a_file_above_the_limit_is_refused_told_or_not(intake: Service) -> None:
    big = b"x" * 21_000_000
    assert code(await intake.send(big)) == (413, "file_too_large")

    async def streamed() -> object:
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        yield body
        for _ in range(21):
            yield b"x" * 1_000_000
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await intake.ask("POST", f"{RELEASE}/1/upload", content=streamed(), headers=headers)
    assert code(answer) == (413, "file_too_large")
    assert (await intake.rows("SELECT count(*) FROM blob"))[0][0] == 0


async def test_nothing_is_left_on_disk(
    intake: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    upload = (await intake.send(WRONG)).json()
    await intake.ask("GET", upload["links"]["marked_file"])
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
