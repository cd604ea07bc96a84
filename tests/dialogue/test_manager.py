"""What a turn means and what it stores before Rasa hears of it. Rasa itself is a recorder here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import col, select

from bot import conversation
from core.clock import now
from core.tables import Answer, Confirmation, InboxMessage, Interview, Message, Question
from dialogue.follow_up import FollowUps
from dialogue.interview_plan import add_to_plan, leave_unasked, plan_before_start, plan_interview, profile_of
from dialogue.manager import Manager
from dialogue.turn import Button, Reply, Turn
from tests.bot.gateway.chat_door import Door, invite, open_door

LONG = "去年有个客户一直嫌贵，我先去车间看了半天，问他们怎么排产，算出来一年能省十一万，最后签了二十八万。"


class Recorder:
    """Stands where Rasa stands: understands what it is told to, and remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []
        self.commands: dict[str, tuple[str, float]] = {}

    async def parse(self, text: str) -> dict[str, Any]:
        intent, confidence = self.commands.get(text, ("answer", 1.0))
        rest = [{"name": "answer", "confidence": 1 - confidence}] if intent != "answer" else []
        return {"intent_ranking": [{"name": intent, "confidence": confidence}, *rest]}

    async def say(self, conversation_id: str, intent: str, turn_id: str, **ids: str) -> list[dict[str, Any]]:
        self.heard.append((intent, ids))
        return []

    async def forget_turn(self, conversation_id: str, turn_id: str) -> None: ...


class Talk:
    """One interview at its structured questions."""

    def __init__(self, door: Door) -> None:
        self.door, self.rasa = door, Recorder()
        self.manager = Manager(door.database, door.keys, self.rasa, FollowUps(lambda *_: None))  # type: ignore[arg-type]
        self.interview_id = invite(door).interview_id
        with door.database.unit_of_work() as session:
            interview = session.get_one(Interview, self.interview_id)
            profile = profile_of(session, interview)
            interview.consented_at = interview.planned_at = interview.started_at = now()
            add_to_plan(session, interview, [*plan_before_start(profile), *plan_interview(profile, [])])
            for question in session.exec(select(Question)):
                if question.stage in ("background", "facts", "opening"):
                    question.asked_at = question.closed_at = now()

    def ask(self, source: str, *buttons: Button, kind: str = "question") -> None:
        """Open a question and show it."""
        with self.door.database.unit_of_work() as session:
            question = session.exec(select(Question).where(Question.source == source)).one()
            question.asked_at = question.asked_at or now()
            reply = Reply(kind, f"问：{source}", buttons, question.id)  # type: ignore[arg-type]
            interview = session.get_one(Interview, self.interview_id)
            conversation.add_replies(self.door.services, session, interview, str(uuid4()), [reply])

    def close(self, source: str) -> None:
        with self.door.database.unit_of_work() as session:
            session.exec(select(Question).where(Question.source == source)).one().closed_at = now()

    def queue(self, text: str) -> str:
        """The candidate sends a text; its turn."""
        client_id = str(uuid4())
        conversation.receive_text(self.door.services, self.interview_id, client_id, text)
        with self.door.database.reading() as session:
            return session.exec(select(InboxMessage.turn_id).where(InboxMessage.client_id == client_id)).one()

    async def handle(
        self, turn_id: str, text: str | None, kind: str = "text", payload: str | None = None
    ) -> list[Reply]:
        turn = Turn(turn_id, self.interview_id, kind, text, payload)  # type: ignore[arg-type]
        return await self.manager.respond(turn)

    async def say(self, text: str) -> list[Reply]:
        return await self.handle(self.queue(text), text)

    def answers(self) -> dict[str, list[str]]:
        with self.door.database.reading() as session:
            key = self.door.services.key_of(session, session.get_one(Interview, self.interview_id))
            rows = session.exec(select(Question.source, Answer.text_sealed).join(Answer)).all()  # type: ignore[arg-type]
        found: dict[str, list[str]] = {}
        for source, sealed in rows:
            found.setdefault(source, []).append(key.open(sealed))
        return found

    def withdraw_is_asked(self) -> bool:
        with self.door.database.reading() as session:
            rows = select(Confirmation).where(Confirmation.kind == "withdraw", col(Confirmation.settled_at).is_(None))
            return session.exec(rows).first() is not None


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    made = Talk(open_door(tmp_path))
    made.rasa.commands = {
        "我想退出": ("withdraw", 0.99),
        "还剩多久": ("time_left", 0.99),
        "跳过这题": ("skip", 0.99),
        "五险一金交吗": ("company_question", 0.99),
        "再说吧": ("repeat", 0.5),
    }
    made.ask("customer_communication_s2")
    return made


async def test_an_answer_is_stored_and_rasa_hears_its_id_alone(talk: Talk) -> None:
    await talk.say(LONG)
    assert talk.answers() == {"customer_communication_s2": [LONG]}
    intent, ids = talk.rasa.heard[-1]
    assert intent == "answer"
    assert list(ids) == ["answer_id"]


async def test_a_repeated_turn_stores_nothing_twice(talk: Talk) -> None:
    turn_id = talk.queue(LONG)
    await talk.handle(turn_id, LONG)
    with talk.door.database.reading() as session:
        course = session.get_one(InboxMessage, turn_id).understood_as
    again = Turn(turn_id, talk.interview_id, "text", LONG, repeated=True, understood_as=course)
    await talk.manager.respond(again)
    assert talk.answers() == {"customer_communication_s2": [LONG]}
    assert talk.rasa.heard[0] == talk.rasa.heard[1]


async def test_a_yes_withdraws_only_right_after_the_question(talk: Talk) -> None:
    await talk.say("我想退出")
    assert talk.withdraw_is_asked()
    await talk.say("还剩多久")
    assert not talk.withdraw_is_asked()
    await talk.say("好的")
    assert "affirm" not in [intent for intent, _ in talk.rasa.heard]


async def test_a_yes_right_after_the_question_withdraws(talk: Talk) -> None:
    await talk.say("我想退出")
    await talk.say("确定")
    assert talk.rasa.heard[-1][0] == "affirm"


async def test_a_timer_between_question_and_yes_takes_the_question_back(talk: Talk) -> None:
    await talk.say("我想退出")
    conversation.receive_signal(talk.door.services, talk.interview_id, "time_up:1", "time_up")
    with talk.door.database.reading() as session:
        turn_id = session.exec(select(InboxMessage.turn_id).where(InboxMessage.kind == "signal")).one()
    await talk.handle(turn_id, None, "signal", "time_up")
    assert not talk.withdraw_is_asked()


async def test_what_is_in_doubt_is_kept_when_the_question_is_skipped(talk: Talk) -> None:
    (back,) = await talk.say("再说吧")
    assert back.kind == "confirm"
    await talk.say("跳过这题")
    assert talk.answers() == {"customer_communication_s2": ["再说吧"]}
    assert talk.rasa.heard[-1][0] == "skip"


async def test_what_is_in_doubt_becomes_the_beginning_of_the_answer(talk: Talk) -> None:
    await talk.say("再说吧")
    await talk.say(LONG)
    assert talk.answers() == {"customer_communication_s2": [f"再说吧\n{LONG}"]}


async def test_a_second_part_belongs_to_the_question_that_was_in_sight(talk: Talk) -> None:
    first, second = talk.queue(LONG), talk.queue("对了，后来又签了一家。")
    await talk.handle(first, LONG)
    talk.close("customer_communication_s2")
    talk.ask("resilience_s1")
    await talk.handle(second, "对了，后来又签了一家。")
    assert talk.answers() == {"customer_communication_s2": [f"{LONG}\n对了，后来又签了一家。"]}
    assert [intent for intent, _ in talk.rasa.heard] == ["answer"]


async def test_a_button_pressed_twice_answers_one_question(talk: Talk) -> None:
    talk.close("customer_communication_s2")
    with talk.door.database.unit_of_work() as session:
        for question in session.exec(select(Question).where(Question.stage == "facts")):
            question.asked_at = question.closed_at = None
    talk.ask("fact_expected_salary", Button("面议", "value:open"))
    with talk.door.database.reading() as session:
        message = session.exec(select(Message).order_by(col(Message.seq).desc())).first()
        assert message is not None
        button_id = message.buttons[0]["id"]
    for _ in range(2):
        conversation.receive_button(talk.door.services, talk.interview_id, str(uuid4()), button_id)
    with talk.door.database.reading() as session:
        turns = session.exec(select(InboxMessage.turn_id).where(InboxMessage.kind == "button")).all()
    await talk.handle(turns[0], None, "button", "value:open")
    talk.close("fact_expected_salary")
    talk.ask("fact_start_date", Button("一周以内", "value:within_1_week"))
    await talk.handle(turns[1], None, "button", "value:open")
    assert talk.answers() == {"fact_expected_salary": ["面议"]}


async def test_words_after_the_goodbye_are_not_answered(talk: Talk) -> None:
    turn_id = talk.queue("谢谢")
    with talk.door.database.unit_of_work() as session:
        session.get_one(Interview, talk.interview_id).finished_at = now()
    assert await talk.handle(turn_id, "谢谢") == []
    assert talk.rasa.heard == []


async def test_a_company_question_is_kept_even_before_the_start(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    talk = Talk(door)
    with door.database.unit_of_work() as session:
        session.get_one(Interview, talk.interview_id).consented_at = None
        for question in session.exec(select(Question)):
            session.delete(question)
    talk.rasa.commands = {"五险一金交吗": ("company_question", 0.99)}
    await talk.say("五险一金交吗")
    assert talk.answers() == {"own": ["五险一金交吗"]}


@pytest.mark.parametrize("words", ["再给我五分钟", "five more minutes, please"])
async def test_more_time_may_be_asked_for_in_words_when_the_time_is_up(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert talk.rasa.heard[-1][0] == "answer"
    with talk.door.database.unit_of_work() as session:
        interview = session.get_one(Interview, talk.interview_id)
        interview.time_used_s = interview.time_budget_s
    await talk.say(words)
    assert talk.rasa.heard[-1][0] == "extend"


async def test_a_buttons_title_may_be_typed(talk: Talk) -> None:
    await talk.say("再说吧")
    with talk.door.database.unit_of_work() as session:
        interview = session.get_one(Interview, talk.interview_id)
        buttons = (Button("是我的回答", "was:answer"), Button("再发一遍题目", "was:command"))
        conversation.add_replies(
            talk.door.services, session, interview, str(uuid4()), [Reply("confirm", "是回答吗？", buttons)]
        )
    await talk.say("是我的回答")
    assert talk.answers() == {"customer_communication_s2": ["再说吧"]}


async def test_the_last_question_left_alone_ends_the_interview(talk: Talk) -> None:
    talk.close("customer_communication_s2")
    talk.ask("own", Button("没有了，结束面试", "own:done"))
    conversation.receive_signal(talk.door.services, talk.interview_id, "close:1", "close")
    with talk.door.database.reading() as session:
        turn_id = session.exec(select(InboxMessage.turn_id).where(InboxMessage.kind == "signal")).one()
    await talk.handle(turn_id, None, "signal", "close")
    assert talk.rasa.heard[-1][0] == "answer"
    with talk.door.database.reading() as session:
        assert session.exec(select(Answer.value)).all() == ["done"]


def test_time_up_leaves_the_same_questions_unasked_when_it_is_done_again(talk: Talk) -> None:
    with talk.door.database.unit_of_work() as session:
        first = leave_unasked(session, talk.interview_id, now())
        session.flush()
        assert leave_unasked(session, talk.interview_id, now()) == first > 0


async def test_the_course_of_a_turn_is_stored_without_words(talk: Talk) -> None:
    await talk.say("再说吧")
    await talk.say(LONG)
    with talk.door.database.reading() as session:
        courses = [row.understood_as or "" for row in session.exec(select(InboxMessage))]
    assert [json.loads(course).get("phrase") or json.loads(course)["intent"] for course in courses] == [
        "utter_answer_or_command",
        "answer",
    ]
    assert not any("再说" in course or "客户" in course for course in courses)
