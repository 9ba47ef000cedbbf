"""Tables of the journal. All are insert-only; only `journal_detail` may be erased, by the owner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base

C_TEXT = Text(collation="C")


class JournalEntry(Base):
    """One leaf of the log: the exact bytes, and the fields that questions are asked by."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index(None, "subject", "position"),
        CheckConstraint("octet_length(leaf_hash) = 32", name="leaf_hash"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(C_TEXT)
    subject: Mapped[str | None] = mapped_column(C_TEXT)


class JournalDetail(Base):
    """What an entry commits to; may be erased (a person's data) without touching the log."""

    __tablename__ = "journal_detail"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    details: Mapped[bytes] = mapped_column(LargeBinary)


class JournalHead(Base):
    """The tree at the end of one transaction: the bases that an answer can name."""

    __tablename__ = "journal_head"
    __table_args__ = (Index(None, "at"),)

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ServiceIdentity(Base):
    """Who this service is: one row, written once. Every uuid and every log entry belongs to this origin."""

    __tablename__ = "service_identity"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(C_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
