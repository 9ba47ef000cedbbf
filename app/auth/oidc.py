"""Bearer tokens of one configured issuer (OpenID Connect), checked against the keys that it publishes.

Taken: RS256, ES256 and EdDSA (Ed25519), with exactly our issuer and audience, `sub` and `exp`. The algorithm
must suit the key of that id, and keys come from the configured JWKS address alone: nothing in a token (jku,
x5u, jwk) is followed. Who the subject is here, the table `sign_in` says.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import jwt
import structlog

from app.auth.signing_in import Identity
from app.kit.errors import Unauthorised, Unavailable

log = structlog.get_logger("factorbase")
ALGORITHMS: Final[Mapping[str, tuple[str, str | None]]] = {
    "RS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Algorithm -> (kty, crv) that its key must have (RFC 7518, 8037)."""
MIN_RSA_BITS: Final = 2048
LEEWAY_SECONDS: Final = 30
FRESH_SECONDS: Final = 600  # keys are read again after this
STALE_SECONDS: Final = 3600  # and are no longer used after this if the issuer does not answer
PAUSE_SECONDS: Final = 10  # between two reads, whatever unknown key ids arrive
MAX_BYTES: Final = 256 * 1024
MAX_KEYS: Final = 100
TIMEOUT_SECONDS: Final = 5
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
SUBJECT_LENGTH: Final = 255  # OpenID Connect Core, section 2

Fetch = Callable[[str], bytes]
Clock = Callable[[], int]
Keys = Mapping[str, jwt.PyJWK]


def _seconds() -> int:
    return time.monotonic_ns() // 1_000_000_000


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def fetch(url: str) -> bytes:
    """The body at `url`: no redirect, no proxy variables, at most 256 kB in 5 s a read. Raises OSError."""
    opener: OpenerDirector = build_opener(ProxyHandler({}), _NoRedirect())
    request = Request(url, headers={"Accept": "application/json"})
    with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
        body: bytes = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise URLError("the key set is too large")
    return body


def read_keys(body: bytes) -> Keys:
    """The usable signing keys of a JWKS by id; others are passed over. Raises ValueError for no key set."""
    document = json.loads(body)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("the answer is not a key set")
    found: dict[str, jwt.PyJWK] = {}
    for entry in listed[:MAX_KEYS]:
        algorithm = _algorithm_of(entry)
        if algorithm is None:
            continue
        try:
            key = jwt.PyJWK(entry, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        if algorithm != "RS256" or key.key.key_size >= MIN_RSA_BITS:
            found[entry["kid"]] = key
    return found


def _algorithm_of(entry: Any) -> str | None:
    """The one algorithm that a published key may be used with here."""
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or "d" in entry:
        return None
    if entry.get("use", "sig") != "sig":
        return None
    for algorithm, (kind, curve) in ALGORITHMS.items():
        suits = entry.get("kty") == kind and curve in (None, entry.get("crv"))
        if suits and entry.get("alg", algorithm) == algorithm:
            return algorithm
    return None


@dataclass
class KeySet:
    """The issuer's keys, read when they are old or when an unknown id arrives, but never more often than
    every ten seconds; `clock` counts seconds."""

    url: str
    fetch: Fetch = fetch
    clock: Clock = _seconds
    _keys: Keys = field(default_factory=dict)
    _read_at: int | None = None
    _tried_at: int | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this id; None if the issuer has none. Raises Unavailable when it cannot be asked."""
        if not self._wants(key_id):
            return self._keys.get(key_id)
        async with self._lock:
            if self._wants(key_id) and self._may_read():
                await self._read()
        if self._age() is None or self._age_over(STALE_SECONDS):
            raise Unavailable(
                "sign_in_unavailable",
                "The keys of the token's issuer cannot be read now.",
                "目前无法读取令牌签发者的公钥。",
            )
        return self._keys.get(key_id)

    def _wants(self, key_id: str) -> bool:
        return self._age() is None or self._age_over(FRESH_SECONDS) or key_id not in self._keys

    def _may_read(self) -> bool:
        return self._tried_at is None or self.clock() - self._tried_at >= PAUSE_SECONDS

    def _age(self) -> int | None:
        return None if self._read_at is None else self.clock() - self._read_at

    def _age_over(self, seconds: int) -> bool:
        age = self._age()
        return age is None or age >= seconds

    async def _read(self) -> None:
        self._tried_at = self.clock()
        try:
            async with asyncio.timeout(2 * TIMEOUT_SECONDS):
                self._keys = read_keys(await asyncio.to_thread(self.fetch, self.url))
            self._read_at = self.clock()
        except (OSError, ValueError, HTTPException) as error:
            log.warning("issuer_keys_not_read", url=self.url, error=str(error))


@dataclass(frozen=True)
class Issuer:
    """Reads the tokens of one issuer for one audience."""

    issuer: str
    audience: str
    keys: KeySet

    async def identity(self, token: str) -> Identity:
        """Whom the token is about. Raises Unauthorised with the code of what is wrong, Unavailable."""
        header = _header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise _refused(
                "token_algorithm", "It is not signed with RS256, ES256 or EdDSA.", "签名算法不被接受。"
            )
        key_id = header.get("kid")
        key = await self.keys.find(key_id) if isinstance(key_id, str) and key_id else None
        if key is None:
            raise _refused("token_key_unknown", "Its issuer has no such key.", "签发者没有该密钥。")
        if key.algorithm_name != algorithm:
            raise _refused("token_algorithm", "Its algorithm does not suit its key.", "签名算法与密钥不符。")
        claims = self._claims(token, key, str(algorithm))
        subject = claims["sub"]
        if not 0 < len(subject) <= SUBJECT_LENGTH or "\x00" in subject:
            raise _refused("token_claims", "Its subject is empty or too long.", "其主体（sub）为空或过长。")
        return Identity(self.issuer, subject)

    def _claims(self, token: str, key: jwt.PyJWK, algorithm: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError:
            raise _refused("token_expired", "It has expired.", "令牌已过期。") from None
        except jwt.ImmatureSignatureError:
            raise _refused("token_not_yet_valid", "It is not valid yet.", "令牌尚未生效。") from None
        except jwt.InvalidIssuerError:
            raise _refused("token_issuer", "Another issuer made it.", "令牌来自其他签发者。") from None
        except jwt.InvalidAudienceError:
            raise _refused(
                "token_audience", "It was made for another audience.", "令牌面向其他受众。"
            ) from None
        except jwt.InvalidSignatureError:
            raise _refused("token_signature", "Its signature does not hold.", "令牌签名无效。") from None
        except jwt.PyJWTError as error:
            raise _refused("token_claims", f"{error}.", f"令牌声明无效：{error}。") from None
        return claims


def _header(token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError):
        raise _refused(
            "token_malformed", "It is not a signed token (JWS).", "不是签名令牌（JWS）。"
        ) from None
    if "crit" in header or "b64" in header:
        raise _refused("token_malformed", "It asks for an extension.", "令牌要求不受支持的扩展。")
    return header


def _refused(code: str, en: str, zh: str) -> Unauthorised:
    return Unauthorised(code, f"The token does not hold: {en}", f"令牌无效：{zh}", parameter="Authorization")


def issuer_of(issuer: str | None, audience: str | None, jwks_url: str | None) -> Issuer | None:
    """From the settings; None if nothing is set. Raises ValueError if only a part is."""
    given = (issuer, audience, jwks_url)
    if not any(given):
        return None
    if not all(given) or issuer is None or audience is None or jwks_url is None:
        raise ValueError("FACTORBASE_OIDC_ISSUER, _AUDIENCE and _JWKS_URL belong together")
    place = urlsplit(jwks_url)
    if place.scheme != "https" and (place.scheme, place.hostname in LOOPBACK) != ("http", True):
        raise ValueError("FACTORBASE_OIDC_JWKS_URL is an https address, or http on this machine")
    return Issuer(issuer, audience, KeySet(jwks_url))
