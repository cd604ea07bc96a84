"""An empty file with our headings, in which an example line shows what belongs where; the importer passes over it."""

from __future__ import annotations

import io

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.content import Language
from hr_bridge.csv_text import csv_file
from hr_bridge.imports.kinds import EXAMPLE_MARKS, Kind, kinds

COLUMN_WIDTH = 18


def template_rows(kind: Kind, language: Language) -> tuple[list[str], list[str]]:
    """Headings, and the marked example."""
    columns = kinds()[kind].columns.values()
    example = [column.example.text(language) for column in columns]
    return [column.title.text(language) for column in columns], [
        f"{EXAMPLE_MARKS[language]} {example[0]}",
        *example[1:],
    ]


def csv_template(kind: Kind, language: Language) -> bytes:
    """As CSV in UTF-8 with BOM."""
    headings, example = template_rows(kind, language)
    return csv_file(headings, [example])


def xlsx_template(kind: Kind, language: Language) -> bytes:
    """As a workbook whose columns are text, so that Excel leaves phones and dates alone."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = kinds()[kind].title.text(language)
    headings, example = template_rows(kind, language)
    needed = [column.required for column in kinds()[kind].columns.values()]
    for place, (heading, sample, must) in enumerate(zip(headings, example, needed, strict=True), start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = COLUMN_WIDTH
        sheet.column_dimensions[letter].number_format = "@"
        sheet.cell(1, place, heading).font = Font(bold=must)
        cell = sheet.cell(2, place, sample)
        cell.number_format, cell.data_type = "@", "s"
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
