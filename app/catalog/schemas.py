"""Shapes of the answers, for the OpenAPI document. Decimals are strings with the digits of their source."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Text(BaseModel):
    zh: str
    en: str


class Shape(BaseModel):
    model_config = ConfigDict(extra="allow")


class Amount(Shape):
    """One gas of a factor. `denomination` mass: mass of the gas; co2e: already in CO2 equivalents."""

    gas: str
    origin: str
    denomination: str
    value: str
    unit: str


class FactorItem(Shape):
    """A factor version in a list. `value` is null for by_gas factors, whose figures stand in `amounts`."""

    ref: str
    version: int
    status: str
    superseded_by: int | None
    record_type: str
    name: Text
    activity: str
    sector: str
    region: str
    year: int | None
    period: dict[str, str] | None
    value: str | None
    unit: str | None
    amounts: list[Amount]
    gas_basis: str
    gas: str | None
    gwp_set: str | None
    boundary: str
    variant: str | None
    dataset: str
    series: str
    release: str
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    links: dict[str, str]
    series_factors: int = Field(default=1, description="With group=series: matching factors of the series.")


class Total(BaseModel):
    """`exact` is false when counting stopped at `value`."""

    value: int
    exact: bool


class Corrected(BaseModel):
    from_: str = Field(alias="from")
    to: str


class FactorList(Shape):
    items: list[FactorItem]
    next_cursor: str | None
    total: Total
    basis: int


class PendingBlock(BaseModel):
    status: str
    effective_from: str
    reason: dict[str, str] | None
    successor: str | None


class StatusBlock(BaseModel):
    status: str
    since: str | None
    effective_from: str | None
    reason: dict[str, str] | None
    successor: str | None
    superseded_by: int | None
    errata_class: str | None
    pending: PendingBlock | None = Field(description="A change that is recorded and comes into force later.")


class SuccessorItem(Shape):
    """A factor that took the place of one that was renamed, split or merged."""

    ref: str
    relation: Literal["same", "split", "merged", "narrower"]
    note: dict[str, str] | None
    links: dict[str, str]


class Envelope(Shape):
    ref: str
    status: StatusBlock
    version: int
    latest_version: int
    content_hash: str
    published_at: str
    position: int
    successors: list[SuccessorItem]
    document: dict[str, Any]
    links: dict[str, str]


class VersionList(Shape):
    items: list[dict[str, Any]]
    next_cursor: str | None


class Series(Shape):
    dataset: str
    series: str
    name: Text
    year_rule: str
    items: list[FactorItem]
    next_cursor: str | None


class DatasetItem(Shape):
    dataset: str
    name: Text
    latest_release: str
    factor_count: int
    links: dict[str, str]


class DatasetList(Shape):
    items: list[DatasetItem]
    next_cursor: str | None


class ReleaseItem(Shape):
    dataset: str
    release: str
    status: str
    status_detail: StatusBlock
    release_hash: str
    factor_count: int
    links: dict[str, str]


class ReleaseList(Shape):
    items: list[ReleaseItem]
    next_cursor: str | None
