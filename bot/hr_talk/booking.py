"""Booking, moving, cancelling and marking a talk. Each tells the candidate in the conversation and by a letter.

Nobody gets a time that somebody else has: the row of a time is held while it is taken, and `talk.time_id` is unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.candidate_rights.standing import told_outcome
from bot.conversation import hold_interview, say_of_itself
from bot.hr_talk.letter import plan_talk_letters
from bot.hr_talk.offer import offer_of, open_offers
from bot.hr_talk.words import PURPOSE, said_in_chat
from bot.outreach.hours import is_quiet
from bot.outreach.letters import Addressee, addressee
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased, Refused
from core.tables import Interview, Position, Talk, TalkOffer, TalkTime
from dialogue.turn import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

SOONEST: Final = timedelta(hours=1)
"""Nobody is asked to be there sooner than this; the recruiter has to see it, too."""
MOST_CHANGES: Final = 20
"""By a candidate; each is a letter. Cancelling is always possible."""
LONGEST_WORDS: Final = 300
ITSELF: Final = Account(id="policy", name="policy", role="policy")
Outcome = Literal["held", "missed"]


class TalkNotOffered(Refused):
    """No talk can be booked: the interview is not over, the position is closed or offers none, or the outcome was told."""


class TimeGone(Refused):
    """Somebody else was faster, the recruiter took the time back, or it is less than an hour away."""


class PhoneMissing(Refused):
    """The recruiter calls, and no phone number is on file."""


class TooManyChanges(Refused):
    """The candidate has changed it twenty times; from here on a person helps."""


class TalkBegun(Refused):
    """The talk has begun, or is over: it is neither moved nor cancelled any more."""


class NoTalk(Refused):
    """There is no talk to move, cancel or mark."""


class TalkToCome(Refused):
    """It has not begun, so it was neither held nor missed."""


class WordsTooLong(Refused):
    """What a recruiter adds has at most 300 characters."""


def is_offered(session: Session, interview: Interview) -> bool:
    """Whether this candidate may book a talk, or another time for it: who finished, has not been told that it ends here,
    and has not had it."""
    if interview.finished_at is None or interview.withdrawn_at is not None:
        return False
    talk = live_talk(session, interview)
    if talk is not None and talk.outcome == "held":
        return False
    return told_outcome(session, interview.id) != "reject" and bool(open_offers(session, _key_of(session, interview)))


def free_times(
    services: Services, session: Session, interview: Interview, by_recruiter: bool = False
) -> Sequence[TalkTime]:
    """The times that may be booked, in order: not taken, an hour ahead at least, and by day where the candidate is. A
    recruiter who has spoken with them may choose any hour."""
    if not is_offered(session, interview):
        return ()
    to, key = addressee(services, session, interview), _key_of(session, interview)
    taken = select(Talk.time_id).where(col(Talk.time_id).is_not(None))
    free = select(TalkTime).where(
        TalkTime.position_key == key,
        col(TalkTime.host).in_(list(open_offers(session, key))),
        TalkTime.starts_at >= now() + SOONEST,
        col(TalkTime.id).not_in(taken),
    )
    rows = session.exec(free.order_by(col(TalkTime.starts_at), col(TalkTime.id))).all()
    found: dict[datetime, TalkTime] = {}
    for row in rows:
        if by_recruiter or not is_quiet(row.starts_at, to.zone, to.plan):
            found.setdefault(row.starts_at, row)  # two recruiters at the same hour are one choice
    return list(found.values())


def live_talk(session: Session, interview: Interview) -> Talk | None:
    """The talk that is booked, to come or over; None where there is none, it was cancelled, or the candidate left."""
    talk = session.get(Talk, interview.id)
    if talk is None or talk.cancelled_at is not None or interview.withdrawn_at is not None:
        return None
    return talk


def is_under_way(talk: Talk) -> bool:
    """For an hour from its beginning nobody knows yet what came of it."""
    return talk.outcome is None and talk.starts_at <= now() < talk.starts_at + SOONEST


def book_talk(services: Services, interview_id: str, time_id: str, by: Account, words: str = "") -> None:
    """Book the time, or move the talk there; the same time twice is once. `words` are a recruiter's to the candidate.

    Raises TalkNotOffered, TimeGone, PhoneMissing, TalkBegun, TooManyChanges, WordsTooLong or CandidateErased.
    """
    with _one_at_a_time(services) as session:
        interview = hold_interview(session, interview_id)
        if not is_offered(session, interview):
            raise TalkNotOffered("no talk is offered to this candidate")
        talk, to = live_talk(session, interview), addressee(services, session, interview)
        if talk is not None and talk.time_id == time_id:
            return
        if talk is not None and is_under_way(talk):
            raise TalkBegun("the talk has begun")
        earlier = session.get(Talk, interview_id)
        if earlier is not None and earlier.sequence >= MOST_CHANGES and not by.is_person:
            raise TooManyChanges("the talk was changed twenty times")
        chosen = session.get(TalkTime, time_id, with_for_update=True)
        offer = open_offers(session, _key_of(session, interview)).get(chosen.host) if chosen is not None else None
        if chosen is None or offer is None or chosen.position_key != _key_of(session, interview):
            raise TimeGone("the time is not offered any more")
        if chosen.starts_at < now() + SOONEST or _is_taken(session, time_id):
            raise TimeGone("the time has passed or is somebody else's")
        if not by.is_person and is_quiet(chosen.starts_at, to.zone, to.plan):
            raise TimeGone("the time lies in the candidate's night")
        if offer.way == "phone" and to.phone is None:
            raise PhoneMissing("no phone number is on file")
        kind = "talk" if talk is None or talk.starts_at <= now() else "talk_moved"
        talk = _arrange(session, interview, chosen, offer)
        _note_words(talk, to, words)
        session.flush()
        plan_talk_letters(services, session, interview, talk, by)
        _say(services, session, interview, talk, to, kind)
        record(session, by, {"talk": "talk_booked", "talk_moved": "talk_moved"}[kind], interview_id)
    services.outbox_bell.ring()


def cancel_talk(services: Services, interview_id: str, by: Account, words: str = "") -> None:
    """Cancel the talk that is to come; the time is free again. Raises NoTalk, TalkBegun, WordsTooLong, CandidateErased."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        talk = live_talk(session, interview)
        if talk is None:
            raise NoTalk("there is no talk to cancel")
        if talk.starts_at <= now():
            raise TalkBegun("the talk has begun")
        to = addressee(services, session, interview)
        _note_words(talk, to, words)
        _let_go(talk)
        session.flush()
        plan_talk_letters(services, session, interview, talk, by)
        _say(services, session, interview, talk, to, "talk_off")
        record(session, by, "talk_cancelled", interview_id)
    services.outbox_bell.ring()


def mark_talk(services: Services, interview_id: str, outcome: Outcome, by: Account) -> None:
    """Note that it was held, or that the candidate was not reached; never part of a score. Raises NoTalk, TalkToCome."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        talk = live_talk(session, interview)
        if talk is None:
            raise NoTalk("there is no talk to mark")
        if talk.starts_at > now():
            raise TalkToCome("the talk has not begun")
        talk.outcome, talk.outcome_at = outcome, now()
        record(session, by, {"held": "talk_held", "missed": "talk_missed"}[outcome], interview_id)


def tell_new_way(services: Services, position_key: str, host: str) -> int:
    """After a recruiter changed the meeting link or the way: everybody with a talk to come is told; how many were."""
    with services.database.reading() as session:
        rows = (
            select(Talk.interview_id)
            .join(TalkTime, col(TalkTime.id) == col(Talk.time_id))
            .where(Talk.host == host, TalkTime.position_key == position_key, Talk.starts_at > now())
        )
        ids = list(session.exec(rows))
    told = 0
    for interview_id in ids:
        try:
            told += _tell_new_way(services, interview_id, position_key)
        except CandidateErased:
            continue
    services.outbox_bell.ring()
    return told


def let_go_of_withdrawn(services: Services) -> int:
    """For the worker: cancel the talks to come of candidates who left, however they did; how many were."""
    with services.database.reading() as session:
        left = (
            select(Talk.interview_id)
            .join(Interview, col(Interview.id) == col(Talk.interview_id))
            .where(col(Talk.time_id).is_not(None), col(Interview.withdrawn_at).is_not(None), Talk.starts_at > now())
        )
        ids = list(session.exec(left))
    for interview_id in ids:
        try:
            with services.database.unit_of_work() as session:
                interview = hold_interview(session, interview_id)
                talk = session.get_one(Talk, interview_id)
                if talk.cancelled_at is None:
                    _let_go(talk)
                    session.flush()
                    plan_talk_letters(services, session, interview, talk, ITSELF)
                    record(session, ITSELF, "talk_cancelled", interview_id)
        except CandidateErased:
            continue
    return len(ids)


def _arrange(session: Session, interview: Interview, chosen: TalkTime, offer: TalkOffer) -> Talk:
    talk = session.get(Talk, interview.id)
    if talk is None:
        talk = Talk(
            interview_id=interview.id, host=chosen.host, starts_at=chosen.starts_at, way=offer.way, booked_at=now()
        )
        session.add(talk)
    else:
        talk.sequence += 1
    talk.time_id, talk.host, talk.starts_at = chosen.id, chosen.host, chosen.starts_at
    talk.way, talk.meeting_url, talk.booked_at = offer.way, offer.meeting_url, now()
    talk.cancelled_at = talk.outcome = talk.outcome_at = None
    return talk


def _let_go(talk: Talk) -> None:
    talk.time_id, talk.cancelled_at = None, now()
    talk.sequence += 1


def _tell_new_way(services: Services, interview_id: str, position_key: str) -> bool:
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        talk = live_talk(session, interview)
        offer = offer_of(session, position_key, talk.host) if talk is not None else None
        if talk is None or offer is None or (talk.way, talk.meeting_url) == (offer.way, offer.meeting_url):
            return False
        to = addressee(services, session, interview)
        if (offer.way == "phone" and to.phone is None) or (offer.way == "link" and not offer.meeting_url):
            return False  # what they were given stays theirs
        talk.way, talk.meeting_url, talk.words_sealed = offer.way, offer.meeting_url, None
        talk.sequence += 1
        session.flush()
        plan_talk_letters(services, session, interview, talk, ITSELF)
        _say(services, session, interview, talk, to, "talk_moved")
        return True


def _say(services: Services, session: Session, interview: Interview, talk: Talk, to: Addressee, kind: str) -> None:
    text = said_in_chat(services, session, interview, talk, to, kind)
    say_of_itself(services, session, interview, "talk", Reply("status", text))


def _note_words(talk: Talk, to: Addressee, words: str) -> None:
    words = words.replace("\0", "").strip()
    if len(words) > LONGEST_WORDS:
        raise WordsTooLong("at most 300 characters")
    talk.words_sealed = to.key.seal(words, PURPOSE) if words else None


def _is_taken(session: Session, time_id: str) -> bool:
    return session.exec(select(Talk.interview_id).where(Talk.time_id == time_id)).first() is not None


def _key_of(session: Session, interview: Interview) -> str:
    return session.get_one(Position, interview.position_id).key


@contextmanager
def _one_at_a_time(services: Services) -> Iterator[Session]:
    """A transaction in which a second taker of a time is told so, should the lock not have held them up."""
    try:
        with services.database.unit_of_work() as session:
            yield session
    except IntegrityError as error:
        raise TimeGone("somebody else was faster") from error
