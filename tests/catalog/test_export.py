from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import threading
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.catalog import export, export_sheet
from app.catalog.export_csv import COLUMNS, guarded
from app.catalog.export_rows import FACTOR_COLUMNS
from app.kit.canonical import canonical_bytes, nfc, sha256_hex
from app.kit.errors import Invalid, Unprocessable

from .sample_documents import amount, grid, seed_documents, wood

METADATA = {
    "dataset": "cn-grid-co2",
    "release": "2022.1",
    "release_hash": "cd" * 32,
    "published_at": "2025-11-20T01:02:03Z",
    "name": {"zh": "电力二氧化碳排放因子", "en": "Grid CO2 factors"},
    "licence": {"id": "OGL-UK-3.0", "terms": {"zh": "条款", "en": "terms"}},
}
Documents = Sequence[dict[str, Any]]


async def each(documents: Documents) -> AsyncIterator[bytes]:
    for document in documents:
        yield canonical_bytes(document)


async def exported(format: str, documents: Documents, metadata: dict[str, Any] = METADATA) -> bytes:
    return b"".join([piece async for piece in export.stream(format, each(documents), metadata)])


def exported_now(format: str, documents: Documents) -> bytes:
    """For hypothesis, which calls plain functions: a loop of its own in another thread."""
    result: list[bytes] = []
    thread = threading.Thread(target=lambda: result.append(asyncio.run(exported(format, documents))))
    thread.start()
    thread.join()
    return result[0]


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def read_xlsx(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Rows by sheet; the columns by the second word of their bilingual heading."""
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    sheets = {}
    for sheet in workbook.worksheets:
        headings, *rows = sheet.iter_rows(values_only=True)
        names = [str(heading).rsplit(" ", 1)[-1] for heading in headings]
        sheets[sheet.title] = [dict(zip(names, row, strict=True)) for row in rows]
    return sheets


def read_parquet(data: bytes) -> Any:
    return pq.read_table(pa.BufferReader(data))


# --- ndjson ------------------------------------------------------------------------------------------------


async def test_every_line_of_ndjson_is_the_exact_document_so_its_hash_is_the_content_hash() -> None:
    documents = [grid(note="two\nlines"), wood()]
    lines = (await exported("ndjson", documents)).split(b"\n")
    assert lines.pop() == b""
    assert [sha256_hex(line) for line in lines] == [sha256_hex(canonical_bytes(item)) for item in documents]


# --- csv ---------------------------------------------------------------------------------------------------


async def test_csv_starts_with_a_byte_order_mark_and_ends_every_row_with_crlf() -> None:
    data = await exported("csv", [grid()])
    assert data.startswith(b"\xef\xbb\xbfref,version,name_zh,")
    assert data.count(b"\r\n") == data.count(b"\n") == 2


async def test_csv_keeps_the_digits_and_the_chinese_text_and_the_hash() -> None:
    (row,) = read_csv(await exported("csv", [grid()]))
    assert (row["value"], row["unit"], row["year"]) == ("0.5580", "kg{CO2}/kWh", "2022")
    assert row["name_zh"] == "北京市电力平均二氧化碳排放因子（2022年）"
    assert row["source_number"] == "公告2024年第33号"
    assert row["content_hash"] == sha256_hex(canonical_bytes(grid()))


async def test_biogenic_co2_stands_in_columns_of_its_own_and_never_in_those_of_co2() -> None:
    (row,) = read_csv(await exported("csv", [wood()]))
    assert (row["CO2_value"], row["CO2_biogenic_value"]) == ("", "112000")
    assert (row["CH4_value"], row["CH4_origin"], row["CH4_denomination"]) == ("30", "unspecified", "mass")
    assert row["N2O_unit"] == "kg{N2O}/TJ{net}"


async def test_several_amounts_of_one_gas_are_not_chosen_from() -> None:
    both = wood(
        amounts=[amount("CO2", "fossil", "1"), amount("CO2", "land_use", "2"), amount("SF6", "fossil", "3")]
    )
    (row,) = read_csv(await exported("csv", [both]))
    assert (row["CO2_value"], row["CO2_origin"]) == ("", "several")
    assert json.loads(row["amounts_json"]) == both["amounts"]


async def test_a_mark_up_is_readable_in_one_cell_and_whole_in_json() -> None:
    steps = [
        {"from_year": 2026, "to_year": 2026, "percent": "10", "legal_ref": "r"},
        {"from_year": 2027, "to_year": 2028, "percent": "20", "legal_ref": "r"},
        {"from_year": 2029, "percent": "30", "legal_ref": "r"},
    ]
    (row,) = read_csv(await exported("csv", [grid(mark_up=steps)]))
    assert row["mark_up"] == "2026: 10 %; 2027-2028: 20 %; 2029-: 30 %"
    assert json.loads(row["other_json"]) == {"mark_up": steps}


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"])
async def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    (row,) = read_csv(await exported("csv", [grid(note=text, technology=text)]))
    assert row["note"] == row["technology"] == f"'{text}"


@pytest.mark.parametrize("text", ["-0.5", "+3.20", "-1e-05", "-.5", "0.5", "1 - 2"])
def test_a_plain_number_gets_none(text: str) -> None:
    assert guarded(text) == text


async def test_negative_values_stay_numbers_in_csv() -> None:
    (row,) = read_csv(await exported("csv", [grid(value="-12.50", lower="-13", value_published="-12.50")]))
    assert (row["value"], row["lower"], row["value_published"]) == ("-12.50", "-13", "-12.50")


def rebuilt(row: dict[str, str]) -> dict[str, Any]:
    """The document of a CSV row: every column put back where it was read."""
    document: dict[str, Any] = json.loads(row["other_json"] or "{}")
    for name in ("amounts", "sources"):
        if row[f"{name}_json"]:
            document[name] = json.loads(row[f"{name}_json"])
    for column in FACTOR_COLUMNS:
        cell = row[column.name]
        if not column.path or cell == "":
            continue
        place = document
        for step in column.path[:-1]:
            place = place.setdefault(step, {})
        cell = cell[1:] if re.match("'[=+@\t\r\n＝＋－＠-]", cell) else cell
        value: Any = int(cell) if column.kind == "integer" else cell
        place[column.path[-1]] = cell.split("\n") if column.kind == "lines" else value
    return document


def without_empty(value: Any) -> Any:
    """Nulls and empty things left out: in a table they look like what is not stated."""
    if isinstance(value, dict):
        cleaned = {name: without_empty(item) for name, item in value.items()}
        return {name: item for name, item in cleaned.items() if item not in (None, "", {})}
    return value


TEXT = st.text(st.characters(codec="utf-8"), max_size=12).map(nfc)
ANYTHING = (
    TEXT
    | st.integers(-9, 9)
    | st.booleans()
    | st.lists(TEXT, max_size=3)
    | st.dictionaries(st.sampled_from(["zh", "en", "from", "x"]), TEXT, max_size=2)
)
MEMBERS = sorted({column.path[0] for column in FACTOR_COLUMNS if column.path} | {"amounts", "unheard_of"})


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([name for name in MEMBERS if name != "amounts"]), ANYTHING))
def test_nothing_that_a_document_says_is_lost_in_csv(changes: dict[str, Any]) -> None:
    document = {**wood(), **changes}
    assume("'" not in json.dumps(changes))  # one in the text itself cannot be told from ours
    (row,) = read_csv(exported_now("csv", [document]))
    assert without_empty(rebuilt(row)) == without_empty(document)


# --- xlsx --------------------------------------------------------------------------------------------------


async def test_xlsx_opens_with_the_four_sheets_and_bilingual_headings() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(await exported("xlsx", [grid(), wood()])))
    assert workbook.sheetnames == ["factors", "amounts", "sources", "about"]
    factors = workbook["factors"]
    assert [cell.value for cell in factors[1]][:4] == [
        "编号 ref",
        "版本 version",
        "中文名称 name_zh",
        "英文名称 name_en",
    ]
    assert factors.freeze_panes == "A2"
    assert factors["A1"].font.b


async def test_xlsx_holds_values_as_text_with_their_digits_and_years_as_numbers() -> None:
    row = read_xlsx(await exported("xlsx", [grid()]))["factors"][0]
    assert (row["value"], row["year"], row["version"]) == ("0.5580", 2022, 1)
    assert row["content_hash"] == sha256_hex(canonical_bytes(grid()))


async def test_xlsx_never_holds_a_formula() -> None:
    data = await exported("xlsx", [grid(note="=1+1", technology="#N/A")])
    sheet = openpyxl.load_workbook(io.BytesIO(data))["factors"]
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert (cells["=1+1"], cells["#N/A"]) == ("s", "s")


async def test_xlsx_lists_amounts_and_sources_under_the_version_they_belong_to() -> None:
    sheets = read_xlsx(await exported("xlsx", [grid(), wood()]))
    assert [(row["ref"], row["version"], row["gas"], row["value"]) for row in sheets["amounts"]] == [
        ("ipcc-2006-energy/stationary.wood", 1, "CH4", "30"),
        ("ipcc-2006-energy/stationary.wood", 1, "CO2", "112000"),
        ("ipcc-2006-energy/stationary.wood", 1, "N2O", "4"),
    ]
    assert [row["number"] for row in sheets["sources"]] == ["公告2024年第33号"] * 2
    assert sheets["sources"][0]["records"] == "electricity/cn_grid_co2_direct.csv#cn.bj.2022"
    assert json.loads(sheets["factors"][1]["other_json"]) == {"classifications": wood()["classifications"]}


async def test_xlsx_says_what_it_is_on_its_last_sheet() -> None:
    about = [(row["item"], row["value"]) for row in read_xlsx(await exported("xlsx", []))["about"]]
    assert about[:4] == [
        ("dataset", "cn-grid-co2"),
        ("release", "2022.1"),
        ("release_hash", "cd" * 32),
        ("published_at", "2025-11-20T01:02:03Z"),
    ]
    assert ("licence.id", "OGL-UK-3.0") in about
    assert ("name.zh", "电力二氧化碳排放因子") in about


async def test_xlsx_carries_the_publication_date_everywhere_and_no_other() -> None:
    data = await exported("xlsx", [grid()])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        # Two seconds are the finest that a ZIP archive can say.
        assert {entry.date_time for entry in archive.infolist()} == {(2025, 11, 20, 1, 2, 2)}
    properties = openpyxl.load_workbook(io.BytesIO(data)).properties
    assert properties.created.isoformat() == properties.modified.isoformat() == "2025-11-20T01:02:03"


async def test_xlsx_writes_control_characters_as_excel_spells_them_and_keeps_the_rest() -> None:
    text = " a<b>&\n_x0041_ \x00\x0b end "
    sheet = openpyxl.load_workbook(io.BytesIO(await exported("xlsx", [grid(note=text)])))["factors"]
    values = [cell.value for cell in sheet[2]]
    assert " a<b>&\n_x005F_x0041_ _x0000__x000B_ end " in values


async def test_a_text_longer_than_a_cell_is_cut_visibly_in_xlsx_and_whole_elsewhere() -> None:
    long = "𠮷" * 20_000  # two UTF-16 units each, as Excel counts
    row = read_xlsx(await exported("xlsx", [grid(note=long)]))["factors"][0]
    assert row["note"].endswith(export_sheet.CUT)
    assert len(row["note"].encode("utf-16-le")) <= 2 * export_sheet.MAX_TEXT
    assert read_csv(await exported("csv", [grid(note=long)]))[0]["note"] == long


def test_a_release_with_more_factors_than_a_worksheet_has_rows_is_refused_before_it_is_written() -> None:
    export.check_size("xlsx", 1_048_575)
    export.check_size("csv", 1_048_576)
    with pytest.raises(Unprocessable) as refusal:
        export.check_size("xlsx", 1_048_576)
    assert refusal.value.code == "export_too_large"
    assert refusal.value.valid_values == ["csv", "parquet", "ndjson"]


def test_a_sheet_refuses_the_row_after_its_last() -> None:
    sheet = export_sheet.Sheet(io.BytesIO(), "amounts", ["a"], [9])
    for _ in range(1023):
        sheet.add([[None]] * 1025)
    with pytest.raises(Unprocessable, match="amounts"):
        sheet.add([[None]] * 1025)


def test_columns_are_named_as_excel_names_them() -> None:
    assert [export_sheet.letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


# --- parquet -----------------------------------------------------------------------------------------------


async def test_parquet_holds_numbers_as_text_and_says_so_in_the_field() -> None:
    table = read_parquet(await exported("parquet", [grid(), wood()]))
    assert table.column("value").to_pylist() == ["0.5580", None]
    assert b"decimal" in table.schema.field("value").metadata[b"description"]
    assert table.column("year").type == pa.int64()
    assert table.column("flags").to_pylist() == [None, ["missing_locator", "single_source"]]


async def test_parquet_nests_amounts_and_sources() -> None:
    row = read_parquet(await exported("parquet", [wood()])).to_pylist()[0]
    assert [(item["gas"], item["value"], item["upper"]) for item in row["amounts"]] == [
        ("CH4", "30", "100"),
        ("CO2", "112000", None),
        ("N2O", "4", None),
    ]
    assert row["sources"][0]["records"] == ["electricity/cn_grid_co2_direct.csv#cn.bj.2022"]


async def test_parquet_ends_with_the_exact_document_whose_hash_stands_beside_it() -> None:
    documents = [grid(), wood()]
    for row, document in zip(
        read_parquet(await exported("parquet", documents)).to_pylist(), documents, strict=True
    ):
        assert row["document"].encode() == canonical_bytes(document)
        assert row["content_hash"] == sha256_hex(row["document"].encode())


async def test_parquet_names_dataset_release_hash_and_licence_in_its_metadata() -> None:
    metadata = read_parquet(await exported("parquet", [grid()])).schema.metadata
    assert metadata[b"dataset"] == b"cn-grid-co2"
    assert metadata[b"release_hash"] == b"cd" * 32
    assert json.loads(metadata[b"licence"])["id"] == "OGL-UK-3.0"
    assert json.loads(metadata[b"metadata"]) == METADATA


async def test_parquet_has_row_groups_of_ten_thousand() -> None:
    document = canonical_bytes(grid())

    async def many() -> AsyncIterator[bytes]:
        for _ in range(20_001):
            yield document

    data = b"".join([piece async for piece in export.stream("parquet", many(), METADATA)])
    file = pq.ParquetFile(pa.BufferReader(data)).metadata
    assert [file.row_group(place).num_rows for place in range(file.num_row_groups)] == [10_000, 10_000, 1]


# --- all formats -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", export.FORMATS)
async def test_the_same_release_gives_the_same_bytes(format: str) -> None:
    documents = [grid(), wood()]
    first = await exported(format, documents)
    await asyncio.sleep(2.1 if format == "xlsx" else 0)  # the clock of a ZIP archive ticks every two seconds
    assert await exported(format, documents) == first


@pytest.mark.parametrize("format", export.FORMATS)
async def test_an_empty_release_is_a_whole_file_without_rows(format: str) -> None:
    data = await exported(format, [], {})
    rows = {
        "csv": lambda: len(read_csv(data)),
        "ndjson": lambda: len(data),
        "parquet": lambda: read_parquet(data).num_rows,
        "xlsx": lambda: len(read_xlsx(data)["factors"]),
    }
    assert rows[format]() == 0


@pytest.mark.parametrize("dataset", ["ipcc-2006-energy", "eu-cbam-defaults-2026", "cn-grid-co2"])
async def test_real_seed_rows_come_back_from_every_format(dataset: str) -> None:
    documents = seed_documents(dataset, 600)  # more than one batch
    hashes = [sha256_hex(canonical_bytes(document)) for document in documents]
    values = [document.get("value") for document in documents]
    rows = read_csv(await exported("csv", documents))
    assert [row["content_hash"] for row in rows] == hashes
    assert [row["value"] or None for row in rows] == values
    factors = read_xlsx(await exported("xlsx", documents))["factors"]
    assert [(row["content_hash"], row["value"]) for row in factors] == list(zip(hashes, values, strict=True))
    table = read_parquet(await exported("parquet", documents))
    assert table.column("content_hash").to_pylist() == hashes
    lines = (await exported("ndjson", documents)).splitlines()
    assert [sha256_hex(line) for line in lines] == hashes


FILES = Path("/proc/self/fd")


def open_files() -> int:
    return len(list(FILES.iterdir()))


@pytest.mark.parametrize("format", export.FORMATS)
@pytest.mark.skipif(not FILES.is_dir(), reason="counts open files through /proc")
async def test_a_reader_who_goes_away_leaves_no_open_file_and_the_source_is_closed(format: str) -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield canonical_bytes(grid())
                await asyncio.sleep(0)
        finally:
            closed.set()

    async def read() -> None:
        async for _ in export.stream(format, endless(), METADATA):
            pass

    before = open_files()
    reader = asyncio.create_task(read())
    await asyncio.sleep(0.5)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await asyncio.wait_for(closed.wait(), 5)
    for _ in range(100):
        if open_files() <= before and not exporting():
            break
        await asyncio.sleep(0.05)
    assert open_files() <= before
    assert not exporting()


def exporting() -> bool:
    return any(thread.name.startswith("export") for thread in threading.enumerate())


async def test_an_error_of_the_source_reaches_the_reader() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield canonical_bytes(grid())
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        async for _ in export.stream("xlsx", broken(), METADATA):
            pass


async def test_opened_raises_what_the_first_piece_raises_and_gives_all_pieces() -> None:
    async def broken() -> AsyncIterator[bytes]:
        raise Unprocessable("export_too_large", "too large", "过大")
        yield b""

    with pytest.raises(Unprocessable):
        await export.opened(export.stream("ndjson", broken(), METADATA))
    pieces = await export.opened(export.stream("csv", each([grid()]), METADATA))
    assert b"".join([piece async for piece in pieces]) == await exported("csv", [grid()])


@pytest.mark.parametrize("format", ["csv", "ndjson", "xlsx"])  # Parquet grows up to one row group
async def test_memory_does_not_grow_with_the_number_of_factors(format: str) -> None:
    document = canonical_bytes(wood())

    async def many(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield document

    async def peak(count: int) -> int:
        tracemalloc.start()
        async for _ in export.stream(format, many(count), METADATA):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert abs(await peak(4_000) - await peak(1_000)) < 1_000_000  # the documents themselves: 7 MB


def test_files_are_named_after_dataset_release_and_format() -> None:
    assert export.filename("xlsx", "cn-grid-co2", "2022.1") == "cn-grid-co2-2022.1.xlsx"
    assert export.media_type("ndjson") == "application/x-ndjson"
    with pytest.raises(Invalid) as refusal:
        export.media_type("pdf")
    assert refusal.value.valid_values == ["csv", "xlsx", "parquet", "ndjson"]


def test_columns_are_named_once() -> None:
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
