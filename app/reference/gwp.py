"""Gases and sets of global warming potentials. Values are decimals with the digits of their source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.kit.errors import Invalid

ORIGINS: Final = ("fossil", "biogenic", "land_use", "unspecified")


@dataclass(frozen=True, slots=True)
class Gas:
    """One row of gases.csv."""

    code: str
    formula: str
    name_zh: str
    name_en: str
    group: str
    cas: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GwpValue:
    """kg CO2e per kg of a gas. `origin` is unspecified except for methane in two reports."""

    gas: str
    origin: str
    value: Decimal
    source_record: str
    note: str


@dataclass(frozen=True, slots=True)
class GwpSet:
    """One row of gwp_sets.csv with its values. `by_origin`: values of an origin are also applied."""

    id: str
    report: str
    horizon_years: int
    feedback: str
    by_origin: bool
    name_zh: str
    name_en: str
    source: str
    note: str
    values: dict[tuple[str, str], GwpValue]


class GwpTable:
    """The gases and GWP sets of one edition of the reference tables."""

    def __init__(
        self,
        gases: Iterable[dict[str, str]],
        sets: Iterable[dict[str, str]],
        values: Iterable[dict[str, str]],
    ) -> None:
        """Rows of the three CSV files. Raises ValueError for an unknown gas, set or origin."""
        self.gases = {row["code"]: _gas(row) for row in gases}
        self.sets = {row["id"]: _set(row) for row in sets}
        for row in values:
            if row["gas"] not in self.gases or row["set"] not in self.sets or row["origin"] not in ORIGINS:
                raise ValueError(f"GWP value of an unknown gas, set or origin: {row}")
            value = GwpValue(
                row["gas"],
                row["origin"],
                Decimal(row["value"]),
                row.get("source_record", ""),
                row.get("note", ""),
            )
            self.sets[row["set"]].values[row["gas"], row["origin"]] = value
        self._gas_names = {name.casefold(): gas.code for gas in self.gases.values() for name in _names(gas)}

    def gwp_set(self, set_id: str) -> GwpSet:
        """Raises Invalid `unknown_gwp_set` with the ids."""
        found = self.sets.get(set_id.strip().casefold())
        if found is None:
            raise Invalid(
                "unknown_gwp_set",
                f"{set_id[:60]!r} is not a GWP set.",
                f"“{set_id[:60]}”不是已知的 GWP 数值集。",
                parameter="gwp_set",
                valid_values=sorted(self.sets),
            )
        return found

    def find_gas(self, text: str) -> Gas:
        """A gas by code, formula, name or alias. Raises Invalid `unknown_gas`."""
        code = self._gas_names.get(text.strip().casefold())
        if code is None:
            raise Invalid(
                "unknown_gas",
                f"{text[:60]!r} is not a known gas.",
                f"“{text[:60]}”不是已知的气体。",
                parameter="gas",
                valid_values=sorted(self.gases),
            )
        return self.gases[code]

    def gwp(self, set_id: str, gas: str, origin: str = "unspecified") -> Decimal | None:
        """kg CO2e per kg of `gas` under a set, or None where the set does not list the gas.

        Where the set applies origins (AR6), methane of biogenic or land-use origin takes the non-fossil
        value; everywhere else the value of the unspecified origin counts (decision 18/CMA.1 for AR5).
        """
        chosen = self.gwp_set(set_id)
        kind = {"land_use": "biogenic"}.get(origin, origin) if chosen.by_origin else "unspecified"
        found = chosen.values.get((gas, kind)) or chosen.values.get((gas, "unspecified"))
        return found.value if found else None


def _names(gas: Gas) -> list[str]:
    return [name for name in (gas.code, gas.formula, gas.name_zh, gas.name_en, *gas.aliases) if name]


def _gas(row: dict[str, str]) -> Gas:
    fields = {name: row.get(name, "") for name in Gas.__dataclass_fields__ if name != "aliases"}
    return Gas(**fields, aliases=tuple(filter(None, row.get("aliases", "").split("|"))))


def _set(row: dict[str, str]) -> GwpSet:
    return GwpSet(
        id=row["id"],
        report=row["report"],
        horizon_years=int(row["horizon_years"]),
        feedback=row["feedback"],
        by_origin=row["origins"] == "yes",
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        source=row["source"],
        note=row.get("note", ""),
        values={},
    )
