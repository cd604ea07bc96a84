"""Text of a Word document in reading order: paragraphs, tables and the text boxes that templates love."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

MAX_EXPANDED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 200
MAX_MEMBERS = 2_000

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class NotWord(Exception):
    """A zip archive that is no Word document."""


class Encrypted(Exception):
    """A member of the archive wants a password."""


class TooMuchInside(Exception):
    """The archive expands beyond what a résumé can need."""


def read_docx(data: bytes) -> tuple[str, bool]:
    """(text with one line a paragraph and tabs between table cells, whether pictures are inside).

    Raises NotWord, Encrypted, TooMuchInside, zipfile.BadZipFile or ElementTree.ParseError.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        names = {member.filename for member in members}
        if "word/document.xml" not in names or "[Content_Types].xml" not in names:
            raise NotWord
        if any(member.flag_bits & 1 for member in members):
            raise Encrypted
        expanded = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or expanded > MAX_EXPANDED_BYTES or expanded > MAX_RATIO * max(len(data), 50_000):
            raise TooMuchInside
        parts = sorted(name for name in names if name.startswith("word/header") and name.endswith(".xml"))
        lines: list[str] = []
        for part in [*parts, "word/document.xml"]:
            lines += _part_lines(_read_bounded(archive, part))
        pictures = any(name.startswith("word/media/") for name in names)
    return "\n".join(lines), pictures


def _read_bounded(archive: zipfile.ZipFile, name: str) -> bytes:
    # The size in the directory is the sender's claim; read no more than the limit whatever it says.
    with archive.open(name) as member:
        content = member.read(MAX_EXPANDED_BYTES + 1)
    if len(content) > MAX_EXPANDED_BYTES:
        raise TooMuchInside
    return content


def _part_lines(xml: bytes) -> list[str]:
    if b"<!DOCTYPE" in xml[:4096]:
        raise ElementTree.ParseError("a Word part has no document type")
    lines: list[str] = []
    for block in _blocks(ElementTree.fromstring(xml)):
        lines += block
    return lines


def _blocks(element: ElementTree.Element) -> Iterator[list[str]]:
    for child in element:
        if child.tag == f"{_W}p":
            yield from _paragraph(child)
        elif child.tag == f"{_W}tbl":
            yield from (_row(row) for row in child.iter(f"{_W}tr"))
        elif child.tag != _FALLBACK:
            yield from _blocks(child)


def _paragraph(paragraph: ElementTree.Element) -> Iterator[list[str]]:
    text, boxes = _run_text(paragraph)
    yield text.split("\n")
    for box in boxes:
        yield from _blocks(box)


def _run_text(element: ElementTree.Element) -> tuple[str, list[ElementTree.Element]]:
    text, boxes = "", []
    for child in element:
        if child.tag == f"{_W}txbxContent":
            boxes.append(child)
        elif child.tag == f"{_W}t":
            text += child.text or ""
        elif child.tag in (f"{_W}tab", f"{_W}ptab"):
            # A tab inside paragraph properties is a tab stop, which has a position and is no text.
            text += "" if child.get(f"{_W}pos") else "\t"
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            text += "\n"
        elif child.tag not in (_FALLBACK, f"{_W}delText", f"{_W}instrText"):
            inner, inner_boxes = _run_text(child)
            text += inner
            boxes += inner_boxes
    return text, boxes


def _row(row: ElementTree.Element) -> list[str]:
    cells = []
    for cell in row.findall(f"{_W}tc"):
        lines = [line for block in _blocks(cell) for line in block if line.strip()]
        cells.append(lines)
    if all(len(lines) <= 1 for lines in cells):
        return ["\t".join(lines[0] if lines else "" for lines in cells)]
    return [line for lines in cells for line in lines]
