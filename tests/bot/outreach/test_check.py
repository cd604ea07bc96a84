from __future__ import annotations

import asyncio

from bot.outreach.check import check_mail, check_sms
from bot.services import Services
from tests.bot.outreach.mail_server import MailServer
from tests.hr_bridge.connectors.receiver import new_secret


async def test_the_mail_server_is_greeted_and_its_absence_explained(
    house_with_mail: Services, mail: MailServer
) -> None:
    settings = house_with_mail.settings
    _, told, remedy = await asyncio.to_thread(check_mail, settings)
    assert ("answers" in told, remedy, mail.mails) == (True, None, [])

    settings.mail.user = "somebody"
    _, told, remedy = await asyncio.to_thread(check_mail, settings)
    assert remedy is not None

    settings.mail.user, settings.mail.port = None, 9
    _, told, remedy = await asyncio.to_thread(check_mail, settings)
    assert "letters wait" in told
    assert "SMTP_HOST" in str(remedy)

    settings.mail.sender = ""
    assert "SMTP_FROM" in str((await asyncio.to_thread(check_mail, settings))[2])
    settings.mail.host = None
    assert (await asyncio.to_thread(check_mail, settings))[2] is None


async def test_the_gateway_is_judged_without_being_called(house_with_mail: Services) -> None:
    sms, webhook = house_with_mail.settings.sms, house_with_mail.settings.webhook
    assert check_sms(house_with_mail.settings)[2] is None
    sms.url = "http://127.0.0.1:9/sms"
    assert "SMS_SECRET" in str((await asyncio.to_thread(check_sms, house_with_mail.settings))[1])
    sms.secret = type(sms.secret)(new_secret())
    assert "https" in str((await asyncio.to_thread(check_sms, house_with_mail.settings))[1])
    webhook.private_hosts = "127.0.0.1"
    assert (await asyncio.to_thread(check_sms, house_with_mail.settings))[2] is None
    house_with_mail.settings.house.company = ""
    assert "signature" in (await asyncio.to_thread(check_sms, house_with_mail.settings))[1]
