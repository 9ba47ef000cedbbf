"""Health, readiness, metrics and the contract."""

import socket
import time

import httpx
from sqlalchemy import text

from app.kit.db import make_engine, transaction
from app.kit.migrate import expected_revision
from tests.conftest import ClientOf, Databases
from tools.openapi import SNAPSHOT, contract


async def test_a_seeded_service_is_healthy_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = (await client.get("/readyz")).json()
    assert (ready["status"], ready["schema"]) == ("ready", expected_revision())
    assert len(ready["reference"]) == 64


async def test_an_empty_service_says_that_it_is_not_seeded(client_of: ClientOf, empty_url: str) -> None:
    service = await client_of(empty_url)
    for path in ("/readyz", "/v1/factors", "/v1/regions", "/v1/datasets"):
        answer = await service.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_seeded"), path
    assert (await service.get("/healthz")).status_code == 200


async def test_a_service_on_another_schema_is_not_ready(
    client_of: ClientOf, databases: Databases, seeded_copy: str
) -> None:
    service = await client_of(seeded_copy)
    assert (await service.get("/readyz")).status_code == 200
    owner = make_engine(seeded_copy, role=None, pool_size=1)
    async with transaction(owner) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    await owner.dispose()
    answer = await service.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "schema_mismatch")


async def test_metrics_count_requests_by_route(client: httpx.AsyncClient) -> None:
    await client.get("/v1/factors/cn-grid-co2/average.cn-bj.2022")
    body = (await client.get("/metrics")).text
    assert (
        'factorbase_http_requests_total{method="GET",route="/v1/factors/{dataset}/{key}",status="200"}'
        in body
    )


def test_the_contract_is_the_snapshot() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == contract(), "run `make openapi` and look at the difference"


async def test_the_service_publishes_its_contract(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "/v1/factors" in document["paths"]
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text


async def test_a_database_that_goes_away_is_a_503_and_not_a_500(
    client_of: ClientOf, databases: Databases, seeded_template: str
) -> None:
    name, url = await databases.create(seeded_template)
    service = await client_of(url)
    assert (await service.get("/v1/datasets/cn-grid-co2")).status_code == 200
    await databases.drop(name)
    answer = await service.get("/v1/datasets/cn-grid-co2")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable")
    assert answer.headers["Retry-After"]
    assert (await service.get("/readyz")).status_code == 503
    assert (await service.get("/healthz")).status_code == 200


def test_an_address_may_hold_chinese_as_it_is_typed(live_url: str) -> None:
    host, port = live_url.removeprefix("http://").split(":")
    target = "/v1/factors?region=北京&dataset=cn-grid-co2&year=2022"
    for pieces in ([f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()],
                   [f"GET {target}".encode()[:31], f"GET {target}".encode()[31:],
                    b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]):  # fmt: skip
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.05)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
        assert b"average.cn-bj.2022" in answer
