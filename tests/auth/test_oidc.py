"""Tokens against a real issuer on this machine: what holds, and every way in which one does not."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from app.auth.oidc import Issuer, KeySet, issuer_of
from app.kit.db import make_engine
from app.kit.errors import Problem, Unavailable
from tests.auth.issuer import (
    AUDIENCE,
    ISSUER,
    LocalIssuer,
    by_hand,
    local_issuer,
    make_key,
    public_jwk,
    public_pem,
    sign,
)
from tests.auth.people import People, people_on
from tests.conftest import Databases

KEYS = {algorithm: make_key(algorithm) for algorithm in ("RS256", "ES256", "EdDSA")}
STRANGER = make_key("RS256")
WEAK = make_key("RS256", bits=1024)
NOW = int(time.time())


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000

    def __call__(self) -> int:
        return self.seconds


@pytest.fixture
def at() -> Iterator[LocalIssuer]:
    with local_issuer() as state:
        state.jwks = [public_jwk(key, algorithm) for algorithm, key in KEYS.items()]
        yield state


def reader(at: LocalIssuer, clock: Clock | None = None) -> Issuer:
    return Issuer(ISSUER, AUDIENCE, KeySet(at.url, clock=clock or Clock()))


async def refused(issuer: Issuer, token: str) -> str:
    with pytest.raises(Problem) as problem:
        await issuer.identity(token)
    return problem.value.code


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_good_token_names_its_subject(at: LocalIssuer, algorithm: str) -> None:
    token = sign(KEYS[algorithm], algorithm, algorithm)
    assert (await reader(at).identity(token)).subject == "zhang.wei"


async def test_an_audience_among_others_is_enough(at: LocalIssuer) -> None:
    token = sign(KEYS["RS256"], "RS256", "RS256", aud=["account", AUDIENCE])
    assert (await reader(at).identity(token)).issuer == ISSUER


BAD: list[tuple[str, str, dict[str, Any]]] = [
    ("wrong audience", "token_audience", {"aud": "another"}),
    ("audience that only begins so", "token_audience", {"aud": "factorbase-2"}),
    ("no audience", "token_claims", {"aud": None}),
    ("wrong issuer", "token_issuer", {"iss": "https://evil.example"}),
    ("issuer with a slash more", "token_issuer", {"iss": ISSUER + "/"}),
    ("no issuer", "token_claims", {"iss": None}),
    ("expired", "token_expired", {"exp": NOW - 60}),
    ("no expiry", "token_claims", {"exp": None}),
    ("expiry as text", "token_claims", {"exp": "tomorrow"}),
    ("not yet", "token_not_yet_valid", {"nbf": NOW + 600}),
    ("made in the future", "token_not_yet_valid", {"iat": NOW + 600}),
    ("no subject", "token_claims", {"sub": None}),
    ("empty subject", "token_claims", {"sub": ""}),
    ("long subject", "token_claims", {"sub": "x" * 256}),
    ("subject that is a number", "token_claims", {"sub": 7}),
    ("subject with a NUL", "token_claims", {"sub": "a\x00"}),
]


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize(("name", "code", "changes"), BAD, ids=[name for name, _, _ in BAD])
async def test_claims_that_do_not_hold(
    at: LocalIssuer, algorithm: str, name: str, code: str, changes: dict[str, Any]
) -> None:
    assert await refused(reader(at), sign(KEYS[algorithm], algorithm, algorithm, **changes)) == code


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", None])
async def test_an_unsigned_token_is_refused(at: LocalIssuer, name: str | None) -> None:
    token = by_hand({"alg": name, "typ": "JWT", "kid": "RS256"})
    assert await refused(reader(at), token) in ("token_algorithm", "token_malformed")


@pytest.mark.parametrize("algorithm", ["HS256", "hs256", "RS256", "ES256"])
async def test_the_public_key_is_no_shared_secret(at: LocalIssuer, algorithm: str) -> None:
    pem = public_pem(KEYS["RS256"])
    for secret in (pem, pem.strip(), b"", json.dumps(at.jwks[0]).encode()):
        token = by_hand({"alg": algorithm, "typ": "JWT", "kid": "RS256"}, secret)
        assert await refused(reader(at), token) in ("token_algorithm", "token_signature")


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
async def test_other_algorithms_of_the_same_key_are_refused(at: LocalIssuer, algorithm: str) -> None:
    assert await refused(reader(at), sign(KEYS["RS256"], algorithm, "RS256")) == "token_algorithm"


async def test_the_algorithm_must_suit_the_key_of_that_id(at: LocalIssuer) -> None:
    assert await refused(reader(at), sign(KEYS["ES256"], "ES256", "RS256")) == "token_algorithm"
    assert await refused(reader(at), sign(KEYS["EdDSA"], "EdDSA", "ES256")) == "token_algorithm"


async def test_a_key_that_the_issuer_does_not_publish_is_unknown(at: LocalIssuer) -> None:
    assert await refused(reader(at), sign(STRANGER, "RS256", "stranger")) == "token_key_unknown"
    assert await refused(reader(at), sign(STRANGER, "RS256", None)) == "token_key_unknown"
    assert await refused(reader(at), sign(STRANGER, "RS256", "RS256")) == "token_signature"


async def test_keys_that_a_token_brings_along_are_not_looked_at(at: LocalIssuer) -> None:
    with local_issuer() as evil:
        evil.jwks = [public_jwk(STRANGER, "stranger")]
        header = {"alg": "RS256", "kid": "stranger", "jku": evil.url, "jwk": evil.jwks[0]}
        assert await refused(reader(at), by_hand(header, b"x")) == "token_key_unknown"
        assert evil.asked == []


@pytest.mark.parametrize(
    "token", ["x", "a.b", "a.b.c", "....", "fb_", "e30.e30.e30", by_hand({"alg": "RS256", "crit": ["exp"]})]
)
async def test_what_is_no_token_is_malformed(at: LocalIssuer, token: str) -> None:
    assert await refused(reader(at), token) in ("token_malformed", "token_algorithm")
    assert at.asked == []


async def test_a_changed_payload_breaks_the_signature(at: LocalIssuer) -> None:
    head, _, tail = sign(KEYS["RS256"], "RS256", "RS256").split(".")
    middle = sign(KEYS["RS256"], "RS256", "RS256", sub="li.na").split(".")[1]
    assert await refused(reader(at), f"{head}.{middle}.{tail}") == "token_signature"


async def test_unfit_keys_of_the_issuer_are_passed_over(at: LocalIssuer) -> None:
    good = public_jwk(KEYS["RS256"], "good")
    at.jwks = [
        public_jwk(WEAK, "weak"),
        public_jwk(KEYS["RS256"], "for encryption", use="enc"),
        public_jwk(KEYS["RS256"], "for another algorithm", alg="RS512"),
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "RSA"},
        "nonsense",  # type: ignore[list-item]
        good,
    ]
    issuer = reader(at)
    assert (await issuer.identity(sign(KEYS["RS256"], "RS256", "good"))).subject == "zhang.wei"
    assert await refused(issuer, sign(KEYS["RS256"], "RS256", "weak")) == "token_key_unknown"
    for key_id in ("for encryption", "for another algorithm", "broken"):
        assert await refused(issuer, sign(KEYS["RS256"], "RS256", key_id)) == "token_key_unknown"
    assert await refused(issuer, by_hand({"alg": "HS256", "kid": "shared"}, b"secret")) == "token_algorithm"


async def test_a_rotated_key_is_read_when_its_id_appears(at: LocalIssuer) -> None:
    clock, newer = Clock(), make_key("RS256")
    issuer = reader(at, clock)
    await issuer.identity(sign(KEYS["RS256"], "RS256", "RS256"))
    at.jwks = [public_jwk(newer, "newer")]
    clock.seconds += 10
    assert (await issuer.identity(sign(newer, "RS256", "newer"))).subject == "zhang.wei"
    assert await refused(issuer, sign(KEYS["RS256"], "RS256", "RS256")) == "token_key_unknown"


async def test_a_withdrawn_key_stops_when_the_set_is_read_again(at: LocalIssuer) -> None:
    clock = Clock()
    issuer, token = reader(at, clock), sign(KEYS["RS256"], "RS256", "RS256")
    await issuer.identity(token)
    at.jwks = at.jwks[1:]
    clock.seconds += 599
    await issuer.identity(token)
    clock.seconds += 1
    assert await refused(issuer, token) == "token_key_unknown"


async def test_unknown_ids_do_not_make_us_ask_again_and_again(at: LocalIssuer) -> None:
    clock = Clock()
    issuer = reader(at, clock)
    tokens = [sign(STRANGER, "RS256", f"unknown-{i}") for i in range(20)]
    await asyncio.gather(*(refused(issuer, token) for token in tokens))
    assert len(at.asked) == 1
    clock.seconds += 10
    await asyncio.gather(*(refused(issuer, token) for token in tokens))
    assert len(at.asked) == 2


ANSWERS = [
    (500, {}, b""),
    (200, {}, b"not json"),
    (200, {}, b"[]"),
    (200, {}, b'{"keys": 7}'),
    (200, {}, b" " * (256 * 1024 + 1)),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=["500", "no json", "list", "no keys", "too large"])
async def test_an_issuer_that_fails_is_503_and_never_a_way_in(
    at: LocalIssuer, answer: tuple[int, dict[str, str], bytes]
) -> None:
    at.answer = answer
    with pytest.raises(Unavailable, match="sign_in_unavailable"):
        await reader(at).identity(sign(KEYS["RS256"], "RS256", "RS256"))


async def test_redirects_are_not_followed(at: LocalIssuer) -> None:
    with local_issuer() as other:
        other.jwks, at.answer = at.jwks, (302, {"Location": other.url}, b"")
        with pytest.raises(Unavailable):
            await reader(at).identity(sign(KEYS["RS256"], "RS256", "RS256"))
        assert other.asked == []


async def test_held_keys_outlive_a_short_failure_but_not_a_long_one(at: LocalIssuer) -> None:
    clock = Clock()
    issuer, token = reader(at, clock), sign(KEYS["RS256"], "RS256", "RS256")
    await issuer.identity(token)
    at.answer = (503, {}, b"")
    clock.seconds += 3599
    await issuer.identity(token)
    clock.seconds += 1
    with pytest.raises(Unavailable):
        await issuer.identity(token)


def test_the_settings_belong_together() -> None:
    assert issuer_of(None, None, None) is None
    assert issuer_of(ISSUER, AUDIENCE, "https://id.example/jwks") is not None
    for parts in [(ISSUER, AUDIENCE, None), (ISSUER, None, "https://id.example/jwks")]:
        with pytest.raises(ValueError, match="belong together"):
            issuer_of(*parts)
    for address in ("http://id.example/jwks", "file:///etc/passwd", "http://localhost.evil.example/"):
        with pytest.raises(ValueError, match="https"):
            issuer_of(ISSUER, AUDIENCE, address)


@pytest.fixture
async def people_of_issuer(
    databases: Databases, empty_template: str, at: LocalIssuer
) -> AsyncIterator[People]:
    name, url = await databases.create(empty_template)
    engine = make_engine(url, pool_size=2)
    async with people_on(url, engine, reader(at)) as made:
        yield made
    await engine.dispose()
    await databases.drop(name)


async def test_a_linked_subject_signs_in_and_an_unknown_one_does_not(people_of_issuer: People) -> None:
    people = people_of_issuer
    principal, secret = await people.somebody("admin")
    token = sign(KEYS["ES256"], "ES256", "ES256")
    before = await people.ask("GET", "/v1/me", token)
    assert (before.status_code, before.json()["code"]) == (401, "unknown_subject")
    assert before.headers["www-authenticate"] == "Bearer"
    link = {"issuer": ISSUER, "subject": "zhang.wei"}
    path = f"/v1/principals/{principal}/sign-ins"
    assert (await people.ask("POST", path, secret, link)).status_code == 201
    assert (await people.ask("POST", path, secret, link)).json()["code"] == "sign_in_linked"
    me = (await people.ask("GET", "/v1/me", token)).json()
    assert (me["principal"], me["key"]) == (principal, None)
    assert (await people.ask("GET", "/v1/me", secret)).status_code == 200
    await people.ask("POST", f"/v1/principals/{principal}/disable", secret)
    assert (await people.ask("GET", "/v1/me", token)).json()["code"] == "principal_disabled"


async def test_a_subject_of_another_issuer_is_another_one(people_of_issuer: People) -> None:
    people = people_of_issuer
    principal, secret = await people.somebody("admin")
    link = {"issuer": "https://other.example", "subject": "zhang.wei"}
    await people.ask("POST", f"/v1/principals/{principal}/sign-ins", secret, link)
    answer = await people.ask("GET", "/v1/me", sign(KEYS["RS256"], "RS256", "RS256"))
    assert answer.json()["code"] == "unknown_subject"


async def test_without_an_issuer_a_token_is_no_key(crowd: People) -> None:
    answer = await crowd.ask("GET", "/v1/me", sign(KEYS["RS256"], "RS256", "RS256"))
    assert (answer.status_code, answer.json()["code"]) == (401, "key_malformed")
