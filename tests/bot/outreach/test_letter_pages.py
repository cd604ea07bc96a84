from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from bot.gateway import chat_page, letter_pages
from bot.gateway.error_responses import install_error_responses
from bot.outreach.stop_link import stop_url
from bot.services import Services
from core.clock import turn_forward
from core.tables import Candidate, Interview
from tests.bot.console.house import HOST
from tests.bot.outreach.letter_box import send


def browser(services: Services) -> httpx.AsyncClient:
    app = FastAPI()
    app.state.services = services
    for part in (chat_page, letter_pages):
        app.include_router(part.router)
    install_error_responses(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)


def is_off(services: Services) -> bool:
    with services.database.reading() as session:
        return session.exec(select(Candidate)).one().reminders_off_at is not None


async def test_reminders_end_at_the_press_of_a_button_and_not_at_a_look(house_with_mail: Services) -> None:
    made = send(house_with_mail)
    with house_with_mail.database.reading() as session:
        url = stop_url(house_with_mail, session.get_one(Interview, made.id).candidate_id)
    async with browser(house_with_mail) as visitor:
        page = await visitor.get(url)
        assert "退订面试提醒" in page.text
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
        assert not is_off(house_with_mail)
        pressed = await visitor.post(url)
        assert (pressed.status_code, "已退订" in pressed.text, is_off(house_with_mail)) == (200, True, True)


async def test_the_button_of_a_mail_program_needs_no_page(house_with_mail: Services) -> None:
    made = send(house_with_mail, language="en")
    with house_with_mail.database.reading() as session:
        url = stop_url(house_with_mail, session.get_one(Interview, made.id).candidate_id)
    async with browser(house_with_mail) as visitor:
        assert (await visitor.post(url, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    assert is_off(house_with_mail)


@pytest.mark.parametrize("capability", ["x", "01ARZ3NDEKTSV4RRFFQ69G5FAV.00", ".", "%F0%9F%98%80.é"])
async def test_a_made_up_stop_link_does_nothing(house_with_mail: Services, capability: str) -> None:
    send(house_with_mail)
    async with browser(house_with_mail) as visitor:
        assert (await visitor.post(f"{HOST}/letters/stop/{capability}")).status_code == 404
    assert not is_off(house_with_mail)


async def test_who_missed_the_window_opens_it_again_with_one_press(house_with_mail: Services) -> None:
    made = send(house_with_mail)
    async with browser(house_with_mail) as visitor:
        before = await visitor.get(f"/i/{made.token}")
        assert "面试须知" in before.text
        assert "着装不限" in before.text
        assert "12月1日（周二）10:00（北京时间）之前" in before.text

        turn_forward(timedelta(days=7, minutes=1))
        missed = await visitor.get(f"/i/{made.token}")
        assert "我还想参加" in missed.text
        pressed = await visitor.post(f"/i/{made.token}/again")
        assert (pressed.status_code, pressed.headers["location"]) == (303, f"/i/{made.token}")
        assert "12月4日" in (await visitor.get(f"/i/{made.token}")).text

        turn_forward(timedelta(days=4))
        ended = await visitor.get(f"/i/{made.token}")
        assert "我还想参加" not in ended.text
        assert (await visitor.post(f"/i/{made.token}/again")).status_code == 303
        assert "链接已过期" in (await visitor.get(f"/i/{made.token}")).text
