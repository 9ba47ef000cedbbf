"""All codes of findings with their severity and their texts. A code is never renamed or given another meaning.

Words in braces: `value` is the text of the cell, `key` the factor's key, the others are named by the caller.
An error keeps the row (or the file) out; a warning must be explained before submit (req 47); a note is told.
"""

from __future__ import annotations

from typing import Final

from app.intake.findings_codes_factors import DATASET_CODES, FACTOR_CODES
from app.intake.findings_types import SEVERITIES, Code, Severity

__all__ = ["CODES", "SEVERITIES", "Code", "Severity"]

_FILE: Final[dict[str, Code]] = {
    "file_empty": Code("error", "文件是空的。", "The file is empty."),
    "file_too_large": Code(
        "error", "文件过大，未能读取：{reason_zh}。", "The file is too large to be read: {reason_en}."
    ),
    "file_takes_too_long": Code(
        "error",
        "文件读取时间超过限制（{seconds} 秒），已停止。请拆分或简化文件。",
        "Reading the file took longer than is allowed ({seconds} s) and was stopped. Split or simplify it.",
    ),
    "file_unreadable": Code(
        "error",
        "文件已损坏或格式不符，无法读取：{reason_zh}。",
        "The file is damaged or not of this format: {reason_en}.",
    ),
    "file_encrypted": Code(
        "error",
        "工作簿已加密。请取消密码后重新上传。",
        "The workbook is encrypted. Remove the password and upload it again.",
    ),
    "file_format_not_taken": Code(
        "error",
        "不接受这种格式（{value}）。请另存为 .xlsx，或使用 CSV、NDJSON。",
        "This format is not taken ({value}). Save it as .xlsx, or use CSV or NDJSON.",
    ),
    "macros_ignored": Code(
        "warning",
        "工作簿含有宏；宏不会运行，也不会保存到数据中。",
        "The workbook holds macros; they are not run and not kept in the data.",
    ),
    "external_links_ignored": Code(
        "warning",
        "工作簿引用了其他文件；只读取已保存的数值，不更新引用。",
        "The workbook refers to other files; only the values saved in it are read.",
    ),
    "images_ignored": Code(
        "note",
        "图片和嵌入对象不会读取；请作为附件上传。",
        "Images and embedded objects are not read; upload them as attachments.",
    ),
    "encoding_guessed": Code(
        "note",
        "文件不是 UTF-8，已按 {value} 读取；请核对中文是否正确。",
        "The file is not UTF-8 and was read as {value}; check that the Chinese text is right.",
    ),
    "text_not_decodable": Code(
        "error",
        "此单元格含有不属于文件编码的字节，原文无法还原。",
        "This cell holds bytes that are not of the file's encoding; its text cannot be told.",
    ),
    "quotes_broken": Code(
        "error",
        "从此行起引号不配对，无法确定单元格的边界。",
        "Quotation marks do not match from this line on; where cells end cannot be told.",
    ),
    "line_not_json": Code(
        "error", "此行不是一个 JSON 对象：{reason}。", "This line is not one JSON object: {reason}."
    ),
    "more_of_the_same": Code(
        "note",
        "另有 {count} 条同类提示（{value}）未列出。",
        "{count} more findings of code {value} are not listed.",
    ),
}
_SHEETS: Final[dict[str, Code]] = {
    "sheet_missing": Code(
        "error",
        "缺少工作表“{zh}”（{en}）。",
        "The sheet {en!r} ({zh}) is missing.",
    ),
    "sheet_unknown": Code(
        "warning",
        "未知的工作表“{value}”，未读取。",
        "The sheet {value!r} is not known and was not read.",
    ),
    "sheet_twice": Code(
        "error",
        "工作表“{value}”与“{first}”含义相同，只读取第一个。",
        "The sheets {first!r} and {value!r} mean the same; only the first is read.",
    ),
    "no_rows": Code("error", "工作表“{value}”没有数据行。", "The sheet {value!r} has no rows of data."),
    "heading_row_missing": Code(
        "error",
        "在工作表“{value}”的前 {count} 行中没有找到表头。",
        "No heading was found in the first {count} rows of the sheet {value!r}.",
    ),
    "heading_unknown": Code(
        "warning",
        "未知的列“{value}”，未读取。",
        "The column {value!r} is not known and was not read.",
    ),
    "heading_missing": Code(
        "error",
        "缺少必需的列“{zh}”（{en}）。",
        "The required column {en!r} ({zh}) is missing.",
    ),
    "heading_twice": Code(
        "error",
        "列“{value}”与 {first} 的列含义相同；不能确定哪一列有效。",
        "The column {value!r} means the same as the one in {first}; which of them counts cannot be told.",
    ),
    "cells_beyond_headings": Code(
        "warning",
        "此行在表头之外还有内容，未读取。",
        "This row has content beyond the headings, which was not read.",
    ),
    "sheet_read_as": Code(
        "note",
        "工作表“{value}”已作为“{zh}”读取。",
        "The sheet {value!r} was read as {en!r}.",
    ),
    "column_without_heading": Code(
        "warning",
        "此列有内容但没有表头，未读取。",
        "This column has content but no heading; it was not read.",
    ),
    "row_of_another_length": Code(
        "error",
        "此行有 {count} 个单元格，表头只有 {headings} 个；可能缺少引号或分隔符有误。",
        "This row has {count} cells, the heading {headings}: a quotation mark or separator may be wrong.",
    ),
    "merged_cells": Code(
        "warning",
        "合并的单元格 {value}：只有左上角的单元格有值，其余视为空。",
        "Merged cells {value}: only the first of them has a value, the others count as empty.",
    ),
    "example_left_out": Code(
        "note",
        "这是模板中的示例行，未作为数据读取。",
        "This is the example of the template; it was not taken as data.",
    ),
}
_CELLS: Final[dict[str, Code]] = {
    "required_missing": Code("error", "必填项“{zh}”为空。", "{en!r} must be filled."),
    "text_not_storable": Code(
        "error",
        "文本含有不能保存的字符（控制字符或不完整的代理对）。",
        "The text holds characters that cannot be stored (control characters or half a surrogate pair).",
    ),
    "text_too_long": Code(
        "error",
        "文本超过 {limit} 个字符。",
        "The text is longer than {limit} characters.",
    ),
    "cell_is_error": Code(
        "error",
        "单元格是错误值 {value}。",
        "The cell holds the error value {value}.",
    ),
    "formula_without_value": Code(
        "error",
        "公式没有保存计算结果。请用 Excel 打开并保存，或粘贴为数值。",
        "The formula has no saved result. Open and save the workbook in Excel, or paste the value.",
    ),
    "formula_value_used": Code(
        "note",
        "此工作表有 {count} 个公式单元格（此处为第一个），已采用其保存的结果。",
        "This sheet has {count} cells with formulas (the first is here); their saved results were taken.",
    ),
    "not_in_list": Code(
        "error",
        "“{value}”不是“{zh}”允许的取值。",
        "{value!r} is not one of the values of {en!r}.",
    ),
    "not_a_date": Code(
        "error",
        "“{value}”不是日期；请写成 2024-05-01、2024-05 或 2024。",
        "{value!r} is not a date; write 2024-05-01, 2024-05 or 2024.",
    ),
    "not_a_year": Code(
        "error",
        "“{value}”不是四位年份。",
        "{value!r} is not a year of four digits.",
    ),
    "not_an_integer": Code("error", "“{value}”不是整数。", "{value!r} is not a whole number."),
    "json_not_readable": Code(
        "error",
        "此单元格应为 JSON：{reason}。",
        "This cell must hold JSON: {reason}.",
    ),
}
_NUMBERS: Final[dict[str, Code]] = {
    "number_unreadable": Code(
        "error",
        "“{value}”不是数值。",
        "{value!r} is not a number.",
    ),
    "number_ambiguous": Code(
        "error",
        "“{value}”的分隔符可以有两种读法；请写成 1234.5 的形式。",
        "The separators of {value!r} can be read in two ways; write it like 1234.5.",
    ),
    "number_read_as": Code(
        "warning",
        "“{value}”已读作 {read}。",
        "{value!r} was read as {read}.",
    ),
    "number_approximate": Code(
        "warning",
        "“{value}”是约数，已读作 {read}。",
        "{value!r} is approximate and was read as {read}.",
    ),
    "number_with_unit": Code(
        "error",
        "“{value}”在数值中带有单位；请把单位写在单位列。",
        "{value!r} has a unit in it; write the unit in the unit column.",
    ),
    "number_unit_repeated": Code(
        "warning",
        "“{value}”在数值中重复了单位列的单位，已读作 {read}。",
        "{value!r} repeats the unit of the unit column and was read as {read}.",
    ),
    "number_out_of_range": Code(
        "error",
        "“{value}”超出合理范围（1e±100）。",
        "{value!r} is beyond reasonable size (1e±100).",
    ),
    "number_from_binary": Code(
        "note",
        "此列有 {count} 个数字格式的单元格（此处为第一个，读作 {read}）；末尾的零可能丢失，需要保留时请改为文本。",
        "This column has {count} numeric cells (the first is here, read as {read}); zeros at the end may be lost. "
        "Make them text where they count.",
    ),
    "number_calculated": Code(
        "warning",
        "数字单元格的值是 {value}，Excel 显示为 {read}，看来是计算结果；请以文本写出应发布的数字。",
        "The numeric cell holds {value}, which Excel shows as {read}: a calculated value, it seems. Write the "
        "figure to be published as text.",
    ),
    "number_hides_digits": Code(
        "warning",
        "单元格显示为 {read}，但保存的是 {value}；已采用保存的数值。",
        "The cell shows {read} but holds {value}; what it holds was taken.",
    ),
    "number_percent_format": Code(
        "error",
        "百分比格式的单元格：显示为 {read}，保存的是 {value}。请改为文本并写明单位。",
        "A cell in percent format: it shows {read} and holds {value}. Make it text and state the unit.",
    ),
    "number_is_date": Code(
        "error",
        "此处应为数值，单元格却是日期格式（{value}）。",
        "A number belongs here, but the cell is a date ({value}).",
    ),
    "value_negative": Code("warning", "数值为负（{value}）。", "The value is negative ({value})."),
    "value_zero": Code("warning", "数值为零。", "The value is zero."),
    "bounds_reversed": Code(
        "error",
        "下限 {lower} 大于上限 {upper}。",
        "The lower bound {lower} is above the upper bound {upper}.",
    ),
    "value_outside_bounds": Code(
        "warning",
        "数值 {value} 不在上下限 {lower} 至 {upper} 之间。",
        "The value {value} is not between its bounds {lower} and {upper}.",
    ),
    "bounds_meaning_missing": Code(
        "warning",
        "有上下限但没有说明其含义（如 95% 置信区间）。",
        "There are bounds, but not what they mean (such as a 95 % confidence interval).",
    ),
    "published_differs": Code(
        "error",
        "原文“{published}”与“{value}”不是同一个值。",
        "The published spelling {published!r} and {value!r} are not the same.",
    ),
}
CODES: Final[dict[str, Code]] = {**_FILE, **_SHEETS, **_CELLS, **_NUMBERS, **FACTOR_CODES, **DATASET_CODES}
