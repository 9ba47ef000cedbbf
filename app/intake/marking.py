"""The uploaded file back as a workbook with the findings in it; the work is done in the child process.

A workbook of moderate size keeps its formats, drop-downs and notes. A large one, a CSV or NDJSON file is
written anew with its texts in the same places. At most MOST_MARKS cells are marked, errors first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Final

import orjson

from app.intake.findings import Finding
from app.intake.findings_codes import SEVERITIES
from app.intake.reading import Kind, Limits
from app.intake.reading_child import Child
from app.kit.language import Language

MOST_MARKS: Final = 5_000
MOST_LISTED: Final = 50_000
_HEADINGS: Final = {
    "zh": ("级别", "工作表", "单元格", "因子编号", "列", "内容", "说明", "可选或相近的值", "代码"),
    "en": (
        "Severity",
        "Sheet",
        "Cell",
        "Factor key",
        "Column",
        "Value",
        "Finding",
        "Valid or near values",
        "Code",
    ),
}
_LEVELS: Final = {
    "zh": {"error": "错误", "warning": "警告", "note": "提示"},
    "en": {"error": "error", "warning": "warning", "note": "note"},
}
_SHEET: Final = {"zh": "检查结果", "en": "findings"}
_LEFT_OUT: Final = {
    "zh": "共 {count} 条，此处列出 {listed} 条，单元格标记 {marked} 处；其余请通过接口查看。",
    "en": "{count} findings in all; {listed} are listed here and {marked} cells marked. The API gives the rest.",
}


def marked(
    path: Path,
    kind: Kind,
    findings: Iterable[Finding],
    language: Language,
    sink: IO[bytes],
    limits: Limits = Limits(),
) -> None:
    """Write the file at `path` as XLSX into `sink`, faulty cells filled and commented, a findings sheet first.

    Blocks (call it in a thread). A file that cannot be opened gives a workbook of the findings sheet alone.
    """
    with tempfile.TemporaryDirectory(prefix="factorbase-mark-") as folder:
        plan, out = Path(folder) / "plan.json", Path(folder) / "out.xlsx"
        plan.write_bytes(orjson.dumps(plan_of(findings, language)))
        for way in ("keep", "anew", "alone"):
            if (way != "keep" or kind == "xlsx") and _done(way, path, kind, plan, out, limits):
                break
        else:
            raise RuntimeError("not even the list of findings could be written")
        with out.open("rb") as file:
            shutil.copyfileobj(file, sink, 1 << 20)


def _done(way: str, path: Path, kind: Kind, plan: Path, out: Path, limits: Limits) -> bool:
    """Whether the child wrote the file in this way; it may give up, run out of memory or of time."""
    out.unlink(missing_ok=True)
    with Child([f"mark-{way}", str(path), kind, str(plan), str(out)], limits) as child:
        told = b"".join(child.lines())
    return told == b'["end"]\n' and child.returncode == 0 and out.exists()


def plan_of(findings: Iterable[Finding], language: Language) -> dict[str, Any]:
    """What to write: the list's rows, and the marks by sheet: [cell, row, column, severity, text]."""
    everything = list(findings)
    ordered = sorted(everything, key=lambda found: SEVERITIES.index(found.severity))
    marks, count = _marks(ordered, language)
    listed = ordered[:MOST_LISTED]
    told = _LEFT_OUT[language].format(count=len(everything), listed=len(listed), marked=count)
    return {
        "sheet": _SHEET[language],
        "told": told,
        "headings": _HEADINGS[language],
        "rows": [_row(found, language) for found in listed],
        "severities": [found.severity for found in listed],
        "marks": marks,
    }


def _marks(
    ordered: Sequence[Finding], language: Language
) -> tuple[dict[str, list[tuple[str, int, str | None, str, str]]], int]:
    """Marks by sheet; several findings of one cell make one mark of the worst severity."""
    cells: dict[tuple[str, str, str], list[Finding]] = {}
    for found in ordered:
        where = found.cell or (f"A{found.row}" if found.row else None)
        if found.sheet is None or where is None:
            continue
        spot = (found.sheet, where, (found.field or "") if " " in where else "")  # a line has many fields
        if spot in cells or len(cells) < MOST_MARKS:
            cells.setdefault(spot, []).append(found)
    sheets: dict[str, list[tuple[str, int, str | None, str, str]]] = {}
    for (sheet, where, _), group in cells.items():
        text = "\n".join(_said(found, language) for found in group[:5])
        first = group[0]
        mark = (where, first.row or 0, first.field, first.severity, text)
        sheets.setdefault(sheet, []).append(mark)
    return sheets, len(cells)


def _said(found: Finding, language: Language) -> str:
    level = _LEVELS[language][found.severity]
    near = f" ({', '.join(found.expected[:8])})" if found.expected else ""
    return f"[{level}] {found.text[language]}{near}"


def _row(found: Finding, language: Language) -> list[str]:
    cells = (
        _LEVELS[language][found.severity],
        found.sheet,
        found.cell,
        found.key,
        found.field,
        found.value,
        found.text[language],
        ", ".join(found.expected),
        found.code,
    )
    return [cell or "" for cell in cells]
