"""Who may do what, and what a key looks like: plain functions on plain data."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

from app.kit.canonical import nfc
from app.kit.errors import Forbidden, Problem, Unauthorised
from app.kit.grammar import is_dataset

Role = Literal["contributor", "steward", "reviewer", "publisher", "auditor", "admin", "reader"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
Kind = Literal["person", "system"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ALL_DATASETS: Final = "*"
SEED: Final = "seed"  # id of the system principal that publishes the seed data
LIFETIME_DAYS: Final = 365  # of a key, unless its maker says otherwise
MAX_LIFETIME_DAYS: Final = 1095

NOT_IN_A_LINE: Final = ("Cc", "Cs", "Zl", "Zp")  # categories: control, lone surrogate, line and paragraph
VISIBLE: Final = 8
SECRET_BYTES: Final = 32
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_key = re.compile(r"fb_([A-Za-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)

KeyFault = Literal["key_unknown", "key_revoked", "key_expired", "principal_disabled"]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for what an organisation maintains, or for one dataset, or for all (`*`)."""

    role: Role
    organisation: str | None = None
    dataset: str | None = None

    def covers(self, dataset: str | None = None, organisation: str | None = None) -> bool:
        """Whether it reaches `dataset`, which `organisation` maintains; without either, anything counts."""
        if dataset is None and organisation is None:
            return True
        if self.dataset is not None:
            return self.dataset == ALL_DATASETS or (dataset is not None and self.dataset == dataset)
        return organisation is not None and self.organisation == organisation

    @property
    def everywhere(self) -> bool:
        return self.dataset == ALL_DATASETS


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the principal, where they belong today, what they were granted, and by which key (its id).

    `key` is None for a sign-in by a token of the issuer. Count persons by `principal`, never by `key`.
    """

    principal: str
    name: str
    kind: str
    organisations: frozenset[str]
    grants: tuple[Grant, ...]
    key: str | None

    def has(self, role: Role, dataset: str | None = None, organisation: str | None = None) -> bool:
        """Whether a grant of exactly `role` covers `dataset` (of `organisation`); roles imply no others."""
        return any(g.role == role and g.covers(dataset, organisation) for g in self.grants)

    @property
    def is_admin(self) -> bool:
        """Administers the whole service: people, grants and keys."""
        return any(grant.role == "admin" and grant.everywhere for grant in self.grants)


def require(
    asker: Asker | None,
    role: Role,
    dataset: str | None = None,
    organisation: str | None = None,
    *,
    instead: Problem | None = None,
) -> Asker:
    """The asker, if they have `role` for `dataset`.

    Raises Unauthorised `sign_in_required`, Forbidden `role_missing`; or `instead`, for things whose
    existence is hidden from others (give the very NotFound that a thing that is not there gets).
    """
    if asker is not None and asker.has(role, dataset, organisation):
        return asker
    if instead is not None:
        raise instead
    if asker is None:
        raise sign_in_required()
    raise role_missing((role,), dataset)


def require_admin(asker: Asker) -> Asker:
    """The asker, if they administer the whole service. Raises Forbidden `role_missing`."""
    if not asker.is_admin:
        raise role_missing(("admin",), ALL_DATASETS)
    return asker


def sign_in_required() -> Unauthorised:
    return Unauthorised(
        "sign_in_required",
        "Sign in first: send `Authorization: Bearer <key>`.",
        "请先登录：发送 `Authorization: Bearer <密钥>`。",
    )


def role_missing(roles: Iterable[Role], dataset: str | None = None) -> Forbidden:
    wanted = sorted(roles)
    named = " / ".join(wanted)
    scope = "" if dataset is None else f" for {dataset!r}"
    scope_zh = "" if dataset is None else f"（数据集 {dataset!r}）"
    return Forbidden(
        "role_missing",
        f"This needs the role {named}{scope}, which you were not granted.",
        f"此操作需要角色 {named}{scope_zh}，您未被授予。",
        required_roles=wanted,
        dataset=dataset,
    )


def one_line(text: str) -> str:
    """`text` in normalisation form C without spaces at its ends. Raises ValueError for control characters."""
    text = nfc(text).strip()
    if not text or any(unicodedata.category(character) in NOT_IN_A_LINE for character in text):
        raise ValueError("must be one line of text without control characters")
    return text


def name_key(text: str) -> str:
    """What two spellings of one name share: width, case and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def is_slug(text: str) -> bool:
    """Names of organisations have the grammar of names of datasets."""
    return is_dataset(text)


def is_scope(organisation: str | None, dataset: str | None) -> bool:
    """A grant is for one organisation or for one dataset (or `*`), never both or neither."""
    if (organisation is None) == (dataset is None):
        return False
    return dataset is None or dataset == ALL_DATASETS or is_dataset(dataset)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is made: `text` is shown once, `prefix` and `digest` are kept."""

    text: str
    prefix: str
    digest: bytes


def new_key() -> NewKey:
    """`fb_`, 8 visible characters, `_`, 256 random bits in base64url (43 characters)."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(VISIBLE))
    text = f"fb_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(text, prefix, key_digest(text))


def key_prefix(text: str) -> str | None:
    """The visible part of a well-formed key; None for anything else."""
    found = _key.fullmatch(text)
    return None if found is None else found[1]


def key_digest(text: str) -> bytes:
    """SHA-256 of the key as it is sent. Plain hashing is enough for 256 random bits."""
    return hashlib.sha256(text.encode("utf-8")).digest()


@dataclass(frozen=True, slots=True)
class HeldKey:
    """What is kept of a key, with whether its owner is disabled."""

    digest: bytes
    expires_at: datetime
    revoked_at: datetime | None
    owner_disabled: bool


NO_KEY_DIGEST: Final = bytes(32)  # no text has this digest; compared with when there is no such key


def key_fault(held: HeldKey | None, text: str, now: datetime) -> KeyFault | None:
    """Why the key does not hold, or None. An unknown prefix is compared too, and takes as long.

    Nobody learns of a key's state without its secret: a wrong secret is `key_unknown` whatever the state.
    """
    expected = NO_KEY_DIGEST if held is None else held.digest
    same = hmac.compare_digest(expected, key_digest(text))
    if held is None or not same:
        return "key_unknown"
    if held.revoked_at is not None:
        return "key_revoked"
    if now >= held.expires_at:
        return "key_expired"
    return "principal_disabled" if held.owner_disabled else None


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Where a principal belongs or belonged, with days (the last day included).

    `declared`: stated by the principal, and not only known to the administrator (req 43).
    """

    id: str
    principal: str
    organisation: str
    from_day: date
    to_day: date | None
    declared: bool

    def on(self, day: date) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)
