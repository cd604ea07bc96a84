"""What the house adds to the replies of a turn: things that the dialogue does not know of.

Safe for a turn that is answered again: nothing is kept twice, and only what is committed with the replies was said.
"""

from __future__ import annotations

import json
from contextlib import suppress

from bot.candidate_rights.person_wanted import INTENT, by_when_a_person_answers
from bot.candidate_rights.requests import TooManyRequests
from bot.hr_talk.booking import is_offered
from bot.hr_talk.words import offer_in_chat
from bot.services import Services
from core.tables import InboxMessage, Interview
from dialogue.turn import Reply


def said_beside(services: Services, turn_id: str, was_answered: bool) -> list[Reply]:
    """By when a person answers, to whoever asked for one; and after the goodbye that a talk can be booked, where the
    position offers one. Raises CandidateErased."""
    with services.database.reading() as session:
        row = session.get_one(InboxMessage, turn_id)
        interview = session.get_one(Interview, row.interview_id)
        asks = json.loads(row.understood_as or "{}").get("intent") == INTENT
        ended = was_answered and interview.finished_at is not None and interview.finished_at >= row.received_at
        may_talk = ended and is_offered(session, interview)
    said: list[str] = []
    if asks:
        with suppress(TooManyRequests):  # ten were answered today
            said.append(by_when_a_person_answers(services, row.interview_id))
    if may_talk:
        with services.database.unit_of_work() as session:
            said.append(offer_in_chat(services, session, session.get_one(Interview, row.interview_id)))
    return [Reply("status", text) for text in said]
