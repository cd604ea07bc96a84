from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import select

from bot import recordings
from bot.gateway import recordings_api
from bot.gateway.rate_limit import RateLimit
from core.clock import now
from core.tables import EnvironmentRecord, Interview, Recording
from dialogue.recordings import TRANSCRIPT
from dialogue.turn import Button, Reply
from scoring.heard import Delivery, Heard, Quality, Word
from tests.bot.gateway.chat_door import Door, Invited, changed, invite, say
from tests.bot.gateway.test_webchat_api import assert_problem, messages
from tests.fakes.fixed_listener import fixed_probe, recording

SPOKEN = recording("我先去车间看了半天。", seconds=12.3)


@pytest.fixture(autouse=True)
def listening(door: Door, invited: Invited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "probe", fixed_probe)
    monkeypatch.setattr(recordings_api, "recording_rate", RateLimit())
    with changed(door, invited.interview_id) as interview:
        interview.consented_at = now()


def base(invited: Invited) -> str:
    return f"/api/chat/{invited.token}"


def put(client: TestClient, invited: Invited, client_id: str, ordinal: int, data: bytes) -> Response:
    return client.put(f"{base(invited)}/recordings/{client_id}/chunks/{ordinal}", content=data)


def finish(client: TestClient, invited: Invited, client_id: str, chunks: int, **environment: Any) -> Response:
    body: dict[str, Any] = {"chunks": chunks}
    if environment:
        body["environment"] = environment
    return client.post(f"{base(invited)}/recordings/{client_id}/finish", json=body)


def offer(door: Door, invited: Invited) -> str:
    """Have the newest recording heard and its transcript offered; the recording's id."""
    with door.database.unit_of_work() as session:
        row = session.exec(select(Recording)).one()
        key = door.services.key_of(session, session.get_one(Interview, invited.interview_id))
        words = (Word("我先", 0, 1, 0.9), Word("去车", 1, 2, 0.2), Word("间", 2, 3, 0.9))
        quality = Quality(20.0, 0.0, 0.9, -20.0, "good", None)
        heard = Heard("我先去车间", "zh", words, 12.3, quality, Delivery(), "fixed/1")
        row.heard_sealed = key.seal(json.dumps(heard.to_json()), "heard")
        row.heard_at = row.offered_at = now()
        row.transcript_confidence = 0.7
        buttons = tuple(Button(t, f"{TRANSCRIPT}:{w}:{row.id}") for t, w in (("确认", "confirm"), ("修改", "correct")))
        recording_id = row.id
    say(door, invited.interview_id, Reply("confirm", "这是您刚才说的：我先去车间", buttons, recording_id=recording_id))
    return recording_id


def test_a_recording_in_pieces_is_taken_in_once(client: TestClient, invited: Invited) -> None:
    client_id = str(uuid4())
    assert put(client, invited, client_id, 1, SPOKEN[20:]).status_code == 204
    missing = finish(client, invited, client_id, 2)
    assert_problem(missing, 409, "recording-incomplete")
    assert missing.json()["missing"] == [0]
    for _ in range(2):
        assert put(client, invited, client_id, 0, SPOKEN[:20]).status_code == 204
    answers = [finish(client, invited, client_id, 2, dropped_packets=3, rtt_ms=80.0) for _ in range(2)]
    assert [(a.status_code, a.json()) for a in answers] == [(202, {"seq": 1})] * 2
    (message,) = messages(client, invited)
    assert (message["text"], message["kind"], message["question"]) == ("🎤 12 秒", "answer", None)
    assert message["recording"]["duration_s"] == 12.3


def test_a_chosen_file_is_taken_in(client: TestClient, invited: Invited) -> None:
    form = {"client_id": str(uuid4())}
    for _ in range(2):
        answer = client.post(f"{base(invited)}/recordings", files={"file": ("a.mp3", SPOKEN)}, data=form)
        assert (answer.status_code, answer.json()) == (202, {"seq": 1})


@pytest.mark.parametrize(("refused", "part"), [("video", "视频"), ("truncated", "不完整"), ("too_long", "10 分钟")])
def test_what_is_no_answer_is_refused_with_a_sentence(
    client: TestClient, invited: Invited, refused: str, part: str
) -> None:
    client_id = str(uuid4())
    put(client, invited, client_id, 0, recording(refused=refused))
    for _ in range(2):
        assert_problem(finish(client, invited, client_id, 1), 422, "recording", part)
    assert messages(client, invited) == []


def test_pieces_and_files_have_a_size(client: TestClient, invited: Invited) -> None:
    assert_problem(put(client, invited, str(uuid4()), 0, b"\0" * 1_000_001), 413, "too-large")
    answer = client.post(f"{base(invited)}/recordings", files={"file": ("a.wav", b"\0" * 20_100_000)})
    assert_problem(answer, 413, "too-large", "20 MB")
    answer = client.post(f"{base(invited)}/recordings", files={"file": ("a.wav", b"\0" * 20_000_001)})
    assert_problem(answer, 422, "recording", "20 MB")


def test_before_the_notice_and_after_the_end_nothing_is_taken_in(
    door: Door, client: TestClient, invited: Invited
) -> None:
    with changed(door, invited.interview_id) as interview:
        interview.consented_at = None
    assert_problem(put(client, invited, str(uuid4()), 0, SPOKEN), 409, "notice", "我已了解")
    with changed(door, invited.interview_id) as interview:
        interview.consented_at = interview.finished_at = now()
    assert_problem(put(client, invited, str(uuid4()), 0, SPOKEN), 409, "interview-over")


def test_another_browser_may_not_send_recordings(client: TestClient, invited: Invited) -> None:
    assert client.post(f"{base(invited)}/device").status_code == 204
    client.cookies.clear()
    assert_problem(put(client, invited, str(uuid4()), 0, SPOKEN), 403, "device")
    assert_problem(finish(client, invited, str(uuid4()), 0), 403, "device")


def test_a_transcript_is_shown_with_its_unsure_words_and_corrected_once(
    door: Door, client: TestClient, invited: Invited
) -> None:
    client_id = str(uuid4())
    put(client, invited, client_id, 0, SPOKEN)
    finish(client, invited, client_id, 1)
    recording_id = offer(door, invited)
    shown = messages(client, invited)[-1]
    assert shown["kind"] == "confirm"
    assert shown["transcript"]["recording"] == recording_id
    assert shown["transcript"]["words"] == [
        {"text": "我先", "unsure": False},
        {"text": "去车", "unsure": True},
        {"text": "间", "unsure": False},
    ]
    assert shown["transcript"]["actions"] == {
        "confirm": shown["buttons"][0]["id"],
        "correct": shown["buttons"][1]["id"],
    }
    body = {"client_id": str(uuid4()), "text": "我先去了车间"}
    path = f"{base(invited)}/transcripts/{recording_id}"
    assert client.post(path, json=body).status_code == 202
    assert client.post(path, json=body).status_code == 202  # the same one again
    again = client.post(path, json={"client_id": str(uuid4()), "text": "别的"})
    assert_problem(again, 409, "transcript", "不能再修改")
    assert messages(client, invited)[-1]["text"] == "我先去了车间"


def test_nobody_corrects_the_transcript_of_another_interview(door: Door, client: TestClient, invited: Invited) -> None:
    put(client, invited, str(uuid4()), 0, SPOKEN)
    with door.database.reading() as session:
        recording_id = session.exec(select(Recording.id)).one()
    other = invite(door)
    body = {"client_id": str(uuid4()), "text": "别的"}
    assert_problem(client.post(f"{base(other)}/transcripts/{recording_id}", json=body), 409, "transcript")


def test_the_device_check_is_noted_once(door: Door, client: TestClient, invited: Invited) -> None:
    body = {"client_id": str(uuid4()), "microphone": "silent", "speaker": "ok", "rtt_ms": 93.5, "kbit_s": None}
    for _ in range(2):
        assert client.post(f"{base(invited)}/device-check", json=body).status_code == 204
    assert_problem(client.post(f"{base(invited)}/device-check", json={**body, "microphone": "loud"}), 422, "field")
    with door.database.reading() as session:
        noted = session.exec(select(EnvironmentRecord)).one()
    assert (noted.kind, noted.figures) == ("device_check", {"microphone": "silent", "speaker": "ok", "rtt_ms": 93.5})


def test_the_state_says_whether_answers_may_be_spoken(door: Door, client: TestClient, invited: Invited) -> None:
    assert client.get(f"{base(invited)}/state").json()["voice"] is True
    door.app.state.services.settings.voice.enabled = False
    assert client.get(f"{base(invited)}/state").json()["voice"] is False
    assert_problem(put(client, invited, str(uuid4()), 0, SPOKEN), 409, "voice-off", "打字")
