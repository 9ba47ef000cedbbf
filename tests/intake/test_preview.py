"""What a draft changes against the last release."""

import pytest

from app.catalog.rules import Published
from app.intake.preview import Compared, page, sort_out
from tests.intake.drafts_published import publish
from tests.intake.uploads_service import RELEASE, Service, factor, lines

LAST = {
    "same": Published(1, 1, 1, "c1", "h1"),
    "other": Published(2, 2, 1, "c2", "h2"),
    "gone": Published(3, 3, 1, "c3", "h3"),
    "dropped": Published(4, 4, 1, "c4", "h4", carried=False),
}
OWN = [("dropped", "h4"), ("new", "h9"), ("other", "h7"), ("same", "h1")]


def test_changed_comes_first_and_a_factor_that_was_dropped_comes_back_as_a_change() -> None:
    found = sort_out(OWN, LAST, "full", {})
    assert found.kinds == [
        ("changed", "dropped"),
        ("changed", "other"),
        ("added", "new"),
        ("gone", "gone"),
        ("unchanged", "same"),
    ]
    assert found.counts == {"changed": 2, "added": 1, "gone": 1, "unchanged": 1}
    assert found.unanswered == 1


def test_a_delta_leaves_alone_what_it_does_not_name() -> None:
    found = sort_out([("other", "h7")], LAST, "delta", {})
    assert found.counts == {"changed": 1, "added": 0, "gone": 0, "unchanged": 0, "carried": 2}
    assert found.unanswered == 0


@pytest.mark.parametrize("answers", [{"gone": "retire"}, {"*": "drop"}])
def test_an_answer_for_the_factor_or_for_all_counts(answers: dict[str, str]) -> None:
    assert sort_out(OWN, LAST, "full", answers).unanswered == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_pages_join_to_the_whole(limit: int) -> None:
    compared: Compared = sort_out(OWN, LAST, "full", {})
    joined, after = [], None
    while part := page(compared, None, after, limit):
        joined += part
        after = list(part[-1])
    assert joined == list(compared.kinds)
    assert page(compared, "added", None, 9) == [("added", "new")]


async def test_a_preview_shows_old_and_new_with_the_percent(intake: Service) -> None:
    await publish(intake, "1", lines(factor("a.2023", "0.5"), factor("b.2023"), factor("c.2023")))
    await intake.send(lines(factor("a.2023", "0.55"), factor("b.2023"), factor("d.2023")), "2")
    answer = await intake.ask("GET", f"{RELEASE}/2/preview", headers={"Accept-Language": "zh"})
    body = answer.json()
    assert body["counts"] == {"changed": 1, "added": 1, "gone": 1, "unchanged": 1}
    assert body["unanswered"] == 1
    changed, added, gone, unchanged = body["items"]
    assert (changed["key"], changed["percent"]) == ("a.2023", "10")
    assert (changed["old"]["value"], changed["new"]["value"]) == ("0.5", "0.55")
    assert "/value" in [change["path"] for change in changed["changes"]]
    assert (added["old"], added["new"]["value"], added["percent"]) == (None, "0.5580", None)
    assert "停用" in gone["question"]
    assert (gone["answer"], gone["new"]) == (None, None)
    assert unchanged["key"] == "b.2023"


async def test_a_preview_is_paged(intake: Service) -> None:
    await intake.send(lines(*(factor(f"k{n}.2023") for n in range(5))))
    path = f"{RELEASE}/1/preview"
    first = (await intake.ask("GET", path, params={"limit": 3})).json()
    rest = (await intake.ask("GET", path, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [item["key"] for item in [*first["items"], *rest["items"]]] == [f"k{n}.2023" for n in range(5)]
    assert rest["next_cursor"] is None
    await intake.send(lines(factor("k0.2023")))
    stale = await intake.ask("GET", path, params={"limit": 3, "cursor": first["next_cursor"]})
    assert stale.json()["code"] == "cursor_of_another_question"


async def test_a_preview_is_hidden_from_strangers(intake: Service) -> None:
    await intake.send(lines(factor("a.2023")))
    assert (await intake.ask("GET", f"{RELEASE}/1/preview", "stranger")).status_code == 404
    assert (await intake.ask("GET", f"{RELEASE}/1/preview", "reviewer")).status_code == 200
