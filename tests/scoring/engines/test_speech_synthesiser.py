"""The real `openai` client against an endpoint on loopback that speaks, fails and sends something else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr
from starlette.responses import StreamingResponse

from core.settings import SpeechSettings
from scoring.engines import speech_synthesiser
from scoring.engines.speech_synthesiser import SpeechEndpoint, SpeechFailed
from tests.fakes.llm_endpoint import Behaviour, FakeEndpoint, answers_raw, fails, fake_endpoint, plays
from tests.recordings import clip, encode

QUESTION = "请讲一次您说服客户的经历。"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: FakeEndpoint) -> FakeEndpoint:
    running.requests.clear()
    running.headers.clear()
    return running


def settings_for(base_url: str) -> SpeechSettings:
    return SpeechSettings(base_url=base_url, model="speech-1", api_key=SecretStr("sk-mine"), voice_zh="xiaoxiao")


async def test_a_text_comes_back_as_sound_of_the_language_s_voice(endpoint: FakeEndpoint) -> None:
    sound = encode(clip("013720023"), "mp3")
    endpoint.script = [plays(sound)]

    async with SpeechEndpoint(settings_for(endpoint.base_url)) as speaker:
        assert await speaker.speak(QUESTION, "zh") == sound

    assert endpoint.requests == [
        {"model": "speech-1", "voice": "xiaoxiao", "input": QUESTION, "response_format": "mp3"}
    ]
    assert endpoint.headers[0]["authorization"] == "Bearer sk-mine"


async def test_a_language_without_a_voice_is_not_read() -> None:
    async with SpeechEndpoint(settings_for("http://127.0.0.1:1/v1")) as speaker:
        assert speaker.voice("zh") == "speech-1/xiaoxiao"
        assert speaker.voice("en") is None


@pytest.mark.parametrize(
    "behaviour",
    [fails(401), fails(429), fails(503), answers_raw("<h1>Proxy</h1>", "text/html"), plays(b"")],
    ids=["turned away", "too busy", "away", "a proxy's page", "nothing"],
)
async def test_what_is_no_sound_is_a_failure_without_the_text(
    endpoint: FakeEndpoint, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.script = [behaviour]
    with caplog.at_level(logging.DEBUG):
        async with SpeechEndpoint(settings_for(endpoint.base_url)) as speaker:
            with pytest.raises(SpeechFailed) as failed:
                await speaker.speak(QUESTION, "zh")
    assert len(endpoint.requests) == 1  # the candidate does not wait for a second try
    assert QUESTION not in str(failed.value)
    assert all(record.levelno < logging.INFO or QUESTION not in record.getMessage() for record in caplog.records)


async def test_a_sound_that_drips_is_not_waited_for(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"ID3"
            await asyncio.sleep(0.1)

    monkeypatch.setattr(speech_synthesiser, "LIMIT_S", 0.5)
    endpoint.script = [lambda: StreamingResponse(drip(), media_type="audio/mpeg")]
    async with SpeechEndpoint(settings_for(endpoint.base_url)) as speaker:
        with pytest.raises(SpeechFailed, match=r"not done within 0\.5 s"):
            await speaker.speak(QUESTION, "zh")


async def test_where_nobody_listens_it_fails_at_once() -> None:
    async with SpeechEndpoint(settings_for("http://127.0.0.1:1/v1")) as speaker:
        with pytest.raises(SpeechFailed):
            await speaker.speak(QUESTION, "zh")
