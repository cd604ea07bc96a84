"""Who stands at the door of the web chat: link token → interview, cookie → browser, 6-digit code → another browser.

The link is a capability for one interview. The first browser that opens the chat is bound to it by a secret cookie;
from then on the link alone is not enough, so that a forwarded link shows nobody an interview that is under way.
A second browser takes over with a code sent to the phone or e-mail that HR knows, and the first one is told.
The same holds between the web and Telegram (bot/telegram_account.py): an interview opened in one of them is shown in
the other after the code alone, and then goes on in both. That is so before anything was said, too: whoever else has
the link would otherwise read along later.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.conversation import hold_interview
from bot.services import Services
from core.clock import now
from core.encryption import hash_token
from core.errors import CandidateErased, DeviceUnknown, LinkUnknown, Refused
from core.tables import AccessLink, Candidate, Device, DeviceCode, ErasedSubject, Interview, TelegramChat, new_id
from scoring.feedback import MASK

CODE_LASTS = timedelta(minutes=10)
CODE_TRIES = 5
CODES_AN_HOUR = 3


class CodeWrong(Refused):
    """The 6-digit code is not the one that was sent last."""

    phrase = "code_wrong"


class CodeUsedUp(Refused):
    """The code has expired, was used, or was guessed at too often: a new one is needed."""

    phrase = "code_used_up"


class TooManyCodes(Refused):
    """Three codes were sent within the hour."""

    phrase = "too_many_codes"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("three codes were sent within the hour")
        self.retry_after_s = retry_after_s


class ContactMissing(Refused):
    """HR knows neither a phone number nor an e-mail address to send a code to."""

    phrase = "contact_missing"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may speak in one interview. `device_id` is None while no browser is bound."""

    interview_id: str
    language: str
    device_id: str | None


@dataclass(frozen=True, slots=True)
class Code:
    """A code to be sent: where to, and what."""

    interview_id: str
    digits: str
    contact: str
    language: str


def cookie_name(interview_id: str) -> str:
    return f"mianshi_device_{interview_id}"


def find_interview(services: Services, token: str) -> Interview:
    """The interview of a link, whatever became of it. LinkUnknown when there is none or the link was revoked."""
    with services.database.reading() as session:
        link = session.exec(select(AccessLink).where(AccessLink.token_hash == hash_token(token))).first()
        if link is None or link.revoked_at is not None:
            refuse_erased(session, token)
            raise LinkUnknown("no such link")
        return session.get_one(Interview, link.interview_id)


def admit(services: Services, token: str, cookies: Mapping[str, str]) -> Visitor:
    """Let a request in. LinkUnknown when the link is no good any more, DeviceUnknown when another browser is bound.

    What stays open asks again: a link may be revoked or expire, and a browser may be bound, at any moment.
    """
    with services.database.reading() as session:
        interview = living_interview(session, token)
        device = active_device(session, interview.id)
        if not _carries(cookies, device) if device else bound_chat(session, interview.id):
            raise DeviceUnknown("the interview goes on elsewhere")
        return Visitor(interview.id, interview.language, device.id if device else None)


def bind_device(services: Services, token: str, cookies: Mapping[str, str]) -> tuple[str, str | None]:
    """Bind the first browser: interview id and the cookie's secret, or None where this browser is bound already."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, living_interview(session, token).id)
        device = active_device(session, interview.id)
        if device is None and bound_chat(session, interview.id) is None:
            return interview.id, _new_device(session, interview.id)
        if device is None or not _carries(cookies, device):
            raise DeviceUnknown("the interview goes on elsewhere")
        return interview.id, None


def new_code(services: Services, token: str) -> Code:
    """A fresh code for the candidate's phone, or e-mail where no phone is known; earlier codes end with it."""
    with services.database.reading() as session:
        interview_id = living_interview(session, token).id
    return code_for(services, interview_id)


def code_for(services: Services, interview_id: str, read_out: bool = False) -> Code:
    """The same for an interview that is known already; its contact is empty where a chat in Telegram is the only road,
    or where a person reads it out to somebody of whom nothing is known. Raises ContactMissing, TooManyCodes."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        candidate = session.get_one(Candidate, interview.candidate_id)
        sealed = candidate.phone_sealed or candidate.email_sealed
        if sealed is None and not read_out and bound_chat(session, interview.id) is None:
            raise ContactMissing("the candidate has neither phone nor e-mail")
        contact = services.keys.unwrap(candidate.wrapped_key).open(sealed) if sealed else ""
        hour_ago = now() - timedelta(hours=1)
        recent = session.exec(
            select(DeviceCode.created_at)
            .where(DeviceCode.interview_id == interview.id, DeviceCode.created_at > hour_ago)
            .order_by(col(DeviceCode.created_at))
        ).all()
        if len(recent) >= CODES_AN_HOUR:
            raise TooManyCodes(int((recent[-CODES_AN_HOUR] - hour_ago).total_seconds()) + 1)
        digits, code_id = f"{secrets.randbelow(1_000_000):06}", new_id()
        session.add(
            DeviceCode(
                id=code_id,
                interview_id=interview.id,
                code_hash=code_hash(services, code_id, digits),
                created_at=now(),
                expires_at=now() + CODE_LASTS,
            )
        )
        return Code(interview.id, digits, contact, interview.language)


def take_over(services: Services, token: str, digits: str) -> tuple[str, str]:
    """Bind this browser instead of the earlier one: interview id and the cookie's secret. CodeWrong, CodeUsedUp."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, living_interview(session, token).id)
        if use_code(services, session, interview.id, digits):
            for device in session.exec(_active(interview.id)):
                device.replaced_at = now()
            return interview.id, _new_device(session, interview.id)
    raise CodeWrong("the code is wrong")  # outside the block: the try that was used up is committed


def use_code(services: Services, session: Session, interview_id: str, digits: str) -> bool:
    """Try the digits inside the caller's transaction, which has to be committed whatever comes of it: every try
    counts. Raises CodeUsedUp when there is no code left to try."""
    newest = select(DeviceCode).where(DeviceCode.interview_id == interview_id)
    code = session.exec(newest.order_by(col(DeviceCode.created_at).desc(), col(DeviceCode.id).desc())).first()
    if code is None or code.used_at or code.expires_at <= now() or code.tries >= CODE_TRIES:
        raise CodeUsedUp("no valid code")
    code.tries += 1
    if not hmac.compare_digest(code.code_hash, code_hash(services, code.id, digits)):
        return False
    code.used_at = now()
    return True


def bound_chat(session: Session, interview_id: str) -> TelegramChat | None:
    """The Telegram account that the interview belongs to."""
    bound = select(TelegramChat).where(
        TelegramChat.interview_id == interview_id, col(TelegramChat.bound_at).is_not(None)
    )
    return session.exec(bound).first()


def masked(contact: str) -> str:
    """A phone number or e-mail address as its owner recognises it: 138****1234, l***@example.com."""
    if "@" in contact:
        name, _, domain = contact.partition("@")
        return f"{name[:1]}***@{domain}"
    national = contact.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"


def active_device(session: Session, interview_id: str) -> Device | None:
    """The browser in which the interview goes on now."""
    return session.exec(_active(interview_id)).first()


def _active(interview_id: str) -> SelectOfScalar[Device]:
    alive = select(Device).where(Device.interview_id == interview_id, col(Device.replaced_at).is_(None))
    return alive.order_by(col(Device.created_at).desc())


def within_reach() -> SelectOfScalar[Interview]:
    """Interviews with a link that still leads somewhere: it was not revoked, and they have not expired. What is over
    never expires; everybody, in every channel, is shown an interview by this alone."""
    lasting = or_(
        col(Interview.finished_at).is_not(None),
        col(Interview.withdrawn_at).is_not(None),
        col(Interview.expires_at) > now(),
    )
    linked = select(Interview).join(AccessLink, col(AccessLink.interview_id) == col(Interview.id))
    return linked.where(col(AccessLink.revoked_at).is_(None), lasting)


def living_interview(session: Session, token: str) -> Interview:
    """The interview of a link that still leads somewhere. LinkUnknown when it does not."""
    interview = session.exec(within_reach().where(AccessLink.token_hash == hash_token(token))).first()
    if interview is None:
        refuse_erased(session, token)
        raise LinkUnknown("no such link, or one that was revoked or has expired")
    return interview


def refuse_erased(session: Session, token: str) -> None:
    """Raise CandidateErased for the link of somebody whose data were deleted."""
    if session.get(ErasedSubject, hash_token(token)) is not None:
        raise CandidateErased("the candidate of this link was erased")


def is_within_reach(session: Session, interview_id: str) -> bool:
    """The same for whoever was let in before and shows no link any more."""
    return session.exec(within_reach().where(Interview.id == interview_id)).first() is not None


def _carries(cookies: Mapping[str, str], device: Device) -> bool:
    secret = cookies.get(cookie_name(device.interview_id), "")
    return hmac.compare_digest(device.secret_hash, hash_token(secret))


def _new_device(session: Session, interview_id: str) -> str:
    secret = secrets.token_urlsafe(32)
    session.add(Device(interview_id=interview_id, secret_hash=hash_token(secret), created_at=now()))
    return secret


def code_hash(services: Services, code_id: str, digits: str) -> str:
    """What is kept of a 6-digit code."""
    # Six digits alone could be found from a plain hash by trying them all.
    key = services.settings.secrets.session_key.get_secret_value().encode()
    return hmac.new(key, f"device code {code_id} {digits}".encode(), hashlib.sha256).hexdigest()


def without_names(text: str, names: Iterable[str], others: Iterable[str] = ()) -> str:
    """The text with the names, their parts (Maya; 晓芸) included, blacked out; the length stays.

    Of `others`, whom the text is not about, the whole name alone: among thousands of names a part of some is a word.
    """
    for other in sorted(set(others), key=len, reverse=True):
        if len(other) > 1:
            whole = rf"(?<![A-Za-z]){re.escape(other)}(?![A-Za-z])"
            text = re.sub(whole, MASK * len(other), text, flags=re.IGNORECASE)
    parts = {part for name in names for part in (name, *name.split(), *((name[1:],) if _is_chinese(name) else ()))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > 1:
            text = re.sub(re.escape(part), MASK * len(part), text, flags=re.IGNORECASE)
    return text


def _is_chinese(name: str) -> bool:
    return len(name) > 2 and all("\u3400" <= char <= "\u9fff" for char in name)
