"""What lies outside our own tables: Rasa's trackers and the store of the durable workflows. Both hold ids alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import MetaData, Table, delete, func, inspect, or_, select
from sqlalchemy.engine import Engine, make_url

from core.database import open_engine

_TRACKER: Final = "events"
_WORKFLOW: Final = "workflow_uuid"
_OF_A_WORKFLOW: Final = (_WORKFLOW, "destination_uuid")
"""Columns by which a row belongs to a workflow."""
_STATUS: Final = "workflow_status"
DBOS_SCHEMA: Final = "dbos"
AT_ONCE: Final = 500


def forget_in_rasa(url: str, interview_ids: Sequence[str]) -> int:
    """Delete the events of these conversations; how many there were. A store that was never made has none."""
    engine = _engine(url)
    if engine is None:
        return 0
    try:
        if not inspect(engine).has_table(_TRACKER):
            return 0
        events = Table(_TRACKER, MetaData(), autoload_with=engine)
        with engine.begin() as connection:
            found = connection.execute(delete(events).where(events.c.sender_id.in_(interview_ids)))
        _truncate_log(engine)
        return int(found.rowcount)
    finally:
        engine.dispose()


def forget_workflows(url: str, subjects: Sequence[str]) -> int:
    """Delete the workflows of these interviews and recordings, with all their steps and attempts; how many there were.
    One that is still running fails at its next step, since it has no workflow to write to."""
    engine = _engine(url)
    if engine is None:
        return 0
    try:
        found = 0
        schema = DBOS_SCHEMA if engine.dialect.name == "postgresql" else None
        if not inspect(engine).has_table(_STATUS, schema=schema):
            return 0
        metadata = MetaData(schema=schema)
        metadata.reflect(engine, schema=schema)
        status = metadata.tables[f"{schema}.{_STATUS}" if schema else _STATUS]
        # A workflow bears its subject's id, and `id:1`, `id:2` … where it was started again. Compared by its beginning:
        # what lies between two texts depends on the language that a server sorts by.
        ids: list[str] = []
        with engine.begin() as connection:
            for start in range(0, len(subjects), AT_ONCE):
                part = subjects[start : start + AT_ONCE]
                name = status.c[_WORKFLOW]
                ours = [func.substr(name, 1, size).in_(part) for size in sorted({len(each) for each in part})]
                ids += connection.execute(select(name).where(or_(*ours))).scalars()
            for table in reversed(metadata.sorted_tables) if ids else ():
                for column in (table.c[each] for each in _OF_A_WORKFLOW if each in table.c):
                    gone = connection.execute(delete(table).where(column.in_(ids))).rowcount
                    found += gone if table is status else 0
        _truncate_log(engine)
        return found
    finally:
        engine.dispose()


def _engine(url: str) -> Engine | None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        return None
    return open_engine(url)


def _truncate_log(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
