"""What every route of the catalogue depends on: a snapshot, the basis, and the filters of a list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import names, service
from app.catalog.conditions import Filters, Moment
from app.catalog.rules import Boundary, GasBasis, RecordType
from app.journal import service as journal
from app.kit.db import Database, snapshot

StatusFilter = Literal["published", "retired", "recalled", "superseded", "any"]

BasisQuery = Annotated[
    int | None, Query(ge=0, le=2**53 - 1, description="Answer as the journal stood at this size.")
]
KnownOn = Annotated[
    str | None, Query(max_length=40, description="Answer as it was known on this date (or RFC 3339 time).")
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many items at the most.")]
Cursor = Annotated[str | None, Query(max_length=600, description="`next_cursor` of the page before.")]


async def reading(
    request: Request,
    basis: BasisQuery = None,
    seen: Annotated[str | None, Header(alias="Factorbase-Basis", pattern=r"^\d{1,15}$")] = None,
) -> AsyncIterator[AsyncConnection]:
    """A snapshot of a database that knows at least the basis that the asker has seen."""
    database: Database = request.app.state.database
    wanted = max(basis or 0, int(seen or 0))
    if wanted and database.replicated:
        async with snapshot(database.read) as replica:
            if (await journal.current_basis(replica)).size >= wanted:
                yield replica
                return
        async with snapshot(database.primary) as primary:
            yield primary
        return
    async with snapshot(database.read) as connection:
        yield connection


Reading = Annotated[AsyncConnection, Depends(reading, scope="function")]


async def moment(connection: Reading, basis: BasisQuery = None, known_on: KnownOn = None) -> Moment:
    return await service.moment_of(connection, basis, known_on)


At = Annotated[Moment, Depends(moment)]


def filters(
    request: Request,
    activity: Annotated[
        str | None, Query(max_length=160, description="Code, or `code.*` with all below it.")
    ] = None,
    region: Annotated[
        str | None, Query(max_length=80, description="Code or name in either language.")
    ] = None,
    year: Annotated[int | None, Query(ge=1900, le=2200)] = None,
    sector: Annotated[str | None, Query(max_length=80)] = None,
    dataset: Annotated[str | None, Query(max_length=130)] = None,
    series: Annotated[str | None, Query(max_length=330)] = None,
    record_type: Annotated[RecordType | None, Query()] = None,
    gas_basis: Annotated[GasBasis | None, Query()] = None,
    boundary: Annotated[Boundary | None, Query()] = None,
    variant: Annotated[str | None, Query(max_length=80)] = None,
    goods_code: Annotated[
        str | None, Query(pattern=r"^\d{2,12}$", description="Prefix of a customs code.")
    ] = None,
    status: Annotated[StatusFilter, Query()] = "published",
) -> Filters:
    """The filters of a list; names are turned into codes, unknown ones are refused with the nearest."""
    index = request.app.state.reference
    return Filters(
        activity=None if activity is None else names.activity_code(index, activity),
        region=None if region is None else names.region_code(index, region),
        year=year,
        sector=None if sector is None else names.sector(index, sector),
        dataset=dataset,
        series=series,
        record_type=record_type,
        gas_basis=gas_basis,
        boundary=boundary,
        variant=variant,
        goods_code=goods_code,
        status=status,
    )


Filtered = Annotated[Filters, Depends(filters)]
