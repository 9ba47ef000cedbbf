"""Every wrong question gets a clear answer: problem+json, a stable code, the valid values."""

import httpx
import pytest

CASES = [
    ("/v1/factors?regon=CN", 400, "unknown_parameter"),
    ("/v1/factors?region=", 400, "empty_parameter"),
    ("/v1/factors?region=CN&region=US", 400, "repeated_parameter"),
    ("/v1/factors?region=Atlantis", 400, "unknown_region"),
    ("/v1/factors?activity=unobtainium", 400, "unknown_activity"),
    ("/v1/factors?activity=nothing.*", 400, "unknown_activity"),
    ("/v1/factors?sector=magic", 400, "unknown_sector"),
    ("/v1/factors?dataset=cn-grid-co", 400, "unknown_dataset"),
    ("/v1/factors?record_type=guess", 400, "invalid_parameter"),
    ("/v1/factors?year=next", 400, "invalid_parameter"),
    ("/v1/factors?year=99999", 400, "invalid_parameter"),
    ("/v1/factors?limit=0", 400, "invalid_parameter"),
    ("/v1/factors?limit=501", 400, "invalid_parameter"),
    ("/v1/factors?limit=1e2", 400, "invalid_parameter"),
    ("/v1/factors?cursor=broken", 400, "invalid_cursor"),
    ("/v1/factors?cursor=WyJ4IiwxLFsxXV0", 400, "cursor_of_another_question"),
    ("/v1/factors?basis=999999999", 400, "basis_in_future"),
    ("/v1/factors?basis=2", 400, "basis_not_a_transaction_end"),
    ("/v1/factors?basis=-1", 400, "invalid_parameter"),
    ("/v1/factors?known_on=yesterday", 400, "invalid_date"),
    ("/v1/factors?known_on=1999-01-01", 400, "known_on_before_start"),
    ("/v1/factors?known_on=2999-01-01", 400, "known_on_in_future"),
    ("/v1/factors?known_on=2026-13-45", 400, "invalid_date"),
    ("/v1/factors?basis=1&known_on=2026-01-01", 400, "basis_and_known_on"),
    ("/v1/factors?facets=colour", 400, "unknown_facet"),
    ("/v1/factors?group=country", 400, "invalid_parameter"),
    ("/v1/factors?query=%00", 400, "invalid_text"),
    ("/v1/factors?query=%ed%a0%80", 400, "invalid_text"),
    ("/v1/factors?query=%ff", 400, "invalid_text"),
    ("/v1/factors?query=%2c%2e%21", 400, "empty_query"),
    ("/v1/factors?query=" + "x" * 10_000, 414, "query_too_long"),
    ("/v1/factors?goods_code=72a", 400, "invalid_parameter"),
    ("/v1/factors/cn-grid-co2/nothing", 404, "factor_not_found"),
    ("/v1/factors/CN-GRID/Average", 404, "factor_not_found"),
    ("/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/9", 404, "version_not_found"),
    ("/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/zero", 400, "invalid_parameter"),
    ("/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/1?x=1", 400, "unknown_parameter"),
    ("/v1/factors/cn-grid-co2/average.cn-bj.2022/versions/1/citation?style=apa", 400, "invalid_parameter"),
    ("/v1/factors/cn-grid-co2/average.cn-bj.2022/diff?from=1&to=2", 404, "version_not_found"),
    ("/v1/factors/cn-grid-co2/average.cn-bj.2022/diff?from=1", 400, "invalid_parameter"),
    ("/v1/documents/abc", 400, "invalid_parameter"),
    ("/v1/documents/" + "0" * 64, 404, "document_not_found"),
    ("/v1/series/cn-grid-co2/nothing", 404, "series_not_found"),
    ("/v1/datasets/nothing", 404, "dataset_not_found"),
    ("/v1/datasets/cn-grid-co2/releases/1999", 404, "release_not_found"),
    ("/v1/datasets/cn-grid-co2/releases/2023.1/download?format=pdf", 400, "invalid_parameter"),
    ("/v1/sources/" + "0" * 64, 404, "source_not_found"),
    ("/v1/regions/XX-NOWHERE", 404, "unknown_region"),
    ("/v1/nothing", 404, "no_such_path"),
    ("/v1/factors/%00/x", 400, "invalid_text"),
]


@pytest.mark.parametrize(("target", "status", "code"), CASES, ids=[case[0][:60] for case in CASES])
async def test_a_wrong_question_gets_a_clear_answer(
    client: httpx.AsyncClient, target: str, status: int, code: str
) -> None:
    answer = await client.get(target)
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


@pytest.mark.parametrize(("target", "status", "code"), CASES[:6], ids=[case[0][:40] for case in CASES[:6]])
async def test_the_explanation_comes_in_the_language_of_the_asker(
    client: httpx.AsyncClient, target: str, status: int, code: str
) -> None:
    chinese = await client.get(target, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    english = await client.get(target, headers={"Accept-Language": "en"})
    assert (chinese.status_code, chinese.json()["code"]) == (status, code)
    assert chinese.headers["Content-Language"] == "zh"
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese.json()["detail"])
    assert english.json()["detail"] != chinese.json()["detail"]


async def test_a_misspelt_name_is_answered_with_near_ones(client: httpx.AsyncClient) -> None:
    near = {
        "/v1/factors?region=Bejing": "CN-BJ",
        "/v1/factors?activity=fuel.deisel": "fuel.diesel",
        "/v1/factors?dataset=cn-grid-co": "cn-grid-co2",
    }
    for target, wanted in near.items():
        assert wanted in (await client.get(target)).json()["valid_values"], target


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_what_is_read_only_says_which_methods_it_knows(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/v1/factors")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.json()["valid_values"] == ["GET"]
