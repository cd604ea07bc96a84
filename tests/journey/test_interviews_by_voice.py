"""Interviews in which every answer is spoken: real recordings, the real ear, up to the report.

The recordings are read English by Mandarin speakers, sentences that answer no question: what is told is that everything
is heard, and that a report says honestly what it could not score.
"""

from __future__ import annotations

import re
import wave
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright

from bot.console.report_document import ReportDocument
from scoring.audio.kind import RATE
from tests.fakes.telegram.phones import BotAccount
from tests.journey.chat_house import chromium, new_phone, ready
from tests.journey.spoken_interview import (
    WEIGHT,
    add_speaking_position,
    answers_of,
    read_report,
    speak_in_telegram,
    speak_on_the_web,
)
from tests.journey.test_telegram_interview import TelegramCandidate
from tests.recordings import clips, encode, join
from tests.stack import Stack

FLUENT = ("0482", "1372")
SECONDS = 8.0


@pytest.fixture(scope="module")
def position(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    return add_speaking_position(stack, tmp_path_factory.mktemp("position"))


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Its microphone plays two people reading."""
    sound = tmp_path_factory.mktemp("sound") / "speech.wav"
    samples = join([one["id"] for one in clips() if one["speaker"] in FLUENT])
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    launched = chromium(
        playwright,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}",
    )
    yield launched
    launched.close()


def test_an_interview_spoken_in_a_browser_ends_in_a_report(browser: Browser, stack: Stack, position: str) -> None:
    invitation = stack.invite("en", position)
    with new_phone(browser, permissions=["microphone"]) as context:
        page = context.new_page()
        page.goto(invitation.url)
        ready(page)
        spoken = speak_on_the_web(page, "en", SECONDS)
    examine(stack, invitation.id, spoken)


def test_an_interview_spoken_in_telegram_ends_in_a_report(stack: Stack, bot: BotAccount, position: str) -> None:
    invitation = stack.invite("en", position)
    candidate = TelegramCandidate(stack, bot, invitation.id, "en")
    candidate.open_link(invitation.token)
    candidate.press()
    read = [one["id"] for one in clips() if one["speaker"] in FLUENT]
    spoken = speak_in_telegram(candidate, "en", [encode(join(read[at : at + 4])) for at in range(0, len(read), 4)])
    examine(stack, invitation.id, spoken)


def examine(stack: Stack, interview_id: str, spoken: int) -> ReportDocument:
    """Every answer was spoken, heard and confirmed; the report rates how, and invents nothing about what."""
    answers = answers_of(stack, interview_id)
    assert len(answers) == spoken >= 4  # the opening and three questions, and follow-ups where there were any
    known = {word for one in clips() for word in re.findall(r"[a-z']+", one["text"].lower())}
    for answer, recording, words in answers:
        assert recording is not None
        assert answer.transcript_confirmed
        heard = re.findall(r"[a-z']+", words.lower())
        assert len(heard) >= 6
        assert sum(word in known for word in heard) > len(heard) / 2

    report = read_report(stack, interview_id, "en")
    assert report.delivery is not None
    assert (report.delivery["weight"], report.delivery["recordings"]) == (WEIGHT, spoken)
    assert 50 < report.delivery["fluency"] <= 100
    assert 60 < report.delivery["pace_wpm"] < 250
    assert report.corrections == []
    said = " ".join(words for *_, words in answers)
    assert all(quote.quote in said for one in report.competencies for quote in one.evidence)
    assert all(one.score is None or one.score < 80 for one in report.competencies)  # nothing of it answers a question
    return report
