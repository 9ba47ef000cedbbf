"""The table of what each role may do: parts add their own rows (`rows`) and check them with `expected`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI

from app.auth.rules import ROLES

ANONYMOUS: Final = "anonymous"
NOBODY: Final = "nobody"  # signed in, granted nothing
ASKERS: Final[tuple[str, ...]] = (ANONYMOUS, NOBODY, *ROLES)


@dataclass(frozen=True)
class Case:
    """`path` and the texts of `body` may hold {names} that the test fills in."""

    method: str
    path: str
    role: str
    status: int
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} as {self.role}: {self.status}"


def rows(
    method: str,
    path: str,
    allowed: Mapping[str, int],
    *,
    others: int = 403,
    anonymous: int = 401,
    body: Any = None,
) -> list[Case]:
    """One row a role: the status of `allowed`, else `others`; `anonymous` for nobody."""
    statuses = dict.fromkeys(ASKERS, others) | {ANONYMOUS: anonymous} | dict(allowed)
    return [Case(method, path, role, status, body) for role, status in statuses.items()]


def everybody(status: int) -> dict[str, int]:
    """The same status for all who are signed in."""
    return {role: status for role in ASKERS if role != ANONYMOUS}


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """(method, path with its parameters unnamed) of the routes that are in the OpenAPI document."""
    return {
        (method.upper(), _shape(path))
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }


def covered(cases: Iterable[Case]) -> dict[tuple[str, str], set[str]]:
    """The roles that the table has for each route."""
    found: dict[tuple[str, str], set[str]] = {}
    for case in cases:
        found.setdefault((case.method, _shape(case.path.partition("?")[0])), set()).add(case.role)
    return found


def _shape(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with its {names} filled in."""
    if isinstance(value, str):
        return value.format_map(names)
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    return value
