"""The report on paper. The characters that it uses travel inside the file, so that it looks the same everywhere."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from bot.console.report_document import FindingItem, ReportDocument, delivery_lines
from bot.console.report_fonts import BOLD, ONE_AT_A_TIME, REGULAR, UNKNOWN, known_signs, use_fonts
from bot.console.texts import all_texts, pay_unit, say

INK, DIM, ACCENT, TRACK = HexColor("#1c2422"), HexColor("#5b6764"), HexColor("#0b6659"), HexColor("#e6ebe9")
MARGIN: Final = 20 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
FRAME_PADDING: Final = 6
"""Points that the library keeps free around each page's content."""
SEPARATOR: Final = " · "
_PIECES: Final = re.compile(
    r"[（“‘《「『【]*(?:[\u2e80-\u9fff\uf900-\ufaff]|[^\s\u2e80-\u9fff\uf900-\ufaff（“‘《「『【]+|\s|$)[，。！？：；、）”’》」』】….,;:!?)]*"
)


def render_pdf(document: ReportDocument, name: str) -> bytes:
    """Lay the report out on A4; `name` is the candidate's."""
    labels = (text[document.language] for text in all_texts().values())
    used = "".join([SEPARATOR, "“”–", name, *labels, *_texts(document.model_dump(mode="json"))])
    page, out = _Page(document, name), io.BytesIO()
    with ONE_AT_A_TIME:
        use_fonts(used, document.language)
        template = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=MARGIN - FRAME_PADDING,
            rightMargin=MARGIN - FRAME_PADDING,
            topMargin=18 * mm,
            bottomMargin=20 * mm,
            title=f"{name}{SEPARATOR}{document.position_title}",
            author=say(document.language, "common.brand"),
            lang="zh-CN" if document.language == "zh" else "en",
            initialFontName=REGULAR,
        )
        template.build(list(page.story()), onFirstPage=page.foot, onLaterPages=page.foot)
    return out.getvalue()


class _Page:
    """The parts of the report in their order, and the foot of each page."""

    def __init__(self, document: ReportDocument, name: str) -> None:
        self._report, self._name = document, name
        self._t = partial(say, document.language)
        base = ParagraphStyle("base", fontName=REGULAR, fontSize=10, leading=16, textColor=INK)
        self._body = ParagraphStyle("body", base, spaceAfter=5)
        self._dim = ParagraphStyle("dim", base, fontSize=8.5, leading=13, textColor=DIM)
        self._right = ParagraphStyle("right", base, alignment=TA_RIGHT)
        self._cell = ParagraphStyle("cell", base, leading=14)
        self._big = ParagraphStyle("big", base, fontName=BOLD, fontSize=17, leading=23)
        self._title = ParagraphStyle("title", base, fontName=BOLD, fontSize=19, leading=27)
        self._quote = ParagraphStyle("quote", base, leftIndent=4 * mm, spaceAfter=3, fontSize=9.5, leading=15)
        self._heading = ParagraphStyle(
            "heading", base, fontName=BOLD, fontSize=12, leading=18, spaceBefore=12, spaceAfter=4
        )

    def story(self) -> Iterator[Flowable]:
        report, t = self._report, self._t
        yield self._p(self._name, self._title)
        when = report.finished_at or report.reported_at
        yield self._p(
            SEPARATOR.join((report.position_title, f"{t('report.finished_at')} {_day(when)}", report.id)), self._dim
        )
        yield Spacer(1, 8)
        yield self._figures()
        yield Spacer(1, 8)
        for sentence in report.overview:
            yield self._p(sentence, self._body)
        yield KeepTogether([self._p(t("report.overview"), self._heading), self._chart()])
        yield from self._findings("report.strengths", report.strengths, "report.no_strengths")
        yield from self._findings("report.weaknesses", report.weaknesses, "report.no_weaknesses")
        if report.unscored:
            yield from self._findings("report.not_scored_title", report.unscored, "report.not_scored_title")
        spoken = [*report.corrections, *delivery_lines(report.delivery, report.language)]
        if spoken:
            yield KeepTogether([self._p(t("voice.title"), self._heading), self._p(spoken[0], self._body)])
            yield from (self._p(sentence, self._body) for sentence in spoken[1:])
        yield from self._evidence()
        yield Spacer(1, 10)
        yield self._p(t("report.assists"), self._dim)
        yield self._p(report.scorer, self._dim)

    def foot(self, canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.setFont(REGULAR, 8)
        canvas.setFillColor(DIM)
        canvas.drawString(MARGIN, 11 * mm, self._t("report.confidential"))
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, str(template.page))

    def _p(self, text: str, style: ParagraphStyle, width: float = WIDTH) -> Paragraph:
        lines = broken(drawable(text), style, width - style.leftIndent)
        return Paragraph("<br/>".join(escape(line) for line in lines), style)

    def _figures(self) -> Table:
        report, t = self._report, self._t
        level = t(f"common.level_{report.level}") if report.level else t("report.no_level")
        figures = [
            (t("report.match"), _figure(report.match), t("report.pass_line", line=f"{report.pass_line:g}")),
            (t("report.core_match"), _figure(report.core_match), t("report.core_match_hint")),
            (t("report.level"), level, t("report.applied_for", level=t(f"common.level_{report.grade}"))),
        ]
        if report.salary:
            low, high = report.salary["recommended"]
            unit = pay_unit(report.salary, report.language)
            pay = t("report.salary_range", low=f"{low:g}", high=f"{high:g}", unit=unit)
            point = t("report.salary_point", point=f"{report.salary['point']:g}", unit=unit)
            figures.append((t("report.salary"), pay, point))
        smaller = ParagraphStyle("smaller", self._big, fontSize=13)
        widths = [WIDTH * share for share in (0.2, 0.26, 0.2, 0.34)]
        cells = [
            [
                self._p(label, self._dim, width - 8),
                self._p(value, self._big if len(value) < 8 else smaller, width - 8),
                self._p(hint, self._dim, width - 8),
            ]
            for (label, value, hint), width in zip(figures, widths, strict=False)
        ]
        table = Table([cells], colWidths=widths[: len(cells)], hAlign="LEFT")
        table.setStyle(
            [
                ("FONTNAME", (0, 0), (-1, -1), REGULAR),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEABOVE", (0, 0), (-1, 0), 1, ACCENT),
                ("LINEBELOW", (0, 0), (-1, 0), 0.5, TRACK),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 8),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        )
        return table

    def _chart(self) -> Table:
        report, t = self._report, self._t
        rows: list[list[Flowable]] = []
        for each in report.competencies:
            score = t("report.unscored") if each.score is None else f"{each.score:.1f}"
            level = (
                "" if each.level is None else t("report.level_of", level=f"{each.level:.1f}", of=f"{each.expected:g}")
            )
            rows.append(
                [
                    self._p(each.title, self._cell),
                    _Bar(each.score, report.pass_line),
                    self._p(score, self._right),
                    self._p(level, ParagraphStyle("dim right", self._dim, alignment=TA_RIGHT)),
                ]
            )
        table = Table(rows, colWidths=[48 * mm, WIDTH - 102 * mm, 16 * mm, 38 * mm], hAlign="LEFT")
        table.setStyle(
            [
                ("FONTNAME", (0, 0), (-1, -1), REGULAR),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
        return table

    def _findings(self, heading: str, findings: list[FindingItem], none: str) -> Iterator[Flowable]:
        title = self._p(self._t(heading), self._heading)
        paragraphs = [self._p(finding.text, self._body) for finding in findings]
        if not paragraphs:
            paragraphs = [self._p(self._t(none), self._body)]
        yield KeepTogether([title, paragraphs[0]])
        yield from paragraphs[1:]

    def _evidence(self) -> Iterator[Flowable]:
        yield CondPageBreak(30 * mm)
        yield self._p(self._t("report.evidence"), self._heading)
        for each in self._report.competencies:
            head = ParagraphStyle("competency", self._body, fontName=BOLD, spaceAfter=2, spaceBefore=4)
            quotes = [self._p(f"“{item.quote.strip()}”", self._quote) for item in each.evidence]
            if not quotes:
                quotes = [self._p(self._t("report.no_evidence"), self._dim)]
            told = [dimension.text for dimension in each.dimensions if dimension.score is not None]
            unseen = [dimension.title for dimension in each.dimensions if dimension.score is None]
            if unseen and each.level is not None:
                titles = ("、" if self._report.language == "zh" else ", ").join(unseen)
                told.append(self._t("report.dimensions_unscored", titles=titles))
            parts = [self._p(sentence, self._dim) for sentence in told]
            yield KeepTogether([self._p(each.title, head), *parts, quotes[0]])
            yield from quotes[1:]


class _Bar(Flowable):
    """A score of 0 to 100 with the pass line; an empty track where there is none."""

    def __init__(self, score: float | None, line: float) -> None:
        super().__init__()
        self._score, self._line = score, line

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width - 6 * mm
        return width, 4 * mm

    def draw(self) -> None:
        height = 2.4 * mm
        self.canv.setFillColor(TRACK)
        self.canv.rect(0, 0, self.width, height, stroke=0, fill=1)
        if self._score is not None:
            self.canv.setFillColor(ACCENT)
            self.canv.rect(0, 0, self.width * self._score / 100, height, stroke=0, fill=1)
        self.canv.setFillColor(INK)
        self.canv.rect(self.width * self._line / 100 - 0.4, -0.6 * mm, 0.8, height + 1.2 * mm, stroke=0, fill=1)


def broken(text: str, style: ParagraphStyle, width: float) -> list[str]:
    """Break between words and between Chinese characters, but never before a closing mark or after an opening one.

    The library's own breaking of Chinese lets a full-width comma begin a line.
    """
    lines, line = [], ""
    for piece in _PIECES.findall(text):
        if line and pdfmetrics.stringWidth((line + piece).rstrip(), style.fontName, style.fontSize) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def drawable(text: str) -> str:
    """The text with UNKNOWN for what the font cannot show; joiners and variants of emoji are left out."""
    return "".join(
        character if ord(character) in known_signs() or character.isspace() else UNKNOWN
        for character in text
        if unicodedata.category(character) not in ("Cf", "Mn", "Cc") or character.isspace()
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _day(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d")
