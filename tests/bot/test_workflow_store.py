import sqlite3
import time

import pytest
from sqlalchemy import create_engine, text

from bot.workflow_store import teach_unixepoch


def test_a_column_that_defaults_to_milliseconds_is_filled_by_any_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    teach_unixepoch()

    with create_engine("sqlite://").begin() as connection:
        connection.execute(
            text("CREATE TABLE t (id INTEGER, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        )
        connection.execute(text("INSERT INTO t (id) VALUES (1)"))
        at = connection.execute(text("SELECT at FROM t")).scalar_one()

    assert abs(at / 1000 - time.time()) < 60
