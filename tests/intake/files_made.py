"""Contributed files made by hand: good ones by openpyxl, hostile ones part by part."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from app.config import REPOSITORY
from app.intake.checking import Checked, Context, check
from app.intake.findings import Finding
from app.intake.reading import Kind, Limits, Parsed, read_file
from app.reference.index import ReferenceIndex
from app.reference.tables import load_tables

TODAY = date(2026, 11, 20)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TEXT = {"zh": "试验", "en": "trial"}
METADATA: dict[str, Any] = {
    **dict.fromkeys(
        ("name", "description", "publisher", "rights_holder", "maintainer", "contributor", "reason"), TEXT
    ),
    "licence": {"id": "CC0-1.0", "terms": TEXT},
    "access_class": "public",
    "layer": "sector",
    "sector": "steel",
    "year_rule": "data_year",
}
FACTOR: dict[str, str] = {
    "key": "plate.cn.2024",
    "name_zh": "中厚板",
    "name_en": "Steel plate",
    "record_type": "lifecycle_factor",
    "activity": "steel.plate",
    "region": "CN",
    "year": "2024",
    "gas_basis": "co2e",
    "gwp_set": "ar5-100",
    "value": "2.0500",
    "unit": "kg CO2e / kg",
    "boundary": "cradle_to_gate",
    "source": "s1",
    "locator": "p. 3",
    "confidence": "high",
}
SOURCE: dict[str, str] = {"id": "s1", "title": "A report", "publisher": "An institute"}


@lru_cache(maxsize=1)
def index() -> ReferenceIndex:
    return ReferenceIndex(load_tables(REPOSITORY / "seed_data" / "reference"))


def context(**changes: Any) -> Context:
    given = {
        "index": index(),
        "origin": "factorbase.localhost",
        "dataset": "trial-set",
        "release": "2025.1",
        "mode": "full",
        "today": TODAY,
        "metadata": METADATA,
        **changes,
    }
    return Context(**given)


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """An XLSX file with these sheets, written by openpyxl."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        tab = book.create_sheet(title)
        for row in rows:
            tab.append(list(row))
    book.save(path)
    return path


def rows_of(*factors: Mapping[str, Any]) -> list[list[Any]]:
    """A heading row of column names and one row a factor."""
    columns = list(dict.fromkeys(name for factor in factors for name in factor))
    return [columns, *([factor.get(name) for name in columns] for factor in factors)]


def factors_file(path: Path, *factors: Mapping[str, Any], **sheets: Sequence[Mapping[str, Any]]) -> Path:
    """A workbook with these factors, the source s1, and other sheets by name."""
    pages = {"factors": rows_of(*factors), "sources": rows_of(SOURCE)}
    return workbook(path, {**pages, **{name: rows_of(*rows) for name, rows in sheets.items()}})


def csv_bytes(*factors: Mapping[str, Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows_of(*factors))
    return out.getvalue().encode()


def raw_workbook(
    path: Path,
    sheet: str,
    *,
    parts: Mapping[str, bytes | str] | None = None,
    title: str = "factors",
    styles: str | None = None,
) -> Path:
    """An XLSX file put together by hand: `sheet` is what stands inside <worksheet>, or a whole document."""
    whole = sheet if sheet.startswith("<?xml") else f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'
    everything: dict[str, bytes | str] = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_RELATIONS}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_RELATIONS}"><sheets><sheet name="{title}"'
        ' sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
        f'Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": whole,
        **({"xl/styles.xml": styles} if styles else {}),
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in everything.items():
            archive.writestr(name, data)
    return path


def cell(where: str, text: str) -> str:
    return f'<c r="{where}" t="inlineStr"><is><t>{text}</t></is></c>'


def heading_row(*names: str) -> str:
    return '<row r="1">' + "".join(cell(f"{chr(65 + n)}1", name) for n, name in enumerate(names)) + "</row>"


def read(path: Path, kind: Kind = "xlsx", **limits: int) -> Parsed:
    return read_file(path, kind, Limits(**limits))


def checked(path: Path, kind: Kind = "xlsx", **changes: Any) -> Checked:
    return check(read_file(path, kind), context(**changes))


def codes(findings: Sequence[Finding], *severities: str) -> list[str]:
    return [found.code for found in findings if not severities or found.severity in severities]


def only(findings: Sequence[Finding], code: str) -> Finding:
    """The one finding of a code."""
    found = [one for one in findings if one.code == code]
    assert len(found) == 1, codes(findings)
    return found[0]
