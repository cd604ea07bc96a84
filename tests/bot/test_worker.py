from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from dbos import DBOS
from sqlmodel import select

from bot.worker import fire_due_timers, launch_workflows
from core import clock
from core.clock import now
from core.errors import DatabaseBusy
from core.tables import Delivery, InboxMessage, Interview, Report, Timer
from scoring.llm_steps import LanguageModelSteps
from scoring.score import AnswerScore, AnswerToScore
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import furnished
from tests.bot.gateway.chat_door import invite, open_door
from tests.builders import finished_interview


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


class Unimpressed:
    """Scores without a model."""

    def score(self, answers: list[AnswerToScore]) -> list[AnswerScore]:
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
        start = launch_workflows(services.settings, "worker-test", steps, broken)
        try:
            await asyncio.to_thread(start, interview_id)
            await asyncio.to_thread(lambda: DBOS.retrieve_workflow(interview_id).get_result())
        finally:
            DBOS.destroy()
        with services.database.reading() as session:
            assert session.exec(select(Delivery.kind)).all() == ["result"]
    assert tried == [("rate_answers", 0)] * 3 + [("word_report", 1)]
    assert f"interview {interview_id}: rate_a_second_time failed" in caplog.text


def signals(database: object) -> list[str | None]:
    with database.reading() as session:  # type: ignore[attr-defined]
        return list(session.exec(select(InboxMessage.payload).where(InboxMessage.kind == "signal")))
