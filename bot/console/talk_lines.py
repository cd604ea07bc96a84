"""Talks as recruiters see them: whose turn it is, how to reach them, and what has to be noted afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.accounts import Account, account_by_id, record
from bot.hr_talk.booking import free_times, is_under_way, live_talk
from bot.hr_talk.words import PURPOSE
from bot.outreach.letters import addressee
from bot.outreach.wording import moment, short_moment
from bot.scope import seen_interviews
from bot.services import Services
from core.clock import now
from core.content import Language
from core.errors import CandidateErased
from core.tables import Candidate, Interview, Position, Talk

SOON: Final = timedelta(hours=24)
"""How long before a talk its list shows where to reach the candidate; every showing is in the audit log."""
RECENT: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, repr=False)
class TalkLine:
    """One talk. `state` is to_come, now, over (nobody noted what came of it), held, missed or cancelled; `contact` the phone
    number or the meeting link, empty where it is not shown."""

    interview_id: str
    name: str
    position_title: str
    host: str
    is_own: bool
    starts_at: datetime
    way: str
    contact: str
    state: str
    words: str
    there: str = ""
    """The same moment by the candidate's clock."""
    zone: str = ""
    """Of the position, by whose clock `free` is."""
    free: Sequence[tuple[str, str]] = ()
    """Id and moment of each time to which it can be moved."""

    @property
    def waits(self) -> bool:
        """It has begun, and what came of it is not noted."""
        return self.state in ("now", "over")


def list_talks(services: Services, by: Account, language: Language) -> Sequence[TalkLine]:
    """Those that wait for a note of the last two weeks, and those to come, in order, of candidates whom `by` sees."""
    with services.database.unit_of_work() as session:
        rows: Any = (
            select(Talk, Interview)
            .join(Interview, col(Interview.id) == col(Talk.interview_id))
            .where(
                col(Talk.time_id).is_not(None),
                col(Talk.outcome).is_(None),
                col(Interview.withdrawn_at).is_(None),
                Talk.starts_at > now() - RECENT,
                seen_interviews(by),
            )
        )
        found = []
        for talk, interview in session.exec(rows.order_by(col(Talk.starts_at), col(Talk.interview_id))):
            try:
                shows = talk.starts_at < now() + SOON
                found.append(_line(services, session, talk, interview, by, language, shows))
            except CandidateErased:
                continue
        record(session, by, "talks_listed", "all")
    return found


def read_talk(services: Services, interview_id: str, by: Account, language: Language) -> TalkLine | None:
    """The talk of one interview, cancelled ones included, with the times to which it can be moved; None where there is
    none."""
    with services.database.unit_of_work() as session:
        talk, interview = session.get(Talk, interview_id), session.get(Interview, interview_id)
        if talk is None or interview is None:
            return None
        try:
            live, to = live_talk(session, interview) is not None, addressee(services, session, interview)
            free = free_times(services, session, interview, by_recruiter=True) if live else ()
            line = _line(services, session, talk, interview, by, language, live and talk.outcome is None)
        except CandidateErased:
            return None
        zone = ZoneInfo(to.plan.time_zone)
        return replace(
            line,
            there=moment(talk.starts_at, to.zone, language),
            zone=zone.key,
            free=[(time.id, short_moment(time.starts_at, zone, language)) for time in free],
        )


def _line(
    services: Services,
    session: Session,
    talk: Talk,
    interview: Interview,
    by: Account,
    language: Language,
    shows_contact: bool,
) -> TalkLine:
    candidate = session.get_one(Candidate, interview.candidate_id)
    key = services.keys.unwrap(candidate.wrapped_key)
    contact = ""
    if shows_contact:
        phone = key.open(candidate.phone_sealed) if candidate.phone_sealed else ""
        contact = talk.meeting_url if talk.way == "link" else phone
        record(session, by, "talk_contact_read", interview.id)
    host = account_by_id(session, talk.host, closed_too=True)
    return TalkLine(
        interview_id=interview.id,
        name=key.open(candidate.name_sealed),
        position_title=session.get_one(Position, interview.position_id).profile["title"][language],
        host=host.name if host is not None else "",
        is_own=talk.host == by.id,
        starts_at=talk.starts_at,
        way=talk.way,
        contact=contact,
        state=_state(talk, interview),
        words=key.open(talk.words_sealed, PURPOSE) if talk.words_sealed else "",
    )


def _state(talk: Talk, interview: Interview) -> str:
    if talk.cancelled_at is not None or interview.withdrawn_at is not None:
        return "cancelled"
    if talk.starts_at > now():
        return "to_come"
    return talk.outcome or ("now" if is_under_way(talk) else "over")
