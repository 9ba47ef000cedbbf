"""Questions as SQL conditions on `catalog_row`: what was visible at a basis, and which rows are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.catalog.models import CatalogRow, Release, StatusEvent


@dataclass(frozen=True, slots=True)
class Moment:
    """The basis of an answer: the log's size, the time for effective dates, and whether it is the newest.

    `at` is never before the entry at the end of the basis. `due`: the effective date of some row has come
    since the row was written, so that its events must be asked.
    """

    size: int
    at: datetime
    newest: bool
    due: bool = True


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; None: no condition. `activity` may end in `.*`, `goods_code` is a prefix."""

    activity: str | None = None
    region: str | None = None
    year: int | None = None
    sector: str | None = None
    dataset: str | None = None
    series: str | None = None
    record_type: str | None = None
    gas_basis: str | None = None
    boundary: str | None = None
    variant: str | None = None
    goods_code: str | None = None
    status: str = "published"

    @property
    def asks_for_defaults(self) -> bool:
        """Regulatory defaults are meant, so they need not come last."""
        return self.record_type == "regulatory_default" or self.goods_code is not None

    def asked(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def visible(moment: Moment) -> list[ColumnElement[bool]]:
    """Rows of releases that were published at the basis."""
    return [CatalogRow.release_id.in_(_published(moment))]


def current(moment: Moment) -> list[ColumnElement[bool]]:
    """Visible rows whose next version was not yet published at the basis."""
    if moment.newest:
        return [*visible(moment), CatalogRow.superseded_in.is_(None)]
    later = CatalogRow.superseded_in.not_in(_published(moment))
    return [*visible(moment), or_(CatalogRow.superseded_in.is_(None), later)]


def in_release(release: Any) -> list[ColumnElement[bool]]:
    """The factors that `release` (row of Release) carries: brought by it or before, not yet replaced or dropped."""
    earlier = select(Release.id).where(
        Release.dataset == release.dataset, Release.published_position <= release.published_position
    )
    return [
        CatalogRow.dataset == release.dataset,
        CatalogRow.release_id.in_(earlier),
        or_(CatalogRow.superseded_in.is_(None), CatalogRow.superseded_in.not_in(earlier)),
        or_(CatalogRow.dropped_in.is_(None), CatalogRow.dropped_in.not_in(earlier)),
    ]


def matching(filters: Filters, moment: Moment) -> list[ColumnElement[bool]]:
    """All conditions of a list of factors."""
    if filters.status == "superseded":
        return [*visible(moment), ~and_(*current(moment)[1:]), *_fields(filters)]
    if filters.status == "any":
        return [*visible(moment), *_fields(filters)]
    if filters.status != "published":  # also the versions that a correction replaced
        return [*_withdrawn(moment), has_status(moment, filters.status), *_fields(filters)]
    return [*current(moment), has_status(moment, filters.status), *_fields(filters)]


def status_at(moment: Moment) -> ColumnElement[str]:
    """The status of a row: as maintained when the basis is the newest and no effective date has come since,
    else from the events before it. For answers; in a condition use has_status."""
    if moment.newest and not moment.due:
        return CatalogRow.status.expression
    from_events = _from_events(moment, CatalogRow.version_id)
    if not moment.newest:
        return from_events
    return case((_holds(moment), CatalogRow.status), else_=from_events)


def has_status(moment: Moment, status: str) -> ColumnElement[bool]:
    """Rows with this status. Rows whose effective date has come are looked up apart, if there are any: in one
    expression over all rows the planner would lose sight of how many it lets through."""
    if not moment.newest:
        return _from_events(moment, CatalogRow.version_id) == status
    if not moment.due:
        return CatalogRow.status == status
    late = aliased(CatalogRow)
    due = select(late.version_id).where(
        late.status_until <= moment.at, _from_events(moment, late.version_id) == status
    )
    return or_(and_(CatalogRow.status == status, _holds(moment)), CatalogRow.version_id.in_(due))


def _holds(moment: Moment) -> ColumnElement[bool]:
    return or_(CatalogRow.status_until.is_(None), CatalogRow.status_until > moment.at)


def _from_events(moment: Moment, version_id: Any) -> ColumnElement[str]:
    """The newest event in force counts, by its place in the journal."""
    event = (
        select(StatusEvent.status)
        .where(StatusEvent.version_id == version_id, StatusEvent.position < moment.size)
        .where(func.coalesce(StatusEvent.effective_from, moment.at) <= moment.at)
        .order_by(StatusEvent.position.desc(), StatusEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(event, literal("published"))


def _withdrawn(moment: Moment) -> list[ColumnElement[bool]]:
    """Visible rows that may be retired or recalled; for the newest basis a partial index holds them."""
    if not moment.newest:
        return visible(moment)
    return [*visible(moment), or_(CatalogRow.status != "published", CatalogRow.status_until.is_not(None))]


def _published(moment: Moment) -> Select[int]:
    query = select(Release.id).where(Release.published_position.is_not(None))
    return query if moment.newest else query.where(Release.published_position < moment.size)


def _fields(filters: Filters) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    exact = (
        "region",
        "year",
        "sector",
        "dataset",
        "series",
        "record_type",
        "gas_basis",
        "boundary",
        "variant",
    )
    for name in exact:
        value = getattr(filters, name)
        if value is not None:
            conditions.append(getattr(CatalogRow, name) == value)
    if filters.goods_code is not None:
        conditions.append(CatalogRow.goods_code.startswith(filters.goods_code, autoescape=True))
    if filters.activity is not None:
        conditions.append(_activity(filters.activity))
    return conditions


def _activity(code: str) -> ColumnElement[bool]:
    if not code.endswith(".*"):
        return CatalogRow.activity == code
    stem = code[:-2]
    return or_(CatalogRow.activity == stem, CatalogRow.activity.startswith(stem + ".", autoescape=True))
