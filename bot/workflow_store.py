"""What DBOS asks of its SQLite file and an older SQLite does not know."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, event

KNOWS_SUBSEC = (3, 42)
"""The SQLite that brought `unixepoch('subsec')`. On Python 3.12 DBOS takes it for given; Debian 12 has 3.40."""


def teach_unixepoch() -> None:
    """Give every SQLite connection from here on an `unixepoch(modifier)` in seconds with fractions, where SQLite's own
    has none. DBOS makes its own engine and calls it so, and in no other way."""
    if sqlite3.sqlite_version_info < KNOWS_SUBSEC:
        event.listen(Engine, "connect", _teach)


def _teach(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("unixepoch", 1, lambda _modifier: round(time.time(), 3))
