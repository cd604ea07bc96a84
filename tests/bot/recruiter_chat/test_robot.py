from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.recruiter_chat.robot import Robot, body_of
from core.clock import hands_restored, now, turn_forward
from core.outgoing import Answer, AnswerMissing, NotReached
from core.tables import GroupNote, Interview
from tests.bot.console.house import House
from tests.builders import scored_interview


class Post:
    """In the place of Outgoing: does as `script` says, and keeps what was sent."""

    def __init__(self, *script: Any) -> None:
        self.script, self.sent = list(script), []

    async def post(self, address: str, content: bytes, headers: Any) -> Answer:
        self.sent.append(content.decode())
        done = self.script.pop(0) if self.script else Answer(200, None)
        if isinstance(done, Exception):
            raise done
        return done


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Ten in the morning of the server's day."""
    with hands_restored():
        local = now().astimezone()
        ten: datetime = local.replace(hour=10, minute=0) + timedelta(days=1)
        turn_forward(ten - local)
        yield


async def rounds(house: House, post: Post, times: int) -> None:
    robot = Robot(house.services, post)  # type: ignore[arg-type]
    for _ in range(times):
        await robot()


async def test_what_waits_is_told_once_a_day_without_names(house: House) -> None:
    scored_interview(house.services, "zh", "张伟")
    post = Post()
    await rounds(house, post, 3)
    assert len(post.sent) == 1
    assert "今天有 1 位候选人等待复核" in post.sent[0]
    assert "张伟" not in post.sent[0]
    turn_forward(timedelta(days=1))
    await rounds(house, post, 2)
    assert len(post.sent) == 2


async def test_who_asks_for_a_person_is_told_at_once_and_a_note_that_may_have_arrived_is_not_repeated(
    house: House,
) -> None:
    made = scored_interview(house.services, "zh", "张伟")
    with house.services.database.unit_of_work() as session:
        session.get_one(Interview, made).human_asked_at = now()
    post = Post(AnswerMissing("cut"), NotReached("away"))
    await rounds(house, post, 2)
    assert len(post.sent) == 2
    turn_forward(timedelta(minutes=2))
    await rounds(house, post, 2)
    with house.services.database.reading() as session:
        states = {note.key.split(":")[0]: (note.state, note.tries) for note in session.exec(select(GroupNote))}
    assert states == {"person": ("unknown", 1), "daily": ("sent", 2)}
    assert len(post.sent) == 3


def test_each_house_gets_the_shape_it_takes() -> None:
    assert body_of("feishu", "x") == {"msg_type": "text", "content": {"text": "x"}}
    assert body_of("dingtalk", "x") == body_of("wecom", "x") == {"msgtype": "text", "text": {"content": "x"}}
    assert body_of("generic", "x") == {"text": "x"}
