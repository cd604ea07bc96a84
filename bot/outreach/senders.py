"""The senders that the settings ask for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from bot.outreach.aliyun_sms import ALIYUN, AliyunSms, read_templates
from bot.outreach.email import EmailSender
from bot.outreach.road import SECONDS, RoadBlocked, Roads, Sender, Senders
from bot.outreach.sms import TWILIO, TwilioSms, webhook_sms
from bot.outreach.wording import Worded, signature_of
from core.errors import Rejected
from core.outgoing import hosts_named
from core.settings import Settings
from hr_bridge.position import Road

log = logging.getLogger("mianshi.letters")


class UnusableSender:
    """In the place of a sender whose settings are wrong: letters wait until they are right."""

    repeats_are_known = True

    async def send(self, letter_id: str, worded: Worded) -> None:
        """See `Sender.send`."""
        raise RoadBlocked("settings_wrong")


@asynccontextmanager
async def open_senders(settings: Settings) -> AsyncIterator[Senders]:
    """A sender for each road that is set up; closed at the end."""
    roads, senders = Roads.of(settings), dict[Road, Sender]()
    async with AsyncExitStack() as stack:
        if roads.email:
            senders["email"] = EmailSender(settings.mail)
        if roads.sms:
            try:
                senders["sms"] = await _sms(settings, stack)
            except Rejected as error:
                log.error("texts cannot be sent: %s", error)
                senders["sms"] = UnusableSender()
        yield senders


async def _sms(settings: Settings, stack: AsyncExitStack) -> Sender:
    sms, secret = settings.sms, settings.sms.secret.get_secret_value()
    if sms.gateway == "webhook":
        sender, outgoing = webhook_sms(sms.url or "", secret, hosts_named(settings.webhook.private_hosts))
        stack.push_async_callback(outgoing.aclose)
        return sender
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=SECONDS / 2, follow_redirects=False))
    if sms.gateway == "aliyun":
        return AliyunSms(
            http, sms.key, secret, signature_of(settings), read_templates(sms.templates), sms.url or ALIYUN
        )
    return TwilioSms(http, sms.key, secret, sms.sender, sms.url or TWILIO)
