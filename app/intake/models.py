"""Tables of the intake: the files as they came, what was found in them, and the drafts that they make.

Rows and findings belong to an upload, and a draft points to one of its uploads: a new file replaces the old
one by moving that pointer, and what was sent before stays on record.
"""

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
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base

C_TEXT = Text(collation="C")
NOW = text("clock_timestamp()")
OPEN_STATES = "'draft', 'in_review', 'changes_requested', 'approved', 'published'"
"""A draft in one of these holds its release number; after a rejection or an abandonment it is free again."""


class Blob(Base):
    """A file, addressed by the SHA-256 of its bytes, which lie in pieces in `blob_part`."""

    __tablename__ = "blob"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="sha256"),)

    sha256: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)


class BlobPart(Base):
    """Piece `part` of a file, so that neither side ever holds the whole of it in memory."""

    __tablename__ = "blob_part"

    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), type_=C_TEXT, primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Draft(Base):
    """A release to be. `revision` counts its changes; `upload` is the one whose rows it holds.

    `metadata`: what was stated by hand, over what the upload says of its dataset. `answers`: what is to become
    of factors of the last release that it does not carry, by key (`*`: of all others). `left_out`: the rows
    of the upload with errors are left out by decision of the contributor. `hands`: everybody who changed it,
    none of whom may review or publish it.
    """

    __tablename__ = "draft"
    __table_args__ = (
        Index(
            "uq_draft_open",
            "dataset",
            "number",
            unique=True,
            postgresql_where=text(f"state IN ({OPEN_STATES})"),
        ),
        Index(None, "state", "id"),
        CheckConstraint(
            f"state IN ({OPEN_STATES}, 'rejected', 'abandoned')",
            name="state",
        ),
        CheckConstraint("mode IN ('full', 'delta')", name="mode"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dataset: Mapped[str] = mapped_column(C_TEXT)
    number: Mapped[str] = mapped_column(C_TEXT)
    state: Mapped[str] = mapped_column(C_TEXT, server_default=text("'draft'"))
    revision: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    policy: Mapped[str] = mapped_column(C_TEXT)
    mode: Mapped[str] = mapped_column(C_TEXT)
    base_release_hash: Mapped[str | None] = mapped_column(C_TEXT)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    answers: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    left_out: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    upload: Mapped[str | None] = mapped_column(C_TEXT)
    release_id: Mapped[int | None] = mapped_column(BigInteger)
    release_hash: Mapped[str | None] = mapped_column(C_TEXT)
    created_by: Mapped[str] = mapped_column(C_TEXT)
    hands: Mapped[list[str]] = mapped_column(ARRAY(C_TEXT), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)


class Upload(Base):
    """A file that somebody sent for a draft, how far its checking is, and the report of it.

    `metadata` and `sources` are what the file says of its dataset and cites; `model` is the blob of its other
    sheets (unit processes, links, evidence), which are bound to the release as an attachment.
    """

    __tablename__ = "upload"
    __table_args__ = (
        Index(None, "draft", "created_at"),
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("mode IN ('full', 'delta')", name="mode"),
    )

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    draft: Mapped[int | None] = mapped_column(ForeignKey("draft.id"), type_=BigInteger)
    draft_revision: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    dataset: Mapped[str] = mapped_column(C_TEXT)
    release: Mapped[str] = mapped_column(C_TEXT)
    mode: Mapped[str] = mapped_column(C_TEXT)
    dry_run: Mapped[bool] = mapped_column(Boolean)
    blob: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), type_=C_TEXT)
    file_name: Mapped[str] = mapped_column(C_TEXT)
    principal: Mapped[str] = mapped_column(C_TEXT)
    state: Mapped[str] = mapped_column(C_TEXT)
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    phase: Mapped[str] = mapped_column(C_TEXT, server_default=text("'waiting'"))
    progress: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    progress_total: Mapped[int | None] = mapped_column(BigInteger)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    sources: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    model: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"), type_=C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class FindingRow(Base):
    """One finding of an upload. `identity` stays the same in a later file that says the same."""

    __tablename__ = "finding"
    __table_args__ = (
        Index(None, "upload", "severity", "seq"),
        Index(None, "upload", "code", "seq"),
        Index(None, "upload", "identity"),
        CheckConstraint("severity IN ('error', 'warning', 'note')", name="severity"),
    )

    upload: Mapped[str] = mapped_column(ForeignKey("upload.id"), type_=C_TEXT, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    identity: Mapped[str] = mapped_column(C_TEXT)
    code: Mapped[str] = mapped_column(C_TEXT)
    severity: Mapped[str] = mapped_column(C_TEXT)
    sheet: Mapped[str | None] = mapped_column(C_TEXT)
    cell: Mapped[str | None] = mapped_column(C_TEXT)
    row: Mapped[int | None] = mapped_column(Integer)
    key: Mapped[str | None] = mapped_column(C_TEXT)
    field: Mapped[str | None] = mapped_column(C_TEXT)
    value: Mapped[str | None] = mapped_column(C_TEXT)
    expected: Mapped[list[str]] = mapped_column(ARRAY(C_TEXT))
    text_zh: Mapped[str] = mapped_column(C_TEXT)
    text_en: Mapped[str] = mapped_column(C_TEXT)


class DraftFactor(Base):
    """A row of an upload. `substance`: the factor that it states, as canonical JSON without version, release
    and change; null where an error stands against the row, which then has no factor (and perhaps no key)."""

    __tablename__ = "draft_factor"
    __table_args__ = (Index(None, "upload", "key"),)

    upload: Mapped[str] = mapped_column(ForeignKey("upload.id"), type_=C_TEXT, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[str | None] = mapped_column(C_TEXT)
    substance: Mapped[bytes | None] = mapped_column(LargeBinary)
    substance_hash: Mapped[str | None] = mapped_column(C_TEXT)
    sheet: Mapped[str | None] = mapped_column(C_TEXT)
    row: Mapped[int | None] = mapped_column(Integer)


class Attachment(Base):
    """A document that goes with a draft: the development report, a source, the flow chart (req 26, 40)."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('development_report', 'source', 'flow_chart', 'model', 'other')", name="kind"
        ),
        CheckConstraint("access_class IN ('public', 'registered', 'restricted')", name="access_class"),
    )

    draft: Mapped[int] = mapped_column(ForeignKey("draft.id"), type_=BigInteger, primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), type_=C_TEXT, primary_key=True)
    name: Mapped[str] = mapped_column(C_TEXT)
    media_type: Mapped[str] = mapped_column(C_TEXT)
    kind: Mapped[str] = mapped_column(C_TEXT)
    access_class: Mapped[str] = mapped_column(C_TEXT)
    added_by: Mapped[str] = mapped_column(C_TEXT)
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)


class Explanation(Base):
    """Why a warning is right as it stands (req 47); it holds as long as the finding is the same."""

    __tablename__ = "explanation"

    draft: Mapped[int] = mapped_column(ForeignKey("draft.id"), type_=BigInteger, primary_key=True)
    identity: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    text: Mapped[str] = mapped_column(C_TEXT)
    explained_by: Mapped[str] = mapped_column(C_TEXT)
    explained_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=NOW)
