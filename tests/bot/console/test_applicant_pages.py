from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import get_args

import pytest

from bot.console.texts import all_texts
from bot.outreach.applicant_invitation import Problem
from core.clock import hands_restored
from hr_bridge.resume.document import Reason
from tests.bot.console.house import House, csrf_of
from tests.bot.outreach.applicant_house import RESUME, ApplicantHouse, applicant_house


@pytest.fixture
async def odoo(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApplicantHouse]:
    with hands_restored():
        async with applicant_house(house.services) as odoo:
            monkeypatch.setattr(house.services.settings.odoo, "url", odoo.odoo.url)
            yield odoo


async def test_who_came_in_is_listed_with_what_is_in_the_way(house: House, odoo: ApplicantHouse) -> None:
    odoo.apply(RESUME)
    odoo.apply(b"\xff\xd8\xff", "cv.jpg", partner_name="无联系方式", partner_phone=False)
    odoo.apply(partner_name="厨师张", job_id=odoo.other_job)
    await odoo.look()
    async with house.signed_in("hr") as browser:
        page = await browser.get("/console/applicants")
    for words in ("李雷", "待邀请", "无联系方式", "没有手机号和邮箱", "是图片", "“Cook”", "1 人"):
        assert words in page.text
    assert "厨师张" not in page.text
    assert "/invite" not in re.sub(r"/console/invite", "", page.text)  # the HR clerk looks, the recruiter invites


async def test_the_button_invites_once_and_shows_the_link(house: House, odoo: ApplicantHouse) -> None:
    one = odoo.apply(RESUME)
    await odoo.look()
    path = f"/console/applicants/{odoo.row(one).id}/invite"
    async with house.signed_in("recruiter") as browser:
        form = {"csrf": csrf_of(await browser.get("/console/applicants"))}
        made = await browser.post(path, data=form)
        shown = await browser.get(made.headers["location"])
        again = await browser.post(path, data=form)
        listed = await browser.get("/console/applicants")
    assert made.status_code == 303
    assert re.search(r'value="http://mianshi\.test/i/[\w-]+"', shown.text)
    assert again.status_code == 422
    assert "已被邀请" in again.text
    assert "已邀请" in listed.text
    assert len(odoo.interviews()) == 1


async def test_a_look_that_failed_and_a_house_without_odoo_are_said(house: House, odoo: ApplicantHouse) -> None:
    odoo.odoo.key = "another"
    with pytest.raises(Exception, match="make a new one"):
        await odoo.look()
    async with house.signed_in("admin") as browser:
        assert "ODOO_KEY" in (await browser.get("/console/applicants")).text
        house.services.settings.odoo.url = None
        assert "还没有连接 Odoo" in (await browser.get("/console/applicants")).text


async def test_many_who_vanish_at_once_wait_for_a_person(house: House, odoo: ApplicantHouse) -> None:
    made = [odoo.apply(partner_phone=f"1380000123{number}") for number in range(5)]
    await odoo.look()
    odoo.odoo.models.unlink("hr.applicant", made)
    await odoo.look(after=timedelta(days=2))
    assert odoo.row(made[0]).standing == "open"
    async with house.signed_in("recruiter") as browser:
        page = await browser.get("/console/applicants")
        assert "有 5 位申请人" in page.text
        await browser.post("/console/applicants/vanished", data={"csrf": csrf_of(page)})
        await odoo.look(after=timedelta(seconds=3))
        assert "有 5 位申请人" not in (await browser.get("/console/applicants")).text
    assert odoo.row(made[0]).standing == "deleted"


async def test_strangers_and_programs_see_nothing(house: House, odoo: ApplicantHouse) -> None:
    async with house.visitor() as browser:
        assert (await browser.get("/console/applicants")).status_code == 303
        assert (await browser.post("/console/applicants/x/invite")).status_code in (303, 403)


def test_every_problem_has_its_sentence() -> None:
    texts = all_texts()
    assert [one for one in get_args(Problem) if f"applicants.problem_{one}" not in texts] == []
    assert [one for one in get_args(Reason) if f"applicants.resume_{one}" not in texts] == []
