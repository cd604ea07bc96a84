"""Inviting a candidate: one interview, one secret link, the greeting waiting behind it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlmodel import Session, col, delete, select

from bot.accounts import Account, record
from bot.conversation import add_signal
from bot.outreach.contact import normal_email, normal_phone
from bot.outreach.hours import checked_zone
from bot.outreach.letters import plan_called_off, plan_invitation, plan_of, schedule_of
from bot.positions import PositionUnknown, is_closed, newest_position
from bot.scope import sees
from bot.services import Services
from core.clock import now
from core.encryption import DataKey, hash_token
from core.errors import InterviewOver, Refused
from core.tables import AccessLink, Candidate, Interview, Letter, Position, TelegramBot, TelegramChat
from hr_bridge.position import Road

LONGEST_NAME: Final = 80


class ContactMissing(Refused):
    """A phone number or an e-mail address is needed; either is enough."""


class NameUnusable(Refused):
    """A name has 1 to 80 characters."""


class LanguageNotOffered(Refused):
    """The position is not interviewed for in this language."""


class PositionClosed(Refused):
    """Nobody is invited for this position any more."""


class AlreadyInvited(Refused):
    """This external id has an interview for the position that is still open or finished; `interview_id` names it."""

    def __init__(self, interview_id: str) -> None:
        super().__init__(f"already invited: interview {interview_id}")
        self.interview_id = interview_id


@dataclass(frozen=True, slots=True, repr=False)
class InvitationRequest:
    """Whom to invite for what. `channel` is where the candidate came from (job board, referral …)."""

    position: str
    name: str
    language: str
    phone: str | None = None
    email: str | None = None
    channel: str | None = None
    external_id: str | None = None
    time_zone: str | None = None
    """IANA name, where it is known; else the phone number or the position says."""
    send_link: bool = True
    """False where whoever invites passes the link on in any case: no letter is planned, and none follows from it."""


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """`id` is the interview's. The token is known here and now and to nobody later."""

    id: str
    token: str
    url: str
    telegram_url: str | None
    """The same interview in Telegram, where a bot is set up and has been reached once."""
    expires_at: datetime
    letter: Road | None = None
    """The road by which the candidate gets the link; None where whoever invited has to pass it on."""


def invite(
    services: Services,
    request: InvitationRequest,
    by: Account,
    also: Callable[[Session, Interview, str], None] | None = None,
) -> Invitation:
    """Make candidate, interview and link, and put the greeting into the inbox, in one transaction; what `also` does
    with the interview and its token is part of it. Where a road is set up that reaches the candidate, the letter with
    a link and the reminders after it are planned in the same transaction.

    The same `external_id` for the same position a second time raises AlreadyInvited while the first interview is
    open or was finished; after a withdrawal or an expired link the candidate may be invited anew.
    Also raises ContactMissing, NameUnusable, PhoneUnusable, EmailUnusable, TimeZoneUnknown, PositionUnknown,
    PositionClosed, LanguageNotOffered.
    """
    name = " ".join(request.name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise NameUnusable("a name has 1 to 80 characters")
    phone = normal_phone(request.phone) if request.phone and request.phone.strip() else None
    email = normal_email(request.email) if request.email and request.email.strip() else None
    if phone is None and email is None:
        raise ContactMissing("a phone number or an e-mail address is needed")
    external_id = (request.external_id or "").strip() or None
    time_zone = checked_zone(request.time_zone)
    token = secrets.token_urlsafe(24)
    wrapped_key = services.keys.new_wrapped_key()
    key, moment = services.keys.unwrap(wrapped_key), now()
    with services.database.unit_of_work() as session:
        position = newest_position(session, request.position)
        if not sees(by, position.key):
            raise PositionUnknown("this account does not see the position")
        if request.language not in position.profile["languages"]:
            raise LanguageNotOffered(f"{position.key} is not interviewed for in this language")
        plan = plan_of(position)
        if is_closed(position):
            raise PositionClosed(f"{position.key} is closed")
        if external_id is not None:
            _refuse_second(session, position, external_id)
        candidate = Candidate(
            wrapped_key=wrapped_key,
            name_sealed=key.seal(name),
            phone_sealed=_sealed(key, phone),
            email_sealed=_sealed(key, email),
            external_id=external_id,
            created_at=moment,
            time_zone=time_zone,
        )
        session.add(candidate)
        session.flush()
        interview = Interview(
            candidate_id=candidate.id,
            position_id=position.id,
            language=request.language,
            origin=(request.channel or "").strip()[:80] or None,
            invited_at=moment,
            expires_at=moment + timedelta(days=plan.window_days),
        )
        session.add(interview)
        session.flush()
        session.add(AccessLink(interview_id=interview.id, token_hash=hash_token(token), created_at=moment))
        add_signal(session, interview.id, client_id="begin", payload="begin")
        record(session, by, "invited", interview.id)
        letter = plan_invitation(services, session, interview) if request.send_link else None
        if also is not None:
            also(session, interview, token)
    services.inbox_bell.ring()
    return _invitation(services, interview, token, letter)


def renew_link(services: Services, interview_id: str, by: Account) -> Invitation:
    """Revoke the interview's links and make a new one, good for another window. Raises InterviewOver.

    A candidate who can be written to is sent a new link as well, since the one they had is no good any more.

    A Telegram account that opened an earlier link is let go: whoever opens the new one first is bound by it.
    """
    token = secrets.token_urlsafe(24)
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id, with_for_update=True)
        if interview.finished_at is not None or interview.withdrawn_at is not None:
            raise InterviewOver("the interview is over; a new link would lead nowhere")
        _revoke(session, interview_id)
        session.exec(delete(TelegramChat).where(col(TelegramChat.interview_id) == interview_id))
        plan = plan_of(session.get_one(Position, interview.position_id))
        interview.expires_at = max(interview.expires_at, now() + timedelta(days=plan.window_days))
        schedule_of(session, interview_id).sequence += 1
        session.add(AccessLink(interview_id=interview_id, token_hash=hash_token(token), created_at=now()))
        letter = plan_invitation(services, session, interview)
        record(session, by, "link_renewed", interview_id)
    return _invitation(services, interview, token, letter)


def revoke_links(services: Services, interview_id: str, by: Account) -> None:
    """Make every link of the interview useless."""
    with services.database.unit_of_work() as session:
        _revoke(session, interview_id)
        record(session, by, "link_revoked", interview_id)


def call_off(session: Session, interview: Interview, by: Account) -> None:
    """End an interview that is not to be held: its links lead nowhere from now on. Raises InterviewOver once it was
    finished; calling off twice is calling off once."""
    if interview.finished_at is not None:
        raise InterviewOver("the interview was finished; there is nothing to call off")
    if interview.withdrawn_at is None:
        interview.withdrawn_at = now()
        _revoke(session, interview.id)
        plan_called_off(session, interview)
        record(session, by, "called_off", interview.id)


def _refuse_second(session: Session, position: Position, external_id: str) -> None:
    # Holding the position's row makes two invitations at the same moment wait for each other.
    session.exec(select(Position).where(Position.id == position.id).with_for_update()).one()
    earlier = session.exec(
        select(Interview)
        .join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
        .join(Position, col(Interview.position_id) == col(Position.id))
        .where(
            Candidate.external_id == external_id,
            Position.key == position.key,
            col(Interview.withdrawn_at).is_(None),
        )
    ).all()
    for interview in earlier:
        if interview.finished_at is not None or interview.expires_at > now():
            raise AlreadyInvited(interview.id)


def _revoke(session: Session, interview_id: str) -> None:
    links = select(AccessLink).where(AccessLink.interview_id == interview_id, col(AccessLink.revoked_at).is_(None))
    for link in session.exec(links):
        link.revoked_at = now()


def _sealed(key: DataKey, text: str | None) -> str | None:
    return key.seal(text) if text is not None else None


def _invitation(services: Services, interview: Interview, token: str, letter: Letter | None) -> Invitation:
    url = f"{services.settings.web.base_url}/i/{token}"
    road = cast("Road", letter.channel) if letter is not None else None
    return Invitation(interview.id, token, url, telegram_url(services, token), interview.expires_at, road)


def telegram_url(services: Services, token: str) -> str | None:
    """The deep link that opens the interview in Telegram (https://core.telegram.org/bots/features#deep-linking)."""
    if not services.settings.telegram.is_on:
        return None
    with services.database.reading() as session:
        bot = session.get(TelegramBot, services.settings.telegram.bot_id)
        return f"https://t.me/{bot.username}?start={token}" if bot and bot.username else None
