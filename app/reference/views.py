"""Reference entries as the plain data that answers are made of. Decimals are text; not stated is null."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.reference.activities import Activity, ActivityTable
from app.reference.gwp import GwpSet, GwpTable
from app.reference.index import Convention
from app.reference.regions import Membership, Region, RegionTable
from app.reference.units import Annotation, Symbol, Unit, to_decimal

View = dict[str, Any]


def _name(zh: str, en: str) -> View:
    return {"zh": zh or None, "en": en or None}


def region_item(region: Region) -> View:
    return {
        "code": region.code,
        "kind": region.kind,
        "name": _name(region.name_zh, region.name_en),
        "parent": region.parent or None,
        "alpha2": region.alpha2 or None,
        "alpha3": region.alpha3 or None,
        "numeric": region.numeric or None,
        "iso3166_2": region.iso3166_2 or None,
        "gbt2260": region.gbt2260 or None,
        "aliases": list(region.aliases),
        "source": region.source,
    }


def region_view(table: RegionTable, region: Region, on: date | None) -> View:
    """The item with its memberships of all times; with a day also what it lies in and what lies in it."""
    return {
        **region_item(region),
        "memberships": [_membership(m) for m in table.memberships_of(region.code)],
        "ancestors": [r.code for r in table.ancestors(region.code, on)] if on else None,
        "members": [r.code for r in table.members(region.code, on)] if on else None,
    }


def _membership(membership: Membership) -> View:
    since, until = membership.since, membership.until
    return {
        "group": membership.group,
        "from": since.isoformat() if since else None,
        "to": until.isoformat() if until else None,
        "kind": membership.kind,
        "stands_in": membership.stands_in,
        "note": membership.note or None,
    }


def unit_item(symbol: Symbol) -> View:
    return {
        "code": symbol.code,
        "kind": symbol.kind,
        "name": _name(symbol.name_zh, symbol.name_en),
        "aliases": list(symbol.aliases),
        "conditions": sorted(symbol.conditions),
        "factor": format(to_decimal(symbol.factor), "f"),
        "source": symbol.source,
    }


def unit_view(unit: Unit) -> View:
    """A unit that a spelling means, in the shape of a list item."""
    sides = [unit.numerator, *([unit.denominator] if unit.denominator else [])]
    conditions = {condition for side in sides for term in side.terms for condition in term.conditions}
    return {
        "code": unit.code,
        "kind": unit.kind,
        "name": None,
        "aliases": [],
        "conditions": sorted(conditions),
        "factor": format(to_decimal(unit.factor), "f"),
        "source": None,
    }


def annotation_item(annotation: Annotation) -> View:
    return {
        "code": annotation.code,
        "type": annotation.type,
        "name": _name(annotation.name_zh, annotation.name_en),
        "note": annotation.note or None,
    }


def convention_item(convention: Convention) -> View:
    return {
        "id": convention.id,
        "from": convention.source_unit,
        "to": convention.target_unit,
        "value": format(convention.value, "f"),
        "name": _name(convention.name_zh, convention.name_en),
        "source": convention.source,
        "note": convention.note or None,
    }


def gwp_set_item(gwp_set: GwpSet) -> View:
    return {
        "id": gwp_set.id,
        "report": gwp_set.report,
        "horizon_years": gwp_set.horizon_years,
        "feedback": gwp_set.feedback,
        "by_origin": gwp_set.by_origin,
        "name": _name(gwp_set.name_zh, gwp_set.name_en),
        "source": gwp_set.source,
        "note": gwp_set.note or None,
        "value_count": len(gwp_set.values),
    }


def gwp_set_view(table: GwpTable, gwp_set: GwpSet) -> View:
    values = []
    for value in gwp_set.values.values():
        gas = table.gases[value.gas]
        values.append(
            {
                "gas": value.gas,
                "origin": value.origin,
                "value": format(value.value, "f"),
                "name": _name(gas.name_zh, gas.name_en),
                "formula": gas.formula or None,
                "cas": gas.cas or None,
                "source_record": value.source_record or None,
                "note": value.note or None,
            }
        )
    return {**gwp_set_item(gwp_set), "values": values}


def activity_item(activity: Activity) -> View:
    return {
        "code": activity.code,
        "parent": activity.parent or None,
        "name": _name(activity.name_zh, activity.name_en),
        "family": activity.family,
        "sector": activity.sector,
        "aliases_zh": list(activity.aliases_zh),
        "aliases_en": list(activity.aliases_en),
        "classifications": [{"system": system, "code": code} for system, code in activity.classifications],
        "note": activity.note or None,
    }


def activity_view(table: ActivityTable, activity: Activity) -> View:
    return {**activity_item(activity), "children": [child.code for child in table.children(activity.code)]}
