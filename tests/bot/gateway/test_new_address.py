"""A new phone number or e-mail address, given on the candidate's own page: it counts once its code has come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from bot.candidate_rights.requests import tasks_waiting
from core.clock import hands_restored, turn_forward
from core.tables import Candidate, DataCorrection, Interview, NewAddress
from tests.bot.gateway.chat_door import Door, Invited, open_door
from tests.bot.gateway.test_after_interview import BY, visitor
from tests.bot.gateway.test_status_page import csrf_of, enter, held, page_of
from tests.bot.outreach.mail_server import MailServer, mail_server, part

NEW = "wei.zhang@example.com"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mail: MailServer) -> Door:
    """A house that can send mails, and texts through a gateway that is away."""
    settings = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail.port),
        "SMTP_TLS": "none",
        "SMTP_FROM": "jobs@example.com",
        "SMS_URL": "http://127.0.0.1:9/sms",
        "SMS_SECRET": "whsec_" + "dGVzdA" * 8,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return open_door(tmp_path)


def contacts(door: Door, invited: Invited) -> tuple[str | None, str | None]:
    """Phone and e-mail as they are used."""
    with door.database.reading() as session:
        interview = session.get_one(Interview, invited.interview_id)
        candidate = session.get_one(Candidate, interview.candidate_id)
        key = door.services.key_of(session, interview)
        sealed = candidate.phone_sealed, candidate.email_sealed
    return tuple(key.open(each) if each else None for each in sealed)  # type: ignore[return-value]


async def correct(browser: httpx.AsyncClient, invited: Invited, csrf: str, **values: str) -> httpx.Response:
    return await browser.post(f"{page_of(invited)}/correct", data={"csrf": csrf, **values})


async def confirm(browser: httpx.AsyncClient, invited: Invited, csrf: str, code: str) -> httpx.Response:
    form = {"csrf": csrf, "field": "email", "code": code}
    return await browser.post(f"{page_of(invited)}/address", data=form)


def code_in(mail: MailServer) -> str:
    found = re.search(r"\b\d{6}\b", part(mail.mails[-1], "text/plain"))
    assert found
    return found[0]


async def test_a_new_address_is_used_once_the_code_that_was_sent_to_it_came_back(door: Door, mail: MailServer) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        csrf = csrf_of(await enter(door, browser, invited))
        before = contacts(door, invited)
        sent = await correct(browser, invited, csrf, name="张玮", email=NEW)
        assert (sent.status_code, sent.headers["location"].endswith("?done=address_sent")) == (303, True)
        assert [one["To"] for one in mail.mails] == [NEW]
        assert contacts(door, invited) == before, "codes go on going where they went"
        page = (await browser.get(page_of(invited))).text
        assert "w***@example.com" in page
        assert "张玮" in page, "the name counts at once"
        right = code_in(mail)
        wrong = await confirm(browser, invited, csrf, f"{(int(right) + 1) % 1_000_000:06}")
        assert (wrong.status_code, contacts(door, invited)) == (403, before)
        assert (await confirm(browser, invited, csrf, right)).status_code == 303
        assert contacts(door, invited) == (before[0], NEW)
        assert (await confirm(browser, invited, csrf, right)).status_code == 403, "it counts once"
        assert "w***@example.com" not in (await browser.get(page_of(invited))).text
    with door.database.reading() as session:
        assert sorted(row.field for row in session.exec(select(DataCorrection))) == ["email", "name"]
        assert session.exec(select(NewAddress)).all() == []
    assert [task.kind for task in tasks_waiting(door.services, BY)] == ["correction"], "one task for both"


async def test_a_code_is_good_for_ten_minutes_and_five_tries_and_three_are_sent_an_hour(
    door: Door, mail: MailServer
) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        csrf = csrf_of(await enter(door, browser, invited))
        await correct(browser, invited, csrf, email=NEW)
        first = code_in(mail)
        with hands_restored():
            turn_forward(timedelta(minutes=11))
            assert (await confirm(browser, invited, csrf, first)).status_code == 403
        await correct(browser, invited, csrf, email=NEW)
        second = code_in(mail)
        for _ in range(5):
            await confirm(browser, invited, csrf, "x")
        assert (await confirm(browser, invited, csrf, second)).status_code == 403
        await correct(browser, invited, csrf, email=NEW)
        assert (await correct(browser, invited, csrf, email=NEW)).status_code == 429
        assert len(mail.mails) == 3
        assert (await confirm(browser, invited, csrf, code_in(mail))).status_code == 303
    assert contacts(door, invited)[1] == NEW


async def test_a_new_number_that_no_code_reaches_is_not_used(door: Door) -> None:
    async with visitor(door) as browser:
        invited = await held(door)
        csrf = csrf_of(await enter(door, browser, invited))
        before = contacts(door, invited)
        unsent = await correct(browser, invited, csrf, phone="139 0000 1111")
        assert (unsent.status_code, "验证码暂时发不出去" in unsent.text) == (503, True)
        assert contacts(door, invited) == before
        await browser.post(f"{page_of(invited)}/code")
        assert door.sender.codes[-1].contact == before[0]
