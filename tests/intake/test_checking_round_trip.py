"""What the service gives out can be sent back: the same substances come of it."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog.export_csv import CsvWriter
from app.catalog.export_xlsx import XlsxWriter
from app.catalog.rules import Substance, identify, plan_release
from app.config import REPOSITORY
from app.intake import seed_files
from app.intake.checking import Last, check
from app.intake.columns import FACTORS
from app.intake.reading import Kind, Number, Parsed, Table, read_file
from app.intake.reading_tables import Cleaner
from app.intake.seeding import _checked
from app.intake.substances import citation, cited, flags
from app.kit.canonical import canonical_bytes
from tests.intake.files_made import FACTOR, METADATA, codes, context, index

ORIGIN = "factorbase.localhost"
DATASETS = [
    "cn-grid-co2",
    "ipcc-2006-energy",
    "uk-ghg-conversion-factors",
    "eu-cbam-defaults-2026",
    "cn-gbt51366",
]


def seeds(dataset: str) -> tuple[list[Substance], dict[str, Any]]:
    """Some 300 substances of a seed dataset, and its metadata."""
    folder = seed_files.read_folder(REPOSITORY / "seed_data" / dataset)
    every = max(1, len(folder.factors) // 300)
    return list(_checked(folder, ORIGIN, index()))[::every], seed_files.metadata(folder)


def download(substances: list[Substance], kind: Kind) -> bytes:
    """The file as the service offers it for download."""
    documents = [version.data for version in plan_release("1", substances, {}, {"zh": "a", "en": "b"}).new]
    if kind == "ndjson":
        return b"\n".join(documents)
    writer = CsvWriter({}) if kind == "csv" else XlsxWriter({})
    data = writer.add(documents) + b"".join(writer.finish())
    writer.close()
    return data


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("kind", ["csv", "xlsx", "ndjson"])
def test_a_download_sent_back_gives_the_same_substances(tmp_path: Path, dataset: str, kind: Kind) -> None:
    substances, metadata = seeds(dataset)
    path = tmp_path / "file"
    path.write_bytes(download(substances, kind))
    found = check(read_file(path, kind), context(dataset=dataset, metadata=metadata))
    assert codes(found.findings, "error") == []
    assert not {"heading_unknown", "column_without_heading", "sheet_unknown"} & set(codes(found.findings))
    assert [row.substance for row in found.substances] == substances


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=12,
).filter(lambda text: text[0].isalnum() and "\ufffd" not in text and text.casefold() != "none")
DIGITS = st.from_regex(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,8})?", fullmatch=True)


@st.composite
def substances(draw: st.DrawFn) -> list[Substance]:
    """A few substances in document form, made without any code of the intake's checks."""
    keys = draw(
        st.lists(
            st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,5})?", fullmatch=True),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    return [_substance(draw, key) for key in keys]


def _substance(draw: st.DrawFn, key: str) -> Substance:
    import unicodedata

    def text() -> str:
        return unicodedata.normalize("NFC", draw(TEXTS))

    value = draw(DIGITS)
    sources = [
        cited(
            citation({"title": text(), "publisher": text()}),
            draw(st.sampled_from(["p. 1", None])),
            None,
            draw(st.sampled_from(["high", "medium"])),
            [],
        )
    ]
    activity = draw(st.sampled_from(["steel.plate", "cement.clinker", "fuel.diesel"]))
    stated: dict[str, Any] = {
        **{name: METADATA[name] for name in ("publisher", "licence", "access_class", "layer")},
        "series": key,
        "record_type": "lifecycle_factor",
        "name": {"zh": text(), "en": text()},
        "activity": activity,
        "sector": index().activities.get(activity).sector,
        "region": draw(st.sampled_from(["CN", "CN-BJ", "DE", "WORLD"])),
        "year": draw(st.sampled_from([2020, 2024])),
        "year_rule": draw(st.sampled_from(["data_year", "edition"])),
        "gas_basis": "co2e",
        "gas": "CO2e",
        "value": value,
        "value_published": value,
        "unit": "kg{CO2e}/kg",
        "unit_published": draw(st.sampled_from(["kg CO2e / kg", "kgCO2e/kg", "kg{CO2e}/kg"])),
        "boundary": "cradle_to_gate",
        "sources": sources,
        **draw(
            st.fixed_dictionaries({}, optional={"note": TEXTS, "route": TEXTS, "edition_year": st.just(2025)})
        ),
    }
    stated = {
        name: unicodedata.normalize("NFC", v) if isinstance(v, str) else v for name, v in stated.items()
    }
    pairs = index().activities.get(activity).classifications
    if pairs:
        stated["classifications"] = [{"system": system, "code": code} for system, code in pairs]
    if flags(sources):
        stated["flags"] = flags(sources)
    return identify(ORIGIN, "trial-set", key, stated)


def as_csv(made: list[Substance]) -> bytes:
    """Columns of the template, written by hand: what stands in each cell is what a person would type."""
    names = ["key", "series", "name_zh", "name_en", "record_type", "activity", "region", "year", "year_rule"]
    names += [
        "gas_basis",
        "value",
        "unit_published",
        "boundary",
        "note",
        "route",
        "edition_year",
        "sources_json",
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, extrasaction="ignore")
    writer.writeheader()
    for one in made:
        names_of = {"name_zh": one["name"]["zh"], "name_en": one["name"]["en"]}
        writer.writerow({**one, **names_of, "sources_json": json.dumps(one["sources"], ensure_ascii=False)})
    return out.getvalue().encode()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@settings(max_examples=60, deadline=None)
@given(made=substances())
def test_substances_written_as_csv_come_back_the_same(folder: Path, made: list[Substance]) -> None:
    path = folder / "file.csv"
    path.write_bytes(as_csv(made))
    found = check(read_file(path, "csv"), context())
    assert codes(found.findings, "error") == []
    assert [row.substance for row in found.substances] == made


ODD = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["1e99", "-0", "1e-100", "CN", "co2e", "by_gas", "CO2", "2024", "kg / kWh", "[]", "{}", "[{}]"]
    ),
    st.sampled_from(
        ['[{"gas":"CO2","value":"1","unit":"kg/t"}]', '[{"title":"a\\u0000"}]', '[{"title":"e\\u0301"}]']
    ),
    st.sampled_from(
        ['{"mark_up":[{"from_year":99999999999999999999,"percent":"1","legal_ref":"x"}]}', "2026: 1 %"]
    ),
    st.builds(
        Number,
        st.sampled_from(["0.1", "1" * 300, "45413"]),
        st.booleans(),
        st.sampled_from(["", "date", "hidden"]),
    ),
)


@settings(max_examples=150, deadline=None)
@given(changes=st.dictionaries(st.sampled_from([column.name for column in FACTORS.columns]), ODD, max_size=8))
def test_no_row_raises_and_every_substance_can_be_stored(changes: dict[str, Any]) -> None:
    clean = Cleaner()
    row = {
        name: clean(cell) if isinstance(cell, str) else cell for name, cell in {**FACTOR, **changes}.items()
    }
    table = Table("factors", "factors", list(row), range(len(row)), [(2, tuple(row.values()))])
    last = {FACTOR["key"]: Last("1e-90", "kg{CO2e}/kg")}
    sources = {"s1": {"id": "s1", "title": "t"}}
    found = check(Parsed("csv", {"factors": table}), context(last=last, sources=sources))
    for one in found.substances:
        assert "\x00" not in canonical_bytes(one.substance).decode()
    for said in found.findings:
        orjson.dumps([said.value, said.text, said.expected])
    assert len(found.substances) + len(found.left_out) == (0 if row.get("example") else 1) or not any(
        row.values()
    )
