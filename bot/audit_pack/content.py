"""What goes into an audit pack, read once: pseudonymised rows, and the fairness tables."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlmodel import Session, col, select

from bot.console.board_view import costs_of
from bot.console.decisions import EVIDENCE_OPENED
from bot.console.fairness_view import position_fairness, year_of
from bot.identity import without_names
from bot.positions import newest_position
from bot.services import Services
from core.clock import now
from core.content import Language
from core.encryption import Undecipherable
from core.errors import CandidateErased
from core.tables import AuditEntry, Candidate, Decision, Interview, Override, Position, Report
from dialogue.notice import language_of, notice_parameters
from dialogue.phrases import phrase
from hr_bridge.insights.channels import ChannelReport, compare_channels
from hr_bridge.insights.course import Course
from hr_bridge.insights.fairness import FairnessReport
from hr_bridge.policy import Policy, load_policy
from hr_bridge.position import PositionProfile
from scoring.correction import PURPOSE


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision. `by` is a pseudonym of a person, or `policy`."""

    case: str
    version: int
    value: str
    decided_at: datetime
    by: str
    match: float | None
    pass_line: float
    position_version: int
    report_version: int | None
    scorer: str | None
    evidence_opened: bool
    """A person had the evidence of a report of the interview before them by then."""


@dataclass(frozen=True, slots=True, repr=False)
class OverrideRow:
    """One level that a reviewer put in place of the scorer's. `reason` without any name that we know; None where the
    candidate was erased."""

    case: str
    competency: str
    level_before: float | None
    level: float
    by: str
    made_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """When one candidate was told that an AI interviews, and when they said that they had read it."""

    case: str
    language: str
    position_version: int
    invited_at: datetime
    acknowledged_at: datetime | None
    working_days: int | None
    """Mondays to Fridays from the invitation to the acknowledgement, holidays not left out."""


@dataclass(frozen=True, slots=True, repr=False)
class AuditContent:
    """Everything in the pack. `notices_as_given` are the words by version of the position and language."""

    position: Position
    profile: PositionProfile
    policy: Policy
    year: int
    made_at: datetime
    company: str
    language: Language
    courses: Sequence[Course]
    fairness: FairnessReport
    channels: ChannelReport
    decisions: Sequence[DecisionRow]
    overrides: Sequence[OverrideRow]
    notices: Sequence[NoticeRow]
    notices_as_given: Mapping[tuple[int, Language], str]
    scorers: Mapping[str, int]
    """Scorer → how many of the newest reports it made."""


def read_audit(services: Services, position: str, policy: str, year: int, language: Language) -> AuditContent:
    """Read it all. Raises PositionUnknown or PolicyUnknown."""
    rules, period = load_policy(policy), year_of(year, position)
    with services.database.reading() as session:
        newest = newest_position(session, position)
    courses, fairness = position_fairness(services, position, period, rules.asked_groups)
    name = _pseudonym(services)
    with services.database.reading() as session:
        versions = {row.id: row for row in session.exec(select(Position).where(Position.key == position))}
        cases = {course.id for course in courses}
        interviews = [row for row in session.exec(select(Interview).where(col(Interview.position_id).in_(versions))) if row.id in cases]  # fmt: skip
        reports = {row.id: row for row in session.exec(select(Report)) if row.interview_id in cases}
        latest = {row.interview_id: row for row in sorted(reports.values(), key=lambda row: row.version)}
        notices = [_notice(row, versions[row.position_id], name) for row in interviews]
        return AuditContent(
            position=newest,
            profile=PositionProfile.model_validate(newest.profile),
            policy=rules,
            year=year,
            made_at=now(),
            company=services.settings.house.company,
            language=language,
            courses=courses,
            fairness=fairness,
            channels=compare_channels(courses, costs_of(services.settings.cost)),
            decisions=_decisions(session, cases, reports, versions, name),
            overrides=_overrides(services, session, cases, name),
            notices=sorted(notices, key=lambda row: row.invited_at),
            notices_as_given=_words(versions.values(), interviews, services.settings.voice.enabled),
            scorers=Counter(row.model for row in latest.values()),
        )


def _decisions(
    session: Session,
    cases: set[str],
    reports: Mapping[str, Report],
    versions: Mapping[str, Position],
    name: Callable[[str, str], str],
) -> Sequence[DecisionRow]:
    opened: dict[str, datetime] = {}
    rows = select(AuditEntry).where(AuditEntry.action == EVIDENCE_OPENED).order_by(col(AuditEntry.at).desc())
    for entry in session.exec(rows):
        if (report := reports.get(entry.subject)) is not None:
            opened[report.interview_id] = entry.at
    by_version = {(row.interview_id, row.version): row for row in reports.values()}
    newest = {row.interview_id: row for _, row in sorted(by_version.items())}
    found = []
    for row in session.exec(select(Decision).order_by(col(Decision.decided_at), col(Decision.id))):
        if row.interview_id not in cases:
            continue
        report = reports.get(row.report_id or "") or newest.get(row.interview_id)
        position = versions[report.position_id] if report is not None else None
        at = opened.get(row.interview_id)
        found.append(
            DecisionRow(
                case=name("case", row.interview_id),
                version=row.version,
                value=row.value,
                decided_at=row.decided_at,
                by="policy" if row.by == "policy" else name("person", row.by),
                match=report.match if report is not None else None,
                pass_line=float(position.profile["pass_line"]) if position is not None else 0.0,
                position_version=position.version if position is not None else 0,
                report_version=report.version if report is not None else None,
                scorer=report.model if report is not None else None,
                evidence_opened=at is not None and at <= row.decided_at,
            )
        )
    return found


def _overrides(
    services: Services, session: Session, cases: set[str], name: Callable[[str, str], str]
) -> Sequence[OverrideRow]:
    rows = (
        select(Override, Candidate)
        .join(Interview, col(Interview.id) == col(Override.interview_id))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .order_by(col(Override.made_at))
    )
    found = []
    overrides = [(row, candidate) for row, candidate in session.exec(rows) if row.interview_id in cases]
    known = _known_names(services, session) if overrides else frozenset()
    for row, candidate in overrides:
        found.append(
            OverrideRow(
                case=name("case", row.interview_id),
                competency=row.competency,
                level_before=row.level_before,
                level=row.level,
                by=name("person", row.by),
                made_at=row.made_at,
                reason=_masked_reason(services, candidate, row, known),
            )
        )
    return found


def _known_names(services: Services, session: Session) -> frozenset[str]:
    """Of every candidate who is not erased, and of everybody who decided or corrected."""
    people = set(session.exec(select(Override.by))) | set(session.exec(select(Decision.by))) - {"policy"}
    for wrapped, sealed in session.exec(select(Candidate.wrapped_key, Candidate.name_sealed)):
        with suppress(CandidateErased, Undecipherable):
            people.add(services.keys.unwrap(wrapped).open(sealed))
    return frozenset(people)


def _masked_reason(services: Services, candidate: Candidate, row: Override, known: frozenset[str]) -> str | None:
    try:
        key = services.keys.unwrap(candidate.wrapped_key)
        reason, person = key.open(row.reason_sealed, PURPOSE), key.open(candidate.name_sealed)
    except (CandidateErased, Undecipherable):
        return None
    told = reason.casefold()
    return without_names(reason, [person], (name for name in known if name.casefold() in told))


def _notice(row: Interview, position: Position, name: Callable[[str, str], str]) -> NoticeRow:
    days = None
    if row.consented_at is not None:
        days = int(np.busday_count(row.invited_at.date(), row.consented_at.date()))
    return NoticeRow(name("case", row.id), language_of(row), position.version, row.invited_at, row.consented_at, days)


def _words(
    versions: Iterable[Position], interviews: Iterable[Interview], voice: bool
) -> Mapping[tuple[int, Language], str]:
    numbers = {row.id: row for row in versions}
    found: dict[tuple[int, Language], str] = {}
    for interview in interviews:
        position, language = numbers[interview.position_id], language_of(interview)
        if (position.version, language) not in found:
            profile = PositionProfile.model_validate(position.profile)
            told = notice_parameters(interview, profile, voice)
            found[position.version, language] = phrase("utter_notice", language, **told)
    return found


def _pseudonym(services: Services) -> Callable[[str, str], str]:
    """Names that are the same in every pack of this house, and lead back with its key alone."""
    secret = services.settings.secrets.session_key.get_secret_value().encode()

    def name(kind: str, value: str) -> str:
        return f"{kind}-{hmac.new(secret, f'audit:{kind}:{value}'.encode(), hashlib.sha256).hexdigest()[:12]}"

    return name
