"""Looks into the mailbox to which mail comes back that a server had taken and could not deliver after all.

Mails stay as they are there, unread ones unread. Of each new one three header lines are read, of reports the beginning;
nothing of either is kept but the number of the last one.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import parseaddr
from typing import Any, Final

from bot.outreach.bounce_report import BounceReport, may_be_report, read_report
from bot.services import Services
from core.clock import now
from core.errors import Unavailable
from core.settings import ReturnedMailSettings
from core.tables import MailboxMark

SECONDS: Final = 20.0
LOOK_BACK: Final = timedelta(days=14)
"""How far back the first look goes, and one after the server numbered its mails anew."""
LARGEST: Final = 10_000_000
"""Bytes of a mail that is looked into at all; mail servers send the headers back, or the letter, which is small."""
READ: Final = 200_000
"""Bytes of a report that are read; what it says stands before what it sends back."""
A_LOOK: Final = 200
"""Mails in one look; the next goes on."""

log = logging.getLogger("mianshi.letters")

Note = Callable[[BounceReport, datetime], bool]
"""Does for a letter what a report says, which came at this time; whether it changed anything."""


class MailboxUnavailable(Unavailable):
    """The mailbox for returned mail cannot be read now; the next look tries again."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look found."""

    mails: int
    noted: int
    skipped: int


def look_into_mailbox(services: Services, note: Note) -> Looked:
    """Read what came since the last look. Raises MailboxUnavailable."""
    settings = services.settings.returned_mail
    domain = parseaddr(services.settings.mail.sender)[1].rpartition("@")[2]
    mails = noted = skipped = 0
    with opened(settings) as box:
        name = f"{settings.user}@{settings.host}/{settings.folder}"
        validity = _number(box.response("UIDVALIDITY")[1])
        last = _last_seen(services, name, validity)
        for uid in _new(box, last)[:A_LOOK]:
            mails += 1
            try:
                if (found := _read(box, uid, domain)) is not None:
                    noted += note(*found)
            except (
                ValueError,
                LookupError,
                TypeError,
                AttributeError,
            ) as error:  # a broken mail must not hold up the others
                skipped += 1
                log.warning("mail %d in the mailbox for returned mail is skipped: %s", uid, type(error).__name__)
            _keep(services, name, validity, uid)
    return Looked(mails, noted, skipped)


@contextmanager
def opened(settings: ReturnedMailSettings) -> Iterator[imaplib.IMAP4]:
    """The mailbox, signed in, the folder chosen to be read alone. Raises MailboxUnavailable, with what to do."""
    where = f"{settings.host}:{settings.server_port}"
    try:
        box = _connect(settings)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxUnavailable(
            f"{where} does not answer ({type(error).__name__}): check IMAP_HOST and IMAP_PORT"
        ) from error
    try:
        try:
            box.login(settings.user, settings.password.get_secret_value())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            told = f"{where} refuses the login: check IMAP_USER and IMAP_PASSWORD (many providers want an app password)"
            raise MailboxUnavailable(told) from error
        if "ID" in box.capabilities:  # 163 and 126 let nobody in who does not say who they are (RFC 2971)
            box.xatom("ID", '("name" "mianshi")')
        if box.select(_quoted(settings.folder), readonly=True)[0] != "OK":
            raise MailboxUnavailable(f"{where} has no folder {settings.folder}: check IMAP_FOLDER")
        yield box
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxUnavailable(f"{where} broke off ({type(error).__name__}); it is tried again") from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()


def _connect(settings: ReturnedMailSettings) -> imaplib.IMAP4:
    assert settings.host is not None
    if settings.tls == "none":
        return imaplib.IMAP4(settings.host, settings.server_port, timeout=SECONDS)
    context = ssl.create_default_context()
    return imaplib.IMAP4_SSL(settings.host, settings.server_port, ssl_context=context, timeout=SECONDS)


def _new(box: imaplib.IMAP4, last: int) -> list[int]:
    since = now() - LOOK_BACK
    # English names of months whatever the locale (RFC 3501, 9).
    criteria = ("UID", f"{last + 1}:*") if last else ("SINCE", imaplib.Time2Internaldate(since)[1:12].strip())
    answer = box.uid("SEARCH", *criteria)[1]
    found = sorted(int(one) for line in answer if line for one in line.split())
    return [uid for uid in found if uid > last]  # n:* names the last mail even where it is older


def _read(box: imaplib.IMAP4, uid: int, domain: str) -> tuple[BounceReport, datetime] | None:
    asked = "(RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM CONTENT-TYPE AUTO-SUBMITTED)])"
    told, headers = _fetched(box, uid, asked)
    if not may_be_report(message_from_bytes(headers)):
        return None
    size = re.search(rb"RFC822\.SIZE (\d+)", told)
    if size is None or int(size[1]) > LARGEST:
        raise ValueError("too large")
    arrived = re.search(rb'INTERNALDATE "([^"]+)"', told)
    at = datetime.strptime(arrived[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z") if arrived else now()
    report = read_report(_fetched(box, uid, f"(BODY.PEEK[]<0.{READ}>)")[1], domain)
    return (report, at.astimezone(UTC)) if report is not None else None


def _fetched(box: imaplib.IMAP4, uid: int, what: str) -> tuple[bytes, bytes]:
    """The line of the answer, wherever the server puts what, and the literal in it."""
    answer: list[Any] = box.uid("FETCH", str(uid), what)[1]
    lines = [one if isinstance(one, bytes) else one[0] for one in answer if one]
    literals = [one[1] for one in answer if isinstance(one, tuple)]
    return b" ".join(lines), literals[0] if literals else b""


def _last_seen(services: Services, name: str, validity: int) -> int:
    with services.database.reading() as session:
        mark = session.get(MailboxMark, name)
        return mark.last_uid if mark is not None and mark.uid_validity == validity else 0


def _keep(services: Services, name: str, validity: int, uid: int) -> None:
    with services.database.unit_of_work() as session:
        session.merge(MailboxMark(mailbox=name, uid_validity=validity, last_uid=uid))


def _number(answer: list[Any]) -> int:
    return int(answer[0]) if answer and answer[0] else 0


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
