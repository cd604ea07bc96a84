"""The child process that opens a stranger's spreadsheet: bytes on stdin, rows on stdout, nothing else in reach.

`python -m hr_bridge.imports.sandboxed_table` prints one JSON array a line, [line number, [cell, …]], for each row that
is not empty, and last {"rows": count}; or the one line {"refused": reason}.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final

from hr_bridge.csv_text import from_text
from hr_bridge.resume.file_kind import decode_text, sniff
from hr_bridge.sandbox import limit_this_process

CPU_SECONDS: Final = 90
MAX_ROWS: Final = 300_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 4_000
MAX_EXPANDED_BYTES: Final = 400 * 1024 * 1024
MAX_RATIO: Final = 200
MAX_MEMBERS: Final = 2_000
_SAMPLE: Final = 64 * 1024
_CODECS: Final = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "gb18030",
    "cp1252",
    "cp437",
    "gb2312",
    "latin-1",
    "ascii",
)
_DELIMITERS: Final = (",", "\t", ";", "|")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_EXCEL_FAULTS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})

Row = tuple[int, list[str]]


class Unusable(Exception):
    """The key of the refusal is its only argument."""


def rows_of(data: bytes) -> Iterator[Row]:
    """Line number and cells of every row. Raises Unusable, and what parsers raise on damaged bytes."""
    if not data.strip():
        raise Unusable("empty")
    kind = sniff(data[:_SAMPLE]) if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0" else "text"
    if kind == "zip":
        yield from _workbook_rows(data)
    elif kind == "text":
        yield from _text_rows(data)
    else:
        raise Unusable("encrypted" if sniff(data) == "encrypted" else "legacy_xls")


def _text_rows(data: bytes) -> Iterator[Row]:
    text = decoded(data)
    if text is None:
        raise Unusable("not_a_table")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    begun = 0
    for cells in reader:
        yield begun + 1, [from_text(cell) for cell in cells]
        begun = reader.line_num


def decoded(data: bytes) -> str | None:
    """The text in UTF-8 (with or without BOM), GB 18030, UTF-16 or Windows-1252; None where it is no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        expected, encodings = "", ["utf-16"]
    else:
        # The first lines tell which; only a whole line can be decoded in every encoding.
        sample = data if len(data) <= _SAMPLE else data[: data.rfind(b"\n", 0, _SAMPLE) + 1]
        told = decode_text(sample)
        if told is None:
            return None
        expected, encodings = told, ["utf-8-sig", "gb18030", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.startswith(expected) and not _CONTROLS.search(text):
            return text
    return None


def _delimiter(text: str) -> str:
    """The sign that cuts the first rows into the most even columns."""

    def evenness(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text[:_SAMPLE]), delimiter=delimiter)
        widths = [len(row) for row in islice(reader, 20)]
        usual = max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 1
        return (widths.count(usual) if usual > 1 else 0), usual

    return max(_DELIMITERS, key=evenness)


def _workbook_rows(data: bytes) -> Iterator[Row]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if not {"xl/workbook.xml", "[Content_Types].xml"} <= {member.filename for member in members}:
            raise Unusable("not_a_table")
        if any(member.flag_bits & 1 for member in members):
            raise Unusable("encrypted")
        # zipfile reads no member beyond the size that the directory claims for it.
        expanded = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or expanded > MAX_EXPANDED_BYTES or expanded > MAX_RATIO * max(len(data), 50_000):
            raise Unusable("too_large")
    from openpyxl import load_workbook  # loaded by warm_up(): it takes longer than most tables

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
    if sheet is None:
        raise Unusable("empty")
    sheet.reset_dimensions()  # exports often claim a size that is wrong
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        yield number, [_cell_text(cell) for cell in cells[:MAX_COLUMNS]]


def _cell_text(value: Any) -> str:
    if value is None or value in _EXCEL_FAULTS:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return from_text(str(value))


def print_rows(data: bytes) -> None:
    """Print every row, or why there are none."""
    lines: list[str] = []
    try:
        for number, cells in rows_of(data):
            kept = [cell.strip()[:MAX_CELL] for cell in cells[:MAX_COLUMNS]]
            while kept and not kept[-1]:
                kept.pop()
            if not kept:
                continue
            if len(lines) >= MAX_ROWS:
                raise Unusable("too_large")
            lines.append(json.dumps([number, kept], ensure_ascii=False))
    except Unusable as why:
        lines = [json.dumps({"refused": str(why)})]
    except MemoryError:
        lines = [json.dumps({"refused": "too_large"})]
    except Exception:  # a stranger's bytes may break a parser in any way; the way is of no use to them
        lines = [json.dumps({"refused": "damaged"})]
    else:
        lines.append(json.dumps({"rows": len(lines)}))
    sys.stdout.buffer.write("\n".join(lines).encode("utf-8", errors="replace") + b"\n")


def warm_up(data: bytes) -> None:
    """Have everything loaded that Python loads at its first use: no file opens after limit_this_process()."""
    for codec in _CODECS:
        codecs.lookup(codec)
    if data[:2] == b"PK":
        from openpyxl import Workbook

        book, blank = Workbook(), io.BytesIO()
        book.active.append([1, "a", date(2024, 1, 1)])  # type: ignore[union-attr]
        book.save(blank)
        list(_workbook_rows(blank.getvalue()))


def main() -> None:
    data = sys.stdin.buffer.read()
    warm_up(data)
    limit_this_process(CPU_SECONDS)
    print_rows(data)


if __name__ == "__main__":
    main()
