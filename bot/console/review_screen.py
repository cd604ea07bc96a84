"""One interview as the review screen shows it: the report page's view, with moments to play and reasons to pick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.console.decisions import InterviewUnknown, has_opened_evidence
from bot.console.recording_lines import RecordingLine
from bot.console.report_view import AssessedCompetency, ReportView, read_report
from bot.console.review_doubts import doubts_of
from bot.console.review_queue import read_case, tags_of
from bot.console.spoken_moments import SpokenSentence, moment_of, sentences_of
from bot.console.texts import say
from bot.positions import is_closed, newest_position
from bot.services import Services
from core.clock import now
from core.content import Language
from core.tables import Interview, Override, Position, ReviewerRating
from hr_bridge.position import PositionProfile
from scoring.correction import PURPOSE

READY_REASONS: Final = 3
"""At most so many a decision; each has a digit key."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in a recording."""

    recording_id: str
    start: float


@dataclass(frozen=True, slots=True, repr=False)
class Overridden:
    """One correction of a level, and why."""

    by: str
    before: float | None
    after: float
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class ReviewScreen:
    """`hidden` is true while this reviewer still has to rate blind: no level, score or match is shown then."""

    view: ReportView
    hidden: bool
    position_closed: bool
    tags: tuple[tuple[str, str], ...]
    marks: Mapping[int, str]
    """Number of a quote → key of its competency."""
    moments: Mapping[int, Moment]
    """Number of a quote → where it is said, for those that were spoken."""
    sentences: Mapping[str, Sequence[SpokenSentence]]
    """By recording id."""
    reasons: Mapping[str, Sequence[str]]
    """Ready reasons by decision, true of this report."""
    own_levels: Mapping[str, int]
    """What this reviewer rated, by competency."""
    overrides: Mapping[str, Sequence[Overridden]]
    """Corrections by competency, the oldest first."""

    @property
    def seen_decision(self) -> int:
        """How many decisions the reviewer has before them; the newest has this version."""
        return len(self.view.decisions)


def read_screen(services: Services, interview_id: str, language: Language, by: Account) -> ReviewScreen:
    """Raises InterviewUnknown or CandidateErased."""
    view = read_report(services, interview_id, language, by)
    if view is None:
        raise InterviewUnknown("there is no interview with this id")
    with services.database.reading() as session:
        hidden = rates_blind(session, view.interview, by)
        case = read_case(session, interview_id)
        newest = newest_position(session, session.get_one(Position, view.interview.position_id).key)
        closed = is_closed(newest)
        own = own_levels(session, interview_id, by)
        overrides = {} if hidden else _overrides(services, session, view.interview)
    clips = [clip for lines in view.recordings.values() for clip in lines]
    numbered = {e.number: (c.key, e.quote) for c in view.competencies for e in c.evidence}
    return ReviewScreen(
        view=view,
        hidden=hidden,
        position_closed=closed,
        tags=tags_of(doubts_of(case, now()), language, hidden) if case else (),
        marks={number: key for number, (key, _) in numbered.items()},
        moments={n: found for n, (_, quote) in numbered.items() if (found := _moment(quote, clips)) is not None},
        sentences={clip.id: sentences_of(clip.timed) for clip in clips},
        reasons={} if hidden else ready_reasons(view, language),
        own_levels=own,
        overrides=overrides,
    )


def rates_blind(session: Session, interview: Interview, by: Account) -> bool:
    """Whether the position asks this person to rate before they see the scorer's levels, and they have not yet."""
    profile = PositionProfile.model_validate(session.get_one(Position, interview.position_id).profile)
    if not profile.review.blind_review or own_levels(session, interview.id, by):
        return False
    return not has_opened_evidence(session, interview.id, by)


def own_levels(session: Session, interview_id: str, by: Account) -> Mapping[str, int]:
    """What this person rated, by competency."""
    own = select(ReviewerRating.competency, ReviewerRating.level).where(
        ReviewerRating.interview_id == interview_id, ReviewerRating.reviewer == by.id
    )
    return {competency: level for competency, level in session.exec(own)}


def _overrides(services: Services, session: Session, interview: Interview) -> Mapping[str, Sequence[Overridden]]:
    found: dict[str, list[Overridden]] = defaultdict(list)
    key = services.key_of(session, interview)
    rows = select(Override).where(Override.interview_id == interview.id).order_by(col(Override.report_version))
    for row in session.exec(rows):
        reason = key.open(row.reason_sealed, PURPOSE)
        found[row.competency].append(Overridden(row.by, row.level_before, row.level, reason, row.made_at))
    return found


def ready_reasons(view: ReportView, language: Language) -> Mapping[str, Sequence[str]]:
    """Reasons for each decision that the report bears out, to be picked or to be written over."""
    rated = [c for c in view.competencies if c.level is not None]
    best = sorted(rated, key=lambda c: -(c.level or 0.0))
    weak = sorted((c for c in rated if (c.score or 0.0) < view.pass_line), key=lambda c: c.level or 0.0)
    unscored = [c for c in view.competencies if c.level is None]
    match = view.report.match if view.report else None
    advance = [say(language, "review.reason_strong", what=_named(best[:2], language))] if best else []
    if match is not None and match >= view.pass_line:
        figures = {"match": f"{match:.1f}", "line": f"{view.pass_line:g}"}
        advance.insert(0, say(language, "review.reason_over_line", **figures))
    advance.append(say(language, "review.reason_heard"))
    hold = [say(language, "review.reason_in_person", what=_titles((weak or unscored)[:2], language))]
    hold = hold if weak or unscored else []
    hold.append(say(language, "review.reason_compare"))
    reject = [say(language, "review.reason_weak", what=_named(weak[:2], language))] if weak else []
    found = {"advance": advance, "hold": hold, "reject": reject}
    return {value: tuple(reasons[:READY_REASONS]) for value, reasons in found.items()}


def _named(competencies: Sequence[AssessedCompetency], language: Language) -> str:
    comma = "、" if language == "zh" else ", "
    return comma.join(say(language, "review.at_level", title=c.title, level=f"{c.level:.1f}") for c in competencies)


def _titles(competencies: Sequence[AssessedCompetency], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(c.title for c in competencies)


def _moment(quote: str, clips: Sequence[RecordingLine]) -> Moment | None:
    for clip in clips:
        if (start := moment_of(quote, clip.timed)) is not None:
            return Moment(clip.id, start)
    return None
