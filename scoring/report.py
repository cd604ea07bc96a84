"""Scores of answers become a report: competencies, match, level, suggested pay, and what is told to the HRMS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from core.clock import now
from core.content import Language
from core.encryption import DataKey, KeyRing
from core.tables import Candidate, Decision, Interview, Position, Question, Report, Score
from hr_bridge.assessment import (
    AssessedCompetency,
    AssessedPerson,
    CandidateAssessment,
    HumanDecision,
)
from hr_bridge.match import Grade, assessed_level, match, score_from_level
from hr_bridge.pay.approval import UNTIL, tellable_pay
from hr_bridge.pay.imported import read_pay_basis
from hr_bridge.pay.settings import PaySettings
from hr_bridge.policy import load_policy
from hr_bridge.position import PositionProfile
from hr_bridge.salary import PaySuggestion, suggest
from scoring.dimension_scores import dimension_results
from scoring.overrides import corrected, standing_overrides
from scoring.report_facts import narrative_of
from scoring.rubric import load_competency
from scoring.spoken import KEY as SPOKEN
from scoring.spoken import SpokenDelivery

UNITS: Mapping[Language, str] = {
    "zh": "金额均为税前月薪，K 为千 {currency}。",
    "en": "All amounts are gross a month; K is a thousand {currency}.",
}
NOT_ASKED: Mapping[Language, str] = {
    "zh": "没有作答：题目未提问或被跳过，不计为零分。",
    "en": "Not answered: the questions were skipped or not asked. This is not a zero.",
}


def make_report(
    session: Session,
    interview: Interview,
    version: int,
    position: Position | None = None,
    delivery: SpokenDelivery | None = None,
    keys: KeyRing | None = None,
) -> Report:
    """Write the report of one scoring version inside the caller's transaction, once.

    Weights and expected levels are those of `position`, or of the version that the interview began with. `delivery`
    counts in the match with its weight, where it could be scored. Reviewers' overrides hold, whatever the scorer says.
    Without `keys` colleagues' pay stays sealed.
    """
    same = select(Report).where(Report.interview_id == interview.id, Report.version == version)
    if (existing := session.exec(same).first()) is not None:
        return existing
    position = position or session.get_one(Position, interview.position_id)
    profile = PositionProfile.model_validate(position.profile)
    language: Language = "en" if interview.language == "en" else "zh"
    scores = session.exec(select(Score).where(Score.interview_id == interview.id, Score.version == version)).all()
    stages = {q.id: q.stage for q in session.exec(select(Question).where(Question.interview_id == interview.id))}
    overrides = standing_overrides(session, interview.id)
    competencies = [corrected(_competency(key, scores, language), overrides.get(key)) for key in profile.weights]
    core_scores = [s for s in scores if stages[s.question_id] != "resume"]
    core = [corrected(_competency(key, core_scores, language), overrides.get(key)) for key in profile.weights]
    overall = _match(competencies, profile, delivery)
    level = assessed_level(
        {c["key"]: c["level"] for c in competencies},
        profile.weights,
        applied_grade=profile.grade,
        expected=profile.expected_levels,
        must_have=profile.must_have,
    )
    premium = {
        load_competency(p.key).title.text(language): c["score"]
        for p in profile.premium_competencies
        for c in competencies
        if c["key"] == p.key and c["score"] is not None and c["score"] >= p.threshold
    }
    pay = _pay(session, keys, interview, profile, language, match=overall, level=level, premium=premium)
    report = Report(
        interview_id=interview.id,
        version=version,
        position_id=position.id,
        match=overall,
        core_match=_match(core, profile, delivery),
        level=level,
        competencies=competencies,
        delivery=delivery.to_json() if delivery else None,
        salary=pay,
        model=scores[0].model if scores else "none",
        reported_at=now(),
    )
    session.add(report)
    session.flush()
    return report


def _pay(
    session: Session,
    keys: KeyRing | None,
    interview: Interview,
    profile: PositionProfile,
    language: Language,
    *,
    match: float | None,
    level: Grade | None,
    premium: Mapping[str, float],
) -> dict[str, Any]:
    """The suggestion as a report holds it. One with a regrade carries under `until_approved` what may be told before
    an approver has agreed."""

    def suggested(level: Grade | None, paid_as: Grade) -> PaySuggestion:
        basis = read_pay_basis(session, keys, profile, paid_as, interview.candidate_id, language)
        return suggest(
            grade=profile.grade,
            bands=basis.bands,
            policy=load_policy(profile.policy),
            match=match,
            level=level,
            premium=premium,
            market_median=basis.market_median,
            peers=basis.peers,
            settings=PaySettings(package=profile.package.shape(profile.salary_months)),
            language=language,
            notes=(UNITS[language].format(currency=profile.currency), *basis.notes),
        )

    pay = suggested(level, profile.grade)
    if pay.regrade is None:
        return pay.as_document(profile.currency)
    return {
        **suggested(level, pay.regrade).as_document(profile.currency),
        UNTIL: suggested(profile.grade, profile.grade).as_document(profile.currency),
    }


def _match(
    competencies: Sequence[Mapping[str, Any]], profile: PositionProfile, delivery: SpokenDelivery | None
) -> float | None:
    """The match over the competencies and, where the position asks for it, how the answers were spoken."""
    scores = {c["key"]: c["score"] for c in competencies}
    if delivery is None or not delivery.weight:
        return match(scores, profile.weights)
    rest = 1.0 - delivery.weight
    weights = {key: weight * rest for key, weight in profile.weights.items()}
    return match({**scores, SPOKEN: delivery.score}, {**weights, SPOKEN: delivery.weight})


def _competency(key: str, scores: Sequence[Score], language: Language) -> dict[str, Any]:
    """One competency over its answers: the mean of the levels that could be scored."""
    own = [s for s in scores if s.competency == key]
    levels = [s.level for s in own if s.level is not None]
    if not levels:
        reason = next((s.unscored_reason for s in own if s.unscored_reason), NOT_ASKED[language])
        return {
            "key": key,
            "level": None,
            "score": None,
            "confidence": 0.0,
            "unscored_reason": reason,
            "dimensions": dimension_results(load_competency(key), own),
        }
    level = sum(levels) / len(levels)
    confidence = sum(s.confidence for s in own if s.level is not None) / len(levels)
    score = round(score_from_level(level), 1)
    return {
        "key": key,
        "level": round(level, 3),
        "score": score,
        "confidence": round(confidence, 3),
        "unscored_reason": None,
        "dimensions": dimension_results(load_competency(key), own),
    }


def newest_report(session: Session, interview_id: str) -> Report | None:
    rows = select(Report).where(Report.interview_id == interview_id).order_by(col(Report.version).desc())
    return session.exec(rows).first()


def newest_decision(session: Session, interview_id: str) -> Decision | None:
    """The one that counts; earlier ones stay for the record."""
    decisions = select(Decision).where(Decision.interview_id == interview_id).order_by(col(Decision.version).desc())
    return session.exec(decisions).first()


def evidence_of(session: Session, report: Report, key: DataKey) -> dict[str, list[dict[str, Any]]]:
    """The evidence of a report by competency: [{"quote", "indicator", "start", "end", "question_id"}]."""
    found: dict[str, list[dict[str, Any]]] = {}
    scores = select(Score).where(Score.interview_id == report.interview_id, Score.version == report.version)
    for score in session.exec(scores.order_by(col(Score.id))):
        for item in json.loads(key.open(score.evidence_sealed, "evidence")):
            found.setdefault(score.competency, []).append({**item, "question_id": score.question_id})
    return found


def person_of(candidate: Candidate, key: DataKey) -> AssessedPerson:
    """Whom the HRMS is told of."""
    return AssessedPerson(
        id=candidate.id,
        external_id=candidate.external_id,
        name=key.open(candidate.name_sealed),
        phone=key.open(candidate.phone_sealed) if candidate.phone_sealed else None,
        email=key.open(candidate.email_sealed) if candidate.email_sealed else None,
    )


def assessment_of(
    session: Session, keys: KeyRing, interview: Interview, version: int, decision: Decision | None = None
) -> CandidateAssessment:
    """What the HRMS is told; `version` is the report's. Needs a report."""
    report = session.exec(select(Report).where(Report.interview_id == interview.id, Report.version == version)).one()
    candidate = session.get_one(Candidate, interview.candidate_id)
    key = keys.unwrap(candidate.wrapped_key)
    profile = PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)
    language: Language = "en" if interview.language == "en" else "zh"
    evidence = evidence_of(session, report, key)
    return CandidateAssessment(
        interview_id=interview.id,
        candidate=person_of(candidate, key),
        position_key=profile.key,
        position_title=profile.title.text(language),
        language=language,
        match=report.match,
        level=report.level,
        competencies=tuple(
            AssessedCompetency(
                key=c["key"],
                title=load_competency(c["key"]).title.text(language),
                score=c["score"],
                level=c["level"],
                confidence=c["confidence"],
                evidence=tuple(e["quote"] for e in evidence.get(c["key"], [])),
                unscored_reason=c["unscored_reason"],
            )
            for c in report.competencies
        ),
        salary=tellable_pay(session, key, interview.id, report.salary, language),
        summary=narrative_of(session, report, key, language).text(),
        finished_at=interview.finished_at or report.reported_at,
        version=report.version,
        decision=HumanDecision(
            value=decision.value,
            by=decision.by,
            reason=key.open(decision.reason_sealed),
            decided_at=decision.decided_at,
        )
        if decision
        else None,
    )
