"""What the house adds to a turn's replies: the day for whoever wants a person, and the talk after the goodbye."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select

from bot import conversation
from bot.candidate_rights.requests import settle, tasks_waiting
from bot.hr_talk.offer import set_offer
from bot.said_beside import said_beside
from bot.services import Services
from core.clock import now
from core.tables import InboxMessage, Interview, TelegramChat
from tests.bot.console.house import furnished
from tests.bot.hr_talk.talk_house import LINK, recruiter
from tests.builders import BUILDER, invited_interview


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch) as services:
        yield services


def turn(services: Services, interview_id: str, text: str, intent: str) -> str:
    """A text that was understood as `intent`, and not yet answered; its turn's id."""
    client_id = str(uuid4())
    conversation.receive_text(services, interview_id, client_id, text)
    with services.database.unit_of_work() as session:
        row = session.exec(select(InboxMessage).where(InboxMessage.client_id == client_id)).one()
        row.understood_as = json.dumps({"intent": intent})
        return row.turn_id


async def test_whoever_asks_for_a_person_has_one_task_and_hears_the_day_each_time(house: Services) -> None:
    interview_id = invited_interview(house)
    first = turn(house, interview_id, "转人工", "human")
    (told,) = said_beside(house, first, True)
    (task,) = tasks_waiting(house, BUILDER)
    assert (task.kind, task.interview_id, task.words) == ("human", interview_id, "")
    assert task.due_at is not None
    assert f"{task.due_at.month}月{task.due_at.day}日" in told.text
    assert said_beside(house, first, True) == [told]  # the same turn once more
    assert said_beside(house, turn(house, interview_id, "我要真人", "human"), True) == [told]
    assert said_beside(house, turn(house, interview_id, "继续吧", "answer"), True) == []
    assert len(tasks_waiting(house, BUILDER)) == 1
    settle(house, task.id, "明天给您打电话。", BUILDER)
    assert said_beside(house, turn(house, interview_id, "转人工", "human"), True)
    assert len(tasks_waiting(house, BUILDER)) == 1


async def test_the_goodbye_says_that_a_talk_can_be_booked_where_one_is_offered(house: Services) -> None:
    interview_id = invited_interview(house)
    last = turn(house, interview_id, "没有了", "answer")
    with house.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        interview.consented_at = interview.finished_at = now()
    assert said_beside(house, last, True) == []
    with house.database.unit_of_work() as session:
        set_offer(session, "sales", "link", LINK, True, recruiter(house))
    (told,) = said_beside(house, last, True)
    assert "十分钟" in told.text
    assert "http" not in told.text  # the page has its own way there
    assert said_beside(house, last, False) == []  # a word that came while the goodbye was on its way
    with house.database.unit_of_work() as session:
        session.add(TelegramChat(bot_id=1, user_id=7, interview_id=interview_id, chosen_at=now(), bound_at=now()))
    assert "/status\n" in said_beside(house, last, True)[0].text
