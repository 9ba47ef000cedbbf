"""review: rounds, decisions, comments; withdrawing: dates ahead, corrections, maps; taking a frozen release back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSERT_ONLY = ("review_round", "decision", "comment", "comment_resolution", "factor_map")
"""What was said and decided stays as it was (req 42)."""

GRANTS = """
GRANT SELECT, INSERT ON review_round, decision, comment, comment_resolution, factor_map TO factorbase_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON claim TO factorbase_app;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO factorbase_app;

REVOKE ALL ON FUNCTION discard_release(bigint) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION discard_release(bigint) TO factorbase_app;
"""
"""The application still may not delete anything of the catalogue: it asks discard_release to."""

FUNCTIONS = """
CREATE FUNCTION refuse_published_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.release WHERE id = OLD.release_id AND published_position IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% on % is refused: what is published never changes', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION discard_release(discarded bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM public.release WHERE id = discarded AND published_position IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'release % is refused: published, or not there', discarded
            USING ERRCODE = 'restrict_violation';
    END IF;
    DELETE FROM public.search_row USING public.factor_version
        WHERE version_id = id AND release_id = discarded;
    DELETE FROM public.catalog_row WHERE release_id = discarded;
    DELETE FROM public.factor_version WHERE release_id = discarded;
    DELETE FROM public.release WHERE id = discarded;
END $$;
"""


def upgrade() -> None:
    _review()
    _withdrawing()
    for statement in FUNCTIONS.strip().split(";\n\nCREATE"):
        op.execute(statement if statement.startswith("CREATE") else "CREATE" + statement)
    for statement in GRANTS.strip().split("\n\n"):
        op.execute(statement)
    for table in INSERT_ONLY:
        _guard(table, "refuse_change", "UPDATE OR DELETE OR TRUNCATE", "STATEMENT")
    op.execute("DROP TRIGGER factor_version_refuse_change ON factor_version")
    _guard("factor_version", "refuse_change", "UPDATE OR TRUNCATE", "STATEMENT")
    _guard("factor_version", "refuse_published_removal", "DELETE", "ROW")
    _guard("catalog_row", "refuse_published_removal", "DELETE", "ROW")


def _guard(table: str, function: str, events: str, each: str) -> None:
    """ENABLE ALWAYS: session_replication_role does not switch it off."""
    name = f"{table}_{function}"
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _withdrawing() -> None:
    op.create_table(
        "factor_map",
        sa.Column("old_ref", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("new_ref", sa.Text(collation="C"), nullable=False),
        sa.Column("relation", sa.Text(collation="C"), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "relation IN ('same', 'split', 'merged', 'narrower')", name=op.f("ck_factor_map_relation")
        ),
        sa.PrimaryKeyConstraint("old_ref", "position", "new_ref", name=op.f("pk_factor_map")),
    )
    op.add_column("catalog_row", sa.Column("status_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("catalog_row", sa.Column("corrects", sa.Text(collation="C"), nullable=True))
    op.create_index(
        "ix_catalog_row_withdrawn",
        "catalog_row",
        ["rank", "ref"],
        unique=False,
        postgresql_where=sa.text("status <> 'published' OR status_until IS NOT NULL"),
    )
    op.create_index(
        "ix_catalog_row_status_until",
        "catalog_row",
        ["status_until"],
        unique=False,
        postgresql_where=sa.text("status_until IS NOT NULL"),
    )
    op.add_column("status_event", sa.Column("at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("status_event", sa.Column("errata_class", sa.Text(collation="C"), nullable=True))
    op.add_column("status_event", sa.Column("by_release", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_status_event_effective_from"),
        "status_event",
        ["effective_from"],
        unique=False,
        postgresql_where=sa.text("effective_from IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_status_event_by_release"), "status_event", "release", ["by_release"], ["id"]
    )


def _review() -> None:
    op.create_table(
        "claim",
        sa.Column("draft", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("principal", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "claimed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("draft", "principal", name=op.f("pk_claim")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("draft", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("parent", sa.BigInteger(), nullable=True),
        sa.Column("target", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=True),
        sa.Column("field", sa.Text(collation="C"), nullable=True),
        sa.Column("text", sa.Text(collation="C"), nullable=False),
        sa.Column("written_by", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("(target = 'field') = (field IS NOT NULL)", name=op.f("ck_comment_field")),
        sa.CheckConstraint("(target = 'release') = (key IS NULL)", name=op.f("ck_comment_key")),
        sa.CheckConstraint("target IN ('release', 'factor', 'field')", name=op.f("ck_comment_target")),
        sa.ForeignKeyConstraint(["parent"], ["comment.id"], name=op.f("fk_comment_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_draft_id"), "comment", ["draft", "id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("draft", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(collation="C"), nullable=False),
        sa.Column("to_state", sa.Text(collation="C"), nullable=False),
        sa.Column("release_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("principal", sa.Text(collation="C"), nullable=False),
        sa.Column("statement", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "scope", postgresql.ARRAY(sa.Text(collation="C")), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "methods",
            postgresql.ARRAY(sa.Text(collation="C")),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("sample", postgresql.JSONB(), nullable=True),
        sa.Column("affiliations", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("external", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("chair", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action <> 'approve' OR release_hash IS NOT NULL", name=op.f("ck_decision_bound")),
        sa.CheckConstraint(
            "action IN ('submit', 'request_changes', 'approve', 'reject', 'publish', 'abandon')",
            name=op.f("ck_decision_action"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_draft_id"), "decision", ["draft", "id"], unique=False)
    op.create_index(
        "uq_decision_approval",
        "decision",
        ["draft", "round", "principal"],
        unique=True,
        postgresql_where=sa.text("action = 'approve'"),
    )
    op.create_table(
        "review_round",
        sa.Column("draft", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy", sa.Text(collation="C"), nullable=False),
        sa.Column("release_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("factor_count", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("parties", postgresql.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("contributors", postgresql.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column(
            "submitted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("draft", "round", name=op.f("pk_review_round")),
    )
    op.create_table(
        "comment_resolution",
        sa.Column("comment", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resolved_by", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "resolved_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["comment"], ["comment.id"], name=op.f("fk_comment_resolution_comment")),
        sa.PrimaryKeyConstraint("comment", name=op.f("pk_comment_resolution")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER catalog_row_refuse_published_removal ON catalog_row")
    op.execute("DROP TRIGGER factor_version_refuse_published_removal ON factor_version")
    op.execute("DROP TRIGGER factor_version_refuse_change ON factor_version")
    _guard("factor_version", "refuse_change", "UPDATE OR DELETE OR TRUNCATE", "STATEMENT")
    op.execute("DROP FUNCTION discard_release(bigint)")
    op.execute("DROP FUNCTION refuse_published_removal()")
    op.drop_index(op.f("ix_status_event_effective_from"), table_name="status_event")
    op.drop_column("status_event", "by_release")
    op.drop_column("status_event", "errata_class")
    op.drop_column("status_event", "at")
    op.drop_index("ix_catalog_row_status_until", table_name="catalog_row")
    op.drop_index("ix_catalog_row_withdrawn", table_name="catalog_row")
    op.drop_column("catalog_row", "corrects")
    op.drop_column("catalog_row", "status_until")
    for table in ("factor_map", "claim", "comment_resolution", "comment", "decision", "review_round"):
        op.drop_table(table)
