"""The eight steps of one interview, walked once for real: a candidate on a phone, the recruiter's report, HR's record.
On SQLite and on PostgreSQL, with real Rasa, app and worker, and a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.accounts import create_user
from tests.stack import Stack

PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 900}
ANSWER = {
    "zh": "去年有个做注塑的客户一直嫌贵，我没有急着报价，先去车间看了半天，问他们怎么排产。"
    "我按他们的用工算了一笔账，一年能省十一万，最后签了二十八万，第二年又加了一个厂区。",
    "en": "Last year a moulding plant kept saying we were too expensive. I held the quote back, spent half a day on "
    "their shop floor and asked how they planned shifts. They signed for 280,000 and added a second site.",
}
GOODBYE = {"zh": "面试到这里就结束了", "en": "That was the last question"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        assert chromium, "Chromium is missing: apt-get install chromium"
        launched = playwright.chromium.launch(executable_path=chromium)
        yield launched
        launched.close()


@pytest.fixture
def stack_on(
    request: pytest.FixtureRequest, tmp_path: Path, fresh_postgres: Callable[[], str]
) -> Iterator[Callable[[str], Stack]]:
    started: list[Stack] = []

    def start(database: str) -> Stack:
        if database == "sqlite":
            shared: Stack = request.getfixturevalue("stack")
            return shared
        stack = Stack(tmp_path / "pg-stack", fresh_postgres(), fresh_postgres())
        started.append(stack)
        for process in ("rasa", "worker", "app"):
            stack.start(process)
        stack.wait_until_ready()
        return stack

    yield start
    for stack in started:
        stack.stop()


def newest(page: Page) -> Any:
    return page.locator("deep-chat .by-bot").last


def hold_interview(page: Page, language: str) -> None:
    """Acknowledge, skip the résumé, tap the first option of every fact, write the same answer to every question."""
    for _ in range(30):
        page.wait_for_timeout(200)
        expect(page.locator("#typing")).to_be_hidden(timeout=60_000)
        last = newest(page)
        if GOODBYE[language] in last.inner_text():
            return
        choices = last.locator("button:enabled")
        if choices.count():
            words = last.inner_text()
            optional = "简历" in words or "résumé" in words or "没有了" in words or "that's all" in words
            before = page.locator("deep-chat .said").count()
            (choices.last if optional else choices.first).click()
        else:
            before = page.locator("deep-chat .said").count()
            page.locator("#text-input").click()
            page.keyboard.insert_text(ANSWER[language])
            page.get_by_role("button", name=re.compile("^(发送|Send)$")).click()
        expect(page.locator("deep-chat .said").nth(before + 1)).to_be_visible(timeout=60_000)
    raise AssertionError("the interview did not come to its end")


def sign_in(page: Page, base: str, name: str, password: str, path: str) -> None:
    page.goto(f"{base}{path}")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("button.primary").click()


@pytest.mark.parametrize(("database", "language"), [("sqlite", "zh"), ("postgresql", "en")])
def test_from_the_link_to_the_record(
    browser: Browser, stack_on: Callable[[str], Stack], database: str, language: str
) -> None:
    stack = stack_on(database)
    invitation = stack.invite(language)
    with stack.services() as services:
        recruiter = create_user(services.database, f"recruiter-{language}", "recruiter")
        clerk = create_user(services.database, f"clerk-{language}", "hr")

    phone = browser.new_context(viewport=PHONE)
    page = phone.new_page()
    page.goto(invitation.url)
    expect(page.locator("deep-chat #text-input")).to_be_visible(timeout=30_000)
    hold_interview(page, language)
    phone.close()

    desk = browser.new_context(viewport=DESKTOP)
    page = desk.new_page()
    sign_in(page, stack.base, f"recruiter-{language}", recruiter, f"/console/interviews/{invitation.id}")
    for _ in range(60):
        page.goto(f"{stack.base}/console/interviews/{invitation.id}")
        if page.locator("mark").count():
            break
        page.wait_for_timeout(1000)
    marked = page.locator("mark").first.inner_text()
    assert re.sub(r"^\d+", "", marked).strip() in ANSWER[language]  # the mark begins with its number
    desk.close()

    office = browser.new_context(viewport=DESKTOP)
    page = office.new_page()
    sign_in(page, stack.base, f"clerk-{language}", clerk, "/hr")
    expect(page.get_by_role("link", name="王小明").first).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="王小明").first.click()
    expect(page.locator("main")).to_contain_text(re.compile(r"\d"))
    office.close()
