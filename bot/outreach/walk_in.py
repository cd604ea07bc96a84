"""People who scan a position's QR code: they register, show by a code that the address is theirs, and are invited.

Nobody becomes a candidate before the code was right, so that strangers cannot fill the list with other people's names.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from bot.accounts import Account
from bot.identity import CODE_LASTS, CODE_TRIES, CODES_AN_HOUR, CodeUsedUp, CodeWrong, TooManyCodes
from bot.outreach.contact import normal_email, normal_phone
from bot.outreach.invitation import (
    LONGEST_NAME,
    InvitationRequest,
    NameUnusable,
    PositionClosed,
    invite,
)
from bot.outreach.letters import new_link, plan_of
from bot.outreach.road import Roads
from bot.positions import is_closed, newest_position
from bot.services import Services
from core.clock import now
from core.errors import InterviewOver, LinkUnknown
from core.tables import Candidate, Interview, Position, WalkIn, new_id
from hr_bridge.position import Road

PATH: Final = "/join"
ORIGIN: Final = "扫码"
KEPT_FOR: Final = timedelta(days=1)
A_DAY: Final = 500
"""Registrations for one position; a poster that draws more has been shared where it should not be."""
SCANNER: Final = Account(id="walk-in", name="walk-in", role="candidate")


@dataclass(frozen=True, slots=True, repr=False)
class Registered:
    """Somebody who waits for a code; `road` is None where a recruiter reads it out."""

    id: str
    contact: str
    digits: str
    road: Road | None


def join_url(services: Services, position_key: str) -> str:
    """What the QR code of a position leads to."""
    return f"{services.settings.web.base_url}{PATH}/{position_key}.{_seal(services, position_key)}"


def position_of(services: Services, capability: str) -> Position:
    """The position of a QR code. Raises LinkUnknown for a made-up one, PositionClosed."""
    key, _, seal = capability.rpartition(".")
    if not key or not hmac.compare_digest(seal.encode(), _seal(services, key).encode()):
        raise LinkUnknown("no such link")
    with services.database.reading() as session:
        position = newest_position(session, key)
    if is_closed(position):
        raise PositionClosed(f"{key} is closed")
    return position


def register(services: Services, position: Position, name: str, contact: str, language: str) -> Registered:
    """Keep who it is until the code comes back. Raises NameUnusable, PhoneUnusable, EmailUnusable, TooManyCodes."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise NameUnusable("a name has 1 to 80 characters")
    is_email = "@" in contact or "＠" in contact
    contact = normal_email(contact) if is_email else normal_phone(contact)
    walk_in_id, digits = new_id(), f"{secrets.randbelow(1_000_000):06}"
    wrapped = services.keys.new_wrapped_key()
    key = services.keys.unwrap(wrapped)
    road = Roads.of(services.settings).choose(plan_of(position), is_email, not is_email)
    with services.database.unit_of_work() as session:
        _forget_old(session)
        contact_hash = _hash(services, f"contact {contact.casefold()}")
        _refuse_too_many(session, position.key, contact_hash)
        session.add(
            WalkIn(
                id=walk_in_id,
                position_key=position.key,
                language=language,
                wrapped_key=wrapped,
                name_sealed=key.seal(name),
                contact_sealed=key.seal(contact),
                contact_hash=contact_hash,
                code_hash=_hash(services, f"walk-in code {walk_in_id} {digits}"),
                code_sealed=key.seal(digits) if road is None else None,
                created_at=now(),
            )
        )
    return Registered(walk_in_id, contact, digits, road)


def come_in(services: Services, position: Position, walk_in_id: str, digits: str) -> str:
    """The address of the interview, once the code is right: a new one, or the one they have. Raises CodeWrong,
    CodeUsedUp, InterviewOver where they have finished it."""
    with services.database.unit_of_work() as session:
        row = session.get(WalkIn, walk_in_id, with_for_update=True)
        usable = row is not None and row.position_key == position.key and row.used_at is None
        if row is None or not usable or row.tries >= CODE_TRIES or row.created_at + CODE_LASTS <= now():
            raise CodeUsedUp("no valid code")
        row.tries += 1
        right = hmac.compare_digest(row.code_hash, _hash(services, f"walk-in code {walk_in_id} {digits}"))
        if right:
            row.used_at = now()
    if not right:
        raise CodeWrong("the code is wrong")  # outside the block: the try that was used up is committed
    key = services.keys.unwrap(row.wrapped_key)
    name, contact = key.open(row.name_sealed), key.open(row.contact_sealed)
    with services.database.unit_of_work() as session:
        known = _interview_of(services, session, position.key, contact)
        if known is not None:
            if known.finished_at is not None:
                raise InterviewOver("the interview for this position is finished")
            return new_link(services, session, known.id)
    phone, email = (None, contact) if "@" in contact else (contact, None)
    request = InvitationRequest(position.key, name, row.language, phone, email, ORIGIN)
    return invite(services, request, SCANNER).url


def waiting_for_a_code(services: Services) -> list[tuple[str, str, str, str]]:
    """For recruiters, where no road took the code: position, name, contact and code of who registered just now."""
    with services.database.reading() as session:
        waiting = select(WalkIn).where(
            col(WalkIn.code_sealed).is_not(None), col(WalkIn.used_at).is_(None), WalkIn.created_at > now() - CODE_LASTS
        )
        found = []
        for row in session.exec(waiting.order_by(col(WalkIn.created_at).desc())):
            key = services.keys.unwrap(row.wrapped_key)
            opened = key.open(row.name_sealed), key.open(row.contact_sealed), key.open(row.code_sealed or "")
            found.append((row.position_key, *opened))
        return found


def forget_walk_ins(services: Services) -> None:
    """For the worker: destroy what is older than a day, key and all, also where nobody else comes."""
    with services.database.reading() as session:
        if session.exec(select(WalkIn.id).where(WalkIn.created_at < now() - KEPT_FOR).limit(1)).first() is None:
            return
    with services.database.unit_of_work() as session:
        _forget_old(session)


def _interview_of(services: Services, session: Session, position_key: str, contact: str) -> Interview | None:
    """The open or finished interview for the position of the candidate with this address."""
    rows = session.exec(
        select(Interview, Candidate)
        .join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
        .join(Position, col(Interview.position_id) == col(Position.id))
        .where(
            Position.key == position_key,
            col(Interview.withdrawn_at).is_(None),
            col(Candidate.wrapped_key).is_not(None),
        )
    )
    for interview, candidate in rows:
        sealed = candidate.email_sealed if "@" in contact else candidate.phone_sealed
        if sealed is None or (interview.finished_at is None and interview.expires_at <= now()):
            continue
        if services.keys.unwrap(candidate.wrapped_key).open(sealed).casefold() == contact.casefold():
            return interview
    return None


def _refuse_too_many(session: Session, position_key: str, contact_hash: str) -> None:
    hour_ago = now() - timedelta(hours=1)
    codes = select(func.count()).where(WalkIn.contact_hash == contact_hash, WalkIn.created_at > hour_ago)
    day = select(func.count()).where(WalkIn.position_key == position_key)
    if session.exec(codes).one() >= CODES_AN_HOUR or session.exec(day).one() >= A_DAY:
        raise TooManyCodes(3600)


def _forget_old(session: Session) -> None:
    for old in session.exec(select(WalkIn).where(WalkIn.created_at < now() - KEPT_FOR)):
        session.delete(old)


def _seal(services: Services, position_key: str) -> str:
    return _hash(services, f"walk-in {position_key}")[:24]


def _hash(services: Services, text: str) -> str:
    key = services.settings.secrets.session_key.get_secret_value().encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
