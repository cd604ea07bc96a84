"""What a file may bring and under which headings: `kinds.yml` for our own templates, `presets/` for other systems."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, get_args

from pydantic import Field

from core.content import Content, Language, Phrase, Words, read_content
from core.errors import Refused, Rejected
from hr_bridge.imports.table_file import TableRefused

Kind = Literal[
    "positions",
    "candidates",
    "pay_bands",
    "market",
    "performance",
    "competency_ratings",
    "exits",
    "hires",
    "pay_changes",
    "checks",
]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OWN: Final = "mianshi"
EXAMPLE_MARKS: Final[Mapping[Language, str]] = MappingProxyType({"zh": "#示例", "en": "#example"})
"""How the example line of a template begins."""
SEARCHED_ROWS: Final = 10
"""Titles and notes may stand above the headings."""
_HERE: Final = files("hr_bridge") / "imports"
_BESIDE: Final = re.compile(r"\([^()]*\)|[\s_*:]")


class KindUnknown(Refused):
    """There is no such kind of file, or no such preset."""


class KindsUnusable(Rejected):
    """A packaged file of kinds or a preset has a fault."""


class Column(Content):
    """One column of a template."""

    title: Phrase
    example: Phrase
    required: bool = False


class KindContent(Content):
    """One kind of file."""

    title: Phrase
    columns: dict[str, Column]


class _Kinds(Content):
    positions: KindContent
    candidates: KindContent
    pay_bands: KindContent
    market: KindContent
    performance: KindContent
    competency_ratings: KindContent
    exits: KindContent
    hires: KindContent
    pay_changes: KindContent
    checks: KindContent


class Preset(Content):
    """The headings of one system's exports: by kind and column, the first that is there counts."""

    title: Phrase
    verified: bool
    """Checked against a live export."""
    defaults: dict[str, Words] = Field(default_factory=dict)
    """What counts where the file has no such column, or an empty cell."""
    kinds: dict[Kind, dict[str, tuple[Words, ...]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of one file stand: `columns` by field, counted from 0, and each one's heading in the file."""

    kind: Kind
    preset: str
    verified: bool
    header_line: int
    columns: Mapping[str, int]
    headings: Mapping[str, str]
    defaults: Mapping[str, str]


@cache
def kinds() -> Mapping[Kind, KindContent]:
    """Every kind of file."""
    content = read_content(_HERE / "kinds.yml", _Kinds, KindsUnusable)
    return MappingProxyType({kind: getattr(content, kind) for kind in KINDS})


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset by name, our own first."""
    own = {
        kind: {name: (column.title.zh, column.title.en, name) for name, column in content.columns.items()}
        for kind, content in kinds().items()
    }
    found = {OWN: Preset(title=Phrase(zh="面试模板", en="Mianshi's templates"), verified=True, kinds=own)}
    for entry in sorted((_HERE / "presets").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yml"):
            found[entry.name.removesuffix(".yml")] = read_content(entry, Preset, KindsUnusable)
    return MappingProxyType(found)


def kind_named(name: str) -> Kind:
    """The kind with this key. Raises KindUnknown."""
    for kind in KINDS:
        if name == kind:
            return kind
    raise KindUnknown(f"there is no kind “{name}”; one of {', '.join(KINDS)}")


def kind_of_file(name: str) -> Kind | None:
    """The kind that a file's name begins with, by key or Chinese title: candidates-2026.csv, 绩效2025.xlsx."""
    for kind, content in kinds().items():
        if _plain(name).startswith((_plain(kind), _plain(content.title.zh))):
            return kind
    return None


def find_layout(rows: Sequence[tuple[int, list[str]]], kind: Kind | None, preset: str | None) -> Layout:
    """Find the headings in the first rows. Without `preset` whichever knows the most of them, our own where equal;
    without `kind` the only one that fits.

    Raises:
        KindUnknown: there is no such preset, or it has none of this kind.
        TableRefused: no row has all the headings that are needed; the sentence names those that are missing.
    """
    if preset is not None and preset not in presets():
        raise KindUnknown(f"there is no preset “{preset}”; one of {', '.join(presets())}")
    names = [preset] if preset else list(presets())
    asked = [kind] if kind else list(KINDS)
    if preset and kind and kind not in presets()[preset].kinds:
        raise KindUnknown(f"the preset “{preset}” knows no {kind}")
    fits = []
    for one in asked:
        found = [layout for name in names for row in rows if (layout := _layout(row, one, name))]
        if found:
            fits.append(max(found, key=lambda layout: len(layout.columns)))
    # A rating of a competency has all that an appraisal has, and more: who needs more is meant.
    fits = [fit for fit in fits if not any(_needed(fit.kind) < _needed(other.kind) for other in fits)]
    if len(fits) == 1:
        return fits[0]
    raise _missing(rows, asked[0], names) if kind else TableRefused(_UNTOLD)


_UNTOLD: Final = Phrase(
    zh="看不出这是哪类文件；请让文件名以 " + "、".join(KINDS) + " 之一开头。",
    en=f"It cannot be told what this file brings; let its name begin with one of {', '.join(KINDS)}.",
)


def _layout(row: tuple[int, list[str]], kind: Kind, preset: str) -> Layout | None:
    line, cells = row
    found = presets()[preset]
    wanted = found.kinds.get(kind, {})
    places = {heading: place for place, heading in reversed(list(enumerate(map(_plain, cells)))) if heading}
    columns = {
        name: places[heading]
        for name, headings in wanted.items()
        if (heading := next((one for one in map(_plain, headings) if one in places), None)) is not None
    }
    if not _needed(kind) <= columns.keys() | found.defaults.keys() or not columns:
        return None
    headings = {name: cells[place].strip() for name, place in columns.items()}
    return Layout(kind, preset, found.verified, line, columns, headings, found.defaults)


def _needed(kind: Kind) -> set[str]:
    return {name for name, column in kinds()[kind].columns.items() if column.required}


def _missing(rows: Sequence[tuple[int, list[str]]], kind: Kind, names: Sequence[str]) -> TableRefused:
    """Say what the row that comes nearest to our own headings, or the preset's, lacks."""
    name = names[0]
    wanted = presets()[name].kinds[kind]
    needed = [field for field, column in kinds()[kind].columns.items() if column.required]
    seen = [{_plain(cell) for cell in cells} for _, cells in rows]
    lacking = [
        [field for field in needed if not {_plain(one) for one in wanted.get(field, ())} & there] for there in seen
    ]
    fewest = min(lacking, key=len, default=needed)
    first = [wanted[field][0] if field in wanted else field for field in fewest]
    return TableRefused(
        Phrase(
            zh=f"前 {SEARCHED_ROWS} 行里没有完整的表头，缺少：{'、'.join(first)}。",
            en=f"None of the first {SEARCHED_ROWS} rows has the headings that are needed; missing: {', '.join(first)}.",
        )
    )


def _plain(heading: str) -> str:
    """A heading without what varies: case, spaces, stars, and what stands in brackets."""
    return _BESIDE.sub("", unicodedata.normalize("NFKC", heading)).casefold()
