"""Statements on the tables of those who act."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.models import Affiliation, ApiKey, GrantRow, Organisation, Principal, SignIn

AnyRow = Row[*tuple[Any, ...]]
Rows = Sequence[AnyRow]


async def now(connection: AsyncConnection) -> datetime:
    """The database's clock at this moment."""
    moment: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return moment


async def key_by_prefix(connection: AsyncConnection, prefix: str) -> AnyRow | None:
    """The key with its owner, and the database's time."""
    query = (
        select(
            ApiKey.id,
            ApiKey.hash,
            ApiKey.expires_at,
            ApiKey.revoked_at,
            ApiKey.last_used_at,
            Principal.id.label("principal"),
            Principal.name,
            Principal.kind,
            Principal.disabled_at,
            func.clock_timestamp().label("now"),
        )
        .join(Principal, Principal.id == ApiKey.principal)
        .where(ApiKey.prefix == prefix)
    )
    return (await connection.execute(query)).first()


async def principal_of_sign_in(connection: AsyncConnection, issuer: str, subject: str) -> AnyRow | None:
    query = (
        select(Principal.id, Principal.name, Principal.kind, Principal.disabled_at)
        .join(SignIn, SignIn.principal == Principal.id)
        .where(SignIn.issuer == issuer, SignIn.subject == subject)
    )
    return (await connection.execute(query)).first()


async def standing(connection: AsyncConnection, principal: str) -> Rows:
    """Rows (role, organisation, dataset) of grants in force; role None marks a present affiliation."""
    granted = select(GrantRow.role, GrantRow.organisation, GrantRow.dataset).where(
        GrantRow.principal == principal, GrantRow.revoked_at.is_(None)
    )
    today = func.current_date()
    belongs = select(null().label("role"), Affiliation.organisation, null()).where(
        Affiliation.principal == principal,
        Affiliation.from_day <= today,
        or_(Affiliation.to_day.is_(None), Affiliation.to_day >= today),
    )
    return (await connection.execute(granted.union_all(belongs))).all()


async def insert_row(connection: AsyncConnection, table: type[Any], values: Mapping[str, Any]) -> AnyRow:
    """The row as it was stored."""
    statement = insert(table).values(dict(values)).returning(*table.__table__.columns)
    return (await connection.execute(statement)).one()


async def insert_new(
    connection: AsyncConnection, table: type[Any], values: Mapping[str, Any]
) -> AnyRow | None:
    """The row as it was stored; None if one that it would repeat is there."""
    statement = insert_unless(table).values(dict(values)).on_conflict_do_nothing()
    return (await connection.execute(statement.returning(*table.__table__.columns))).first()


async def find_key(connection: AsyncConnection, name: str) -> AnyRow | None:
    """A key by its id or its visible prefix."""
    query = select(ApiKey.id, ApiKey.principal).where(or_(ApiKey.id == name, ApiKey.prefix == name))
    return (await connection.execute(query)).first()


async def find(connection: AsyncConnection, table: type[Any], row_id: str) -> AnyRow | None:
    query = select(*table.__table__.columns).where(table.id == row_id)
    return (await connection.execute(query)).first()


async def page(
    connection: AsyncConnection,
    table: type[Any],
    wanted: Mapping[str, Any],
    after: tuple[datetime, str] | None,
    limit: int,
) -> Rows:
    """Rows where the columns of `wanted` have their values, oldest first, after (created_at, id)."""
    query = select(*table.__table__.columns).where(*(getattr(table, name) == wanted[name] for name in wanted))
    if after is not None:
        moment, row_id = after
        same = and_(table.created_at == moment, table.id > row_id)
        query = query.where(or_(table.created_at > moment, same))
    return (await connection.execute(query.order_by(table.created_at, table.id).limit(limit))).all()


async def organisation_names(connection: AsyncConnection) -> Rows:
    """(id, name_zh, name_en) of all organisations: some hundreds."""
    query = select(Organisation.id, Organisation.name_zh, Organisation.name_en)
    return (await connection.execute(query)).all()


async def principals_named(connection: AsyncConnection, name: str) -> list[str]:
    """Ids of the enabled principals of this name."""
    query = select(Principal.id).where(Principal.name == name, Principal.disabled_at.is_(None))
    return list((await connection.execute(query.order_by(Principal.id))).scalars())


async def affiliations(
    connection: AsyncConnection, principals: Collection[str], since: date | None = None
) -> Rows:
    """The affiliations of `principals` that were in force on or after `since` (None: all)."""
    query = select(*Affiliation.__table__.columns).where(Affiliation.principal.in_(principals))
    if since is not None:
        query = query.where(or_(Affiliation.to_day.is_(None), Affiliation.to_day >= since))
    return (await connection.execute(query.order_by(Affiliation.from_day, Affiliation.id))).all()


async def end_affiliation(connection: AsyncConnection, row_id: str) -> AnyRow | None:
    """End it today, or on its first day if that lies ahead; None if it has an end."""
    statement = (
        update(Affiliation)
        .where(Affiliation.id == row_id, Affiliation.to_day.is_(None))
        .values(to_day=func.greatest(func.current_date(), Affiliation.from_day))
        .returning(*Affiliation.__table__.columns)
    )
    return (await connection.execute(statement)).first()


async def standing_grant(connection: AsyncConnection, values: Mapping[str, Any]) -> AnyRow | None:
    """The grant in force with the same principal, role and scope."""
    same = [
        getattr(GrantRow, name).is_not_distinct_from(values[name])
        for name in ("principal", "role", "organisation", "dataset")
    ]
    query = select(*GrantRow.__table__.columns).where(*same, GrantRow.revoked_at.is_(None))
    return (await connection.execute(query)).first()


async def revoke(connection: AsyncConnection, table: type[Any], row_id: str) -> AnyRow | None:
    """Revoke a grant or key; None if it is revoked or not there."""
    statement = (
        update(table)
        .where(table.id == row_id, table.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
        .returning(*table.__table__.columns)
    )
    return (await connection.execute(statement)).first()


async def set_disabled(connection: AsyncConnection, principal: str, disabled: bool) -> AnyRow | None:
    """The row if this changed it."""
    state = Principal.disabled_at.is_(None) if disabled else Principal.disabled_at.is_not(None)
    statement = (
        update(Principal)
        .where(Principal.id == principal, state)
        .values(disabled_at=func.clock_timestamp() if disabled else None)
        .returning(*Principal.__table__.columns)
    )
    return (await connection.execute(statement)).first()


async def write_last_uses(connection: AsyncConnection, uses: Mapping[str, datetime]) -> None:
    """Note the last use of keys (by id), unless one within the minute before is noted."""
    statement = text(
        "UPDATE api_key SET last_used_at = used.at"
        " FROM unnest(CAST(:ids AS text[]), CAST(:moments AS timestamptz[])) AS used (id, at)"
        " WHERE api_key.id = used.id"
        " AND (last_used_at IS NULL OR last_used_at <= used.at - interval '1 minute')"
    )
    ordered = sorted(uses.items())  # the same order everywhere: two writers cannot lock each other out
    await connection.execute(
        statement, {"ids": [row_id for row_id, _ in ordered], "moments": [at for _, at in ordered]}
    )
