"""Tables of those who act. Nothing here is deleted: grants and keys are revoked, people are disabled."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.rules import KINDS, ROLES
from app.kit.db import Base
from app.kit.idempotency import IdempotencyKey

__all__ = [
    "Affiliation",
    "ApiKey",
    "GrantRow",
    "IdempotencyKey",
    "Organisation",
    "Principal",
    "SignIn",
]

C_TEXT = Text(collation="C")
NOW = text("clock_timestamp()")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Organisation(Base):
    __tablename__ = "organisation"

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    name_zh: Mapped[str] = mapped_column(C_TEXT)
    name_en: Mapped[str] = mapped_column(C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)


class Principal(Base):
    """A person or a system. The id is the pseudonym that the journal names; the name can be erased."""

    __tablename__ = "principal"
    __table_args__ = (CheckConstraint(_one_of("kind", KINDS), name="kind"), Index(None, "name"))

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    name: Mapped[str] = mapped_column(C_TEXT)
    kind: Mapped[str] = mapped_column(C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Affiliation(Base):
    """Days are inclusive. `declared`: stated by the principal (req 43)."""

    __tablename__ = "affiliation"
    __table_args__ = (
        Index(None, "principal"),
        CheckConstraint("to_day IS NULL OR to_day >= from_day", name="days"),
    )

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    principal: Mapped[str] = mapped_column(ForeignKey("principal.id"), type_=C_TEXT)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisation.id"), type_=C_TEXT)
    from_day: Mapped[date] = mapped_column(Date)
    to_day: Mapped[date | None] = mapped_column(Date)
    declared: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)


class GrantRow(Base):
    """`dataset` may name one that does not exist yet; `*` is all. `granted_by` is None from the command line."""

    __tablename__ = "grant_"
    __table_args__ = (
        Index(None, "principal"),
        CheckConstraint(_one_of("role", ROLES), name="role"),
        CheckConstraint("(organisation IS NULL) <> (dataset IS NULL)", name="one_scope"),
        Index(
            "uq_grant__standing",
            "principal",
            "role",
            "organisation",
            "dataset",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    principal: Mapped[str] = mapped_column(ForeignKey("principal.id"), type_=C_TEXT)
    role: Mapped[str] = mapped_column(C_TEXT)
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), type_=C_TEXT)
    dataset: Mapped[str | None] = mapped_column(C_TEXT)
    granted_by: Mapped[str | None] = mapped_column(ForeignKey("principal.id"), type_=C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ApiKey(Base):
    """`prefix` is visible and unique; `hash` is SHA-256 of the whole key, which is kept nowhere."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("prefix"),
        Index(None, "principal"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
    )

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    prefix: Mapped[str] = mapped_column(C_TEXT)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    principal: Mapped[str] = mapped_column(ForeignKey("principal.id"), type_=C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SignIn(Base):
    """Whom a token of the configured issuer speaks for."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "principal"),)

    issuer: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    subject: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    principal: Mapped[str] = mapped_column(ForeignKey("principal.id"), type_=C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
