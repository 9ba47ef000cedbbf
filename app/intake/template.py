"""The workbook that a person fills: headings in both languages, drop-downs, notes, an example.

Values are text cells, so that `0.5580` keeps its zero. Rows with a mark in the column `example` are not data.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from app.intake.columns import Column, Sheet
from app.intake.columns_details import DATASET_FIELDS, SHEETS
from app.intake.columns_labels import listed, shown
from app.intake.template_example import DATASET, MARK, example
from app.kit.language import Language
from app.reference.index import ReferenceIndex

LAST_ROW: Final = 100_000
LISTS: Final = "lists"
_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001  (the first moment that a ZIP archive can name)
_NOT_FOR_PEOPLE: Final = frozenset({"digits", "amounts_json", "sources_json", "other_json", "ref", "records"})
_SOURCES_ONLY: Final = frozenset({"locator", "confirmed_by", "confidence"})
_HEAD: Final = PatternFill("solid", fgColor="1F4E5F")
_HEAD_REQUIRED: Final = PatternFill("solid", fgColor="0B6E4F")
_EXAMPLE: Final = PatternFill("solid", fgColor="EFEFEF")
_WHITE: Final = Font(bold=True, color="FFFFFF")
_GREY: Final = Font(italic=True, color="808080")
_WRAP: Final = Alignment(wrap_text=True, vertical="top")
_GUIDE: Final = (
    (
        "从“数据集”开始填写；绿色表头为必填项，* 同此。表头顺序可以改变，也可以只保留一种语言。",
        "Begin with the sheet 'Dataset'. Green headings (*) must be filled. Columns may stand in any order.",
    ),
    (
        "数值请用文本格式，写成 0.5580 的样子：末尾的零和位数会原样保留。",
        "Write figures as text, like 0.5580: their digits and zeros are kept as they are.",
    ),
    (
        "分气体的因子（by_gas）不填数值，各气体写在“气体”表，用编号对应。",
        "A factor by gas has no value of its own; its gases stand on the sheet 'Gases' under the same key.",
    ),
    (
        "每个因子必须注明来源；来源写在“来源”表，并注明页码、表号或行号。",
        "Every factor names its source, described on the sheet 'Sources', with page, table or row.",
    ),
    (
        "“示例”列有内容的行不会读取；可以删除，也可以保留。",
        "Rows with anything in the column 'Example' are not read; delete them or leave them.",
    ),
)


def template(index: ReferenceIndex, language: Language) -> bytes:
    """The XLSX of GET /v1/templates/factors.xlsx; the same bytes for the same index and language."""
    book = Workbook()
    guide: Any = book.active
    _write_guide(guide, language)
    lists = Lists(book, index, language)
    rows = example(index)
    for sheet in SHEETS:
        tab: Any = book.create_sheet(sheet.zh if language == "zh" else sheet.en)
        if sheet.name == "dataset":
            _write_dataset(tab, sheet, lists, language)
        else:
            _write_sheet(tab, sheet, lists, rows.get(sheet.name, []), language)
    lists.finish()
    book.properties.creator = "Factorbase"
    book.properties.created = book.properties.modified = _EPOCH
    return _same_bytes(book)


class Lists:
    """The hidden sheet that the drop-downs take their values from."""

    def __init__(self, book: Workbook, index: ReferenceIndex, language: Language) -> None:
        self._book, self._language = book, language
        self._columns: dict[str, list[str]] = {}
        name = "name_zh" if language == "zh" else "name_en"
        self._reference = {
            "region": [_named(r.code, getattr(r, name)) for r in index.regions.by_code.values()],
            "activity": [_named(a.code, getattr(a, name)) for a in index.activities.by_code.values()],
            "unit": sorted(index.spellings.published),
            "gas": ["CO2e", *index.gwp.gases],
            "gwp_set": sorted(index.gwp.sets),
        }

    def validation(self, column: Column) -> DataValidation | None:
        """The drop-down of a column. Closed lists bind; names and other spellings may be typed elsewhere."""
        if column.closed:
            values = [listed(v) if self._language == "zh" else v for v in column.closed]
            found = self._area(f"{column.name}:{'|'.join(column.closed)}", values)
        elif column.reference in self._reference:
            found = self._area(column.reference or "", self._reference[column.reference or ""])
        else:
            return None
        rule = DataValidation(type="list", formula1=found, allow_blank=True)
        rule.showErrorMessage = bool(column.closed)
        rule.errorTitle, rule.error = "Factorbase", shown(column.closed)[:200] if column.closed else None
        return rule

    def _area(self, name: str, values: Sequence[str]) -> str:
        self._columns.setdefault(name, list(values))
        letter = get_column_letter(list(self._columns).index(name) + 1)
        return f"{LISTS}!${letter}$2:${letter}${len(values) + 1}"

    def finish(self) -> None:
        tab: Any = self._book.create_sheet(LISTS)
        for place, (name, values) in enumerate(self._columns.items(), 1):
            for row, text in enumerate([name.partition(":")[0], *values], 1):
                tab.cell(row, place, text).data_type = "s"
        tab.sheet_state = "hidden"


def _named(code: str, name: str) -> str:
    return f"{code} {name}" if name else code


def _write_guide(tab: Any, language: Language) -> None:
    tab.title = "填写说明" if language == "zh" else "Guide"
    tab.column_dimensions["A"].width = 110
    for row, (zh, en) in enumerate(_GUIDE, 1):
        first, second = (zh, en) if language == "zh" else (en, zh)
        cell = tab.cell(row, 1, f"{row}. {first}\n{second}")
        cell.alignment = _WRAP


def _write_dataset(tab: Any, sheet: Sheet, lists: Lists, language: Language) -> None:
    """Fields one below the other; the third column explains with an example."""
    for place, column in enumerate(sheet.columns, 1):
        _head(tab, place, column, language)
    for place, width in ((1, 34), (2, 60), (3, 70)):
        tab.column_dimensions[get_column_letter(place)].width = width
    tab.column_dimensions["B"].number_format = "@"
    for row, column in enumerate(DATASET_FIELDS, 2):
        label = tab.cell(row, 1, _heading(column, language))
        label.alignment = _WRAP
        label.font = Font(bold=column.required)
        value = tab.cell(row, 2)
        value.number_format, value.alignment = "@", _WRAP
        hint = f"示例 example: {DATASET[column.name]}"
        tab.cell(row, 3, hint).font = _GREY
        rule = lists.validation(column)
        if rule is not None:
            tab.add_data_validation(rule)
            rule.add(f"B{row}")
    tab.freeze_panes = "A2"


def _write_sheet(
    tab: Any, sheet: Sheet, lists: Lists, rows: Sequence[dict[str, str]], language: Language
) -> None:
    """Headings, drop-downs and notes; the example's rows below, marked so that they are not read."""
    columns = _for_people(sheet)
    for place, column in enumerate(columns, 1):
        letter = get_column_letter(place)
        _head(tab, place, column, language)
        tab.column_dimensions[letter].width = 30 if column.name.startswith(("name", "title")) else 18
        tab.column_dimensions[letter].number_format = "@"
        rule = lists.validation(column)
        if rule is not None:
            tab.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{LAST_ROW}")
    for number, row in enumerate(rows, 2):
        for place, column in enumerate(columns, 1):
            text = MARK if column.name == "example" else row.get(column.name)
            cell = tab.cell(number, place, text)
            cell.number_format, cell.font, cell.fill = "@", _GREY, _EXAMPLE
    tab.row_dimensions[1].height = 32
    tab.freeze_panes = "C2" if sheet.name == "factors" else "A2"


def _for_people(sheet: Sheet) -> list[Column]:
    """The mark of the example first, then what people fill; columns of our downloads stay out."""
    hidden = _NOT_FOR_PEOPLE | (_SOURCES_ONLY if sheet.name == "sources" else frozenset())
    if sheet.name == "upstream":
        hidden -= {"ref"}
    columns = [column for column in sheet.columns if column.name not in hidden]
    return sorted(columns, key=lambda column: column.name != "example")


def _head(tab: Any, place: int, column: Column, language: Language) -> None:
    cell = tab.cell(1, place, _heading(column, language))
    cell.font, cell.alignment = _WHITE, _WRAP
    cell.fill = _HEAD_REQUIRED if column.required else _HEAD
    cell.comment = _comment(column, language)


def _heading(column: Column, language: Language) -> str:
    star = " *" if column.required else ""
    first, second = (column.zh, column.en) if language == "zh" else (column.en, column.zh)
    return f"{first}{star}\n{second}"


def _comment(column: Column, language: Language) -> Comment:
    """What belongs into the column: its name for programs, its note, its values."""
    needed = ("必填", "required") if column.required else ("可空", "optional")
    note = (column.note_zh, column.note_en)
    place = 0 if language == "zh" else 1
    lines = [f"{column.name} ({needed[place]})", note[place]]
    if column.closed:
        lines.append(shown(column.closed))
    comment = Comment("\n".join(line for line in lines if line), "Factorbase")
    comment.width, comment.height = 320, 60 + 18 * len(shown(column.closed)) // 40
    return comment


def _same_bytes(book: Workbook) -> bytes:
    """The workbook with the times of writing taken out of its archive."""
    written, out = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, _EPOCH.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, _timeless(entry.filename, source.read(entry)))
    return out.getvalue()


def _timeless(name: str, data: bytes) -> bytes:
    """openpyxl writes the moment of saving as the time of modification."""
    if name != "docProps/core.xml":
        return data
    start, end = b"<dcterms:modified", b"</dcterms:modified>"
    before, _, rest = data.partition(start)
    tag, _, after = rest.partition(b">")
    return before + start + tag + b">1980-01-01T00:00:00Z" + end + after.partition(end)[2]
