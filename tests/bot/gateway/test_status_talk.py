"""Ten minutes with a recruiter, as the candidate's own page offers, books, changes and cancels them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlmodel import select

from bot.hr_talk.booking import book_talk, cancel_talk
from core.clock import hands_restored
from core.tables import Talk
from tests.bot.gateway.chat_door import Door, changed, open_door
from tests.bot.gateway.test_after_interview import visitor
from tests.bot.gateway.test_status_page import csrf_of, enter, held, page_of
from tests.bot.hr_talk.talk_house import CANDIDATE, LINK, finished, free, offer, recruiter
from tests.bot.outreach.conftest import turn_to


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setenv("SMS_URL", "http://127.0.0.1:9/sms")
    monkeypatch.setenv("SMS_SECRET", "whsec_dGVzdA==")
    return open_door(tmp_path)


def choices(page: str) -> dict[str, str]:
    return {at: time_id for time_id, at in re.findall(r'<option value="(\w+)">(\d\d:\d\d)</option>', page)}


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_talk_is_booked_changed_and_cancelled_behind_the_code(door: Door, language: str) -> None:
    words = {
        "zh": ("选一个时间（北京时间）", "11月26日（周四）", "约好了", "11月26日（周四）14:15（北京时间）", "已取消"),
        "en": ("Choose a time (Beijing time)", "Thursday 26 November", "Booked.", "Thursday 26 November, 14:15 (Beijing time)", "Cancelled."),
    }[language]  # fmt: skip
    with hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        async with visitor(door) as browser:
            invited = await held(door, language)
            assert 'id="talk"' not in await enter(door, browser, invited)
            mei = recruiter(door.services)
            offer(door.services, mei)
            page = (await browser.get(page_of(invited))).text
            assert words[0] in page
            assert f'<optgroup label="{words[1]}">' in page
            assert list(choices(page)) == ["14:00", "14:15", "14:30", "14:45"]
            csrf = csrf_of(page)
            for at in ("14:00", "14:15"):
                answer = await browser.post(f"{page_of(invited)}/talk", data={"csrf": csrf, "time": choices(page)[at]})
                assert answer.headers["location"] == f"{page_of(invited)}?done=talk"
            page = (await browser.get(answer.headers["location"])).text
            assert words[2] in page
            assert words[3] in page
            assert f'<a href="{LINK}" rel="noreferrer noopener">' in page
            assert list(choices(page)) == ["14:00", "14:30", "14:45"]
            gone = await browser.post(f"{page_of(invited)}/talk-off", data={"csrf": csrf})
            assert words[4] in (await browser.get(gone.headers["location"])).text
            again = await browser.post(f"{page_of(invited)}/talk-off", data={"csrf": csrf})
            assert again.status_code == 409
            # The data copy has it, with what it has become.
            (copied,) = (await browser.get(f"{page_of(invited)}/data.json")).json()["interviews"]
            assert copied["talk"]["starts_at"] == "2026-11-26T06:15:00+00:00"
            assert copied["talk"]["cancelled_at"] is not None
            assert (await browser.get(f"{page_of(invited)}/data")).text.count(f"<p>{words[3]} · ") == 1


async def test_a_time_that_went_meanwhile_is_said_so_beside_the_next_ones(door: Door) -> None:
    with hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        async with visitor(door) as browser:
            invited, mei = await held(door), recruiter(door.services)
            offer(door.services, mei)
            page = await enter(door, browser, invited)
            other = finished(door.services)
            book_talk(door.services, other, free(door.services, other)[0].id, CANDIDATE)
            late = {"csrf": csrf_of(page), "time": choices(page)["14:00"]}
            answer = await browser.post(f"{page_of(invited)}/talk", data=late)
            assert answer.status_code == 409
            assert "这个时间刚被约走或者已经过了" in answer.text
            assert list(choices(answer.text)) == ["14:15", "14:30", "14:45"]
            book_talk(door.services, invited.interview_id, choices(answer.text)["14:30"], CANDIDATE)
            cancel_talk(door.services, invited.interview_id, mei, "那天停电<b>")
            page = (await browser.get(page_of(invited))).text
            assert "招聘人员留言：那天停电&lt;b&gt;" in page


async def test_without_the_code_nothing_is_booked_or_shown_and_the_end_of_the_chat_leads_there(door: Door) -> None:
    with hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        async with visitor(door) as browser, visitor(door) as stranger:
            invited, mei = await held(door), recruiter(door.services)
            assert (await browser.post(f"/api/chat/{invited.token}/device")).status_code == 204
            assert "和招聘人员聊十分钟" not in (await browser.get(f"/i/{invited.token}")).text
            offer(door.services, mei)
            ended = (await browser.get(f"/i/{invited.token}")).text
            assert f'<a href="{page_of(invited)}#door">验证身份后选时间</a>' in ended
            assert "验证身份后，还可以约招聘人员聊十分钟" in (await browser.get(page_of(invited))).text
            page = await enter(door, browser, invited)
            book = {"csrf": csrf_of(page), "time": choices(page)["14:00"]}
            assert (await stranger.post(f"{page_of(invited)}/talk", data=book)).status_code == 403
            assert (await browser.post(f"{page_of(invited)}/talk", data=book | {"csrf": "0" * 64})).status_code == 403
            assert (await browser.post(f"{page_of(invited)}/talk", data=book)).status_code == 303
            seen = (await stranger.get(page_of(invited))).text
            assert LINK not in seen
            assert "十分钟" not in seen
            with changed(door, invited.interview_id) as interview:
                interview.withdrawn_at = interview.finished_at
            assert LINK not in (await browser.get(page_of(invited))).text
    with door.database.reading() as session:
        assert len(session.exec(select(Talk)).all()) == 1
