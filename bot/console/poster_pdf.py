"""A poster on A4 with the QR code of a position: what the job is, what it pays as advertised, and how to begin."""

from __future__ import annotations

import io
from functools import partial

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from bot.console.report_fonts import BOLD, ONE_AT_A_TIME, REGULAR, use_fonts
from bot.console.report_pdf import ACCENT, DIM, INK
from bot.console.texts import say
from core.content import Language
from dialogue.notice import advertised_pay, who_decides
from hr_bridge.position import PositionProfile

QR: float = 110 * mm
CENTRE: float = A4[0] / 2
WIDEST: float = A4[0] - 40 * mm


def render_poster(profile: PositionProfile, url: str, company: str, language: Language) -> bytes:
    """One page; the code leads to `url`."""
    t, out = partial(say, language), io.BytesIO()
    title, place = profile.title.text(language), profile.location.text(language)
    lines = [
        (advertised_pay(profile, language), REGULAR, 18, INK),
        (place, REGULAR, 14, DIM),
    ]
    below = [
        (t("poster.scan"), BOLD, 26, ACCENT),
        (t("poster.minutes", minutes=profile.time_budget_minutes), REGULAR, 16, INK),
        (who_decides(profile, language), REGULAR, 12, DIM),
    ]
    with ONE_AT_A_TIME:
        use_fonts("".join([company, title, *(text for text, *_ in (*lines, *below))]), language)
        canvas = Canvas(out, pagesize=A4)
        canvas.setTitle(f"{title} · {company}" if company else title)
        y = A4[1] - 30 * mm
        for text, font, size, colour in ((company, REGULAR, 18, DIM), (title, BOLD, 40, INK), *lines):
            if text:
                y = _centred(canvas, text, font, size, colour, y)
        y -= QR + 6 * mm
        _code(canvas, url, y)
        y -= 6 * mm
        for text, font, size, colour in below:
            y = _centred(canvas, text, font, size, colour, y)
        canvas.showPage()
        canvas.save()
    return out.getvalue()


def _centred(canvas: Canvas, text: str, font: str, size: float, colour: Color, y: float) -> float:
    """One line, made smaller where it would not fit; the height of the next."""
    while canvas.stringWidth(text, font, size) > WIDEST and size > 8:
        size -= 1
    y -= size
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    canvas.drawCentredString(CENTRE, y, text)
    return y - size * 0.7


def _code(canvas: Canvas, url: str, y: float) -> None:
    widget = QrCodeWidget(url, barLevel="M", barWidth=QR, barHeight=QR)
    drawing = Drawing(QR, QR)
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, CENTRE - QR / 2, y)
