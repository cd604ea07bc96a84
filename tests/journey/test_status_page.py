"""A candidate on a cheap phone, before, during and after the interview: from the link to feedback, data, and a request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, expect

from bot.console.decisions import decide, note_report_read
from bot.feedback import draft_due, release_feedback
from scoring.report import newest_report
from tests.bot.gateway.chat_door import Invited, invite
from tests.bot.gateway.test_after_interview import BY
from tests.builders import scored_interview
from tests.journey.chat_house import WCAG, House, chromium, house_open, new_phone

WORDS = {
    "zh": {
        "menu": "菜单", "mine": "我的状态和数据", "invited": "待面试", "ask": "获取验证码", "code": "6位验证码",
        "enter": "确定", "problem": "验证码不对", "explain": "查看说明", "people": "人做了什么", "back": "返回",
        "data": "查看全部数据", "answers": "问题和回答", "contact": "联系招聘人员", "message": "想说的话",
        "send": "提交", "sent": "留言已交给招聘人员", "withdraw": "退出面试", "sure": "我确定要退出这次面试",
        "withdrawn": "已退出",
    },
    "en": {
        "menu": "Menu", "mine": "My status and data", "invited": "Invited", "ask": "Send me a code",
        "code": "6-digit code", "enter": "Confirm", "problem": "not right", "explain": "Read the explanation",
        "people": "What people did", "back": "Back", "data": "See all of it", "answers": "Questions and answers",
        "contact": "Contact the recruiter", "message": "Your message", "send": "Send",
        "sent": "Your message is with the recruiter", "withdraw": "Withdraw",
        "sure": "Yes, I want to withdraw from this interview", "withdrawn": "Withdrawn",
    },
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("SMS_URL", "http://127.0.0.1:9/sms")
    monkeypatch.setenv("SMS_SECRET", "whsec_dGVzdA==")
    with house_open(tmp_path, lambda kind, before: []) as opened:
        yield opened


@pytest.fixture
def browser(playwright: Playwright) -> Iterator[Browser]:
    opened = chromium(playwright, "--no-sandbox")
    yield opened
    opened.close()


def look(page: Page, name: str) -> None:
    """Nothing sticks out sideways, and axe finds nothing; a picture is kept where somebody wants to look."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    found = Axe().run(page, options=WCAG)
    assert not found.response["violations"], found.generate_report()


def decided(house: House, invited: Invited, language: str) -> None:
    services = house.door.services
    scored_interview(services, "en" if language == "en" else "zh", interview_id=invited.interview_id)
    with services.database.reading() as session:
        report = newest_report(session, invited.interview_id)
    note_report_read(services, invited.interview_id, report, BY)
    decide(services, invited.interview_id, "advance", "可以。", BY)
    draft_due(services)
    release_feedback(services, invited.interview_id, BY)


@pytest.mark.servers
@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_the_link_to_feedback_data_and_a_request_on_another_phone(
    house: House, browser: Browser, language: str
) -> None:
    words, invited = WORDS[language], invite(house.door, language)
    faults: list[str] = []
    with new_phone(browser, locale={"zh": "zh-CN", "en": "en-GB"}[language]) as phone:
        page = phone.new_page()
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        page.goto(house.link(invited))
        page.locator("#menu summary").click()
        page.get_by_role("link", name=words["mine"]).click()
        expect(page.get_by_text(words["invited"], exact=True)).to_be_visible()
        look(page, f"{language}-1-invited")
    decided(house, invited, language)
    with new_phone(browser, locale={"zh": "zh-CN", "en": "en-GB"}[language]) as phone:
        page = phone.new_page()
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        page.goto(house.link(invited))
        page.locator("p.own a").click()
        look(page, f"{language}-2-stranger")
        page.get_by_role("button", name=words["ask"]).click()
        right = house.door.sender.codes[-1].digits
        page.get_by_label(words["code"]).fill(f"{(int(right) + 1) % 1_000_000:06}")
        page.get_by_role("button", name=words["enter"]).click()
        expect(page.get_by_role("alert")).to_contain_text(words["problem"])
        look(page, f"{language}-3-code")
        page.get_by_label(words["code"]).fill(right)
        page.get_by_role("button", name=words["enter"]).click()
        expect(page.locator(".told")).to_be_visible()
        look(page, f"{language}-4-opened")
        page.get_by_role("link", name=words["explain"]).click()
        expect(page.get_by_role("heading", name=words["people"])).to_be_visible()
        look(page, f"{language}-5-explanation")
        page.get_by_role("link", name=words["back"]).first.click()
        page.get_by_role("link", name=words["data"]).click()
        page.get_by_text(words["answers"], exact=True).click()
        look(page, f"{language}-6-data")
        page.get_by_role("link", name=words["back"]).first.click()
        page.locator("summary", has_text=words["contact"]).click()
        page.get_by_label(words["message"]).fill("OK?")
        page.get_by_role("button", name=words["send"], exact=True).first.click()
        expect(page.get_by_role("status")).to_contain_text(words["sent"])
        page.locator("details", has=page.locator("form[action$='/withdraw']")).locator("summary").click()
        page.get_by_label(words["sure"]).check()
        look(page, f"{language}-7-withdraw")
        page.locator("form[action$='/withdraw'] button").click()
        expect(page.locator("p.status")).to_have_text(words["withdrawn"])
        look(page, f"{language}-8-withdrawn")
    assert faults == []
