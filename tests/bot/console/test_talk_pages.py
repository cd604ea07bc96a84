"""Talks as a recruiter offers, sees, moves and notes them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.accounts import Account, account_by_id
from bot.hr_talk.booking import book_talk, free_times
from core.clock import hands_restored
from core.tables import AuditEntry, Interview, Talk, User
from tests.bot.console.house import House, csrf_of, furnish, furnished
from tests.bot.hr_talk.talk_house import CANDIDATE, LINK
from tests.bot.outreach.conftest import turn_to
from tests.builders import scored_interview

OFFER = "/console/positions/sales/talks"


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    with furnished(tmp_path, monkeypatch) as services, hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        yield furnish(services)


def account(house: House, role: str) -> Account:
    with house.services.database.reading() as session:
        user = session.exec(select(User).where(User.name == role)).one()
        found = account_by_id(session, f"user:{user.id}")
        assert found is not None
        return found


def book(house: House, interview_id: str, number: int = 0) -> None:
    with house.services.database.reading() as session:
        times = free_times(house.services, session, session.get_one(Interview, interview_id))
    book_talk(house.services, interview_id, times[number].id, CANDIDATE)


WINDOW = {"do": "times", "first": "2026-11-26", "begins": "14:00", "ends": "15:00", "zone": "Asia/Shanghai"}


async def test_a_recruiter_offers_times_sees_who_booked_moves_and_notes_what_came_of_it(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        csrf = csrf_of(await browser.get(OFFER))
        bad = await browser.post(
            OFFER, data={"csrf": csrf, "do": "settings", "is_on": "yes", "meeting_url": "http://x"}
        )
        assert (bad.status_code, "会议链接不对" in bad.text) == (422, True)
        good = {"csrf": csrf, "do": "settings", "is_on": "yes", "way": "link", "meeting_url": LINK}
        assert (await browser.post(OFFER, data=good)).status_code == 303
        wrong = await browser.post(OFFER, data={"csrf": csrf, **WINDOW, "zone": "Mars"})
        assert (wrong.status_code, "没有这个时区" in wrong.text) == (422, True)
        assert 'value="14:00"' in wrong.text  # what was typed is still there
        assert (await browser.post(OFFER, data={"csrf": csrf, **WINDOW})).status_code == 303
        book(house, interview_id)
        page = (await browser.get(OFFER)).text
        assert re.findall(r"> (\d\d:\d\d)</label>", page) == ["14:15", "14:30", "14:45"]
        assert '<span class="tag">14:00 已约</span>' in page
        free = re.findall(r'name="time" value="(\w+)"', page)
        assert (await browser.post(OFFER, data={"csrf": csrf, "do": "withdraw", "time": free[-1]})).status_code == 303

        listed = (await browser.get("/console/talks")).text
        assert "林晓芸" in listed
        assert LINK not in listed  # more than a day ahead
        own = f"/console/interviews/{interview_id}"
        move = {"csrf": csrf, "do": "move", "time": free[0], "words": "改一刻钟"}
        assert (await browser.post(f"{own}/talk", data=move)).headers["location"] == f"{own}#talk"
        early = await browser.post(f"{own}/talk", data={"csrf": csrf, "do": "held", "from": "talks"})
        assert "还没到约定的时间" in (await browser.get(early.headers["location"])).text
    turn_to("2026-11-26T13:00+08:00")
    async with house.signed_in("recruiter") as browser:
        csrf = csrf_of(await browser.get(OFFER))
        assert LINK in (await browser.get("/console/talks")).text
        turn_to("2026-11-26T14:20+08:00")
        late = await browser.post(f"{own}/talk", data={"csrf": csrf, "do": "cancel"})
        assert "不能再改或取消" in (await browser.get(late.headers["location"])).text
        done = await browser.post(f"{own}/talk", data={"csrf": csrf, "do": "missed", "from": "talks"})
        assert "林晓芸" not in (await browser.get(done.headers["location"])).text
        assert "没有联系上" in (await browser.get(own)).text
    with house.services.database.reading() as session:
        log = [row.action for row in session.exec(select(AuditEntry)) if row.subject == interview_id]
    assert {"talk_contact_read", "talk_moved", "talk_missed"} <= set(log)


async def test_phone_numbers_of_talks_are_for_who_may_invite_and_see_the_position_and_looking_is_logged(
    house: House,
) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser, house.signed_in("reviewer") as reviewer:
        csrf = csrf_of(await browser.get(OFFER))
        await browser.post(OFFER, data={"csrf": csrf, "do": "settings", "is_on": "yes", "way": "phone"})
        await browser.post(OFFER, data={"csrf": csrf, **WINDOW, "first": "2026-11-24"})
        book(house, interview_id)
        assert 'href="tel:+8613800001234"' in (await browser.get("/console/talks")).text
        assert "十分钟沟通" not in (await reviewer.get(f"/console/interviews/{interview_id}")).text
        assert (await reviewer.get("/console/talks")).status_code == 403
        house.limit("recruiter", "software_engineer")
        listed = (await browser.get("/console/talks")).text
        assert "林晓芸" not in listed
        cancel = {"csrf": csrf, "do": "cancel"}
        assert (await browser.post(f"/console/interviews/{interview_id}/talk", data=cancel)).status_code == 404
    mine = account(house, "recruiter").id
    with house.services.database.reading() as session:
        assert session.get_one(Talk, interview_id).cancelled_at is None
        read = [row.actor for row in session.exec(select(AuditEntry)) if row.action == "talk_contact_read"]
    assert read == [mine]
