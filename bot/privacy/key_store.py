"""The data keys of everything that was ever backed up, wrapped under the master key, in one file apart from the backups.

A backup holds no data key, so it is as unreadable as what is in it was sealed; whoever is erased loses their key here
too, and with it in every backup at once, the oldest included (docs/decisions/0019-erasure-and-backups.md).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from core.errors import Rejected

_TABLES = (
    "CREATE TABLE IF NOT EXISTS datakey (holder TEXT, id TEXT, wrapped BLOB NOT NULL, PRIMARY KEY (holder, id))",
    "CREATE TABLE IF NOT EXISTS erased (candidate_id TEXT PRIMARY KEY, erased_at TEXT NOT NULL)",
)
_AT_ONCE = 500


class KeyStoreUnusable(Rejected):
    """The file of the keys cannot be read or written."""


class KeyStore:
    """The file at `path`. `holder` is the table whose row the key belongs to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exists(self) -> bool:
        """True once a backup was made."""
        return self._path.is_file()

    def keep(self, holder: str, keys: Iterable[tuple[str, bytes]]) -> int:
        """Add keys; how many of this holder there are now. Raises KeyStoreUnusable."""
        with self._opened() as file:
            file.executemany("INSERT OR REPLACE INTO datakey VALUES (?, ?, ?)", ((holder, *key) for key in keys))
            return int(file.execute("SELECT count(*) FROM datakey WHERE holder = ?", (holder,)).fetchone()[0])

    def keys(self, holder: str) -> Mapping[str, bytes]:
        """Every key of a holder by the row's id. Raises KeyStoreUnusable."""
        with self._opened() as file:
            return dict(file.execute("SELECT id, wrapped FROM datakey WHERE holder = ?", (holder,)).fetchall())

    def forget(self, holder: str, ids: Collection[str], erased_at: str | None = None) -> int:
        """Destroy keys; how many there were. With `erased_at` it is noted that these candidates were erased: a restore
        from before erases them anew. Nothing to do where there was never a backup. Raises KeyStoreUnusable."""
        if not self.exists():
            return 0
        found, wanted = 0, list(ids)
        with self._opened() as file:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                gone = file.execute(f"DELETE FROM datakey WHERE holder = ? AND id IN ({marks})", (holder, *part))
                found += gone.rowcount
            if erased_at is not None:
                rows = [(candidate_id, erased_at) for candidate_id in wanted]
                file.executemany("INSERT OR IGNORE INTO erased VALUES (?, ?)", rows)
        return found

    def erased(self) -> frozenset[str]:
        """Ids of the candidates who were erased since the first backup. Raises KeyStoreUnusable."""
        with self._opened() as file:
            return frozenset(row[0] for row in file.execute("SELECT candidate_id FROM erased"))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not self._path.exists():
                os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(self._path, timeout=10)) as file:
                # Without a write-ahead log: a key that was destroyed is nowhere else.
                for pragma in ("journal_mode=DELETE", "secure_delete=ON", "synchronous=FULL"):
                    file.execute(f"PRAGMA {pragma}")
                for table in _TABLES:
                    file.execute(table)
                with file:
                    yield file
        except (sqlite3.Error, OSError) as error:
            raise KeyStoreUnusable(
                f"The keys of the backups at {self._path} cannot be used ({type(error).__name__}); see BACKUP_KEYS."
            ) from error
