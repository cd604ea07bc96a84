"""Everything that the report page shows of one interview, read once and opened with the candidate's key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.candidate_rights.corrections import corrected_titles
from bot.console.duplicates import HeldInterview, interviews_elsewhere
from bot.console.evidence_marks import Evidence, Piece, mark
from bot.console.recording_lines import RecordingLine, device_checks, read_recordings
from bot.console.report_document import delivery_lines, report_versions
from bot.console.review_doubts import Result, weak_spots
from bot.console.second_opinion import Prose, SecondRated, prose_of, second_ratings
from bot.console.signal_lines import SignalLine, read_signals
from bot.console.texts import say
from bot.identity import masked
from bot.scope import sees_interview
from bot.services import Services
from bot.status import Status, status_of
from core.clock import now
from core.content import Language
from core.encryption import DataKey
from core.tables import (
    AccessLink,
    Answer,
    Candidate,
    Decision,
    Delivery,
    Interview,
    Message,
    Position,
    Question,
    Report,
    Score,
)
from hr_bridge.delivery import is_delivered
from hr_bridge.imports.check_keeper import KnownCheck, checks_of
from hr_bridge.policy import load_policy
from hr_bridge.resume.prior_pay import mask_prior_pay
from scoring.environment import corrections_of
from scoring.narrative import Narrative
from scoring.report import evidence_of
from scoring.report_facts import narrative_of
from scoring.rubric import load_competency
from scoring.scored_answers import read_answer

SCORED_STAGES: Final = ("opening", "structured", "situational", "resume")


@dataclass(frozen=True, slots=True, repr=False)
class Answered:
    """One question as it was put, and what was said to it. `state` is answered, skipped, open or not_asked."""

    question_id: str
    stage: str
    number: int | None
    competency: str | None
    text: str
    follow_up: str | None
    answers: tuple[tuple[Piece, ...], ...]
    state: str
    unscored_reason: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Fact:
    question: str
    answer: str


@dataclass(frozen=True, slots=True, repr=False)
class Spoken:
    """One message of the whole conversation, in order."""

    sender: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class AssessedCompetency:
    """A competency of the profile with its result. `anchors` are (level, behaviour, reached), level 1 first."""

    key: str
    title: str
    definition: str
    weight: float
    level: float | None
    score: float | None
    confidence: float
    anchors: tuple[tuple[int, str, bool], ...]
    evidence: tuple[Evidence, ...]
    second_ratings: tuple[SecondRated, ...]
    unscored_reason: str | None

    @property
    def nearest(self) -> tuple[int, str] | None:
        """The anchor that describes the level best, with its number."""
        if self.level is None:
            return None
        number, text, _ = min(self.anchors, key=lambda anchor: abs(anchor[0] - (self.level or 0.0)))
        return number, text


@dataclass(frozen=True, slots=True, repr=False)
class Decided:
    """One decision; `report_version` is the report that was seen, where that is known."""

    value: str
    by: str
    reason: str
    at: datetime
    report_version: int | None


@dataclass(frozen=True, slots=True, repr=False)
class ReportView:
    interview: Interview
    name: str
    contacts: tuple[str, ...]
    external_id: str | None
    elsewhere: tuple[HeldInterview, ...]
    """Interviews that people say the same person holds."""
    position_title: str
    pass_line: float
    status: Status
    link_open: bool
    report: Report | None
    versions: tuple[Report, ...]
    """The newest first."""
    narrative: Narrative | None
    signals: Mapping[str, Sequence[SignalLine]]
    """By question id."""
    recordings: Mapping[str, Sequence[RecordingLine]]
    """By question id."""
    corrections: tuple[str, ...]
    """What was taken into account for device, room and network."""
    device_checks: tuple[str, ...]
    delivery: tuple[str, ...]
    """How the answers were spoken, in sentences."""
    competencies: tuple[AssessedCompetency, ...]
    prose: Prose | None
    questions: tuple[Answered, ...]
    facts: tuple[Fact, ...]
    own_questions: tuple[str, ...]
    """What the candidate asked us, to be answered by a person."""
    conversation: tuple[Spoken, ...]
    checks: tuple[KnownCheck, ...]
    """Written tests and background checks, of others and never in the match; the newest first."""
    decisions: tuple[Decided, ...]
    deliveries: tuple[Delivery, ...]

    @property
    def weak_spots(self) -> tuple[str, ...]:
        """Competencies 20 or more below the pass line although the match is over it: nerves, perhaps."""
        results = [Result(c.key, c.score, c.confidence) for c in self.competencies]
        weak = weak_spots(self.report.match if self.report else None, self.pass_line, results)
        return tuple(c.title for c in self.competencies if c.key in weak)

    @property
    def rated_apart(self) -> tuple[str, ...]:
        """Competencies with an answer whose two ratings differ by more than a level."""
        return tuple(c.title for c in self.competencies if any(rated.is_apart for rated in c.second_ratings))


def read_report(
    services: Services, interview_id: str, language: Language, by: Account, version: int | None = None
) -> ReportView | None:
    """The view in `language`, of the newest report or of one `version`, or None when there is no such interview for
    `by`.

    Raises CandidateErased.
    """
    with services.database.reading() as session:
        interview = session.get(Interview, interview_id)
        if interview is None or not sees_interview(session, by, interview_id):
            return None
        candidate = session.get_one(Candidate, interview.candidate_id)
        key = services.keys.unwrap(candidate.wrapped_key)
        position = session.get_one(Position, interview.position_id)
        policy = position.profile["policy"]
        versions = report_versions(session, interview_id)
        report = next((each for each in versions if version in (None, each.version)), None)
        if report is not None:
            position = session.get_one(Position, report.position_id)
        by_competency, by_question = _evidence(evidence_of(session, report, key) if report else {})
        return ReportView(
            interview=interview,
            name=key.open(candidate.name_sealed),
            contacts=_contacts(key, candidate),
            external_id=candidate.external_id,
            elsewhere=interviews_elsewhere(session, candidate.id, by),
            position_title=position.profile["title"][language],
            pass_line=float(position.profile["pass_line"]),
            status=status_of(interview, bool(versions), is_delivered(session, interview_id), now()),
            link_open=_link_is_open(session, interview),
            report=report,
            versions=tuple(versions),
            narrative=narrative_of(session, report, key, language) if report else None,
            signals=read_signals(session, interview_id, language),
            recordings=read_recordings(session, key, interview_id, policy, language),
            corrections=tuple(c.text for c in corrections_of(session, report, language)) if report else (),
            device_checks=tuple(device_checks(session, interview_id, language)),
            delivery=tuple(delivery_lines(report.delivery, language)) if report else (),
            competencies=_competencies(session, key, report, position, by_competency, language),
            prose=prose_of(session, report, key) if report else None,
            questions=_questions(session, key, interview_id, policy, report, by_question),
            facts=_facts(session, key, interview_id),
            own_questions=_own_questions(session, key, interview_id),
            conversation=_conversation(session, key, interview_id, policy),
            checks=_checks(services, session, candidate, policy),
            decisions=_decisions(session, key, interview_id, language),
            deliveries=tuple(_of(session, Delivery, interview_id, Delivery.id)),
        )


_ByKey = Mapping[str, Sequence[Evidence]]


def _of(session: Session, table: Any, interview_id: str, order: Any) -> list[Any]:
    return list(session.exec(select(table).where(table.interview_id == interview_id).order_by(order)))


def _contacts(key: DataKey, candidate: Candidate) -> tuple[str, ...]:
    sealed = (candidate.phone_sealed, candidate.email_sealed)
    return tuple(masked(key.open(contact)) for contact in sealed if contact is not None)


def _link_is_open(session: Session, interview: Interview) -> bool:
    links = select(AccessLink).where(AccessLink.interview_id == interview.id, col(AccessLink.revoked_at).is_(None))
    return interview.expires_at > now() and session.exec(links).first() is not None


def _evidence(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[_ByKey, _ByKey]:
    """The same quotes twice: by competency, and by the question whose answer holds them."""
    by_competency: dict[str, list[Evidence]] = defaultdict(list)
    by_question: dict[str, list[Evidence]] = defaultdict(list)
    number = 0
    for competency, items in found.items():
        for item in items:
            number += 1
            evidence = Evidence(number, item["quote"], item["indicator"], item["start"], item["end"])
            by_competency[competency].append(evidence)
            by_question[item["question_id"]].append(evidence)
    return by_competency, by_question


def _competencies(
    session: Session, key: DataKey, report: Report | None, position: Position, evidence: _ByKey, language: Language
) -> tuple[AssessedCompetency, ...]:
    if report is None:
        return ()
    weights = {c["key"]: float(c["weight"]) for c in position.profile["competencies"]}
    total = sum(weights.values()) or 1.0
    rated_twice = second_ratings(session, report, key)
    assessed = []
    for result in report.competencies:
        rubric, level = load_competency(result["key"]), result["level"]
        anchors = tuple(
            (n, anchor.text(language), level is not None and level >= n) for n, anchor in sorted(rubric.anchors.items())
        )
        assessed.append(
            AssessedCompetency(
                key=result["key"],
                title=rubric.title.text(language),
                definition=rubric.definition.text(language),
                weight=weights.get(result["key"], 0.0) / total,
                level=level,
                score=result["score"],
                confidence=result["confidence"],
                anchors=anchors,
                evidence=tuple(evidence.get(result["key"], ())),
                second_ratings=tuple(rated for rated in rated_twice if rated.competency == result["key"]),
                unscored_reason=result.get("unscored_reason"),
            )
        )
    return tuple(assessed)


def _questions(
    session: Session, key: DataKey, interview_id: str, policy: str, report: Report | None, evidence: _ByKey
) -> tuple[Answered, ...]:
    unscored = _unscored_reasons(session, report)
    put = _as_put(session, key, interview_id)
    rows = [q for q in _of(session, Question, interview_id, Question.position) if q.stage in SCORED_STAGES]
    questions = []
    for question in rows:
        text = read_answer(session, question.id, key, policy) or ""
        answers = session.exec(select(Answer).where(Answer.question_id == question.id).order_by(col(Answer.id)))
        lengths = [len(key.open(answer.text_sealed)) for answer in answers]
        questions.append(
            Answered(
                question_id=question.id,
                stage=question.stage,
                number=question.number,
                competency=question.competency,
                text=put.get((question.id, "question"), ""),
                follow_up=put.get((question.id, "follow_up")),
                answers=mark(text, evidence.get(question.id, ()), lengths),
                state=_state(question, bool(lengths)),
                unscored_reason=unscored.get(question.id),
            )
        )
    return tuple(questions)


def _unscored_reasons(session: Session, report: Report | None) -> Mapping[str, str | None]:
    if report is None:
        return {}
    same = select(Score).where(Score.interview_id == report.interview_id, Score.version == report.version)
    return {score.question_id: score.unscored_reason for score in session.exec(same)}


def _state(question: Question, answered: bool) -> str:
    if answered:
        return "answered"
    if question.skipped_at is not None:
        return "skipped"
    return "not_asked" if question.asked_at is None else "open"


def _as_put(session: Session, key: DataKey, interview_id: str) -> Mapping[tuple[str, str], str]:
    """Question and follow-up in the words in which they were first put."""
    put: dict[tuple[str, str], str] = {}
    for message in _of(session, Message, interview_id, Message.seq):
        if message.sender == "bot" and message.question_id is not None:
            put.setdefault((message.question_id, message.kind), key.open(message.text_sealed))
    return put


def _facts(session: Session, key: DataKey, interview_id: str) -> tuple[Fact, ...]:
    put = _as_put(session, key, interview_id)
    answers = {answer.question_id: answer for answer in _of(session, Answer, interview_id, Answer.id)}
    corrected = corrected_titles(session, key, interview_id)
    rows = [q for q in _of(session, Question, interview_id, Question.position) if q.stage in ("background", "facts")]
    return tuple(
        Fact(
            put.get((question.id, "question"), question.source),
            corrected.get(question.id) or key.open(answers[question.id].text_sealed),
        )
        for question in rows
        if question.id in answers
    )


def _own_questions(session: Session, key: DataKey, interview_id: str) -> tuple[str, ...]:
    rows = session.exec(
        select(Answer)
        .join(Question, col(Answer.question_id) == col(Question.id))
        .where(Answer.interview_id == interview_id, Question.stage == "own_questions", col(Answer.value).is_(None))
        .order_by(col(Answer.id))
    )
    return tuple(key.open(row.text_sealed) for row in rows)


def _conversation(session: Session, key: DataKey, interview_id: str, policy: str) -> tuple[Spoken, ...]:
    """Everything said, with prior pay masked where the policy keeps it from everybody."""
    masked_for_all = load_policy(policy).prior_pay == "never"
    said = []
    for message in _of(session, Message, interview_id, Message.seq):
        text = key.open(message.text_sealed)
        if masked_for_all and message.sender == "candidate":
            text = mask_prior_pay(text)
        said.append(Spoken(message.sender, text, message.created_at))
    return tuple(said)


def _checks(services: Services, session: Session, candidate: Candidate, policy: str) -> tuple[KnownCheck, ...]:
    """With prior pay masked, as in all that the candidate said."""
    found = checks_of(session, services.keys, candidate)
    if load_policy(policy).prior_pay == "never":
        found = [replace(one, result=mask_prior_pay(one.result) if one.result else None) for one in found]
    return tuple(found)


def _decisions(session: Session, key: DataKey, interview_id: str, language: Language) -> tuple[Decided, ...]:
    by_itself = {"policy": say(language, "policy.name")}
    versions = {report.id: report.version for report in report_versions(session, interview_id)}
    return tuple(
        Decided(
            value=row.value,
            by=by_itself.get(row.by, row.by),
            reason=key.open(row.reason_sealed),
            at=row.decided_at,
            report_version=versions.get(row.report_id or ""),
        )
        for row in _of(session, Decision, interview_id, col(Decision.version).desc())
    )
