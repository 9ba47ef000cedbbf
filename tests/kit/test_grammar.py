"""Names that can never change later."""

import uuid

import pytest

from app.kit.grammar import factor_uuid, ilcd_version, is_dataset, is_key, is_release, release_order


@pytest.mark.parametrize("name", ["cn-grid-co2", "ab", "a1-b2", "x" * 63])
def test_these_are_dataset_names(name: str) -> None:
    assert is_dataset(name)


@pytest.mark.parametrize(
    "name", ["", "a", "-ab", "ab-", "a--b", "Ab", "a_b", "a.b", "x" * 64, "北京", "ab\n"]
)
def test_these_are_no_dataset_names(name: str) -> None:
    assert not is_dataset(name)


@pytest.mark.parametrize("name", ["a", "average.cn-bj.2022", "a_b-c.d", "x" * 160])
def test_these_are_keys(name: str) -> None:
    assert is_key(name)


@pytest.mark.parametrize("name", ["", ".a", "a.", "a..b", "a._b", "A", "a b", "x" * 161, "a/b", "a\n"])
def test_these_are_no_keys(name: str) -> None:
    assert not is_key(name)


def test_releases_are_ordered_by_number_and_not_by_text() -> None:
    names = ["2024.10", "2024.9", "2024", "2024.9.1", "7"]
    assert sorted(names, key=release_order) == ["7", "2024", "2024.9", "2024.9.1", "2024.10"]
    assert is_release("2024.1")
    assert not is_release("2024.1.1.1")
    assert not is_release("v1")
    assert not is_release("２０２４")


def test_versions_have_the_ilcd_form() -> None:
    assert [ilcd_version(n) for n in (1, 12, 99, 100)] == ["01.00.000", "12.00.000", "99.00.000", "99.01.000"]
    with pytest.raises(ValueError, match="version 0"):
        ilcd_version(0)


def test_the_uuid_of_a_factor_is_golden() -> None:
    found = factor_uuid("factorbase.localhost", "cn-grid-co2", "average.cn-bj.2022")
    assert found == "a18df405-0e37-5059-a451-c5c8aac8b3dc"
    assert uuid.UUID(found).version == 5
