"""The only place that opens and commits transactions.

`unit_of_work()` is one transaction: it commits when its block ends and rolls back when it raises. Inside,
code may `flush()`, never `commit()`, and no transaction stays open across a call to Rasa, a model or the network.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, NoResultFound, OperationalError, TimeoutError
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session, SQLModel, create_engine

from core.errors import CandidateErased, DatabaseBusy

BUSY_TIMEOUT_S = 10
GONE = "what this is about was erased meanwhile"
"""Rows about a candidate that others are asked for by id go when the candidate is erased, and in no other way."""
_WRITTEN: Final = re.compile(r'\s*(?:INSERT INTO|UPDATE)\s+"?(\w+)', re.IGNORECASE)


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, immediate transactions) or PostgreSQL (psycopg 3). No error of either quotes a value."""
    if is_file(url):
        engine = create_engine(
            url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": BUSY_TIMEOUT_S},
    )


def is_file(url: str) -> bool:
    """True for SQLite, which one machine has to itself; False for a server that many machines may share."""
    return url.startswith("sqlite")


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
        """One read-write transaction; the only commit() in the code base. Raises DatabaseBusy when the database is
        locked too long, full, or away, CandidateErased when what it is about went meanwhile."""
        with self._opened(self.engine, writing=True) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One read-only view: nothing done inside is kept. Raises what `unit_of_work` does."""
        with self._opened(self._reading) as session:
            yield session

    @contextmanager
    def _opened(self, engine: Engine, *, writing: bool = False) -> Iterator[Session]:
        asked: list[str] = []

        def note(execution: ORMExecuteState) -> None:
            mapper = execution.bind_mapper
            asked[:] = [str(mapper.local_table)] if mapper is not None else []

        with Session(engine, expire_on_commit=False) as session:
            event.listen(session, "do_orm_execute", note)
            try:
                yield session
                if writing:
                    session.commit()
            except NoResultFound as error:
                if _about_people().isdisjoint(asked):
                    raise
                raise CandidateErased(GONE) from error
            except (DBAPIError, TimeoutError) as error:
                if _refers_to_nobody(error):
                    raise CandidateErased(GONE) from error
                if not _passes(error):
                    raise
                raise DatabaseBusy(_sentence(error)) from error

    def close(self) -> None:
        self.engine.dispose()


@cache
def _about_people() -> frozenset[str]:
    """Tables of candidates and their interviews, and whatever refers to them: their rows are erased, no others are."""
    found = {"candidate", "interview"}
    for table in SQLModel.metadata.sorted_tables:
        if any(key.column.table.name in found for key in table.foreign_keys):
            found.add(table.name)
    return frozenset(found)


def _refers_to_nobody(error: DBAPIError | TimeoutError) -> bool:
    """True for a row that was written for a candidate who is not there (any more); not for one that was to be deleted
    while others refer to it, nor for a table of something else, which are faults of ours."""
    if not isinstance(error, IntegrityError):
        return False
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    written = _WRITTEN.match(error.statement or "")
    return (
        code in ("23503", "SQLITE_CONSTRAINT_FOREIGNKEY")
        and written is not None
        and written[1].lower() in _about_people()
    )


def _passes(error: DBAPIError | TimeoutError) -> bool:
    """True when the same transaction may succeed later: locked, full, deadlocked, disconnected, no connection free."""
    if isinstance(error, TimeoutError) or error.connection_invalidated:
        return True
    # SQLite's code 1 is a fault of ours: no such table, no such column, bad syntax.
    ours = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return isinstance(error, (OperationalError, InterfaceError)) and not ours


def _sentence(error: DBAPIError | TimeoutError) -> str:
    # Of the driver's error the name alone: its message may quote what was written.
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    return f"the database is locked, full or away ({name}); it is tried again, and `mianshi doctor` says more"
