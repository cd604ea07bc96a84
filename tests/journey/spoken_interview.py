"""An interview whose every answer is spoken, held in a browser or in Telegram, and the report that came of it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from bot.console.report_document import ReportDocument, read_report_document
from bot.positions import add_position
from core.content import Language
from core.settings import ROOT
from core.tables import Answer, Interview, Question, Recording, Report
from tests.fakes.telegram.phones import buttons_of
from tests.journey.test_telegram_interview import TelegramCandidate
from tests.stack import Stack, eventually

GOODBYE = {"zh": "面试到这里就结束了", "en": "That was the last question"}
CONFIRM = {"zh": ("确认", "是我的回答"), "en": ("Confirm", "It is my answer")}
SPOKEN_STAGES = ("opening", "structured", "situational")
WEIGHT = 0.2
HEARD_WITHIN_S = 90
MOST_TURNS = 60


def add_speaking_position(stack: Stack, folder: Path) -> str:
    """Sales with one question a competency, for which speaking well counts; its key."""
    profile = yaml.safe_load((ROOT / "hr_bridge" / "positions" / "sales.yml").read_text("utf-8"))
    for number, competency in enumerate(profile["competencies"]):
        competency["resume_question"] = False
        for form in ("questions", "parallel_questions"):
            competency[form] = competency[form][1:] if number else competency[form][:1]
    profile |= {
        "key": "sales_speaking",
        "spoken_communication": {"weight": WEIGHT, "why": {"zh": "整天打电话。", "en": "On the phone all day."}},
    }
    file = folder / "sales_speaking.yml"
    file.write_text(yaml.safe_dump(profile, allow_unicode=True), "utf-8")
    with stack.services() as services:
        return add_position(services.database, file).key


def speak_on_the_web(page: Page, language: Language, seconds: float) -> int:
    """Press what is offered, record each answer for so many seconds, confirm what was heard; how many were spoken."""
    spoken = 0
    for _ in range(MOST_TURNS):
        page.wait_for_timeout(200)
        expect(page.locator("#typing")).to_be_hidden(timeout=60_000)
        last = page.locator("deep-chat .by-bot").last
        words, before = last.inner_text(), page.locator("deep-chat .said").count()
        if GOODBYE[language] in words:
            return spoken
        if (choices := last.locator(".choices button:enabled")).count():
            optional = any(part in words for part in ("简历", "résumé", "没有了", "that's all"))
            (choices.last if optional else choices.first).click()
        else:
            heard = page.locator("deep-chat [data-act=confirm]").count()
            page.locator("#voice-record").click()
            expect(page.locator("#voice-stop")).to_be_visible()
            page.wait_for_timeout(seconds * 1000)
            page.locator("#voice-stop").click()
            page.locator("#voice-send").click()
            confirm = page.locator("deep-chat [data-act=confirm]")
            expect(confirm).to_have_count(heard + 1, timeout=HEARD_WITHIN_S * 1000)
            spoken, before = spoken + 1, page.locator("deep-chat .said").count()
            confirm.last.click()
        expect(page.locator("deep-chat .said").nth(before + 1)).to_be_visible(timeout=60_000)
    raise AssertionError("the interview does not end")


def speak_in_telegram(candidate: TelegramCandidate, language: Language, recordings: Iterable[bytes]) -> int:
    """The same with voice notes, one after the other and from the first again; how many were sent."""
    spoken, notes = 0, itertools.cycle(recordings)
    for _ in range(MOST_TURNS):
        last = candidate.phone.messages()[-1]
        if last["text"].startswith(GOODBYE[language]):
            return spoken
        if open_buttons := [b for b in buttons_of(last) if not b["text"].startswith("✓")]:
            optional = re.search("简历|résumé|没有了|that's all", " ".join([last["text"], *_titles(last)]))
            candidate.press(open_buttons[-1 if optional else 0]["text"])
            continue
        candidate.phone.send_voice(next(notes))
        spoken += 1
        eventually(
            lambda: any(title in CONFIRM[language] for title in _titles(candidate.phone.messages()[-1])),
            HEARD_WITHIN_S,
            f"nothing was heard; {candidate.phone.texts()[-2:]}",
        )
        candidate.press(_titles(candidate.phone.messages()[-1])[0])
    raise AssertionError("the interview does not end")


def read_report(stack: Stack, interview_id: str, language: Language) -> ReportDocument:
    """The report as a recruiter reads it, once it is there."""

    def is_there() -> bool:
        with stack.services() as services, services.database.reading() as session:
            return session.exec(select(Report.id).where(Report.interview_id == interview_id)).first() is not None

    eventually(is_there, 120, f"there is no report; {stack.tail()}")
    with stack.services() as services:
        return read_report_document(services, interview_id, language, None)


def answers_of(stack: Stack, interview_id: str) -> list[tuple[Answer, Recording | None, str]]:
    """What was said to the timed questions: the answer, its recording, and its words."""
    with stack.services() as services, services.database.reading() as session:
        key = services.key_of(session, session.get_one(Interview, interview_id))
        said = (
            select(Answer, Recording)
            .join(Question, col(Question.id) == Answer.question_id)
            .outerjoin(Recording, col(Recording.id) == Answer.recording_id)
            .where(Answer.interview_id == interview_id, col(Question.stage).in_(SPOKEN_STAGES))
        )
        return [(answer, recording, key.open(answer.text_sealed)) for answer, recording in session.exec(said)]


def _titles(message: dict[str, Any]) -> list[str]:
    return [button["text"] for button in buttons_of(message)]
