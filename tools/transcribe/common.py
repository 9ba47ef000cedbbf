"""What every transcription script needs: the columns, reading facts, keys, and writing a dataset folder.

A script reads the facts folder (first argument) and writes ``seed_data/<dataset>/`` (second argument is
another place for the folders). The same facts give the same bytes. No value is changed here: figures are
copied as text.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
SEED_DATA = REPO / "seed_data"
FACTS = REPO.parent / "shared" / "facts"

FACTOR_COLUMNS = (
    "key", "series", "record_type", "name_zh", "name_en", "activity", "region", "region_published", "year",
    "period_from", "period_to", "period_label", "year_rule", "edition_year", "applies_from", "applies_to",
    "gas_basis", "gas", "gwp_set", "value_published", "lower_published", "upper_published", "bounds_meaning",
    "unit_published", "calorific_basis", "boundary", "boundary_published", "variant", "technology", "route",
    "route_code", "goods_code", "goods_code_system", "legal_ref", "mark_up", "scope_hint", "source",
    "locator", "source_record", "confirmed_by", "confidence", "note", "doubt",
)  # fmt: skip
AMOUNT_COLUMNS = (
    "key", "gas", "origin", "denomination", "value_published", "lower_published", "upper_published",
    "bounds_meaning", "unit_published", "source_record", "note",
)  # fmt: skip
SOURCE_COLUMNS = (
    "id", "title", "publisher", "number", "url", "published_on", "kind", "retrieved_on", "sha256",
)  # fmt: skip
ACTIVITY_COLUMNS = (
    "code", "parent", "name_zh", "name_en", "family", "sector", "aliases_zh", "aliases_en", "gbt4754", "hs",
    "cpc", "note",
)  # fmt: skip

AMOUNT_ORDER = ("key", "gas", "origin", "source_record")

KEY = re.compile(r"[a-z0-9]([._-]?[a-z0-9]){0,159}")
ACTIVITY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
DATASET_ID = re.compile(r"[a-z0-9](-?[a-z0-9]){1,62}")
RELEASE = re.compile(r"\d+(\.\d+){0,2}")

# Region codes of the facts that are spelled otherwise here. GLO and XX-OTHER mean different things in
# different documents, so each script says which it is.
REGIONS = {"CN-TW": "TW"}

Row = dict[str, str]


class TranscriptionError(ValueError):
    """The facts or a script do not keep to the rules of the seed data; the text says where."""


@dataclass(frozen=True)
class Dataset:
    """One folder of seed_data: its dataset.toml as a mapping and the rows of its tables."""

    meta: Mapping[str, Any]
    sources: Sequence[Row]
    factors: Sequence[Row]
    amounts: Sequence[Row] = ()


# --- reading -----------------------------------------------------------------------------------------------


def read_csv(path: Path) -> list[Row]:
    """Rows of a CSV file with a header, every cell as text. A row of another length is an error."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise TranscriptionError(f"{path.name} line {reader.line_num}: number of cells")
            rows.append(dict(row))
    return rows


def read_facts(facts: Path, name: str) -> list[Row]:
    """Rows of ``folder/file.csv`` below the facts folder; each gets ``record`` = ``folder/file.csv#key``."""
    rows = read_csv(facts / name)
    for row in rows:
        row["record"] = f"{name}#{row['key']}"
    return rows


def split_doubt(note: str) -> tuple[str, str]:
    """Split a method note at ``Doubt:`` into (note, doubt); either may be empty.

    >>> split_doubt("before mark-up. Doubt: far below other countries.")
    ('before mark-up', 'far below other countries.')
    """
    head, mark, tail = note.partition("Doubt:")
    return head.strip().rstrip(".;,").rstrip() if mark else note.strip(), tail.strip()


def region(geography: str, **others: str) -> str:
    """Our code of a region of the facts. ``others`` are codes with a meaning of their own, as GLO="WORLD".

    >>> region("CN-TW"), region("GLO", GLO="CBAM-OTHER"), region("CN")
    ('TW', 'CBAM-OTHER', 'CN')
    """
    if geography == "GLO" and "GLO" not in others:
        raise TranscriptionError("GLO has no single meaning: say what it is in this document")
    return others.get(geography) or REGIONS.get(geography, geography)


# --- keys --------------------------------------------------------------------------------------------------


def slug(text: str, separator: str = "_") -> str:
    """Lower-case ASCII words of a text joined by ``separator``; accents and other scripts are left out.

    >>> slug("Diesel (average biofuel blend)"), slug("CO2e", "-"), slug("Côte d'Ivoire", "-")
    ('diesel_average_biofuel_blend', 'co2e', 'cote-d-ivoire')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return separator.join(re.findall(r"[a-z0-9]+", plain))


def join_key(*parts: str) -> str:
    """A key of its non-empty parts, joined by dots. A part that the grammar of keys refuses is an error.

    >>> join_key("cn.72081000", "", "embedded_total")
    'cn.72081000.embedded_total'
    """
    key = ".".join(part for part in parts if part)
    if not KEY.fullmatch(key):
        raise TranscriptionError(f"not a key: {key!r}")
    return key


# --- rows --------------------------------------------------------------------------------------------------


def _row(columns: Sequence[str], values: Mapping[str, str]) -> Row:
    unknown = sorted(set(values) - set(columns))
    if unknown:
        raise TranscriptionError(f"no such column: {', '.join(unknown)}")
    return {column: values.get(column, "") for column in columns}


def factor_row(**values: str) -> Row:
    """A row of factors.csv; what is not given is empty (not stated). An unknown column is an error."""
    return _row(FACTOR_COLUMNS, values)


def amount_row(**values: str) -> Row:
    """A row of amounts.csv: one gas of a factor."""
    return _row(AMOUNT_COLUMNS, values)


def source_row(**values: str) -> Row:
    """A row of sources.csv: one document."""
    return _row(SOURCE_COLUMNS, values)


# --- writing -----------------------------------------------------------------------------------------------


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """CSV with a header row, LF, quotes only where RFC 4180 needs them."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n", extrasaction="raise")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_toml_character(character) for character in value) + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    raise TranscriptionError(f"not for TOML: {value!r}")


def _toml_character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if ord(character) < 0x20 or ord(character) == 0x7F:
        return f"\\u{ord(character):04X}"
    return character


def toml_text(meta: Mapping[str, Any], prefix: str = "") -> str:
    """TOML of nested mappings: plain values first, then a table for every mapping, in the order given."""
    lines = [f"{key} = {_toml_value(item)}" for key, item in meta.items() if not isinstance(item, Mapping)]
    text = "".join(line + "\n" for line in lines)
    for key, item in meta.items():
        if isinstance(item, Mapping):
            only_tables = bool(item) and all(isinstance(inner, Mapping) for inner in item.values())
            header = "" if only_tables else f"\n[{prefix}{key}]\n"
            text += header + toml_text(item, f"{prefix}{key}.")
    return text


def check(dataset: Dataset) -> None:
    """Raise TranscriptionError for the first row that breaks a rule: unique keys, grammar, references."""
    name = str(dataset.meta["id"])
    if not DATASET_ID.fullmatch(name) or not RELEASE.fullmatch(str(dataset.meta["release"])):
        raise TranscriptionError(f"{name}: id or release")
    sources = {row["id"] for row in dataset.sources}
    keys: set[str] = set()
    for row in dataset.factors:
        where = f"{name}/{row['key']}"
        if row["key"] in keys:
            raise TranscriptionError(f"{where}: the key is there twice")
        keys.add(row["key"])
        _check_factor(where, row, sources)
    for row in dataset.amounts:
        if row["key"] not in keys:
            raise TranscriptionError(f"{name}/{row['key']}: an amount without its factor")
    unused = sources - {row["source"] for row in dataset.factors}
    if unused:
        raise TranscriptionError(f"{name}: source without a factor: {', '.join(sorted(unused))}")


def _check_factor(where: str, row: Row, sources: set[str]) -> None:
    if not KEY.fullmatch(row["key"]) or not KEY.fullmatch(row["series"]):
        raise TranscriptionError(f"{where}: key or series")
    if not ACTIVITY.fullmatch(row["activity"]):
        raise TranscriptionError(f"{where}: activity {row['activity']!r}")
    if row["source"] not in sources:
        raise TranscriptionError(f"{where}: source {row['source']!r}")
    for column in ("name_zh", "name_en", "record_type", "region", "gas_basis", "boundary", "confidence"):
        if not row[column]:
            raise TranscriptionError(f"{where}: {column} is empty")
    if (row["gas_basis"] == "by_gas") == bool(row["value_published"]):
        raise TranscriptionError(f"{where}: value_published does not go with {row['gas_basis']}")


def write_dataset(dataset: Dataset, seed_data: Path = SEED_DATA) -> Path:
    """Check a dataset and write its folder, rows ordered by key (amounts by key, then gas and origin)."""
    check(dataset)
    folder = seed_data / str(dataset.meta["id"])
    folder.mkdir(parents=True, exist_ok=True)
    meta = toml_text(dataset.meta)
    if tomllib.loads(meta) != dataset.meta:
        raise TranscriptionError(f"{folder.name}: dataset.toml does not read back")
    _write(folder / "dataset.toml", meta)
    sources = sorted(dataset.sources, key=lambda row: row["id"])
    _write(folder / "sources.csv", csv_text(SOURCE_COLUMNS, sources))
    factors = sorted(dataset.factors, key=lambda row: row["key"])
    _write(folder / "factors.csv", csv_text(FACTOR_COLUMNS, factors))
    amounts = sorted(dataset.amounts, key=lambda row: tuple(row[column] for column in AMOUNT_ORDER))
    if amounts:
        _write(folder / "amounts.csv", csv_text(AMOUNT_COLUMNS, amounts))
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def folders(arguments: Sequence[str] | None = None) -> tuple[Path, Path]:
    """The facts folder and the folder to write to, from the command line: ``script [facts [seed_data]]``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    facts = Path(given[0]) if given else FACTS
    if not facts.is_dir():
        raise SystemExit(f"no facts folder at {facts}")
    return facts, Path(given[1]) if len(given) > 1 else SEED_DATA
