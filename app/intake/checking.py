"""Tables of a contributed file -> substances in document form, and findings. Pure; the day is given.

A fault in one row never hides another row. Gases and sources are read before the factors that need them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from app.catalog.rules import Substance, identify
from app.intake.checking_cells import Binary, Cells, Lookups
from app.intake.checking_dataset import read_dataset
from app.intake.checking_details import check_detail
from app.intake.checking_factors import Around, against_last, check_factor, series, stated_key
from app.intake.checking_sources import SourceBook
from app.intake.columns_details import BY_NAME, DETAILS
from app.intake.findings import Finding, Findings, Place, finding
from app.intake.reading import Cell, Number, Parsed
from app.intake.substances import made_key
from app.reference.index import ReferenceIndex

Mode = Literal["full", "delta"]
NO_TABLE: Final[Sequence[tuple[int, Sequence[Cell]]]] = ()


class Last(NamedTuple):
    """What the last release says of a factor: decimal text or None, unit code or None."""

    value: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What a file is checked against. `metadata` is the last release's (for files without a dataset sheet);
    `sources` are citations that rows may name by id without a sources sheet."""

    index: ReferenceIndex
    origin: str
    dataset: str
    release: str
    mode: Mode
    today: date
    last: Mapping[str, Last] = field(default_factory=dict)
    metadata: Mapping[str, Any] | None = None
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Row(NamedTuple):
    """A factor without errors: its substance (catalog.rules.identify is done), and where it stood."""

    substance: Substance
    sheet: str
    row: int


class Faulty(NamedTuple):
    """A row with an error, which gives no substance; `key` where it has one."""

    key: str | None
    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class Checked:
    """`substances`: the rows without errors. `left_out`: those with. `metadata`: what the release says of its
    dataset (as seed_files.metadata, without `files`); empty where it cannot be made. `sources`: citations by
    their id (content hash), for catalog.publishing.Edition. `details`: rows of the other sheets
    (stages, unit_processes, links, inventory, upstream, evidence, market), each {column: text, "row": int}."""

    substances: Sequence[Row]
    left_out: Sequence[Faulty]
    metadata: Mapping[str, Any]
    sources: Mapping[str, Mapping[str, Any]]
    details: Mapping[str, Sequence[Mapping[str, Any]]]
    findings: Sequence[Finding]


def check(parsed: Parsed, context: Context) -> Checked:
    """Check everything and keep everything; for up to some 100,000 rows. See `Checking` for streaming."""
    checking = Checking(parsed, context)
    rows = list(checking.rows())
    done = checking.done()
    return Checked(rows, done.left_out, done.metadata, done.sources, done.details, done.findings)


class Checking:
    """The same, row by row: read `rows()` to its end once, then ask for `done()` (its `substances` are empty)."""

    def __init__(self, parsed: Parsed, context: Context) -> None:
        self._parsed, self._context = parsed, context
        self._findings = Findings()
        self._findings.extend(parsed.findings)
        self._binaries: dict[tuple[str, str], Binary] = {}
        self._left_out: list[Faulty] = []
        self._details: dict[str, list[Mapping[str, Any]]] = {}
        self._look = Lookups(context.index)
        self._book = SourceBook({key: dict(source) for key, source in context.sources.items()})
        self._metadata = self._read_metadata()

    def rows(self) -> Iterator[Row]:
        """The factors without errors, in the order of the file."""
        for cells in self._cells("sources"):
            self._book.add(cells)
        gases = self._gases()
        keys, places = self._keys()
        around = self._around()
        for number, cells in enumerate(self._cells("factors")):
            yield from self._row(cells, keys[number], places, gases, around)
        for key, rows in gases.items():
            if key not in places:
                for cells in rows:
                    cells.tell("gas_row_without_factor", "key", key)
        self._check_details(places)
        table = self._parsed.tables.get("factors")
        if table is not None and table.rows and not keys:
            self._findings.add(finding("no_rows", Place(table.title), table.title))

    def done(self) -> Checked:
        for binary in self._binaries.values():
            self._findings.add(
                finding("number_from_binary", binary.place, binary.read, count=binary.count, read=binary.read)
            )
        self._binaries.clear()
        found = tuple(self._findings)
        return Checked((), self._left_out, self._metadata, self._book.used, self._details, found)

    # --- steps ---

    def _read_metadata(self) -> dict[str, Any]:
        context = self._context
        fatal = any(found.code.startswith("file_") for found in self._parsed.findings)
        if fatal:
            return {}
        table = self._parsed.tables.get("dataset")
        return read_dataset(table, context.dataset, context.release, context.metadata, self._findings)

    def _around(self) -> Around:
        about = self._metadata
        names = ("publisher", "licence", "access_class", "layer")
        return Around(
            look=self._look,
            sources=self._book,
            today=self._context.today,
            year_rule=about.get("year_rule") or "data_year",
            sector=about.get("sector") or "",
            common={name: about[name] for name in names if about.get(name)},
        )

    def _cells(self, name: str) -> Iterator[Cells]:
        """The rows of a sheet; rows marked as examples are told and passed over."""
        table = self._parsed.tables.get(name)
        if table is None:
            return
        columns = BY_NAME[name].by_name
        places = dict(zip(table.columns, table.places, strict=True))
        names = tuple(table.columns)
        for row, row_cells in table.rows:
            filled = {n: cell for n, cell in zip(names, row_cells, strict=True) if cell is not None}
            cells = Cells(table, columns, places, row, filled, self._findings, self._binaries)
            if "example" in filled:
                if name != "factors" or self._first_pass:
                    cells.tell("example_left_out", "example")
                continue
            yield cells

    _first_pass = False

    def _gases(self) -> dict[str, list[Cells]]:
        gases: dict[str, list[Cells]] = defaultdict(list)
        for cells in self._cells("gases"):
            ref = cells.text("ref") if "ref" in cells.cells else None
            key = cells.text("key") or (ref.rpartition("/")[2] if ref else None)
            if key is None:
                cells.missing("key")
            else:
                cells.key = key
                gases[key].append(cells)
        return gases

    def _keys(self) -> tuple[list[str | None], dict[str, list[str]]]:
        """The key of each row, stated or made, and where each key stands. Nothing is told here but examples."""
        keys: list[str | None] = []
        places: dict[str, list[str]] = defaultdict(list)
        self._first_pass = True
        for cells in self._cells("factors"):
            key = cells.cells.get("key")
            made = self._made(cells) if key is None else _plain(key)
            keys.append(made)
            if made is not None:
                places[made].append(cells.place("key").cell or "")
        self._first_pass = False
        return keys, dict(places)

    def _made(self, cells: Cells) -> str | None:
        """A key of the fields; looked up quietly, the findings come when the row is checked."""
        texts = {name: _plain(cells.cells.get(name)) for name in _IDENTITY}
        region = self._look.region(texts["region"])[0] if texts["region"] else None
        activity = self._look.activity(texts["activity"])[0] if texts["activity"] else None
        if activity is None or region is None:
            return None
        parts = [texts[name] for name in ("boundary", "variant", "technology", "route", "gas")]
        period = texts["year"] or texts["edition_year"] or texts["applies_from"] or texts["period_label"]
        return made_key(texts["series"], activity, parts, region, period)

    def _row(
        self,
        cells: Cells,
        key: str | None,
        places: Mapping[str, list[str]],
        gases: Mapping[str, list[Cells]],
        around: Around,
    ) -> Iterator[Row]:
        cells.key = key
        stated = check_factor(cells, gases.get(key or "", ()), around)
        name = self._key(cells, key, places)
        if name is not None:
            stated["series"] = series(cells, stated, name)
            known = self._context.last.get(name)
            if known is not None:
                against_last(cells, stated, known.value, known.unit)
        if cells.errors or name is None:
            self._left_out.append(Faulty(key, cells.title, cells.row))
            return
        stated |= self._of_activity(stated["activity"], around.sector)
        substance = identify(self._context.origin, self._context.dataset, name, stated)
        yield Row(substance, cells.title, cells.row)

    def _key(self, cells: Cells, key: str | None, places: Mapping[str, list[str]]) -> str | None:
        if "key" in cells.cells:
            name = stated_key(cells)
        elif key is None:
            cells.missing("key")
            return None
        else:
            name = key
            cells.tell("key_made", "key", key)
        if name is not None and len(places.get(name, ())) > 1:
            cells.tell("key_twice", "key", name, places[name], places=", ".join(places[name][:10]))
        return name

    @lru_cache(maxsize=4096)  # noqa: B019  (lives as long as one file is checked)
    def _of_activity(self, code: str, sector: str) -> dict[str, Any]:
        activity = self._context.index.activities.by_code[code]
        found: dict[str, Any] = {"sector": activity.sector or sector}
        if activity.classifications:
            found["classifications"] = [{"system": s, "code": c} for s, c in activity.classifications]
        return found

    def _check_details(self, places: Mapping[str, list[str]]) -> None:
        keys = {*places, *self._context.last} if self._context.mode == "delta" else set(places)
        for sheet in DETAILS:
            rows: list[Mapping[str, Any]] = [
                check_detail(cells, sheet, keys, self._look, self._book, self._context.today)
                for cells in self._cells(sheet.name)
            ]
            if rows:
                self._details[sheet.name] = rows


_IDENTITY: Final = (
    *("activity", "region", "series", "boundary", "variant", "technology", "route", "gas", "year"),
    *("edition_year", "applies_from", "period_label"),
)


def _plain(cell: Cell) -> str | None:
    return cell.text if isinstance(cell, Number) else cell
