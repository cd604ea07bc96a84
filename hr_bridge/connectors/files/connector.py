"""Results for an HR system without an API: one CSV file an effect, and all of them in `results.csv`.

The file of an effect, named by its id, is the truth; `results.csv` is made from these files and caught up with them
whenever it differs from what we last left there. Both carry the same rows (docs/files.md).
"""

from __future__ import annotations

import asyncio
import csv
import io
import logging
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Final

from core.clock import now
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable, Receipt
from hr_bridge.connectors.files.folder import OutFolder, append, plain_files, read_plain, sync_folder, write_whole
from hr_bridge.connectors.files.row import COLUMNS, fingerprint, moment, row_of
from hr_bridge.csv_text import BOM, csv_line

_HEADER: Final = BOM.encode() + csv_line(COLUMNS)
_CANDIDATE: Final = COLUMNS.index("candidate_id 候选人编号")
_FINGERPRINT: Final = COLUMNS.index("fingerprint 校验码")
_RECEIVED: Final = COLUMNS.index("received_at 写入时间")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = logging.getLogger("mianshi.files")


class FilesConnector:
    """Writes into `out` of the exchange folder. Several workers may share one."""

    name: Final = "files"

    def __init__(self, root: Path) -> None:
        self._folder = OutFolder(root)
        self._left_behind: tuple[int, int, int] | None = None
        """Of results.csv as we last wrote it: inode, size, time of change."""

    async def deliver(self, effect: Effect) -> Receipt:
        """See `Connector.deliver`."""
        return await asyncio.to_thread(self._deliver, effect)

    async def find(self, effect_id: str) -> Receipt | None:
        """See `Connector.find`."""
        return await asyncio.to_thread(self._find, effect_id)

    async def erase(self, candidate_id: str) -> None:
        """See `Connector.erase`. Copies that others took from the folder are theirs to erase."""
        await asyncio.to_thread(self._erase, candidate_id)

    def _deliver(self, effect: Effect) -> Receipt:
        if not _NAME.fullmatch(effect.id):
            raise HrmsRejected("The effect's id cannot be the name of a file.")
        with self._folder.locked():
            if self._tombstone(effect.assessment.candidate.id).exists():
                raise HrmsRejected("The candidate was erased from the exchange folder.")
            path = self._path(effect.id)
            earlier = _read(path)
            if earlier is not None:
                if _cells(earlier)[_FINGERPRINT] != fingerprint(effect):
                    raise HrmsRejected(f"The file {path.name} is there already and says something else.")
                self._catch_up(None)
                return _receipt(effect.id, earlier)
            row = row_of(effect, now())
            write_whole(path, _HEADER + row)
            try:
                sync_folder(path.parent)
            except OSError as error:
                raise DeliveryUnknown(effect.id, "The folder did not confirm that the file is kept.") from error
            self._catch_up(row)
            return _receipt(effect.id, row)

    def _find(self, effect_id: str) -> Receipt | None:
        if not _NAME.fullmatch(effect_id):
            return None
        with self._folder.locked():
            content = _read(self._path(effect_id))
            if content is None:
                return None
            sync_folder(self._folder.effects)  # an earlier attempt may have ended before the name was safe
            return _receipt(effect_id, content)

    def _erase(self, candidate_id: str) -> None:
        if not _NAME.fullmatch(candidate_id):
            raise HrmsRejected("The candidate's id cannot be the name of a file.")
        with self._folder.locked():
            tombstone = self._tombstone(candidate_id)
            if not tombstone.exists():
                write_whole(tombstone, f"{moment(now())}\r\n".encode())
                sync_folder(tombstone.parent)
            for path in plain_files(self._folder.effects):
                if path.name.endswith(".part") or _is_about(candidate_id, read_plain(path)):
                    path.unlink()
            sync_folder(self._folder.effects)
            self._rebuild()

    def _path(self, effect_id: str) -> Path:
        return self._folder.effects / f"{effect_id}.csv"

    def _tombstone(self, candidate_id: str) -> Path:
        return self._folder.erased / candidate_id

    def _catch_up(self, new_row: bytes | None) -> None:
        """Bring results.csv in step. It waits for the next delivery where it cannot be: a clerk may hold it open."""
        results = self._folder.results
        try:
            if self._left_behind is None or _identity(results) != self._left_behind:
                self._rebuild()
            elif new_row is not None:
                append(results, new_row)
                self._left_behind = _identity(results)
        except OSError as error:
            self._left_behind = None
            log.warning("results.csv could not be brought up to date (%s); the files of the effects are", error.errno)

    def _rebuild(self) -> None:
        contents = [read_plain(path) for path in plain_files(self._folder.effects) if path.suffix == ".csv"]
        rows = [content.removeprefix(_HEADER) for content in contents if _is_ours(content)]
        if len(rows) < len(contents):
            log.warning(
                "%d files in out/effects are not as they were written and not in results.csv", len(contents) - len(rows)
            )
        rows.sort(key=lambda row: _cells(row)[_RECEIVED])
        write_whole(self._folder.results, _HEADER + b"".join(rows))
        sync_folder(self._folder.results.parent)
        self._left_behind = _identity(self._folder.results)


def _read(path: Path) -> bytes | None:
    try:
        return read_plain(path)
    except FileNotFoundError:
        return None


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _cells(content: bytes) -> list[str]:
    """The cells of the last row; empty ones where it is no row of ours any more."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))
    return rows[-1] if rows and len(rows[-1]) == len(COLUMNS) else [""] * len(COLUMNS)


def _is_ours(content: bytes) -> bool:
    """True for our heading and one whole row under it: of anything else results.csv would become unreadable."""
    return (
        content.startswith(_HEADER) and content.endswith(b"\r\n") and content.count(b"\n") == 2 and any(_cells(content))
    )


def _is_about(candidate_id: str, content: bytes) -> bool:
    named = _cells(content)[_CANDIDATE]
    return named == candidate_id if named else candidate_id.encode() in content


def _receipt(effect_id: str, content: bytes) -> Receipt:
    try:
        at = datetime.fromisoformat(_cells(content)[_RECEIVED])
    except ValueError:
        raise HrmsUnavailable(f"Somebody changed out/effects/{effect_id}.csv: put it back as it was.") from None
    return Receipt(effect_id=effect_id, remote_id=f"out/effects/{effect_id}.csv", received_at=at)
