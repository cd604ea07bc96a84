"""Letters by text message. A gateway of one's own takes a signed POST; Twilio is called as it asks."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import httpx
from standardwebhooks import Webhook

from bot.outreach.road import SECONDS, HandoverUnknown, LetterRefused, RoadBlocked
from bot.outreach.wording import Worded
from core.clock import now
from core.outgoing import AddressRefused, AnswerMissing, NotReached, Outgoing, Reach

TRY_AGAIN: Final = frozenset({408, 425, 429})
NO_SUCH_NUMBER: Final = frozenset({404, 410, 422})
"""How a gateway says that this number cannot be reached, as docs/outreach.md asks it to."""
TWILIO: Final = "https://api.twilio.com"


class WebhookSms:
    """Posts `{"type": "sms.send", "timestamp", "data": {"to", "text", "language"}}` to a gateway of the house, signed by
    Standard Webhooks. `webhook-id` is the letter's: the gateway sends one text an id, so that a repetition is safe."""

    repeats_are_known = True

    def __init__(self, outgoing: Outgoing, url: str, signers: tuple[Webhook, ...]) -> None:
        self._outgoing, self._url, self._signers = outgoing, url, signers

    async def send(self, letter_id: str, worded: Worded) -> None:
        """See `Sender.send`."""
        moment = now()
        event = {
            "type": "sms.send",
            "timestamp": moment.isoformat(),
            "data": {"to": worded.to, "text": worded.text, "language": worded.language},
        }
        content = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": letter_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(one.sign(letter_id, moment, content.decode()) for one in self._signers),
        }
        try:
            answer = await self._outgoing.post(self._url, content, headers)
        except AddressRefused as error:
            raise RoadBlocked("address_refused") from error
        except NotReached as error:
            raise RoadBlocked("server_away") from error
        except AnswerMissing as error:
            raise HandoverUnknown from error
        judge(answer.status, answer.retry_after_s)


class TwilioSms:
    """Programmable Messaging of Twilio: POST /2010-04-01/Accounts/{SID}/Messages.json."""

    repeats_are_known = False

    def __init__(self, http: httpx.AsyncClient, account: str, token: str, sender: str, base: str = TWILIO) -> None:
        self._http, self._account, self._token, self._sender, self._base = http, account, token, sender, base

    async def send(self, letter_id: str, worded: Worded) -> None:
        """See `Sender.send`."""
        url = f"{self._base.rstrip('/')}/2010-04-01/Accounts/{self._account}/Messages.json"
        form = {"To": worded.to, "From": self._sender, "Body": worded.text}
        answer = await called(self._http.post(url, data=form, auth=(self._account, self._token)))
        # 400 is what Twilio says of a number that is none, or that cannot be texted (its codes 21211, 21614 …).
        judge(422 if answer.status_code == 400 else answer.status_code, None)


async def called(request: Any) -> httpx.Response:
    """The answer of a gateway, its failures named as those of a road."""
    try:
        async with asyncio.timeout(SECONDS):
            response: httpx.Response = await request
            return response
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise RoadBlocked("server_away") from error
    except (httpx.RequestError, TimeoutError) as error:
        raise HandoverUnknown from error


def judge(status: int, retry_after_s: float | None) -> None:
    """Return for a text that was taken. Raises RoadBlocked or LetterRefused."""
    if 200 <= status < 300:
        return
    if status in TRY_AGAIN or status >= 500:
        raise RoadBlocked("try_later", status, retry_after_s)
    if status in (401, 403):
        raise RoadBlocked("login_refused", status)
    bounced = status in NO_SUCH_NUMBER
    raise LetterRefused("bounced" if bounced else "letter_refused", status, bounced)


def webhook_sms(url: str, secret: str, private_hosts: frozenset[str]) -> tuple[WebhookSms, Outgoing]:
    """The sender of the settings, and what has to be closed after it. Raises Rejected for a secret that is none."""
    from hr_bridge.connectors.webhook.signed import read_secrets

    outgoing = Outgoing(Reach(private_hosts=private_hosts))
    return WebhookSms(outgoing, url, read_secrets(secret, "SMS_SECRET")), outgoing
