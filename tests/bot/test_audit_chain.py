"""What is written stays as it was, or `audit verify` names the first entry that did not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlmodel import SQLModel, col, select, text

from bot.accounts import record
from bot.audit_chain import _hash, chain_has_gaps, link_new_entries, verify_chain
from core.database import Database
from core.settings import ROOT
from core.tables import AuditEntry
from tests.builders import BUILDER


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, fresh_postgres: Callable[[], str]) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/log.sqlite" if request.param == "sqlite" else fresh_postgres()
    made = Database(url)
    SQLModel.metadata.create_all(made.engine)
    yield made
    made.close()


def write(database: Database, *actions: str) -> None:
    for action in actions:
        with database.unit_of_work() as session:
            record(session, BUILDER, action, "somebody")


def alter(database: Database, sql: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(sql))


def test_an_untouched_log_is_whole_and_what_is_new_is_linked_to_it(database: Database) -> None:
    assert verify_chain(database).to_json()["entries"] == 0
    write(database, "a", "b")
    assert link_new_entries(database) == 2
    head = verify_chain(database).head
    write(database, "c")
    found = verify_chain(database)
    assert (found.ok, found.entries, found.waiting) == (True, 2, 1)
    assert link_new_entries(database) == 1
    assert verify_chain(database, noted=head).ok
    assert link_new_entries(database) == 0


@pytest.mark.parametrize(
    ("tampering", "place"),
    [
        ("UPDATE auditentry SET actor = 'nobody' WHERE place = 2", 2),
        ("UPDATE auditentry SET at = '2001-01-01 00:00:00+00:00' WHERE place = 3", 3),
        ("DELETE FROM auditentry WHERE place = 2", 2),
        ("DELETE FROM auditentry WHERE place = 4", 4),
        ("UPDATE auditentry SET place = NULL WHERE place = 1", 1),
        ("UPDATE auditentry SET action = CASE place WHEN 2 THEN 'c' ELSE 'b' END WHERE place IN (2, 3)", 2),
        ("UPDATE auditentry SET chain_hash = 'x' WHERE place = 4", 4),
        ("UPDATE audithead SET place = 3", 4),
        ("DELETE FROM audithead", 1),
        ("INSERT INTO auditentry SELECT 'new', actor, action, subject, at, 0, 'x' FROM auditentry WHERE place = 1", 1),
    ],
)
def test_the_first_broken_entry_is_named(database: Database, tampering: str, place: int) -> None:
    write(database, "a", "b", "c", "d")
    link_new_entries(database)
    alter(database, tampering)
    found = verify_chain(database)
    assert (found.ok, found.broken_at) == (False, place)
    assert str(place) in (found.problem or "")


@pytest.mark.parametrize("tampering", ["edited", "swapped"])
def test_an_end_whose_hashes_were_reckoned_anew_is_not_the_one_that_was_linked(
    database: Database, tampering: str
) -> None:
    write(database, "a", "b", "c", "d")
    link_new_entries(database)
    with database.unit_of_work() as session:
        before, first, last = session.exec(
            select(AuditEntry).where(col(AuditEntry.place) >= 2).order_by(col(AuditEntry.place))
        ).all()
        if tampering == "edited":
            last.action = "x"
        else:
            first.action, last.action = last.action, first.action
        for entry in (first, last):
            entry.chain_hash = _hash(before.chain_hash or "", entry)
            before = entry
    found = verify_chain(database)
    assert (found.ok, found.broken_at) == (False, 4)


def test_a_chain_made_anew_does_not_hold_the_hash_that_was_noted(database: Database) -> None:
    write(database, "a", "b", "c")
    link_new_entries(database)
    noted = verify_chain(database).head
    alter(database, "DELETE FROM auditentry WHERE place = 2")
    alter(database, "UPDATE auditentry SET place = NULL, chain_hash = NULL")
    alter(database, "DELETE FROM audithead")
    link_new_entries(database)
    assert verify_chain(database).ok
    assert "made anew" in (verify_chain(database, noted).problem or "")


def test_writers_and_two_linkers_at_once_make_one_chain(database: Database) -> None:
    write(database, "first")
    link_new_entries(database)  # makes the head, which a migrated database has from the start
    writers = [threading.Thread(target=write, args=(database, *"abcdefgh")) for _ in range(4)]
    linkers = [threading.Thread(target=lambda: [link_new_entries(database) for _ in range(5)]) for _ in range(2)]
    for thread in (*writers, *linkers):
        thread.start()
    for thread in (*writers, *linkers):
        thread.join()
    link_new_entries(database)
    found = verify_chain(database)
    assert (found.ok, found.entries, found.waiting) == (True, 33, 0)
    with database.reading() as session:
        assert len(set(session.exec(select(AuditEntry.chain_hash)))) == 33
        assert not chain_has_gaps(session)


def test_a_log_from_before_the_chain_is_linked_by_the_migration(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.sqlite")
    config = Config(str(ROOT / "alembic.ini"))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        for number in range(3):
            connection.execute(
                text("INSERT INTO auditentry (id, actor, action, subject, at) VALUES (:id, '我', 'read', 'x', :at)"),
                {"id": f"id{number}", "at": f"2026-01-0{3 - number} 08:00:00.000000"},
            )
        command.upgrade(config, "head")
    found = verify_chain(database)
    assert (found.ok, found.entries, found.waiting) == (True, 3, 0)
    write(database, "later")
    assert link_new_entries(database) == 1
    assert verify_chain(database, noted=found.head).ok
    database.close()
