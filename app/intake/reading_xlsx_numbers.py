"""Numeric cells of a workbook -> decimal text. A cell holds a binary number; its format may fix the places.

The text is the shortest decimal that is this binary number. Where the number format shows a fixed number of
places and hides nothing (at the 15 digits that Excel shows), the text has these places: 0.558 as 0.0000 is
`0.5580`. Dates become ISO text by the workbook's calendar.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final, Literal

from app.intake.reading_types import Number
from app.intake.reading_xlsx_parts import elements, part_of_kind, uses_1904

Shape = Literal["general", "fixed", "date", "percent"]
LONGEST_FORMAT: Final = 255
"""Characters of a number format in Excel; so at most as many places."""
BINARY64: Final = float
"""The type that a numeric cell holds: it is read as such only to find its shortest decimal."""
_SHOWN: Final = Context(prec=15, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999)
_PLACES: Final = Context(prec=700, rounding=ROUND_HALF_UP)
# Built-in formats (ECMA-376 part 1, 18.8.30), those that concern us.
_BUILT_IN: Final = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00",
}  # fmt: skip
_DATES: Final = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_CODE: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_FIXED: Final = re.compile(r"[^0#?.,]*[#,?]*0[0,]*(?:\.(0+))?[^0#?.%]*")


@dataclass(frozen=True, slots=True)
class Format:
    """What a number format says: its shape, and for `fixed` and `percent` the decimal places."""

    shape: Shape = "general"
    places: int = 0


GENERAL: Final = Format()


@dataclass(frozen=True, slots=True)
class Styles:
    """The format of each cell style, by number, and the calendar."""

    formats: tuple[Format, ...]
    from_1904: bool

    def of(self, style: str | None) -> Format:
        number = int(style) if style is not None and style.isdecimal() else 0
        return self.formats[number] if number < len(self.formats) else GENERAL


def styles(archive: zipfile.ZipFile) -> Styles:
    """The styles of a workbook; all cells are general where it has none."""
    part = part_of_kind(archive, "/styles", "xl/styles.xml")
    own: dict[int, str] = {}
    formats: list[Format] = []
    inside = False
    for name, attributes in elements(archive, part) if part else ():
        if name == "numFmt":
            own[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside = True
        elif name in {"cellStyles", "dxfs"}:
            inside = False
        elif name == "xf" and inside:
            formats.append(_format(_number(attributes.get("numFmtId")), own))
    return Styles(tuple(formats), uses_1904(archive))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _format(number: int, own: dict[int, str]) -> Format:
    code = own.get(number, "")[:LONGEST_FORMAT] or _BUILT_IN.get(number, "")
    if number in _DATES and number not in own:
        return Format("date")
    return read_format(code)


def read_format(code: str) -> Format:
    """The meaning of a number format's code: `0.0000` fixes four places, `0.##` and `0.0E+0` none."""
    plain = _NOT_CODE.sub("", code[:LONGEST_FORMAT].split(";")[0])
    letters = plain.casefold().replace("general", "")
    if "%" in letters:
        places = re.search(r"\.(0+)", letters)
        return Format("percent", len(places[1]) if places else 0)
    if "e+" in letters or "e-" in letters or ("/" in letters and not re.search("[ymdhs]", letters)):
        return GENERAL
    if re.search("[ymdhs]", letters):
        return Format("date")
    match = _FIXED.fullmatch(letters)
    return Format("fixed", len(match[1] or "")) if match else GENERAL


def shortest(raw: str) -> str | None:
    """The shortest decimal of the binary number written as `raw`, without exponent; None for no number."""
    try:
        number = Decimal(repr(BINARY64(raw)))
    except (ValueError, InvalidOperation):
        return None
    if not number.is_finite() or abs(number.adjusted()) > 310:
        return None
    text = format(number, "f")
    return text[:-2] if text.endswith(".0") else text


def read_number(raw: str, format_: Format, from_1904: bool) -> Number | str:
    """A numeric cell. `raw` itself where it is no number."""
    text = shortest(raw)
    if text is None:
        return raw
    if format_.shape == "date":
        day = as_date(Decimal(text), from_1904)
        return Number(day, True, "date", day) if day else Number(text, False)
    number = Decimal(text)
    shown = _SHOWN.plus(number)
    if format_.shape == "percent":
        hundred = _PLACES.quantize(shown * 100, Decimal(1).scaleb(-format_.places))
        return Number(text, False, "percent", f"{hundred:f}%")
    if format_.shape == "fixed":
        return _fixed(text, shown, format_.places)
    if shown != number:
        return Number(text, False, "calculated", _plain(shown))
    return Number(text, False)


def _fixed(text: str, shown: Decimal, places: int) -> Number:
    rounded = _PLACES.quantize(shown, Decimal(1).scaleb(-places))
    if rounded == shown:
        return Number(f"{rounded:f}", True)
    return Number(text, False, "hidden", f"{rounded:f}")


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_date(serial: Decimal, from_1904: bool) -> str | None:
    """ISO date (with time where there is one) of a serial number; None out of range.

    Numbers below 61 of the 1900 calendar fall before its false leap day and count one day more.
    """
    if not 0 <= serial < 2_958_466:
        return None
    base = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 31 if serial < 60 else 30)  # noqa: DTZ001
    try:
        moment = base + timedelta(seconds=int((serial * 86400).to_integral_value()))
    except OverflowError:
        return None
    return moment.date().isoformat() if moment.time().isoformat() == "00:00:00" else moment.isoformat()
