"""A real issuer on this machine: an HTTP server that publishes a key set, with keys of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://id.example"
AUDIENCE = "factorbase"


def make_key(algorithm: str, bits: int = 2048) -> Any:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def public_jwk(key: Any, key_id: str, **members: Any) -> dict[str, Any]:
    public = key.public_key()
    writer: Any = {
        rsa.RSAPublicKey: RSAAlgorithm,
        ec.EllipticCurvePublicKey: ECAlgorithm,
        ed25519.Ed25519PublicKey: OKPAlgorithm,
    }
    made = next(writer[kind] for kind in writer if isinstance(public, kind)).to_jwk(public, as_dict=True)
    return {**made, "kid": key_id, "use": "sig", **members}


def public_pem(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims with `changes`; None leaves one out."""
    now = int(time.time())
    made = {"iss": ISSUER, "aud": AUDIENCE, "sub": "zhang.wei", "iat": now, "exp": now + 300, **changes}
    return {name: value for name, value in made.items() if value is not None}


def sign(key: Any, algorithm: str, key_id: str | None, **changes: Any) -> str:
    headers = {} if key_id is None else {"kid": key_id}
    payload = json.dumps(claims(**changes)).encode()  # a library's own checks would not sign bad claims
    return jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers=headers)


def by_hand(header: dict[str, Any], secret: bytes | None = None, **changes: Any) -> str:
    """A token that no library would make: unsigned, or signed with HMAC over whatever bytes."""
    parts = [_segment(json.dumps(part).encode()) for part in (header, claims(**changes))]
    signed = ".".join(parts)
    digest = b"" if secret is None else hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_segment(digest)}"


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class LocalIssuer:
    """`jwks`: what it publishes. `answer`: (status, headers, body) instead. `asked` counts requests."""

    def __init__(self) -> None:
        self.jwks: list[dict[str, Any]] = []
        self.answer: tuple[int, dict[str, str], bytes] | None = None
        self.asked: list[str] = []
        self.url = ""


@contextmanager
def local_issuer() -> Iterator[LocalIssuer]:
    state = LocalIssuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = json.dumps({"keys": state.jwks}).encode()
            status, headers, body = state.answer or (200, {}, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/jwks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
