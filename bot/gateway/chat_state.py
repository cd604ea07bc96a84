"""What a chat page shows beside the messages: the candidate's clock, whether we are writing, whether it is over."""

from __future__ import annotations

from pydantic import BaseModel
from sqlmodel import col, select

from bot.recordings import may_be_spoken
from bot.services import Services
from bot.status import OPEN, status_of
from core.clock import now
from core.tables import InboxMessage, Interview
from dialogue.interview_clock import time_left_s


class ChatState(BaseModel):
    left_s: int
    """Of the candidate's time, by the server's clock."""
    running: bool
    """Whether that time is running now."""
    typing: bool
    """Something the candidate sent is still to be answered."""
    acknowledged: bool
    """The notice was acknowledged: from then on a résumé may be uploaded."""
    over: bool
    """Nothing more can be said."""
    voice: bool
    """Answers may be spoken here."""


def read_state(services: Services, interview_id: str) -> ChatState:
    with services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        unanswered = select(InboxMessage.turn_id).where(
            InboxMessage.interview_id == interview_id, col(InboxMessage.done_at).is_(None)
        )
        return ChatState(
            left_s=time_left_s(interview),
            running=interview.clock_started_at is not None,
            typing=session.exec(unanswered.limit(1)).first() is not None,
            acknowledged=interview.consented_at is not None,
            over=status_of(interview, report_exists=False, delivered=False, now=now()) not in OPEN,
            voice=may_be_spoken(services.settings),
        )
