"""Text of a PDF in reading order: letters become lines, and a page with a side bar is read column by column.

pdfminer.six tells the place of every letter from the document alone. PDFium asks the machine's fonts about letters
whose font is not embedded, and drops some of them on a server that has no Chinese font.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pdfminer.cmapdb import CMapDB
from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTContainer, LTImage, LTItem
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser

from hr_bridge.resume.headings import is_heading

MAX_PAGES = 40
_CHARACTER_MAPS = ("UniGB-UCS2-H", "UniGB-UTF16-H", "GBK-EUC-H", "GBKp-EUC-H", "GBK2K-H", "GB-EUC-H")
# Gaps in heights of a letter: a word ends, a column of blanks begins, another piece begins.
_WORD_GAP, _WIDE_GAP, _PIECE_GAP = 0.2, 0.8, 1.2


class TooManyPages(Exception):
    """The document is longer than any résumé."""


class Encrypted(Exception):
    """The document wants a password."""


@dataclass(frozen=True)
class Piece:
    """One run of text on a page; coordinates in points, y growing upwards."""

    left: float
    bottom: float
    right: float
    top: float
    text: str

    @property
    def height(self) -> float:
        return max(self.top - self.bottom, 1.0)


def load_character_maps() -> None:
    """Read the tables of Chinese encodings from their files, for a process that may soon open none."""
    for name in _CHARACTER_MAPS:
        CMapDB.get_cmap(name)
    CMapDB.get_unicode_map("Adobe-GB1")


def read_pdf(data: bytes) -> tuple[str, bool]:
    """(text with one line a line and tabs at wide gaps, whether pictures are inside).

    Raises TooManyPages, Encrypted, or whatever a damaged document makes pdfminer raise.
    """
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise Encrypted from error
    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=None)
    interpreter = PDFPageInterpreter(resources, device)
    columns: list[tuple[list[str], list[str], list[str]]] = []
    pictures = False
    for number, page in enumerate(PDFPage.create_pages(document)):
        if number >= MAX_PAGES:
            raise TooManyPages
        interpreter.process_page(page)
        items = list(_items(device.get_result()))
        pictures = pictures or any(isinstance(item, LTImage) for item in items)
        letters = [item for item in items if isinstance(item, LTChar) and item.upright]
        columns.append(_page_columns(_pieces(letters), device.get_result().width))
    return "\n".join(_in_order(columns)), pictures


def _items(container: Iterable[LTItem]) -> Iterator[LTItem]:
    for item in container:
        if isinstance(item, LTContainer):
            yield from _items(item)
        else:
            yield item


def _pieces(letters: list[LTChar]) -> list[Piece]:
    """Runs of letters that follow each other on one line; a gap wider than a letter ends a run."""
    pieces: list[Piece] = []
    for letter in letters:
        text = letter.get_text()
        if text.isspace() or text.startswith("(cid:"):
            continue
        left, bottom, right, top = letter.bbox
        last = pieces[-1] if pieces else None
        gap = (left - last.right) / last.height if last is not None else 0.0
        if last is None or not last.bottom <= (bottom + top) / 2 <= last.top or not -1 < gap < _PIECE_GAP:
            pieces.append(Piece(left, bottom, right, top, text))
            continue
        blank = "  " if gap > _WIDE_GAP else " " if gap > _WORD_GAP else ""
        grown = last.text + blank + text
        pieces[-1] = replace(last, bottom=min(last.bottom, bottom), right=right, top=max(last.top, top), text=grown)
    return pieces


def _page_columns(pieces: list[Piece], width: float) -> tuple[list[str], list[str], list[str]]:
    """(lines across the page, lines of the left column, lines of the right column)."""
    gutter = _gutter(pieces, width)
    if gutter is None:
        return _lines(pieces), [], []
    middle, floor = gutter
    above = [piece for piece in pieces if piece.bottom >= floor]
    left = [piece for piece in pieces if piece.bottom < floor and piece.right <= middle]
    right = [piece for piece in pieces if piece.bottom < floor and piece.left >= middle]
    return _lines(above), _lines(left), _lines(right)


def _gutter(pieces: list[Piece], width: float) -> tuple[float, float] | None:
    """(x, y) of an empty strip below y with section headings on both sides; rows of dates have them on one only."""
    if len(pieces) < 8:
        return None
    page_top, page_bottom = max(piece.top for piece in pieces), min(piece.bottom for piece in pieces)
    best: tuple[float, float] | None = None
    for step in range(20, 81):
        middle = width * step / 100
        crossing = [piece for piece in pieces if piece.left < middle < piece.right]
        floor = min((piece.bottom for piece in crossing), default=page_top + 1)
        if floor < page_bottom + 0.6 * (page_top - page_bottom):
            continue
        sides = _sides([piece for piece in pieces if piece.bottom < floor], middle)
        if all(_has_heading(side) for side in sides) and (best is None or floor > best[1]):
            # A name above both columns belongs to neither, even where it does not cross the gutter.
            both = min(max(piece.top for piece in side) for side in sides)
            head = [piece for piece in pieces if piece.bottom >= both]
            best = (middle, floor if _names_section(head) else min(floor, both))
    return best


def _sides(pieces: list[Piece], middle: float) -> tuple[list[Piece], list[Piece]]:
    return [piece for piece in pieces if piece.right <= middle], [piece for piece in pieces if piece.left >= middle]


def _has_heading(pieces: list[Piece]) -> bool:
    return len(pieces) >= 3 and _names_section(pieces)


def _names_section(pieces: list[Piece]) -> bool:
    return any(is_heading(line) for line in _lines(pieces))


def _lines(pieces: list[Piece]) -> list[str]:
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda one: (-(one.bottom + one.top) / 2, one.left)):
        centre = (piece.bottom + piece.top) / 2
        if rows and rows[-1][0].bottom - 1 <= centre <= rows[-1][0].top + 1:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [_joined(sorted(row, key=lambda one: one.left)) for row in rows]


def _joined(row: list[Piece]) -> str:
    text, height = row[0].text, median(piece.height for piece in row)
    for before, piece in pairwise(row):
        gap = piece.left - before.right
        text += ("\t" if gap > _WIDE_GAP * height else " " if gap > _WORD_GAP * height else "") + piece.text
    return text


def _in_order(pages: list[tuple[list[str], list[str], list[str]]]) -> list[str]:
    """A column that goes on over the page break is read on before its neighbour."""
    lines: list[str] = []
    left: list[str] = []
    right: list[str] = []
    for across, page_left, page_right in pages:
        if across and (left or right):
            if not page_left:
                right += across
                continue
            right = [*right, *across]
        else:
            lines += across
        left += page_left
        right += page_right
    return lines + left + right
