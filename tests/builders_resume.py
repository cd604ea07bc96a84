"""Résumé files made from text: Word with tables, PDF with columns, and files that are something else."""

from __future__ import annotations

import io
import zipfile

import docx
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

_WIDTH, _HEIGHT = 595, 842
_FONT = "STSong-Light"


def as_docx(text: str) -> bytes:
    """A paragraph a line; lines with tabs that stand together become a table."""
    document = docx.Document()
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if "\t" in line:
            rows.append(line.split("\t"))
            continue
        if rows:
            table = document.add_table(rows=0, cols=max(len(row) for row in rows))
            for row in rows:
                for cell, value in zip(table.add_row().cells, row, strict=False):
                    cell.text = value
            rows = []
        document.add_paragraph(line)
    return _saved(document)


def as_side_bar_docx(left: str, right: str) -> bytes:
    """A layout table of one row: the short column beside the long one."""
    document = docx.Document()
    cells = document.add_table(rows=1, cols=2).rows[0].cells
    for cell, text in zip(cells, (left, right), strict=True):
        cell.text = text
    return _saved(document)


def as_text_box_docx(text: str) -> bytes:
    """Everything in a text box, with the fallback copy that Word writes beside it."""
    words = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.splitlines())
    body = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body><w:p><w:r>'
        f"<mc:AlternateContent><mc:Choice><w:txbxContent>{words}</w:txbxContent></mc:Choice>"
        f"<mc:Fallback><w:txbxContent>{words}</w:txbxContent></mc:Fallback></mc:AlternateContent>"
        "</w:r></w:p></w:body></w:document>"
    )
    return packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": body.encode()})


def packed(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def as_pdf(text: str) -> bytes:
    """One line of the page a line, tabs and wide gaps at tab stops."""
    target = io.BytesIO()
    page = _page(target)
    y = _HEIGHT - 50
    for line in text.splitlines():
        x = 50.0
        for piece in line.replace("    ", "\t").split("\t"):
            if piece.strip():
                page.drawString(x, y, piece.strip())
            x = max(x + pdfmetrics.stringWidth(piece.strip(), _FONT, 10) + 24, x + 24)
        y -= 17
        if y < 50:
            page.showPage()
            page.setFont(_FONT, 10)
            y = _HEIGHT - 50
    page.save()
    return target.getvalue()


def as_side_bar_pdf(head: str, left: str, right: str) -> bytes:
    """A name across the page, then two columns."""
    target = io.BytesIO()
    page = _page(target)
    page.drawCentredString(_WIDTH / 2, _HEIGHT - 40, head)
    for x, text, leading in ((40, left, 18.0), (230, right, 16.5)):
        for number, line in enumerate(text.splitlines()):
            page.drawString(x, _HEIGHT - 80 - leading * number, line)
    page.save()
    return target.getvalue()


def as_empty_pdf(pages: int = 1) -> bytes:
    """Pages that show a drawing and no letter, as a scanner makes them."""
    target = io.BytesIO()
    page = _page(target)
    for _ in range(pages):
        page.rect(50, 50, 400, 600, fill=1)
        page.showPage()
    page.save()
    return target.getvalue()


def as_locked_pdf(text: str) -> bytes:
    """A PDF that asks for a password."""
    target = io.BytesIO()
    page = canvas.Canvas(target, encrypt="secret")
    page.drawString(50, 700, text)
    page.save()
    return target.getvalue()


def _page(target: io.BytesIO) -> canvas.Canvas:
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    page = canvas.Canvas(target, pagesize=(_WIDTH, _HEIGHT))
    page.setFont(_FONT, 10)
    return page


def _saved(document: docx.document.Document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
