from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, WorkflowStatus
from sqlmodel import col, select

from bot import recordings, worker
from bot.hearing import HearingSteps
from bot.services import Services
from bot.worker import fire_due_timers, launch_workflows, open_queue, work
from core import clock
from core.clock import now
from core.errors import DatabaseBusy
from core.tables import Delivery, InboxMessage, Interview, Recording, Report, Timer
from scoring.heard import Heard
from scoring.llm_steps import LanguageModelSteps
from scoring.score import AnswerScore, AnswerToScore
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import furnished
from tests.bot.gateway.chat_door import invite, open_door
from tests.builders import finished_interview, invited_interview
from tests.fakes.fixed_listener import FixedListener, fixed_probe, recording


def test_a_timer_fires_once_when_it_is_due(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        session.add(Timer(kind="time_up", subject=interview_id, due_at=now() + timedelta(minutes=5)))
    fire_due_timers(door.database)
    assert signals(door.database) == []
    with clock.hands_restored():
        clock.turn_forward(timedelta(minutes=6))
        fire_due_timers(door.database)
        fire_due_timers(door.database)
    assert signals(door.database) == ["time_up"]


def test_a_finished_interview_is_not_disturbed(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        session.get_one(Interview, interview_id).finished_at = now()
        session.add(Timer(kind="time_up", subject=interview_id, due_at=now() - timedelta(minutes=5)))
    fire_due_timers(door.database)
    assert signals(door.database) == []


def test_a_timer_put_off_while_a_turn_is_answered_neither_fires_nor_deadlocks(
    tmp_path: Path, fresh_postgres: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    door = open_door(tmp_path, url=fresh_postgres())
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        session.add(Timer(kind="time_up", subject=interview_id, due_at=now() - timedelta(seconds=1)))
    with ThreadPoolExecutor() as threads:
        with door.database.unit_of_work() as session:
            session.get_one(Interview, interview_id, with_for_update=True)
            firing = threads.submit(fire_due_timers, door.database)
            with pytest.raises(TimeoutError):  # it waits for the interview
                firing.result(0.5)
            session.exec(select(Timer)).one().due_at = now() + timedelta(minutes=5)
        firing.result(10)
    assert signals(door.database) == []
    assert "timer" not in caplog.text


def test_a_poisoned_timer_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = open_door(tmp_path)
    poisoned, sound = invite(door).interview_id, invite(door).interview_id
    with door.database.unit_of_work() as session:
        for subject in ("an interview that is gone", poisoned, sound):
            session.add(Timer(kind="time_up", subject=subject, due_at=now() - timedelta(minutes=5)))
    add_signal = worker.add_signal

    def stumble(session: object, interview_id: str, *rest: str) -> None:
        if interview_id == poisoned:
            raise ValueError("我叫李雷")
        add_signal(session, interview_id, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "add_signal", stumble)
    fire_due_timers(door.database)
    with door.database.reading() as session:
        assert session.exec(select(InboxMessage.interview_id)).all() == [sound]
        assert session.exec(select(Timer.subject).where(Timer.fired_at == None)).all() == [poisoned]  # noqa: E711
    assert "failed with ValueError" in caplog.text
    assert "李雷" not in caplog.text


async def test_each_job_fails_on_its_own_and_a_hanging_hrms_delays_no_timer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "LOOK_EVERY_S", 0.01)
    stop, looks = asyncio.Event(), {"sweep": 0, "fire": 0, "deliver": 0}

    async def sweep() -> None:
        looks["sweep"] += 1
        raise KeyError("我叫李雷")

    async def fire() -> None:
        looks["fire"] += 1
        if looks["fire"] > 3 and looks["sweep"] > 3:
            stop.set()
        raise DatabaseBusy("the database is away")

    async def deliver() -> None:
        looks["deliver"] += 1
        await asyncio.sleep(600)

    await asyncio.wait_for(work(sweep, fire, deliver, stop), 10)
    assert looks["deliver"] == 1
    assert "assessments failed with KeyError" in caplog.text
    assert "timers: the database is away" in caplog.text
    assert "李雷" not in caplog.text


class Unimpressed:
    """Scores without a model."""

    def score(self, answers: Sequence[AnswerToScore]) -> list[AnswerScore]:
        return [AnswerScore.unscored("too short", "none") for _ in answers]


async def test_a_language_model_step_that_fails_for_good_does_not_keep_back_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = []

    class Broken(LanguageModelSteps):
        def rate_answers(self, interview_id: str) -> None:
            with services.database.reading() as session:
                tried.append(("rate_answers", len(session.exec(select(Report)).all())))
            raise DatabaseBusy("locked")

        def word_report(self, interview_id: str) -> None:
            with services.database.reading() as session:
                tried.append(("word_report", len(session.exec(select(Report)).all())))

    with furnished(tmp_path, monkeypatch) as services:
        interview_id = finished_interview(services)
        steps = AssessmentSteps(services.database, services.keys, Unimpressed(), ["records"])
        broken = Broken(services.database, services.keys, services.settings.language_model)
        start, _ = launch_workflows(services.settings, "worker-test", steps, broken, deaf(services))
        try:
            await asyncio.to_thread(start, interview_id)
            await asyncio.to_thread(lambda: DBOS.retrieve_workflow(interview_id).get_result())
        finally:
            DBOS.destroy()
        with services.database.reading() as session:
            assert session.exec(select(Delivery.kind)).all() == ["result"]
    assert tried == [("rate_answers", 0)] * 3 + [("word_report", 1)]
    assert f"interview {interview_id}: rate_a_second_time failed" in caplog.text


def deaf(services: Services) -> HearingSteps:
    """For workflows without recordings."""
    return HearingSteps(services.database, services.keys, FixedListener)


class FailsOnce(Unimpressed):
    def __init__(self) -> None:
        self.calls = 0

    def score(self, answers: Sequence[AnswerToScore]) -> list[AnswerScore]:
        self.calls += 1
        if self.calls == 1:
            raise ValueError("a fault of ours")
        return super().score(answers)


@pytest.mark.parametrize(
    ("status", "version", "again"),
    [
        ("ERROR", worker.WORKFLOW_VERSION, True),
        ("CANCELLED", worker.WORKFLOW_VERSION, True),
        ("MAX_RECOVERY_ATTEMPTS_EXCEEDED", worker.WORKFLOW_VERSION, True),
        ("PENDING", "1", True),
        ("PENDING", worker.WORKFLOW_VERSION, False),
        ("PENDING", "99", False),
    ],
)
async def test_an_assessment_that_will_not_end_well_by_itself_is_started_again_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, version: str, again: bool
) -> None:
    monkeypatch.setattr(worker, "STEP_ATTEMPTS", 1)
    with furnished(tmp_path, monkeypatch, DBOS_DATABASE_URL=f"sqlite:///{tmp_path}/dbos.sqlite") as services:
        interview_id = finished_interview(services)
        steps = AssessmentSteps(services.database, services.keys, FailsOnce(), ["records"])
        language_model = LanguageModelSteps(services.database, services.keys, services.settings.language_model)
        start, _ = launch_workflows(services.settings, "worker-test", steps, language_model, deaf(services))
        try:
            await asyncio.to_thread(start, interview_id)
            with pytest.raises(Exception, match="score_answers"):
                await asyncio.to_thread(lambda: DBOS.retrieve_workflow(interview_id).get_result())
            with sqlite3.connect(tmp_path / "dbos.sqlite") as durable:
                durable.execute("UPDATE workflow_status SET status = ?, application_version = ?", (status, version))
            await asyncio.to_thread(start, interview_id)
            assert len(await DBOS.list_workflows_async()) == 1  # it rests first
            with clock.hands_restored():
                clock.turn_forward(worker.FIRST_PAUSE)
                await asyncio.to_thread(start, interview_id)
            ids = [one.workflow_id for one in await DBOS.list_workflows_async()]
            assert ids == ([interview_id, f"{interview_id}:1"] if again else [interview_id])
            if again:
                await asyncio.to_thread(lambda: DBOS.retrieve_workflow(ids[1]).get_result())
                assert steps.waiting() == []
        finally:
            DBOS.destroy()


def test_the_pauses_between_assessments_grow_to_an_hour() -> None:
    ended = WorkflowStatus()
    ended.status = "ERROR"
    with clock.hands_restored():
        for attempts, minutes in ((1, 1), (2, 2), (4, 8), (7, 60), (5000, 60)):
            ended.updated_at = int(now().timestamp() * 1000)
            clock.turn_forward(timedelta(minutes=minutes, seconds=-5))
            assert not worker.may_start_again(ended, attempts)
            clock.turn_forward(timedelta(seconds=5))
            assert worker.may_start_again(ended, attempts)


def signals(database: object) -> list[str | None]:
    with database.reading() as session:  # type: ignore[attr-defined]
        return list(session.exec(select(InboxMessage.payload).where(InboxMessage.kind == "signal")))


async def test_recordings_are_heard_one_after_the_other_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "probe", fixed_probe)
    at_once: list[int] = []

    class Slow(FixedListener):
        def listen(self, data: bytes, **more: Any) -> Heard:
            at_once.append(1)
            most.append(len(at_once))
            time.sleep(0.3)
            at_once.pop()
            return super().listen(data, **more)

    most: list[int] = []
    ear = Slow()
    with furnished(tmp_path, monkeypatch, DBOS_DATABASE_URL=f"sqlite:///{tmp_path}/dbos.sqlite") as services:
        interview_id = invited_interview(services)
        with services.database.unit_of_work() as session:
            session.get_one(Interview, interview_id).consented_at = now()
        for number in range(3):
            recordings.receive_recording(services, interview_id, str(number), recording(f"紫色犀牛{number}"))
        steps = AssessmentSteps(services.database, services.keys, Unimpressed(), ["records"])
        language_model = LanguageModelSteps(services.database, services.keys, services.settings.language_model)
        hearing = HearingSteps(services.database, services.keys, lambda: ear)
        _, start = launch_workflows(services.settings, "worker-test", steps, language_model, hearing)
        try:
            await open_queue(services.settings)
            for recording_id in hearing.waiting() * 2:
                await asyncio.to_thread(start, recording_id)
            while hearing.waiting():
                await asyncio.sleep(0.1)
        finally:
            DBOS.destroy()
        with services.database.reading() as session:
            told = session.exec(
                select(InboxMessage.payload).where(col(InboxMessage.payload).startswith("heard:"))
            ).all()
            assert all(row.heard_at for row in session.exec(select(Recording)))
    assert len(told) == len(ear.asked) == 3
    assert max(most) == 1
    durable = (tmp_path / "dbos.sqlite").read_bytes()
    assert "紫色犀牛".encode() not in durable
    assert "紫色犀牛".encode("unicode_escape") not in durable


@asynccontextmanager
async def waiting_to_be_heard(
    folder: Path, monkeypatch: pytest.MonkeyPatch, listener: type[FixedListener]
) -> AsyncIterator[tuple[Services, HearingSteps, Callable[[str], None], str]]:
    """One recording that came in and the workflows that hear it with `listener`, in two attempts."""
    monkeypatch.setattr(recordings, "probe", fixed_probe)
    monkeypatch.setattr(worker, "HEARING_ATTEMPTS", 2)
    with furnished(folder, monkeypatch, DBOS_DATABASE_URL=f"sqlite:///{folder}/dbos.sqlite") as services:
        interview_id = invited_interview(services)
        with services.database.unit_of_work() as session:
            session.get_one(Interview, interview_id).consented_at = now()
        recordings.receive_recording(services, interview_id, "1", recording("你好"))
        steps = AssessmentSteps(services.database, services.keys, Unimpressed(), ["records"])
        language_model = LanguageModelSteps(services.database, services.keys, services.settings.language_model)
        hearing = HearingSteps(services.database, services.keys, listener)
        _, start = launch_workflows(services.settings, "worker-test", steps, language_model, hearing)
        try:
            await open_queue(services.settings)
            (recording_id,) = hearing.waiting()
            yield services, hearing, start, recording_id
        finally:
            DBOS.destroy()


async def test_a_recording_that_fails_each_time_is_given_up_and_the_candidate_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(FixedListener):
        def listen(self, data: bytes, **more: Any) -> Heard:
            raise ValueError("a fault of ours")

    async with waiting_to_be_heard(tmp_path, monkeypatch, Broken) as (services, hearing, start, recording_id):
        await asyncio.to_thread(start, recording_id)
        while hearing.waiting():
            await asyncio.sleep(0.1)
        with services.database.reading() as session:
            given_up = session.exec(select(Recording)).one()
            told = session.exec(
                select(InboxMessage.payload).where(col(InboxMessage.payload).startswith("heard:"))
            ).all()
    assert (given_up.verdict, given_up.reason) == ("unusable", "failed")
    assert list(told) == [f"heard:{recording_id}"]


async def test_a_recording_that_meets_a_busy_database_is_heard_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [True]

    class Waiting(FixedListener):
        def listen(self, data: bytes, **more: Any) -> Heard:
            if busy:
                raise DatabaseBusy("locked")
            return super().listen(data, **more)

    async with waiting_to_be_heard(tmp_path, monkeypatch, Waiting) as (services, hearing, start, recording_id):
        await asyncio.to_thread(start, recording_id)
        with pytest.raises(Exception, match="hear"):
            await asyncio.to_thread(lambda: DBOS.retrieve_workflow(recording_id).get_result())
        assert hearing.waiting() == [recording_id]
        busy.clear()
        with clock.hands_restored():
            clock.turn_forward(worker.FIRST_PAUSE)
            await asyncio.to_thread(start, recording_id)
            while hearing.waiting():
                await asyncio.sleep(0.1)
        with services.database.reading() as session:
            assert session.exec(select(Recording)).one().verdict == "good"


async def test_what_cannot_be_started_holds_up_no_other_and_nothing_is_started_every_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    waiting, started = ["poisoned", "sound"], []

    def start(subject: str) -> None:
        started.append(subject)
        if subject == "poisoned":
            raise ValueError("我叫李雷")

    job = worker.starting_each("recording", lambda: waiting, start)
    with clock.hands_restored():
        await job()
        await job()
        assert started == ["poisoned", "sound", "poisoned"]
        clock.turn_forward(worker.FIRST_PAUSE)
        waiting.remove("poisoned")
        await job()
    assert started[3:] == ["sound"]
    assert "recording poisoned failed with ValueError" in caplog.text
    assert "李雷" not in caplog.text
