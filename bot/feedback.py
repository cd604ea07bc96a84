"""Feedback to every candidate after the decision: drafted by itself, released by a person or, where the position says
so, by itself."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from bot.accounts import Account, record
from bot.conversation import add_replies, hold_interview
from bot.identity import bound_chat
from bot.outreach.letters import new_link, next_version, plan_letter, was_written_to
from bot.scope import seen_interviews
from bot.services import Services
from core.clock import now
from core.content import Language
from core.encryption import DataKey
from core.errors import CandidateErased, Refused
from core.tables import (
    Candidate,
    Decision,
    Feedback,
    InboxMessage,
    Interview,
    Position,
    Report,
)
from dialogue.notice import language_of
from dialogue.turn import Reply
from hr_bridge.position import PositionProfile
from scoring.feedback import Addressee, Outcome, tell_candidate
from scoring.report import newest_decision, newest_report
from scoring.report_facts import report_facts

PURPOSE: Final = "feedback"
LONGEST: Final = 4_000
RECENT: Final = timedelta(days=14)
"""Older decisions get no feedback by themselves: nobody is written to out of the blue after an update."""
BY_ITSELF: Final = Account(id="policy", name="policy", role="policy")
_MORE_ON_THE_WEB: Final[dict[Language, str]] = {
    "zh": "结果是怎么来的、您的数据、申请人工复核，都在这个网页：{url}\n打开后获取验证码，验证码会发到这个对话里。",
    "en": "How the outcome came about, your data, and asking for a human review: {url}\nAsk for a code there and it arrives in this chat.",
}

log = logging.getLogger("mianshi.feedback")


class FeedbackUnknown(Refused):
    """There is no feedback for this interview: nobody has decided, or the decision is to hold."""


class FeedbackReleased(Refused):
    """It has reached the candidate and is not changed any more."""


class FeedbackOutdated(Refused):
    """The decision has changed since this was drafted."""


class FeedbackUnusable(Refused):
    """A feedback has 1 to 4,000 characters."""


@dataclass(frozen=True, slots=True, repr=False)
class FeedbackLine:
    """One feedback with whom it is for; `outcome` is advance or reject."""

    id: str
    interview_id: str
    name: str
    position_title: str
    language: Language
    outcome: str
    text: str
    drafted_at: datetime
    edited_at: datetime | None
    released_at: datetime | None
    outdated: bool
    """A newer decision stands."""


def draft_due(services: Services) -> int:
    """Draft what is missing for recent decisions, and release it where the position asks for that; how many."""
    with services.database.reading() as session:
        later = aliased(Decision)
        newest = ~exists().where(
            col(later.interview_id) == Decision.interview_id, col(later.version) > Decision.version
        )
        due = session.exec(
            select(Decision.id, Decision.interview_id)
            .join(Interview, col(Interview.id) == col(Decision.interview_id))
            .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
            .where(
                newest,
                Decision.value != "hold",
                Decision.decided_at > now() - RECENT,
                col(Interview.withdrawn_at).is_(None),
                col(Candidate.wrapped_key).is_not(None),
                col(Decision.id).not_in(select(Feedback.decision_id)),
            )
        ).all()
        due = [each for each in due if not _is_told(session, session.get_one(Decision, each[0]))]
    for decision_id, interview_id in due:
        try:
            _draft(services, decision_id)
        except Refused as error:
            log.warning("feedback of interview %s was not made: %s", interview_id, type(error).__name__)
    if due:
        services.outbox_bell.ring()
    return len(due)


def _is_told(session: Session, decision: Decision) -> bool:
    """Whether the last that the candidate was told is this outcome, and they have asked for no human review since: the
    same decision made once more is no news to them."""
    row = session.exec(
        select(Decision.value, Feedback.released_at, Interview.human_asked_at)
        .join(Feedback, col(Feedback.decision_id) == col(Decision.id))
        .join(Interview, col(Interview.id) == col(Decision.interview_id))
        .where(Decision.interview_id == decision.interview_id, col(Feedback.released_at).is_not(None))
        .order_by(col(Feedback.released_at).desc())
    ).first()
    if row is None:
        return False
    value, released_at, asked_at = row
    return value == decision.value and not (asked_at is not None and released_at is not None and asked_at > released_at)


def _draft(services: Services, decision_id: str) -> None:
    """Write the draft, and release it with the same stroke where the position asks for that: a crash in between would
    leave it to a person who expects none."""
    with services.database.unit_of_work() as session:
        decision = session.get_one(Decision, decision_id)
        interview = hold_interview(session, decision.interview_id)
        if session.exec(select(Feedback.id).where(Feedback.decision_id == decision_id)).first() is not None:
            return
        report = newest_report(session, interview.id)
        if report is None:
            raise FeedbackUnknown("there is no report to tell of")
        key, profile = services.key_of(session, interview), _profile(session, report)
        text = _text(session, interview, report, decision, key, profile)
        feedback = Feedback(
            interview_id=interview.id,
            decision_id=decision_id,
            text_sealed=key.seal(text, PURPOSE),
            drafted_at=now(),
        )
        session.add(feedback)
        session.flush()
        if profile.review.automatic_feedback and (newest_decision(session, interview.id) or decision).id == decision_id:
            _release(services, session, interview, feedback, text, BY_ITSELF)


def _text(
    session: Session, interview: Interview, report: Report, decision: Decision, key: DataKey, profile: PositionProfile
) -> str:
    language = language_of(interview)
    outcome: Outcome = "advance" if decision.value == "advance" else "reject"
    name = key.open(session.get_one(Candidate, interview.candidate_id).name_sealed)
    company = profile.company.text(language) if profile.company else None
    to = Addressee(name, profile.title.text(language), company)
    return tell_candidate(report_facts(session, report, key), outcome, to, language)


def _profile(session: Session, report: Report) -> PositionProfile:
    return PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)


def edit_feedback(
    services: Services, interview_id: str, text: str, by: Account, seen_feedback: str | None = None
) -> None:
    """Put a person's words in place of the draft; `seen_feedback` is the id of the one that they had before them.

    Raises FeedbackUnknown, FeedbackReleased, FeedbackOutdated or FeedbackUnusable.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= LONGEST:
        raise FeedbackUnusable("a feedback has 1 to 4,000 characters")
    with services.database.unit_of_work() as session:
        interview, feedback, _ = _held(session, interview_id, seen_feedback)
        if feedback.released_at is not None:
            raise FeedbackReleased("the candidate has it already")
        feedback.text_sealed = services.key_of(session, interview).seal(text, PURPOSE)
        feedback.edited_at, feedback.edited_by = now(), by.id
        record(session, by, "feedback_edited", interview_id)


def release_feedback(services: Services, interview_id: str, by: Account, seen_feedback: str | None = None) -> None:
    """Let the candidate have the feedback: in the conversation, wherever it is held, and on the page behind the link.

    `seen_feedback` is the id of the one that the person had before them: words written for one decision are never sent
    under another. It goes out by mail or as a short message too where the candidate was invited that way. Released twice
    it goes out once. Raises FeedbackUnknown, FeedbackOutdated or CandidateErased.
    """
    with services.database.unit_of_work() as session:
        interview, feedback, decision = _held(session, interview_id, seen_feedback)
        if feedback.released_at is not None:
            return
        if decision.id != feedback.decision_id:
            raise FeedbackOutdated("the decision has changed since")
        text = services.key_of(session, interview).open(feedback.text_sealed, PURPOSE)
        _release(services, session, interview, feedback, text, by)
    services.outbox_bell.ring()


def _release(
    services: Services, session: Session, interview: Interview, feedback: Feedback, text: str, by: Account
) -> None:
    """The one place where feedback goes out, inside the caller's transaction."""
    feedback.released_at, feedback.released_by = now(), by.id
    session.add(
        InboxMessage(
            turn_id=feedback.id,
            interview_id=interview.id,
            client_id=f"feedback:{feedback.id}",
            kind="signal",
            payload=PURPOSE,
            received_at=now(),
            done_at=now(),  # nothing is to be answered: the reply is there with it
        )
    )
    session.flush()
    replies = [Reply("status", text)]
    if bound_chat(session, interview.id) is not None:  # who came by Telegram's link alone has no other way to the page
        url = f"{new_link(services, session, interview.id)}/status"
        replies.append(Reply("status", _MORE_ON_THE_WEB[language_of(interview)].format(url=url)))
    add_replies(services, session, interview, feedback.id, replies)
    if was_written_to(session, interview.id):
        version = next_version(session, interview.id, "feedback")
        plan_letter(services, session, interview, "feedback", version=version)
    record(session, by, "feedback_released", interview.id)


def released_text(session: Session, key: DataKey, interview_id: str) -> str | None:
    """The feedback that was released, while the decision still says the same."""
    feedback = _newest(session, interview_id)
    if feedback is None or feedback.released_at is None:
        return None
    told = session.get_one(Decision, feedback.decision_id)
    last = newest_decision(session, interview_id)
    return key.open(feedback.text_sealed, PURPOSE) if last is not None and last.value == told.value else None


def _held(
    session: Session, interview_id: str, seen_feedback: str | None = None
) -> tuple[Interview, Feedback, Decision]:
    interview = session.exec(select(Interview).where(Interview.id == interview_id).with_for_update()).first()
    feedback = _newest(session, interview_id)
    if interview is None or feedback is None:
        raise FeedbackUnknown("there is no feedback for this interview")
    if seen_feedback is not None and seen_feedback != feedback.id:
        raise FeedbackOutdated("another one was drafted since")
    decision = newest_decision(session, interview_id) or session.get_one(Decision, feedback.decision_id)
    return interview, feedback, decision


def _newest(session: Session, interview_id: str) -> Feedback | None:
    rows = select(Feedback).where(Feedback.interview_id == interview_id).order_by(col(Feedback.id).desc())
    return session.exec(rows).first()


def read_feedback(services: Services, interview_id: str) -> FeedbackLine:
    """The newest feedback of an interview. Raises FeedbackUnknown or CandidateErased."""
    with services.database.reading() as session:
        feedback = _newest(session, interview_id)
        if feedback is None:
            raise FeedbackUnknown("there is no feedback for this interview")
        return _line(services, session, feedback)


def feedback_waiting(services: Services, by: Account) -> Sequence[FeedbackLine]:
    """Drafts that nobody has released, as far as `by` sees them, the oldest first; those that a later decision overtook are left out."""
    lines = []
    with services.database.reading() as session:
        rows = (
            select(Feedback)
            .join(Interview, col(Interview.id) == col(Feedback.interview_id))
            .where(col(Feedback.released_at).is_(None), seen_interviews(by))
            .order_by(col(Feedback.id))
        )
        for feedback in session.exec(rows):
            try:
                lines.append(_line(services, session, feedback))
            except CandidateErased:
                continue
    return [line for line in lines if not line.outdated]


def _line(services: Services, session: Session, feedback: Feedback) -> FeedbackLine:
    interview = session.get_one(Interview, feedback.interview_id)
    key, language = services.key_of(session, interview), language_of(interview)
    decision = session.get_one(Decision, feedback.decision_id)
    newer = select(Decision.id).where(Decision.interview_id == interview.id, Decision.version > decision.version)
    return FeedbackLine(
        id=feedback.id,
        interview_id=interview.id,
        name=key.open(session.get_one(Candidate, interview.candidate_id).name_sealed),
        position_title=session.get_one(Position, interview.position_id).profile["title"][language],
        language=language,
        outcome=decision.value,
        text=key.open(feedback.text_sealed, PURPOSE),
        drafted_at=feedback.drafted_at,
        edited_at=feedback.edited_at,
        released_at=feedback.released_at,
        outdated=session.exec(newer).first() is not None,
    )


def told_candidate(services: Services, interview_id: str) -> str | None:
    """The text that was released last, as the candidate's own page shows it."""
    with services.database.reading() as session:
        rows = select(Feedback).where(Feedback.interview_id == interview_id, col(Feedback.released_at).is_not(None))
        feedback = session.exec(rows.order_by(col(Feedback.released_at).desc())).first()
        if feedback is None:
            return None
        return services.key_of(session, session.get_one(Interview, interview_id)).open(feedback.text_sealed, PURPOSE)
