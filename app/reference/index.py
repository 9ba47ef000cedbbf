"""One edition of the reference tables in memory, ready for questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.kit.errors import Invalid
from app.reference.activities import Activity, ActivityTable
from app.reference.gwp import GwpTable
from app.reference.regions import Region, RegionTable
from app.reference.spellings import Spellings
from app.reference.tables import ReferenceTables, reference_hash
from app.reference.units import Unit, UnitTable, to_decimal


@dataclass(frozen=True, slots=True)
class Convention:
    """A stated property that carries an amount from one kind to another: 1 tce = 29.3076 GJ (net)."""

    id: str
    source_unit: str
    target_unit: str
    value: Decimal
    name_zh: str
    name_en: str
    source: str
    note: str


class ReferenceIndex:
    """Look-ups over one edition. Immutable; a request uses the index that its basis names."""

    def __init__(self, tables: ReferenceTables) -> None:
        """Raises ValueError where the tables contradict themselves."""
        self.hash = reference_hash(tables)
        self.regions = RegionTable(tables["regions"], tables["memberships"])
        self.units = UnitTable(tables["units"], tables["unit_annotations"])
        self.spellings = Spellings(self.units, tables["published_units"], tables["unit_spellings"])
        self.conventions = {row["id"]: _convention(row) for row in tables["unit_conventions"]}
        self.gwp = GwpTable(tables["gases"], tables["gwp_sets"], tables["gwp_values"])
        self.activities = ActivityTable(tables["activities"])

    def find_region(self, text: str) -> Region:
        """See RegionTable.find_region."""
        return self.regions.find_region(text)

    def ancestors(self, code: str, on: date) -> tuple[Region, ...]:
        """See RegionTable.ancestors."""
        return self.regions.ancestors(code, on)

    def members(self, group: str, on: date) -> list[Region]:
        """See RegionTable.members."""
        return self.regions.members(group, on)

    def grid_of(self, code: str, on: date) -> Region | None:
        """See RegionTable.grid_of."""
        return self.regions.grid_of(code, on)

    def parse_unit(self, code: str) -> Unit:
        """See UnitTable.parse_unit."""
        return self.units.parse_unit(code)

    def find_unit(self, text: str) -> Unit:
        """See Spellings.find_unit."""
        return self.spellings.find_unit(text)

    def from_published(self, text: str, calorific_basis: str | None, gas: str | None = None) -> str:
        """See Spellings.from_published."""
        return self.spellings.from_published(text, calorific_basis, gas)

    def convert_factor(self, value: Decimal, from_code: str, to_code: str) -> Decimal:
        """See UnitTable.convert_factor."""
        return self.units.convert_factor(value, from_code, to_code)

    def convert_with(self, convention_id: str, amount: Decimal, from_code: str, to_code: str) -> Decimal:
        """An amount carried over by a stated convention, which the answer then names.

        Raises Invalid `unknown_convention`, or `unit_mismatch_*` where the units are not those it joins.
        """
        rule = self.conventions.get(convention_id)
        if rule is None:
            raise Invalid(
                "unknown_convention",
                f"There is no convention {convention_id[:60]!r}.",
                f"没有约定“{convention_id[:60]}”。",
                parameter="convention",
                valid_values=sorted(self.conventions),
            )
        first, last = self.parse_unit(from_code), self.parse_unit(to_code)
        source, target = self.parse_unit(rule.source_unit), self.parse_unit(rule.target_unit)
        self.units.refuse_mismatch(first, source)
        self.units.refuse_mismatch(target, last)
        ratio = first.factor / source.factor * Fraction(rule.value) * target.factor / last.factor
        return to_decimal(Fraction(amount) * ratio)

    def find_activity(self, text: str) -> Activity:
        """See ActivityTable.find_activity."""
        return self.activities.find_activity(text)


def _convention(row: dict[str, str]) -> Convention:
    return Convention(
        row["id"],
        row["from"],
        row["to"],
        Decimal(row["value"]),
        row["name_zh"],
        row["name_en"],
        row["source"],
        row.get("note", ""),
    )
