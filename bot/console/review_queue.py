"""The review queue: every result that waits for a person, in the order of `review_doubts`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import JSON, ColumnElement, and_, or_
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from bot.accounts import Account
from bot.console.decisions import EVIDENCE_OPENED
from bot.console.review_doubts import TELLING_LEVELS, Case, Doubt, Result, Sort, doubts_of, in_order
from bot.console.texts import say
from bot.scope import seen_interviews
from bot.services import Services
from core.clock import now
from core.content import Language
from core.tables import (
    AuditEntry,
    Candidate,
    Decision,
    EnvironmentRecord,
    IntegritySignal,
    Interview,
    Position,
    Question,
    Report,
    ReviewerRating,
    Score,
    SecondRating,
)
from scoring.rubric import load_competency
from scoring.second_rating import needs_a_person
from scoring.spoken import DROPPED_PACKETS

PER_PAGE: Final = 50
TROUBLE: Final = ("quality", "not_counted")
"""Kinds of what is noted about device and room, each of which may have touched an answer."""


@dataclass(frozen=True, slots=True, repr=False)
class QueuedCase:
    """One row of the queue. `match` is None too where this reader still has to rate blind."""

    case: Case
    name: str
    position_title: str
    match: float | None
    is_blind: bool
    tags: tuple[tuple[str, str], ...]
    """(kind, words) for each reason to look."""
    report_id: str
    seen_decision: int
    """Version of the newest decision, 0 where there is none."""


@dataclass(frozen=True, slots=True, repr=False)
class Queue:
    """One page of the queue, and the order of the whole."""

    rows: Sequence[QueuedCase]
    order: Sequence[str]
    page: int
    pages: int
    positions: Mapping[str, Mapping[str, str]]

    def beside(self, interview_id: str) -> tuple[str | None, str | None]:
        """Who comes before and after; of somebody who is not in the queue, nobody and the first."""
        if interview_id not in self.order:
            return None, next(iter(self.order), None)
        place = self.order.index(interview_id)
        return (
            self.order[place - 1] if place else None,
            self.order[place + 1] if place + 1 < len(self.order) else None,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    case: Case
    position: Position
    report_id: str
    seen_decision: int

    @property
    def is_blind(self) -> bool:
        return bool(self.position.profile.get("review", {}).get("blind_review"))


def read_queue(
    services: Services, language: Language, by: Account, position: str = "", sort: Sort = "urgency", page: int = 1
) -> Queue:
    """The queue as `by` may see it, of one position where its key is given. Erased and withdrawn candidates are not
    in it."""
    moment = now()
    with services.database.reading() as session:
        everybody = _waiting(session, by=by)
        positions = {each.position.key: each.position.profile["title"] for each in everybody}
        chosen = {each.case.id: each for each in everybody if position in ("", each.position.key)}
        order = [case.id for case in in_order((each.case for each in chosen.values()), moment, sort)]
        pages = max(1, -(-len(order) // PER_PAGE))
        page = min(max(1, page), pages)
        shown = [chosen[interview_id] for interview_id in order[(page - 1) * PER_PAGE : page * PER_PAGE]]
        names = _names(services, session, [each.case.id for each in shown])
        open_to = unblinded(session, by) if any(each.is_blind for each in shown) else frozenset()
    rows = []
    for each in shown:
        blind = each.is_blind and each.case.id not in open_to
        rows.append(
            QueuedCase(
                case=each.case,
                name=names[each.case.id],
                position_title=each.position.profile["title"][language],
                match=None if blind else each.case.match,
                is_blind=blind,
                tags=tags_of(doubts_of(each.case, moment), language, blind),
                report_id=each.report_id,
                seen_decision=each.seen_decision,
            )
        )
    return Queue(rows, order, page, pages, positions)


def read_case(session: Session, interview_id: str) -> Case | None:
    """One interview as the queue would see it, also where it was decided; None without a report."""
    return next(iter(read_cases(session, [interview_id])), None)


def read_cases(session: Session, interview_ids: Iterable[str]) -> list[Case]:
    """The same for several; those without a report, withdrawn or erased are left out."""
    only = set(interview_ids)
    return [each.case for each in _waiting(session, only)] if only else []


def tags_of(doubts: Sequence[Doubt], language: Language, blind: bool = False) -> tuple[tuple[str, str], ...]:
    """Each reason in a few words, without those that give levels away to somebody who rates `blind`."""
    comma = "、" if language == "zh" else ", "
    return tuple(
        (
            each.kind,
            say(
                language,
                f"review.tag_{each.kind}{_side(each)}",
                what=comma.join(load_competency(key).title.text(language) for key in each.competencies),
                figure="" if each.figure is None else f"{abs(each.figure):.1f}".removesuffix(".0"),
            ),
        )
        for each in doubts
        if not (blind and each.kind in TELLING_LEVELS)
    )


def _side(doubt: Doubt) -> str:
    if doubt.kind != "near_line":
        return ""
    return "_above" if (doubt.figure or 0.0) >= 0 else "_below"


def _waiting(session: Session, only: Collection[str] | None = None, by: Account | None = None) -> list[_Waiting]:
    """Everything that is unsettled and `by` sees, or `only` these interviews whatever became of them.

    Columns and not rows: a position may have thousands of candidates, and each page of the queue orders them all.
    """
    later = aliased(Report)
    is_newest = ~exists().where(col(later.interview_id) == Report.interview_id, col(later.version) > Report.version)
    is_meant: ColumnElement[bool] = col(Interview.id).not_in(settled()) if only is None else col(Interview.id).in_(only)
    if by is not None:
        is_meant = and_(is_meant, seen_interviews(by))
    rows: Any = (
        columns(col(Interview.id), col(Interview.finished_at), col(Interview.invited_at), col(Interview.human_asked_at))
        .add_columns(col(Report.id), col(Report.version), col(Report.reported_at), col(Report.match))
        .add_columns(col(Report.competencies), col(Report.position_id))
        .join(Report, col(Report.interview_id) == col(Interview.id))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(is_meant, is_newest, col(Interview.withdrawn_at).is_(None), col(Candidate.wrapped_key).is_not(None))
    )
    decisions: Any = (
        columns(col(Decision.interview_id), col(Decision.version), col(Decision.value), col(Decision.decided_at))
        .join(Interview, col(Interview.id) == col(Decision.interview_id))
        .where(is_meant)
        .order_by(col(Decision.version))
    )
    newest = {each[0]: each[1:] for each in session.execute(decisions)}
    positions = {position.id: position for position in session.exec(select(Position))}
    apart, trouble, signals = _apart(session), with_trouble(session), with_signals(session)
    found = []
    for (
        interview_id, finished, invited, asked, report_id, version, reported, match, results, position_id,
    ) in session.execute(rows):  # fmt: skip
        position = positions[position_id]
        seen, decided, decided_at = newest.get(interview_id, (0, None, None))
        case = Case(
            id=interview_id,
            since=finished or reported,
            invited=invited,
            match=match,
            pass_line=float(position.profile["pass_line"]),
            results=[Result(each["key"], each["score"], each["confidence"]) for each in results],
            apart=_unsettled(apart.get((interview_id, version), ()), results),
            environment=interview_id in trouble,
            signals=interview_id in signals,
            asks_person=asked is not None and (decided_at is None or asked > decided_at),
            held=decided == "hold",
        )
        found.append(_Waiting(case, position, report_id, seen))
    return found


def _unsettled(apart: Iterable[str], results: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What is rated apart and was not corrected: a correction is a person's judgement between the two."""
    corrected = {each["key"] for each in results if "corrected_from" in each}
    return tuple(key for key in apart if key not in corrected)


def _names(services: Services, session: Session, interview_ids: Sequence[str]) -> Mapping[str, str]:
    rows = (
        select(Interview.id, Candidate)
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(col(Interview.id).in_(interview_ids))
    )
    return {
        interview_id: services.keys.unwrap(candidate.wrapped_key).open(candidate.name_sealed)
        for interview_id, candidate in session.exec(rows)
    }


def settled() -> Any:
    """A subquery: ids of the interviews whose newest decision is to advance or to reject, and whose candidate has not
    asked for a human review since."""
    decision, later, interview = aliased(Decision), aliased(Decision), aliased(Interview)
    newer = exists().where(col(later.interview_id) == decision.interview_id, col(later.version) > decision.version)
    asked = exists().where(
        col(interview.id) == decision.interview_id, col(interview.human_asked_at) > decision.decided_at
    )
    return select(decision.interview_id).where(col(decision.value) != "hold", ~newer, ~asked)


def unblinded(session: Session, by: Account) -> frozenset[str]:
    """Interviews whose levels this person has seen, or has rated and may see."""
    opened = (
        select(Report.interview_id)
        .join(AuditEntry, col(AuditEntry.subject) == col(Report.id))
        .where(AuditEntry.actor == by.id, AuditEntry.action == EVIDENCE_OPENED)
    )
    rated = select(ReviewerRating.interview_id).where(ReviewerRating.reviewer == by.id)
    return frozenset(session.exec(opened)) | frozenset(session.exec(rated))


def _apart(session: Session) -> Mapping[tuple[str, int], list[str]]:
    """By interview and version of the scores: competencies with an answer rated more than a level apart."""
    rows = select(Score, SecondRating.level).join(SecondRating, col(SecondRating.question_id) == col(Score.question_id))
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for score, second in session.exec(rows):
        competencies = found[score.interview_id, score.version]
        if needs_a_person(score.level, second) and score.competency not in competencies:
            competencies.append(score.competency)
    return found


def with_trouble(session: Session) -> frozenset[str]:
    """Interviews in which device, room or network touched a recording of a scored question."""
    figures = cast(JSON.Comparator[Any], EnvironmentRecord.figures)
    # A recording's network is noted whether or not it held.
    broke_off = or_(figures["disconnects"].as_float() > 0, figures["dropped_packets"].as_float() >= DROPPED_PACKETS)
    rows = (
        select(EnvironmentRecord.interview_id)
        .join(Question, col(Question.id) == col(EnvironmentRecord.question_id))
        .where(
            col(Question.competency).is_not(None),
            or_(col(EnvironmentRecord.kind).in_(TROUBLE), and_(col(EnvironmentRecord.kind) == "network", broke_off)),
        )
    )
    return frozenset(session.exec(rows.distinct()))


def with_signals(session: Session) -> frozenset[str]:
    """Interviews with something about an answer for a person to check."""
    own = select(IntegritySignal.interview_id).distinct()
    later = select(IntegritySignal.other_interview_id).where(IntegritySignal.kind == "similar_answer").distinct()
    return frozenset(session.exec(own)) | {found for found in session.exec(later) if found is not None}
