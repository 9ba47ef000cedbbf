"""NDJSON -> tables: each line is one object, a row of the sheet that its member `sheet` names (`factors`
where it names none). Members are named like columns, or nested as in our documents (`name.zh`, `period.from`).
Numbers keep the digits that they are written with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from app.intake.columns_details import BY_NAME
from app.intake.columns_match import find_column, find_field, find_sheet, is_ignored, near_columns
from app.intake.findings import Findings, Place, finding
from app.intake.reading_tables import Cleaner
from app.intake.reading_types import Cell, Limits, Parsed, Table

LONGEST_LINE: Final = 4 * 2**20
_NESTED: Final = {
    "name": ("zh", "en"),
    "period": ("from", "to", "label"),
    "description": ("zh", "en"),
    "publisher": ("zh", "en"),
    "rights_holder": ("zh", "en"),
    "maintainer": ("zh", "en"),
    "contributor": ("zh", "en"),
    "reason": ("zh", "en"),
}


class _NotAnObject(ValueError):
    pass


def read_ndjson(path: Path, limits: Limits) -> Parsed:
    """All tables of an NDJSON file."""
    findings, gathered = Findings(), _Gathered()
    with path.open("rb") as stream:
        for number, line in _lines(stream, limits, findings):
            place = Place("factors", f"line {number}", number)
            try:
                row = _object(line)
            except (ValueError, RecursionError) as error:
                reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
                findings.add(finding("line_not_json", place, line[:200], reason=reason[:200]))
                continue
            gathered.add(number, row, findings)
    cut_short = findings.counts["file_too_large"] > 0
    return Parsed("ndjson", {} if cut_short else gathered.tables(), tuple(findings))


def _lines(stream: Any, limits: Limits, findings: Findings) -> Iterator[tuple[int, str]]:
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if number > limits.rows or (len(line) == LONGEST_LINE and not line.endswith(b"\n")):
            findings.add(
                finding(
                    "file_too_large", reason_zh="行数过多或行过长", reason_en="too many or too long lines"
                )
            )
            return
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").strip()
        if text:
            yield number, text


def _object(line: str) -> dict[str, Any]:
    row = json.loads(line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_members)
    if not isinstance(row, dict):
        raise _NotAnObject("not an object")
    return row


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _NotAnObject("a member is there twice")
    return members


class _Gathered:
    """Rows by sheet, each a dict of our column names."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[int, dict[str, Cell]]]] = {}
        self.told: set[tuple[str, str]] = set()
        self.clean = Cleaner()

    def add(self, number: int, row: Mapping[str, Any], findings: Findings) -> None:
        title = row.get("sheet", "factors")
        sheet = find_sheet(title) if isinstance(title, str) else None
        if not sheet:
            findings.add(finding("sheet_unknown", Place(row=number, cell=f"line {number}"), str(title)[:100]))
            return
        cells: dict[str, Cell] = {}
        for name, value in _flat(row):
            column = find_field(name) if sheet == "dataset" else find_column(sheet, name)
            if column is not None:
                cells[column] = self.clean(value) if isinstance(value, str) else None
            elif name != "sheet" and not is_ignored(sheet, name):
                self._tell(sheet, name, number, findings)
        self.rows.setdefault(sheet, []).append((number, cells))

    def _tell(self, sheet: str, name: str, number: int, findings: Findings) -> None:
        if (sheet, name) not in self.told and len(self.told) < 1000:
            self.told.add((sheet, name))
            place = Place(sheet, f"line {number}", number)
            findings.add(finding("heading_unknown", place, name, near_columns(sheet, name)))

    def tables(self) -> dict[str, Table]:
        return {sheet: self._table(sheet, rows) for sheet, rows in self.rows.items()}

    def _table(self, sheet: str, rows: list[tuple[int, dict[str, Cell]]]) -> Table:
        if sheet == "dataset":
            pairs = [(number, (name, cell)) for number, cells in rows for name, cell in cells.items()]
            return Table(sheet, sheet, ("field", "value"), (-1, -1), pairs)
        used = {name for _, cells in rows for name in cells}
        required = {column.name for column in BY_NAME[sheet].columns if column.required}
        columns = [c.name for c in BY_NAME[sheet].columns if c.name in used | required]
        table = [(number, tuple(cells.get(name) for name in columns)) for number, cells in rows]
        return Table(sheet, sheet, columns, (-1,) * len(columns), table)


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Members as (column, text): nested ones by their parts, lists as JSON or as lines."""
    for name, value in row.items():
        if isinstance(value, dict) and set(value) <= set(_NESTED.get(name, ())):
            for part, inner in value.items():
                yield f"{name}_{part}", _text(inner)
        elif isinstance(value, dict) and name == "licence":
            yield from _licence(value)
        elif name in {"amounts", "sources"} and isinstance(value, list):
            yield f"{name}_json", json.dumps(value, ensure_ascii=False)
        elif name == "doubts" and isinstance(value, list):
            yield name, "\n".join(map(str, value))
        else:
            yield name, _text(value)


def _licence(value: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    for name, inner in value.items():
        if name == "terms" and isinstance(inner, dict):
            for language, text in inner.items():
                yield f"licence_terms_{language}", _text(text)
        else:
            yield f"licence_{name}", _text(inner)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value, ensure_ascii=False)
