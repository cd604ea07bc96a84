"""Letters by e-mail: one SMTP conversation a letter, so that it is known how far it came."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from aiosmtplib import SMTP as SmtpClient
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
)

from bot.outreach.road import SECONDS, HandoverUnknown, LetterRefused, RoadBlocked
from bot.outreach.wording import Worded
from core.clock import now
from core.settings import MailSettings

COMMAND_S: Final = 20.0


class EmailSender:
    """Speaks to the mail server of the settings.

    A refusal of the recipient for good (5xx at RCPT) is a bounce, one before that is of us and not of the letter; 4xx,
    greylisting included, is tried again. Once the
    text was on its way and no answer came, nobody knows whether it was taken: such a letter is not sent again by
    itself, and if a person has it sent again it carries the same Message-ID, by which servers know a repetition.
    """

    repeats_are_known = False

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, letter_id: str, worded: Worded) -> None:
        """See `Sender.send`."""
        mail = mail_of(letter_id, worded, self._settings.sender)
        client = self.client()
        handing_over = recipient_taken = False
        try:
            async with asyncio.timeout(SECONDS):
                await client.connect()
                if self._settings.user:
                    await client.login(self._settings.user, self._settings.password.get_secret_value())
                await client.mail(parseaddr(self._settings.sender)[1])
                await _recipient(client, worded.to)
                handing_over = recipient_taken = True
                await client.data(mail.as_bytes(policy=SMTP))
                handing_over = False
                with suppress(SMTPException, OSError, TimeoutError):
                    await client.quit()
        except SMTPAuthenticationError as error:
            raise RoadBlocked("login_refused", error.code) from error
        except SMTPResponseException as error:
            if error.code >= 500 and not recipient_taken:
                raise RoadBlocked("settings_wrong", error.code) from error
            if error.code >= 500:
                raise LetterRefused("letter_refused", error.code, bounced=False) from error
            raise RoadBlocked("try_later", error.code) from error
        except (SMTPException, OSError, TimeoutError) as error:
            if handing_over:
                raise HandoverUnknown from error
            raise RoadBlocked("server_away") from error
        finally:
            client.close()

    def client(self) -> SmtpClient:
        mode = self._settings.tls
        return SmtpClient(
            hostname=self._settings.host,
            port=self._settings.server_port,
            use_tls=mode == "tls",
            start_tls=mode == "starttls",
            timeout=COMMAND_S,
        )


async def _recipient(client: SmtpClient, address: str) -> None:
    try:
        await client.rcpt(address)
    except SMTPResponseException as error:
        if error.code >= 500:
            raise LetterRefused("bounced", error.code, bounced=True) from error
        raise


def mail_of(letter_id: str, worded: Worded, sender: str) -> EmailMessage:
    """The mail as it goes over the wire; its Message-ID is the letter's own for good."""
    name, address = parseaddr(sender)
    mail = EmailMessage()
    mail["Subject"] = worded.subject
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=worded.to)
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = f"<{letter_id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if worded.stop_url:  # RFC 2369, and RFC 8058 for the button in the mail program
        mail["List-Unsubscribe"] = f"<{worded.stop_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(worded.text, charset="utf-8", cte="base64")
    if worded.html:
        mail.add_alternative(worded.html, subtype="html", charset="utf-8", cte="base64")
    if worded.calendar:
        mail.add_alternative(worded.calendar, subtype="calendar", charset="utf-8", cte="base64")
        part = mail.get_payload()[-1]  # type: ignore[index]
        part.set_param("method", worded.calendar_method)  # type: ignore[union-attr]
    # Last, because making the parts takes every Content header along into the first of them.
    mail["Content-Language"] = "zh-CN" if worded.language == "zh" else "en"
    return mail
