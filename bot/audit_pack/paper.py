"""A readable document on A4: headings, paragraphs and tables, with the fonts of the report."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from bot.console.report_fonts import BOLD, ONE_AT_A_TIME, REGULAR, use_fonts
from bot.console.report_pdf import DIM, FRAME_PADDING, INK, MARGIN, TRACK, WIDTH, broken, drawable
from core.content import Language

_BASE: Final = ParagraphStyle("base", fontName=REGULAR, fontSize=10, leading=15, textColor=INK)
_BODY: Final = ParagraphStyle("body", _BASE, spaceAfter=4)
_DIM: Final = ParagraphStyle("dim", _BASE, fontSize=8.5, leading=12.5, textColor=DIM, spaceAfter=3)
_TITLE: Final = ParagraphStyle("title", _BASE, fontName=BOLD, fontSize=19, leading=27, spaceAfter=2)
_HEADING: Final = ParagraphStyle("heading", _BASE, fontName=BOLD, fontSize=13, leading=19, spaceBefore=12, spaceAfter=4)
_SMALLER: Final = ParagraphStyle("smaller", _HEADING, fontSize=10.5, leading=15, spaceBefore=8)
_CELL: Final = ParagraphStyle("cell", _BASE, fontSize=8.5, leading=12)
_RIGHT: Final = ParagraphStyle("right", _CELL, alignment=TA_RIGHT)
_HEAD: Final = ParagraphStyle("head", _CELL, textColor=DIM)
_HEAD_RIGHT: Final = ParagraphStyle("head right", _HEAD, alignment=TA_RIGHT)
CELL_PADDING: Final = 3


class Paper:
    """Collects what the document says; `render` lays it out."""

    def __init__(self, language: Language, title: str, foot: str) -> None:
        self._language, self._title, self._foot = language, title, foot
        self._parts: list[tuple[str, tuple[Sequence[str], ...], Sequence[float]]] = []

    def title(self, text: str) -> None:
        self._parts.append(("title", ([text],), ()))

    def heading(self, text: str) -> None:
        self._parts.append(("heading", ([text],), ()))

    def smaller(self, text: str) -> None:
        self._parts.append(("smaller", ([text],), ()))

    def says(self, text: str) -> None:
        self._parts.append(("body", ([text],), ()))

    def remarks(self, text: str) -> None:
        self._parts.append(("dim", ([text],), ()))

    def table(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """The first row is the heading; `widths` are shares of the page that add up to 1. Numbers stand to the right."""
        self._parts.append(("table", tuple(rows), widths))

    def render(self) -> bytes:
        out = io.BytesIO()
        used = "".join(text for _, rows, _ in self._parts for row in rows for text in row)
        with ONE_AT_A_TIME:
            use_fonts("".join([used, self._title, self._foot, "0123456789–"]), self._language)
            template = SimpleDocTemplate(
                out,
                pagesize=A4,
                leftMargin=MARGIN - FRAME_PADDING,
                rightMargin=MARGIN - FRAME_PADDING,
                topMargin=18 * mm,
                bottomMargin=20 * mm,
                title=self._title,
                lang="zh-CN" if self._language == "zh" else "en",
                initialFontName=REGULAR,
            )
            template.build(self._flowables(), onFirstPage=self._draw_foot, onLaterPages=self._draw_foot)
        return out.getvalue()

    def _flowables(self) -> list[Flowable]:
        styles = {"title": _TITLE, "heading": _HEADING, "smaller": _SMALLER, "body": _BODY, "dim": _DIM}
        found: list[Flowable] = []
        for kind, rows, widths in self._parts:
            if kind == "table":
                found += [_table(rows, widths), Spacer(1, 4)]
                continue
            if kind in ("heading", "smaller"):
                found.append(CondPageBreak(28 * mm))
            found.append(_paragraph(rows[0][0], styles[kind], WIDTH))
        return found

    def _draw_foot(self, canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.setFont(REGULAR, 8)
        canvas.setFillColor(DIM)
        canvas.drawString(MARGIN, 11 * mm, drawable(self._foot))
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, str(template.page))


def _paragraph(text: str, style: ParagraphStyle, width: float) -> Paragraph:
    lines = [line for part in text.split("\n") for line in broken(drawable(part), style, width)]
    return Paragraph("<br/>".join(escape(line) for line in lines), style)


def _table(rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Table:
    widths = [WIDTH * share for share in shares]
    cells = []
    numbers = [any(_is_number(row[place]) for row in rows[1:]) for place in range(len(shares))]
    for number, row in enumerate(rows):
        heads = [_HEAD_RIGHT if right else _HEAD for right in numbers]
        styles = heads if number == 0 else [_RIGHT if _is_number(text) else _CELL for text in row]
        inner = zip(row, styles, widths, strict=True)
        cells.append([_paragraph(text, style, width - 2 * CELL_PADDING) for text, style, width in inner])
    table = Table(cells, colWidths=widths, hAlign="LEFT", repeatRows=1)
    table.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), REGULAR),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, TRACK),
            ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
            ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return table


def _is_number(text: str) -> bool:
    return bool(text) and all(sign in "0123456789.,%<–-+" for sign in text)
