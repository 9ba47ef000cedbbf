"""Datasets, releases and downloads over HTTP."""

import csv
import hashlib
import io
import json

import httpx
import openpyxl
import pyarrow.parquet
import pytest

RELEASE = "/v1/datasets/cn-grid-co2/releases/2023.1"


async def test_every_dataset_says_who_made_it_and_on_what_terms(client: httpx.AsyncClient) -> None:
    items = (await client.get("/v1/datasets")).json()["items"]
    assert len(items) >= 40
    for item in items:
        for name in ("name", "description", "publisher", "rights_holder", "maintainer"):
            assert item[name]["zh"], (item["dataset"], name)
            assert item[name]["en"], (item["dataset"], name)
        assert item["licence"]["id"]
        assert item["layer"] in ("national", "regional", "sector", "international")
        assert item["year_rule"] in ("data_year", "edition", "validity", "timeless")
    assert sum(item["factor_count"] for item in items) >= 8000


async def test_a_release_names_its_hash_and_the_manifest_has_it(client: httpx.AsyncClient) -> None:
    release = (await client.get(RELEASE)).json()
    manifest = await client.get(release["links"]["manifest"])
    assert hashlib.sha256(manifest.content).hexdigest() == release["release_hash"]
    assert release["policy"] == "transcription"
    assert release["review"] == "not reviewed"
    assert len(manifest.json()["items"]) == release["factor_count"] == 120


async def test_a_download_as_ndjson_holds_the_exact_bytes(client: httpx.AsyncClient) -> None:
    lines = (await client.get(f"{RELEASE}/download?format=ndjson")).content.splitlines()
    manifest = (await client.get(f"{RELEASE}/manifest")).json()
    assert [hashlib.sha256(line).hexdigest() for line in lines] == [item[2] for item in manifest["items"]]


async def test_a_download_as_csv_keeps_the_digits(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{RELEASE}/download?format=csv")
    assert "cn-grid-co2" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert any("0.5580" in row for row in rows)
    assert len(rows) > 120


async def test_a_download_as_xlsx_opens_and_keeps_the_digits_as_text(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{RELEASE}/download?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert "0.5580" in cells


async def test_a_download_as_parquet_keeps_the_digits_as_text(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{RELEASE}/download?format=parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 120
    assert "0.5580" in table.column("value").to_pylist()


@pytest.mark.parametrize("kind", ["csv", "ndjson", "xlsx", "parquet"])
async def test_the_same_release_gives_the_same_file_and_a_304(client: httpx.AsyncClient, kind: str) -> None:
    first = await client.get(f"{RELEASE}/download?format={kind}")
    second = await client.get(f"{RELEASE}/download?format={kind}")
    assert hashlib.sha256(first.content).digest() == hashlib.sha256(second.content).digest()
    known = await client.get(
        f"{RELEASE}/download?format={kind}", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert known.status_code == 304


async def test_the_factors_of_a_release_are_paged(client: httpx.AsyncClient) -> None:
    first = (await client.get(f"{RELEASE}/factors?limit=100")).json()
    second = (
        await client.get(f"{RELEASE}/factors", params={"limit": 100, "cursor": first["next_cursor"]})
    ).json()
    refs = [item["ref"] for item in [*first["items"], *second["items"]]]
    assert len(refs) == len(set(refs)) == 120
    assert second["next_cursor"] is None


@pytest.mark.parametrize("style", ["gbt7714", "bibtex", "csl-json"])
async def test_a_factor_can_be_cited_in_each_style(client: httpx.AsyncClient, style: str) -> None:
    path = "/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/1/citation"
    answer = await client.get(path, params={"style": style}, headers={"Accept-Language": "zh"})
    assert answer.status_code == 200
    assert "公告2024年第33号" in answer.text
    if style == "csl-json":
        assert json.loads(answer.text)


async def test_the_source_of_a_factor_answers_by_its_hash(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/1")).json()
    source = (await client.get(f"/v1/sources/{document['sources'][0]['id']}")).json()
    assert source["number"] == "公告2024年第33号"
