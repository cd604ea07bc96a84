"""What candidates ask for under their rights: kept as rows, tasks for people while they wait, answered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.candidate_rights.door import Holder, actor
from bot.conversation import hold_interview, say_of_itself
from bot.identity import code_for
from bot.outreach.hours import working_days_after
from bot.outreach.letters import plan_answer_letter
from bot.scope import seen_interviews
from bot.services import Services
from core.clock import now
from core.content import Language
from core.errors import CandidateErased, Refused
from core.tables import Candidate, Decision, Interview, Position, RightsRequest
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of
from dialogue.turn import Reply
from hr_bridge.policy import load_policy

KINDS: Final = ("human", "review", "objection", "correction", "unreachable", "withdrawal", "erasure")
ANSWERED_BY_A_DECISION: Final = ("review", "objection")
PURPOSE: Final = "rights request"
LONGEST: Final = 1_000
MOST_A_DAY: Final = 10
"""Of one kind from one candidate: more is a script, or a key that is stuck."""


class RequestUnknown(Refused):
    """There is no such request."""


class RequestSettled(Refused):
    """Somebody has answered it."""


class WordsUnusable(Refused):
    """A request has at most 1,000 characters, an answer at least one."""


class TooManyRequests(Refused):
    """Ten of one kind were made within a day."""


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One request as it is shown, opened with the candidate's key. `due_at` is None where nobody has to answer."""

    id: str
    interview_id: str
    kind: str
    words: str
    made_at: datetime
    due_at: datetime | None
    settled_at: datetime | None
    reply: str
    name: str
    position_title: str
    language: Language

    @property
    def waits(self) -> bool:
        return self.due_at is not None and self.settled_at is None


def note_request(
    services: Services, session: Session, interview: Interview, kind: str, words: str = "", task: bool = True
) -> RightsRequest:
    """Keep a request inside the caller's transaction, with the day by which it has to be answered where it is a task.
    Without words the same waits once. Raises WordsUnusable, TooManyRequests."""
    words = words.replace("\0", "").strip()
    if len(words) > LONGEST:
        raise WordsUnusable("a request has at most 1,000 characters")
    same = select(RightsRequest).where(RightsRequest.interview_id == interview.id, RightsRequest.kind == kind)
    recent = session.exec(same.where(RightsRequest.made_at > now() - timedelta(days=1))).all()
    waiting = next((row for row in recent if row.settled_at is None and row.due_at is not None), None)
    if waiting is not None and not words:
        return waiting
    if len(recent) >= MOST_A_DAY:
        raise TooManyRequests("ten requests of one kind within a day")
    row = RightsRequest(
        candidate_id=interview.candidate_id,
        interview_id=interview.id,
        kind=kind,
        words_sealed=services.key_of(session, interview).seal(words, PURPOSE) if words else None,
        made_at=now(),
        due_at=due_at(session, interview) if task else None,
        settled_at=None if task else now(),
    )
    session.add(row)
    session.flush()
    record(session, actor(interview.candidate_id), f"asked:{kind}", interview.id)
    return row


def due_at(session: Session, interview: Interview) -> datetime:
    """By when a request made now has to be answered, by the policy of the position."""
    policy = load_policy(profile_of(session, interview).policy)
    if policy.rights_days_are_working_days:
        return working_days_after(now(), policy.rights_answered_in_days)
    return now() + timedelta(days=policy.rights_answered_in_days)


def ask_for_person(services: Services, holder: Holder, words: str) -> None:
    """The candidate wants to hear from a person. Raises WordsUnusable, TooManyRequests."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, holder.interview_id)
        interview.human_asked_at = now()
        note_request(services, session, interview, "human", words)


def ask_for_review_again(services: Services, holder: Holder, words: str) -> None:
    """The candidate wants a person to go through the answers (again): it comes first in the review queue. Raises
    WordsUnusable, TooManyRequests."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, holder.interview_id)
        interview.human_asked_at = now()
        note_request(services, session, interview, "review", words)


def object_to_automation(services: Services, holder: Holder, words: str) -> None:
    """The candidate objects to automatic processing: nothing advances them but a person from now on, and the interview
    goes before one. Raises WordsUnusable, TooManyRequests."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, holder.interview_id)
        interview.human_asked_at = now()
        note_request(services, session, interview, "objection", words)


def has_objected(session: Session, interview_id: str) -> bool:
    objected = select(RightsRequest.id).where(
        RightsRequest.interview_id == interview_id, RightsRequest.kind == "objection"
    )
    return session.exec(objected).first() is not None


def call_recruiter(services: Services, interview_id: str) -> None:
    """No road reaches the candidate with a code: a recruiter is asked to, once a day."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        note_request(services, session, interview, "unreachable")


def settle(services: Services, request_id: str, text: str, by: Account) -> None:
    """Answer a request; the candidate reads it on their page and in the conversation, wherever that is held, and a letter
    says that it is there.

    Raises RequestUnknown, RequestSettled, WordsUnusable or CandidateErased.
    """
    text = text.replace("\0", "").strip()
    if not 1 <= len(text) <= LONGEST:
        raise WordsUnusable("an answer has 1 to 1,000 characters")
    with services.database.unit_of_work() as session:
        row = session.get(RightsRequest, request_id)
        if row is None:
            raise RequestUnknown("there is no such request")
        # The interview first, as whoever makes a request does, or the two would wait for each other.
        interview = hold_interview(session, row.interview_id)
        session.refresh(row)
        if row.settled_at is not None:
            raise RequestSettled("this request has been answered")
        row.reply_sealed = services.key_of(session, interview).seal(text, PURPOSE)
        row.settled_at, row.settled_by = now(), by.id
        session.flush()
        say_of_itself(services, session, interview, "rights_answer", Reply("status", text))
        plan_answer_letter(services, session, interview)
        record(session, by, "rights_answered", interview.id)
    services.outbox_bell.ring()


def code_to_read_out(services: Services, request_id: str, by: Account) -> str:
    """A fresh code for a candidate whom no road reaches; who made it stands in the audit trail. Raises RequestUnknown,
    RequestSettled, TooManyCodes."""
    with services.database.reading() as session:
        row = session.get(RightsRequest, request_id)
        if row is None or row.kind != "unreachable":
            raise RequestUnknown("there is no such request")
        if row.settled_at is not None:
            raise RequestSettled("the candidate has entered a code")
    code = code_for(services, row.interview_id, read_out=True)
    with services.database.unit_of_work() as session:
        record(session, by, "code_read_out", row.interview_id)
    return code.digits


def requests_of(services: Services, interview_id: str) -> Sequence[Asked]:
    """All of one interview, the newest first. Raises CandidateErased."""
    with services.database.reading() as session:
        rows = select(RightsRequest).where(RightsRequest.interview_id == interview_id)
        return [_shown(services, session, row) for row in session.exec(rows.order_by(col(RightsRequest.id).desc()))]


def tasks_waiting(services: Services, by: Account) -> Sequence[Asked]:
    """Everything that a person has to answer to candidates whom `by` sees, what is due first on top; the erased are left
    out."""
    found = []
    with services.database.reading() as session:
        rows = (
            select(RightsRequest)
            .join(Interview, col(Interview.id) == col(RightsRequest.interview_id))
            .where(col(RightsRequest.due_at).is_not(None), col(RightsRequest.settled_at).is_(None), seen_interviews(by))
        )
        for row in session.exec(rows.order_by(col(RightsRequest.due_at))):
            try:
                found.append(_shown(services, session, row))
            except CandidateErased:
                continue
    return [task for task in found if task.waits]


def _shown(services: Services, session: Session, row: RightsRequest) -> Asked:
    interview = session.get_one(Interview, row.interview_id)
    candidate = session.get_one(Candidate, row.candidate_id)
    key, language = services.keys.unwrap(candidate.wrapped_key), language_of(interview)
    return Asked(
        id=row.id,
        interview_id=row.interview_id,
        kind=row.kind,
        words=key.open(row.words_sealed, PURPOSE) if row.words_sealed else "",
        made_at=row.made_at,
        due_at=row.due_at,
        settled_at=row.settled_at or _decided_since(session, row),
        reply=key.open(row.reply_sealed, PURPOSE) if row.reply_sealed else "",
        name=key.open(candidate.name_sealed),
        position_title=session.get_one(Position, interview.position_id).profile["title"][language],
        language=language,
    )


def _decided_since(session: Session, row: RightsRequest) -> datetime | None:
    """When a person decided on what the candidate wanted a person to decide."""
    if row.kind not in ANSWERED_BY_A_DECISION:
        return None
    since = select(Decision.decided_at).where(
        Decision.interview_id == row.interview_id, Decision.decided_at > row.made_at, Decision.by != "policy"
    )
    return session.exec(since.order_by(col(Decision.decided_at))).first()
