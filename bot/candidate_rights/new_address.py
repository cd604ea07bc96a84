"""A phone number or e-mail address that a candidate gives anew: it counts, for codes above all, once a code that was
sent to it has come back. Where no road leads there, no code goes there either, and it counts at once."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.gateway.letter_code_sender import hand_over_now, word_code
from bot.identity import CODE_LASTS, CODE_TRIES, CODES_AN_HOUR, CodeUsedUp, TooManyCodes, code_hash, masked
from bot.outreach.road import Roads
from bot.services import Services
from core.clock import now
from core.tables import Interview, NewAddress, new_id
from dialogue.interview_plan import profile_of
from hr_bridge.position import Road

ROADS: Final[Mapping[str, Road]] = {"phone": "sms", "email": "email"}
AN_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """A code that is to be sent to a new address."""

    interview_id: str
    road: Road
    contact: str
    digits: str


def needs_proof(services: Services, field: str) -> bool:
    """Whether what stands in this field is an address that we could send a code to."""
    roads = Roads.of(services.settings)
    return (field == "phone" and roads.sms) or (field == "email" and roads.email)


def ask_for_proof(services: Services, session: Session, interview: Interview, field: str, contact: str) -> Proof:
    """Keep a new address until its code comes back; the code, to be sent once the transaction stands. An earlier code of
    the field ends with it. Raises TooManyCodes."""
    mine = select(NewAddress).where(NewAddress.interview_id == interview.id)
    session.exec(delete(NewAddress).where(col(NewAddress.asked_at) <= now() - AN_HOUR))
    recent = sorted(row.asked_at for row in session.exec(mine))
    if len(recent) >= CODES_AN_HOUR:
        raise TooManyCodes(int((recent[-CODES_AN_HOUR] + AN_HOUR - now()).total_seconds()) + 1)
    row_id, digits = new_id(), f"{secrets.randbelow(1_000_000):06}"
    session.add(
        NewAddress(
            id=row_id,
            interview_id=interview.id,
            field=field,
            contact_sealed=services.key_of(session, interview).seal(contact),
            code_hash=code_hash(services, row_id, digits),
            asked_at=now(),
        )
    )
    session.flush()
    return Proof(interview.id, ROADS[field], contact, digits)


def send_proof(services: Services, proof: Proof) -> None:
    """Send it to the new address and nowhere else. Blocks. Raises CodeUnsent."""
    with services.database.reading() as session:
        interview = session.get_one(Interview, proof.interview_id)
        profile = profile_of(session, interview)
    worded = word_code(services, proof.road, proof.contact, profile, interview.language, proof.digits)
    hand_over_now(services, proof.road, worded)


def addresses_to_prove(services: Services, session: Session, interview: Interview) -> list[tuple[str, str]]:
    """Field and masked address of what waits for its code."""
    found = {}
    for field in ROADS:
        row = _newest(session, interview.id, field)
        if row is not None:
            found[field] = masked(services.key_of(session, interview).open(row.contact_sealed))
    return sorted(found.items())


def prove(services: Services, session: Session, interview: Interview, field: str, digits: str) -> str | None:
    """The address of this field that the digits prove, inside the caller's transaction, which has to be committed
    whatever comes of it: every try counts. None for wrong digits. Raises CodeUsedUp."""
    row = _newest(session, interview.id, field)
    if row is None:
        raise CodeUsedUp("no valid code")
    row.tries += 1
    if not hmac.compare_digest(row.code_hash, code_hash(services, row.id, digits)):
        return None
    contact = services.key_of(session, interview).open(row.contact_sealed)
    session.exec(delete(NewAddress).where(col(NewAddress.interview_id) == interview.id, col(NewAddress.field) == field))
    return contact


def _newest(session: Session, interview_id: str, field: str) -> NewAddress | None:
    """What waits for its code, if it still may come."""
    rows = select(NewAddress).where(NewAddress.interview_id == interview_id, NewAddress.field == field)
    row = session.exec(rows.order_by(col(NewAddress.asked_at).desc(), col(NewAddress.id).desc())).first()
    if row is None or row.asked_at + CODE_LASTS <= now() or row.tries >= CODE_TRIES:
        return None
    return row
