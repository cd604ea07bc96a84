from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.services import Services
from core.clock import hands_restored, now, turn_forward
from tests.bot.console.house import furnished
from tests.bot.outreach.mail_server import MailServer, mail_server

FROM = "启明科技招聘 <jobs@qiming.example>"


@pytest.fixture(scope="session")
def mail_for_all() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def mail(mail_for_all: MailServer) -> MailServer:
    mail_for_all.mails.clear()
    mail_for_all.at_mail, mail_for_all.at_rcpt, mail_for_all.at_data, mail_for_all.hangs_up = [], [], [], False
    return mail_for_all


@pytest.fixture
async def house_with_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mail: MailServer) -> AsyncIterator[Services]:
    """A Tuesday at ten in Shanghai, in a house with a mail server."""
    settings = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail.port),
        "SMTP_TLS": "none",
        "SMTP_FROM": FROM,
        "COMPANY_NAME": "启明科技",
    }
    with furnished(tmp_path, monkeypatch, **settings) as services, hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        yield services


def turn_to(text: str) -> None:
    """Put the hands of the clock to a point in time."""
    turn_forward(datetime.fromisoformat(text).astimezone(UTC) - now())
