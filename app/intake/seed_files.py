"""A folder of `seed_data/` -> the substances of its factors. Pure reading: no database, no clock.

`dataset.toml` says what holds for the whole dataset, `sources.csv` the cited documents, `factors.csv` one row
a factor, `amounts.csv` the gases of those that have several. Empty cells are absent fields.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.catalog.rules import Substance, identify
from app.kit.canonical import content_hash, expand_decimal, nfc

FILES: Final = ("dataset.toml", "sources.csv", "factors.csv", "amounts.csv")
COPIED: Final = (
    "series",
    "record_type",
    "activity",
    "region",
    "region_published",
    "applies_from",
    "applies_to",
    "gas_basis",
    "gas",
    "gwp_set",
    "value_published",
    "bounds_meaning",
    "unit_published",
    "calorific_basis",
    "boundary",
    "boundary_published",
    "variant",
    "technology",
    "route",
    "route_code",
    "goods_code",
    "goods_code_system",
    "legal_ref",
    "note",
)
Row = Mapping[str, str]
UnitOf = Callable[[str, str | None, str | None], str]


@dataclass(frozen=True)
class Folder:
    """One dataset's folder, read: its description, its sources by local id, and its rows."""

    path: Path
    about: Mapping[str, Any]
    sources: Mapping[str, Mapping[str, Any]]
    factors: tuple[Row, ...]
    amounts: Mapping[str, tuple[Row, ...]]
    fingerprint: Mapping[str, str]

    @property
    def dataset(self) -> str:
        return str(self.about["id"])


@dataclass(frozen=True)
class Terms:
    """What reference data tells of a row: the unit's code, the activity's sector and classifications."""

    unit: UnitOf
    sector: Callable[[str], str | None]
    classifications: Callable[[str], list[dict[str, str]]]


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of `folder`: tells a later start that nothing changed, without parsing it."""
    files = (folder / name for name in FILES)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists()}


def folders(seed_dir: Path) -> list[Path]:
    """The dataset folders of `seed_dir`, in the order of their names."""
    return sorted(path.parent for path in seed_dir.glob("*/dataset.toml"))


def read_folder(path: Path) -> Folder:
    """Read one dataset folder. Raises OSError, tomllib.TOMLDecodeError, KeyError for files out of form."""
    about = tomllib.loads((path / "dataset.toml").read_text(encoding="utf-8"))
    amounts: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(path / "amounts.csv"):
        amounts[row["key"]].append(row)
    return Folder(
        path=path,
        about=about,
        sources={row["id"]: _source(row) for row in _rows(path / "sources.csv")},
        factors=tuple(_rows(path / "factors.csv")),
        amounts={key: tuple(rows) for key, rows in amounts.items()},
        fingerprint=fingerprint(path),
    )


def substances(folder: Folder, origin: str, terms: Terms) -> Iterator[Substance]:
    """The factors of `folder` in document form (catalog.rules: all but version, release and change)."""
    common = _common(folder.about)
    for row in folder.factors:
        stated = {**common, **_stated(row, folder, terms)}
        yield identify(origin, folder.dataset, row["key"], stated)


def metadata(folder: Folder) -> dict[str, Any]:
    """What the release says of its dataset; kept with the release for ever."""
    about = folder.about
    names = ("name", "description", "publisher", "rights_holder", "maintainer", "contributor")
    return {
        **{name: dict(about[name]) for name in names},
        "licence": _licence(about["licence"]),
        "access_class": about["access_class"],
        "layer": about["layer"],
        "sector": about["sector"],
        "year_rule": about["year_rule"],
        "reason": dict(about["reason"]),
        "files": dict(folder.fingerprint),
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            yield {name: nfc(cell) for name, cell in row.items()}


def _source(row: Row) -> dict[str, Any]:
    """The citation as it stands in documents; its id is the hash of the citation itself."""
    citation = {name: cell for name, cell in row.items() if name != "id" and cell}
    return {"id": content_hash(citation), **citation}


def _common(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "publisher": dict(about["publisher"]),
        "licence": _licence(about["licence"]),
        "access_class": about["access_class"],
        "layer": about["layer"],
    }


def _licence(table: Mapping[str, str]) -> dict[str, Any]:
    terms = {"zh": nfc(table["terms_zh"]), "en": nfc(table["terms_en"])}
    return {**{name: table[name] for name in ("id", "name", "url") if table.get(name)}, "terms": terms}


def _stated(row: Row, folder: Folder, terms: Terms) -> dict[str, Any]:
    stated: dict[str, Any] = {name: row[name] for name in COPIED if row[name]}
    stated["name"] = {"zh": row["name_zh"], "en": row["name_en"]}
    stated["sector"] = terms.sector(row["activity"]) or folder.about["sector"]
    stated["year"] = int(row["year"]) if row["year"] else None
    stated["year_rule"] = row["year_rule"] or folder.about["year_rule"]
    if stated["gas_basis"] == "co2e":
        stated.setdefault("gas", "CO2e")
    stated |= _optional(row, folder, terms)
    stated["sources"] = [_citation(row, folder)]
    amounts = [_amount(amount, row, terms.unit) for amount in folder.amounts.get(row["key"], ())]
    if amounts:
        stated["amounts"] = sorted(amounts, key=lambda item: (item["gas"], item["origin"], item["unit"]))
    return stated


def _optional(row: Row, folder: Folder, terms: Terms) -> dict[str, Any]:
    """The fields that a row may lack, in the types that the document wants."""
    found: dict[str, Any] = _numbers(row)
    if row["unit_published"]:
        found["unit"] = terms.unit(row["unit_published"], row["calorific_basis"] or None, _gas(row))
    classifications = terms.classifications(row["activity"])
    if classifications:
        found["classifications"] = classifications
    period = {name: row[f"period_{name}"] for name in ("from", "to", "label") if row[f"period_{name}"]}
    if period:
        found["period"] = period
    for name in ("edition_year", "scope_hint"):
        if row[name]:
            found[name] = int(row[name])
    if row["doubt"]:
        found["doubts"] = [row["doubt"]]
    if row["mark_up"] and row["mark_up"] != "none":
        found["mark_up"] = _mark_up(folder.about["mark_up"][row["mark_up"]])
    flags = _flags(row)
    return found | ({"flags": flags} if flags else {})


def _gas(row: Row) -> str | None:
    """What the numerator is the mass of, where the published unit leaves it out (`mg / km`)."""
    return row["gas"] or None


def _numbers(row: Row) -> dict[str, str]:
    cells = {name: row[f"{name}_published"] for name in ("value", "lower", "upper")}
    return {name: expand_decimal(cell) for name, cell in cells.items() if cell}


def _flags(row: Row) -> list[str]:
    """Visible caveats of the policy `transcription` (design, section 4)."""
    flags = []
    if not row["locator"]:
        flags.append("missing_locator")
    if row["confidence"] != "high":
        flags.append("single_source")
    if "midpoint" in row["note"].casefold():
        flags.append("midpoint_of_range")
    return flags


def _mark_up(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a mark-up schedule, each with the legal reference of the schedule."""
    return [{**step, "legal_ref": table["legal_ref"]} for step in table["steps"]]


def _citation(row: Row, folder: Folder) -> dict[str, Any]:
    records = [row["source_record"]] if row["source_record"] else []
    records += [amount["source_record"] for amount in folder.amounts.get(row["key"], ())]
    optional = {name: row[name] for name in ("locator", "confirmed_by", "confidence") if row[name]}
    return {
        **folder.sources[row["source"]],
        **optional,
        "records": sorted({part for record in records for part in record.split("|")}),
    }


def _amount(amount: Row, factor: Row, unit: UnitOf) -> dict[str, Any]:
    published = amount["unit_published"] or factor["unit_published"]
    gas = amount["gas"] if amount["denomination"] == "mass" else "CO2e"
    names = ("bounds_meaning", "source_record", "note")
    return {
        "gas": amount["gas"],
        "origin": amount["origin"] or "unspecified",
        "denomination": amount["denomination"],
        "unit": unit(published, factor["calorific_basis"] or None, gas),
        "unit_published": published,
        "value_published": amount["value_published"],
        **_numbers(amount),
        **{name: amount[name] for name in names if amount[name]},
    }
