"""The tables of the search. They can be made again from the documents, so nothing protects them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_trigram",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("trigram", sa.Text(collation="C"), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_trigram")),
    )
    op.create_index("ix_search_trigram_trigram", "search_trigram", ["trigram", "word"], unique=False)
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("batch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("frequency", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("word", "batch", name=op.f("pk_search_word")),
    )
    op.create_index(
        "ix_search_word_waiting",
        "search_word",
        ["batch"],
        unique=False,
        postgresql_where=sa.text("batch <> 0"),
    )
    op.create_table(
        "search_row",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name_size", sa.SmallInteger(), nullable=False),
        sa.Column("tokens", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_search_row")),
        postgresql_with={"toast_tuple_target": "8160"},
    )
    op.create_index(
        "ix_search_row_tokens",
        "search_row",
        ["tokens"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on", "gin_pending_list_limit": "4096"},
    )
    op.execute("GRANT SELECT, INSERT ON search_row, search_trigram TO factorbase_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON search_word TO factorbase_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO factorbase_app")


def downgrade() -> None:
    op.drop_index(
        "ix_search_row_tokens",
        table_name="search_row",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on", "gin_pending_list_limit": "4096"},
    )
    op.drop_table("search_row")
    op.drop_index("ix_search_word_waiting", table_name="search_word", postgresql_where=sa.text("batch <> 0"))
    op.drop_table("search_word")
    op.drop_index("ix_search_trigram_trigram", table_name="search_trigram")
    op.drop_table("search_trigram")
