"""Actions against real rows, called as Rasa calls them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from core.clock import now
from core.errors import RasaUnavailable
from core.tables import Answer, Interview, Question, new_id
from dialogue.action_server import SECRET_HEADER, create_action_app
from dialogue.actions.base import Desk
from dialogue.follow_up import FollowUps
from dialogue.interview_plan import add_to_plan, plan_interview, profile_of
from dialogue.rasa_client import RasaClient
from tests.bot.gateway.chat_door import Door, invite, open_door

SOURCE = "customer_communication_s2"


class House:
    def __init__(self, door: Door, missing: str | None = None) -> None:
        self.door = door
        self.missing = missing
        self.interview_id = invite(door).interview_id
        with door.database.unit_of_work() as session:
            interview = session.get_one(Interview, self.interview_id)
            add_to_plan(session, interview, plan_interview(profile_of(session, interview), []))
            question = session.exec(select(Question).where(Question.source == SOURCE)).one()
            question.asked_at = now()
        desk = Desk(door.database, door.keys, FollowUps(lambda *_: self.missing))
        self.app = create_action_app(desk, "secret")

    def question(self) -> Question:
        with self.door.database.reading() as session:
            return session.exec(select(Question).where(Question.source == SOURCE)).one()

    def answer(self, text: str) -> str:
        with self.door.database.unit_of_work() as session:
            interview = session.get_one(Interview, self.interview_id)
            row = Answer(
                interview_id=self.interview_id,
                question_id=self.question().id,
                turn_id=new_id(),
                text_sealed=self.door.services.key_of(session, interview).seal(text),
                given_at=now(),
            )
            session.add(row)
            return row.id

    async def call(self, action: str, intent: str, secret: str = "secret", **entities: str) -> httpx.Response:
        body: dict[str, Any] = {
            "next_action": action,
            "sender_id": self.interview_id,
            "domain": {},
            "tracker": {
                "sender_id": self.interview_id,
                "slots": {"stage": "structured"},
                "latest_message": {
                    "intent": {"name": intent},
                    "entities": [{"entity": name, "value": value} for name, value in entities.items()],
                    "metadata": {"turn_id": "t"},
                },
                "events": [],
                "paused": False,
                "active_loop": {},
                "latest_action_name": None,
            },
        }
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://actions") as http:
            return await http.post("/webhook", json=body, headers={SECRET_HEADER: secret})


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(open_door(tmp_path))


def slots(response: httpx.Response) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in response.json()["events"] if event["event"] == "slot"}


async def test_an_answer_closes_its_question(house: House) -> None:
    response = await house.call("action_take_answer", "answer", answer_id=house.answer("一句话"))
    assert slots(response) == {"progress": "more"}
    assert house.question().closed_at is not None


async def test_a_missing_part_is_asked_for_once_and_the_same_turn_twice_asks_once(house: House) -> None:
    house.missing = "result"
    first = house.answer("我先去车间看了半天")
    for _ in range(2):
        await house.call("action_take_answer", "answer", answer_id=first)
        assert house.question().closed_at is None
        assert house.question().follow_up == "result"
    await house.call("action_take_answer", "answer", answer_id=house.answer("后来签了"))
    assert house.question().closed_at is not None


async def test_a_late_part_of_the_first_answer_does_not_answer_the_follow_up(house: House) -> None:
    house.missing = "result"
    with house.door.database.unit_of_work() as session:
        session.get_one(Interview, house.interview_id).consented_at = now()
    first = house.answer("我先去车间看了半天")
    await house.call("action_take_answer", "answer", answer_id=first)
    house.answer("一段后来才听出来的录音")
    await house.call("action_take_answer", "answer", answer_id=first)
    assert house.question().closed_at is None
    response = await house.call("action_repeat", "repeat")
    assert response.json()["responses"][0]["custom"]["manner"] == "follow_up"
    await house.call("action_take_answer", "answer", answer_id=house.answer("后来签了"))
    assert house.question().closed_at is not None


async def test_a_question_notes_how_much_time_was_used_before_it(house: House) -> None:
    with house.door.database.unit_of_work() as session:
        session.get_one(Interview, house.interview_id).time_used_s = 90.0
    await house.call("action_take_answer", "answer", answer_id=house.answer("一句话"))
    await house.call("action_open_situational", "answer")
    with house.door.database.reading() as session:
        rows = session.exec(select(Question).where(Question.stage == "situational").order_by(col(Question.position)))
        assert [question.time_used_before_s for question in rows][:2] == [90.0, 0.0]


async def test_skipping_a_follow_up_keeps_the_answer_before_it(house: House) -> None:
    house.missing = "result"
    await house.call("action_take_answer", "answer", answer_id=house.answer("我先去车间看了半天"))
    await house.call("action_take_answer", "skip", question_id=house.question().id)
    assert house.question().closed_at is not None
    assert house.question().skipped_at is None


async def test_skipping_an_unanswered_question_marks_it_skipped(house: House) -> None:
    await house.call("action_take_answer", "skip", question_id=house.question().id)
    assert house.question().skipped_at is not None


async def test_five_more_minutes_are_given_once(house: House) -> None:
    def budget() -> int:
        with house.door.database.reading() as session:
            return session.get_one(Interview, house.interview_id).time_budget_s

    before = budget()
    for _ in range(2):
        await house.call("action_extend", "extend")
    assert budget() == before + 300


async def test_without_the_secret_nothing_runs(house: House) -> None:
    response = await house.call("action_close", "answer", secret="guessed")
    assert response.status_code == 403
    with house.door.database.reading() as session:
        assert session.get_one(Interview, house.interview_id).finished_at is None


async def test_an_action_that_fails_makes_the_turn_fail(house: House) -> None:
    response = await house.call("action_take_answer", "answer", answer_id="no such answer")
    assert response.status_code == 200
    assert "no such answer" not in response.text

    def rasa(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{"custom": response.json()["responses"][0]["custom"]}])

    client = RasaClient("http://rasa", "token", httpx.MockTransport(rasa))
    with pytest.raises(RasaUnavailable, match="action"):
        await client.say("c", "answer", "t", answer_id="1")
