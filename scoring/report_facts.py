"""A stored report as the facts that its sentences may draw on."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Final

from sqlmodel import Session, col, select

from core.content import Language
from core.encryption import DataKey
from core.tables import Answer, Position, Question, Report, Score
from hr_bridge.match import EXPECTED_LEVEL
from hr_bridge.position import PositionProfile
from scoring.findings import AnswerFacts, CompetencyFacts, ReportFacts, Unheard
from scoring.narrative import Narrative, tell
from scoring.rubric import load_competency
from scoring.score import Star

LONGEST_QUOTES: Final = 140
"""Characters of quotation in one finding; the report shows all evidence elsewhere."""
_AT_THE_EDGES: Final = " \t\n，,、。；;：:."


def narrative_of(session: Session, report: Report, key: DataKey, language: Language) -> Narrative:
    """The report in sentences, in the reader's language; quotes stay in the candidate's."""
    return tell(report_facts(session, report, key), language)


def report_facts(session: Session, report: Report, key: DataKey) -> ReportFacts:
    """Read what one report rests on: its scores, and what was asked without an answer."""
    profile = PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)
    same = select(Score).where(Score.interview_id == report.interview_id, Score.version == report.version)
    scores = {score.question_id: score for score in session.exec(same)}
    asked = select(Question).where(Question.interview_id == report.interview_id, col(Question.competency).is_not(None))
    answered = set(session.exec(select(Answer.question_id).where(Answer.interview_id == report.interview_id)))
    answers: dict[str, list[AnswerFacts]] = defaultdict(list)
    unheard: dict[str, list[tuple[int | None, Unheard]]] = defaultdict(list)
    resume_scored = False
    for question in sorted(session.exec(asked), key=lambda q: (q.number or 99, q.position)):
        assert question.competency is not None
        score = scores.get(question.id)
        if score is not None:
            answers[score.competency].append(_answer(question, score, key))
            resume_scored |= question.stage == "resume" and score.level is not None
        elif question.id not in answered or question.skipped_at is not None:
            unheard[question.competency].append((question.number, _why_unheard(question)))
    expected = profile.expected_levels.get(profile.grade, {})
    return ReportFacts(
        match=report.match,
        core_match=report.core_match,
        resume_scored=resume_scored,
        pass_line=profile.pass_line,
        level=report.level,  # type: ignore[arg-type]
        grade=profile.grade,
        competencies=tuple(
            CompetencyFacts(
                key=c["key"],
                title=load_competency(c["key"]).title,
                level=c["level"],
                expected=expected.get(c["key"], EXPECTED_LEVEL[profile.grade]),
                confidence=c["confidence"],
                answers=tuple(answers[c["key"]]),
                unheard=tuple(unheard[c["key"]]),
            )
            for c in report.competencies
        ),
        model=report.model,
        version=report.version,
    )


def _answer(question: Question, score: Score, key: DataKey) -> AnswerFacts:
    evidence = json.loads(key.open(score.evidence_sealed, "evidence"))
    return AnswerFacts(
        number=question.number,
        stage=question.stage,
        level=score.level,
        star=Star(score.star["situation"], score.star["action"], score.star["result"]),
        relevance=score.relevance,
        quotes=_told([item["quote"] for item in evidence]),
        unscored_reason=score.unscored_reason,
    )


def _told(quotes: list[str]) -> tuple[str, ...]:
    """At most two quotations that are quickly read, each still verbatim, the longest first in choice."""
    chosen: list[str] = []
    for quote in sorted(quotes, key=len, reverse=True):
        bare = quote.strip(_AT_THE_EDGES)
        if bare and len(chosen) < 2 and (not chosen or sum(map(len, chosen)) + len(bare) <= LONGEST_QUOTES):
            chosen.append(bare)
    return tuple(quote.strip(_AT_THE_EDGES) for quote in quotes if quote.strip(_AT_THE_EDGES) in chosen)


def _why_unheard(question: Question) -> Unheard:
    if question.skipped_at is not None:
        return "skipped"
    return "not_asked" if question.asked_at is None else "unanswered"
