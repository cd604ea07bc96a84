"""The candidate's own page: what a stranger with the link sees, and what the 6-digit code opens."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from sqlmodel import select

from bot.candidate_rights.requests import settle, tasks_waiting
from bot.privacy.holds import place_hold
from core.clock import hands_restored, now, turn_forward
from core.tables import (
    AuditEntry,
    Candidate,
    DataCorrection,
    ErasureRequest,
    Feedback,
    Interview,
    RightsRequest,
    TelegramChat,
)
from tests.bot.gateway.chat_door import Door, Invited, changed, invite, open_door
from tests.bot.gateway.test_after_interview import BY, tell, visitor
from tests.builders import finished_interview

SECRETS = ("张伟", "13800001234", "车间")


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """A house that can send texts."""
    monkeypatch.setenv("SMS_URL", "http://127.0.0.1:9/sms")
    monkeypatch.setenv("SMS_SECRET", "whsec_dGVzdA==")
    return open_door(tmp_path)


def page_of(invited: Invited) -> str:
    return f"/i/{invited.token}/status"


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


async def enter(door: Door, browser: httpx.AsyncClient, invited: Invited) -> str:
    """Get a code and enter it; the page that it opens."""
    asked = await browser.post(f"{page_of(invited)}/code")
    assert asked.status_code == 200, asked.text
    entered = await browser.post(f"{page_of(invited)}/enter", data={"code": door.sender.codes[-1].digits})
    assert entered.status_code == 303, entered.text
    return (await browser.get(page_of(invited))).text


async def held(door: Door, language: str = "zh") -> Invited:
    """An interview that was held to its end."""
    invited = invite(door, language)
    finished_interview(door.services, "en" if language == "en" else "zh", interview_id=invited.interview_id)
    return invited


@pytest.mark.parametrize(
    ("state", "zh", "en"),
    [
        ("invited", ("待面试", "随时可以开始"), ("Invited", "Start whenever it suits you")),
        ("in_progress", ("面试中", "从停下的地方继续"), ("In progress", "carry on where you stopped")),
        ("completed", ("已完成", "验证身份后"), ("Completed", "Confirm that it is you")),
        ("withdrawn", ("已退出", "不会再向您提问"), ("Withdrawn", "You will not be asked anything more")),
        ("expired", ("已过期", "重新开放"), ("Expired", "the interview opens again")),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_anybody_with_the_link_sees_where_it_stands_and_nothing_about_the_person(
    door: Door, state: str, zh: tuple[str, str], en: tuple[str, str], language: str
) -> None:
    invited = invite(door, language)
    with changed(door, invited.interview_id) as interview:
        if state in ("in_progress", "completed"):
            interview.consented_at = now()
        if state == "completed":
            interview.finished_at = now()
        if state == "withdrawn":
            interview.withdrawn_at = now()
        if state == "expired":
            interview.expires_at = now() - timedelta(hours=1)
    if state == "completed":
        tell(door, invited, "车间：您已进入下一轮。")
    async with visitor(door) as stranger:
        page = await stranger.get(page_of(invited))
    assert page.status_code == 200
    for words in zh if language == "zh" else en:
        assert words in page.text
    assert not [secret for secret in SECRETS if secret in page.text]
    assert "csrf" not in page.text


async def test_the_code_opens_feedback_and_rights_in_any_browser(door: Door) -> None:
    async with visitor(door) as browser, visitor(door) as stranger:
        invited = await held(door)
        tell(door, invited, "您已进入下一轮。")
        page = await enter(door, browser, invited)
        assert "您已进入下一轮。" in page
        assert "张伟" in page  # in the form to correct it
        assert "全部数据" in page
        assert "您已进入下一轮" not in (await stranger.get(page_of(invited))).text


async def test_a_wrong_code_is_counted_and_five_use_it_up(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        asked = await browser.post(f"{page_of(invited)}/code")
        assert "138****1234" in asked.text
        right = door.sender.codes[-1].digits
        wrong = f"{(int(right) + 1) % 1_000_000:06}"
        for _ in range(5):
            answer = await browser.post(f"{page_of(invited)}/enter", data={"code": wrong})
            assert answer.status_code == 403
        answer = await browser.post(f"{page_of(invited)}/enter", data={"code": right})
        assert answer.status_code == 403
        assert "验证码已失效" in answer.text
        assert "set-cookie" not in answer.headers


async def test_a_code_expires_and_serves_once_and_opens_no_other_candidates_page(door: Door) -> None:
    async with visitor(door) as browser, visitor(door) as second:
        mine, other = await held(door), await held(door)
        await browser.post(f"{page_of(mine)}/code")
        mine_code = door.sender.codes[-1].digits
        await browser.post(f"{page_of(other)}/code")
        other_code = door.sender.codes[-1].digits
        if mine_code != other_code:
            assert (await browser.post(f"{page_of(other)}/enter", data={"code": mine_code})).status_code == 403
        assert (await browser.post(f"{page_of(mine)}/enter", data={"code": mine_code})).status_code == 303
        assert (await second.post(f"{page_of(mine)}/enter", data={"code": mine_code})).status_code == 403
        # The session of one interview opens no other, not even under its cookie's name.
        cookie = next(iter(browser.cookies.jar))
        stolen = {f"mianshi_rights_{other.interview_id}": cookie.value}
        async with visitor(door) as thief:
            thief.cookies.update(stolen)
            assert "全部数据" not in (await thief.get(page_of(other))).text
            assert (await thief.get(f"{page_of(other)}/data.json")).status_code == 403
        with hands_restored():
            turn_forward(timedelta(minutes=11))
            assert (await second.post(f"{page_of(other)}/enter", data={"code": other_code})).status_code == 403


async def test_a_session_ends_after_half_an_hour_and_at_once_when_it_is_closed(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        csrf = csrf_of(await enter(door, browser, invited))
        with hands_restored():
            turn_forward(timedelta(minutes=31))
            assert "全部数据" not in (await browser.get(page_of(invited))).text
            late = await browser.post(f"{page_of(invited)}/human", data={"csrf": csrf, "words": "在吗"})
            assert late.status_code == 403
            assert "验证已过期" in late.text
        assert (await browser.post(f"{page_of(invited)}/close", data={"csrf": csrf})).status_code == 303
        assert "全部数据" not in (await browser.get(page_of(invited))).text


@pytest.mark.parametrize("what", ["human", "review", "objection", "correct", "withdraw", "erase", "rating", "close"])
async def test_no_form_does_anything_without_its_token_or_without_a_session(door: Door, what: str) -> None:
    sent = {"words": "x", "name": "李雷", "sure": "yes", "stars": "5"}
    async with visitor(door) as browser, visitor(door) as stranger:
        invited = await held(door)
        csrf = csrf_of(await enter(door, browser, invited))
        for client, token in ((browser, ""), (browser, "0" * 64), (stranger, csrf)):
            answer = await client.post(f"{page_of(invited)}/{what}", data=sent | {"csrf": token})
            assert answer.status_code == 403, (what, token)
    with door.database.reading() as session:
        assert session.get_one(Interview, invited.interview_id).withdrawn_at is None
        assert session.exec(select(RightsRequest)).all() == []
        assert session.exec(select(ErasureRequest)).all() == []


async def test_where_no_road_leads_to_the_candidate_the_recruiter_is_asked_to(tmp_path: Path) -> None:
    door = open_door(tmp_path)  # neither mail nor texts are set up
    async with visitor(door) as browser:
        invited = invite(door, phone=None, email=None)
        asked = await browser.post(f"{page_of(invited)}/code")
        again = await browser.post(f"{page_of(invited)}/code")
    assert "已经通知招聘人员" in asked.text
    assert again.status_code == 200
    assert door.sender.codes == []
    (task,) = tasks_waiting(door.services, BY)
    assert (task.kind, task.interview_id, task.name) == ("unreachable", invited.interview_id, "张伟")


async def test_what_a_person_has_to_answer_is_a_task_with_a_day_and_its_answer_reaches_the_candidate(
    door: Door,
) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        csrf = csrf_of(await enter(door, browser, invited))
        sent = await browser.post(f"{page_of(invited)}/human", data={"csrf": csrf, "words": "请问多久有结果？<b>"})
        assert sent.headers["location"] == f"{page_of(invited)}?done=human"
        (task,) = tasks_waiting(door.services, BY)
        assert (task.kind, task.words) == ("human", "请问多久有结果？<b>")
        # 15 working days under cn: three weeks at least, holidays come on top.
        assert task.due_at is not None
        assert timedelta(days=19) <= task.due_at - now() <= timedelta(days=35)
        assert "请问多久有结果？&lt;b&gt;" in (await browser.get(page_of(invited))).text
        settle(door.services, task.id, "本周五之前答复您。", BY)
        assert "本周五之前答复您。" in (await browser.get(page_of(invited))).text
    assert tasks_waiting(door.services, BY) == []


async def test_corrections_count_at_once_and_what_stood_there_before_is_kept(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        page = await enter(door, browser, invited)
        csrf = csrf_of(page)
        (fact,) = re.findall(r'name="(fact_\w+)"', page)[:1]
        options = re.findall(r'<option value="([^"]+)"( selected)?', page[page.index(fact) :].split("</select>")[0])
        other = next(value for value, chosen in options if not chosen)
        wrong = await browser.post(f"{page_of(invited)}/correct", data={"csrf": csrf, "phone": "123"})
        assert wrong.status_code == 422
        assert "请填写正确的手机号" in wrong.text
        given = {"csrf": csrf, "name": "张 玮", "email": "wei@example.com", fact: other}  # no road for mail
        assert (await browser.post(f"{page_of(invited)}/correct", data=given)).status_code == 303
        same = await browser.post(f"{page_of(invited)}/correct", data=given)
        assert (same.status_code, "没有改动" in same.text) == (422, True)
    with door.database.reading() as session:
        interview = session.get_one(Interview, invited.interview_id)
        key = door.services.key_of(session, interview)
        assert key.open(session.get_one(Candidate, interview.candidate_id).name_sealed) == "张 玮"
        rows = {row.field: row for row in session.exec(select(DataCorrection))}
        assert key.open(rows["name"].before_sealed or "", "data correction") == "张伟"
        assert key.open(rows["email"].after_sealed, "data correction") == "wei@example.com"
        assert key.open(rows[fact.removeprefix("fact_")].after_sealed, "data correction") == other
        actors = {row.actor for row in session.exec(select(AuditEntry).where(AuditEntry.action == "data_corrected"))}
        assert actors == {f"candidate:{interview.candidate_id}"}
    assert [task.kind for task in tasks_waiting(door.services, BY)] == ["correction"]


async def test_withdrawing_and_erasing_need_the_tick_and_take_effect(door: Door) -> None:
    async with visitor(door) as browser:
        invited = invite(door)
        csrf = csrf_of(await enter(door, browser, invited))
        unsure = await browser.post(f"{page_of(invited)}/withdraw", data={"csrf": csrf})
        assert (unsure.status_code, "请先勾选确认" in unsure.text) == (422, True)
        done = await browser.post(f"{page_of(invited)}/withdraw", data={"csrf": csrf, "sure": "yes"})
        assert done.status_code == 303
        page = (await browser.get(page_of(invited))).text
        assert "已退出" in page
        assert "/withdraw" not in page
        await browser.post(f"{page_of(invited)}/erase", data={"csrf": csrf, "sure": "yes"})
    with door.database.reading() as session:
        interview = session.get_one(Interview, invited.interview_id)
        assert interview.withdrawn_at is not None
        (request,) = session.exec(select(ErasureRequest)).all()
        assert (request.candidate_id, request.asked_by) == (interview.candidate_id, "candidate")


async def test_under_a_legal_hold_erasing_is_a_task_and_the_candidate_is_told(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        csrf = csrf_of(await enter(door, browser, invited))
        with door.database.unit_of_work() as session:
            candidate_id = session.get_one(Interview, invited.interview_id).candidate_id
            place_hold(session, door.services.keys, BY, "一起尚未了结的劳动仲裁。", candidate_id=candidate_id)
        asked = await browser.post(f"{page_of(invited)}/erase", data={"csrf": csrf, "sure": "yes"})
        assert "依法必须保留" in (await browser.get(asked.headers["location"])).text
    assert [task.kind for task in tasks_waiting(door.services, BY)] == ["erasure"]


async def test_the_browser_of_the_interview_shows_feedback_without_a_code_and_no_data(door: Door) -> None:
    async with visitor(door) as browser:
        invited = invite(door)
        await browser.post(f"/api/chat/{invited.token}/device")
        finished_interview(door.services, interview_id=invited.interview_id)
        before = (await browser.get(page_of(invited))).text
        assert "会告诉您结果" in before
        tell(door, invited, "您已进入下一轮。")
        page = (await browser.get(page_of(invited))).text
        with hands_restored():
            turn_forward(timedelta(days=11))
            with door.database.unit_of_work() as session:
                session.exec(delete(Feedback))
            late = (await browser.get(page_of(invited))).text
    assert "您已进入下一轮。" in page
    assert "招聘负责人会联系您约定" in page
    assert "全部数据" not in page
    assert "张伟" not in page
    assert "非常抱歉" in late


async def test_a_chat_in_telegram_alone_is_a_road_for_the_code(door: Door) -> None:
    door.services.settings.telegram.token = SecretStr("7:x")
    async with visitor(door) as browser:
        invited = invite(door, phone=None)
        with door.database.unit_of_work() as session:
            chat = TelegramChat(bot_id=7, user_id=8, interview_id=invited.interview_id, chosen_at=now(), bound_at=now())
            session.add(chat)
        await enter(door, browser, invited)
    assert door.sender.codes[-1].contact == ""
    assert tasks_waiting(door.services, BY) == []


async def test_an_erased_candidate_is_told_so_and_nothing_else(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        with door.database.unit_of_work() as session:
            interview = session.get_one(Interview, invited.interview_id)
            session.get_one(Candidate, interview.candidate_id).wrapped_key = None
        page = await browser.get(page_of(invited))
    assert page.status_code == 410
    assert "数据已删除" in page.text
    assert "<form" not in page.text
