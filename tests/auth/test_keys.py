"""Keys over HTTP: what holds, what does not and why, and what is noted of their use."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from app.auth.rules import new_key
from tests.auth.people import People

CODES = {
    "Bearer": "key_malformed",
    "Bearer ": "key_malformed",
    "Bearer fb_short": "key_malformed",
    "Bearer not-a-key": "key_malformed",
    "Bearer fb_abcdefgh_" + "a" * 43 + " more": "key_malformed",
    "Basic " + base64.b64encode(b"a:b").decode(): "key_malformed",
    "fb_abcdefgh_" + "a" * 43: "key_malformed",
    "Bearer " + "x" * 9000: "key_malformed",
    "Bearer fb_abcdefgh_" + "a" * 43: "key_unknown",
}


async def me(people: People, key: str) -> tuple[int, str]:
    answer = await people.ask("GET", "/v1/me", key)
    return answer.status_code, answer.json().get("code", answer.json().get("principal"))


@pytest.mark.parametrize("header", CODES, ids=lambda text: text[:30])
async def test_a_credential_out_of_form_is_refused_by_its_code(crowd: People, header: str) -> None:
    answer = await crowd.ask("GET", "/v1/me", Authorization=header)
    assert (answer.status_code, answer.json()["code"]) == (401, CODES[header])
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"


async def test_two_credentials_are_refused(crowd: People) -> None:
    secret = (await crowd.somebody())[1]
    headers = [("Authorization", f"Bearer {secret}"), ("Authorization", f"Bearer {secret}")]
    answer = await crowd.client.get("/v1/me", headers=headers)
    assert answer.json()["code"] == "key_malformed"


async def test_the_scheme_is_read_in_any_case(crowd: People) -> None:
    secret = (await crowd.somebody())[1]
    assert (await crowd.ask("GET", "/v1/me", Authorization=f"bearer {secret}")).status_code == 200


async def test_a_cookie_signs_nobody_in(crowd: People) -> None:
    secret = (await crowd.somebody())[1]
    for name in ("Authorization", "session", "key", "token"):
        answer = await crowd.client.get("/v1/me", headers={"Cookie": f"{name}=Bearer {secret}"})
        assert answer.json()["code"] == "sign_in_required"


async def test_a_key_in_the_address_signs_nobody_in(crowd: People) -> None:
    secret = (await crowd.somebody())[1]
    answer = await crowd.ask("GET", f"/v1/me?key={secret}")
    assert answer.status_code in (400, 401)


async def test_a_wrong_secret_of_a_known_prefix_is_unknown(crowd: People) -> None:
    principal, secret = await crowd.somebody()
    wrong = secret[:12] + new_key().text[12:]
    assert await me(crowd, wrong) == (401, "key_unknown")
    assert await me(crowd, secret) == (200, principal)


async def test_an_expired_key_says_so_to_its_owner_alone(crowd: People) -> None:
    principal = await crowd.principal()
    made = new_key()
    await crowd.run(
        "INSERT INTO api_key (id, prefix, hash, principal, expires_at)"
        " VALUES (:prefix, :prefix, :hash, :principal, now() - interval '1 second')",
        prefix=made.prefix,
        hash=made.digest,
        principal=principal,
    )
    assert await me(crowd, made.text) == (401, "key_expired")
    assert await me(crowd, made.text[:12] + new_key().text[12:]) == (401, "key_unknown")


async def test_a_revoked_key_stops_at_the_next_request(crowd: People) -> None:
    secret = (await crowd.somebody())[1]
    revoked = await crowd.ask("DELETE", f"/v1/keys/{secret[3:11]}", secret)
    assert revoked.json()["revoked_at"] is not None
    assert await me(crowd, secret) == (401, "key_revoked")


async def test_revoking_twice_is_a_conflict(crowd: People) -> None:
    admin = (await crowd.somebody("admin"))[1]
    key_id = (await crowd.key(await crowd.principal()))[0]
    first, second = [await crowd.ask("DELETE", f"/v1/keys/{key_id}", admin) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["code"] == "already_revoked"


async def test_a_disabled_principal_is_401_with_every_key_until_enabled(crowd: People) -> None:
    admin = (await crowd.somebody("admin"))[1]
    principal, secret = await crowd.somebody()
    other = (await crowd.key(principal))[1]
    await crowd.ask("POST", f"/v1/principals/{principal}/disable", admin)
    assert await me(crowd, secret) == await me(crowd, other) == (401, "principal_disabled")
    refused = await crowd.ask("POST", "/v1/keys", admin, {"principal": principal})
    assert refused.json()["code"] == "principal_disabled"
    await crowd.ask("POST", f"/v1/principals/{principal}/enable", admin)
    assert await me(crowd, secret) == (200, principal)


async def test_a_revoked_grant_is_gone_at_the_next_request(crowd: People) -> None:
    admin = (await crowd.somebody("admin"))[1]
    principal = await crowd.principal()
    grant = await crowd.grant(principal, "admin")
    secret = (await crowd.key(principal))[1]
    assert (await crowd.ask("GET", "/v1/grants", secret)).status_code == 200
    await crowd.ask("DELETE", f"/v1/grants/{grant}", admin)
    assert (await crowd.ask("GET", "/v1/grants", secret)).status_code == 403


async def test_the_secret_is_shown_once_and_kept_nowhere(people: People) -> None:
    secret = (await people.somebody())[1]
    made = await people.ask("POST", "/v1/keys", secret, {"expires_in_days": 7}, Idempotency_Key="again")
    again = await people.ask("POST", "/v1/keys", secret, {"expires_in_days": 7}, Idempotency_Key="again")
    text = made.json()["secret"]
    assert (await me(people, text))[0] == 200
    assert again.json() == {**made.json(), "secret": None}
    assert text not in (await people.ask("GET", "/v1/keys", secret)).text
    for table in ("api_key", "idempotency_key", "journal_entry", "journal_detail"):
        columns = await people.run(f"SELECT {table}::text FROM {table}")
        stored = " ".join(row[0] for row in columns)
        assert text not in stored
        assert text.encode().hex() not in stored
        assert text[12:].encode().hex() not in stored


async def test_a_new_key_says_when_it_expires(crowd: People) -> None:
    secret = (await crowd.somebody())[1]
    made = (await crowd.ask("POST", "/v1/keys", secret, {"expires_in_days": 7})).json()
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    for days in (0, -1, 1096, "7", 1.5, True, None):
        refused = await crowd.ask("POST", "/v1/keys", secret, {"expires_in_days": days})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_body"), days


async def test_the_last_use_is_written_at_most_once_a_minute(people: People) -> None:
    principal, secret = await people.somebody()
    query = "SELECT last_used_at, xmin::text FROM api_key WHERE principal = :principal"
    assert (await people.run(query, principal=principal))[0][0] is None
    for _ in range(3):
        await me(people, secret)
        await people.app.state.last_uses.flush()
    first = (await people.run(query, principal=principal))[0]
    assert first[0] is not None
    people.app.state.last_uses._noted.clear()  # as another worker, which has not seen it
    await me(people, secret)
    await people.app.state.last_uses.flush()
    assert (await people.run(query, principal=principal))[0] == first
    older = "UPDATE api_key SET last_used_at = last_used_at - interval '61 seconds'"
    await people.run(older)
    people.app.state.last_uses._noted.clear()
    await me(people, secret)
    await people.app.state.last_uses.flush()
    assert (await people.run(query, principal=principal))[0][0] > first[0]


async def test_the_last_use_is_written_soon_without_being_asked_for(people: People) -> None:
    secret = (await people.somebody())[1]
    people.app.state.last_uses._delay = 0
    await me(people, secret)
    for _ in range(500):
        await asyncio.sleep(0.01)
        noted = (await people.run("SELECT last_used_at FROM api_key"))[0][0]
        if noted is not None:
            break
    assert noted is not None


async def test_an_unknown_prefix_costs_the_same_statements_as_a_wrong_secret(people: People) -> None:
    secret = (await people.somebody("reader"))[1]
    seen: list[str] = []
    engine = people.app.state.database.write.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    await me(people, secret[:12] + new_key().text[12:])
    known, seen[:] = list(seen), []
    await me(people, new_key().text)
    assert seen == known
    assert len(known) == 2


async def test_a_locked_row_of_a_key_does_not_hold_up_its_readers(people: People) -> None:
    secret = (await people.somebody())[1]
    async with people.engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1 FROM api_key FOR UPDATE")
        async with asyncio.timeout(5):
            assert (await me(people, secret))[0] == 200
        await connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM api_key",
        "DELETE FROM grant_",
        "DELETE FROM principal",
        "UPDATE api_key SET hash = '\\x00'",
        "UPDATE api_key SET expires_at = now() + interval '99 years'",
        "UPDATE grant_ SET role = 'admin'",
        "UPDATE api_key SET revoked_at = NULL WHERE revoked_at IS NOT NULL",
        "UPDATE grant_ SET revoked_at = NULL WHERE revoked_at IS NOT NULL",
    ],
)
async def test_the_database_refuses_to_give_back_what_was_revoked(crowd: People, statement: str) -> None:
    principal = await crowd.principal()
    await crowd.grant(principal, "reader")
    await crowd.key(principal)
    for table in ("api_key", "grant_"):
        await crowd.run(f"UPDATE {table} SET revoked_at = now() WHERE principal = :id", id=principal)
    with pytest.raises(DBAPIError):
        await crowd.run(statement)


async def test_many_at_once_do_not_starve_each_other_of_connections(people: People) -> None:
    secret = (await people.somebody("admin"))[1]
    bodies = [{"id": f"many-{i}", "name": {"zh": "多", "en": "Many"}} for i in range(24)]
    async with asyncio.timeout(20):
        answers = await asyncio.gather(
            *(people.ask("POST", "/v1/organisations", secret, body) for body in bodies)
        )
    assert {answer.status_code for answer in answers} == {201}
