"""A report as JSON and PDF give it: the figures, the sentences, and the evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from bot.console.decisions import InterviewUnknown, ReportMissing
from bot.console.texts import say
from bot.services import Services
from core.content import Language
from core.tables import Candidate, Interview, Position, Report
from hr_bridge.match import Grade
from hr_bridge.position import PositionProfile
from scoring.environment import corrections_of
from scoring.findings import CompetencyFacts
from scoring.narrative import Finding, Narrative, tell
from scoring.report import evidence_of
from scoring.report_facts import report_facts


class EvidenceItem(BaseModel):
    """A verbatim quote; `start` and `end` are offsets into the answer."""

    quote: str
    indicator: str
    start: int
    end: int


class ReportedDimension(BaseModel):
    """One part of a competency: `score` 0-100 and `level` 1-5 with where they come from in `text`, or both null."""

    key: str
    title: str
    score: float | None
    level: float | None
    text: str


class ReportedCompetency(BaseModel):
    """`score` 0-100 and BARS `level` 1-5, or both null with the reason; `expected` is what the grade calls for."""

    key: str
    title: str
    weight: float
    score: float | None
    level: float | None
    expected: float
    confidence: float
    unscored_reason: str | None
    evidence: list[EvidenceItem]
    dimensions: list[ReportedDimension]


class FindingItem(BaseModel):
    """A few sentences about one competency, in the language asked for; quotes stay in the candidate's."""

    competency: str
    text: str


class VersionItem(BaseModel):
    version: int
    match: float | None
    level: str | None
    model: str
    reported_at: datetime


class ReportDocument(BaseModel):
    """One version of a report. `core_match` leaves questions drawn from the résumé out; `model` is the scorer."""

    id: str
    version: int
    versions: list[VersionItem]
    language: Literal["zh", "en"]
    form: Literal["a", "b"] | None
    """Which parallel form of the core questions was asked; null where the position has one alone."""
    position: str
    position_title: str
    grade: Grade
    pass_line: float
    finished_at: datetime | None
    reported_at: datetime
    model: str
    match: float | None
    core_match: float | None
    level: Grade | None
    overview: list[str]
    strengths: list[FindingItem]
    weaknesses: list[FindingItem]
    unscored: list[FindingItem]
    scorer: str
    competencies: list[ReportedCompetency]
    delivery: dict[str, Any] | None
    """How the answers were spoken: means of fluency, prosody and intelligibility (0-100), pace and pauses, with the
    `score` (0-100) and its `weight` in the match, or why it is `unscored`. Null where nothing was spoken."""
    corrections: list[str]
    """What was taken into account for device, room and network, a sentence each."""
    salary: dict[str, Any] | None

    def text(self) -> str:
        """The sentences alone."""
        findings = (*self.strengths, *self.weaknesses, *self.unscored)
        sentences = (*self.overview, *(finding.text for finding in findings), *self.corrections)
        return "\n".join((*sentences, *delivery_lines(self.delivery, self.language), self.scorer))


def read_report_document(
    services: Services, interview_id: str, language: Language, version: int | None = None
) -> ReportDocument:
    """The newest report of an interview, or one version of it, in sentences of `language`.

    Raises InterviewUnknown, ReportMissing or CandidateErased.
    """
    with services.database.reading() as session:
        interview = session.get(Interview, interview_id)
        if interview is None:
            raise InterviewUnknown("there is no interview with this id")
        versions = report_versions(session, interview_id)
        report = next((r for r in versions if version in (None, r.version)), None)
        if report is None:
            raise ReportMissing("there is no report of this version" if versions else "there is no report yet")
        key = services.keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        profile = PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)
        facts = report_facts(session, report, key)
        evidence = evidence_of(session, report, key)
        corrections = [correction.text for correction in corrections_of(session, report, language)]
    told = tell(facts, language)
    results = {c["key"]: c for c in report.competencies}
    return ReportDocument(
        id=interview.id,
        version=report.version,
        versions=[VersionItem.model_validate(r, from_attributes=True) for r in versions],
        language=language,
        form=interview.form,
        position=profile.key,
        position_title=profile.title.text(language),
        grade=profile.grade,
        pass_line=profile.pass_line,
        finished_at=interview.finished_at,
        reported_at=report.reported_at,
        model=report.model,
        match=report.match,
        core_match=report.core_match,
        level=facts.level,
        overview=list(told.overview),
        strengths=_items(told.strengths),
        weaknesses=_items(told.weaknesses),
        unscored=_items(told.unscored),
        scorer=told.scorer,
        competencies=[
            _competency(c, profile, results[c.key], evidence.get(c.key, []), told) for c in facts.competencies
        ],
        delivery=report.delivery,
        corrections=corrections,
        salary=report.salary,
    )


def delivery_lines(delivery: dict[str, Any] | None, language: Language) -> list[str]:
    """How the answers were spoken, in sentences; nothing where nobody spoke."""
    if delivery is None:
        return []
    lines = []
    if delivery["score"] is not None:
        weight = f"{100 * delivery['weight']:.0f}"
        lines.append(say(language, "voice.delivery_scored", score=f"{delivery['score']:.1f}", percent=weight))
    else:
        lines.append(say(language, f"voice.delivery_{delivery['unscored']}"))
    known = [
        say(language, f"voice.{name}", value=f"{delivery[name] * scale:.0f}")
        for name, scale in (
            ("fluency", 1),
            ("prosody", 1),
            ("intelligibility", 1),
            ("pace_wpm", 1),
            ("pause_ratio", 100),
        )
        if delivery[name] is not None
    ]
    if known:
        lines.append(("，" if language == "zh" else ", ").join(known) + ("。" if language == "zh" else "."))
    if delivery["fluency"] is not None:
        lines.append(say(language, "voice.validated"))
    return lines


def report_versions(session: Session, interview_id: str) -> list[Report]:
    """Every report of an interview, the newest first."""
    rows = select(Report).where(Report.interview_id == interview_id).order_by(col(Report.version).desc())
    return list(session.exec(rows))


def _items(findings: tuple[Finding, ...]) -> list[FindingItem]:
    return [FindingItem(competency=f.competency, text=f.text) for f in findings]


def _competency(
    facts: CompetencyFacts,
    profile: PositionProfile,
    result: dict[str, Any],
    evidence: list[dict[str, Any]],
    told: Narrative,
) -> ReportedCompetency:
    return ReportedCompetency(
        key=facts.key,
        title=facts.title.text(told.language),
        weight=profile.weights[facts.key],
        score=result["score"],
        level=facts.level,
        expected=facts.expected,
        confidence=facts.confidence,
        unscored_reason=result["unscored_reason"],
        evidence=[EvidenceItem(**{name: e[name] for name in EvidenceItem.model_fields}) for e in evidence],
        dimensions=[
            ReportedDimension.model_validate(d, from_attributes=True)
            for d in told.dimensions
            if d.competency == facts.key
        ],
    )
