"""Reads what mail servers send back about a letter that they had taken: RFC 3464, and the plainer mails of old ones.

A report names our letter by the Message-ID of the returned headers. It has 80 random bits that the recipient alone was
sent, so that whoever forges a report has to have been given the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import getaddresses
from typing import Final, Literal

Outcome = Literal["bounced", "letter_refused", "given_up", "delayed"]
SENT_BACK_BY: Final = re.compile(r"(?:mailer-daemon|postmaster|mail-?daemon)@", re.IGNORECASE)
OF_THE_LETTER: Final = re.compile(r"^5\.(?:3\.4|6\.\d+|7\.\d+)$")
"""Too big, content, policy (RFC 3463): the address may be right, the letter is not wanted."""
ENHANCED: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY: Final = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")


@dataclass(frozen=True, slots=True, repr=False)
class BounceReport:
    """What one report says of one letter; `recipients` in lower case."""

    letter_id: str
    recipients: frozenset[str]
    outcome: Outcome
    code: int | None
    """The SMTP reply that the other server gave, where it is told."""


def read_report(raw: bytes, domain: str) -> BounceReport | None:
    """What a mail tells of a letter of ours, whose Message-IDs end with `domain`; None where it tells nothing of one.

    Automatic replies, receipts and reports of deliveries tell nothing. `raw` may be cut off at its end.
    """
    mail = message_from_bytes(raw)
    if not may_be_report(mail):
        return None
    returned = next(_returned(mail), None)
    letter_id = _letter_of(mail, returned, domain)
    if letter_id is None:
        return None
    payloads = [part.get_payload() for part in _parts(mail, "message/delivery-status")]
    blocks = [one for inside in payloads if isinstance(inside, list) for one in inside if isinstance(one, Message)]
    named = [str(block[name] or "").rpartition(";")[2] for block in blocks for name in _RECIPIENTS]
    named += [str(mail["X-Failed-Recipients"] or "")]
    if returned is not None:
        named += [str(returned["To"] or "")]
    recipients = frozenset(address.strip().lower() for _, address in getaddresses(named) if "@" in address)
    actions = {str(block["Action"] or "").strip().lower() for block in blocks} - {""}
    told = "\n".join(f"{block['Status'] or ''} {block['Diagnostic-Code'] or ''}" for block in blocks)
    if not actions:
        told = _words(mail)
    outcome = _outcome(actions, told)
    if outcome is None:
        return None
    reply = REPLY.search(ENHANCED.sub(" ", told))
    return BounceReport(letter_id, recipients, outcome, int(reply[1]) if reply else None)


_RECIPIENTS: Final = ("Final-Recipient", "Original-Recipient")


def may_be_report(headers: Message) -> bool:
    """Whether these headers (From, Content-Type, Auto-Submitted) are those of a report."""
    if str(headers["Auto-Submitted"] or "").strip().lower().startswith("auto-replied"):
        # RFC 3834 has it for reports too; answering machines have no report in them.
        return _is_delivery_report(headers)
    return _is_delivery_report(headers) or (
        headers.get_content_type() != "multipart/report" and SENT_BACK_BY.search(str(headers["From"] or "")) is not None
    )


def _is_delivery_report(headers: Message) -> bool:
    kind = str(headers.get_param("report-type") or "").lower()
    return headers.get_content_type() == "multipart/report" and kind in ("delivery-status", "")


def _outcome(actions: set[str], told: str) -> Outcome | None:
    status = ENHANCED.search(told)
    reply = REPLY.search(ENHANCED.sub(" ", told))
    permanent = (status[1] if status else reply[1] if reply else "").startswith("5")
    if actions and "failed" not in actions:
        return "delayed" if "delayed" in actions else None  # delivered, relayed, expanded
    if not actions and not permanent:
        return None  # an old server's mail without a code: nobody knows
    if status is not None and OF_THE_LETTER.match(status[1]):
        return "letter_refused"
    return "bounced" if permanent else "given_up"


def _letter_of(mail: Message, returned: Message | None, domain: str) -> str | None:
    ours = re.compile(rf"<([0-9A-Z]{{26}})@{re.escape(domain)}>")
    where = [returned["Message-ID"]] if returned is not None else [mail["In-Reply-To"], mail["References"]]
    found = ours.search(" ".join(str(one or "") for one in where))
    return found[1] if found else None


def _returned(mail: Message) -> Iterator[Message]:
    """The headers of the letter as they came back."""
    for part in _parts(mail, "message/rfc822", "message/global"):
        inside = part.get_payload()
        if isinstance(inside, list) and isinstance(inside[0], Message):
            yield inside[0]
    for part in _parts(mail, "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
        yield message_from_string(_text(part))


def _words(mail: Message) -> str:
    """What the report says in words; not those of the letter in it."""
    inside = {id(one) for returned in _returned(mail) for one in returned.walk()}
    texts = [part for part in _parts(mail, "text/plain", "text/html") if id(part) not in inside]
    return "\n".join(re.sub(r"<[^>]*>", " ", _text(part)) for part in texts)


def _parts(mail: Message, *kinds: str) -> list[Message]:
    return [part for part in mail.walk() if part.get_content_type() in kinds]


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        inside = part.get_payload()
        return "".join(map(str, inside)) if isinstance(inside, list) else str(inside)
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
