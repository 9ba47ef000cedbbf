"""Every route times every role: what is allowed, what is 401, 403 and 404."""

from __future__ import annotations

import pytest

from tests.auth.people import People
from tests.auth.roles import ANONYMOUS, ASKERS, NOBODY, Case, covered, everybody, filled, routes_of, rows

ADMIN = {"admin": 201}
CASES: list[Case] = [
    *rows("POST", "/v1/organisations", ADMIN, body={"id": "{fresh}", "name": {"zh": "甲", "en": "A"}}),
    *rows("GET", "/v1/organisations", {"admin": 200}),
    *rows("POST", "/v1/principals", ADMIN, body={"name": "{fresh}", "organisation": "{organisation}"}),
    *rows("GET", "/v1/principals", {"admin": 200}),
    *rows("POST", "/v1/principals/{principal}/disable", {"admin": 200}),
    *rows("POST", "/v1/principals/{disabled}/enable", {"admin": 200}),
    *rows("POST", "/v1/principals/{principal}/affiliations", ADMIN, body={"organisation": "{organisation}"}),
    *rows("GET", "/v1/principals/{principal}/affiliations", {"admin": 200}),
    *rows("DELETE", "/v1/principals/{principal}/affiliations/{affiliation}", {"admin": 200}),
    *rows(
        "POST",
        "/v1/principals/{principal}/sign-ins",
        ADMIN,
        body={"issuer": "https://id.example", "subject": "{fresh}"},
    ),
    *rows("POST", "/v1/grants", ADMIN, body={"principal": "{principal}", "role": "reader", "dataset": "*"}),
    *rows("GET", "/v1/grants", {"admin": 200}),
    *rows("DELETE", "/v1/grants/{grant}", {"admin": 200}),
    *rows("GET", "/v1/me", everybody(200)),
    *rows("POST", "/v1/keys", everybody(201), body={}),
    *rows("POST", "/v1/keys", ADMIN, body={"principal": "{principal}"}),
    *rows("GET", "/v1/keys", everybody(200)),
    *rows("GET", "/v1/keys?principal={principal}", {"admin": 200}),
    *rows("DELETE", "/v1/keys/{own_key}", everybody(200)),
    *rows("DELETE", "/v1/keys/{key}", {"admin": 200}, others=404),
    # What is not there: told to admins, and never told to others.
    *rows("POST", "/v1/principals/{missing}/disable", {"admin": 404}),
    *rows("DELETE", "/v1/grants/{missing}", {"admin": 404}),
    *rows("DELETE", "/v1/keys/{missing}", {"admin": 404}, others=404),
    *rows("GET", "/v1/principals/{missing}/affiliations", {"admin": 404}),
]


async def _names(people: People, role: str) -> dict[str, str]:
    """Fresh things that a case may name, whose names no other case uses."""
    if not people.keys:
        for asker in ASKERS:
            if asker != ANONYMOUS:
                await people.somebody(None if asker == NOBODY else asker)
    people.count += 1
    fresh, admin = f"fresh-{people.count}", people.keys["admin"]
    principal, disabled = await people.principal(), await people.principal()
    organisation = await people.organisation()
    await people.run("UPDATE principal SET disabled_at = now() WHERE id = :id", id=disabled)
    path = f"/v1/principals/{principal}/affiliations"
    added = await people.ask("POST", path, admin, {"organisation": organisation})
    own = people.ids.get(role, principal)
    return {
        "fresh": fresh,
        "principal": principal,
        "disabled": disabled,
        "organisation": organisation,
        "affiliation": added.json()["id"],
        "grant": await people.grant(principal, "auditor"),
        "key": (await people.key(principal))[0],
        "own_key": (await people.key(own))[0],
        "missing": "00000000-0000-4000-8000-000000000000",
    }


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_each_role_may_do_what_the_table_says(crowd: People, case: Case) -> None:
    names = await _names(crowd, case.role)
    key = None if case.role == ANONYMOUS else crowd.keys[case.role]
    answer = await crowd.ask(case.method, filled(case.path, names), key, filled(case.body, names))
    assert answer.status_code == case.status, answer.text
    if case.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    if case.status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "sign_in_required"
    if case.status == 403:
        assert answer.json()["code"] == "role_missing"
    if case.method != "GET" and case.status < 300:
        assert answer.headers["factorbase-basis"].isdigit()


def test_the_table_has_every_route_and_every_role(crowd: People) -> None:
    table = covered(CASES)
    assert set(table) == routes_of(crowd.app)
    assert {route: roles for route, roles in table.items() if roles != set(ASKERS)} == {}
