"""Tables of the review: rounds, decisions, comments and who is at work. All but claims are insert-only (req 42)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base

C_TEXT = Text(collation="C")
NOW = text("clock_timestamp()")


class ReviewRound(Base):
    """What was submitted, each time: the manifest stays even where the frozen release was taken back."""

    __tablename__ = "review_round"

    draft: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    round: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    policy: Mapped[str] = mapped_column(C_TEXT)
    release_hash: Mapped[str] = mapped_column(C_TEXT)
    manifest: Mapped[bytes] = mapped_column(LargeBinary)
    factor_count: Mapped[int] = mapped_column(Integer)
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    gone: Mapped[int] = mapped_column(Integer)
    parties: Mapped[list[str]] = mapped_column(ARRAY(C_TEXT))
    contributors: Mapped[list[str]] = mapped_column(ARRAY(C_TEXT))
    submitted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)


class Decision(Base):
    """An act on a release to be, as it was decided: who, on which bytes, why, and for an approval what was
    looked at and how (req 41), the sample, and the relations that the reviewer declared (req 43).

    `position` is the journal line of the act.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index(None, "draft", "id"),
        CheckConstraint(
            "action IN ('submit', 'request_changes', 'approve', 'reject', 'publish', 'abandon')",
            name="action",
        ),
        CheckConstraint("action <> 'approve' OR release_hash IS NOT NULL", name="bound"),
        Index(
            "uq_decision_approval",
            "draft",
            "round",
            "principal",
            unique=True,
            postgresql_where=text("action = 'approve'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    draft: Mapped[int] = mapped_column(BigInteger)
    round: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(C_TEXT)
    to_state: Mapped[str] = mapped_column(C_TEXT)
    release_hash: Mapped[str | None] = mapped_column(C_TEXT)
    principal: Mapped[str] = mapped_column(C_TEXT)
    statement: Mapped[str | None] = mapped_column(C_TEXT)
    scope: Mapped[list[str]] = mapped_column(ARRAY(C_TEXT), server_default=text("'{}'"))
    methods: Mapped[list[str]] = mapped_column(ARRAY(C_TEXT), server_default=text("'{}'"))
    sample: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    affiliations: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    external: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    chair: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    position: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Comment(Base):
    """A remark on the release, a factor or a field of one, or a reply to another; never changed or removed."""

    __tablename__ = "comment"
    __table_args__ = (
        Index(None, "draft", "id"),
        CheckConstraint("target IN ('release', 'factor', 'field')", name="target"),
        CheckConstraint("(target = 'release') = (key IS NULL)", name="key"),
        CheckConstraint("(target = 'field') = (field IS NOT NULL)", name="field"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    draft: Mapped[int] = mapped_column(BigInteger)
    round: Mapped[int] = mapped_column(Integer)
    parent: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), type_=BigInteger)
    target: Mapped[str] = mapped_column(C_TEXT)
    key: Mapped[str | None] = mapped_column(C_TEXT)
    field: Mapped[str | None] = mapped_column(C_TEXT)
    text: Mapped[str] = mapped_column(C_TEXT)
    written_by: Mapped[str] = mapped_column(C_TEXT)
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)


class CommentResolution(Base):
    """That a comment is settled, by whom, and how."""

    __tablename__ = "comment_resolution"

    comment: Mapped[int] = mapped_column(
        ForeignKey("comment.id"), type_=BigInteger, primary_key=True, autoincrement=False
    )
    resolved_by: Mapped[str] = mapped_column(C_TEXT)
    resolved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
    note: Mapped[str | None] = mapped_column(C_TEXT)


class Claim(Base):
    """That a reviewer is at work on a release, until when; several may be."""

    __tablename__ = "claim"

    draft: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    principal: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
