"""What a language model made of a report's answers, as the report page shows it beside the scores."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlmodel import Session, col, select

from core.encryption import DataKey
from core.tables import Question, Report, ReportProse, Score, SecondRating
from scoring.second_rating import needs_a_person


@dataclass(frozen=True, slots=True, repr=False)
class SecondRated:
    """One answer rated twice. `first` is the report's level, `second` the other's, or None with a `failure`."""

    question_id: str
    number: int | None
    stage: str
    competency: str
    first: float | None
    second: float | None
    samples: tuple[float, ...]
    dropped: int
    failure: str | None
    quotes: tuple[str, ...]
    model: str
    prompt_version: str

    @property
    def is_apart(self) -> bool:
        """True where a person has to judge between the two."""
        return needs_a_person(self.first, self.second)


@dataclass(frozen=True, slots=True, repr=False)
class Prose:
    """The report in the words of a language model."""

    text: str
    model: str


def second_ratings(session: Session, report: Report, key: DataKey) -> tuple[SecondRated, ...]:
    """The second ratings of the answers that `report` scores, in the order asked; empty where none was wanted."""
    rows = session.exec(
        select(SecondRating, Question, Score)
        .where(
            SecondRating.interview_id == report.interview_id,
            SecondRating.question_id == Question.id,
            Score.question_id == Question.id,
            Score.version == report.version,
        )
        .order_by(col(Question.position))
    )
    return tuple(
        SecondRated(
            question_id=question.id,
            number=question.number,
            stage=question.stage,
            competency=score.competency,
            first=score.level,
            second=rating.level,
            samples=tuple(rating.samples),
            dropped=len(rating.dropped),
            failure=rating.failure,
            quotes=tuple(json.loads(key.open(rating.quotes_sealed, "second rating"))),
            model=rating.model,
            prompt_version=rating.prompt_version,
        )
        for rating, question, score in rows
    )


def prose_of(session: Session, report: Report, key: DataKey) -> Prose | None:
    """The report's prose, where a language model wrote one that held."""
    row = session.exec(select(ReportProse).where(ReportProse.report_id == report.id)).first()
    return None if row is None else Prose(key.open(row.text_sealed, "report prose"), row.model)
