"""One row of the sheet of factors -> what it states, in document form. Pure; see checking for the whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.intake.checking_cells import Amount, Cells, Lookups, UnitRead
from app.intake.checking_gases import check_amount_unit, read_amounts, sum_against_total
from app.intake.checking_json import load, load_objects
from app.intake.checking_numbers import percent_change, read_number_text
from app.intake.checking_sources import SourceBook, read_sources
from app.intake.substances import COPIED, flags, numbers, ordered_amounts, series_of
from app.kit.grammar import is_key

REQUIRED: Final = (*("name_zh", "name_en", "record_type", "activity", "region", "gas_basis", "boundary"),)
HAVE_VALUE: Final = frozenset({"co2e", "single_gas", "carbon", "none"})
HAVE_GASES: Final = frozenset({"co2e", "by_gas"})
JUMP: Final = Decimal(2)
"""A value more than doubled or less than halved since the last release wants an explanation."""
_STEP: Final = re.compile(r"([12]\d{3})(-)?([12]\d{3})?:\s*(\d+(?:\.\d+)?)\s*%?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for every row: reference data, sources, the day, the dataset's own words."""

    look: Lookups
    sources: SourceBook
    today: date
    year_rule: str
    sector: str
    common: Mapping[str, Any]


def check_factor(cells: Cells, gas_rows: Sequence[Cells], around: Around) -> dict[str, Any]:
    """What the row states; complete only when `cells.errors` and those of its gas rows are 0."""
    _unfold(cells)
    cells.required(REQUIRED)
    stated: dict[str, Any] = {**around.common, **_words(cells)}
    _listed(cells, stated)
    _places(cells, stated, around.look)
    _time(cells, stated, around)
    basis = stated.get("gas_basis")
    gas = _gas(cells, basis, around.look)
    if gas is not None:
        stated["gas"] = gas
    unit = _unit(cells, stated, gas, around.look)
    _value(cells, stated, basis)
    _gwp_set(cells, stated, basis, around.look)
    amounts = read_amounts(cells, gas_rows, basis, around.look)
    _gases_fit(cells, basis, amounts)
    if amounts:
        stated["amounts"] = ordered_amounts(amounts)
        sum_against_total(cells, stated, unit, around.look)
    records = [amount["source_record"] for amount in amounts if "source_record" in amount]
    stated["sources"] = read_sources(cells, around.sources, records)
    marks = flags(stated["sources"])
    if marks:
        stated["flags"] = marks
    return stated


def _unfold(cells: Cells) -> None:
    """`other_json` of our downloads: members that have no column there stand as if they had one."""
    text = cells.text("other_json") if "other_json" in cells.cells else None
    if text is None:
        return
    try:
        members = load(text)
        if not isinstance(members, dict):
            raise ValueError("not an object")
    except ValueError as error:
        cells.tell("json_not_readable", "other_json", text, reason=str(error)[:100])
        return
    unfolded = dict(cells.cells)
    for name, value in members.items():
        if name in (*COPIED, "data_origin", "digits") and isinstance(value, str) and value:
            unfolded.setdefault(name, value)
        elif name == "mark_up" and isinstance(value, list):
            unfolded["mark_up"] = json.dumps(value)
    cells.cells = unfolded


def _words(cells: Cells) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in COPIED:
        if name in cells.cells:
            text = cells.text(name)
            if text is not None:
                found[name] = text
    found["name"] = {"zh": cells.text("name_zh") or "", "en": cells.text("name_en") or ""}
    doubt = cells.text("doubt")
    if doubt:
        found["doubts"] = [line for line in doubt.split("\n") if line]
    if "mark_up" in cells.cells:
        steps = _mark_up(cells)
        if steps:
            found["mark_up"] = steps
    return found


def _listed(cells: Cells, stated: dict[str, Any]) -> None:
    for name in ("record_type", "gas_basis", "boundary", "calorific_basis", "data_origin"):
        if name in cells.cells:
            value = cells.listed(name)
            if value is not None:
                stated[name] = value
    if "scope_hint" in cells.cells:
        hint = cells.listed("scope_hint")
        if hint is not None:
            stated["scope_hint"] = int(hint)


def _places(cells: Cells, stated: dict[str, Any], look: Lookups) -> None:
    region = cells.found("region", look.region)
    if region is not None:
        stated["region"] = region
    activity = cells.found("activity", look.activity)
    if activity is not None:
        stated["activity"] = activity


def _time(cells: Cells, stated: dict[str, Any], around: Around) -> None:
    rule = cells.listed("year_rule") if "year_rule" in cells.cells else None
    stated["year_rule"] = rule or around.year_rule
    stated["year"] = cells.year("year", around.today)
    if "edition_year" in cells.cells:
        edition = cells.year("edition_year", around.today)
        if edition is not None:
            stated["edition_year"] = edition
    for name in ("applies_from", "applies_to"):
        if name in cells.cells and (day := cells.day(name)):
            stated[name] = day
    _period(cells, stated)
    _order(cells, "applies_from", stated.get("applies_from"), stated.get("applies_to"))
    timed = ("year", "period", "edition_year", "applies_from")
    if stated["year_rule"] in {"data_year", "validity"} and not any(stated.get(name) for name in timed):
        cells.tell("year_missing", "year", stated["year_rule"])


def _period(cells: Cells, stated: dict[str, Any]) -> None:
    period = {
        part: text
        for part in ("from", "to")
        if f"period_{part}" in cells.cells and (text := cells.day(f"period_{part}"))
    }
    label = cells.text("period_label")
    if label:
        period["label"] = label
    if not period:
        return
    stated["period"] = period
    first, last = period.get("from"), period.get("to")
    _order(cells, "period_from", first, last)
    year = stated["year"]
    if year and stated["year_rule"] == "data_year":
        outside = (first and int(first[:4]) > year) or (last and int(last[:4]) < year)
        if outside:
            cells.tell("year_outside_period", "year", year, period=f"{first or ''}/{last or ''}")


def _order(cells: Cells, name: str, first: str | None, last: str | None) -> None:
    if first and last and first[: len(last)] > last[: len(first)]:
        cells.tell("period_reversed", name, first, first=first, last=last)


def _gas(cells: Cells, basis: str | None, look: Lookups) -> str | None:
    gas = cells.found("gas", look.gas) if "gas" in cells.cells else None
    if basis == "co2e":
        if gas not in {None, "CO2e"}:
            cells.tell("gas_not_co2e", "gas", gas)
        return "CO2e"
    if basis == "single_gas" and gas is None and "gas" not in cells.cells:
        cells.tell("gas_missing", "gas")
    return gas


def _unit(cells: Cells, stated: dict[str, Any], gas: str | None, look: Lookups) -> UnitRead | None:
    """Unit code and spelling; the code is made of `unit`, or of `unit_published` where there is no other."""
    name = "unit" if "unit" in cells.cells else "unit_published"
    text = cells.text(name)
    basis = stated.get("calorific_basis")
    if text is None:
        if stated.get("gas_basis") in HAVE_VALUE and name not in cells.cells:
            cells.missing("unit")
        return None
    stated["unit_published"] = cells.text("unit_published") or text
    read = look.unit(text, basis, gas if stated.get("gas_basis") != "by_gas" else None)
    if read.unit is None:
        if read.fault == "calorific_basis_conflict":
            cells.tell("calorific_basis_conflict", "calorific_basis", basis, unit=text)
        else:
            cells.tell(read.fault or "unknown_unit", name, text, read.near)
        return None
    stated["unit"] = read.code
    if stated.get("gas_basis") in {"co2e", "single_gas"}:
        check_amount_unit(cells, name, read, gas, look)
    _basis(cells, stated, read, name, look)
    return read


def _basis(cells: Cells, stated: Mapping[str, Any], read: UnitRead, name: str, look: Lookups) -> None:
    assert read.unit is not None
    sides = [read.unit.numerator, *([read.unit.denominator] if read.unit.denominator else [])]
    heat = [term for side in sides for term in side.terms if term.kind == "energy"]
    basis = stated.get("calorific_basis")
    if basis and not heat:
        cells.tell("calorific_basis_unused", "calorific_basis", basis, unit=read.code)
    elif heat and not any({"net", "gross"} & set(term.written) for term in heat):
        activity = look.index.activities.by_code.get(stated.get("activity", ""))
        if activity is not None and activity.family == "fuel":
            cells.tell("calorific_basis_missing", name, read.code, ("net", "gross"))


def _value(cells: Cells, stated: dict[str, Any], basis: str | None) -> None:
    unit_text = cells.text("unit") if "unit" in cells.cells else None
    amounts = {name: _either(cells, name, unit_text) for name in ("value", "lower", "upper")}
    published = {"value": cells.text("value_published") if "value_published" in cells.cells else None}
    value = amounts["value"]
    if value is None and basis in HAVE_VALUE and not {"value", "value_published"} & set(cells.cells):
        cells.tell("value_missing", "value")
    if basis == "by_gas" and value is not None:
        cells.tell("total_with_gases", "value", value.published)
    stated.update(numbers(amounts, published))
    if cells.cells.get("digits") == "from_binary":
        stated["digits"] = "from_binary"
    if value is not None:
        _sane(cells, value)
    _bounds(cells, stated)


def _either(cells: Cells, name: str, unit: str | None) -> Amount | None:
    """A number and its published spelling: either column will do; where both are, they must agree."""
    spelled = f"{name}_published"
    if spelled not in cells.cells:
        return cells.amount(name, unit) if name in cells.cells else None
    if name not in cells.cells:
        return cells.amount(spelled, unit)
    amount, text = cells.amount(name, unit), cells.text(spelled)
    printed = read_number_text(text).value if text else None
    if amount is not None and (printed is None or Decimal(printed) != Decimal(amount.value)):
        cells.tell("published_differs", spelled, amount.value, published=text)
    return amount


def _sane(cells: Cells, value: Amount) -> None:
    number = Decimal(value.value)
    if number < 0:
        cells.tell("value_negative", "value", value.value)
    elif number == 0:
        cells.tell("value_zero", "value", value.value)


def _bounds(cells: Cells, stated: Mapping[str, Any]) -> None:
    lower, upper, value = stated.get("lower"), stated.get("upper"), stated.get("value")
    if (lower or upper) and "bounds_meaning" not in stated:
        cells.tell("bounds_meaning_missing", "lower" if lower else "upper")
    if lower and upper and Decimal(lower) > Decimal(upper):
        cells.tell("bounds_reversed", "lower", lower, lower=lower, upper=upper)
    elif value and (
        (lower and Decimal(value) < Decimal(lower)) or (upper and Decimal(value) > Decimal(upper))
    ):
        cells.tell("value_outside_bounds", "value", value, lower=lower or "", upper=upper or "")


def _gwp_set(cells: Cells, stated: dict[str, Any], basis: str | None, look: Lookups) -> None:
    if "gwp_set" in cells.cells:
        chosen = cells.found("gwp_set", look.gwp_set)
        if chosen is not None:
            stated["gwp_set"] = chosen
            if basis in {"by_gas", "single_gas"}:
                cells.tell("gwp_set_unused", "gwp_set", chosen)
    elif basis == "co2e":
        cells.tell("gwp_set_missing", "gwp_set", None, sorted(look.index.gwp.sets))


def _gases_fit(cells: Cells, basis: str | None, amounts: Sequence[Mapping[str, Any]]) -> None:
    if basis == "by_gas" and not amounts:
        cells.tell("gases_missing", "gas_basis", basis)
    elif amounts and basis is not None and basis not in HAVE_GASES:
        cells.tell("gases_not_allowed", "gas_basis", basis)


def _mark_up(cells: Cells) -> list[dict[str, Any]] | None:
    """`2026: 10 %; 2027: 20 %; 2028-: 30 %` with the row's legal reference, or the list as JSON."""
    text = cells.text("mark_up")
    if text is None or text.casefold() == "none":
        return None
    if text.startswith("["):
        return _mark_up_json(cells, text)
    matches = [_STEP.fullmatch(part.strip()) for part in re.split("[;；\n]", text) if part.strip()]
    legal_ref = cells.text("legal_ref")
    if not all(matches) or not legal_ref:
        cells.tell("not_in_list", "mark_up", text, ("2026: 10 %; 2027-: 30 %",), zh="加成", en="Mark-up")
        return None
    return [_step(match, legal_ref) for match in matches if match is not None]


def _step(match: re.Match[str], legal_ref: str) -> dict[str, Any]:
    step: dict[str, Any] = {"from_year": int(match[1])}
    if match[3] or not match[2]:
        step["to_year"] = int(match[3] or match[1])
    return {**step, "percent": match[4], "legal_ref": legal_ref}


def _mark_up_json(cells: Cells, text: str) -> list[dict[str, Any]] | None:
    try:
        return [_step_of(step) for step in load_objects(text)]
    except (ValueError, KeyError) as error:
        cells.tell("json_not_readable", "mark_up", text, reason=str(error)[:100])
        return None


def _step_of(step: Mapping[str, Any]) -> dict[str, Any]:
    years = {name: int(step[name]) for name in ("from_year", "to_year") if step.get(name)}
    percent, legal_ref = step["percent"], step["legal_ref"]
    if "from_year" not in years or not all(1900 <= year < 3000 for year in years.values()):
        raise ValueError("from_year and to_year are years")
    if not isinstance(legal_ref, str) or read_number_text(str(percent)).code or not legal_ref:
        raise ValueError("percent is a number, legal_ref a text")
    return {**years, "percent": str(percent), "legal_ref": legal_ref}


def against_last(cells: Cells, stated: Mapping[str, Any], value: str | None, unit: str | None) -> None:
    """Compare with the last release's value and unit of the same key."""
    mine, code = stated.get("value"), stated.get("unit")
    if unit and code and unit != code:
        cells.tell("unit_changed", "unit", code, (unit,), last=unit)
    elif value and mine and Decimal(value) != 0:
        ratio = Decimal(mine) / Decimal(value)
        if ratio > JUMP or ratio < 1 / JUMP:
            percent = percent_change(Decimal(value), Decimal(mine))
            cells.tell("value_jumped", "value", mine, (value,), last=value, percent=percent)


def stated_key(cells: Cells) -> str | None:
    """The key that the row states, checked; None where there is none or it is out of form."""
    text = cells.text("key")
    if text is None:
        return None
    if not is_key(text) or len(text) > 160:
        lower = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
        cells.tell("key_invalid", "key", text, (lower,) if is_key(lower) else ())
        return None
    return text


def series(cells: Cells, stated: Mapping[str, Any], key: str) -> str:
    """The stated series, or the key without its period."""
    text = cells.text("series") if "series" in cells.cells else None
    if text is None:
        return series_of(key, (stated.get("year"), stated.get("edition_year"), stated.get("applies_from")))
    if not is_key(text):
        cells.tell("key_invalid", "series", text)
    return text
