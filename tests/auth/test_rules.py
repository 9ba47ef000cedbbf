"""What a grant covers, what a key looks like, and when it holds."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from app.auth.rules import (
    ROLES,
    Affiliation,
    Asker,
    Grant,
    HeldKey,
    is_scope,
    is_slug,
    key_digest,
    key_fault,
    key_prefix,
    new_key,
    one_line,
    require,
    require_admin,
)
from app.kit.errors import Forbidden, NotFound, Unauthorised

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def asker(*grants: Grant) -> Asker:
    return Asker("p1", "Somebody", "person", frozenset({"cisa"}), grants, "k1")


@pytest.mark.parametrize(
    ("grant", "dataset", "organisation", "covered"),
    [
        (Grant("reviewer", dataset="*"), "cn-steel", None, True),
        (Grant("reviewer", dataset="*"), None, "cisa", True),
        (Grant("reviewer", dataset="cn-steel"), "cn-steel", None, True),
        (Grant("reviewer", dataset="cn-steel"), "cn-steel-2", None, False),
        (Grant("reviewer", dataset="cn-steel"), "cn-stee", None, False),
        (Grant("reviewer", dataset="cn-steel"), None, None, True),
        (Grant("reviewer", dataset="cn-steel"), None, "cisa", False),
        (Grant("reviewer", organisation="cisa"), "cn-steel", "cisa", True),
        (Grant("reviewer", organisation="cisa"), "cn-steel", "other", False),
        (Grant("reviewer", organisation="cisa"), "cn-steel", None, False),
        (Grant("reviewer", organisation="cisa"), None, "cisa", True),
        (Grant("reviewer", organisation="*"), "cn-steel", "cisa", False),
    ],
)
def test_a_grant_covers_its_dataset_or_organisation_and_nothing_else(
    grant: Grant, dataset: str | None, organisation: str | None, covered: bool
) -> None:
    assert grant.covers(dataset, organisation) is covered
    assert asker(grant).has("reviewer", dataset, organisation) is covered


@pytest.mark.parametrize("role", ROLES)
def test_a_role_implies_no_other(role: str) -> None:
    who = asker(Grant(role, dataset="*"))  # type: ignore[arg-type]
    assert [other for other in ROLES if who.has(other, "cn-steel")] == [role]


def test_roles_and_scopes_are_not_combined_across_grants() -> None:
    who = asker(Grant("reviewer", dataset="cn-steel"), Grant("publisher", dataset="cn-cement"))
    assert not who.has("publisher", "cn-steel")
    assert not who.has("reviewer", "cn-cement")


def test_only_an_admin_of_everything_administers_people() -> None:
    assert asker(Grant("admin", dataset="*")).is_admin
    for grant in (Grant("admin", dataset="cn-steel"), Grant("admin", organisation="cisa")):
        with pytest.raises(Forbidden) as refused:
            require_admin(asker(grant))
        assert refused.value.code == "role_missing"


def test_a_missing_role_is_403_nobody_is_401_and_a_hidden_thing_is_404() -> None:
    who = asker(Grant("reviewer", dataset="cn-steel"))
    hidden = NotFound("release_not_found", "There is none.", "没有。")
    assert require(who, "reviewer", "cn-steel") is who
    with pytest.raises(Forbidden, match="role_missing"):
        require(who, "reviewer", "cn-cement")
    with pytest.raises(Unauthorised, match="sign_in_required"):
        require(None, "reviewer", "cn-steel")
    for nobody in (None, who):
        with pytest.raises(NotFound, match="release_not_found"):
            require(nobody, "publisher", "cn-steel", instead=hidden)


def test_a_key_has_a_visible_prefix_and_256_bits_and_only_its_hash_is_kept() -> None:
    made = new_key()
    head, prefix, secret = made.text.split("_", 2)
    assert (head, prefix, len(secret)) == ("fb", made.prefix, 43)
    assert len(prefix) == 8
    assert made.digest == hashlib.sha256(made.text.encode()).digest()
    assert key_prefix(made.text) == made.prefix
    assert len({new_key().text for _ in range(200)}) == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fb_",
        "fb_abcdefgh_" + "a" * 42,
        "fb_abcdefgh_" + "a" * 44,
        "fb_abcdefg_" + "a" * 43,
        "fb-abcdefgh-" + "a" * 43,
        "FB_abcdefgh_" + "a" * 43,
        "fb_abcdefgh_" + "a" * 42 + "=",
        "fb_abcdefgh_" + "a" * 43 + "\n",
        "fb_ａbcdefgh_" + "a" * 43,
    ],
)
def test_what_is_not_a_key_has_no_prefix(text: str) -> None:
    assert key_prefix(text) is None


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "disabled", "fault"),
    [
        (NOW + DAY, None, False, None),
        (NOW, None, False, "key_expired"),
        (NOW - DAY, None, False, "key_expired"),
        (NOW + DAY, NOW, False, "key_revoked"),
        (NOW - DAY, NOW - DAY, True, "key_revoked"),
        (NOW + DAY, None, True, "principal_disabled"),
    ],
)
def test_why_a_key_does_not_hold(
    expires_at: datetime, revoked_at: datetime | None, disabled: bool, fault: str | None
) -> None:
    text = new_key().text
    held = HeldKey(key_digest(text), expires_at, revoked_at, disabled)
    assert key_fault(held, text, NOW) == fault
    assert key_fault(held, new_key().text, NOW) == "key_unknown"
    assert key_fault(None, text, NOW) == "key_unknown"


@pytest.mark.parametrize(
    ("organisation", "dataset", "fine"),
    [
        ("cisa", None, True),
        (None, "*", True),
        (None, "cn-steel", True),
        (None, None, False),
        ("cisa", "*", False),
        (None, "CN Steel", False),
        (None, "cn-*", False),
    ],
)
def test_a_grant_has_exactly_one_scope(organisation: str | None, dataset: str | None, fine: bool) -> None:
    assert is_scope(organisation, dataset) is fine


def test_a_slug_is_short_and_plain() -> None:
    assert is_slug("cisa") and is_slug("state-grid-1")
    assert not any(is_slug(text) for text in ("", "-a", "a--b", "CISA", "中钢协", "a b", "a\n"))


def test_an_affiliation_holds_on_both_its_days() -> None:
    held = Affiliation("a", "p", "cisa", date(2026, 1, 1), date(2026, 6, 30), True)
    days = [(2025, 12, 31), (2026, 1, 1), (2026, 6, 30), (2026, 7, 1)]
    assert [held.on(date(*day)) for day in days] == [False, True, True, False]


@pytest.mark.parametrize("text", ["", " ", "a\x00b", "a\nb", "a\u2028b", "\ud800"])
def test_a_name_is_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        one_line(text)
    assert one_line(" Li\u0301 Wei ") == "L\u00ed Wei"
