"""Figures out of lists of figures. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of `values` do not exceed (nearest rank); 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Load:
    """What the client saw of one loop: answers a second, and milliseconds of an answer.

    `client_busy` and `server_busy` are shares of one core; `server_ms` and `database_ms` the processor time
    that a request cost in the web process and in the processes of PostgreSQL.
    """

    rate: float
    p50: float
    p99: float
    worst: float
    count: int
    client_busy: float
    server_busy: float = 0.0
    server_ms: float = 0.0
    database_ms: float = 0.0


def middle(loads: Sequence[Load]) -> Load:
    """The median of each figure over repeated loops; the worst is the worst of all."""
    return Load(
        rate=median(load.rate for load in loads),
        p50=median(load.p50 for load in loads),
        p99=median(load.p99 for load in loads),
        worst=max(load.worst for load in loads),
        count=sum(load.count for load in loads),
        client_busy=median(load.client_busy for load in loads),
        server_busy=median(load.server_busy for load in loads),
        server_ms=median(load.server_ms for load in loads),
        database_ms=median(load.database_ms for load in loads),
    )


def ratio(a: float, b: float) -> float:
    """a / b, or 0 where there is nothing to divide by."""
    return a / b if b else 0.0
