"""Feedback reaches a candidate in the Telegram chat that their interview is bound to, also after its end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.candidate_rights.door import can_be_reached
from bot.candidate_rights.requests import call_recruiter, settle, tasks_waiting
from core.clock import now
from tests.bot.gateway.chat_door import Invited, changed
from tests.bot.gateway.test_after_interview import BY, tell
from tests.bot.telegram_house import House, Scripted, aside, echo, telegram_house, until


@pytest.fixture
async def house(tmp_path: Path, telegram_api: str) -> AsyncIterator[House]:
    async with telegram_house(tmp_path, telegram_api) as opened:
        yield opened


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_feedback_and_answers_arrive_in_the_bound_chat_after_the_end_once(house: House, language: str) -> None:
    phone, stranger = house.phone(), house.phone()
    text = {"zh": "张伟，您好！\n\n面试结果：您已进入下一轮。", "en": "Dear Wei,\n\nThe outcome: the next round."}[
        language
    ]
    async with house.open(Scripted(echo)):
        invited: Invited = house.invite(language)
        await aside(phone.open_link, invited.token)
        await aside(phone.write, "好")
        await until(lambda: len(phone.texts()) == 1)
        with changed(house.door, invited.interview_id) as interview:
            interview.consented_at = interview.finished_at = now()
            interview.expires_at = now()
        await aside(tell, house.door, invited, text)
        house.services.outbox_bell.ring()
        await until(lambda: len(phone.texts()) == 3)
        assert (await aside(phone.texts))[1] == text
        assert await aside(can_be_reached, house.services, invited.interview_id)
        await aside(call_recruiter, house.services, invited.interview_id)
        (task,) = await aside(tasks_waiting, house.services, BY)
        await aside(settle, house.services, task.id, "Call me.", BY)
        house.services.outbox_bell.ring()
        await until(lambda: len(phone.texts()) == 4)
    _, feedback, more, answer = await aside(phone.texts)
    assert (feedback, answer) == (text, "Call me.")
    (token,) = re.findall(r"/i/(\S+)/status", more)
    transport = httpx.ASGITransport(house.door.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mianshi.test") as browser:
        page = await browser.get(f"/i/{token}/status")
        asked = await browser.post(f"/i/{token}/status/code")
    assert page.status_code == 200
    assert text not in page.text
    assert "138****1234" in asked.text  # this house's sender is a stand-in; the real one names Telegram
    assert await aside(stranger.texts) == []
