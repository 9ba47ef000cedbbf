"""Shapes of the requests and answers about those who act."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.auth.repository import AnyRow
from app.auth.rules import LIFETIME_DAYS, MAX_LIFETIME_DAYS, Asker, Grant, Kind, Role, one_line
from app.kit.grammar import DATASET

Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
Slug = Annotated[str, Field(max_length=125, pattern=f"^{DATASET}$")]
Id = Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9-]+$")]
Scope = Annotated[
    str, Field(max_length=125, pattern=rf"^(\*|{DATASET})$", description="A dataset; `*`: all.")
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Names(Body):
    zh: Line
    en: Line


class NewOrganisation(Body):
    id: Slug
    name: Names


class NewPrincipal(Body):
    name: Line
    kind: Kind = "person"
    organisation: Slug | None = None


class NewAffiliation(Body):
    organisation: Slug
    from_: date | None = Field(default=None, alias="from", description="First day; default today.")
    to: date | None = Field(default=None, description="Last day; open if absent.")
    declared: bool = Field(default=False, description="Stated by the principal.")


class NewSignIn(Body):
    issuer: Line
    subject: Annotated[str, Field(max_length=255), AfterValidator(one_line)]


class NewGrant(Body):
    """For an organisation or for a dataset."""

    principal: Id
    role: Role
    organisation: Slug | None = None
    dataset: Scope | None = None


class NewKey(Body):
    """Without `principal`, a key of one's own."""

    principal: Id | None = None
    expires_in_days: int = Field(default=LIFETIME_DAYS, strict=True, ge=1, le=MAX_LIFETIME_DAYS)


class BothNames(BaseModel):
    zh: str
    en: str


class OrganisationItem(BaseModel):
    id: str
    name: BothNames
    created_at: str


class PrincipalItem(BaseModel):
    id: str
    name: str
    kind: str
    created_at: str
    disabled_at: str | None


class AffiliationItem(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: str
    principal: str
    organisation: str
    from_: str = Field(alias="from")
    to: str | None
    declared: bool


class SignInItem(BaseModel):
    issuer: str
    subject: str
    principal: str
    created_at: str


class GrantItem(BaseModel):
    id: str
    principal: str
    role: str
    organisation: str | None
    dataset: str | None
    granted_by: str | None
    created_at: str
    revoked_at: str | None


class KeyItem(BaseModel):
    """`prefix` is what is visible of the key."""

    id: str
    prefix: str
    principal: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None


class KeyMade(KeyItem):
    """`secret` is shown this once; null in a repeated answer to the same Idempotency-Key."""

    secret: str | None


class OwnGrant(BaseModel):
    role: str
    organisation: str | None
    dataset: str | None


class Me(BaseModel):
    principal: str
    name: str
    kind: str
    organisations: list[str]
    grants: list[OwnGrant]
    key: str | None


class OrganisationList(BaseModel):
    items: list[OrganisationItem]
    next_cursor: str | None


class PrincipalList(BaseModel):
    items: list[PrincipalItem]
    next_cursor: str | None


class AffiliationList(BaseModel):
    items: list[AffiliationItem]
    next_cursor: str | None


class GrantList(BaseModel):
    items: list[GrantItem]
    next_cursor: str | None


class KeyList(BaseModel):
    items: list[KeyItem]
    next_cursor: str | None


def time_text(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def organisation_item(row: AnyRow) -> dict[str, Any]:
    name = {"zh": row.name_zh, "en": row.name_en}
    return {"id": row.id, "name": name, "created_at": time_text(row.created_at)}


def principal_item(row: AnyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "created_at": time_text(row.created_at),
        "disabled_at": time_text(row.disabled_at),
    }


def affiliation_item(row: AnyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "principal": row.principal,
        "organisation": row.organisation,
        "from": row.from_day.isoformat(),
        "to": None if row.to_day is None else row.to_day.isoformat(),
        "declared": row.declared,
    }


def sign_in_item(row: AnyRow) -> dict[str, Any]:
    return {
        "issuer": row.issuer,
        "subject": row.subject,
        "principal": row.principal,
        "created_at": time_text(row.created_at),
    }


def grant_item(row: AnyRow) -> dict[str, Any]:
    named = ("id", "principal", "role", "organisation", "dataset", "granted_by")
    return {
        **{name: getattr(row, name) for name in named},
        "created_at": time_text(row.created_at),
        "revoked_at": time_text(row.revoked_at),
    }


def key_item(row: AnyRow) -> dict[str, Any]:
    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    return {
        "id": row.id,
        "prefix": row.prefix,
        "principal": row.principal,
        **{name: time_text(getattr(row, name)) for name in times},
    }


def me_view(asker: Asker) -> dict[str, Any]:
    def own(grant: Grant) -> dict[str, Any]:
        return {"role": grant.role, "organisation": grant.organisation, "dataset": grant.dataset}

    return {
        "principal": asker.principal,
        "name": asker.name,
        "kind": asker.kind,
        "organisations": sorted(asker.organisations),
        "grants": [own(grant) for grant in asker.grants],
        "key": asker.key,
    }
