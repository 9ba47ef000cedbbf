"""The same post again: one act, one answer."""

from __future__ import annotations

import asyncio

import pytest

from app.kit.db import transaction
from app.kit.idempotency import forget
from tests.auth.people import People

PATH = "/v1/organisations"


def body(slug: str) -> dict[str, object]:
    return {"id": slug, "name": {"zh": "某", "en": "Some"}}


async def test_the_same_body_gets_the_first_answer(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    first, again = [
        await people.ask("POST", PATH, admin, body("once"), Idempotency_Key="k-1") for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["factorbase-basis"] == again.headers["factorbase-basis"]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert len(await people.run("SELECT 1 FROM journal_entry")) == 1


async def test_the_order_of_members_does_not_make_another_body(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    turned = dict(reversed(list(body("once").items())))
    await people.ask("POST", PATH, admin, body("once"), Idempotency_Key="k-1")
    assert (await people.ask("POST", PATH, admin, turned, Idempotency_Key="k-1")).status_code == 201


async def test_another_body_is_refused(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    await people.ask("POST", PATH, admin, body("one"), Idempotency_Key="k-1")
    other = await people.ask("POST", PATH, admin, body("two"), Idempotency_Key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_another_address_of_the_same_route_is_refused(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    organisation = await people.organisation()
    answers = [
        await people.ask(
            "POST",
            f"/v1/principals/{await people.principal()}/affiliations",
            admin,
            {"organisation": organisation},
            Idempotency_Key="k-1",
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 422]


async def test_a_key_belongs_to_one_principal_and_one_route(people: People) -> None:
    first, second = (await people.somebody("admin"))[1], (await people.somebody("admin"))[1]
    answers = [
        await people.ask("POST", PATH, first, body("one"), Idempotency_Key="k-1"),
        await people.ask("POST", PATH, second, body("two"), Idempotency_Key="k-1"),
        await people.ask("POST", "/v1/principals", first, {"name": "Three"}, Idempotency_Key="k-1"),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]


async def test_a_key_that_fails_may_be_used_again(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    path = f"/v1/principals/{await people.principal()}/affiliations"
    sent = {"organisation": "later"}
    assert (await people.ask("POST", path, admin, sent, Idempotency_Key="k-1")).status_code == 404
    await people.ask("POST", PATH, admin, body("later"))
    assert (await people.ask("POST", path, admin, sent, Idempotency_Key="k-1")).status_code == 201


@pytest.mark.parametrize("key", [b"", b"a b", "é".encode(), b"x" * 256])
async def test_a_key_out_of_form_is_refused(crowd: People, key: bytes) -> None:
    admin = (await crowd.somebody("admin"))[1]
    headers = {b"Idempotency-Key": key, b"Authorization": f"Bearer {admin}".encode()}
    answer = await crowd.client.post(PATH, json=body("never"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


async def test_of_many_at_once_one_acts(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    answers = await asyncio.gather(
        *(
            people.ask("POST", "/v1/principals", admin, {"name": "Once"}, Idempotency_Key="k")
            for _ in range(12)
        )
    )
    good = [answer for answer in answers if answer.status_code == 201]
    rest = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert len({answer.json()["id"] for answer in good}) == 1
    assert rest <= {"idempotency_in_progress"}
    assert len(await people.run("SELECT 1 FROM principal WHERE name = 'Once'")) == 1


async def test_the_second_is_told_while_the_first_one_runs(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    async with people.engine.connect() as journal:
        await journal.exec_driver_sql(
            "SELECT pg_advisory_lock(1717658484)"
        )  # the first waits for the journal
        first = asyncio.create_task(people.ask("POST", PATH, admin, body("slow"), Idempotency_Key="k"))
        for _ in range(100):
            await asyncio.sleep(0.02)
            if await people.run("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                break
        second = await people.ask("POST", PATH, admin, body("slow"), Idempotency_Key="k")
        await journal.exec_driver_sql("SELECT pg_advisory_unlock(1717658484)")
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
    assert (await first).status_code == 201
    third = await people.ask("POST", PATH, admin, body("slow"), Idempotency_Key="k")
    assert third.content == (await first).content


async def test_old_answers_are_forgotten(people: People) -> None:
    admin = (await people.somebody("admin"))[1]
    for slug in ("old", "young"):
        await people.ask("POST", PATH, admin, body(slug), Idempotency_Key=slug)
    await people.run(
        "UPDATE idempotency_key SET created_at = created_at - interval '31 days' WHERE key = 'old'"
    )
    async with transaction(people.engine) as connection:
        assert await forget(connection) == 1
    assert [row[0] for row in await people.run("SELECT key FROM idempotency_key")] == ["young"]
