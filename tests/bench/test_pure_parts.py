"""The pure parts of the benchmark. Nothing here is timed: figures come from `make bench`."""

from itertools import islice

import pytest

from app.catalog.rules import plan_release
from app.kit.grammar import is_key
from bench.generate import LARGEST, MEASURED, Stock, generate, sizes
from bench.load import Target, answer_end
from bench.questions import datasette_path
from bench.report import aligned, markdown
from bench.stats import Load, middle, percentile, ratio

DOCUMENT = {
    "name": {"zh": "柴油", "en": "Diesel"},
    "activity": "fuel.diesel",
    "sector": "energy",
    "region": "CN",
    "region_published": "China",
    "record_type": "direct_emission_factor",
    "year": 2022,
    "year_rule": "data_year",
    "value": "2.730",
    "value_published": "2.730",
    "series": "diesel",
}
STOCK = Stock(plain=[DOCUMENT], defaults=[DOCUMENT], places=[("CN-BJ", "北京", "Beijing")])


@pytest.mark.parametrize("factors", [1000, 10_000, 199_999, 1_000_000])
def test_the_sizes_of_the_datasets_add_up_and_the_last_is_the_measured_one(factors: int) -> None:
    found = sizes(factors)
    assert sum(found) == factors
    assert max(found[:-1]) <= LARGEST
    assert found[-1] == min(MEASURED, factors // 2)


def test_the_same_arguments_give_the_same_factors() -> None:
    assert list(generate(STOCK, "origin", 3, 50)) == list(generate(STOCK, "origin", 3, 50))


def test_generated_factors_can_be_frozen_and_none_is_given_twice() -> None:
    factors = list(generate(STOCK, "origin", 0, 500))
    plan = plan_release("2024.1", factors, {}, {"zh": "新", "en": "new"})
    assert plan.added == len({factor["ref"] for factor in factors}) == 500
    assert all(is_key(factor["key"]) for factor in factors)


def test_five_years_make_a_series() -> None:
    factors = list(islice(generate(STOCK, "origin", 0, 10), 10))
    assert [factor["series"] for factor in factors[:5]] == [factors[0]["series"]] * 5
    assert factors[5]["series"] != factors[0]["series"]


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([5.0, 1.0, 3.0], 50) == 3.0
    assert percentile(list(map(float, range(1, 101))), 99) == 99.0
    assert percentile([], 99) == 0.0


def test_the_middle_of_loops_is_their_median_and_their_worst_is_the_worst() -> None:
    loads = [Load(rate, rate, rate, rate, 1, 0.5) for rate in (1.0, 9.0, 2.0)]
    assert middle(loads).rate == 2.0
    assert middle(loads).worst == 9.0
    assert middle(loads).count == 3
    assert ratio(1, 0) == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n",
    ],
)
def test_the_client_knows_when_an_answer_is_whole(answer: bytes) -> None:
    assert answer_end(answer) == len(answer)
    head = answer.index(b"\r\n\r\n")
    assert answer_end(answer[:head]) == -1
    if not answer.endswith(b"\r\n\r\n"):
        assert answer_end(answer[:-1]) == -1


def test_a_request_says_what_it_wants() -> None:
    sent = Target("/v1/factors", {"Accept-Language": "zh"}).request()
    assert sent == b"GET /v1/factors HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: zh\r\n\r\n"


def test_a_key_is_written_the_way_datasette_reads_it() -> None:
    assert datasette_path("a-b/c.d_e", "/t") == "/t/a-b~2Fc~2Ed_e.json"


def test_tables_have_a_line_for_each_row() -> None:
    assert markdown(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
    assert aligned(["a", "b"], [["111", "2"]]) == "a    b\n111  2"
