"""A reviewer at the review screen in a real browser: by keyboard alone, by ear, and on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlmodel import select

from bot import recordings
from core.clock import now
from core.tables import Answer, Decision, Interview, Position, Question, Recording, new_id
from scoring.heard import Delivery, Heard, Quality, Word
from tests.bot.console.house import House
from tests.journey.console_house import console_running
from tests.journey.test_console_pages import DESK, LANGUAGES, Desk
from tests.recordings import clip_bytes, clips

PHONE = {"width": 390, "height": 844}
MOST_KEYSTROKES = 12


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    with pytest.MonkeyPatch.context() as patch, console_running(tmp_path_factory.mktemp("review"), patch) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


class Keys:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self._page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)
            self.pressed += 1


def speak(house: House, interview_id: str, source: str) -> str:
    """Have the answer to one question come as a recording; its words come a tenth of a second apart."""
    services = house.services
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        finished, interview.finished_at = interview.finished_at, None
    longest = max(clips(), key=lambda clip: len(clip_bytes(clip["id"])))
    recordings.receive_recording(services, interview_id, new_id(), clip_bytes(longest["id"]), "web")
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        interview.finished_at = finished
        key = services.key_of(session, interview)
        recording = session.exec(select(Recording).where(Recording.interview_id == interview_id)).one()
        asked = select(Answer).join(Question).where(Question.source == source, Answer.interview_id == interview_id)  # type: ignore[arg-type]
        answer = session.exec(asked).one()
        text = key.open(answer.text_sealed)
        words = tuple(Word(word, n / 10, (n + 1) / 10, 0.9) for n, word in enumerate(text.split()))
        quality = Quality(30.0, 0.0, 0.8, -20.0, "good", None)
        heard = Heard(text, "en", words, len(words) / 10, quality, Delivery(), "fixed/1")
        recording.heard_sealed = key.seal(json.dumps(heard.to_json()), "heard")
        recording.question_id, recording.verdict = answer.question_id, "good"
        recording.settled_at = recording.confirmed_at = recording.heard_at = now()
        answer.recording_id = recording.id
        return recording.id


def test_twelve_keystrokes_lead_from_the_queue_to_a_decision(running: tuple[House, str], browser: Browser) -> None:
    house, _ = running
    with house.services.database.reading() as session:
        first = session.exec(
            select(Interview.id).where(Interview.finished_at.is_not(None)).order_by(Interview.id)
        ).all()[1]  # type: ignore[union-attr]
    speak(house, first, "resilience_s1")
    desk = Desk(browser, *running, "recruiter", "zh", DESK)
    page = desk.page
    desk.go("/console/review")
    keys = Keys(page)
    keys.press("Enter")
    expect(page.locator(".competency.current h3")).to_have_text("客户沟通")
    expect(page.locator("mark.of-current")).to_have_count(3)
    keys.press("j", "e", "e")
    expect(page.locator("mark.now")).to_have_count(1)
    keys.press(" ")
    page.wait_for_function(
        "[...document.querySelectorAll('audio')].some((audio) => !audio.paused && audio.currentTime > 0.3)"
    )
    keys.press(" ")
    page.wait_for_function("[...document.querySelectorAll('audio')].every((audio) => audio.paused)")
    keys.press("j")
    expect(page.locator(".competency.current h3")).to_have_text("结果导向")
    before = page.url
    keys.press("a", "1")
    reason = page.locator("#decide textarea").input_value()
    assert reason
    keys.press("Enter")
    page.wait_for_url(lambda url: url != before)
    assert keys.pressed <= MOST_KEYSTROKES, keys.pressed
    with house.services.database.reading() as session:
        newest = session.exec(select(Decision).order_by(Decision.id.desc())).first()  # type: ignore[attr-defined]
        assert newest is not None
        assert (newest.interview_id, newest.value, newest.by) == (first, "advance", "recruiter")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert desk.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_queue_and_screen_are_whole_and_accessible_and_blind_rating_needs_no_mouse(
    running: tuple[House, str], browser: Browser, language: str
) -> None:
    house, _ = running
    role = {"zh": "recruiter", "en": "admin"}[language]
    for size in (PHONE, DESK):
        desk = Desk(browser, *running, role, language, size)
        for name, path in (("queue", "/console/review"), ("figures", "/console/review/figures")):
            desk.go(path)
            desk.look(name)
        desk.go("/console/review")
        desk.page.locator(".queue a").first.click()
        desk.look("screen")
        assert desk.faults == []
    with house.services.database.unit_of_work() as session:
        for position in session.exec(select(Position)):
            position.profile = {**position.profile, "review": {"blind_review": True}}
    try:
        desk.go("/console/review")
        blind = desk.page.locator(".queue li:not(:has(input)) a")
        blind.first.click()
        desk.look("blind")
        expect(desk.page.locator(".score")).to_have_count(0)
        keys = Keys(desk.page)
        keys.press("3", "4", "3", "s")
        expect(desk.page.locator(".score")).to_have_count(3)
    finally:
        with house.services.database.unit_of_work() as session:
            for position in session.exec(select(Position)):
                position.profile = {**position.profile, "review": {"blind_review": False}}
    assert desk.faults == []
