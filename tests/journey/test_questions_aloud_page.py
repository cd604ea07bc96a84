"""Listening to a question in a real browser: the real client speaks to an endpoint on loopback, the browser plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from bot.questions_aloud import QuestionsAloud
from core.clock import now
from core.content import Language
from core.settings import SpeechSettings
from dialogue.turn import Reply
from scoring.engines.speech_synthesiser import SpeechEndpoint
from tests.bot.gateway.chat_door import Invited, changed, invite, question, say
from tests.fakes.llm_endpoint import FakeEndpoint, fails, fake_endpoint, plays
from tests.journey.chat_house import PHONE, WCAG, House, chromium, house_open, new_phone, opened, press_until, ready
from tests.recordings import encode, join
from tests.stack import eventually

QUESTIONS = {"zh": "请讲一次您说服客户的经历。", "en": "Tell me about a time you persuaded a customer."}
LISTEN = {"zh": "听题", "en": "Listen"}
WATCH_PLAYERS = """
window.players = [];
window.Audio = class extends window.Audio { constructor() { super(); window.players.push(this); } };
"""
PLAYING = "() => players.filter(player => !player.paused && player.currentTime > 0).length"


def script(kind: str, before: int) -> list[Reply]:
    return [Reply("status", "收到。")]


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = chromium(playwright, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def running() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: FakeEndpoint) -> FakeEndpoint:
    running.requests.clear()
    running.script = [plays(encode(join(["013720023", "013720051"]), "mp3"))]
    return running


@pytest.fixture
def house(tmp_path: Path, endpoint: FakeEndpoint) -> Iterator[House]:
    settings = SpeechSettings(base_url=endpoint.base_url, model="speech-1", voice_zh="xiaoxiao", voice_en="emma")
    aloud = QuestionsAloud(SpeechEndpoint(settings), tmp_path / "aloud")
    with house_open(tmp_path, script, aloud) as opened_house:
        yield opened_house


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    with new_phone(browser, permissions=["microphone"]) as context:
        context.add_init_script(WATCH_PLAYERS)
        yield context


def asked(house: House, language: Language = "zh") -> Invited:
    invited = invite(house.door, language)
    with changed(house.door, invited.interview_id) as interview:
        interview.consented_at = now()
    say(house.door, invited.interview_id, question(1, QUESTIONS[language]))
    return invited


def hears(page: Page) -> None:
    eventually(lambda: page.evaluate(PLAYING) == 1, 10, "nothing is to be heard")


def test_a_question_is_heard_and_a_second_press_stops_it(
    phone: BrowserContext, house: House, endpoint: FakeEndpoint
) -> None:
    page = phone.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    invited = asked(house)
    page.goto(house.link(invited))
    ready(page)
    listen = page.get_by_role("button", name="听题")
    listen.click()
    hears(page)
    expect(listen).to_have_attribute("aria-pressed", "true")
    assert endpoint.requests[0]["input"] == QUESTIONS["zh"]
    listen.click()
    expect(listen).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(PLAYING) == 0
    listen.click()
    hears(page)
    expect(listen).to_have_attribute("aria-pressed", "false", timeout=20_000)  # it has been heard to its end
    assert len(endpoint.requests) == 1
    assert complaints == []


def test_another_question_takes_its_place_and_the_microphone_ends_it(phone: BrowserContext, house: House) -> None:
    invited = asked(house)
    page = opened(phone, house, invited)
    say(house.door, invited.interview_id, question(2, "下一题：您怎么安排一天的拜访？"))
    buttons = page.get_by_role("button", name="听题")
    expect(buttons).to_have_count(2)
    buttons.first.click()
    hears(page)
    buttons.last.click()
    expect(buttons.first).to_have_attribute("aria-pressed", "false")
    expect(buttons.last).to_have_attribute("aria-pressed", "true")
    hears(page)
    page.locator("#voice-record").click()  # a microphone that hears the question would have it in the answer
    expect(page.locator("#voice-stop")).to_be_visible()
    assert page.evaluate(PLAYING) == 0
    expect(buttons.last).to_have_attribute("aria-pressed", "false")


def test_a_failure_is_one_sentence_beside_the_question(
    phone: BrowserContext, house: House, endpoint: FakeEndpoint
) -> None:
    page = opened(phone, house, asked(house))
    endpoint.script = [fails(503)]
    listen = page.get_by_role("button", name="听题")
    listen.click()
    expect(page.locator("deep-chat .kind-note")).to_have_text("面试官这道题暂时播放不了，请先看文字。")
    expect(listen).to_have_attribute("aria-pressed", "false")
    expect(page.locator("deep-chat .said .words").first).to_have_text(QUESTIONS["zh"])
    phone.set_offline(True)
    listen.click()
    expect(page.locator("deep-chat .kind-note")).to_have_count(2)


def test_only_questions_of_our_own_have_the_button_also_after_a_reload(phone: BrowserContext, house: House) -> None:
    invited = asked(house)
    page = opened(phone, house, invited)
    say(
        house.door,
        invited.interview_id,
        Reply("status", "稍等。"),
        question(2, "您在星海贸易做过什么？", stage="resume"),
    )
    expect(page.locator("deep-chat .said")).to_have_count(3)
    for _ in range(2):
        expect(page.locator("deep-chat .listen")).to_have_count(1)
        expect(page.locator("deep-chat .said").first.locator(".listen")).to_be_visible()
        page.reload()
        ready(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_keyboard_alone_is_enough_and_axe_finds_nothing(
    phone: BrowserContext, house: House, language: Language
) -> None:
    page = opened(phone, house, asked(house, language))
    press_until(page, "button", LISTEN[language], back=True)
    page.keyboard.press("Enter")
    hears(page)
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    size = page.locator("deep-chat .listen").bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_a_voice_nothing_is_to_be_seen_of_it(phone: BrowserContext, tmp_path: Path) -> None:
    (tmp_path / "quiet").mkdir()
    with house_open(tmp_path / "quiet", script) as house:
        page = opened(phone, house, asked(house))
        expect(page.locator("deep-chat .said")).to_have_count(1)
        assert page.locator(".listen").count() == 0
