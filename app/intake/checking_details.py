"""The sheets that reviewers need beside the figures (stages, unit processes, links, ...): each row checked by
its columns alone. Balances over them are the business of the quality checks. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, Final

from app.intake.checking_cells import Cells, Lookups
from app.intake.checking_sources import SourceBook
from app.intake.columns import Column, Sheet
from app.kit.grammar import DATASET, KEY

_REF: Final = re.compile(rf"({DATASET})/({KEY})@([1-9]\d{{0,5}})")


def check_detail(
    cells: Cells,
    sheet: Sheet,
    keys: Collection[str],
    look: Lookups,
    book: SourceBook,
    today: date,
) -> dict[str, Any]:
    """The texts of a row by column, with its row number; what is wrong is told and left out."""
    cells.required([column.name for column in sheet.columns if column.required])
    cells.key = cells.text("key") if "key" in cells.cells else None
    if cells.key is not None and cells.key not in keys:
        cells.tell("detail_without_factor", "key", cells.key)
    found: dict[str, Any] = {"row": cells.row}
    for column in sheet.columns:
        if column.name in cells.cells and column.name != "example":
            text = _cell(cells, column, look, book, today)
            if text is not None:
                found[column.name] = text
    return found


def _cell(cells: Cells, column: Column, look: Lookups, book: SourceBook, today: date) -> str | None:
    name = column.name
    if column.closed:
        return cells.listed(name)
    if column.type == "number":
        amount = cells.amount(name, cells.text("unit") if "unit" in cells.cells else None)
        return None if amount is None else amount.value
    if column.type == "year":
        year = cells.year(name, today)
        return None if year is None else str(year)
    if column.type == "integer":
        return _integer(cells, name)
    special: Mapping[str, Callable[[], str | None]] = {
        "region": lambda: cells.found(name, look.region),
        "source": lambda: _source(cells, name, book),
        "unit": lambda: _unit(cells, name, look),
    }
    look_up = special.get(column.reference or "")
    if look_up is not None:
        return look_up()
    return _ref(cells, name) if name == "ref" else cells.text(name)


def _integer(cells: Cells, name: str) -> str | None:
    text = cells.text(name)
    if text is not None and not (text.isascii() and text.isdecimal()):
        cells.tell("not_an_integer", name, text)
        return None
    return text


def _source(cells: Cells, name: str, book: SourceBook) -> str | None:
    text = cells.text(name)
    if text is not None and text not in book.by_local:
        cells.tell("unknown_source", name, text, book.near(text))
        return None
    return None if text is None else str(book.use(book.by_local[text])["id"])


def _unit(cells: Cells, name: str, look: Lookups) -> str | None:
    text = cells.text(name)
    if text is None:
        return None
    read = look.unit(text, None, None)
    if read.unit is None:
        cells.tell(read.fault or "unknown_unit", name, text, read.near)
        return None
    return read.code


def _ref(cells: Cells, name: str) -> str | None:
    text = cells.text(name)
    if text is not None and not _REF.fullmatch(text):
        cells.tell("ref_out_of_form", name, text)
        return None
    return text
