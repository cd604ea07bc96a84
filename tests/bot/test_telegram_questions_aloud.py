"""A question as a voice note in Telegram, for who asks for it, against the fake Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.questions_aloud import QuestionsAloud
from core.settings import SpeechSettings
from dialogue.turn import Reply, Turn
from scoring.engines.speech_synthesiser import SpeechEndpoint
from tests.bot.gateway.chat_door import question
from tests.bot.telegram_house import House, Scripted, aside, telegram_house, until
from tests.fakes.llm_endpoint import FakeEndpoint, fails, fake_endpoint, plays
from tests.fakes.telegram.phones import Phone, buttons_of
from tests.recordings import clip, encode

TEXT = "请讲一次您说服客户的经历。"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: FakeEndpoint) -> FakeEndpoint:
    running.requests.clear()
    running.script = [plays(encode(clip("013720023"), "mp3"))]
    return running


@pytest.fixture
async def house(tmp_path: Path, telegram_api: str, endpoint: FakeEndpoint) -> AsyncIterator[House]:
    settings = SpeechSettings(base_url=endpoint.base_url, model="speech-1", voice_zh="xiaoxiao")
    async with telegram_house(tmp_path, telegram_api) as opened:
        aloud = QuestionsAloud(SpeechEndpoint(settings), tmp_path / "aloud")
        yield replace(opened, services=replace(opened.services, aloud=aloud))


def asking(turn: Turn) -> list[Reply]:
    if turn.text == "简历":
        return [question(2, "您在星海贸易做过什么？", stage="resume")]
    return [question(1, TEXT)] if turn.kind == "text" else []


async def asked(house: House, words: str = "好") -> tuple[Phone, str]:
    """Somebody before a question."""
    phone, invited = house.phone(), house.invite()
    await aside(phone.open_link, invited.token)
    await aside(phone.write, words)
    await until(lambda: phone.messages())
    return phone, invited.interview_id


async def test_the_button_brings_a_voice_note_and_says_nothing_in_the_talk(
    house: House, endpoint: FakeEndpoint
) -> None:
    async with house.open(Scripted(asking)):
        phone, interview_id = await asked(house)
        (listen,) = buttons_of(phone.messages()[-1])
        assert listen["text"] == "🔊 听题"
        await aside(phone.press, listen)
        await until(lambda: house.bot.calls("answerCallbackQuery"))
        await until(lambda: len(phone.messages()) == 2)
    assert phone.messages()[-1]["voice"]["file_size"] > 1000
    assert [request["input"] for request in endpoint.requests] == [TEXT]
    assert [text for _, text in house.said(interview_id)] == ["好", TEXT]
    assert buttons_of(phone.messages()[0]) == [listen]  # to be heard once more


async def test_a_question_that_quotes_the_resume_has_no_such_button(house: House, endpoint: FakeEndpoint) -> None:
    async with house.open(Scripted(asking)):
        phone, _ = await asked(house, "简历")
        assert buttons_of(phone.messages()[-1]) == []
        await aside(phone.press, {"text": "🔊 听题", "callback_data": "listen:2"}, phone.messages()[-1])
        await until(lambda: house.bot.calls("answerCallbackQuery"))
    assert "不能朗读" in house.bot.calls("answerCallbackQuery")[0]["params"]["text"]
    assert endpoint.requests == []


async def test_a_voice_that_is_away_is_told_in_one_sentence(house: House, endpoint: FakeEndpoint) -> None:
    endpoint.script = [fails(503)]
    async with house.open(Scripted(asking)):
        phone, _ = await asked(house)
        await aside(phone.press, phone.buttons()[0])
        await until(lambda: house.bot.calls("answerCallbackQuery"))
        await aside(phone.write, "我还在")  # and the chat goes on
        await until(lambda: len(phone.messages()) == 2)
    assert "播放不了" in house.bot.calls("answerCallbackQuery")[0]["params"]["text"]
    assert house.bot.calls("sendVoice") == []
