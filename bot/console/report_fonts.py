"""The fonts of the report on paper: one variable font of 30,000 signs, cut down to what is used, in two weights.

Cutting takes seconds, so set-up cuts the signs of everyday writing once. A text with a rarer sign gets a cut of its own.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Final

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont as FontFile
from fontTools.varLib.instancer import instantiateVariableFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from core.content import Language
from core.settings import ROOT

FONT: Final = files("justmytype_intl_cjk") / "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
"""Noto Sans SC (SIL Open Font License 1.1): Chinese, Latin, and the signs between them."""
REGULAR, BOLD = "Report-Regular", "Report-Bold"
WEIGHTS: Final[Mapping[str, int]] = MappingProxyType({REGULAR: 400, BOLD: 700})
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
UNKNOWN: Final = "\u25a1"
"""What stands for a sign that the font lacks, such as an emoji."""
MARKS: Final = "‘’“”…—"
ONE_AT_A_TIME: Final = Lock()
"""Held from `use_fonts` until the document is laid out: the library knows fonts by name for the whole process."""
PREPARED: Final = ROOT / "models" / "report-fonts-2"
"""A new number where what lies there changes its form."""


def is_prepared() -> bool:
    """True when the cuts for everyday writing lie where they are loaded from."""
    return all(_place(language, name).exists() for language in LANGUAGES for name in WEIGHTS)


def prepare() -> None:
    """Cut the signs of everyday writing, in both weights and for both languages, into PREPARED."""
    PREPARED.mkdir(parents=True, exist_ok=True)
    for (language, name), font in _cut(_everyday()).items():
        place = _place(language, name)
        unfinished = place.with_suffix(f".{os.getpid()}.part")
        unfinished.write_bytes(font)
        unfinished.replace(place)


def use_fonts(text: str, language: Language) -> None:
    """Make REGULAR and BOLD known to the library with every sign of `text` that the font has. The caller holds
    ONE_AT_A_TIME."""
    fonts = _prepared(language) if is_prepared() else None
    used = {ord(character) for character in text} & known_signs()
    if fonts is None or not used <= fonts[REGULAR].face.charToGlyph.keys():
        cut = _cut(used)
        fonts = {name: TTFont(name, io.BytesIO(cut[language, name])) for name in WEIGHTS}
    for name, font in fonts.items():
        # registerFont() keeps the first font of a name for the life of the process.
        pdfmetrics._fonts[name] = font  # type: ignore[attr-defined]
        pdfmetrics.registerFontFamily(name)


@cache
def known_signs() -> frozenset[int]:
    """Code points that the font can show."""
    return frozenset(FontFile(str(FONT), lazy=True).getBestCmap())


def _everyday() -> set[int]:
    """Latin letters with their accents, punctuation, arrows and signs, and the 6,763 characters of GB 2312."""
    rows = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    chinese = "".join(pair.decode("gb2312", errors="ignore") for pair in rows)
    return {*map(ord, chinese), *range(0x20, 0x250), *range(0x2000, 0x2700)} & known_signs()


def _place(language: Language, name: str) -> Path:
    return PREPARED / f"{name}-{language}.ttf"


@cache
def _prepared(language: Language) -> dict[str, TTFont]:
    return {name: TTFont(name, str(_place(language, name))) for name in WEIGHTS}


def _cut(signs: Iterable[int]) -> dict[tuple[Language, str], bytes]:
    """The font with these code points and plain Latin, by language and name of the weight."""
    cut, whole = io.BytesIO(), FontFile(str(FONT), lazy=True)
    narrow = _narrow_marks(whole)
    subsetter = Subsetter(Options(layout_features=[], notdef_outline=True, name_IDs=["*"]))
    subsetter.populate(unicodes={*signs, *range(0x20, 0x7F), ord(UNKNOWN)}, glyphs=narrow.values())
    subsetter.subset(whole)
    whole.save(cut)
    number = whole.getReverseGlyphMap()  # the names of glyphs are made up anew with each opening of the file
    fonts: dict[tuple[Language, str], bytes] = {}
    for name, weight in WEIGHTS.items():
        font = instantiateVariableFont(FontFile(io.BytesIO(cut.getvalue())), {"wght": weight})
        # Both weights carry the name of the variable font; the library takes fonts of one name for one font.
        font["name"].setName(f"NotoSansSC-{name}", 6, 3, 1, 0x409)
        fonts["zh", name] = _bytes_of(font)
        glyphs = font.getGlyphOrder()
        for table in font["cmap"].tables:
            table.cmap.update({mark: glyphs[number[one]] for mark, one in narrow.items() if mark in table.cmap})
        fonts["en", name] = _bytes_of(font)
    return fonts


def _narrow_marks(font: FontFile) -> dict[int, str]:
    """The proportional quotation marks, dots and dashes in place of those as wide as a Chinese character: code point to
    name of the glyph."""
    signs, lookups = font.getBestCmap(), font["GSUB"].table
    found: dict[int, str] = {}
    for record in lookups.FeatureList.FeatureRecord:
        if record.FeatureTag != "pwid":
            continue
        for index in record.Feature.LookupListIndex:
            for subtable in lookups.LookupList.Lookup[index].SubTable:
                narrow = getattr(subtable, "ExtSubTable", subtable).mapping
                found |= {ord(mark): narrow[signs[ord(mark)]] for mark in MARKS if signs.get(ord(mark)) in narrow}
    return found


def _bytes_of(font: FontFile) -> bytes:
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
