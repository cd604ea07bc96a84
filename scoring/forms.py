"""Parallel forms: which one the next candidate gets, and how often each question has been asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from core.errors import Refused
from core.tables import Question
from hr_bridge.position import Form, PositionProfile
from scoring.rubric import Competency, QuestionKind, parallel_form, question


class FormsNotParallel(Refused):
    """The library does not hold the two questions for parallel; one sentence says which."""


class KindMissing(Refused):
    """A position asks questions of one kind alone; the course of an interview needs both. One sentence says which."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How many interviews have a question in their plan, and in how many of them it was asked."""

    question: str
    kind: QuestionKind
    form: Form
    planned: int
    asked: int


def check_forms(profile: PositionProfile) -> None:
    """Refuse a position whose questions the library does not hold, or not as forms that may replace each other.

    Raises:
        RubricMissing: there is no such question.
        FormsNotParallel: a question of form b is in the library's same form, or of another kind.
        KindMissing: no structured or no situational question.
    """
    for competency in profile.competencies:
        for one in competency.questions:
            question(one)
        for one, other in zip(competency.questions, competency.parallel_questions, strict=False):
            if other not in parallel_form(one):
                question(other)
                raise FormsNotParallel(
                    f"{other} cannot stand for {one}: in the library both are in form {question(one).form};"
                    f" use one of {', '.join(parallel_form(one))}"
                )
    asked = {question(one).kind for one in profile.core_questions}
    if missing := {"structured", "situational"} - asked:
        raise KindMissing(f"{profile.key} has no {' and no '.join(sorted(missing))} question: add at least one")


def least_exposed_form(session: Session, profile: PositionProfile) -> Form:
    """Return the form whose questions stand in fewest plans so far, form a where both do in as many.

    Plans count, not questions asked: of people who begin at the same moment, not all get the same form.
    """
    planned = {form: _planned(session, profile.core_questions_of(form)) for form in profile.forms}
    return min(profile.forms, key=lambda form: planned[form])


def exposure_of(session: Session, competency: Competency) -> list[Exposure]:
    """Return the exposure of each core question of a competency over all positions, in the order of the library."""
    counted = (
        select(Question.source, func.count(), func.count(col(Question.asked_at)))
        .where(col(Question.source).in_([each.key for each in competency.questions]))
        .group_by(Question.source)
    )
    counts = {source: (planned, asked) for source, planned, asked in session.exec(counted)}
    return [Exposure(each.key, each.kind, each.form, *counts.get(each.key, (0, 0))) for each in competency.questions]


def _planned(session: Session, questions: Sequence[str]) -> int:
    return session.exec(select(func.count()).where(col(Question.source).in_(questions))).one()
