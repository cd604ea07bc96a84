"""The chat page in a real browser against the real door; only the dialogue is a script."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from sqlmodel import col, select

from core.clock import now
from core.tables import Message, TypedInput
from dialogue.turn import Button, QuestionMark, Reply
from tests.bot.gateway.chat_door import Invited, changed, invite, question, say
from tests.journey.chat_house import (
    DESKTOP,
    PHONE,
    WCAG,
    House,
    chromium,
    house_open,
    new_phone,
    opened,
    press_until,
    ready,
)

FIRST_PAINT_S = """() => new Promise(done => new PerformanceObserver(
    list => done(list.getEntries()[0].startTime / 1000)
).observe({type: 'paint', buffered: true}))"""
PASTE = """(input, text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    input.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true, composed: true}));
}"""
NOTICE = {
    "zh": "您好，欢迎参加「销售代表」的面试。本次由AI提问并初评，是否进入下一轮由招聘负责人决定。",
    "en": "Hello, and welcome. An AI asks the questions; the recruiter decides who goes on to the next round.",
}


def script(kind: str, before: int) -> list[Reply]:
    if kind == "button":
        return [question(1, "请讲一次您说服客户的经历。")]
    return [Reply("status", "收到。")]


def notice(language: str) -> Reply:
    titles = {"zh": ("我知道了，开始", "先不参加"), "en": ("I understand, let's start", "Not now")}[language]
    return Reply("notice", NOTICE[language], tuple(Button(title, title) for title in titles))


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = chromium(playwright)
    yield launched
    launched.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_open(tmp_path, script) as opened_house:
        yield opened_house


@pytest.fixture
def invited(house: House) -> Invited:
    made = invite(house.door)
    say(house.door, made.interview_id, notice("zh"))
    return made


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    with new_phone(browser) as context:
        yield context


def bubbles(page: Page) -> list[str]:
    return page.locator("deep-chat .said .words").all_inner_texts()


def write(page: Page, text: str) -> None:
    page.locator("#text-input").click()
    page.keyboard.insert_text(text)
    page.get_by_role("button", name=re.compile("^(发送|Send)$")).click()


def test_a_candidate_answers_by_button_and_by_text(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    page.get_by_role("button", name="我知道了，开始").click()
    expect(page.locator("deep-chat .said").nth(2)).to_contain_text("请讲一次您说服客户的经历。")
    expect(page.locator("#question")).to_have_text("结构化问题 1/7")
    expect(page.locator("#time")).to_contain_text("剩余 20:00")
    expect(page.get_by_role("button", name="先不参加")).to_be_disabled()
    write(page, "1. 先问\n2. *再*报价 <b>粗</b>")
    expect(page.locator("deep-chat .said").nth(4)).to_contain_text("收到。")
    assert bubbles(page) == house.texts(invited)
    assert house.texts(invited)[3] == "1. 先问\n2. *再*报价 <b>粗</b>"


def test_a_reload_keeps_everything_and_also_what_is_half_written(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    write(page, "第一条")
    expect(page.locator("deep-chat .said")).to_have_count(3)
    page.locator("#text-input").click()
    page.keyboard.type("写到一半")
    page.reload()
    ready(page)
    expect(page.locator("#text-input")).to_have_text("写到一半")
    expect(page.locator("deep-chat .said")).to_have_count(3)
    assert bubbles(page) == house.texts(invited)


def test_what_is_written_offline_is_sent_once_when_the_line_is_back(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    phone.set_offline(True)
    write(page, "离线时写的")
    expect(page.locator("#line")).to_contain_text("连接中断，正在重连；已写的内容不会丢失")
    expect(page.locator("deep-chat .said").nth(1)).to_contain_text("等待发送")
    phone.set_offline(False)
    expect(page.locator("deep-chat .said")).to_have_count(3, timeout=20_000)
    expect(page.locator("deep-chat .said").nth(1)).not_to_contain_text("等待发送")
    page.reload()
    ready(page)
    time.sleep(1)
    assert bubbles(page) == house.texts(invited) == [NOTICE["zh"], "离线时写的", "收到。"]


def test_a_server_restart_loses_and_doubles_nothing(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    write(page, "重启之前")
    expect(page.locator("deep-chat .said")).to_have_count(3)
    house.stop()
    write(page, "重启之时")
    page.wait_for_timeout(500)
    house.start()
    expect(page.locator("deep-chat .said")).to_have_count(5, timeout=30_000)
    assert bubbles(page) == house.texts(invited) == [NOTICE["zh"], "重启之前", "收到。", "重启之时", "收到。"]


def test_without_sockets_plain_http_carries_the_talk(phone: BrowserContext, house: House, invited: Invited) -> None:
    phone.add_init_script(
        "window.WebSocket = class { static OPEN = 1; constructor() { setTimeout(() => this.onclose({code: 1006})) } }"
    )
    page = opened(phone, house, invited)
    page.get_by_role("button", name="我知道了，开始").click()
    expect(page.locator("deep-chat .said").nth(2)).to_contain_text("请讲一次您说服客户的经历。")
    write(page, "没有长连接")
    expect(page.locator("deep-chat .said")).to_have_count(5)
    assert bubbles(page) == house.texts(invited)


def test_a_second_tab_simply_works(phone: BrowserContext, house: House, invited: Invited) -> None:
    first, second = (opened(phone, house, invited) for _ in range(2))
    write(first, "第一个标签页")
    expect(second.locator("deep-chat .said")).to_have_count(3)
    write(second, "第二个标签页")
    expect(first.locator("deep-chat .said")).to_have_count(5)
    assert bubbles(first) == bubbles(second) == house.texts(invited)


def test_another_phone_takes_over_with_the_code_and_the_first_is_told(
    browser: Browser, phone: BrowserContext, house: House, invited: Invited
) -> None:
    first = opened(phone, house, invited)
    write(first, "在第一台手机上")
    expect(first.locator("deep-chat .said")).to_have_count(3)
    with new_phone(browser) as other:
        second = other.new_page()
        second.goto(house.link(invited))
        expect(second.get_by_role("heading", name="换到这台设备继续")).to_be_visible()
        assert "在第一台手机上" not in second.content()
        second.get_by_role("button", name="获取验证码").click()
        expect(second.locator("#device-status")).to_contain_text("138****1234")
        assert Axe().run(second, options=WCAG).violations_count == 0
        code = house.door.sender.codes[-1].digits
        second.get_by_label("6 位验证码").fill("000000" if code != "000000" else "111111")
        second.get_by_role("button", name="继续面试").click()
        expect(second.locator("#device-status")).to_contain_text("验证码不对")
        second.get_by_label("6 位验证码").fill(code)
        second.get_by_role("button", name="继续面试").click()
        ready(second)
        expect(second.locator("deep-chat .said")).to_have_count(3)
        expect(first.locator("#line")).to_contain_text("另一台设备")
        expect(first.locator("#text-input")).to_have_attribute("contenteditable", "false")
        write(second, "在第二台手机上")
        expect(second.locator("deep-chat .said")).to_have_count(5)
    assert house.texts(invited)[-2:] == ["在第二台手机上", "收到。"]


def test_a_refused_message_comes_back_with_its_reason(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    say(house.door, invited.interview_id, question(1, "旧题", "旧按钮"))
    expect(page.get_by_role("button", name="旧按钮")).to_be_enabled()
    say(house.door, invited.interview_id, question(2, "新题", "新按钮"))
    expect(page.get_by_role("button", name="新按钮")).to_be_enabled()
    expect(page.get_by_role("button", name="旧按钮")).to_be_disabled()
    page.locator("[data-button]", has_text="旧按钮").evaluate("b => { b.disabled = false; b.click() }")
    expect(page.locator("deep-chat .kind-note")).to_contain_text("这个按钮属于前面的问题")


def test_an_overlong_answer_is_refused_and_not_cut(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    write(page, "长" * 8001)
    expect(page.locator("deep-chat .kind-note")).to_contain_text("超过8000字")
    expect(page.locator("#text-input")).to_have_text("长" * 8001)
    assert len(house.texts(invited)) == 1
    page.locator("#text-input").click()
    page.keyboard.press("Backspace")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("deep-chat .said").nth(3)).to_contain_text("收到。")
    assert len(house.texts(invited)[1]) == 8000


def test_a_resume_is_offered_uploaded_and_refused_kindly(
    phone: BrowserContext, house: House, invited: Invited, tmp_path: Path
) -> None:
    page = opened(phone, house, invited)
    expect(page.locator("#resume")).to_be_hidden()  # until the notice is acknowledged
    with changed(house.door, invited.interview_id) as interview:
        interview.consented_at = now()
    expect(page.locator("#resume")).to_be_visible()
    photo, resume = tmp_path / "photo.jpg", tmp_path / "简历.txt"
    photo.write_bytes(b"\xff\xd8\xff\xe0")
    resume.write_text("张伟\n2019.3-2023.5 杭州某某科技有限公司 销售代表\n", "utf-8")
    page.set_input_files("#resume-file", photo)
    expect(page.locator("#resume-status")).to_contain_text("PDF、DOCX 或 TXT")
    page.set_input_files("#resume-file", resume)
    expect(page.locator("deep-chat .said").nth(1)).to_contain_text("简历.txt")
    say(house.door, invited.interview_id, question(1, "第一题"))
    expect(page.locator("#resume")).to_be_hidden()


def test_the_menu_sends_commands_as_words(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    page.get_by_text("菜单", exact=True).click()
    page.get_by_role("button", name="暂停", exact=True).click()
    expect(page.locator("deep-chat .said")).to_have_count(3)
    assert house.texts(invited)[1] == "暂停一下"


def test_the_keyboard_alone_is_enough(phone: BrowserContext, house: House, invited: Invited) -> None:
    page = opened(phone, house, invited)
    press_until(page, "button", "我知道了，开始")
    page.keyboard.press("Enter")
    expect(page.locator("deep-chat .said").nth(2)).to_contain_text("请讲一次您说服客户的经历。")
    page.keyboard.type("用键盘写的")
    page.keyboard.press("Enter")
    expect(page.locator("deep-chat .said").nth(4)).to_contain_text("收到。")
    press_until(page, "summary", "菜单", back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="转人工")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="转人工")).to_be_hidden()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_no_violation(browser: Browser, house: House, language: str, size: dict[str, int]) -> None:
    invited = invite(house.door, language)
    say(house.door, invited.interview_id, notice(language))
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    page = opened(context, house, invited)
    expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])
    page.locator(".choices button").first.click()
    expect(page.locator("deep-chat .said")).to_have_count(3)
    write(page, "一二三")
    expect(page.locator("deep-chat .said")).to_have_count(5)
    page.locator("#menu summary").click()
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_no_violation_on_a_status_page(phone: BrowserContext, house: House, language: str) -> None:
    invited = invite(house.door, language)
    with changed(house.door, invited.interview_id) as interview:
        interview.finished_at = now()
    page = phone.new_page()
    page.goto(house.link(invited))
    expect(page.get_by_role("heading", level=1)).to_have_text(
        {"zh": "面试已完成", "en": "Interview completed"}[language]
    )
    assert Axe().run(page, options=WCAG).violations_count == 0


def test_no_request_leaves_the_house_and_no_policy_is_broken(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = phone.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(house.link(invited))
    ready(page)
    write(page, "你好")
    expect(page.locator("deep-chat .said")).to_have_count(3)
    assert asked
    assert [url for url in asked if not url.startswith((house.url, "data:"))] == []
    assert complaints == []


def test_a_browser_without_adopted_style_sheets_shows_the_same(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    """Chromium before 99 and Safari before 16.4: deep-chat falls back to style elements."""
    frozen = "Object.defineProperty(ShadowRoot.prototype, 'adoptedStyleSheets', {get: () => Object.freeze([])})"
    phone.add_init_script(frozen)
    page = phone.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(house.link(invited))
    ready(page)
    assert complaints == []
    assert page.locator("#text-input-container").evaluate("e => getComputedStyle(e).display") == "flex"


def test_the_first_question_is_readable_within_5_s_on_a_slow_line_and_all_weighs_under_250_kb(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = phone.new_page()
    network = phone.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8},
    )
    received: list[int] = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    started = time.monotonic()
    page.goto(house.link(invited), wait_until="commit")
    page.get_by_text(NOTICE["zh"]).first.wait_for(state="visible")
    readable_s = page.evaluate(FIRST_PAINT_S)
    ready(page)
    usable_s = time.monotonic() - started
    page.wait_for_timeout(500)
    print(f"readable after {readable_s:.1f} s, usable after {usable_s:.1f} s, {sum(received) / 1000:.0f} kB received")
    assert readable_s < 5
    assert 50_000 < sum(received) < 250_000


def test_the_time_counts_down_only_while_it_runs(phone: BrowserContext, house: House, invited: Invited) -> None:
    say(house.door, invited.interview_id, Reply("question", "题", mark=QuestionMark("opening", 1, 7)))
    page = opened(phone, house, invited)
    expect(page.locator("#time")).to_have_text("剩余 20:00 · 已停表")
    with changed(house.door, invited.interview_id) as interview:
        interview.clock_started_at = now()
    expect(page.locator("#time")).to_have_text(re.compile(r"^剩余 19:5\d$"))
    early = page.locator("#time").inner_text()
    page.wait_for_timeout(2_500)
    assert page.locator("#time").inner_text() < early
    with changed(house.door, invited.interview_id) as interview:
        interview.clock_started_at, interview.time_used_s = None, 600.0
    expect(page.locator("#time")).to_have_text("剩余 10:00 · 已停表")


def test_nothing_the_candidate_wrote_stays_in_the_browser(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    write(page, "留下的话")
    expect(page.locator("deep-chat .said")).to_have_count(3)
    stored = json.loads(page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})"))
    assert "留下的话" not in json.dumps(stored, ensure_ascii=False)
    with house.door.database.reading() as session:
        assert all("留下的话" not in row.text_sealed for row in session.exec(select(Message)))


def test_a_notice_longer_than_the_phone_is_shown_from_its_first_line(phone: BrowserContext, house: House) -> None:
    made = invite(house.door)
    lines = "\n".join(f"第{n}点：请您了解这一点，看完再往下。" for n in range(1, 30))
    say(house.door, made.interview_id, Reply("notice", f"您好！\n{lines}", (Button("我知道了，开始", "acknowledge"),)))
    page = opened(phone, house, made)
    page.wait_for_timeout(500)
    said = page.locator("deep-chat .said").first
    assert said.evaluate(
        "e => { const top = e.getBoundingClientRect().top; const log = e.getRootNode().getElementById('messages');"
        " return top >= log.getBoundingClientRect().top - 4 && top < log.getBoundingClientRect().bottom }"
    )


def press_enter(page: Page, count: int) -> None:
    page.keyboard.press("Enter")
    expect(page.locator("deep-chat .said")).to_have_count(count)


def counts(house: House) -> list[TypedInput]:
    with house.door.database.reading() as session:
        return list(session.exec(select(TypedInput).order_by(col(TypedInput.turn_id))))


def test_typing_takes_time_pasting_counts_and_a_draft_counts_for_nothing(
    phone: BrowserContext, house: House, invited: Invited
) -> None:
    page = opened(phone, house, invited)
    field = page.locator("#text-input")
    field.click()
    page.keyboard.type("typed by hand", delay=50)
    press_enter(page, 3)
    field.click()
    field.evaluate(PASTE, "从别处粘贴来的一段话")
    page.keyboard.type(" ok", delay=30)
    press_enter(page, 5)
    typed, pasted = counts(house)
    assert typed.pasted_chars == 0
    assert 300 <= typed.typing_ms <= 5_000
    assert pasted.pasted_chars == 10

    field.click()
    page.keyboard.type("half", delay=10)
    time.sleep(0.3)
    page.reload()
    ready(page)
    page.locator("#text-input").click()
    page.keyboard.type(" and half", delay=10)
    press_enter(page, 7)
    assert len(counts(house)) == 2
