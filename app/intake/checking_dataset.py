"""The sheet of the dataset -> what the release says of its dataset, in the form of seed_files. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.intake.checking_cells import Cells
from app.intake.columns_details import DATASET_FIELDS
from app.intake.columns_labels import find_value
from app.intake.columns_match import find_field, label, near_columns
from app.intake.findings import Findings, Place, finding
from app.intake.reading_types import Number, Table, address

NAMES: Final = ("name", "description", "publisher", "rights_holder", "maintainer", "contributor", "reason")
_FIELDS: Final = {column.name: column for column in DATASET_FIELDS}


def read_dataset(
    table: Table | None,
    dataset: str,
    release: str,
    last: Mapping[str, Any] | None,
    findings: Findings,
) -> dict[str, Any]:
    """The metadata of the release. What the sheet leaves empty is taken from the last release, if there is one.

    Empty where there is neither (with the error `dataset_sheet_missing`).
    """
    if table is None:
        if last is None:
            findings.add(finding("dataset_sheet_missing"))
            return {}
        return {name: value for name, value in last.items() if name != "files"}
    stated = _stated(table, findings)
    _same(table, stated, {"id": dataset, "release": release}, findings)
    fields = {**_flat(last or {}), **{name: text for name, (text, _) in stated.items() if text}}
    _required(table, fields, {name: where for name, (_, where) in stated.items()}, findings)
    return _metadata(fields)


def _stated(table: Table, findings: Findings) -> dict[str, tuple[str, str]]:
    """Field -> (text, address); the text is empty where nothing good is filled in."""
    columns = list(table.columns)
    if "field" not in columns or "value" not in columns:
        return {}
    named, valued = columns.index("field"), columns.index("value")
    stated: dict[str, tuple[str, str]] = {}
    for row, row_cells in table.rows:
        label_cell, cell = row_cells[named], row_cells[valued]
        heading = label_cell.text if isinstance(label_cell, Number) else label_cell
        name = find_field(heading) if heading else None
        if name is None:
            where = Place(table.title, address(table.places[named], row), row)
            near = near_columns("dataset", heading or "")
            findings.add(finding("heading_unknown", where, heading or "", near))
            continue
        where_filled = address(table.places[valued], row)
        stated[name] = ("", where_filled)
        if cell is not None:
            cells = Cells(table, _FIELDS, {name: table.places[valued]}, row, {name: cell}, findings, {})
            text = cells.listed(name) if _FIELDS[name].closed else cells.text(name)
            stated[name] = (text or "", where_filled)
    return stated


def _same(
    table: Table, stated: Mapping[str, tuple[str, str]], asked: Mapping[str, str], findings: Findings
) -> None:
    for name, wanted in asked.items():
        text, where = stated.get(name, (wanted, None))
        if text and text != wanted:
            place = Place(table.title, where, None, None, name)
            findings.add(finding("dataset_differs", place, text, [wanted], asked=wanted))


def _required(table: Table, fields: Mapping[str, str], where: Mapping[str, str], findings: Findings) -> None:
    for column in DATASET_FIELDS:
        if column.required and not fields.get(column.name):
            place = Place(table.title, where.get(column.name), None, None, column.name)
            code = "licence_missing" if column.name == "licence_id" else "required_missing"
            findings.add(finding(code, place, None, [label(column)], zh=column.zh, en=column.en))


def _flat(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Metadata of a release as fields of the sheet; the reason is each release's own."""
    fields = {}
    for name in NAMES[:-1]:
        for language, text in dict(metadata.get(name) or {}).items():
            fields[f"{name}_{language}"] = text
    licence = dict(metadata.get("licence") or {})
    for language, text in dict(licence.pop("terms", {})).items():
        fields[f"licence_terms_{language}"] = text
    fields |= {f"licence_{name}": text for name, text in licence.items()}
    for name in ("access_class", "layer", "sector", "year_rule"):
        if metadata.get(name):
            fields[name] = metadata[name]
    return fields


def _metadata(fields: Mapping[str, str]) -> dict[str, Any]:
    both = {
        name: {language: fields.get(f"{name}_{language}", "") for language in ("zh", "en")} for name in NAMES
    }
    terms = {language: fields.get(f"licence_terms_{language}", "") for language in ("zh", "en")}
    licence = {
        name: fields[f"licence_{name}"] for name in ("id", "name", "url") if fields.get(f"licence_{name}")
    }
    return {
        **both,
        "licence": {**licence, "terms": terms},
        **{name: fields.get(name, "") for name in ("access_class", "layer", "sector")},
        "year_rule": find_value(_FIELDS["year_rule"].closed, fields.get("year_rule", "")) or "data_year",
    }
