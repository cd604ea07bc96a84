"""Rows of simulated people, as the tables would hold them today: whose time of keeping is over is there as the
pseudonymised decision record alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session

from bot.demographics import keep_simulated
from bot.privacy.pseudonym import new_pseudonym
from bot.privacy.retention import media_until
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.tables import (
    Candidate,
    Decision,
    Device,
    Employee,
    EmployeeExit,
    EmployeePay,
    Hire,
    Interview,
    PerformanceRating,
    Position,
    Report,
    RetentionRun,
    new_id,
)
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.insights.groups import Groups
from hr_bridge.policy import load_policy
from hr_bridge.position import PositionProfile

MARK: Final = "demo-outcome-"
"""How the external ids of everybody made here begin."""
SOURCE: Final = "demo"
BASE_PAY: Final = 12_000.0
ANSWERS_WITHIN: Final = timedelta(days=5)
"""How long an invitation is good."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a hire became at work. Figures that nobody told are None; `stayed` in days, None while they are there."""

    stayed: int | None
    performance: float | None = None
    pay_growth: float | None = None
    """Per cent a year."""


@dataclass(frozen=True, slots=True)
class Life:
    """One simulated person. `scores` holds the match too; without them the interview was not finished."""

    invited_at: datetime
    scores: Mapping[str, float] | None
    passed: bool = False
    job: Job | None = None
    channel: str | None = None
    opened: bool = True
    started: bool = True
    groups: Groups = field(default_factory=dict)


class Writer:
    """Writes lives into one transaction, and the daily deletions that their age implies."""

    def __init__(self, services: Services, session: Session) -> None:
        self._services, self._session = services, session
        self._gone: Counter[date] = Counter()

    def keep(self, position: Position, life: Life) -> str:
        """Write one life; the candidate's id."""
        profile = PositionProfile.model_validate(position.profile)
        finished_at = life.invited_at + timedelta(hours=20) if life.scores is not None else None
        decided_at = finished_at + timedelta(days=3) if finished_at else None
        ended = finished_at or life.invited_at + ANSWERS_WITHIN
        gone_on = media_until(load_policy(profile.policy), ended, decided_at).date() + timedelta(days=1)
        is_record = gone_on <= now().date()
        external_id = MARK + new_id()
        if is_record:
            self._gone[gone_on] += 1
            candidate = Candidate(
                id=new_pseudonym(),
                name_sealed="",
                external_id=external_id if life.job else None,
                created_at=datetime(2000, 1, 1, tzinfo=UTC),
            )
            key = None
        else:
            wrapped = self._services.keys.new_wrapped_key()
            key = self._services.keys.unwrap(wrapped)
            candidate = Candidate(
                wrapped_key=wrapped,
                name_sealed=key.seal(f"示例 {external_id[-6:]}"),
                external_id=external_id,
                created_at=life.invited_at,
            )

        def told(at: datetime | None) -> datetime | None:
            return at.replace(hour=0, minute=0, second=0, microsecond=0) if at and is_record else at

        began = told(life.invited_at + timedelta(hours=19) if life.started else None)
        interview = Interview(
            id=new_pseudonym() if is_record else new_id(),
            candidate_id=candidate.id,
            position_id=position.id,
            language=profile.languages[0],
            origin=life.channel,
            invited_at=told(life.invited_at) or life.invited_at,
            expires_at=told(life.invited_at + ANSWERS_WITHIN) or ended,
            consented_at=began,
            planned_at=began,
            started_at=began,
            finished_at=told(finished_at),
        )
        self._add(candidate, interview)
        if life.scores is not None and finished_at is not None and decided_at is not None:
            report = _report(interview, profile, life.scores, told(finished_at) or finished_at)
            decision = Decision(
                id=new_pseudonym() if is_record else new_id(),
                interview_id=interview.id,
                value="advance" if life.passed else "reject",
                by=SOURCE,
                reason_sealed=key.seal("示例数据") if key else "",
                version=1,
                report_id=report.id,
                decided_at=told(decided_at) or decided_at,
            )
            self._add(report, decision)
            if key is not None and life.groups:
                keep_simulated(self._session, key, interview.id, life.groups)
        if life.opened and not is_record:
            self._add(Device(interview_id=interview.id, secret_hash=f"{SOURCE} {interview.id}", created_at=ended))
        if life.job is not None:
            self._employ(external_id, (life.invited_at + timedelta(days=20)).date(), life.job)
        return candidate.id

    def keep_deletions(self) -> None:
        """Write the runs of the worker that deleted what is gone, each on its day."""
        for day, count in sorted(self._gone.items()):
            at = datetime.combine(day, time(1), UTC)
            removed = {"interviews": count, "candidates": count, "records": 0, "held": 0, "failed": 0}
            self._add(RetentionRun(day=day, started_at=at, finished_at=at + timedelta(minutes=1), removed=removed))

    def _add(self, *rows: Any) -> None:
        for row in rows:
            self._session.add(row)
            self._session.flush()

    def _employ(self, external_id: str, started_on: date, job: Job) -> None:
        employee = Employee(
            external_id=MARK + new_id(), wrapped_key=self._services.keys.new_wrapped_key(), created_at=now()
        )
        key = self._services.keys.unwrap(employee.wrapped_key)
        pay = {"base": BASE_PAY, "currency": "CNY", "period": "month", "months": 13}
        told: dict[str, Any] = {"employee_id": employee.id, "source": SOURCE, "imported_at": now()}
        agreed = _sealed(key, pay | {"bonus_share": None})
        self._add(employee, Hire(candidate_external_id=external_id, started_on=started_on, sealed=agreed, **told))
        if job.stayed is not None:
            left_on = started_on + timedelta(days=job.stayed)
            self._add(EmployeeExit(left_on=left_on, sealed=_sealed(key, {"reason": "voluntary"}), **told))
        if job.performance is not None:
            mark: dict[str, object] = {"rating": f"{job.performance:.1f}", "scale": "0-100"}
            mark |= {"position": round(job.performance / 100, 6)}
            self._add(PerformanceRating(period=f"{started_on.year + 1}", sealed=_sealed(key, mark), **told))
        if job.pay_growth is not None:
            raised = round(BASE_PAY * (1 + job.pay_growth / 100), 2)
            on = started_on + timedelta(days=365)
            self._add(EmployeePay(effective_on=on, sealed=_sealed(key, pay | {"base": raised}), **told))


def _report(interview: Interview, profile: PositionProfile, scores: Mapping[str, float], at: datetime) -> Report:
    return Report(
        id=new_pseudonym() if interview.id.startswith("P-") else new_id(),
        interview_id=interview.id,
        version=1,
        position_id=interview.position_id,
        match=round(scores["match"], 2),
        core_match=None,
        level=profile.grade,
        competencies=[
            {
                "key": key,
                "level": None,
                "score": scores[key],
                "confidence": 0.0,
                "unscored_reason": None,
                "dimensions": [],
            }
            for key in profile.weights
        ],
        model=SOURCE,
        reported_at=at,
    )


def _sealed(key: DataKey, told: Mapping[str, object]) -> str:
    return key.seal(json.dumps(told), PURPOSE)
