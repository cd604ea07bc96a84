"""The door to a candidate's own data: a 6-digit code to an address that we know opens a session of half an hour.

The link alone shows where the interview stands, and the interview's own browser what it has always shown. Everything
that gives data away or takes them away needs the code, wherever the page is opened.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.accounts import Account, csrf_holds, csrf_token, record
from bot.conversation import hold_interview
from bot.gateway.code_sender import CodeSender
from bot.gateway.letter_code_sender import code_road
from bot.identity import CodeWrong, ContactMissing, bound_chat, code_for, find_interview, masked, use_code
from bot.outreach.letters import addressee
from bot.services import Services
from core.clock import now
from core.encryption import hash_token
from core.errors import Refused
from core.tables import Interview, RightsRequest, RightsSession

LASTS: Final = timedelta(minutes=30)


class NotIdentified(Refused):
    """No session, or it is over: the code is needed (again)."""

    phrase = "code_used_up"


class FormStale(Refused):
    """The form was not made in this session."""

    phrase = "code_used_up"


@dataclass(frozen=True, slots=True)
class Holder:
    """A candidate who has entered the code, in one browser. `csrf` is what their forms must carry."""

    interview_id: str
    candidate_id: str
    csrf: str

    @property
    def account(self) -> Account:
        """Who the audit trail names."""
        return actor(self.candidate_id)


def actor(candidate_id: str) -> Account:
    return Account(id=f"candidate:{candidate_id}", name="candidate", role="candidate")


def cookie_name(interview_id: str) -> str:
    return f"mianshi_rights_{interview_id}"


def can_be_reached(services: Services, interview_id: str) -> bool:
    """Whether a code reaches the candidate by itself: in the Telegram chat that is bound, by mail or as a text."""
    with services.database.reading() as session:
        chat = bound_chat(session, interview_id)
        if services.settings.telegram.is_on and chat is not None and chat.blocked_at is None:
            return True
        to = addressee(services, session, session.get_one(Interview, interview_id))
        return code_road(services, session, to) is not None


def send_code(services: Services, interview_id: str, sender: CodeSender) -> str | None:
    """Send a code by the road that reaches the candidate; where to, masked. None where no road does: then the operator's
    console shows it, as it does for a second browser, and a recruiter can read one out.

    Raises TooManyCodes, CodeUnsent or CandidateErased.
    """
    reached = can_be_reached(services, interview_id)
    try:
        code = code_for(services, interview_id)
    except ContactMissing:
        return None
    sent_to = sender.send(code) or masked(code.contact)
    return sent_to if reached else None


def open_session(services: Services, token: str, digits: str) -> tuple[str, str]:
    """Open a session with the code: interview id and the cookie's secret. Raises LinkUnknown, CodeWrong, CodeUsedUp."""
    interview_id, secret = find_interview(services, token).id, secrets.token_urlsafe(32)
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        right = use_code(services, session, interview_id, digits)
        if right:
            session.exec(delete(RightsSession).where(col(RightsSession.expires_at) <= now()))
            session.add(
                RightsSession(
                    token_hash=hash_token(secret),
                    interview_id=interview_id,
                    candidate_id=interview.candidate_id,
                    opened_at=now(),
                    expires_at=now() + LASTS,
                )
            )
            _has_been_reached(session, interview_id)
            record(session, actor(interview.candidate_id), "rights_opened", interview_id)
    if not right:
        raise CodeWrong("the code is wrong")  # outside the block: the try that was used up is committed
    return interview_id, secret


def holder_of(services: Services, interview: Interview, cookies: Mapping[str, str]) -> Holder | None:
    """Who has entered the code in this browser; None where nobody has, or not for this interview, or too long ago."""
    secret = cookies.get(cookie_name(interview.id), "")
    if not secret:
        return None
    with services.database.reading() as session:
        row = session.get(RightsSession, hash_token(secret))
        if row is None or row.interview_id != interview.id or row.expires_at <= now():
            return None
        key = services.settings.secrets.session_key.get_secret_value()
        return Holder(row.interview_id, row.candidate_id, csrf_token(key, secret))


def checked_form(services: Services, interview: Interview, cookies: Mapping[str, str], csrf: str) -> Holder:
    """The holder who sent this form. Raises NotIdentified, FormStale."""
    holder = holder_of(services, interview, cookies)
    if holder is None:
        raise NotIdentified("the code is needed")
    key = services.settings.secrets.session_key.get_secret_value()
    if not csrf_holds(key, cookies[cookie_name(interview.id)], csrf):
        raise FormStale("the form was not made in this session")
    return holder


def _has_been_reached(session: Session, interview_id: str) -> None:
    """A code got through: nobody has to be called any more."""
    waiting = select(RightsRequest).where(
        RightsRequest.interview_id == interview_id,
        RightsRequest.kind == "unreachable",
        col(RightsRequest.settled_at).is_(None),
    )
    for row in session.exec(waiting):
        row.settled_at = now()


def close_sessions(session: Session, interview_id: str) -> None:
    """End every session of an interview, inside the caller's transaction."""
    session.exec(delete(RightsSession).where(col(RightsSession.interview_id) == interview_id))
