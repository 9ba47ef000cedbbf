"""One facts row, one factor: what the scripts for China, the IPCC and other sources share.

A row becomes a factor with its texts and figures copied; rows of the gases of one thing become the amounts
of one ``by_gas`` factor. Documents are collected as sources while rows are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from tools.transcribe.common import (
    Dataset,
    Row,
    TranscriptionError,
    amount_row,
    factor_row,
    source_row,
    split_doubt,
)

GASES = {"co2": "CO2", "ch4": "CH4", "n2o": "N2O", "cf4": "CF4", "c2f6": "C2F6", "sf6": "SF6"}
PRINTED_95 = "95 % confidence interval as printed"
_PACKAGE = re.compile(r"https://\S+/project/([\w.-]+)/([\w.]+)/")
SEED = {"zh": "Factorbase 种子数据", "en": "Factorbase seed"}

Text = tuple[str, str]  # Chinese, English


# --- the dataset -------------------------------------------------------------------------------------------


def confirmation(text: str) -> str:
    """What confirmed a figure; a package is named by name and version, not by where it is fetched."""
    return _PACKAGE.sub(r"Python package \1 \2", text)


def meta(
    ident: str,
    release: str,
    layer: str,
    sector: str,
    year_rule: str,
    *,
    name: Text,
    about: Text,
    publisher: Text,
    licence: Mapping[str, str],
    rights_holder: Text | None = None,
) -> dict[str, Any]:
    """dataset.toml as a mapping. The rights holder is the publisher where nothing else is given."""
    return {
        "id": ident,
        "release": release,
        "layer": layer,
        "sector": sector,
        "year_rule": year_rule,
        "policy": "transcription",
        "access_class": "public",
        "name": _both(name),
        "description": _both(about),
        "publisher": _both(publisher),
        "rights_holder": _both(rights_holder or publisher),
        "maintainer": dict(SEED),
        "contributor": dict(SEED),
        "licence": dict(licence),
        "reason": {"zh": "首次转录", "en": "first transcription"},
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text[0], "en": text[1]}


class Book:
    """The sources and factors of one dataset while its rows are read."""

    def __init__(self, meta: Mapping[str, Any], kind: str) -> None:
        self.meta = meta
        self.kind = kind
        self.sources: dict[str, Row] = {}
        self.factors: list[Row] = []
        self.amounts: list[Row] = []

    def add(self, row: Row, source: str, **values: str) -> None:
        """Add a facts row as a factor of its own; ``values`` are columns that the row does not give."""
        self.factors.append(factor_row(**{**copied(row), "source": self.cite(row, source), **values}))

    def add_joined(self, rows: Sequence[Row], source: str, origin: str, **values: str) -> None:
        """Add rows of several gases as one ``by_gas`` factor, denominated in the mass of each gas.

        The factor keeps the remarks that all rows share; an amount keeps the rest of its own.
        """
        parts = [copied(row) for row in rows]
        denominators = {part["unit_published"].partition("/")[2].strip() for part in parts}
        if len(denominators) != 1:
            raise TranscriptionError(f"{rows[0]['record']}: parts per {', '.join(sorted(denominators))}")
        shared = [text for text in segments(parts[0]["note"]) if all(text in p["note"] for p in parts)]
        first = {**parts[0], "note": "; ".join(shared), "locator": joined(p["locator"] for p in parts)}
        first["doubt"] = joined(part["doubt"] for part in parts)
        first["confirmed_by"] = joined(part["confirmed_by"] for part in parts)
        first["source_record"] = ""
        for column in ("value_published", "lower_published", "upper_published", "bounds_meaning", "gas"):
            first[column] = ""
        first["gas_basis"] = "by_gas"
        first["unit_published"] = ""
        self.factors.append(factor_row(**{**first, "source": self.cite(rows[0], source), **values}))
        for part in parts:
            own = [text for text in segments(part["note"]) if text not in shared]
            names = ("gas", "value_published", "lower_published", "upper_published", "bounds_meaning")
            amount = {column: part[column] for column in (*names, "unit_published", "source_record")}
            texts = {"key": values["key"], "note": "; ".join(own)}
            self.amounts.append(amount_row(**amount, **texts, origin=origin, denomination="mass"))

    def cite(self, row: Row, slug: str) -> str:
        """The id of the document of a row; another document or address under the same slug gets a number."""
        wanted = {
            "title": row["document_title"],
            "publisher": row["publisher"],
            "number": row["document_number"],
            "url": row["document_url"],
            "published_on": day(row["published_on"]),
            "kind": self.kind,
        }
        found = re.search(r"SHA-256 ([0-9a-f]{64})", row["confirmed_by"])
        for number in count(1):
            ident = slug if number == 1 else f"{slug}-{number}"
            known = self.sources.setdefault(ident, source_row(id=ident, **wanted))
            if all(known[column] == text for column, text in wanted.items()):
                known["sha256"] = known["sha256"] or (found.group(1) if found else "")
                return ident
        raise AssertionError("count() ends")

    def dataset(self) -> Dataset:
        return Dataset(self.meta, list(self.sources.values()), self.factors, self.amounts)


# --- the row -----------------------------------------------------------------------------------------------


def copied(row: Row) -> Row:
    """The columns that a facts row of either layout (18 or 21 columns) gives as it stands."""
    note, doubt = split_doubt(row["method_note"])
    lower, upper = row.get("lower", ""), row.get("upper", "")
    meaning = ""
    if lower or upper:
        note, meaning = bounds(note)
    gas = row.get("gas", row.get("gas_scope", ""))
    return {
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "region_published": row["geography"],
        **gas_columns(gas, row["unit"]),
        "value_published": row["value"],
        "lower_published": lower,
        "upper_published": upper,
        "bounds_meaning": meaning,
        "unit_published": row["unit"],
        "boundary_published": row["boundary"],
        "locator": row.get("table_or_page", ""),
        "source_record": row["record"],
        "confirmed_by": confirmation(row["confirmed_by"]),
        "confidence": row["confidence"],
        "note": note,
        "doubt": doubt,
    }


def gas_columns(gas: str, unit: str) -> Row:
    """gas_basis and gas of a row: CO2e, one gas, carbon (a unit of C), or none."""
    if gas == "CO2e":
        return {"gas_basis": "co2e", "gas": ""}
    if gas:
        return {"gas_basis": "single_gas", "gas": gas}
    carbon = re.search(r"\b(kg|t) C\b", unit)
    return {"gas_basis": "carbon" if carbon else "none", "gas": ""}


def segments(note: str) -> list[str]:
    return [text for text in note.split("; ") if text]


def joined(texts: Iterable[str]) -> str:
    """Distinct non-empty texts in order, joined by semicolons."""
    return "; ".join(dict.fromkeys(text for text in texts if text))


def bounds(note: str) -> Text:
    """Split the remark on the bounds off a note: (rest of the note, meaning of the bounds).

    >>> bounds("Tier 1 default; bounds from the printed uncertainty of +/-10 %")
    ('Tier 1 default', 'bounds from the printed uncertainty of +/-10 %')
    >>> bounds("net calorific basis; Tier 1 default")[1]
    '95 % confidence interval as printed'
    """
    rest, meaning = [], []
    for text in segments(note):
        if re.search(r"\bbounds\b", text):
            meaning.append(text)
        elif re.match(r"(range .* printed|[0-9]+-[0-9]+ % printed)$", text):
            meaning.append(f"ends of the printed range ({text})")
        else:
            rest.append(text)
    if meaning == ["bounds computed"] and rest and rest[-1].startswith("printed as "):
        meaning = [f"{rest.pop()}; bounds computed"]
    return "; ".join(rest), "; ".join(meaning) or PRINTED_95


def day(text: str) -> str:
    """A date as printed, where it is a year, a month or a day; else empty (``2014-2015`` is no date)."""
    return text if re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-\d{2})?)?", text) else ""


def data_year(row: Row) -> Row:
    """Columns of a figure for a year of data."""
    return {"year": year_of(row)}


def edition(row: Row) -> Row:
    """Columns of a figure known by the year of its edition; a text such as ``2014-2015`` is a label."""
    text = row["reference_year"]
    if re.fullmatch(r"\d{4}", text):
        return {"year": text, "edition_year": text, "year_rule": "edition"}
    return {"period_label": text, "year_rule": "edition"}


def year_of(row: Row) -> str:
    if not re.fullmatch(r"\d{4}", row["reference_year"]):
        raise TranscriptionError(f"{row['record']}: year {row['reference_year']!r}")
    return row["reference_year"]


def parameter(variant: str, **values: str) -> Row:
    """Columns of a property that is no emission factor."""
    return {"record_type": "activity_parameter", "boundary": "property", "variant": variant, **values}


# --- gases -------------------------------------------------------------------------------------------------


def by_stem(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows by (facts key without its gas, table without its page): the gases of one line of one table."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        stem, _, last = row["key"].rpartition(".")
        stem = stem if last in GASES else row["key"]
        groups.setdefault((stem, row["table_or_page"].partition(",")[0]), []).append(row)
    return groups


def gas_slug(rows: Sequence[Row]) -> str:
    """``co2``, ``ch4_n2o`` ... of the rows of one factor, in the order of GASES."""
    found = {row["key"].rpartition(".")[2] for row in rows}
    return "_".join(gas for gas in GASES if gas in found)


def all_gases(text: str, rows: Sequence[Row], between: Text) -> str:
    """A name of one gas with the gases of all rows in its place.

    >>> rows = [{"gas": "CH4"}, {"gas": "N2O"}]
    >>> all_gases("Diesel, rail transport CH4", rows, (", ", " and "))
    'Diesel, rail transport CH4 and N2O'
    """
    names = [row["gas"] for row in rows]
    listed = between[0].join(names[:-1]) + between[1] + names[-1] if len(names) > 1 else names[0]
    if names[0] in text:
        return text.replace(names[0], listed, 1)
    return f"{text} {listed}"


def with_gas(name: str, gas: str) -> str:
    """A name that says its gas.

    >>> with_gas("Glyoxal", "N2O"), with_gas("Coke oven, CO2 Tier 1", "CO2")
    ('Glyoxal, N2O', 'Coke oven, CO2 Tier 1')
    """
    return name if gas in name else f"{name}, {gas}"
