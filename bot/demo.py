"""A link to try the product with, one a language."""

from __future__ import annotations

from sqlmodel import col, select

from bot.accounts import Account
from bot.outreach.invitation import InvitationRequest, invite, renew_link
from bot.services import Services
from core.tables import Candidate, Interview, new_id

DEMO = "demo"
NAMES = {"zh": "演示候选人", "en": "Demo Candidate"}
SUPERVISOR = Account(id="program:setup", name="setup", role="admin")


def demo_link(services: Services, language: str, position: str = "sales") -> str:
    """The address of a demo interview nobody has begun yet; a new one when all have been."""
    prefix = f"{DEMO}-{language}-"
    with services.database.reading() as session:
        waiting = session.exec(
            select(Interview.id)
            .join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
            .where(
                col(Candidate.external_id).startswith(prefix),
                col(Interview.consented_at).is_(None),
                col(Interview.finished_at).is_(None),
                col(Interview.withdrawn_at).is_(None),
            )
        ).first()
    if waiting is not None:
        return renew_link(services, waiting, SUPERVISOR).url
    request = InvitationRequest(
        position=position,
        name=NAMES[language],
        language=language,
        email="demo@example.com",
        channel=DEMO,
        external_id=prefix + new_id(),
        send_link=False,
    )
    return invite(services, request, SUPERVISOR).url
