"""Tables of the search. They hold nothing that cannot be made again from the documents."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Base

C_TEXT = Text(collation="C")


class SearchRow(Base):
    """The tokens of one factor version, see search_document.

    No foreign key: its check costs a tenth of the writing, and the rows can be made again.
    """

    __tablename__ = "search_row"
    __table_args__ = (
        # New rows wait in the pending list and go into the index in bulk: four times as fast as one by one.
        # A question reads the list from end to end, so it is kept short (4 MB, about a millisecond).
        Index(
            "ix_search_row_tokens",
            "tokens",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "on", "gin_pending_list_limit": "4096"},
        ),
        # A score looks at the tokens of every candidate several times: they lie in the row, unpacked.
        {"postgresql_with": {"toast_tuple_target": "8160"}},
    )

    version_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name_size: Mapped[int] = mapped_column(SmallInteger)
    tokens: Mapped[str] = mapped_column(TSVECTOR)


class SearchWord(Base):
    """In how many rows a token occurs. Writers only insert, under a batch of their own, so that none waits
    for another; the sum over the batches counts. Batches are merged into batch 0 now and then."""

    __tablename__ = "search_word"
    __table_args__ = (Index("ix_search_word_waiting", "batch", postgresql_where=text("batch <> 0")),)

    word: Mapped[str] = mapped_column(C_TEXT, primary_key=True)
    batch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    frequency: Mapped[int] = mapped_column(BigInteger)


class SearchTrigram(Base):
    """Latin words by three letters, to find what was meant by a misspelt one. Rows may repeat."""

    __tablename__ = "search_trigram"
    __table_args__ = (Index("ix_search_trigram_trigram", "trigram", "word"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    trigram: Mapped[str] = mapped_column(C_TEXT)
    word: Mapped[str] = mapped_column(C_TEXT)
