"""Tables of a PostgreSQL server copied into a SQLite file, and back: so that a backup is the same whatever it is of.

A copy is one read-only transaction that sees one state (REPEATABLE READ); the way back is one transaction too, so that
until its end the server stands as it was.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlmodel import SQLModel

import core.tables  # noqa: F401  fills the metadata
from core.database import open_engine
from hr_bridge.connectors.records.tables import RecordsTable

AT_ONCE: Final = 500
"""Rows that are in memory together; a row may be a piece of a recording of 1 MB."""

_dialogue = MetaData()
Table(
    "events",
    _dialogue,
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255), nullable=False, index=True),
    Column("type_name", String(255), nullable=False),
    Column("timestamp", Float),
    Column("intent_name", String(255)),
    Column("action_name", String(255)),
    Column("data", Text),
)
"""Rasa's tracker store as Rasa 3.6 makes it (rasa.core.tracker_store.SQLTrackerStore.SQLEvent)."""

COPIED: Final[dict[str, MetaData]] = {
    "mianshi.sqlite": SQLModel.metadata,
    "records.sqlite": RecordsTable.metadata,
    "rasa.sqlite": _dialogue,
}
"""What is copied of a server, by the name of the file. The workflows' store is not: whatever was under way is begun anew
by the worker, which looks for what has not had its effect."""


def copy_from_server(url: str, target: Path, tables: Sequence[Table]) -> None:
    """Copy these tables into the SQLite file `target`, which has them or gets them. What the server lacks stays empty."""
    server, file = open_engine(url), open_engine(f"sqlite:///{target}")
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with server.connect().execution_options(**options) as read, file.begin() as write:
            tables[0].metadata.create_all(write, tables=tables)
            for table in reversed(tables):
                write.execute(delete(table))  # a migration may have put a first row
            _copy_rows(read, write, tables)
    finally:
        server.dispose()
        file.dispose()
    with closing(sqlite3.connect(target)) as whole:
        whole.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    os.chmod(target, 0o600)


def copy_to_server(source: Path, url: str, tables: Sequence[Table]) -> None:
    """Replace all rows of these tables on the server by those of the SQLite file `source`. What the server lacks is made."""
    server, file = open_engine(url), open_engine(f"sqlite:///{source}")
    try:
        with file.connect() as read, server.begin() as write:
            tables[0].metadata.create_all(write, tables=tables)
            # TRUNCATE gives the space of the rows back at once; after DELETE they could be read until a vacuum.
            names = ", ".join(write.dialect.identifier_preparer.format_table(table) for table in tables)
            write.execute(text(f"TRUNCATE {names}"))
            _copy_rows(read, write, tables)
            for table in tables:
                if (counted := table.autoincrement_column) is not None:
                    serial = func.pg_get_serial_sequence(table.name, counted.name)
                    write.execute(select(func.setval(serial, func.max(counted))))
    finally:
        server.dispose()
        file.dispose()


def _copy_rows(read: Connection, write: Connection, tables: Sequence[Table]) -> None:
    # A None in a JSON column arrives as JSON's null, which is read as None again.
    there = set(inspect(read).get_table_names())
    for table in (each for each in tables if each.name in there):
        rows = read.execute(select(table), execution_options={"yield_per": AT_ONCE}).mappings()
        for part in rows.partitions():
            write.execute(insert(table), [dict(row) for row in part])
