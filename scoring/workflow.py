"""From a finished interview to a result on its way to the HRMS. Each step may run twice and has its effect once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from sqlmodel import col, select

from core.clock import now
from core.database import Database
from core.encryption import KeyRing
from core.tables import Candidate, Interview, Report, Score
from hr_bridge.delivery import plan_delivery
from scoring.report import assessment_of, make_report
from scoring.score import AnswerScore, AnswerToScore
from scoring.scored_answers import scored_answers

FIRST_VERSION = 1


class Scorer(Protocol):
    """Anything that turns answers into scores, in the same order."""

    def score(self, answers: Sequence[AnswerToScore]) -> list[AnswerScore]: ...


class AssessmentSteps:
    """The steps of one assessment. Arguments and results are ids alone: the durable store keeps them in clear."""

    def __init__(self, database: Database, keys: KeyRing, scorer: Scorer, connectors: Sequence[str]) -> None:
        self._database = database
        self._keys = keys
        self._scorer = scorer
        self._connectors = connectors

    def waiting(self) -> list[str]:
        """Finished interviews without a report: what the sweep starts, so that no crash leaves one out."""
        with self._database.reading() as session:
            reported = select(Report.interview_id)
            rows = select(Interview.id).where(
                col(Interview.finished_at).is_not(None),
                col(Interview.withdrawn_at).is_(None),
                col(Interview.id).not_in(reported),
            )
            return list(session.exec(rows))

    def score_answers(self, interview_id: str) -> None:
        """Score every answered question once; answers that were scored by an earlier attempt stay as they are."""
        with self._database.reading() as session:
            interview = session.get_one(Interview, interview_id)
            key = self._keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
            answers = scored_answers(session, interview, key)
        scores = self._scorer.score(
            [
                AnswerToScore(a.competency, a.question, a.answer, interview.language, a.stage)  # type: ignore[arg-type]
                for a in answers
            ]
        )
        with self._database.unit_of_work() as session:
            done = set(
                session.exec(
                    select(Score.question_id).where(Score.interview_id == interview_id, Score.version == FIRST_VERSION)
                )
            )
            for answer, score in zip(answers, scores, strict=True):
                if answer.question_id in done:
                    continue
                document = score.to_json()
                session.add(
                    Score(
                        interview_id=interview_id,
                        question_id=answer.question_id,
                        version=FIRST_VERSION,
                        competency=answer.competency,
                        level=score.level,
                        score=score.score,
                        confidence=score.confidence,
                        star=document["star"],
                        relevance=score.relevance,
                        unscored_reason=score.unscored_reason,
                        model=score.model,
                        evidence_sealed=key.seal(json.dumps(document["evidence"], ensure_ascii=False), "evidence"),
                        scored_at=now(),
                    )
                )

    def report_and_hand_over(self, interview_id: str) -> None:
        """Write the report and plan its delivery, both in one transaction."""
        with self._database.unit_of_work() as session:
            interview = session.get_one(Interview, interview_id)
            make_report(session, interview, FIRST_VERSION)
            assessment = assessment_of(session, self._keys, interview, FIRST_VERSION)
            for connector in self._connectors:
                plan_delivery(session, self._keys, assessment, "result", FIRST_VERSION, connector)
