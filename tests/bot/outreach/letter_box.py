"""What tests of letters do again and again."""

from __future__ import annotations

from sqlmodel import col, select

from bot.accounts import Account
from bot.outreach.invitation import Invitation, InvitationRequest, invite
from bot.outreach.postman import Postman
from bot.outreach.senders import open_senders
from bot.positions import newest_position
from bot.services import Services
from core.clock import now
from core.tables import Letter, Position

BY = Account(id="user:1", name="li", role="recruiter")


def send(services: Services, **changes: str | None) -> Invitation:
    fields: dict[str, str | None] = {
        "position": "sales",
        "name": "李雷",
        "language": "zh",
        "phone": "13800001234",
        "email": "li@example.com",
    }
    return invite(services, InvitationRequest(**fields | changes), BY)  # type: ignore[arg-type]


async def post(services: Services) -> int:
    """One round of the postman."""
    async with open_senders(services.settings) as senders:
        return await Postman(services, senders).send_due()


def letters(services: Services, interview_id: str) -> list[Letter]:
    with services.database.reading() as session:
        found = select(Letter).where(Letter.interview_id == interview_id).order_by(col(Letter.due_at), col(Letter.id))
        return list(session.exec(found))


def only(services: Services, interview_id: str, kind: str) -> Letter:
    (letter,) = [one for one in letters(services, interview_id) if one.kind == kind]
    return letter


def change_position(services: Services, key: str = "sales", *, closed: bool = False, **outreach: object) -> None:
    """A new version of the position with other outreach settings."""
    with services.database.unit_of_work() as session:
        position = newest_position(session, key)
        profile = position.profile | {"closed": closed, "outreach": position.profile["outreach"] | outreach}
        session.add(Position(key=key, version=position.version + 1, profile=profile, created_at=now()))
