"""A spreadsheet is taken in: good rows in chunks of one transaction each, bad rows named, the same file twice no change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol, TypeVar

from core.content import Phrase
from hr_bridge.imports.kinds import EXAMPLE_MARKS, SEARCHED_ROWS, Kind, Layout, find_layout, kind_of_file, kinds
from hr_bridge.imports.report import ImportReport, Remark
from hr_bridge.imports.row_reader import RowUnreadable, read_row
from hr_bridge.imports.rows import Row
from hr_bridge.imports.table_file import TableText, read_table

CHUNK: Final = 1000
T = TypeVar("T")


@dataclass(slots=True)
class Kept:
    """What became of the rows that were handed to a keeper; `refused` and `notes` are by line."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, Phrase]] = field(default_factory=list)
    notes: list[tuple[int, Phrase]] = field(default_factory=list)


class Keeper(Protocol):
    """Keeps rows of one kind under their natural keys: the same row again changes nothing."""

    def keep(self, rows: Sequence[tuple[int, Row]], source: str, *, dry_run: bool) -> Kept:
        """Keep these rows, whose keys differ, in one transaction; with `dry_run` say what would become of them."""
        ...


def import_file(
    data: bytes, source: str, keepers: dict[Kind, Keeper], *, kind: Kind | None, preset: str | None, dry_run: bool
) -> ImportReport:
    """Take in one CSV or XLSX. Without `kind` the name or the headings tell; blocks for as long as that takes.

    Raises:
        TableRefused: it is no table, or has not the headings that are needed.
        KindUnknown: there is no such preset.
        ReadersBusy, DatabaseBusy: try again later; chunks that were kept before stay, and the next try passes over them.
    """
    table = read_table(data)
    first = list(islice(table.rows(), SEARCHED_ROWS))
    layout = find_layout(first, kind or kind_of_file(source), preset)
    report = ImportReport(layout.kind, source, layout.preset, layout.verified, dry_run)
    report.remarks += _assumed(layout)
    keeper = keepers[layout.kind]
    for chunk in _chunks(_good_rows(table, layout, report), CHUNK):
        kept = keeper.keep(chunk, source, dry_run=dry_run)
        report.new += kept.new
        report.changed += kept.changed
        report.unchanged += kept.unchanged
        report.refused += len(kept.refused)
        report.remarks += [Remark(line, None, why) for line, why in kept.refused]
        report.remarks += [Remark(line, None, why, refused=False) for line, why in kept.notes]
    return report


def _assumed(layout: Layout) -> Iterator[Remark]:
    """What the preset adds because the file has no such column is said, never silent."""
    for name, column in kinds()[layout.kind].columns.items():
        if name in layout.defaults and name not in layout.columns:
            value = layout.defaults[name]
            why = Phrase(
                zh=f"文件没有“{column.title.zh}”列，按预设取“{value}”。",
                en=f"The file has no column for the {column.title.en}; the preset's counts: {value}.",
            )
            yield Remark(layout.header_line, None, why, refused=False)


def _good_rows(table: TableText, layout: Layout, report: ImportReport) -> Iterator[tuple[int, Row]]:
    """Rows that can be read; of a key that comes twice the first, and the second is named if it says something else."""
    seen: dict[tuple[str, ...], tuple[int, int]] = {}
    for line, cells in table.rows():
        if line <= layout.header_line or cells[0].startswith(tuple(EXAMPLE_MARKS.values())):
            continue
        report.rows += 1
        texts = {name: cells[place] for name, place in layout.columns.items() if place < len(cells)}
        try:
            row = read_row(layout.kind, texts, layout.defaults)
        except RowUnreadable as error:
            report.refused += 1
            report.remarks += [Remark(line, layout.headings.get(name or "", name), why) for name, why in error.faults]
            continue
        earlier = seen.get(row.key) if row.key else None
        if earlier is None:
            if row.key:
                seen[row.key] = line, hash(row)
            yield line, row
        elif earlier[1] == hash(row):
            report.unchanged += 1
        else:
            report.refused += 1
            why = Phrase(
                zh=f"与第 {earlier[0]} 行是同一条记录，但内容不同；以第 {earlier[0]} 行为准。",
                en=f"It is the same record as line {earlier[0]} and says something else; line {earlier[0]} counts.",
            )
            report.remarks.append(Remark(line, None, why))


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while chunk := list(islice(left, size)):
        yield chunk
