from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from bot.candidate_rights.data_copy import copy_of
from bot.candidate_rights.door import Holder
from bot.demographics import groups_of
from bot.positions import newest_position
from core.clock import now
from core.settings import ROOT
from core.tables import Candidate, DemographicAnswer, Interview
from hr_bridge.policy import load_policy
from tests.bot.gateway.chat_door import Door, Invited, changed, invite, open_door


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return open_door(tmp_path)


async def over(door: Door, browser: httpx.AsyncClient, policy: str, language: str = "zh") -> Invited:
    with door.database.unit_of_work() as session:
        position = newest_position(session, "sales")
        position.profile = position.profile | {"policy": policy}
    invited = invite(door, language)
    await browser.post(f"/api/chat/{invited.token}/device")
    with changed(door, invited.interview_id) as interview:
        interview.consented_at = interview.finished_at = now()
    return invited


def visitor(door: Door) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(door.app), base_url="http://mianshi.test")


async def page(browser: httpx.AsyncClient, invited: Invited) -> str:
    return (await browser.get(f"/i/{invited.token}")).text


async def test_the_form_comes_after_the_end_with_prefer_not_to_say_first_and_once(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await over(door, browser, "us-ny", "en")
        asked = await page(browser, invited)
        assert re.findall(r'<select id="group-(\w+)"[^>]*><option value="">Prefer not to say', asked) == [
            "sex", "age", "race_ethnicity",
        ]  # fmt: skip
        path = f"/api/chat/{invited.token}/groups"
        given = {"sex": "female", "age": "", "race_ethnicity": "martian", "name": "x"}
        assert (await browser.post(path, data=given)).status_code == 303
        assert "group-sex" not in await page(browser, invited)
        await browser.post(path, data={"sex": "male"})
    with door.database.reading() as session:
        row = session.exec(select(DemographicAnswer)).one()
        assert "female" not in row.sealed
        assert groups_of(door.services, session, [invited.interview_id]) == {invited.interview_id: {"sex": "female"}}


async def test_who_would_rather_not_say_is_not_asked_again(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await over(door, browser, "strict")
        assert "不想说" in await page(browser, invited)
        await browser.post(f"/api/chat/{invited.token}/groups", data={"sex": "", "age": ""})
        assert "不想说" not in await page(browser, invited)
    with door.database.reading() as session:
        assert groups_of(door.services, session, [invited.interview_id]) == {invited.interview_id: {}}


async def test_under_cn_nothing_is_asked_and_nothing_is_taken(door: Door) -> None:
    assert load_policy("cn").asked_groups == ()
    async with visitor(door) as browser:
        invited = await over(door, browser, "cn")
        assert "group-sex" not in await page(browser, invited)
        answer = await browser.post(f"/api/chat/{invited.token}/groups", data={"sex": "female"})
        assert answer.status_code == 422
    with door.database.reading() as session:
        assert session.exec(select(DemographicAnswer)).all() == []


async def test_a_stranger_and_an_open_interview_cannot_answer(door: Door) -> None:
    async with visitor(door) as browser, visitor(door) as other:
        invited = await over(door, browser, "us-ny")
        path = f"/api/chat/{invited.token}/groups"
        assert (await other.post(path, data={"sex": "male"})).status_code == 403
        with changed(door, invited.interview_id) as interview:
            interview.finished_at = None
        assert (await browser.post(path, data={"sex": "male"})).status_code == 422


async def test_what_was_told_is_in_their_own_copy_and_unreadable_without_their_key(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await over(door, browser, "us-ny")
        await browser.post(f"/api/chat/{invited.token}/groups", data={"sex": "male"})
    with door.database.reading() as session:
        candidate_id = session.get_one(Interview, invited.interview_id).candidate_id
    (copied,) = copy_of(door.services, Holder(invited.interview_id, candidate_id, ""))["interviews"]
    assert [told["answer"] for told in copied["told_of_yourself"]] == ["男"]
    with door.database.unit_of_work() as session:
        session.get_one(Candidate, candidate_id).wrapped_key = None
        session.flush()
        assert groups_of(door.services, session, [invited.interview_id]) == {}


def test_no_other_module_touches_the_table_and_no_page_about_a_person_asks_for_the_groups() -> None:
    allowed = {
        "DemographicAnswer": {"core/tables/__init__.py", "core/tables/demographics.py", "bot/demographics.py"},
        "told_by": {"bot/demographics.py", "bot/candidate_rights/data_copy.py"},
        "groups_of": {"bot/demographics.py", "bot/console/fairness_view.py", "bot/console/retuning_view.py"},
    }
    folders: Any = ("bot", "core", "dialogue", "hr_bridge", "scoring")
    for word, places in allowed.items():
        found = {
            str(file.relative_to(ROOT))
            for folder in folders
            for file in (ROOT / folder).rglob("*.py")
            if re.search(rf"\b{word}\b", file.read_text(encoding="utf-8"))
        }
        assert found <= places, word
