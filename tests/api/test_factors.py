"""Lists of factors over HTTP, on the seed data."""

import httpx
import pytest

from app.catalog.schemas import FactorItem

FIELDS = set(FactorItem.model_fields) - {"series_factors"}


async def get(client: httpx.AsyncClient, path: str, **params: object) -> httpx.Response:
    return await client.get(path, params=params)


async def test_a_list_item_has_every_field_that_clients_rely_on(client: httpx.AsyncClient) -> None:
    answer = (await get(client, "/v1/factors", dataset="cn-grid-co2", limit=5)).json()
    assert len(answer["items"]) == 5
    assert all(set(item) >= FIELDS for item in answer["items"])
    assert answer["total"] == {"value": 120, "exact": True}


@pytest.mark.parametrize("region", ["北京", "北京市", "Beijing", "CN-BJ", "cn-bj", "110000", "ＣＮ－ＢＪ"])
async def test_a_region_is_found_by_every_name_that_people_use(
    client: httpx.AsyncClient, region: str
) -> None:
    answer = (await get(client, "/v1/factors", region=region, dataset="cn-grid-co2", year=2022)).json()
    assert [item["ref"] for item in answer["items"]] == ["cn-grid-co2/average.cn-bj.2022"]
    assert answer["items"][0]["value"] == "0.5580"
    assert answer["items"][0]["unit"] == "kg{CO2}/kWh"


async def test_a_bare_sd_is_sudan_and_never_shandong(client: httpx.AsyncClient) -> None:
    answer = (await get(client, "/v1/factors", region="SD")).json()
    assert {item["region"] for item in answer["items"]} == {"SD"}


async def test_pages_cover_a_list_once_and_in_order(client: httpx.AsyncClient) -> None:
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        params = {"sector": "steel", "limit": 200, **({"cursor": cursor} if cursor else {})}
        answer = (await get(client, "/v1/factors", **params)).json()
        seen += [(item["ref"], item["record_type"] == "regulatory_default") for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None or len(seen) > 3000:
            break
    assert len(seen) == len(set(seen)) > 1000
    assert seen == sorted(seen, key=lambda item: (item[1], item[0]))


async def test_the_next_page_is_a_link_that_works(client: httpx.AsyncClient) -> None:
    first = await get(client, "/v1/factors", dataset="cn-grid-co2", limit=50)
    second = await client.get(first.links["next"]["url"])
    assert second.status_code == 200
    assert first.json()["items"][-1]["ref"] < second.json()["items"][0]["ref"]


@pytest.mark.parametrize(
    ("params", "at_least"),
    [
        ({"activity": "fuel.diesel"}, 20),
        ({"activity": "柴油"}, 20),
        ({"activity": "fuel.*"}, 1000),
        ({"record_type": "project_baseline"}, 19),
        ({"gas_basis": "by_gas", "region": "DEFAULT"}, 200),
        ({"boundary": "td_loss"}, 5),
        ({"variant": "excl_traded_non_fossil"}, 3),
        ({"goods_code": "7208"}, 50),
        ({"series": "average.cn-bj"}, 3),
        ({"sector": "electricity", "year": 2023}, 30),
    ],
)
async def test_each_filter_narrows_to_what_it_says(
    client: httpx.AsyncClient, params: dict[str, str], at_least: int
) -> None:
    answer = (await get(client, "/v1/factors", limit=100, **params)).json()
    assert answer["total"]["value"] >= at_least
    everything = (await get(client, "/v1/factors", limit=1)).json()["total"]
    assert answer["total"]["value"] < everything["value"] or not everything["exact"]


async def test_regulatory_defaults_come_last_unless_asked_for(client: httpx.AsyncClient) -> None:
    first = (await get(client, "/v1/factors", activity="steel.hot_rolled_coil", limit=1)).json()["items"]
    assert first[0]["record_type"] != "regulatory_default"
    asked = await get(
        client, "/v1/factors", activity="steel.hot_rolled_coil", record_type="regulatory_default"
    )
    assert {item["record_type"] for item in asked.json()["items"]} == {"regulatory_default"}


async def test_series_are_grouped_with_their_newest_version(client: httpx.AsyncClient) -> None:
    answer = (await get(client, "/v1/factors", dataset="cn-grid-co2", group="series", limit=100)).json()
    hits = {hit["series"]: hit for hit in answer["items"]}
    assert hits["average.cn-bj"]["series_factors"] == 3
    assert hits["average.cn-bj"]["year"] == 2023
    assert len(hits) == 40
    rest, cursor = [], None
    while True:
        params = {
            "group": "series",
            "dataset": "cn-grid-co2",
            "limit": 15,
            **({"cursor": cursor} if cursor else {}),
        }
        page = (await get(client, "/v1/factors", **params)).json()
        rest += [hit["series"] for hit in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert rest == sorted(hits)


async def test_facets_count_what_matches(client: httpx.AsyncClient) -> None:
    answer = (await get(client, "/v1/factors", dataset="cn-grid-co2", facets="year,variant")).json()
    assert {entry["value"]: entry["count"] for entry in answer["facets"]["year"]} == {
        2021: 40,
        2022: 40,
        2023: 40,
    }
    assert sum(entry["count"] for entry in answer["facets"]["variant"]) == 120
    searched = (await get(client, "/v1/factors", query="北京 电网", facets="dataset")).json()
    assert "cn-grid-co2" in [entry["value"] for entry in searched["facets"]["dataset"]]


async def test_a_series_lists_its_periods_newest_first(client: httpx.AsyncClient) -> None:
    answer = (await get(client, "/v1/series/cn-grid-co2/average.cn-bj")).json()
    assert [(item["year"], item["value"]) for item in answer["items"]] == [
        (2023, "0.5554"),
        (2022, "0.5580"),
        (2021, "0.5688"),
    ]
    assert answer["year_rule"] == "data_year"


async def test_a_by_gas_factor_has_no_total_of_its_own(client: httpx.AsyncClient) -> None:
    answer = (await get(client, "/v1/factors", gas_basis="by_gas", region="DEFAULT", limit=50)).json()
    assert all(item["value"] is None and item["amounts"] for item in answer["items"])


async def test_a_doubt_stays_visible_in_lists(client: httpx.AsyncClient) -> None:
    answer = (await get(client, "/v1/factors", dataset="cn-waste-incineration")).json()
    assert all(item["doubts"] for item in answer["items"])


async def test_an_answer_names_its_basis_and_the_same_basis_answers_the_same(
    client: httpx.AsyncClient,
) -> None:
    first = await get(client, "/v1/factors", dataset="cn-grid-co2", limit=3)
    basis = first.headers["Factorbase-Basis"]
    again = await get(client, "/v1/factors", dataset="cn-grid-co2", limit=3, basis=basis)
    assert again.json() == first.json()
    assert int(basis) == first.json()["basis"]


async def test_a_known_etag_of_a_list_is_answered_with_304(client: httpx.AsyncClient) -> None:
    first = await get(client, "/v1/factors", dataset="cn-grid-co2")
    again = await client.get(
        "/v1/factors", params={"dataset": "cn-grid-co2"}, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("code", ["SD", "HN", "SC"])
async def test_two_letters_search_a_country_and_never_a_province(
    client: httpx.AsyncClient, code: str
) -> None:
    items = (await get(client, "/v1/factors", query=code)).json()["items"]
    assert not [item["ref"] for item in items if item["region"] == f"CN-{code}"]
