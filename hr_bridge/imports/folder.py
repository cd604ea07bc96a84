"""`in` of the exchange folder: files that have come to rest are taken in, and put away with a report beside them."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from core.clock import now
from core.content import Phrase
from core.errors import Unavailable
from hr_bridge.connectors.files.folder import alone, make_folder, read_plain, write_whole
from hr_bridge.csv_text import csv_file
from hr_bridge.imports.report import HEADINGS, ImportReport
from hr_bridge.imports.table_file import MAX_BYTES, TableRefused, refused

LOOK_EVERY_S: Final = 60.0
ATTEMPTS: Final = 3
"""After these a file that ends in an unforeseen fault each time is put aside."""
LONGEST_NAME: Final = 150
"""Bytes of a file's name; file systems take 255, and what we add needs some of them."""
IN: Final = "in"
REPORT: Final = ".report.csv"
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".lock")

TakeIn = Callable[[bytes, Path], ImportReport]
"""What a file holds and where it lies → what became of it; may raise what `import_file` raises."""

_FAULT: Final = Phrase(
    zh="导入时多次出现意外故障；已导入的行不会重复。请把文件交给管理员查看日志。",
    en="An unforeseen fault came each time; rows that were taken are not taken twice. Let the operator look at the log.",
)

log = logging.getLogger("mianshi.files")


class InFolder:
    """Looks at the folder again and again. A file is taken once its size and time stood still between two looks."""

    def __init__(self, root: Path, take_in: TakeIn) -> None:
        self.folder = root / IN
        self._take_in = take_in
        self._seen: dict[str, tuple[int, int]] = {}
        self._failed: Counter[tuple[str, int, int]] = Counter()
        self._next_look = 0.0

    def look_if_due(self) -> None:
        """Look, if the last look was LOOK_EVERY_S ago. Raises what `look` raises."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_EVERY_S
            self.look()

    def look(self) -> None:
        """Take in what has come to rest, one file after the other; of two workers that look at once one does.

        Raises:
            OSError: the folder is away or may not be written to.
            ReadersBusy, DatabaseBusy: the files stay and are taken at the next look.
        """
        for folder in (self.folder, self.folder / "done", self.folder / "refused"):
            make_folder(folder)
        with alone(self.folder) as first:
            if not first:
                return
            before, self._seen = self._seen, {name: mark for name, mark in self._waiting()}
            for name, mark in self._seen.items():
                if before.get(name) == mark:
                    self._try(self.folder / name, mark)

    def _waiting(self) -> Iterator[tuple[str, tuple[int, int]]]:
        for entry in sorted(os.scandir(self.folder), key=lambda entry: entry.name):
            if is_finished(entry.name) and entry.is_file(follow_symlinks=False):
                yield entry.name, _mark(Path(entry.path))

    def _try(self, path: Path, mark: tuple[int, int]) -> None:
        """Take one file; whatever is wrong with it holds up no other."""
        try:
            self._take(path, mark)
        except Unavailable:
            raise
        except Exception as error:
            # The type alone: the message of an unforeseen error may quote a cell.
            log.error("a file of the exchange folder failed with %s", type(error).__name__)
            self._failed[path.name, *mark] += 1
            if self._failed[path.name, *mark] >= ATTEMPTS:
                self._put_away(path, "refused", _sentence(_FAULT))

    def _take(self, path: Path, mark: tuple[int, int]) -> None:
        data = b"" if mark[0] > MAX_BYTES else read_plain(path, MAX_BYTES + 1)
        if _mark(path) != mark:
            return  # it grew while it was read: it has to come to rest again
        where, report = self._outcome(path, data, mark)
        if _mark(path) != mark:
            return  # somebody put another one in its place meanwhile
        self._put_away(path, where, report)

    def _put_away(self, path: Path, where: str, report: bytes) -> None:
        place = free_place(self.folder / where, path.name)
        write_whole(place.with_name(place.name + REPORT), report)  # first: no file is put away without one
        path.rename(place)

    def _outcome(self, path: Path, data: bytes, mark: tuple[int, int]) -> tuple[str, bytes]:
        """Where the file belongs now, and the report that goes beside it."""
        try:
            if mark[0] > MAX_BYTES:
                raise refused("too_large")
            report = self._take_in(data, path)
        except TableRefused as error:
            return "refused", _sentence(error.why)
        log.info("%s: %s rows, %s refused", report.kind, report.rows, report.refused)
        return "done", report.to_csv()


def is_finished(name: str) -> bool:
    """Whether a file of this name is one to take, and not what a program keeps while it writes."""
    return not name.startswith((".", "~$")) and not name.lower().endswith(_UNFINISHED)


def free_place(folder: Path, name: str, beside: str = "") -> Path:
    """Where a file of this name goes, or the file `beside` it; with the moment in its name where there is one already.
    A name that leaves no room for ours is cut."""
    suffix = Path(name).suffix[:20]
    whole = len(name.encode()) <= LONGEST_NAME
    short = name if whole else name.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore") + suffix
    place = folder / f"{short}{beside}"
    if os.path.lexists(place):
        place = folder / f"{place.stem}-{now():%Y%m%d-%H%M%S-%f}{place.suffix}"
    return place


def _mark(path: Path) -> tuple[int, int]:
    """Size and time of change."""
    found = os.stat(path, follow_symlinks=False)
    return found.st_size, found.st_mtime_ns


def _sentence(why: Phrase) -> bytes:
    return csv_file(HEADINGS, [("", "", "未导入 not taken", why.zh, why.en)])
