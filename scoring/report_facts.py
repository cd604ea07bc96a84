"""A stored report as the facts that its sentences may draw on."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session, col, select

from core.content import Language
from core.encryption import DataKey
from core.tables import Answer, Position, Question, Report, Score
from hr_bridge.match import EXPECTED_LEVEL
from hr_bridge.position import PositionProfile
from scoring.dimension_scores import shows
from scoring.findings import AnswerFacts, CompetencyFacts, DimensionFacts, ReportFacts, Unheard
from scoring.narrative import Narrative, tell
from scoring.rubric import load_competency
from scoring.score import Star, Telling
from scoring.scored_answers import read_answer

LONGEST_QUOTES: Final = 140
"""Characters of quotation in one finding; the report shows all evidence elsewhere."""
_AT_THE_EDGES: Final = " \t\n，,、。；;：:."
_LINKS: Final = re.compile(r"(?:(?:and|but|so|or)\b(?! far| much| that| many)|但是|而且|然后|所以(?!然))[\s，,]*")
"""What ties a passage to words that are not quoted; it is left out in front, and the rest stays verbatim."""


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
    scored: dict[str, list[tuple[Question, Score, str]]] = defaultdict(list)
    resume_scored = False
    for question in sorted(session.exec(asked), key=lambda q: (q.number or 99, q.position)):
        assert question.competency is not None
        score = scores.get(question.id)
        if score is not None:
            text = read_answer(session, question.id, key, profile.policy) or ""
            scored[score.competency].append((question, score, text))
            answers[score.competency].append(_answer(question, score, key, text))
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
                dimensions=_dimensions(c, scored[c["key"]]),
            )
            for c in report.competencies
        ),
        model=report.model,
        version=report.version,
        corrected=tuple(load_competency(c["key"]).title for c in report.competencies if "corrected_from" in c),
    )


def _answer(question: Question, score: Score, key: DataKey, text: str) -> AnswerFacts:
    evidence = json.loads(key.open(score.evidence_sealed, "evidence"))
    quotes = _told([item["quote"] for item in evidence])
    return AnswerFacts(
        number=question.number,
        stage=question.stage,
        level=score.level,
        star=Star(score.star["situation"], score.star["action"], score.star["result"]),
        relevance=score.relevance,
        quotes=quotes,
        unscored_reason=score.unscored_reason,
        telling=Telling(**score.telling) if score.telling else None,
        lesson=_lesson(question, score, text, quotes),
    )


def _lesson(question: Question, score: Score, text: str, quotes: Sequence[str]) -> str | None:
    """What the candidate took from it, unless it is quoted already; a plan looks back on nothing."""
    if question.stage == "situational" or not score.telling or not score.telling["looks_back"]:
        return None
    start, end = score.telling["looks_back"]
    lesson = text[start:end].strip(_AT_THE_EDGES)
    return None if not lesson or any(lesson in quote or quote in lesson for quote in quotes) else lesson


def _dimensions(result: Mapping[str, Any], scores: Sequence[tuple[Question, Score, str]]) -> tuple[DimensionFacts, ...]:
    titles = {dimension.key: dimension.title for dimension in load_competency(result["key"]).dimensions}
    found = []
    for dimension in result.get("dimensions", ()):
        if dimension["key"] not in titles:
            continue  # the library has changed since
        showing = [(q, s, text) for q, s, text in scores if s.level is not None and shows(s, dimension["key"])]
        told_in, passage = _passage(dimension["key"], showing)
        found.append(
            DimensionFacts(
                key=dimension["key"],
                title=titles[dimension["key"]],
                level=dimension["level"],
                score=dimension["score"],
                answers=tuple(q.number for q, _, _ in showing if q.number is not None),
                passage=passage,
                told_in=told_in,
            )
        )
    return tuple(found)


def _passage(dimension: str, showing: Sequence[tuple[Question, Score, str]]) -> tuple[int | None, str | None]:
    """The first passage of the best answer that shows it, verbatim; quotes come first there."""
    for question, score, text in sorted(showing, key=lambda each: -(each[1].level or 0.0)):
        for shown in score.dimensions or []:
            if shown["key"] == dimension:
                return question.number, text[shown["start"] : shown["end"]].strip(_AT_THE_EDGES) or None
    return None, None


def _told(quotes: list[str]) -> tuple[str, ...]:
    """At most two quotations that are quickly read, each still verbatim, the longest first in choice."""
    chosen: list[str] = []
    for quote in sorted(quotes, key=len, reverse=True):
        bare = _bare(quote)
        if bare and len(chosen) < 2 and (not chosen or sum(map(len, chosen)) + len(bare) <= LONGEST_QUOTES):
            chosen.append(bare)
    return tuple(bare for quote in quotes if (bare := _bare(quote)) in chosen)


def _bare(quote: str) -> str:
    stripped = quote.strip(_AT_THE_EDGES)
    return _LINKS.sub("", stripped, count=1) if _LINKS.match(stripped) else stripped


def _why_unheard(question: Question) -> Unheard:
    if question.skipped_at is not None:
        return "skipped"
    return "not_asked" if question.asked_at is None else "unanswered"
