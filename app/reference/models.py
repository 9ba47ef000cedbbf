"""Tables of the reference data: insert-only, addressed by the SHA-256 of what they hold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base

C_TEXT = Text(collation="C")


class ReferenceTable(Base):
    """One table in one state: the canonical bytes and their hash."""

    __tablename__ = "reference_table"
    __table_args__ = (CheckConstraint("length(hash) = 64", name="hash"),)

    hash: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    name: Mapped[str] = mapped_column(C_TEXT)
    document: Mapped[bytes] = mapped_column(LargeBinary)


class ReferenceEdition(Base):
    """A manifest `{table: hash}`; its own hash is the `reference` of a basis."""

    __tablename__ = "reference_edition"
    __table_args__ = (CheckConstraint("length(hash) = 64", name="hash"),)

    hash: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    manifest: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("clock_timestamp()")
    )
