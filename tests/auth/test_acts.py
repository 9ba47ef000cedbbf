"""What the acts leave behind: rows, journal lines, pages; and how they refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.auth import service
from app.kit.db import transaction
from tests.auth.people import People


async def lines(people: People) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, subject, details) of the journal, in order."""
    rows = await people.run(
        "SELECT kind, subject, details FROM journal_entry JOIN journal_detail USING (position) ORDER BY position"
    )
    return [(row.kind, row.subject, json.loads(bytes(row.details))) for row in rows]


async def test_every_write_is_a_journal_line_with_its_actor_and_a_basis(people: People) -> None:
    admin_id, admin = await people.somebody("admin")
    basis = []

    async def write(method: str, path: str, body: Any = None) -> Any:
        answer = await people.ask(method, path, admin, body)
        assert answer.status_code < 300, answer.text
        basis.append(int(answer.headers["factorbase-basis"]))
        return answer.json()

    await write("POST", "/v1/organisations", {"id": "cisa", "name": {"zh": "中钢协", "en": "CISA"}})
    made = await write("POST", "/v1/principals", {"name": "李娜", "organisation": "cisa"})
    path = f"/v1/principals/{made['id']}"
    added = await write(
        "POST", f"{path}/affiliations", {"organisation": "cisa", "from": "2020-01-01", "declared": True}
    )
    await write("DELETE", f"{path}/affiliations/{added['id']}")
    grant = await write(
        "POST", "/v1/grants", {"principal": made["id"], "role": "reviewer", "organisation": "cisa"}
    )
    await write("DELETE", f"/v1/grants/{grant['id']}")
    key = await write("POST", "/v1/keys", {"principal": made["id"]})
    await write("DELETE", f"/v1/keys/{key['id']}")
    await write("POST", f"{path}/sign-ins", {"issuer": "https://id.example", "subject": "li.na"})
    await write("POST", f"{path}/disable")
    await write("POST", f"{path}/enable")
    found = await lines(people)
    assert [kind for kind, _, _ in found] == [
        "organisation:record:create",
        "principal:record:create",
        "principal:affiliation:add",
        "principal:affiliation:add",
        "principal:affiliation:end",
        "principal:grant:add",
        "principal:grant:revoke",
        "principal:key:create",
        "principal:key:revoke",
        "principal:sign_in:link",
        "principal:record:disable",
        "principal:record:enable",
    ]
    assert {subject for _, subject, _ in found[1:]} == {f"principal/{made['id']}"}
    assert {details["actor"] for _, _, details in found} == {admin_id}
    assert {details["key"] is not None for _, _, details in found} == {True}
    assert {details["address"] for _, _, details in found} == {"127.0.0.1"}
    assert basis == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]


async def test_no_name_of_a_person_stands_in_an_entry_that_cannot_be_erased(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    await people.ask("POST", "/v1/principals", admin, {"name": "Zhang Unmistakable"})
    entries = await people.run("SELECT convert_from(entry, 'UTF8') FROM journal_entry")
    assert "Unmistakable" not in str(entries)
    assert (await lines(people))[0][2]["name"] == "Zhang Unmistakable"


async def test_what_is_refused_leaves_nothing_behind(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    sent = {"name": "Li Na", "organisation": "nowhere"}
    refused = await people.ask("POST", "/v1/principals", admin, sent)
    assert (refused.status_code, refused.json()["code"]) == (404, "organisation_not_found")
    assert await people.run("SELECT 1 FROM principal WHERE name = 'Li Na'") == []
    assert await lines(people) == []


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("/v1/organisations", {"id": "twice", "name": {"zh": "二", "en": "Two"}}, 409, "organisation_exists"),
    ("/v1/organisations", {"id": "Not A Slug", "name": {"zh": "二", "en": "Two"}}, 400, "invalid_body"),
    ("/v1/organisations", {"id": "new", "name": {"zh": "", "en": "Two"}}, 400, "invalid_body"),
    ("/v1/organisations", {"id": "new", "name": {"zh": "a\x00", "en": "Two"}}, 400, "invalid_body"),
    ("/v1/organisations", {"id": "new", "name": {"zh": "\ud800", "en": "Two"}}, 400, "invalid_body"),
    ("/v1/organisations", {"id": "new", "name": "Two"}, 400, "invalid_body"),
    ("/v1/organisations", {"id": "new", "name": {"zh": "二", "en": "Two"}, "x": 1}, 400, "invalid_body"),
    ("/v1/principals", {"name": "x" * 201}, 400, "invalid_body"),
    ("/v1/principals", {"name": "A", "kind": "robot"}, 400, "invalid_body"),
    ("/v1/principals", {"name": "Twice"}, 409, "principal_exists"),
    ("/v1/grants", {"principal": "{p}", "role": "owner", "dataset": "*"}, 400, "invalid_body"),
    ("/v1/grants", {"principal": "{p}", "role": "reader"}, 422, "invalid_scope"),
    (
        "/v1/grants",
        {"principal": "{p}", "role": "reader", "dataset": "*", "organisation": "twice"},
        422,
        "invalid_scope",
    ),
    ("/v1/grants", {"principal": "{p}", "role": "reader", "dataset": "A B"}, 400, "invalid_body"),
    ("/v1/grants", {"principal": "{p}", "role": "admin", "dataset": "cn-x"}, 422, "admin_is_for_all"),
    ("/v1/grants", {"principal": "{p}", "role": "auditor", "dataset": "*"}, 409, "grant_exists"),
    ("/v1/grants", {"principal": "seed", "role": "publisher", "dataset": "*"}, 409, "principal_reserved"),
    ("/v1/keys", {"principal": "seed"}, 409, "principal_reserved"),
    (
        "/v1/grants",
        {"principal": "{p}", "role": "reader", "organisation": "nowhere"},
        404,
        "organisation_not_found",
    ),
    ("/v1/grants", {"principal": "nobody", "role": "reader", "dataset": "*"}, 404, "principal_not_found"),
    (
        "/v1/principals/{p}/affiliations",
        {"organisation": "twice", "from": "2026-02-01", "to": "2026-01-31"},
        422,
        "days_out_of_order",
    ),
    ("/v1/principals/{p}/affiliations", {"organisation": "twice", "from": "soon"}, 400, "invalid_body"),
    ("/v1/keys?x=1", {}, 400, "unknown_parameter"),
]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    REFUSED,
    ids=[f"{row[0]}-{row[3]}-{i}" for i, row in enumerate(REFUSED)],
)
async def test_a_wrong_request_gets_a_clear_answer(
    crowd: People, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    admin = (await crowd.somebody("admin"))[1]
    principal = await crowd.principal()
    await crowd.grant(principal, "auditor")
    await crowd.ask("POST", "/v1/organisations", admin, {"id": "twice", "name": {"zh": "二", "en": "Two"}})
    await crowd.ask("POST", "/v1/principals", admin, {"name": "Twice"})
    text = json.dumps(body).replace("{p}", principal)
    headers = {"Authorization": f"Bearer {admin}", "Content-Type": "application/json"}
    answer = await crowd.client.post(path.replace("{p}", principal), content=text, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_pages_go_through_everything_once(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    made = {await people.organisation() for _ in range(7)}
    seen: list[str] = []
    path: str | None = "/v1/organisations?limit=3"
    while path is not None:
        page = await people.ask("GET", path, admin)
        seen += [item["id"] for item in page.json()["items"]]
        path = page.links.get("next", {}).get("url")
        assert (path is None) == (page.json()["next_cursor"] is None)
        assert page.headers["cache-control"] == "private, no-store"
    assert len(seen) == 7
    assert set(seen) == made
    for cursor in ("broken", "WyJ4IiwxLFsxXV0"):
        refused = await people.ask("GET", f"/v1/organisations?cursor={cursor}", admin)
        assert refused.status_code == 400


async def test_own_keys_are_listed_and_nobody_elses(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    principal, secret = await people.somebody("reader")
    own = (await people.ask("GET", "/v1/keys", secret)).json()["items"]
    assert {item["principal"] for item in own} == {principal}
    assert {item["prefix"] for item in own} == {secret[3:11]}
    assert len((await people.ask("GET", "/v1/keys", admin)).json()["items"]) == 2
    asked = await people.ask("GET", f"/v1/keys?principal={principal}", admin)
    assert [item["id"] for item in asked.json()["items"]] == [item["id"] for item in own]


async def test_me_tells_where_one_belongs_and_what_one_may(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    principal, secret = await people.somebody("reviewer", "cn-steel")
    organisation, former = await people.organisation(), await people.organisation()
    path = f"/v1/principals/{principal}/affiliations"
    await people.ask("POST", path, admin, {"organisation": organisation})
    await people.ask("POST", path, admin, {"organisation": former, "from": "2019-01-01", "to": "2020-01-01"})
    me = (await people.ask("GET", "/v1/me", secret)).json()
    assert me["organisations"] == [organisation]
    assert me["grants"] == [{"role": "reviewer", "organisation": None, "dataset": "cn-steel"}]
    assert (me["principal"], me["kind"]) == (principal, "person")
    async with transaction(people.engine) as connection:
        all_of_them = await service.affiliations(connection, [principal])
    assert [held.organisation for held in all_of_them] == [former, organisation]


async def test_the_seed_principal_is_there(people: People) -> None:
    assert await people.run("SELECT kind FROM principal WHERE id = 'seed'") == [("system",)]


@pytest.mark.parametrize(
    "spelling",
    ["oeko", "OEKO", "ÖKO-Institut", "öko-institut", "  Öko-Institut ", "生态所（北京）", "生态所(北京)"],
)
async def test_an_organisation_is_known_however_a_document_spells_it(crowd: People, spelling: str) -> None:
    async with transaction(crowd.engine) as connection:
        if not await service.organisations_called(connection, ["oeko"]):
            await service.create_organisation(connection, "oeko", "生态所（北京）", "Öko-Institut")
        assert await service.organisations_called(connection, ["nowhere", "", spelling]) == {"oeko"}
        assert await service.organisations_called(connection, ["", " ", "oek"]) == frozenset()
