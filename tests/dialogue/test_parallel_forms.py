"""The plan that an interview begins with: candidates get the parallel forms in turn, and each knows which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from sqlmodel import col, select

from core.tables import Interview, Position, Question
from dialogue.action_server import SECRET_HEADER, create_action_app
from dialogue.actions.base import Desk
from dialogue.follow_up import FollowUps
from tests.bot.gateway.chat_door import Door, invite, open_door


async def begin(door: Door, interview_id: str) -> None:
    """Open the opening, which lays the plan down."""
    body: dict[str, Any] = {
        "next_action": "action_open_opening",
        "sender_id": interview_id,
        "domain": {},
        "tracker": {
            "sender_id": interview_id,
            "slots": {},
            "latest_message": {"intent": {"name": "ready"}, "entities": [], "metadata": {"turn_id": "t"}},
            "events": [],
            "paused": False,
            "active_loop": {},
            "latest_action_name": None,
        },
    }
    app = create_action_app(Desk(door.database, door.keys, FollowUps(lambda *_: None)), "secret")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions") as http:
        response = await http.post("/webhook", json=body, headers={SECRET_HEADER: "secret"})
    assert response.status_code == 200, response.text


def planned(door: Door, interview_id: str) -> tuple[str | None, list[str]]:
    with door.database.reading() as session:
        rows = select(Question).where(Question.interview_id == interview_id, col(Question.competency).is_not(None))
        sources = [row.source for row in session.exec(rows.order_by(col(Question.position)))]
        return session.get_one(Interview, interview_id).form, sources


async def test_candidates_get_the_forms_in_turn_and_as_many_questions(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    interviews = [invite(door).interview_id for _ in range(4)]
    for interview_id in interviews:
        await begin(door, interview_id)
    plans = [planned(door, interview_id) for interview_id in interviews]
    assert [form for form, _ in plans] == ["a", "b", "a", "b"]
    assert plans[0] == plans[2]
    assert plans[1] == plans[3]
    assert len(plans[0][1]) == len(plans[1][1])
    assert not {*plans[0][1]} & {*plans[1][1]}


async def test_the_same_turn_twice_lays_down_one_form(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    interview_id = invite(door).interview_id
    await begin(door, interview_id)
    once = planned(door, interview_id)
    await begin(door, interview_id)
    assert planned(door, interview_id) == once


async def test_a_position_of_one_form_names_none(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        position = session.get_one(Position, session.get_one(Interview, interview_id).position_id)
        competencies = [{**each, "parallel_questions": []} for each in position.profile["competencies"]]
        position.profile = {**position.profile, "competencies": competencies}
    await begin(door, interview_id)
    form, sources = planned(door, interview_id)
    assert form is None
    assert "resilience_s1" in sources
