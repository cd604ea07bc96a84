"""What candidates ask us at the end of an interview: tasks for the recruiters, whose answer reaches the candidate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.conversation import add_replies, hold_interview
from bot.outreach.letters import plan_answer_letter
from bot.scope import seen_interviews
from bot.services import Services
from core.clock import now
from core.content import Language
from core.errors import CandidateErased, Refused
from core.tables import Answer, Candidate, InboxMessage, Interview, Position, Question, QuestionReply
from dialogue.notice import language_of
from dialogue.turn import Reply
from hr_bridge.position import PositionProfile

PURPOSE: Final = "question reply"
LONGEST: Final = 1_000
SAID: Final[Mapping[Language, str]] = {
    "zh": "您问：“{question}”\n招聘负责人答复：{text}",
    "en": "You asked: “{question}”\nThe recruiter's answer: {text}",
}


FROM_FACTS: Final = "approved_facts"
"""Stands in `by` where no person answered but an approved fact did."""
SAID_FROM_FACTS: Final[Mapping[Language, str]] = {
    "zh": "您问：“{question}”\n以下是公司确认过的信息：{text}\n如果没有答到您的问题，可以换个说法再问，或者说“转给招聘负责人”。",
    "en": "You asked: “{question}”\nThis is what the company has approved: {text}\nIf it does not answer you, ask again in other words, or ask for a person.",
}
MARK: Final[Mapping[Language, str]] = {"zh": "（公司确认过的信息）", "en": "(Approved by the company) "}


class QuestionUnknown(Refused):
    """There is no such question of a candidate."""


class ReplyUnusable(Refused):
    """An answer has 1 to 1,000 characters."""


class AlreadyReplied(Refused):
    """Somebody has answered this question, and the candidate has the answer."""


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One question that nobody has answered. `facts` is what may be told about the position, in the candidate's
    language, to be taken over or written over."""

    answer_id: str
    interview_id: str
    name: str
    position_title: str
    language: Language
    text: str
    at: datetime
    facts: Sequence[str]


def questions_waiting(services: Services, by: Account) -> Sequence[Asked]:
    """Unanswered questions of finished interviews that `by` sees, the oldest first."""
    waiting = []
    with services.database.reading() as session:
        rows: Any = (
            _own_questions()
            .where(col(Interview.finished_at).is_not(None), col(Interview.withdrawn_at).is_(None))
            .where(seen_interviews(by))
            .where(col(Answer.id).not_in(select(QuestionReply.answer_id)))
            .order_by(col(Answer.id))
        )
        for answer, interview, position in session.exec(rows):
            try:
                key = services.key_of(session, interview)
            except CandidateErased:
                continue
            language, profile = language_of(interview), PositionProfile.model_validate(position.profile)
            waiting.append(
                Asked(
                    answer_id=answer.id,
                    interview_id=interview.id,
                    name=key.open(session.get_one(Candidate, interview.candidate_id).name_sealed),
                    position_title=profile.title.text(language),
                    language=language,
                    text=key.open(answer.text_sealed),
                    at=answer.given_at,
                    facts=tuple(fact.text(language) for fact in profile.approved_facts),
                )
            )
    return waiting


@dataclass(frozen=True, slots=True, repr=False)
class OpenQuestion:
    """A question that nobody has answered, and no fact."""

    answer_id: str
    text: str
    language: Language
    profile: PositionProfile


def open_questions(services: Services, session: Session, seen: Collection[str]) -> Sequence[OpenQuestion]:
    """Those not in `seen`, also while the interview goes on, the oldest first."""
    rows: Any = (
        _own_questions()
        .where(col(Interview.withdrawn_at).is_(None), col(Answer.id).not_in(select(QuestionReply.answer_id)))
        .order_by(col(Answer.id))
    )
    found = []
    for answer, interview, position in session.exec(rows):
        if answer.id in seen:
            continue
        try:
            text = services.key_of(session, interview).open(answer.text_sealed)
        except CandidateErased:
            continue
        profile = PositionProfile.model_validate(position.profile)
        found.append(OpenQuestion(answer.id, text, language_of(interview), profile))
    return found


def reply_from_facts(services: Services, answer_id: str, text: str) -> None:
    """Let the candidate have an approved fact as the answer, once. Raises as `reply_to_question`."""
    _reply(services, answer_id, text, FROM_FACTS, SAID_FROM_FACTS)


def count_waiting(session: Session, interview_ids: Collection[str]) -> int:
    """How many of their questions nobody has answered."""
    rows: Any = (
        _own_questions()
        .where(col(Interview.finished_at).is_not(None), col(Interview.withdrawn_at).is_(None))
        .where(col(Answer.id).not_in(select(QuestionReply.answer_id)))
    )
    return sum(interview.id in interview_ids for _, interview, _ in session.exec(rows))


def position_asked_about(services: Services, answer_id: str) -> str:
    """Key of the position that a candidate's question is about. Raises QuestionUnknown."""
    with services.database.reading() as session:
        found = session.exec(_own_questions().where(Answer.id == answer_id)).first()
    if found is None:
        raise QuestionUnknown("there is no such question")
    key: str = found[2].key
    return key


def reply_to_question(services: Services, answer_id: str, text: str, by: Account) -> None:
    """Let the candidate have the answer, in the conversation and on the page behind the link, once.

    Raises QuestionUnknown, ReplyUnusable, AlreadyReplied or CandidateErased.
    """
    _reply(services, answer_id, text, by.id, SAID, by)


def _reply(
    services: Services, answer_id: str, text: str, by: str, said_as: Mapping[Language, str], who: Account | None = None
) -> None:
    text = text.replace("\0", "").strip()
    if not 1 <= len(text) <= LONGEST:
        raise ReplyUnusable("an answer has 1 to 1,000 characters")
    with services.database.unit_of_work() as session:
        found = session.exec(_own_questions().where(Answer.id == answer_id)).first()
        if found is None:
            raise QuestionUnknown("there is no such question")
        answer = found[0]
        interview = hold_interview(session, answer.interview_id)
        if session.exec(select(QuestionReply.id).where(QuestionReply.answer_id == answer_id)).first() is not None:
            raise AlreadyReplied("this question has been answered")
        key = services.key_of(session, interview)
        reply = QuestionReply(
            interview_id=interview.id,
            answer_id=answer_id,
            text_sealed=key.seal(text, PURPOSE),
            by=by,
            replied_at=now(),
        )
        session.add(reply)
        session.add(
            InboxMessage(
                turn_id=reply.id,
                interview_id=interview.id,
                client_id=f"reply:{reply.id}",
                kind="signal",
                payload="question_reply",
                received_at=now(),
                done_at=now(),
            )
        )
        session.flush()
        said = said_as[language_of(interview)].format(question=key.open(answer.text_sealed), text=text)
        add_replies(services, session, interview, reply.id, [Reply("status", said)])
        if who is not None:  # what a fact answers is answered while they are there
            plan_answer_letter(services, session, interview)
            record(session, who, "question_answered", interview.id)
    services.outbox_bell.ring()


def replies_to(services: Services, interview_id: str) -> Sequence[tuple[str, str]]:
    """(question, answer) of one candidate, as their own page shows them."""
    with services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        key, mark = services.key_of(session, interview), MARK[language_of(interview)]
        rows = (
            select(QuestionReply, Answer)
            .join(Answer, col(Answer.id) == col(QuestionReply.answer_id))
            .where(QuestionReply.interview_id == interview_id)
            .order_by(col(QuestionReply.id))
        )
        return [
            (key.open(a.text_sealed), f"{mark if r.by == FROM_FACTS else ''}{key.open(r.text_sealed, PURPOSE)}")
            for r, a in session.exec(rows)
        ]


def _own_questions() -> Any:
    return (
        select(Answer, Interview, Position)
        .join(Question, col(Question.id) == col(Answer.question_id))
        .join(Interview, col(Interview.id) == col(Answer.interview_id))
        .join(Position, col(Position.id) == col(Interview.position_id))
        .where(Question.stage == "own_questions", col(Answer.value).is_(None))
    )
