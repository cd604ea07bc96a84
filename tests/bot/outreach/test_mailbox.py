from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from pydantic import SecretStr

from bot.outreach.check import check_returned_mail
from bot.outreach.mailbox import Looked, MailboxUnavailable, look_into_mailbox
from bot.outreach.postman import note_returned
from bot.services import Services
from core.clock import now
from core.tables import Letter
from tests.bot.outreach.letter_box import letters, only, post, send
from tests.bot.outreach.mail_server import MailServer
from tests.bot.outreach.returned import (
    COREMAIL,
    EXCHANGE,
    OUT_OF_OFFICE,
    POSTFIX,
    QQ,
    Mailbox,
    mailbox_server,
    report,
)


@pytest.fixture(scope="module")
def mailbox_for_all() -> Iterator[Mailbox]:
    with mailbox_server() as box:
        yield box


@pytest.fixture
def box(mailbox_for_all: Mailbox, house_with_mail: Services) -> Mailbox:
    mailbox_for_all.new_folder("Returned")
    settings = house_with_mail.settings.returned_mail
    settings.host, settings.port, settings.tls, settings.folder = "127.0.0.1", mailbox_for_all.port, "none", "Returned"
    settings.user, settings.password = "demouser", SecretStr("demopass")
    house_with_mail.settings.sms.url = "https://sms.qiming.example/"
    return mailbox_for_all


async def look(services: Services) -> Looked:
    return await asyncio.to_thread(look_into_mailbox, services, partial(note_returned, services))


async def invited(services: Services) -> Letter:
    made = send(services)
    assert await post(services) == 1
    return only(services, made.id, "invitation")


def state_of(services: Services, letter: Letter) -> tuple[str, str | None, int | None]:
    found = next(one for one in letters(services, letter.interview_id) if one.id == letter.id)
    return found.state, found.problem, found.problem_code


@pytest.mark.parametrize(
    ("form", "code"),
    [(POSTFIX, 550), (EXCHANGE, 550), (COREMAIL, 550), (QQ, 550)],
    ids=["postfix", "exchange", "163", "qq"],
)
async def test_a_letter_that_comes_back_later_is_a_bounce_and_goes_by_sms(
    house_with_mail: Services, mail: MailServer, box: Mailbox, form: str, code: int
) -> None:
    letter = await invited(house_with_mail)
    box.put("Returned", b"Subject: hello\r\nFrom: somebody@example.com\r\n\r\nhello\r\n", now())
    box.put("Returned", report(form, letter.id), now())
    assert await look(house_with_mail) == Looked(mails=2, noted=1, skipped=0)
    assert state_of(house_with_mail, letter) == ("parked", "bounced", code)
    by_sms = {(one.kind, one.state) for one in letters(house_with_mail, letter.interview_id) if one.channel == "sms"}
    assert by_sms == {(kind, "pending") for kind in ("invitation", "reminder_day", "reminder_hour")}
    assert await look(house_with_mail) == Looked(0, 0, 0)
    assert box.unread("Returned") == 2


@pytest.mark.parametrize(
    ("action", "status", "said", "expected"),
    [
        ("delayed", "4.4.1", "451 4.4.1 connect timed out", ("sent", "delayed", None)),
        ("delivered", "2.0.0", "250 2.0.0 Ok", ("sent", None, None)),
        ("failed", "5.7.1", "554 5.7.1 spam", ("parked", "letter_refused", 554)),
        ("failed", "4.4.7", "delivery time expired", ("parked", "given_up", None)),
    ],
)
async def test_what_a_report_says_is_told_apart(
    house_with_mail: Services,
    mail: MailServer,
    box: Mailbox,
    action: str,
    status: str,
    said: str,
    expected: tuple[str, str | None, int | None],
) -> None:
    letter = await invited(house_with_mail)
    box.put("Returned", report(POSTFIX, letter.id, action=action, status=status, said=said), now())
    await look(house_with_mail)
    assert state_of(house_with_mail, letter) == expected


async def test_automatic_replies_and_forged_reports_change_nothing(
    house_with_mail: Services, mail: MailServer, box: Mailbox
) -> None:
    letter = await invited(house_with_mail)
    box.put("Returned", report(OUT_OF_OFFICE, letter.id), now())
    box.put("Returned", report(POSTFIX, "01JDZZZZZZZZZZZZZZZZZZZZZZ"), now())
    box.put("Returned", report(POSTFIX, letter.id, to="another@example.com"), now())
    box.put("Returned", report(POSTFIX, letter.id).replace(b"@qiming.example>", b"@foreign.example>"), now())
    assert (await look(house_with_mail)) == Looked(mails=4, noted=0, skipped=0)
    assert state_of(house_with_mail, letter) == ("sent", None, None)


async def test_a_report_of_an_earlier_sending_says_nothing_of_the_new_one(
    house_with_mail: Services, mail: MailServer, box: Mailbox
) -> None:
    letter = await invited(house_with_mail)
    box.put("Returned", report(POSTFIX, letter.id), now() - timedelta(hours=2))
    assert (await look(house_with_mail)).noted == 0
    assert state_of(house_with_mail, letter) == ("sent", None, None)


async def test_a_huge_or_broken_mail_holds_up_no_other(
    house_with_mail: Services, mail: MailServer, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outreach.mailbox.LARGEST", 20_000)
    letter = await invited(house_with_mail)
    box.put("Returned", report(POSTFIX, letter.id) + b"x" * 20_000, now())
    box.put("Returned", report(POSTFIX, letter.id)[:400] + b"\xff\x00--\r\n", now())
    box.put("Returned", report(POSTFIX, letter.id), now())
    assert await look(house_with_mail) == Looked(mails=3, noted=1, skipped=1)


async def test_a_mailbox_numbered_anew_is_read_anew_and_counts_nothing_twice(
    house_with_mail: Services, mail: MailServer, box: Mailbox
) -> None:
    letter = await invited(house_with_mail)
    box.put("Returned", report(POSTFIX, letter.id), now())
    assert (await look(house_with_mail)).noted == 1
    box.new_folder("Returned")
    box.put("Returned", report(POSTFIX, letter.id), now())
    assert await look(house_with_mail) == Looked(mails=1, noted=0, skipped=0)
    kinds = [one.kind for one in letters(house_with_mail, letter.interview_id)]
    assert kinds.count("invitation") == 2


async def test_the_doctor_says_whether_the_mailbox_can_be_read(house_with_mail: Services, box: Mailbox) -> None:
    settings = house_with_mail.settings
    _, told, remedy = await asyncio.to_thread(check_returned_mail, settings)
    assert ("can be read" in told, remedy) == (True, None)
    settings.returned_mail.folder = "Nowhere"
    assert "no folder Nowhere" in (await asyncio.to_thread(check_returned_mail, settings))[1]
    settings.returned_mail.password = SecretStr("wrong")
    assert "refuses the login" in (await asyncio.to_thread(check_returned_mail, settings))[1]
    settings.returned_mail.port = 9
    with pytest.raises(MailboxUnavailable, match="does not answer"):
        await look(house_with_mail)
