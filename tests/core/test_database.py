from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound
from sqlmodel import SQLModel, select

from core import database as database_module
from core.clock import now
from core.database import Database
from core.errors import CandidateErased, DatabaseBusy
from core.tables import Candidate, Heartbeat, Interview, InterviewRating, Position, Question, RecoveryCode, User


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, fresh_postgres: Callable[[], str]) -> Database:
    url = f"sqlite:///{tmp_path}/t.sqlite" if request.param == "sqlite" else fresh_postgres()
    opened = Database(url)
    SQLModel.metadata.create_all(opened.engine)
    return opened


def test_a_unit_of_work_commits_at_its_end_and_rolls_back_on_a_fault(database: Database) -> None:
    with database.unit_of_work() as session:
        session.add(Heartbeat(process="kept", beat_at=now()))
    with pytest.raises(RuntimeError), database.unit_of_work() as session:
        session.add(Heartbeat(process="lost", beat_at=now()))
        session.flush()
        raise RuntimeError
    with database.reading() as session:
        assert session.exec(select(Heartbeat.process)).all() == ["kept"]


def test_points_in_time_come_back_in_utc(database: Database) -> None:
    beijing = datetime(2026, 11, 23, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    with database.unit_of_work() as session:
        session.add(Heartbeat(process="p", beat_at=beijing))
    with database.reading() as session:
        read = session.get_one(Heartbeat, "p").beat_at
    assert read == beijing
    assert read.utcoffset() == timedelta(0)


def test_writers_wait_for_each_other(database: Database) -> None:
    with database.unit_of_work() as session:
        session.add(Heartbeat(process="n", beat_at=datetime(2026, 1, 1, tzinfo=UTC)))

    def add_a_minute() -> None:
        for _ in range(10):
            with database.unit_of_work() as session:
                row = session.exec(select(Heartbeat).with_for_update()).one()
                row.beat_at += timedelta(minutes=1)

    threads = [threading.Thread(target=add_a_minute) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.get_one(Heartbeat, "n").beat_at == datetime(2026, 1, 1, 0, 40, tzinfo=UTC)


def test_a_database_that_stays_locked_is_told_as_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.2)
    locked = Database(f"sqlite:///{tmp_path}/locked.sqlite")
    SQLModel.metadata.create_all(locked.engine)
    with locked.unit_of_work() as holder:
        holder.add(Heartbeat(process="holder", beat_at=now()))
        holder.flush()
        with pytest.raises(DatabaseBusy), locked.unit_of_work() as session:
            session.add(Heartbeat(process="late", beat_at=now()))
            session.flush()


def test_a_naive_point_in_time_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="timezone"), database.unit_of_work() as session:
        session.add(Heartbeat(process="p", beat_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_a_server_that_is_away_is_busy_in_one_sentence() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/mianshi")
    for opened in (away.unit_of_work, away.reading):
        with pytest.raises(DatabaseBusy, match="locked, full or away") as caught, opened() as session:
            session.get(Heartbeat, "p")
        assert "\n" not in str(caught.value)


def test_a_connection_cut_in_mid_transaction_is_busy_and_the_next_one_works(fresh_postgres: Callable[[], str]) -> None:
    url = fresh_postgres()
    database = Database(url)
    SQLModel.metadata.create_all(database.engine)
    with pytest.raises(DatabaseBusy) as caught, database.unit_of_work() as session:
        pid = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(url, autocommit=True) as administrator:
            administrator.execute("SELECT pg_terminate_backend(%s)", [pid])
        session.add(Heartbeat(process="张伟的回答", beat_at=now()))
    assert "张伟" not in str(caught.value)
    assert "INSERT" not in str(caught.value)
    with database.unit_of_work() as session:
        session.add(Heartbeat(process="after", beat_at=now()))


def test_no_connection_free_is_busy(database: Database) -> None:
    database.engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    with ExitStack() as held:
        for _ in range(15):
            held.enter_context(database.reading()).connection()
        with pytest.raises(DatabaseBusy), database.reading() as session:
            session.get(Heartbeat, "p")


def test_a_missing_table_is_a_fault_of_ours_and_no_waiting_helps(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        session.connection().exec_driver_sql("SELECT * FROM nothing_of_the_kind")


def test_an_error_of_the_database_quotes_no_value(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.unit_of_work() as session:
        session.connection().execute(
            text("INSERT INTO nothing_of_the_kind VALUES (:words)"), {"words": "我叫李雷住在幸福路"}
        )
    assert "李雷" not in str(caught.value)


def test_what_went_with_a_candidate_is_told_as_erased_and_nothing_else_is(database: Database) -> None:
    with pytest.raises(CandidateErased), database.reading() as session:
        session.get_one(Interview, "gone")
    with pytest.raises(CandidateErased), database.reading() as session:
        session.exec(select(Question.stage).where(Question.id == "gone")).one()
    with pytest.raises(CandidateErased), database.unit_of_work() as session:
        session.add(InterviewRating(interview_id="gone", stars=5, given_at=now()))
    for statement in (select(User).where(User.id == "nobody"), select(Position.key).where(Position.id == "none")):
        with pytest.raises(NoResultFound), database.reading() as session:
            session.get(Interview, "gone")
            session.exec(statement).one()  # type: ignore[call-overload]
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        session.add(RecoveryCode(code_hash="c", user_id="nobody"))


def test_a_row_that_others_refer_to_is_not_told_as_erased(database: Database) -> None:
    with database.unit_of_work() as session:
        position = Position(key="sales", version=1, profile={}, created_at=now())
        candidate = Candidate(name_sealed="", created_at=now())
        session.add_all([position, candidate])
        session.flush()
        session.add(
            Interview(
                candidate_id=candidate.id, position_id=position.id, language="zh", invited_at=now(), expires_at=now()
            )
        )
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        session.connection().execute(delete(Candidate))
