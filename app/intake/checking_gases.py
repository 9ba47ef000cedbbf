"""The gases of a factor: rows of the sheet of gases (or JSON in a cell) -> amounts in document form. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from app.intake.checking_cells import Amount, Cells, Lookups, UnitRead
from app.intake.checking_json import load_objects
from app.intake.checking_numbers import percent_change
from app.intake.columns import GASES
from app.intake.columns_labels import find_value
from app.intake.substances import numbers
from app.kit.errors import Problem

TOLERANCE: Final = Decimal("0.01")
NAMES: Final = ("bounds_meaning", "source_record", "note")
_JSON_FIELDS: Final = frozenset(column.name for column in GASES.columns)


def read_amounts(
    factor: Cells, gas_rows: Sequence[Cells], basis: str | None, look: Lookups
) -> list[dict[str, Any]]:
    """The amounts of a factor. An error in a gas row counts as an error of the factor."""
    rows = [*gas_rows, *_json_rows(factor)]
    amounts: list[dict[str, Any]] = []
    seen: dict[tuple[str, str, str], str] = {}
    for cells in rows:
        cells.required(("gas", "value"))
        amount = _amount(cells, factor, basis, look)
        if amount is not None:
            identity = (amount["gas"], amount["origin"], amount["unit"])
            where = cells.place("gas").cell or str(cells.row)
            if identity in seen:
                cells.tell("gas_twice", "gas", amount["gas"], first=seen[identity])
            seen.setdefault(identity, where)
            amounts.append(amount)
        if cells is not factor:
            factor.errors += cells.errors
    return amounts


def _json_rows(factor: Cells) -> list[Cells]:
    """The rows of `amounts_json`; their findings are placed at that cell."""
    text = factor.text("amounts_json") if "amounts_json" in factor.cells else None
    if text is None:
        return []
    try:
        plain = [
            {name: str(item[name]) for name in _JSON_FIELDS & set(item) if item[name] is not None}
            for item in load_objects(text)
        ]
    except ValueError as error:
        factor.tell("json_not_readable", "amounts_json", text, reason=str(error)[:100])
        return []
    return [_JsonCells(factor, fields) for fields in plain]


class _JsonCells(Cells):
    """An amount that stands as JSON in a cell of the factor's row."""

    __slots__ = ()

    def __init__(self, factor: Cells, fields: Mapping[str, str]) -> None:
        self.title, self.row, self.key = factor.title, factor.row, factor.key
        self.columns = GASES.by_name
        self.places = dict.fromkeys(self.columns, factor.places.get("amounts_json", -1))
        self.cells = {name: text for name, text in fields.items() if text}
        self.findings, self.binaries, self.errors = factor.findings, factor.binaries, 0


def _amount(cells: Cells, factor: Cells, basis: str | None, look: Lookups) -> dict[str, Any] | None:
    gas = cells.found("gas", look.gas)
    origin = cells.listed("origin") if "origin" in cells.cells else "unspecified"
    denomination = _denomination(cells, basis)
    name = "unit" if "unit" in cells.cells else "unit_published"
    text = cells.text(name) or factor.text("unit") or factor.text("unit_published")
    amounts = _numbers(cells, text)
    if text is None and name not in cells.cells:
        cells.missing("unit")
    if gas is None or text is None or not denomination or not origin or amounts["value"] is None:
        return None
    measured = gas if denomination == "mass" else "CO2e"
    read = look.unit(text, _basis(factor), measured)
    if read.unit is None:
        conflict = read.fault == "calorific_basis_conflict"
        cells.tell(
            read.fault or "unknown_unit", name, _basis(factor) if conflict else text, read.near, unit=text
        )
        return None
    check_amount_unit(cells, name, read, measured, look)
    published = {"value": cells.text("value_published") if "value_published" in cells.cells else None}
    return {
        "gas": gas,
        "origin": origin,
        "denomination": denomination,
        "unit": read.code,
        "unit_published": cells.text("unit_published") or text,
        **numbers(amounts, published),
        **({"digits": "from_binary"} if cells.cells.get("digits") == "from_binary" else {}),
        **{field: said for field in NAMES if field in cells.cells and (said := cells.text(field))},
    }


def _numbers(cells: Cells, unit: str | None) -> dict[str, Amount | None]:
    """Each number from its own column, or from the one of its published spelling."""
    found = {}
    for name in ("value", "lower", "upper"):
        column = name if name in cells.cells else f"{name}_published"
        found[name] = cells.amount(column, unit) if column in cells.cells else None
    return found


def _basis(factor: Cells) -> str | None:
    text = factor.text("calorific_basis") if "calorific_basis" in factor.cells else None
    return find_value(factor.columns["calorific_basis"].closed, text) if text else None


def _denomination(cells: Cells, basis: str | None) -> str | None:
    """What an amount counts: stated, or by the factor's basis (parts of a total are CO2e, others are mass)."""
    if "denomination" in cells.cells:
        return cells.listed("denomination")
    return "co2e" if basis == "co2e" else "mass"


def check_amount_unit(cells: Cells, name: str, read: UnitRead, gas: str | None, look: Lookups) -> None:
    """A value of a gas is a mass of that gas per something: CO2 is not CO2e, and neither is CH4."""
    assert read.unit is not None
    numerator = read.unit.numerator
    if len(numerator.terms) != 1 or numerator.kind != "mass":
        if gas is not None and numerator.kind in {"energy", "volume", "distance"}:
            cells.tell("unit_not_of_amount", name, read.code)
        return
    flow = numerator.terms[0].flow
    known = look.index.units.annotations.get(flow)
    if gas is not None and flow != gas and known is not None and known.type == "substance":
        cells.tell("unit_of_another_gas", name, read.code, flow=flow, gas=gas)


def sum_against_total(cells: Cells, stated: Mapping[str, Any], unit: UnitRead | None, look: Lookups) -> None:
    """The gases times GWP against the CO2e value, where both can be told; biogenic CO2 stays outside."""
    if stated.get("gas_basis") != "co2e" or unit is None or unit.unit is None or "value" not in stated:
        return
    gwp_set = stated.get("gwp_set")
    total = Decimal(0)
    try:
        for amount in stated["amounts"]:
            if amount["gas"] == "CO2" and amount["origin"] == "biogenic":
                continue
            part = _as_co2e(amount, unit.code, gwp_set, look)
            if part is None:
                return
            total += part
    except Problem:
        return
    value = Decimal(stated["value"])
    if abs(total - value) > abs(value) * TOLERANCE:
        shown = format(total.normalize(), "f")
        words = {"sum": shown, "percent": percent_change(value, total), "gwp_set": gwp_set or "CO2e"}
        cells.tell("sum_of_gases", "value", stated["value"], (shown,), **words)


def _as_co2e(amount: Mapping[str, Any], unit: str, gwp_set: str | None, look: Lookups) -> Decimal | None:
    value = Decimal(amount["value"])
    if amount["denomination"] == "co2e":
        return look.index.convert_factor(value, amount["unit"], unit)
    if gwp_set is None:
        return None
    potential = look.index.gwp.gwp(gwp_set, amount["gas"], amount["origin"])
    if potential is None:
        return None
    code = amount["unit"].replace(f"{{{amount['gas']}}}", "{CO2e}", 1)
    return look.index.convert_factor(value * potential, code, unit)
