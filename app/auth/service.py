"""The acts on those who act. Each gives the row as it is now, and the journal lines for the caller to write.

None of them asks who may do it: routes do (`access.require_admin`), and the command line is the operator.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import repository
from app.auth.models import Affiliation as AffiliationRow
from app.auth.models import ApiKey, GrantRow, Organisation, Principal, SignIn
from app.auth.repository import AnyRow
from app.auth.rules import (
    ALL_DATASETS,
    LIFETIME_DAYS,
    MAX_LIFETIME_DAYS,
    ROLES,
    SEED,
    Affiliation,
    is_scope,
    is_slug,
    name_key,
    new_key,
)
from app.kit.errors import Conflict, NotFound, Unprocessable

ActLine = tuple[str, str | None, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Done:
    """The row after the act, and its journal lines (kind, subject, details)."""

    row: AnyRow
    acts: list[ActLine] = field(default_factory=list)
    secret: str | None = None


def principal_subject(principal: str) -> str:
    """How the journal names a principal: by the pseudonymous id."""
    return f"principal/{principal}"


async def create_organisation(connection: AsyncConnection, slug: str, name_zh: str, name_en: str) -> Done:
    """Raises Unprocessable `invalid_slug`, Conflict `organisation_exists`."""
    if not is_slug(slug):
        raise Unprocessable(
            "invalid_slug",
            f"{slug!r} is not a name of an organisation: lower-case letters, digits and single hyphens.",
            f"{slug!r} 不是合法的组织标识：仅限小写字母、数字和单个连字符。",
            parameter="id",
        )
    values = {"id": slug, "name_zh": name_zh, "name_en": name_en}
    row = await repository.insert_new(connection, Organisation, values)
    if row is None:
        raise Conflict(
            "organisation_exists",
            f"There is an organisation {slug!r} already.",
            f"组织 {slug!r} 已存在。",
            parameter="id",
        )
    details = {"name_zh": name_zh, "name_en": name_en}
    return Done(row, [("organisation:record:create", f"organisation/{slug}", details)])


async def create_principal(
    connection: AsyncConnection, name: str, kind: str = "person", organisation: str | None = None
) -> Done:
    """A person or system, from today of `organisation`.

    Raises NotFound `organisation_not_found`, Conflict `principal_exists` for a namesake in the same place.
    """
    if organisation is not None:
        await _organisation(connection, organisation)
    await _refuse_namesake(connection, name, organisation)
    values = {"id": str(uuid.uuid4()), "name": name, "kind": kind}
    row = await repository.insert_row(connection, Principal, values)
    acts: list[ActLine] = [
        ("principal:record:create", principal_subject(row.id), {"name": name, "principal_kind": kind})
    ]
    if organisation is not None:
        acts += (await add_affiliation(connection, row.id, organisation)).acts
    return Done(row, acts)


async def _refuse_namesake(connection: AsyncConnection, name: str, organisation: str | None) -> None:
    """Two people of one name in one place could not be told apart by anybody."""
    namesakes = await repository.principals_named(connection, name)
    if organisation is not None:
        today = (await repository.now(connection)).date()
        rows = await repository.affiliations(connection, namesakes, today)
        namesakes = [row.principal for row in rows if row.organisation == organisation]
    if namesakes:
        raise Conflict(
            "principal_exists",
            f"There is a principal of the name {name!r} already; make the names differ.",
            f"已有名为 {name!r} 的主体；请使用可区分的名称。",
            parameter="name",
        )


async def set_disabled(connection: AsyncConnection, principal: str, disabled: bool) -> Done:
    """Keys and tokens of a disabled principal do not hold. Raises Conflict `nothing_to_change`."""
    await _principal(connection, principal)
    row = await repository.set_disabled(connection, principal, disabled)
    if row is None:
        state = ("disabled", "停用") if disabled else ("enabled", "启用")
        raise Conflict("nothing_to_change", f"It is {state[0]} already.", f"该主体已{state[1]}。")
    act = "disable" if disabled else "enable"
    return Done(row, [(f"principal:record:{act}", principal_subject(principal), {})])


async def add_affiliation(
    connection: AsyncConnection,
    principal: str,
    organisation: str,
    from_day: date | None = None,
    to_day: date | None = None,
    declared: bool = False,
) -> Done:
    """`principal` belongs to `organisation` from `from_day` (today) to `to_day` (open), both included."""
    await _principal(connection, principal)
    await _organisation(connection, organisation)
    start = from_day or (await repository.now(connection)).date()
    if to_day is not None and to_day < start:
        raise Unprocessable(
            "days_out_of_order", "It ends before it begins.", "结束日期早于开始日期。", parameter="to"
        )
    values = {
        "id": str(uuid.uuid4()),
        "principal": principal,
        "organisation": organisation,
        "from_day": start,
        "to_day": to_day,
        "declared": declared,
    }
    row = await repository.insert_row(connection, AffiliationRow, values)
    return Done(row, [("principal:affiliation:add", principal_subject(principal), _affiliation_details(row))])


async def end_affiliation(connection: AsyncConnection, principal: str, affiliation: str) -> Done:
    """It ends today. Raises NotFound `affiliation_not_found`, Conflict `nothing_to_change`."""
    held = await repository.find(connection, AffiliationRow, affiliation)
    if held is None or held.principal != principal:
        raise _missing("affiliation", "隶属关系", affiliation)
    row = await repository.end_affiliation(connection, affiliation)
    if row is None:
        raise Conflict("nothing_to_change", "It has an end already.", "该隶属关系已有结束日期。")
    return Done(row, [("principal:affiliation:end", principal_subject(principal), _affiliation_details(row))])


def _affiliation_details(row: AnyRow) -> dict[str, Any]:
    return {
        "affiliation": row.id,
        "organisation": row.organisation,
        "from": row.from_day.isoformat(),
        "to": None if row.to_day is None else row.to_day.isoformat(),
        "declared": row.declared,
    }


async def affiliations(
    connection: AsyncConnection, principals: Collection[str], since: date | None = None
) -> list[Affiliation]:
    """Where `principals` belong or belonged on or after `since` (None: ever); for rules of independence."""
    rows = await repository.affiliations(connection, principals, since)
    return [Affiliation(r.id, r.principal, r.organisation, r.from_day, r.to_day, r.declared) for r in rows]


async def organisations_called(connection: AsyncConnection, names: Collection[str]) -> frozenset[str]:
    """The ids of the organisations with one of these ids or names, as documents spell them.

    Compared here and not by the database, whose `lower` under COLLATE "C" knows ASCII alone.
    """
    wanted = {name_key(name) for name in names} - {""}
    if not wanted:
        return frozenset()
    rows = await repository.organisation_names(connection)
    return frozenset(row.id for row in rows if wanted & {name_key(name) for name in row})


async def grant(
    connection: AsyncConnection,
    principal: str,
    role: str,
    organisation: str | None = None,
    dataset: str | None = None,
    granted_by: str | None = None,
) -> Done:
    """Give a role for an organisation or for a dataset (`*`: all).

    Raises Unprocessable `unknown_role`, `invalid_scope`, `admin_is_for_all`; Conflict `grant_exists`.
    """
    _check_grant(role, organisation, dataset)
    await _enabled(connection, principal)
    if organisation is not None:
        await _organisation(connection, organisation)
    values = {
        "id": str(uuid.uuid4()),
        "principal": principal,
        "role": role,
        "organisation": organisation,
        "dataset": dataset,
        "granted_by": granted_by,
    }
    row = await repository.insert_new(connection, GrantRow, values)
    if row is None:
        raise Conflict("grant_exists", "This was granted already.", "该授权已存在。")
    return Done(row, [("principal:grant:add", principal_subject(principal), _grant_details(row))])


def _check_grant(role: str, organisation: str | None, dataset: str | None) -> None:
    if role not in ROLES:
        raise Unprocessable(
            "unknown_role",
            f"There is no role {role!r}.",
            f"没有角色 {role!r}。",
            parameter="role",
            valid_values=ROLES,
        )
    if not is_scope(organisation, dataset):
        raise Unprocessable(
            "invalid_scope",
            "A grant is for one organisation or for one dataset (`*`: all datasets).",
            "授权须针对一个组织或一个数据集（`*` 表示全部数据集）。",
            parameter="dataset",
        )
    if role == "admin" and dataset != ALL_DATASETS:
        raise Unprocessable(
            "admin_is_for_all",
            "An admin administers the whole service; grant it for the dataset `*`.",
            "管理员管理整个服务；请以数据集 `*` 授权。",
            parameter="dataset",
            valid_values=[ALL_DATASETS],
        )


async def ensure_grant(
    connection: AsyncConnection, principal: str, role: str, organisation: str | None, dataset: str | None
) -> list[ActLine]:
    """Grant unless it stands; the journal lines, none if it stood."""
    scope = {"principal": principal, "role": role, "organisation": organisation, "dataset": dataset}
    if await repository.standing_grant(connection, scope) is not None:
        return []
    return (await grant(connection, principal, role, organisation, dataset)).acts


async def revoke_grant(connection: AsyncConnection, grant_id: str) -> Done:
    """Raises NotFound `grant_not_found`, Conflict `already_revoked`."""
    row = await _revoked(connection, GrantRow, grant_id, "grant", "授权")
    return Done(row, [("principal:grant:revoke", principal_subject(row.principal), _grant_details(row))])


def _grant_details(row: AnyRow) -> dict[str, Any]:
    return {
        "grant": row.id,
        "role": row.role,
        "organisation": row.organisation,
        "dataset": row.dataset,
    }


async def create_key(connection: AsyncConnection, principal: str, days: int = LIFETIME_DAYS) -> Done:
    """A key for `principal`; `secret` is the only time that its text is seen."""
    await _enabled(connection, principal)
    if not 1 <= days <= MAX_LIFETIME_DAYS:
        raise Unprocessable(
            "invalid_lifetime",
            f"A key lives from 1 to {MAX_LIFETIME_DAYS} days.",
            f"密钥有效期为 1 至 {MAX_LIFETIME_DAYS} 天。",
            parameter="expires_in_days",
        )
    made = new_key()
    values = {
        "id": str(uuid.uuid4()),
        "prefix": made.prefix,
        "hash": made.digest,
        "principal": principal,
        "expires_at": await repository.now(connection) + timedelta(days=days),
    }
    row = await repository.insert_row(connection, ApiKey, values)
    act = ("principal:key:create", principal_subject(principal), _key_details(row))
    return Done(row, [act], made.text)


async def revoke_key(connection: AsyncConnection, key_id: str, only_of: str | None = None) -> Done:
    """Revoke by id or visible prefix; `only_of`: others' keys are not there. Raises as `revoke_grant` does."""
    held = await repository.find_key(connection, key_id)
    if held is None or only_of not in (None, held.principal):
        raise _missing("key", "密钥", key_id)
    row = await _revoked(connection, ApiKey, held.id, "key", "密钥")
    return Done(row, [("principal:key:revoke", principal_subject(row.principal), _key_details(row))])


def _key_details(row: AnyRow) -> dict[str, Any]:
    return {
        "made_key": row.id,
        "prefix": row.prefix,
        "expires_at": row.expires_at.isoformat(),
    }


async def link_sign_in(connection: AsyncConnection, principal: str, issuer: str, subject: str) -> Done:
    """Tokens of `issuer` for `subject` speak for `principal`. Raises Conflict `sign_in_linked`."""
    await _enabled(connection, principal)
    values = {"issuer": issuer, "subject": subject, "principal": principal}
    row = await repository.insert_new(connection, SignIn, values)
    if row is None:
        raise Conflict(
            "sign_in_linked",
            "This subject of the issuer is linked to a principal already.",
            "该签发者的此主体（sub）已有关联。",
            parameter="subject",
        )
    details = {"issuer": issuer, "sub": subject}
    return Done(row, [("principal:sign_in:link", principal_subject(principal), details)])


async def check_principal(connection: AsyncConnection, principal: str) -> None:
    """Raises NotFound `principal_not_found`."""
    await _principal(connection, principal)


async def principal_called(connection: AsyncConnection, name: str) -> str:
    """The id of the one enabled principal of this name or id.

    Raises NotFound `principal_not_found`, Conflict `principal_ambiguous` with the ids.
    """
    if await repository.find(connection, Principal, name) is not None:
        return name
    found = await repository.principals_named(connection, name)
    if not found:
        raise _missing("principal", "主体", name)
    if len(found) > 1:
        raise Conflict(
            "principal_ambiguous",
            f"Several principals have the name {name!r}; give the id: {', '.join(found)}.",
            f"有多个名为 {name!r} 的主体；请给出 id：{'、'.join(found)}。",
            valid_values=found,
        )
    return found[0]


async def _revoked(
    connection: AsyncConnection, table: type[Any], row_id: str, what: str, what_zh: str
) -> AnyRow:
    if await repository.find(connection, table, row_id) is None:
        raise _missing(what, what_zh, row_id)
    row = await repository.revoke(connection, table, row_id)
    if row is None:
        raise Conflict("already_revoked", f"This {what} is revoked already.", f"该{what_zh}已被撤销。")
    return row


async def _organisation(connection: AsyncConnection, slug: str) -> AnyRow:
    row = await repository.find(connection, Organisation, slug)
    if row is None:
        raise _missing("organisation", "组织", slug)
    return row


async def _principal(connection: AsyncConnection, principal: str) -> AnyRow:
    row = await repository.find(connection, Principal, principal)
    if row is None:
        raise _missing("principal", "主体", principal)
    return row


async def _enabled(connection: AsyncConnection, principal: str) -> AnyRow:
    """A principal who may be given something."""
    row = await _principal(connection, principal)
    if row.disabled_at is not None:
        raise Conflict("principal_disabled", "This principal is disabled.", "该主体已被停用。")
    if principal == SEED:
        raise Conflict(
            "principal_reserved", "The principal `seed` belongs to the service.", "主体 `seed` 属于系统本身。"
        )
    return row


def _missing(what: str, what_zh: str, name: str) -> NotFound:
    return NotFound(f"{what}_not_found", f"There is no {what} {name!r}.", f"没有{what_zh} {name!r}。")
