"""CSV that a spreadsheet program opens without harm: UTF-8 with BOM, one line a row, no cell that could run as a formula.

The rule is OWASP's (https://owasp.org/www-community/attacks/CSV_Injection): a cell that begins with = + - @, a full-width
form of them, a tab or a line end gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

import phonenumbers

Cell = str | int | float | None
BOM: Final = "\ufeff"
_DANGEROUS: Final = tuple("=+-@＝＋－＠")
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def as_text(cell: str) -> str:
    """The cell as text to a spreadsheet program: line ends, tabs and control signs become a space each."""
    flat = _BREAKS.sub(" ", cell)
    starts = flat.lstrip().startswith(_DANGEROUS) or (flat != cell and _BREAKS.match(cell) is not None)
    return f"'{flat}" if starts else flat


def from_text(cell: str) -> str:
    """What `as_text` was given, line ends apart."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip().startswith(_DANGEROUS) else cell


def phone_as_text(number: str | None) -> str:
    """A number in E.164 with spaces, so that a spreadsheet program leaves it alone: 138 1234 1234, +49 30 123456."""
    if number is None:
        return ""
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException:
        return number
    forms = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, forms.NATIONAL if parsed.country_code == 86 else forms.INTERNATIONAL)


def csv_line(cells: Iterable[Cell]) -> bytes:
    """One row in UTF-8, every word as text, ended by CR LF (RFC 4180). A number stays one: it cannot run."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(
        [as_text(cell) if isinstance(cell, str) else cell for cell in cells]
    )
    return out.getvalue().encode()


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A whole file, with the mark by which Excel knows UTF-8."""
    return BOM.encode() + csv_line(header) + b"".join(csv_line(row) for row in rows)
