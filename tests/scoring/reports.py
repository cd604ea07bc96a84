"""A report of three competencies as facts, with any field changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scoring.findings import AnswerFacts, CompetencyFacts, ReportFacts
from scoring.rubric import load_competency
from scoring.score import Star


def build_answer(**changes: Any) -> AnswerFacts:
    answer = AnswerFacts(1, "structured", 3.4, Star(1.9, 1.8, 0.2), 1.9, ("当月签了两家",), None)
    return replace(answer, **changes)


def build_competency(key: str = "resilience", *answers: AnswerFacts, **changes: Any) -> CompetencyFacts:
    """`level` is the mean of the answers' unless given."""
    answers = answers or (build_answer(),)
    levels = [answer.level for answer in answers if answer.level is not None]
    level = sum(levels) / len(levels) if levels else None
    competency = CompetencyFacts(key, load_competency(key).title, level, 3.0, 0.8, answers, ())
    return replace(competency, **changes)


def build_report(*competencies: CompetencyFacts, **changes: Any) -> ReportFacts:
    competencies = competencies or (build_competency(),)
    report = ReportFacts(84.0, 82.5, True, 80.0, "mid", "mid", competencies, "e5/abc", 1)
    return replace(report, **changes)
