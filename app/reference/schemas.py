"""Shapes of the reference answers, for the OpenAPI document."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class Name(BaseModel):
    zh: str | None
    en: str | None


class RegionItem(BaseModel):
    """`parent` is for display; dated membership stands in the region's own answer."""

    code: str
    kind: str
    name: Name
    parent: str | None
    alpha2: str | None
    alpha3: str | None
    numeric: str | None
    iso3166_2: str | None
    gbt2260: str | None
    aliases: list[str]
    source: str


class MembershipItem(BaseModel):
    """Half open: from the first day until before `to`; null is open."""

    model_config = ConfigDict(serialize_by_alias=True)

    group: str
    from_: date | None = Field(alias="from")
    to: date | None
    kind: str
    stands_in: bool
    note: str | None


class Region(RegionItem):
    """`ancestors` and `members` are of the day asked for, and null without one."""

    memberships: list[MembershipItem]
    ancestors: list[str] | None
    members: list[str] | None


class RegionList(BaseModel):
    items: list[RegionItem]
    next_cursor: str | None


class UnitItem(BaseModel):
    """`factor` is exact: one of this unit in the base unit of its kind."""

    code: str
    kind: str
    name: Name | None
    aliases: list[str]
    conditions: list[str]
    factor: str
    source: str | None


class AnnotationItem(BaseModel):
    """What may stand in braces after a symbol: substance, flow or condition."""

    code: str
    type: str
    name: Name
    note: str | None


class ConventionItem(BaseModel):
    """A stated property that joins two kinds of quantity; never applied unasked."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: str
    from_: str = Field(alias="from")
    to: str
    value: str
    name: Name
    source: str
    note: str | None


class UnitList(BaseModel):
    items: list[UnitItem]
    next_cursor: None
    annotations: list[AnnotationItem]
    conventions: list[ConventionItem]


class GwpSetItem(BaseModel):
    """`by_origin`: values of an origin are applied; otherwise they are listed only."""

    id: str
    report: str
    horizon_years: int
    feedback: str
    by_origin: bool
    name: Name
    source: str
    note: str | None
    value_count: int


class GwpSetList(BaseModel):
    items: list[GwpSetItem]
    next_cursor: None


class GwpValueItem(BaseModel):
    """kg CO2e per kg of the gas."""

    gas: str
    origin: str
    value: str
    name: Name
    formula: str | None
    cas: str | None
    source_record: str | None
    note: str | None


class GwpSet(GwpSetItem):
    values: list[GwpValueItem]


class Classification(BaseModel):
    system: str
    code: str


class ActivityItem(BaseModel):
    code: str
    parent: str | None
    name: Name
    family: str
    sector: str
    aliases_zh: list[str]
    aliases_en: list[str]
    classifications: list[Classification]
    note: str | None


class Activity(ActivityItem):
    children: list[str]


class ActivityList(BaseModel):
    items: list[ActivityItem]
    next_cursor: str | None
