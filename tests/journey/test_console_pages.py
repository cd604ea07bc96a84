"""A recruiter and an HR clerk at work in a real browser, at desk and phone size, in both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.outreach.invitation_list import invite_listed
from tests.bot.console.house import House
from tests.journey.console_house import console_running

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    with pytest.MonkeyPatch.context() as patch, console_running(tmp_path_factory.mktemp("console"), patch) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class Desk:
    """One signed-in browser page that keeps note of whatever must not happen."""

    def __init__(self, browser: Browser, house: House, address: str, role: str, language: str, size: dict) -> None:
        self.faults: list[str] = []
        self._address, self._name = address, f"{role}-{language}-{size['width']}"
        context = browser.new_context(viewport=size, locale=LANGUAGES[language], timezone_id="Asia/Shanghai")
        self.page = page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)
        page.on("request", lambda request: self._check_request(request.url))
        self.go("/console/sign-in")
        page.get_by_label(re.compile("账号|Account name")).fill(role)
        page.get_by_label(re.compile("密码|Password")).fill(house.passwords[role])
        page.get_by_label(re.compile("密码|Password")).press("Enter")
        switch = page.locator(f"header button[value={language}]")
        if switch.count():
            switch.click()

    def _check_request(self, url: str) -> None:
        if not url.startswith((self._address, "data:")):
            self.faults.append(f"outside request: {url}")

    def go(self, path: str) -> None:
        self.page.goto(self._address + path)

    def look(self, name: str) -> None:
        """Take a picture, and note what hangs over the edge or bars somebody's way."""
        self.page.wait_for_load_state()
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}-{self._name}.png", full_page=True)
        if (over := self.page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            self.faults.append(f"{name} is {over} px too wide")
        checked = Axe().run(self.page, options=AXE).response
        assert len(checked["passes"]) > 10, "axe did not look at the page"
        for violation in checked["violations"]:
            targets = [node["target"] for node in violation["nodes"]]
            self.faults.append(f"{name}: {violation['id']} {targets[:3]}")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole_accessible_and_asks_nobody_outside(
    running: tuple[House, str], browser: Browser, language: str, size: dict[str, int]
) -> None:
    desk = Desk(browser, *running, "admin", language, size)
    for name, path in (
        ("list", "/console"),
        ("list-empty", "/console?q=nobody"),
        ("invite", "/console/invite"),
        ("positions", "/console/positions"),
        ("weights", "/console/positions/production_supervisor/weights"),
        ("retuning", "/console/positions/production_supervisor/retuning"),
        ("insights", "/console/insights?family=sales"),
        ("approvals", "/console/approvals"),
        ("board", "/console/board?changed_on=2026-01-01"),
        ("fairness", "/console/fairness"),
        ("policies", "/console/policies?position=sales&to=us-ny"),
        ("hr", "/hr"),
        ("accounts", "/console/accounts"),
        ("password", "/console/password"),
        ("security", "/console/security"),
        ("second-factor", "/console/second-factor"),
        ("audit", "/console/audit"),
        ("audit-decisions", "/console/audit/decisions"),
        ("unknown", "/console/interviews/unknown"),
    ):
        desk.go(path)
        desk.look(name)
    for name, link in (("report-zh", "林晓芸"), ("report-en", "Maya Lindqvist"), ("report-open", "赵一鸣")):
        desk.go(f"/console?q={link}")
        desk.page.get_by_role("link", name=link).first.click()
        desk.look(name)
    desk.go("/hr")
    desk.page.get_by_role("link", name="林晓芸").first.click()
    desk.look("record")
    desk.go("/console/accounts")
    desk.page.get_by_role("link", name="manager").first.click()
    desk.look("account")
    desk.page.context.clear_cookies()
    desk.go("/console")
    desk.look("sign-in")
    assert desk.faults == []


def test_a_recruiter_invites_reads_and_decides_with_the_keyboard_alone(
    running: tuple[House, str], browser: Browser
) -> None:
    desk = Desk(browser, *running, "recruiter", "zh", DESK)
    page: Page = desk.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    desk.go("/console/invite")
    page.get_by_label("姓名").focus()
    page.keyboard.type("王芳")
    page.keyboard.press("Tab")
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    expect(page.get_by_label("手机号")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("手机号无效")
    page.keyboard.press("Control+A")
    page.keyboard.type("13812341234")
    page.keyboard.press("Enter")
    link = page.locator("#new-link")
    expect(link).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+/i/[\w-]{32}$"))
    page.get_by_role("button", name="复制链接").press("Enter")
    expect(page.get_by_role("button", name="已复制")).to_be_visible()

    desk.go("/console")
    page.get_by_placeholder("姓名、岗位或手机号").fill("周启明")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="周启明").press("Enter")
    quote = page.locator("#quote-1 .anchor")
    quote.press("Enter")
    expect(page).to_have_url(re.compile(r"#evidence-1$"))
    page.get_by_role("radio", name="暂缓").press("Space")
    page.get_by_label("理由").fill("抗压这一项想再当面聊聊。")
    page.get_by_role("button", name="保存决定").press("Enter")
    expect(page.locator("#decision .history")).to_contain_text("抗压这一项想再当面聊聊。")
    assert desk.faults == []


def test_a_pasted_list_is_checked_confirmed_and_invited(running: tuple[House, str], browser: Browser) -> None:
    desk = Desk(browser, *running, "recruiter", "zh", PHONE)
    page: Page = desk.page
    desk.go("/console/invite")
    desk.page.get_by_role("link", name="批量邀请").click()
    number = 13911110360
    page.get_by_label("粘贴名单").fill(
        f"陈静\t{number}\t销售代表\t校招\n刘洋\t139\tsales\t内推\n赵敏\t{number + 1}\t宇航员\t"
    )
    desk.look("bulk")
    page.get_by_role("button", name="检查名单").click()
    expect(page.get_by_role("status")).to_contain_text("可邀请 1 人，有问题 2 行")
    desk.look("bulk-checked")
    page.get_by_role("button", name="确认邀请 1 人").click()
    expect(page.locator("progress")).to_be_visible()
    desk.look("bulk-working")
    invite_listed(running[0].services)
    expect(page.get_by_role("status")).to_contain_text("已邀请 1 人")
    desk.look("bulk-done")
    desk.go("/console?q=陈静")
    page.get_by_role("link", name="陈静").first.click()
    desk.look("letters")
    assert desk.faults == []


def test_an_hr_clerk_sees_the_file_and_sends_a_stuck_delivery_again(
    running: tuple[House, str], browser: Browser
) -> None:
    desk = Desk(browser, *running, "hr", "en", DESK)
    expect(desk.page).to_have_url(re.compile(r"/hr$"))
    expect(desk.page.get_by_role("link", name="Interviews")).to_have_count(0)
    desk.page.get_by_role("link", name="林晓芸").first.click()
    expect(desk.page.get_by_text("销售情景笔试")).to_be_visible()
    expect(desk.page.get_by_text("车间走访和算账的做法")).to_be_visible()
    desk.go("/hr")
    desk.page.get_by_role("button", name="Try again").click()
    expect(desk.page.get_by_text("Being verified")).to_be_visible()
    assert desk.faults == []


def test_the_api_can_be_read_and_tried_in_the_browser(running: tuple[House, str], browser: Browser) -> None:
    house, _ = running
    desk = Desk(browser, *running, "recruiter", "en", DESK)
    desk.go("/docs")
    page = desk.page
    page.get_by_role("button", name="Authorize").click()
    recruiting = page.locator(".modal-ux form").filter(has_text="HTTPBearer")
    recruiting.locator("input").fill(house.tokens["recruiter"])
    recruiting.locator("button[type=submit]").click()
    recruiting.locator(".btn-done").click()
    page.locator("#operations-Recruiting-positions_api_positions_get .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table")).to_contain_text("production_supervisor")
    assert desk.faults == []
