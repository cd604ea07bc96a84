"""From a finished interview to a result on its way to the HRMS. Each step may run twice and has its effect once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Protocol

from sqlmodel import Session, col, select

from core.clock import now
from core.content import Language
from core.database import Database
from core.encryption import DataKey, KeyRing
from core.errors import Refused
from core.tables import Candidate, Interview, Position, Recording, Report, Score
from hr_bridge.connectors.base import EffectKind
from hr_bridge.delivery import plan_delivery
from hr_bridge.position import PositionProfile
from scoring.integrity import find_signals, keep_signals
from scoring.report import assessment_of, make_report, newest_decision, newest_report
from scoring.score import AnswerScore, AnswerToScore
from scoring.scored_answers import ScoredAnswer, scored_answers
from scoring.scorers.unscorable import UNCONFIRMED
from scoring.spoken import SpokenDelivery, spoken_delivery

FIRST_VERSION = 1


class Scorer(Protocol):
    """Anything that turns answers into scores, in the same order."""

    def score(self, answers: Sequence[AnswerToScore]) -> list[AnswerScore]: ...


class VersionUnknown(Refused):
    """The position has no such version."""


class AssessmentSteps:
    """The steps of one assessment. Arguments and results are ids alone: the durable store keeps them in clear."""

    def __init__(self, database: Database, keys: KeyRing, scorer: Scorer, connectors: Sequence[str]) -> None:
        self._database = database
        self._keys = keys
        self._scorer = scorer
        self._connectors = connectors

    def waiting(self) -> list[str]:
        """Finished interviews without a report, and with no recording of which something may still become: what the
        sweep starts, so that no crash leaves one out."""
        with self._database.reading() as session:
            reported = select(Report.interview_id)
            unsettled = select(Recording.interview_id).where(
                col(Recording.received_at).is_not(None),
                col(Recording.settled_at).is_(None),
                col(Recording.discarded_at).is_(None),
            )
            rows = select(Interview.id).where(
                col(Interview.finished_at).is_not(None),
                col(Interview.withdrawn_at).is_(None),
                col(Interview.id).not_in(reported),
                col(Interview.id).not_in(unsettled),
            )
            return list(session.exec(rows))

    def score_answers(self, interview_id: str) -> None:
        """Score every answered question once; answers that were scored by an earlier attempt stay as they are."""
        scored = self._score(interview_id)
        with self._database.unit_of_work() as session:
            scored.add_to(session, interview_id, FIRST_VERSION)

    def report_and_hand_over(self, interview_id: str) -> None:
        """Write the report, note what a reviewer should know, and plan the delivery, all in one transaction."""
        with self._database.reading() as session:
            interview = session.get_one(Interview, interview_id)
            signals = find_signals(session, self._keys, interview)
            delivery = self._delivery(session, interview, session.get_one(Position, interview.position_id))
        with self._database.unit_of_work() as session:
            interview = session.get_one(Interview, interview_id)
            make_report(session, interview, FIRST_VERSION, delivery=delivery, keys=self._keys)
            keep_signals(session, interview_id, signals)
            self._hand_over(session, interview, "result", FIRST_VERSION)

    def rescore(self, interview_id: str, weights: int | None = None) -> Report:
        """Score a reported interview again, under the present scorer and the newest weights of its position, or those
        of the version `weights`.

        The new report gets the next version; scores, reports and deliveries of the old ones stay. All is written in
        one transaction, so that an interrupted batch leaves no half of a version.
        """
        scored = self._score(interview_id)
        with self._database.unit_of_work() as session:
            # Holding the interview gives versions out one at a time.
            interview = session.exec(select(Interview).where(Interview.id == interview_id).with_for_update()).one()
            before = newest_report(session, interview_id)
            version = before.version + 1 if before else FIRST_VERSION
            scored.add_to(session, interview_id, version)
            session.flush()
            position = _position_of(session, interview, weights)
            delivery = self._delivery(session, interview, position)
            report = make_report(session, interview, version, position, delivery, self._keys)
            self._hand_over(session, interview, "rescoring", version)
            return report

    def _score(self, interview_id: str) -> _Scored:
        with self._database.reading() as session:
            interview = session.get_one(Interview, interview_id)
            key = self._keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
            answers = scored_answers(session, interview, key)
        language: Language = "en" if interview.language == "en" else "zh"
        read = [a for a in answers if not a.withheld]
        scores = self._scorer.score(
            [
                AnswerToScore(a.competency, a.question, a.answer, language, a.stage, a.transcript_confidence)  # type: ignore[arg-type]
                for a in read
            ]
        )
        unconfirmed = AnswerScore.unscored(UNCONFIRMED.text(language), scores[0].model if scores else "none")
        by_question = {a.question_id: score for a, score in zip(read, scores, strict=True)}
        return _Scored(answers, [by_question.get(a.question_id, unconfirmed) for a in answers], key)

    def _delivery(self, session: Session, interview: Interview, position: Position) -> SpokenDelivery | None:
        key = self._keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        return spoken_delivery(session, interview.id, PositionProfile.model_validate(position.profile), key)

    def _hand_over(self, session: Session, interview: Interview, kind: EffectKind, version: int) -> None:
        decision = newest_decision(session, interview.id)
        assessment = assessment_of(session, self._keys, interview, version, decision)
        for connector in self._connectors:
            plan_delivery(session, self._keys, assessment, kind, version, connector)


class _Scored:
    """Scores of one interview, not written yet."""

    def __init__(self, answers: Sequence[ScoredAnswer], scores: Sequence[AnswerScore], key: DataKey) -> None:
        self._answers, self._scores, self._key = answers, scores, key

    def add_to(self, session: Session, interview_id: str, version: int) -> None:
        same = select(Score.question_id).where(Score.interview_id == interview_id, Score.version == version)
        done = set(session.exec(same))
        for answer, score in zip(self._answers, self._scores, strict=True):
            if answer.question_id in done:
                continue
            document = score.to_json()
            session.add(
                Score(
                    interview_id=interview_id,
                    question_id=answer.question_id,
                    version=version,
                    competency=answer.competency,
                    level=score.level,
                    score=score.score,
                    confidence=score.confidence,
                    star=document["star"],
                    relevance=score.relevance,
                    telling=asdict(score.telling) if score.telling else None,
                    dimensions=[asdict(shown) for shown in score.dimensions],
                    unscored_reason=score.unscored_reason,
                    model=score.model,
                    evidence_sealed=self._key.seal(json.dumps(document["evidence"], ensure_ascii=False), "evidence"),
                    scored_at=now(),
                )
            )


def _position_of(session: Session, interview: Interview, version: int | None) -> Position:
    key = session.get_one(Position, interview.position_id).key
    rows = select(Position).where(Position.key == key).order_by(col(Position.version).desc()).limit(1)
    found = session.exec(rows if version is None else rows.where(Position.version == version)).first()
    if found is None:
        raise VersionUnknown(f"the position {key} has no version {version}")
    return found
