"""The sound of a question over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.gateway import questions_api
from bot.gateway.rate_limit import RateLimit
from bot.questions_aloud import QuestionsAloud
from core.settings import SpeechSettings
from scoring.engines.speech_synthesiser import SpeechEndpoint
from tests.bot.gateway.chat_door import Invited, invite, open_door, question, say
from tests.fakes.llm_endpoint import FakeEndpoint, fails, fake_endpoint, plays
from tests.recordings import clip, encode


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as running:
        yield running


@pytest.fixture
def entered(tmp_path: Path, endpoint: FakeEndpoint) -> Iterator[tuple[TestClient, Invited]]:
    """A candidate who has been asked a question from the library, then one from the résumé."""
    endpoint.requests.clear()
    speaker = SpeechEndpoint(SpeechSettings(base_url=endpoint.base_url, model="speech-1", voice_zh="xiaoxiao"))
    door = open_door(tmp_path, aloud=QuestionsAloud(speaker, tmp_path / "aloud"))
    invited = invite(door)
    say(door, invited.interview_id, question(1, "请讲一次。"), question(2, "您在星海贸易做过什么？", stage="resume"))
    with TestClient(door.app) as client:
        assert client.post(f"/api/chat/{invited.token}/device").status_code == 204
        yield client, invited


def test_a_question_comes_as_sound_and_is_made_once(
    entered: tuple[TestClient, Invited], endpoint: FakeEndpoint
) -> None:
    client, invited = entered
    sound = encode(clip("013720023"), "mp3")
    endpoint.script = [plays(sound)]
    for _ in range(2):
        answer = client.get(f"/api/chat/{invited.token}/questions/1/sound")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
        assert answer.content == sound
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("seq", [2, 3])
def test_what_is_no_question_of_ours_is_not_read(
    entered: tuple[TestClient, Invited], endpoint: FakeEndpoint, seq: int
) -> None:
    client, invited = entered
    answer = client.get(f"/api/chat/{invited.token}/questions/{seq}/sound")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-read-aloud")
    assert endpoint.requests == []


def test_a_voice_that_is_away_is_one_sentence(entered: tuple[TestClient, Invited], endpoint: FakeEndpoint) -> None:
    client, invited = entered
    endpoint.script = [fails(503)]
    answer = client.get(f"/api/chat/{invited.token}/questions/1/sound")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "这道题暂时播放不了，请先看文字。"


def test_nobody_hears_the_questions_of_another(entered: tuple[TestClient, Invited], endpoint: FakeEndpoint) -> None:
    client, invited = entered
    client.cookies.clear()
    assert client.get(f"/api/chat/{invited.token}/questions/1/sound").status_code == 403
    assert endpoint.requests == []


def test_a_flood_of_presses_is_slowed_down(
    entered: tuple[TestClient, Invited], endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, invited = entered
    monkeypatch.setattr(questions_api, "listening_rate", RateLimit(burst=1, per_second=0.1))
    endpoint.script = [plays(encode(clip("013720023"), "mp3"))]
    answers = [client.get(f"/api/chat/{invited.token}/questions/1/sound").status_code for _ in range(2)]
    assert answers == [200, 429]
