"""Which questions are read aloud, and that each is made once for everybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import conversation
from bot.questions_aloud import NotReadAloud, QuestionsAloud, open_questions_aloud
from bot.services import Services
from core.content import Language
from core.settings import Settings
from dialogue.turn import Button, QuestionMark, Reply
from scoring.engines.speech_synthesiser import SpeechFailed
from tests.bot.gateway.chat_door import Door, invite, open_door, question, say

TEXT = "请讲一次您说服客户的经历。"
FROM_THE_RESUME = "您在「星海贸易」签下过最大的一单是怎么谈成的？"


@dataclass
class Speaker:
    """In the endpoint's place: keeps what it was given, and fails while `is_away`."""

    given: list[tuple[str, Language]] = field(default_factory=list)
    name: str = "voice-1"
    is_away: bool = False

    def voice(self, language: Language) -> str | None:
        return self.name if language == "zh" else None

    async def speak(self, text: str, language: Language) -> bytes:
        self.given.append((text, language))
        await asyncio.sleep(0.02)
        if self.is_away:
            raise SpeechFailed("away")
        return f"{self.name}: {text}".encode()


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
def aloud(speaker: Speaker, tmp_path: Path) -> QuestionsAloud:
    return QuestionsAloud(speaker, tmp_path / "aloud")


@pytest.fixture
def door(tmp_path: Path, aloud: QuestionsAloud) -> Door:
    return open_door(tmp_path, aloud=aloud)


def asked(door: Door, *replies: Reply, language: str = "zh") -> str:
    made = invite(door, language).interview_id
    say(door, made, *replies)
    return made


def marked(services: Services, interview_id: str) -> list[bool]:
    return ["aloud" in message for message in conversation.messages_after(services, interview_id, 0)]


def test_only_questions_and_their_follow_ups_can_be_heard(door: Door) -> None:
    interview_id = asked(
        door,
        Reply("notice", "您好。", (Button("开始", "acknowledge"),)),
        question(1, TEXT),
        Reply("follow_up", "结果怎么样？", mark=QuestionMark("structured", 1, 7)),
        Reply("status", "收到。"),
        question(2, FROM_THE_RESUME, stage="resume"),
    )
    conversation.receive_text(door.services, interview_id, "1", "我先去了车间。")

    assert marked(door.services, interview_id) == [False, True, True, False, False, False]


async def test_what_quotes_a_candidate_is_never_sent_to_the_voice(
    door: Door, aloud: QuestionsAloud, speaker: Speaker
) -> None:
    interview_id = asked(
        door, question(1, FROM_THE_RESUME, stage="resume"), Reply("confirm", "这是您刚才说的：我先去了车间。")
    )
    said = conversation.receive_text(door.services, interview_id, "1", "我先去了车间。")
    for seq in (1, 2, said, said + 1):
        with pytest.raises(NotReadAloud):
            await aloud.sound_of(door.services, interview_id, seq)
    assert speaker.given == []


async def test_a_question_is_made_once_for_all_who_are_asked_it(
    door: Door, aloud: QuestionsAloud, speaker: Speaker
) -> None:
    first, second = asked(door, question(1, TEXT)), asked(door, question(3, TEXT))
    sounds = await asyncio.gather(
        *(aloud.sound_of(door.services, one, 1) for one in (first, second, first)),
    )
    again = await aloud.sound_of(door.services, second, 1)
    assert set(sounds) | {again} == {f"voice-1: {TEXT}".encode()}
    assert speaker.given == [(TEXT, "zh")]


async def test_another_voice_or_another_wording_is_another_sound(
    door: Door, aloud: QuestionsAloud, speaker: Speaker
) -> None:
    interview_id = asked(door, question(1, TEXT), question(1, f"{TEXT}慢慢说。"))
    await aloud.sound_of(door.services, interview_id, 1)
    await aloud.sound_of(door.services, interview_id, 2)
    speaker.name = "voice-2"
    assert await aloud.sound_of(door.services, interview_id, 1) == f"voice-2: {TEXT}".encode()
    assert len(speaker.given) == 3


async def test_a_failure_is_kept_by_nobody(door: Door, aloud: QuestionsAloud, speaker: Speaker) -> None:
    interview_id = asked(door, question(1, TEXT))
    speaker.is_away = True
    with pytest.raises(SpeechFailed):
        await aloud.sound_of(door.services, interview_id, 1)
    speaker.is_away = False
    assert await aloud.sound_of(door.services, interview_id, 1)


def test_a_language_without_a_voice_shows_nothing(door: Door) -> None:
    interview_id = asked(door, question(1, "Tell me about a time."), language="en")
    assert marked(door.services, interview_id) == [False]


async def test_without_a_model_nothing_is_read_aloud(tmp_path: Path) -> None:
    settings = Settings()
    settings.speech.model = None
    async with open_questions_aloud(settings) as aloud:
        assert aloud is None
    door = open_door(tmp_path)
    assert marked(door.services, asked(door, question(1, TEXT))) == [False]
