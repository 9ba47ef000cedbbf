"""organisations, principals, grants, keys; answers to repeated posts"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = ("organisation", "principal", "affiliation", "grant_", "api_key")
"""Rows of these tables are never removed: the journal names them."""
REVOCABLE = ("grant_", "api_key")

GRANTS = """
GRANT SELECT, INSERT ON organisation, principal, affiliation, grant_, api_key, sign_in TO factorbase_app;

GRANT UPDATE (name, disabled_at) ON principal TO factorbase_app;

GRANT UPDATE (to_day) ON affiliation TO factorbase_app;

GRANT UPDATE (revoked_at) ON grant_ TO factorbase_app;

GRANT UPDATE (revoked_at, last_used_at) ON api_key TO factorbase_app;

GRANT DELETE ON sign_in TO factorbase_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_key TO factorbase_app;
"""

FUNCTION = """
CREATE FUNCTION refuse_other_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := ARRAY['revoked_at', 'last_used_at'];
BEGIN
    IF (to_jsonb(OLD) - may_change) IS DISTINCT FROM (to_jsonb(NEW) - may_change)
        OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) THEN
        RAISE EXCEPTION '% on % is refused: what was given is only ever revoked, once', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    _people()
    _rights()
    _answers()
    for statement in GRANTS.strip().split("\n\n"):
        op.execute(statement)
    op.execute(FUNCTION)
    for table in KEPT:
        _guard(table, "refuse_change", "DELETE OR TRUNCATE", "STATEMENT")
    for table in REVOCABLE:
        _guard(table, "refuse_other_change", "UPDATE", "ROW")
    op.execute("INSERT INTO principal (id, name, kind) VALUES ('seed', 'Factorbase seed', 'system')")


def _now(name: str = "created_at") -> sa.Column[datetime]:
    default = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _people() -> None:
    op.create_table(
        "organisation",
        _text("id"),
        _text("name_zh"),
        _text("name_en"),
        _now(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "principal",
        _text("id"),
        _text("name"),
        _text("kind"),
        _now(),
        _moment("disabled_at"),
        sa.CheckConstraint("kind IN ('person', 'system')", name=op.f("ck_principal_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principal")),
    )
    op.create_index(op.f("ix_principal_name"), "principal", ["name"])
    op.create_table(
        "affiliation",
        _text("id"),
        _text("principal"),
        _text("organisation"),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("declared", sa.Boolean(), nullable=False),
        _now(),
        sa.CheckConstraint("to_day IS NULL OR to_day >= from_day", name=op.f("ck_affiliation_days")),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"], name="fk_affiliation_organisation"),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name="fk_affiliation_principal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation")),
    )
    op.create_index(op.f("ix_affiliation_principal"), "affiliation", ["principal"])
    op.create_table(
        "sign_in",
        _text("issuer"),
        _text("subject"),
        _text("principal"),
        _now(),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name="fk_sign_in_principal"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_principal"), "sign_in", ["principal"])


def _rights() -> None:
    roles = ("contributor", "steward", "reviewer", "publisher", "auditor", "admin", "reader")
    named = ", ".join(f"'{role}'" for role in roles)
    op.create_table(
        "grant_",
        _text("id"),
        _text("principal"),
        _text("role"),
        _text("organisation", nullable=True),
        _text("dataset", nullable=True),
        _text("granted_by", nullable=True),
        _now(),
        _moment("revoked_at"),
        sa.CheckConstraint(f"role IN ({named})", name=op.f("ck_grant__role")),
        sa.CheckConstraint("(organisation IS NULL) <> (dataset IS NULL)", name=op.f("ck_grant__one_scope")),
        sa.ForeignKeyConstraint(["granted_by"], ["principal.id"], name="fk_grant__granted_by"),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"], name="fk_grant__organisation"),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name="fk_grant__principal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_")),
    )
    op.create_index(op.f("ix_grant__principal"), "grant_", ["principal"])
    op.create_index(
        "uq_grant__standing",
        "grant_",
        ["principal", "role", "organisation", "dataset"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "api_key",
        _text("id"),
        _text("prefix"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _text("principal"),
        _now(),
        _moment("expires_at", nullable=False),
        _moment("revoked_at"),
        _moment("last_used_at"),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_api_key_hash")),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name="fk_api_key_principal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_index(op.f("ix_api_key_principal"), "api_key", ["principal"])


def _answers() -> None:
    op.create_table(
        "idempotency_key",
        _text("principal"),
        _text("route"),
        _text("key"),
        _text("body_hash"),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        _now(),
        sa.PrimaryKeyConstraint("principal", "route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"])


def _guard(table: str, function: str, events: str, each: str) -> None:
    """ENABLE ALWAYS: session_replication_role does not switch it off."""
    name = f"{table}_{function}"
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    for table in (
        "idempotency_key",
        "sign_in",
        "api_key",
        "grant_",
        "affiliation",
        "principal",
        "organisation",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_other_change()")
