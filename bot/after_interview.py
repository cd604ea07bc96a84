"""What a candidate does once the interview is over: rate it, and ask for a human review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.candidate_rights.requests import note_request
from bot.conversation import hold_interview
from bot.scope import seen_interviews
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased, Refused
from core.tables import Interview, InterviewRating, Position
from scoring.report import newest_decision

PURPOSE: Final = "interview rating"
LONGEST_WORDS: Final = 500


class RatingUnusable(Refused):
    """1 to 5 stars, after the end, once."""


def ask_for_review(services: Services, interview_id: str) -> None:
    """The candidate asks for a human review: the interview comes first in the review queue until somebody decides anew.

    Asked twice it is asked once. Raises RatingUnusable before the end.
    """
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        if interview.finished_at is None:
            raise RatingUnusable("the interview is not over")
        if not review_is_asked(session, interview_id):
            interview.human_asked_at = now()
            note_request(services, session, interview, "review")


def review_is_asked(session: Session, interview_id: str) -> bool:
    """Whether the candidate has asked for a person since the last decision."""
    asked = session.get_one(Interview, interview_id).human_asked_at
    decision = newest_decision(session, interview_id)
    return asked is not None and (decision is None or asked > decision.decided_at)


def rate_interview(services: Services, interview_id: str, stars: int, words: str = "") -> None:
    """Keep how the candidate liked the interview. Raises RatingUnusable before the end, or for other than 1 to 5 stars;
    a second rating changes nothing."""
    words = words.replace("\0", "").strip()[:LONGEST_WORDS]
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        if stars not in range(1, 6) or interview.finished_at is None:
            raise RatingUnusable("1 to 5 stars, after the end")
        if session.get(InterviewRating, interview_id) is None:
            sealed = services.key_of(session, interview).seal(words, PURPOSE) if words else None
            session.add(InterviewRating(interview_id=interview_id, stars=stars, words_sealed=sealed, given_at=now()))


def ratings_by_position(session: Session) -> Mapping[str, Sequence[int]]:
    """Position key → the stars that its candidates gave."""
    found: dict[str, list[int]] = {}
    rows: Any = (
        select(Position.key, InterviewRating.stars)
        .join(Interview, col(Interview.position_id) == col(Position.id))
        .join(InterviewRating, col(InterviewRating.interview_id) == col(Interview.id))
    )
    for key, stars in session.exec(rows):
        found.setdefault(key, []).append(stars)
    return found


def rating_words(services: Services, by: Account, most: int = 20) -> Sequence[tuple[int, str]]:
    """(stars, words) of those who added something and whom `by` sees, the newest first, without their names."""
    said: list[tuple[int, str]] = []
    with services.database.reading() as session:
        rows = select(InterviewRating).join(Interview, col(Interview.id) == col(InterviewRating.interview_id))
        rows = rows.where(col(InterviewRating.words_sealed).is_not(None), seen_interviews(by))
        for row in session.exec(rows.order_by(col(InterviewRating.given_at).desc()).limit(most)):
            try:
                key = services.key_of(session, session.get_one(Interview, row.interview_id))
            except CandidateErased:
                continue
            said.append((row.stars, key.open(row.words_sealed or "", PURPOSE)))
    return said
