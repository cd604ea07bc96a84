from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from bot.console.interview_list import ListFilter, list_interviews
from bot.outreach import invitation_list
from bot.outreach.invitation_list import confirm_list, invite_listed, take_list
from bot.outreach.reminder import plan_what_follows, reopen
from bot.outreach.slot import book_slot
from core.clock import hands_restored, turn_forward
from tests.bot.console.house import furnished
from tests.bot.outreach.conftest import FROM, turn_to
from tests.bot.outreach.letter_box import BY, letters, post, send
from tests.bot.outreach.mail_server import MailServer


async def test_two_workers_send_each_letter_once_while_times_are_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mail: MailServer, fresh_postgres: Callable[[], str]
) -> None:
    settings = {"DATABASE_URL": fresh_postgres(), "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mail.port)}
    with furnished(tmp_path, monkeypatch, **settings, SMTP_TLS="none", SMTP_FROM=FROM) as services, hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        made = [send(services, email=f"li{number}@example.com") for number in range(6)]
        moved = [asyncio.to_thread(book_slot, services, one.id, "2026-11-27T10:00", BY) for one in made[:3]]
        await asyncio.gather(post(services), post(services), *moved)
        await asyncio.gather(post(services), post(services))
        ids = [str(one["Message-ID"]) for one in mail.mails]
        assert len(ids) == len(set(ids))
        assert {str(one["To"]) for one in mail.mails} == {f"li{number}@example.com" for number in range(6)}

        turn_forward(timedelta(days=8))
        for _ in range(2):
            plan_what_follows(services)
        assert all([letter.kind for letter in letters(services, one.id)].count("new_times") == 1 for one in made)
        reopen(services, made[5].token)
        assert list_interviews(services, ListFilter(), BY).total == 6


async def test_two_workers_that_look_at_one_list_at_once_invite_everybody_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: Callable[[], str]
) -> None:
    with furnished(tmp_path, monkeypatch, DATABASE_URL=fresh_postgres()) as services:
        people = "".join(f"李雷{number}\t1380000123{number}\tsales\t校招\n" for number in range(6))
        confirm_list(services, take_list(services, people.encode(), BY), BY)
        together, forget = threading.Barrier(2, timeout=10), invitation_list.forget_old

        def forget_together(session: Session) -> None:
            forget(session)
            together.wait()

        monkeypatch.setattr(invitation_list, "forget_old", forget_together)
        await asyncio.gather(*[asyncio.to_thread(invite_listed, services) for _ in range(2)])
        assert list_interviews(services, ListFilter(), BY).total == 6
