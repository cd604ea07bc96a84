"""kill -9 at each point at which a turn or a workflow can be cut: nothing lost, nothing doubled, the interview goes on."""

from __future__ import annotations

import sys
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from core.tables import Answer, Delivery, Question, Report, Score
from tests.stack import CandidateClient, Stack, eventually

ANSWER = (
    "去年有个做注塑的客户一直嫌贵，我没有急着报价，先去车间看了半天，问他们怎么排产。"
    "我按他们的用工算了一笔账，一年能省十一万，最后签了二十八万，第二年又加了一个厂区。"
)
TURN_POINTS = (
    "before the inbox commit",
    "after the inbox commit",
    "inside an action",
    "after an action's commit",
    "after Rasa answers",
    "after the outbox commit",
)
WORKFLOW_POINTS = (
    "before the scores are stored",
    "after the scores are stored",
    "after the report",
    "after the HR system has it",
)


def start_dying(stack: Stack, process: str, point: str, marker: Path) -> None:
    stack.kill(process)
    stack.start(process, [sys.executable, "-m", "tests.fakes.crashing", point, str(marker), process])


def answers_by_source(stack: Stack, interview_id: str) -> Counter[str]:
    with stack.services() as services, services.database.reading() as session:
        rows = session.exec(
            select(Question.source).join(Answer).where(Question.interview_id == interview_id)  # type: ignore[arg-type]
        ).all()
    return Counter(rows)


@pytest.mark.parametrize("point", TURN_POINTS)
def test_an_app_killed_in_a_turn_loses_and_doubles_nothing(stack: Stack, tmp_path: Path, point: str) -> None:
    invitation = stack.invite()
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("opening", ANSWER)
    start_dying(stack, "app", point, tmp_path / "died")
    stack.wait_until_ready()

    client_id = str(uuid.uuid4())
    try:
        accepted = candidate.post(ANSWER, client_id).status_code == 202
    except httpx.TransportError:
        accepted = False
    assert stack.has_died("app"), f"the app was to die {point}"
    stack.start("app")
    stack.wait_until_ready()
    if not accepted:  # the page sends what was not acknowledged again, under the same id
        assert candidate.post(ANSWER, client_id).status_code == 202

    def moved_on() -> bool:
        new = candidate.http.get("/messages", params={"after": 0}).json()
        return any((m["question"] or {}).get("number") == 1 for m in new)

    eventually(moved_on, 60, f"no question followed; {stack.tail()}")
    said = candidate.http.get("/messages", params={"after": 0}).json()
    assert [m["text"] for m in said if m["from"] == "candidate"].count(ANSWER) == 1
    assert sum((m["question"] or {}).get("number") == 1 for m in said) == 1
    assert [m["seq"] for m in said] == list(range(1, len(said) + 1))
    assert answers_by_source(stack, invitation.id)["opening"] == 1

    candidate.seq, candidate.log = said[-1]["seq"], said
    candidate.hold_interview(ANSWER)
    counted = answers_by_source(stack, invitation.id)
    assert all(count <= 2 for count in counted.values())  # a follow-up is a second answer to its question


@pytest.mark.parametrize("point", WORKFLOW_POINTS)
def test_a_worker_killed_in_its_workflow_delivers_once(stack: Stack, tmp_path: Path, point: str) -> None:
    start_dying(stack, "worker", point, tmp_path / "died")
    invitation = stack.invite()
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.hold_interview(ANSWER)
    assert stack.has_died("worker"), f"the worker was to die {point}"
    stack.start("worker")

    def delivered() -> bool:
        with stack.services() as services, services.database.reading() as session:
            rows = session.exec(select(Delivery).where(Delivery.interview_id == invitation.id)).all()
            return [row.state for row in rows] == ["sent"]

    # A delivery that was cut off stays claimed for two minutes, until nobody can still be at it.
    eventually(delivered, 240, f"the result was not delivered; {stack.tail()}")
    with stack.services() as services, services.database.reading() as session:
        scores = session.exec(select(Score.question_id).where(Score.interview_id == invitation.id)).all()
        reports = session.exec(select(Report).where(Report.interview_id == invitation.id)).all()
    assert len(scores) == len(set(scores)) > 0
    assert len(reports) == 1


def test_rasa_killed_in_the_middle_keeps_what_is_said_and_asks_nothing(stack: Stack) -> None:
    candidate = CandidateClient(stack.base, stack.invite().token)
    candidate.go_to("opening", ANSWER)
    asked = candidate.log[-1]["seq"]
    stack.kill("rasa")
    assert candidate.post(ANSWER).status_code == 202

    def told() -> list[dict[str, Any]]:
        new = candidate.http.get("/messages", params={"after": asked}).json()
        return [m for m in new if m["from"] == "bot"]

    eventually(lambda: bool(told()), 60, f"nothing was said; {stack.tail()}")
    assert [m["kind"] for m in told()] == ["status"]
    assert "保存" in told()[0]["text"]
    left = told()[0]["time_left_s"]
    stack.start("rasa")

    def asked_again() -> bool:
        new = candidate.http.get("/messages", params={"after": asked}).json()
        return any(m["question"] for m in new)

    eventually(asked_again, 120, f"the interview did not go on; {stack.tail()}")
    new = candidate.http.get("/messages", params={"after": asked}).json()
    assert sum((m["question"] or {}).get("number") == 1 for m in new) == 1
    assert next(m["time_left_s"] for m in new if m["question"]) == pytest.approx(left, abs=1)
