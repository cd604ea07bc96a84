"""What tests of talks do again and again: recruiters, an offer with times, and somebody who finished."""

from __future__ import annotations

from sqlmodel import select

from bot.accounts import Account, account_by_id, create_user
from bot.hr_talk.booking import free_times
from bot.hr_talk.offer import Way, Window, offer_times, set_offer
from bot.services import Services
from core.clock import now
from core.tables import Candidate, Interview, Talk, TalkTime, User
from tests.bot.outreach.letter_box import send

LINK = "https://meeting.example.com/j/123?pwd=abc"
CANDIDATE = Account(id="candidate:1", name="candidate", role="candidate")


def recruiter(services: Services, name: str = "mei", role: str = "recruiter") -> Account:
    create_user(services.database, name, role)
    with services.database.reading() as session:
        user = session.exec(select(User).where(User.name == name)).one()
        found = account_by_id(session, f"user:{user.id}")
        assert found is not None
        return found


def offer(
    services: Services,
    by: Account,
    day: str = "2026-11-26",
    begins: str = "14:00",
    ends: str = "15:00",
    zone: str = "",
    way: Way = "link",
    days_off: bool = False,
    last: str = "",
) -> int:
    """Talks on, and the quarters of one window; how many times are new."""
    with services.database.unit_of_work() as session:
        set_offer(session, "sales", way, LINK, True, by)
        return offer_times(session, "sales", Window(day, last or day, begins, ends, zone, days_off), by)


def finished(services: Services, zone: str | None = None, **changes: str | None) -> str:
    """Somebody invited by mail whose interview is over; the interview's id."""
    interview_id = send(services, time_zone=zone, **changes).id
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        interview.consented_at = interview.finished_at = now()
    return interview_id


def free(services: Services, interview_id: str) -> list[TalkTime]:
    with services.database.reading() as session:
        return list(free_times(services, session, session.get_one(Interview, interview_id)))


def talk_row(services: Services, interview_id: str) -> Talk:
    with services.database.reading() as session:
        return session.get_one(Talk, interview_id)


def candidate_of(services: Services, interview_id: str) -> Candidate:
    with services.database.reading() as session:
        return session.get_one(Candidate, session.get_one(Interview, interview_id).candidate_id)
