from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from dbos import DBOS, DBOSConfig
from sqlalchemy import MetaData, Table, select
from sqlalchemy.engine import Engine

from bot.privacy.server_copy import COPIED
from bot.privacy.stores import DBOS_SCHEMA, forget_in_rasa, forget_workflows
from bot.workflow_store import teach_unixepoch
from core.clock import now
from core.database import open_engine
from core.tables import new_id
from core.tables.base import UtcDateTime
from hr_bridge.connectors.records.seal import Seal
from hr_bridge.connectors.records.store import RecordsStore
from hr_bridge.connectors.records.tables import RecordsTable

NOBODY = {
    "application_versions": "versions of the program",
    "dbos_migrations": "the schema's own version",
    "event_dispatch_kv": "how far an event source was read; we have none",
    "queues": "names of queues and how many run at once",
    "workflow_schedules": "when a workflow is started by the clock; we have none",
}
"""Tables of the workflows' store without anything of a candidate, and why."""

ONLY_ON_A_SERVER = {"event_dispatch_kv"}
RECORDS_NOBODY = {"erasure": "that a candidate was erased, so that a late delivery brings nobody back"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    fresh: Callable[[], str] = request.getfixturevalue("fresh_postgres")
    return fresh()


@pytest.fixture
def workflows(url: str) -> Iterator[Engine]:
    """The store as DBOS itself makes it."""
    teach_unixepoch()
    DBOS(config=DBOSConfig(name="canary", system_database_url=url, log_level="ERROR", run_admin_server=False))
    DBOS.launch()
    DBOS.destroy()
    engine = open_engine(url)
    yield engine
    engine.dispose()


def tables_of(engine: Engine) -> dict[str, Table]:
    schema = DBOS_SCHEMA if engine.dialect.name == "postgresql" else None
    metadata = MetaData(schema=schema)
    metadata.reflect(engine, schema=schema)
    return {table.name: table for table in metadata.sorted_tables}


def plant(engine: Engine, workflow: str) -> set[str]:
    """A row of this workflow in every table that is not in NOBODY; which tables."""
    planted, tables = set(), tables_of(engine)
    with engine.begin() as connection:
        for name, table in tables.items():
            if name in NOBODY:
                continue
            row = {}
            for column in table.columns:
                python = column.type.python_type
                if python is str:
                    row[column.name] = workflow if column.name.endswith("uuid") else f"canary-{workflow}-{column.name}"
                elif not column.nullable and column.server_default is None:
                    row[column.name] = python()
            if "message_uuid" in row:
                row["message_uuid"] = new_id()
            connection.execute(table.insert().values(row))
            planted.add(name)
    return planted


def tables_naming(engine: Engine, workflow: str) -> set[str]:
    found, tables = set(), tables_of(engine)
    with engine.connect() as connection:
        for name, table in tables.items():
            if any(workflow in str(value) for row in connection.execute(table.select()) for value in row):
                found.add(name)
    return found


def test_no_table_of_the_workflows_store_keeps_a_workflow_of_the_erased(url: str, workflows: Engine) -> None:
    gone, stays = new_id(), new_id()
    planted = set()
    for workflow in (gone, f"{gone}:1", f"{gone}:12", stays):
        planted = plant(workflows, workflow)
    assert planted == set(tables_of(workflows)) - set(NOBODY)
    unexplained = set(NOBODY) - set(tables_of(workflows)) - ONLY_ON_A_SERVER
    assert unexplained == set(), "a table that went is no longer explained"
    assert tables_naming(workflows, gone) == planted, "the search finds what is there"
    assert forget_workflows(url, [gone]) == 3
    assert tables_naming(workflows, gone) == set()
    assert tables_naming(workflows, stays) == planted


def test_as_many_as_go_on_a_day_of_retention_are_forgotten_together(url: str, workflows: Engine) -> None:
    many = [new_id() for _ in range(2500)]
    status = tables_of(workflows)["workflow_status"]
    with workflows.begin() as connection:
        connection.execute(status.insert(), [{"workflow_uuid": f"{each}:1"} for each in (*many, "other")])
    assert forget_workflows(url, many) == 2500
    assert tables_naming(workflows, "other:1") == {"workflow_status"}


def test_the_dialogue_and_the_hr_records_keep_nothing_of_the_erased(url: str) -> None:
    engine = open_engine(url)
    dialogue = COPIED["rasa.sqlite"].tables["events"]
    dialogue.create(engine)
    with engine.begin() as connection:
        row = {"type_name": "user", "data": "canary"}
        connection.execute(dialogue.insert(), [{"sender_id": each, **row} for each in ("gone", "stays")])
    assert forget_in_rasa(url, ["gone"]) == 1
    with engine.connect() as connection:
        assert connection.execute(select(dialogue.c.sender_id)).scalars().all() == ["stays"]

    store = RecordsStore(url, Seal(Fernet.generate_key().decode()))
    for table in RecordsTable.metadata.sorted_tables:
        if table.name not in RECORDS_NOBODY:
            plant_in_records(engine, table)
    store.erase("gone")
    naming = {}
    with engine.connect() as connection:
        for table in RecordsTable.metadata.sorted_tables:
            naming[table.name] = connection.execute(select(table.c.candidate_id)).scalars().all()
    store.close()
    engine.dispose()
    tables = {table.name for table in RecordsTable.metadata.sorted_tables} - set(RECORDS_NOBODY)
    assert naming == {name: ["stays"] for name in tables} | {"erasure": ["gone"]}


def plant_in_records(engine: Engine, table: Table) -> None:
    with engine.begin() as connection:
        for candidate in ("gone", "stays"):
            row: dict[str, Any] = {}
            for column in table.columns:
                if isinstance(column.type, UtcDateTime):
                    row[column.name] = now()
                elif column.name == "candidate_id":
                    row[column.name] = candidate
                else:
                    row[column.name] = f"canary-{candidate}" if column.type.python_type is str else b"canary"
                    row[column.name] = 1 if column.type.python_type is int else row[column.name]
            connection.execute(table.insert().values(row))
