"""Whoever asks for a person in the conversation gets a task with a day, as by the form on their own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlmodel import col, select

from bot.candidate_rights.requests import note_request
from bot.conversation import hold_interview
from bot.outreach.letters import addressee
from bot.outreach.wording import day_of
from bot.services import Services
from core.content import Language
from core.tables import RightsRequest
from dialogue.notice import language_of

INTENT: Final = "human"
_BY_WHEN: Final[Mapping[Language, str]] = {
    "zh": "招聘人员最晚{by}联系您或答复您，答复会出现在这里。",
    "en": "A recruiter gets in touch or answers by {by} at the latest. An answer appears here.",
}


def by_when_a_person_answers(services: Services, interview_id: str) -> str:
    """Keep the task of whoever asked for a person, unless one is open, and say in their words by when it is answered.
    Raises TooManyRequests, CandidateErased."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        waiting = select(RightsRequest).where(
            RightsRequest.interview_id == interview.id,
            RightsRequest.kind == INTENT,
            col(RightsRequest.due_at).is_not(None),
            col(RightsRequest.settled_at).is_(None),
        )
        task = session.exec(waiting).first() or note_request(services, session, interview, INTENT)
        assert task.due_at is not None
        language = language_of(interview)
        zone = addressee(services, session, interview).zone
        return _BY_WHEN[language].format(by=day_of(task.due_at, zone, language))
