"""Interviews held by voice, through the real processes: nothing lost when one is killed, nothing left in clear, and the
real ear."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from core.tables import Answer, Delivery, EnvironmentRecord, Recording, Report
from tests.fakes.fixed_listener import recording
from tests.journey.test_canary import CANARY, CANARY_EN, SPELLINGS, files_of
from tests.journey.test_kills import ANSWER, answers_by_source
from tests.stack import CandidateClient, Stack, eventually

POINTS = (
    ("app", "before a recording is acknowledged"),
    ("app", "after a recording is acknowledged"),
    ("worker", "before a recording is heard"),
    ("worker", "after a recording is heard"),
)
WITH_FIXED_EAR = {
    name: [sys.executable, "-m", "tests.fakes.fixed_listener", command]
    for name, command in (("app", "serve"), ("worker", "worker"))
}


@pytest.fixture(scope="module")
def fixed_ear(stack: Stack) -> Iterator[Stack]:
    """App and worker with an ear that hears what a recording says it holds."""
    for name, command in WITH_FIXED_EAR.items():
        stack.kill(name)
        stack.start(name, command)
    stack.wait_until_ready()
    yield stack
    for name in WITH_FIXED_EAR:
        stack.kill(name)
        stack.start(name)
    stack.wait_until_ready()


@pytest.mark.parametrize(("process", "point"), POINTS)
def test_a_process_killed_while_a_recording_passes_through_loses_and_doubles_nothing(
    fixed_ear: Stack, tmp_path: Path, process: str, point: str
) -> None:
    stack = fixed_ear
    invitation = stack.invite()
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("opening", ANSWER)
    stack.kill(process)
    crashing = [sys.executable, "-m", "tests.fakes.crashing", point, str(tmp_path / "died"), process]
    stack.start(process, crashing, FIXED_EAR="1")
    stack.wait_until_ready()

    client_id, data = str(uuid.uuid4()), recording(ANSWER)
    try:
        accepted = candidate.send_recording(data, client_id).status_code == 202
    except httpx.TransportError:
        accepted = False
    assert stack.has_died(process), f"{process} was to die {point}"
    stack.start(process, WITH_FIXED_EAR[process])
    stack.wait_until_ready()
    if not accepted:  # the page sends what was not acknowledged again, under the same id
        assert candidate.send_recording(data, client_id).status_code == 202

    def said() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = candidate.http.get("/messages", params={"after": 0}).json()
        return found

    eventually(lambda: any(m.get("transcript") for m in said()), 90, f"nothing was heard; {stack.tail()}")
    assert sum("recording" in m for m in said()) == 1
    assert sum(m["text"].startswith("收到，42秒的录音") for m in said()) == 1
    offers = [m for m in said() if m.get("transcript")]
    assert len(offers) == 1
    candidate.seq, candidate.log = said()[-1]["seq"], said()
    candidate.press_titled("确认")
    assert candidate.open_stage() == "structured"
    assert answers_by_source(stack, invitation.id)["opening"] == 1
    with stack.services() as services, services.database.reading() as session:
        kept = session.exec(select(Recording).where(Recording.interview_id == invitation.id)).one()
        assert (kept.heard_at is not None, kept.settled_at is not None) == (True, True)


def test_an_interview_held_by_voice_becomes_a_report_and_leaves_no_word_in_clear(fixed_ear: Stack) -> None:
    stack = fixed_ear
    invitation = stack.invite("zh")
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("opening", ANSWER)
    marked = f"去年有个客户一直嫌贵，{CANARY}，我先去车间看了半天，问他们怎么排产，算出来一年能省十一万，最后签了。"
    told = candidate.speak(recording(CANARY, verdict="unusable", reason="noise"))
    assert "周围声音太大" in told["text"]
    candidate.press_titled("重录")
    for turn in range(30):
        if candidate.open_stage() == "own_questions":
            break
        offered = candidate.speak(recording(marked, confidence=0.9 if turn % 2 else 0.5))
        if turn == 1:
            corrected = {"client_id": str(uuid.uuid4()), "text": f"{marked}{CANARY_EN}"}
            path = f"/transcripts/{offered['transcript']['recording']}"
            assert candidate.http.post(path, json=corrected).status_code == 202
            candidate.read_until_quiet()
        else:
            candidate.press_titled("确认")
    candidate.press(candidate.buttons()[-1])

    def delivered() -> bool:
        with stack.services() as services, services.database.reading() as session:
            rows = session.exec(select(Delivery.state).where(Delivery.interview_id == invitation.id)).all()
            return list(rows) == ["sent"]

    eventually(delivered, 120, f"the result was not delivered; {stack.tail()}")
    with stack.services() as services, services.database.reading() as session:
        answers = session.exec(select(Answer).where(Answer.interview_id == invitation.id)).all()
        spoken = [answer for answer in answers if answer.recording_id is not None]
        assert len(spoken) >= 5
        assert all(answer.transcript_confirmed for answer in spoken)
        report = session.exec(select(Report).where(Report.interview_id == invitation.id)).one()
        noted = session.exec(select(EnvironmentRecord).where(EnvironmentRecord.interview_id == invitation.id)).all()
    assert report.match is not None
    assert [record.kind for record in noted] == ["not_counted"]
    found = [path.name for path in files_of(stack) for spelling in SPELLINGS if spelling in path.read_bytes()]
    assert found == []
