"""Tables of the catalogue. What is published in them never changes; triggers of the first migration say so.

`catalog_row` alone is mutable: it repeats what can be derived from the others in the shape that questions
are asked in, so that a list needs one index and no aggregate.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base

C_TEXT = Text(collation="C")


class Dataset(Base):
    """A named series of releases. What it says of itself stands in each release's metadata."""

    __tablename__ = "dataset"

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("clock_timestamp()")
    )


class Release(Base):
    """One numbered edition of a dataset; frozen with its manifest, then published as a whole."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("dataset", "number"),
        Index(None, "dataset", "major", "minor", "patch"),
        CheckConstraint("(published_position IS NULL) = (published_at IS NULL)", name="published"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dataset: Mapped[str] = mapped_column(ForeignKey("dataset.id"), type_=C_TEXT)
    number: Mapped[str] = mapped_column(C_TEXT)
    major: Mapped[int] = mapped_column(Integer)
    minor: Mapped[int] = mapped_column(Integer)
    patch: Mapped[int] = mapped_column(Integer)
    policy: Mapped[str] = mapped_column(C_TEXT)
    metadata_document: Mapped[bytes] = mapped_column(LargeBinary)
    manifest: Mapped[bytes] = mapped_column(LargeBinary)
    release_hash: Mapped[str] = mapped_column(C_TEXT)
    base_release_hash: Mapped[str | None] = mapped_column(C_TEXT)
    factor_count: Mapped[int] = mapped_column(Integer)
    added_count: Mapped[int] = mapped_column(Integer)
    changed_count: Mapped[int] = mapped_column(Integer)
    published_position: Mapped[int | None] = mapped_column(BigInteger)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Factor(Base):
    """One stable identity `{dataset}/{key}`."""

    __tablename__ = "factor"
    __table_args__ = (UniqueConstraint("dataset", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dataset: Mapped[str] = mapped_column(ForeignKey("dataset.id"), type_=C_TEXT)
    key: Mapped[str] = mapped_column(C_TEXT)


class FactorVersion(Base):
    """One immutable version: the canonical bytes that are served, and their hashes (hexadecimal)."""

    __tablename__ = "factor_version"
    __table_args__ = (UniqueConstraint("factor_id", "n", "release_id"), UniqueConstraint("content_hash"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id"), type_=BigInteger)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), type_=BigInteger, index=True)
    n: Mapped[int] = mapped_column(Integer)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[str] = mapped_column(C_TEXT)
    substance_hash: Mapped[str] = mapped_column(C_TEXT)


class StatusEvent(Base):
    """Append-only history of status: of a version, or of a release as such.

    A release's events say nothing of its versions, which may live on in later releases: each version that is
    withdrawn with a release has an event of its own, which names the release in `by_release`. `position` is
    that of the last journal entry of the transaction, `at` its time. `effective_from` may lie ahead.
    """

    __tablename__ = "status_event"
    __table_args__ = (
        Index(None, "version_id"),
        Index(None, "release_id"),
        Index(None, "effective_from", postgresql_where=text("effective_from IS NOT NULL")),
        CheckConstraint("(version_id IS NULL) <> (release_id IS NULL)", name="one_target"),
        CheckConstraint("status IN ('published', 'retired', 'recalled')", name="status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("factor_version.id"), type_=BigInteger)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"), type_=BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(C_TEXT)
    effective_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    successor: Mapped[str | None] = mapped_column(C_TEXT)
    at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    errata_class: Mapped[str | None] = mapped_column(C_TEXT)
    by_release: Mapped[int | None] = mapped_column(ForeignKey("release.id"), type_=BigInteger)


class Source(Base):
    """A cited document; the id is the hash of its canonical bytes, so equal citations are one."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)


class FactorMap(Base):
    """Where a factor went that was renamed, split or merged. The rows of the newest position count."""

    __tablename__ = "factor_map"
    __table_args__ = (
        CheckConstraint("relation IN ('same', 'split', 'merged', 'narrower')", name="relation"),
    )

    old_ref: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    new_ref: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    relation: Mapped[str] = mapped_column(C_TEXT)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)


class CatalogRow(Base):
    """A version as lists and searches see it. `superseded_in`: the release that brought the next version;
    `dropped_in`: the release that no longer carries the factor (it stays published). `status` holds before
    `status_until`; from then on the events say (an effective date that lay ahead has come). `corrects`: the
    errata class of the version before, which this one recalls when it is published."""

    __tablename__ = "catalog_row"
    __table_args__ = (
        Index("ix_catalog_row_list", "rank", "ref", postgresql_where=text("superseded_in IS NULL")),
        Index("ix_catalog_row_activity", "activity", "rank", "ref"),
        Index("ix_catalog_row_region", "region", "rank", "ref"),
        Index("ix_catalog_row_dataset", "dataset", "rank", "ref"),
        Index("ix_catalog_row_series", "dataset", "series", "ref"),
        Index("ix_catalog_row_record_type", "record_type", "rank", "ref"),
        Index("ix_catalog_row_sector", "sector", "rank", "ref"),
        Index("ix_catalog_row_goods_code", "goods_code", "rank", "ref"),
        Index("ix_catalog_row_release_id", "release_id"),
        Index(
            "ix_catalog_row_status_until",
            "status_until",
            postgresql_where=text("status_until IS NOT NULL"),
        ),
        Index(
            "ix_catalog_row_withdrawn",
            "rank",
            "ref",
            postgresql_where=text("status <> 'published' OR status_until IS NOT NULL"),
        ),
    )

    version_id: Mapped[int] = mapped_column(
        ForeignKey("factor_version.id"), type_=BigInteger, primary_key=True, autoincrement=False
    )
    factor_id: Mapped[int] = mapped_column(BigInteger, index=True)
    release_id: Mapped[int] = mapped_column(BigInteger)
    superseded_in: Mapped[int | None] = mapped_column(BigInteger)
    dropped_in: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(C_TEXT)
    status_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    corrects: Mapped[str | None] = mapped_column(C_TEXT)
    rank: Mapped[int] = mapped_column(SmallInteger)
    ref: Mapped[str] = mapped_column(C_TEXT)
    n: Mapped[int] = mapped_column(Integer)
    dataset: Mapped[str] = mapped_column(C_TEXT)
    series: Mapped[str] = mapped_column(C_TEXT)
    record_type: Mapped[str] = mapped_column(C_TEXT)
    activity: Mapped[str] = mapped_column(C_TEXT)
    sector: Mapped[str] = mapped_column(C_TEXT)
    region: Mapped[str] = mapped_column(C_TEXT)
    year: Mapped[int | None] = mapped_column(SmallInteger)
    gas_basis: Mapped[str] = mapped_column(C_TEXT)
    boundary: Mapped[str] = mapped_column(C_TEXT)
    variant: Mapped[str | None] = mapped_column(C_TEXT)
    goods_code: Mapped[str | None] = mapped_column(C_TEXT)
