"""A folder as an HR system shares it: it can go away, and fail to confirm what it took."""

from __future__ import annotations

import csv
import errno
from pathlib import Path

import pytest

from hr_bridge.connectors.files import connector as module
from hr_bridge.connectors.files.connector import FilesConnector
from hr_bridge.connectors.files.folder import sync_folder
from hr_bridge.connectors.files.row import COLUMNS


class SharedFolder:
    """The folder `hr` in `place`, and a connector that writes there."""

    def __init__(self, place: Path, patching: pytest.MonkeyPatch) -> None:
        self.root, self._away = place / "hr", place / "away"
        self.root.mkdir()
        self.connector = FilesConnector(self.root)
        self._fails_next = False
        patching.setattr(module, "sync_folder", self._sync)

    async def stop(self) -> None:
        self.root.rename(self._away)

    async def start(self) -> None:
        self._away.rename(self.root)
        self.connector = FilesConnector(self.root)

    def lose_next_answer(self) -> None:
        self._fails_next = True

    async def count_effects(self, candidate_id: str) -> int:
        in_files = [row for path in (self.root / "out" / "effects").glob("*.csv") for row in read_rows(path)]
        about = [row["effect_id"] for row in in_files if row["candidate_id"] == candidate_id]
        assert len(about) == len(set(about))
        return len(about)

    @property
    def results(self) -> list[dict[str, str]]:
        return read_rows(self.root / "out" / "results.csv")

    def _sync(self, folder: Path) -> None:
        if self._fails_next:
            self._fails_next = False
            raise OSError(errno.EIO, "Input/output error")
        sync_folder(folder)


def read_rows(path: Path) -> list[dict[str, str]]:
    """What a program sees: the first word of each heading names the column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == COLUMNS
    return [dict(zip([name.split()[0] for name in COLUMNS], row, strict=True)) for row in rows[1:]]
