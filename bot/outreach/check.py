"""Whether letters would leave the house, for `mianshi doctor`. Nothing is sent."""

from __future__ import annotations

import asyncio

from aiosmtplib.errors import SMTPAuthenticationError, SMTPException

from bot.outreach.email import EmailSender
from bot.outreach.mailbox import MailboxUnavailable, opened
from bot.outreach.road import Roads
from core.errors import MianshiError
from core.outgoing import Reach, hosts_named, judged_addresses
from core.settings import Settings

Told = tuple[str, str, str | None]
"""Name, what is so, and what to do; None where there is nothing to do."""
SECONDS = 10.0


def check_mail(settings: Settings) -> Told:
    """Connects, and signs in where there is a name; sends nothing."""
    name, mail = "mail to candidates", settings.mail
    if not mail.host:
        return name, "no mail server set up; links are shown to copy", None
    if not mail.sender:
        return name, "SMTP_HOST is set, but no SMTP_FROM: no mail is sent", "set SMTP_FROM in .env (docs/outreach.md)"
    where = f"{mail.host}:{mail.server_port}"
    try:
        asyncio.run(_greet(settings))
    except SMTPAuthenticationError:
        return name, f"{where} refuses the login; letters wait", "correct SMTP_USER and SMTP_PASSWORD in .env"
    except (SMTPException, OSError, TimeoutError) as error:
        told = f"{where} cannot be used ({type(error).__name__}); letters wait and are tried again"
        return name, told, "start it, or correct SMTP_HOST, SMTP_PORT and SMTP_TLS in .env"
    return name, f"{where} answers, {mail.tls if mail.tls != 'none' else 'without encryption'}", None


def check_returned_mail(settings: Settings) -> Told:
    """Signs in and opens the folder; reads nothing."""
    name, box = "returned mail", settings.returned_mail
    if not box.host:
        return name, "no mailbox set up: a letter that comes back later is not noticed", None
    if not settings.mail.sender:
        return name, "IMAP_HOST is set, but no SMTP_FROM: no letter can come back", "set SMTP_FROM in .env"
    try:
        with opened(box):
            return name, f"{box.folder} at {box.host}:{box.server_port} can be read", None
    except MailboxUnavailable as error:
        return name, f"the mailbox cannot be read: {error}", "correct IMAP_… in .env (docs/outreach.md)"


def check_sms(settings: Settings) -> Told:
    """Judges the settings and the gateway's name; calls nobody."""
    name, sms = "SMS to candidates", settings.sms
    if not Roads.of(settings).sms:
        return name, "no gateway set up; none needed", None
    if not (sms.signature or settings.house.company):
        return name, "texts have no signature, which mainland carriers ask for", "set SMS_SIGNATURE in .env"
    if sms.gateway != "webhook":
        missing = [
            one for one, value in (("SMS_SECRET", sms.secret.get_secret_value()), ("SMS_FROM", sms.sender)) if not value
        ]
        if missing:
            return name, f"{' and '.join(missing)} not set: texts wait", "set it in .env (docs/outreach.md)"
        return name, f"texts go through {sms.gateway}", None
    from hr_bridge.connectors.webhook.signed import read_secrets

    reach = Reach(private_hosts=hosts_named(settings.webhook.private_hosts))
    try:
        read_secrets(sms.secret.get_secret_value(), "SMS_SECRET")
        url = reach.check(sms.url or "")
        asyncio.run(judged_addresses(reach, url))
    except MianshiError as error:
        return name, f"texts wait: {error}", "correct SMS_URL and SMS_SECRET in .env (docs/outreach.md)"
    except OSError:
        return (
            name,
            "the host of SMS_URL is not known here; texts wait",
            "check the name server, or correct SMS_URL in .env",
        )
    return name, f"texts go to {url.host}, signed with SMS_SECRET", None


async def _greet(settings: Settings) -> None:
    client = EmailSender(settings.mail).client()
    try:
        async with asyncio.timeout(SECONDS):
            await client.connect()
            if settings.mail.user:
                await client.login(settings.mail.user, settings.mail.password.get_secret_value())
            await client.quit()
    finally:
        client.close()
