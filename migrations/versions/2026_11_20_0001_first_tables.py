"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


INSERT_ONLY = (
    "dataset",
    "factor",
    "factor_version",
    "status_event",
    "source",
    "journal_entry",
    "journal_head",
    "service_identity",
    "reference_table",
    "reference_edition",
)
"""Rows of these tables are never changed or removed, by anybody; `journal_detail` may be erased by the owner."""

ROLES = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'factorbase_app') THEN
        CREATE ROLE factorbase_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- the migration of another database on this server came first
END $$;

DO $$ BEGIN
    IF NOT pg_has_role(current_user, 'factorbase_app', 'MEMBER') THEN
        EXECUTE format('GRANT factorbase_app TO %I', current_user);
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO factorbase_app;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO factorbase_app;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO factorbase_app;

GRANT INSERT ON dataset, release, factor, factor_version, status_event, source, catalog_row, journal_entry,
    journal_detail, journal_head, service_identity, reference_table, reference_edition TO factorbase_app;

GRANT UPDATE ON catalog_row TO factorbase_app;

GRANT UPDATE (published_position, published_at) ON release TO factorbase_app;
"""
"""One statement a paragraph. The application may read and insert; it may change what lists show, and mark a
release as published, once."""

FUNCTIONS = """

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what is recorded never changes', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION refuse_published_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_position IS NOT NULL THEN
        RAISE EXCEPTION '% on % is refused: what is published never changes', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "dataset",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
    )
    op.create_table(
        "journal_detail",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_detail")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint("octet_length(leaf_hash) = 32", name=op.f("ck_journal_entry_leaf_hash")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_entry")),
    )
    op.create_index(
        op.f("ix_journal_entry_subject_position"), "journal_entry", ["subject", "position"], unique=False
    )
    op.create_table(
        "journal_head",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_journal_head")),
    )
    op.create_index(op.f("ix_journal_head_at"), "journal_head", ["at"], unique=False)
    op.create_table(
        "reference_edition",
        sa.Column("hash", sa.Text(collation="C"), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_reference_edition_hash")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_reference_edition")),
    )
    op.create_table(
        "reference_table",
        sa.Column("hash", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_reference_table_hash")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_reference_table")),
    )
    op.create_table(
        "service_identity",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_service_identity_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_identity")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "factor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.id"], name=op.f("fk_factor_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor")),
        sa.UniqueConstraint("dataset", "key", name=op.f("uq_factor_dataset_key")),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("patch", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Text(collation="C"), nullable=False),
        sa.Column("metadata_document", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("release_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("base_release_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("factor_count", sa.Integer(), nullable=False),
        sa.Column("added_count", sa.Integer(), nullable=False),
        sa.Column("changed_count", sa.Integer(), nullable=False),
        sa.Column("published_position", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(published_position IS NULL) = (published_at IS NULL)", name=op.f("ck_release_published")
        ),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.id"], name=op.f("fk_release_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("dataset", "number", name=op.f("uq_release_dataset_number")),
    )
    op.create_index(
        op.f("ix_release_dataset_major_minor_patch"),
        "release",
        ["dataset", "major", "minor", "patch"],
        unique=False,
    )
    op.create_table(
        "factor_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("factor_id", sa.BigInteger(), nullable=False),
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("substance_hash", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["factor_id"], ["factor.id"], name=op.f("fk_factor_version_factor_id")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_factor_version_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_version")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_factor_version_content_hash")),
        sa.UniqueConstraint(
            "factor_id", "n", "release_id", name=op.f("uq_factor_version_factor_id_n_release_id")
        ),
    )
    op.create_index(op.f("ix_factor_version_release_id"), "factor_version", ["release_id"], unique=False)
    op.create_table(
        "catalog_row",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("factor_id", sa.BigInteger(), nullable=False),
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("superseded_in", sa.BigInteger(), nullable=True),
        sa.Column("dropped_in", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("ref", sa.Text(collation="C"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(collation="C"), nullable=False),
        sa.Column("series", sa.Text(collation="C"), nullable=False),
        sa.Column("record_type", sa.Text(collation="C"), nullable=False),
        sa.Column("activity", sa.Text(collation="C"), nullable=False),
        sa.Column("sector", sa.Text(collation="C"), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("gas_basis", sa.Text(collation="C"), nullable=False),
        sa.Column("boundary", sa.Text(collation="C"), nullable=False),
        sa.Column("variant", sa.Text(collation="C"), nullable=True),
        sa.Column("goods_code", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["factor_version.id"], name=op.f("fk_catalog_row_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_catalog_row")),
    )
    op.create_index("ix_catalog_row_activity", "catalog_row", ["activity", "rank", "ref"], unique=False)
    op.create_index("ix_catalog_row_dataset", "catalog_row", ["dataset", "rank", "ref"], unique=False)
    op.create_index(op.f("ix_catalog_row_factor_id"), "catalog_row", ["factor_id"], unique=False)
    op.create_index("ix_catalog_row_goods_code", "catalog_row", ["goods_code", "rank", "ref"], unique=False)
    op.create_index(
        "ix_catalog_row_list",
        "catalog_row",
        ["rank", "ref"],
        unique=False,
        postgresql_where=sa.text("superseded_in IS NULL"),
    )
    op.create_index("ix_catalog_row_record_type", "catalog_row", ["record_type", "rank", "ref"], unique=False)
    op.create_index("ix_catalog_row_region", "catalog_row", ["region", "rank", "ref"], unique=False)
    op.create_index("ix_catalog_row_release_id", "catalog_row", ["release_id"], unique=False)
    op.create_index("ix_catalog_row_sector", "catalog_row", ["sector", "rank", "ref"], unique=False)
    op.create_index("ix_catalog_row_series", "catalog_row", ["dataset", "series", "ref"], unique=False)
    op.create_table(
        "status_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.Column("release_id", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("successor", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "status IN ('published', 'retired', 'recalled')", name=op.f("ck_status_event_status")
        ),
        sa.CheckConstraint(
            "(version_id IS NULL) <> (release_id IS NULL)", name=op.f("ck_status_event_one_target")
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_status_event_release_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["factor_version.id"], name=op.f("fk_status_event_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_event")),
    )
    op.create_index(op.f("ix_status_event_release_id"), "status_event", ["release_id"], unique=False)
    op.create_index(op.f("ix_status_event_version_id"), "status_event", ["version_id"], unique=False)
    for statement in (ROLES + FUNCTIONS).split("\n\n"):
        op.execute(statement)
    for table in INSERT_ONLY:
        _guard(table, "refuse_change", "UPDATE OR DELETE OR TRUNCATE", "STATEMENT")
    _guard("journal_detail", "refuse_change", "UPDATE OR TRUNCATE", "STATEMENT")
    _guard("release", "refuse_published_change", "UPDATE OR DELETE", "ROW")
    _guard("release", "refuse_change", "TRUNCATE", "STATEMENT")


def _guard(table: str, function: str, events: str, each: str) -> None:
    """ENABLE ALWAYS: session_replication_role does not switch it off."""
    name = f"{table}_{function}"
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    op.drop_index(op.f("ix_status_event_version_id"), table_name="status_event")
    op.drop_index(op.f("ix_status_event_release_id"), table_name="status_event")
    op.drop_table("status_event")
    op.drop_index("ix_catalog_row_series", table_name="catalog_row")
    op.drop_index("ix_catalog_row_sector", table_name="catalog_row")
    op.drop_index("ix_catalog_row_release_id", table_name="catalog_row")
    op.drop_index("ix_catalog_row_region", table_name="catalog_row")
    op.drop_index("ix_catalog_row_record_type", table_name="catalog_row")
    op.drop_index(
        "ix_catalog_row_list", table_name="catalog_row", postgresql_where=sa.text("superseded_in IS NULL")
    )
    op.drop_index("ix_catalog_row_goods_code", table_name="catalog_row")
    op.drop_index(op.f("ix_catalog_row_factor_id"), table_name="catalog_row")
    op.drop_index("ix_catalog_row_dataset", table_name="catalog_row")
    op.drop_index("ix_catalog_row_activity", table_name="catalog_row")
    op.drop_table("catalog_row")
    op.drop_index(op.f("ix_factor_version_release_id"), table_name="factor_version")
    op.drop_table("factor_version")
    op.drop_index(op.f("ix_release_dataset_major_minor_patch"), table_name="release")
    op.drop_table("release")
    op.drop_table("factor")
    op.drop_table("source")
    op.drop_table("service_identity")
    op.drop_table("reference_table")
    op.drop_table("reference_edition")
    op.drop_index(op.f("ix_journal_head_at"), table_name="journal_head")
    op.drop_table("journal_head")
    op.drop_index(op.f("ix_journal_entry_subject_position"), table_name="journal_entry")
    op.drop_table("journal_entry")
    op.drop_table("journal_detail")
    op.drop_table("dataset")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP FUNCTION refuse_published_change()")
