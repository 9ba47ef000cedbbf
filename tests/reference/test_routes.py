"""The reference lists over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kit import problems
from app.reference.index import ReferenceIndex
from app.reference.routes import router


@pytest.fixture
async def client(index: ReferenceIndex) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router)
    problems.install(app)
    app.state.reference = index
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def get(client: httpx.AsyncClient, path: str, status: int = 200, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_list_of_regions_goes_on_where_the_cursor_says(
    client: httpx.AsyncClient, index: ReferenceIndex
) -> None:
    codes: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await get(client, "/v1/regions", limit=1000, **cursor)
        codes += [item["code"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert codes == sorted(index.regions.by_code)


async def test_a_next_page_is_linked_and_the_edition_is_named(
    client: httpx.AsyncClient, index: ReferenceIndex
) -> None:
    answer = await client.get("/v1/regions", params={"limit": 2, "query": "China"})
    assert 'rel="next"' in answer.headers["link"]
    assert answer.headers["factorbase-reference"] == index.hash
    again = await client.get(
        "/v1/regions?limit=2&query=China", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


async def test_regions_are_searched_in_both_languages(client: httpx.AsyncClient) -> None:
    for words in ("北京", "Beijing", "110000"):
        page = await get(client, "/v1/regions", query=words)
        assert page["items"][0]["code"] == "CN-BJ"
    page = await get(client, "/v1/regions", kind="grid")
    assert len(page["items"]) == 13 and page["next_cursor"] is None


async def test_a_region_shows_its_dated_memberships(client: httpx.AsyncClient) -> None:
    body = await get(client, "/v1/regions/四川省", on="2012-07-01")
    assert body["code"] == "CN-SC" and body["gbt2260"] == "510000"
    assert {
        "group": "CN-GRID-SOUTHWEST",
        "from": "2021-01-01",
        "to": None,
        "kind": "grid",
        "stands_in": True,
        "note": None,
    } in body["memberships"]
    assert body["ancestors"][0] == "CN-GRID2012-CENTRAL"
    assert (await get(client, "/v1/regions/EU"))["members"] is None


async def test_units_are_listed_and_a_spelling_is_read(client: httpx.AsyncClient) -> None:
    page = await get(client, "/v1/units")
    mile = next(item for item in page["items"] if item["code"] == "mi")
    assert mile["factor"] == "1609.344" and mile["name"] == {"zh": "英里", "en": "mile"}
    assert {a["type"] for a in page["annotations"]} == {"substance", "flow", "condition"}
    assert page["conventions"][0]["from"] == "t{ce}"
    assert [i["code"] for i in (await get(client, "/v1/units", query="万千瓦时"))["items"]] == ["10^4.kWh"]
    assert {i["kind"] for i in (await get(client, "/v1/units", kind="energy"))["items"]} == {"energy"}


async def test_gwp_values_are_decimal_strings(client: httpx.AsyncClient) -> None:
    ids = [item["id"] for item in (await get(client, "/v1/gwp-sets"))["items"]]
    assert {"sar-100", "ar4-100", "ar5-100", "ar6-100"} <= set(ids)
    body = await get(client, "/v1/gwp-sets/ar6-100")
    methane = {v["origin"]: v["value"] for v in body["values"] if v["gas"] == "CH4"}
    assert methane == {"fossil": "29.8", "biogenic": "27", "unspecified": "27.9"}


async def test_activities_are_listed_searched_and_shown(client: httpx.AsyncClient) -> None:
    page = await get(client, "/v1/activities", query="柴油", family="fuel")
    assert page["items"][0]["code"] == "fuel.diesel"
    body = await get(client, "/v1/activities/cement.clinker")
    assert body["parent"] == "cement"
    assert "cement.clinker" in (await get(client, "/v1/activities/cement"))["children"]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/v1/regions", {"kidn": "grid"}, 400, "unknown_parameter"),
        ("/v1/regions", {"kind": "planet"}, 400, "invalid_parameter"),
        ("/v1/regions", {"limit": 0}, 400, "invalid_parameter"),
        ("/v1/regions", {"limit": 1001}, 400, "invalid_parameter"),
        ("/v1/regions", {"cursor": "abc"}, 400, "invalid_cursor"),
        ("/v1/regions/atlantis", {}, 404, "unknown_region"),
        ("/v1/regions/Punjab", {}, 400, "ambiguous_region"),
        ("/v1/regions/CN", {"on": "2020-13-01"}, 400, "invalid_parameter"),
        ("/v1/units", {"query": "furlong"}, 400, "unknown_unit"),
        ("/v1/units", {"query": "ton"}, 400, "ambiguous_unit"),
        ("/v1/units", {"kind": "beauty"}, 400, "unknown_kind"),
        ("/v1/gwp-sets/ar7-100", {}, 404, "unknown_gwp_set"),
        ("/v1/activities", {"family": "x"}, 400, "unknown_family"),
        ("/v1/activities", {"sector": "x"}, 400, "unknown_sector"),
        ("/v1/activities/fuel.deisel", {}, 404, "unknown_activity"),
    ],
)
async def test_bad_input_is_refused_with_a_stable_code(
    client: httpx.AsyncClient, path: str, query: dict[str, Any], status: int, code: str
) -> None:
    assert (await get(client, path, status, **query))["code"] == code


async def test_a_cursor_of_another_question_is_refused(client: httpx.AsyncClient) -> None:
    page = await get(client, "/v1/regions", limit=1, kind="grid")
    body = await get(client, "/v1/regions", 400, limit=1, cursor=page["next_cursor"])
    assert body["code"] == "cursor_of_another_question"


async def test_before_the_tables_are_loaded_the_answer_is_503(
    index: ReferenceIndex, client: httpx.AsyncClient
) -> None:
    client._transport.app.state.reference = None  # type: ignore[attr-defined]
    assert (await get(client, "/v1/units", 503))["code"] == "reference_not_loaded"
