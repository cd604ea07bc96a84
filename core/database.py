"""The only place that opens and commits transactions.

`unit_of_work()` is one transaction: it commits when its block ends and rolls back when it raises. Inside,
code may `flush()`, never `commit()`, and no transaction stays open across a call to Rasa, a model or the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, create_engine

from core.errors import DatabaseBusy

BUSY_TIMEOUT_S = 10


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, immediate transactions) or PostgreSQL (psycopg 3)."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, or the driver would begin too late
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    # A deferred transaction that turns from reading to writing fails at once when another one wrote meanwhile;
    # taking the write lock at the start waits for its turn instead.
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))


class Database:
    """Hands out transactions on one engine."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._reading = self.engine.execution_options(sqlite_begin="BEGIN")

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One read-write transaction; the only commit() in the code base. Raises DatabaseBusy when locked too long."""
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                yield session
                session.commit()
        except OperationalError as error:
            raise _translated(error) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One read-only view: nothing done inside is kept."""
        try:
            with Session(self._reading, expire_on_commit=False) as session:
                yield session
        except OperationalError as error:
            raise _translated(error) from error

    def close(self) -> None:
        self.engine.dispose()


def _translated(error: OperationalError) -> Exception:
    text = str(error.orig)
    if "locked" in text or "busy" in text or "full" in text:
        return DatabaseBusy(
            "the database did not accept the change: it is locked or the disk is full; it is tried again"
        )
    return error
