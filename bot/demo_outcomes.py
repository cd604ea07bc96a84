"""`mianshi demo outcomes`: a house with a past, so that /console/insights has something to say. Nobody in it exists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, select

from bot.positions import newest_position
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import Refused
from core.tables import (
    Candidate,
    Decision,
    Employee,
    EmployeeExit,
    EmployeePay,
    Hire,
    Interview,
    PerformanceRating,
    Report,
    new_id,
)
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.insights.simulated import SimulatedFamily, Truth, simulate
from hr_bridge.position import PositionProfile

MARK: Final = "demo-outcome-"
"""How the external ids of everybody made here begin."""
SOURCE: Final = "demo"
TRUTHS: Final[Mapping[str, tuple[Truth, int, int]]] = {
    "software_engineer": (Truth(performance=("logical_thinking", 0.42)), 520, 220),
    "sales": (Truth(pay_growth=("customer_communication", 0.42)), 520, 220),
    "production_supervisor": (Truth(), 60, 9),
}
"""By position: what holds there, how many applied, how many were hired."""
BASE_PAY: Final = 12_000.0


class RealHiresThere(Refused):
    """The database knows of real hires; simulated ones would be mixed in with them."""


@dataclass(frozen=True, slots=True)
class MadePeople:
    applicants: int
    hires: int
    truths: Mapping[str, Truth]


def make_outcomes(services: Services, seed: int = 7, *, with_effects: bool = True) -> MadePeople:
    """Make everybody of TRUTHS in one transaction; without `with_effects` nothing depends on any score.

    Raises RealHiresThere: there is a hire that was not made here, or they were made already.
    """
    rng = np.random.default_rng(seed)
    truths = {key: truth if with_effects else Truth() for key, (truth, _, _) in TRUTHS.items()}
    with services.database.unit_of_work() as session:
        there = session.exec(select(Hire.candidate_external_id).limit(1)).first()
        if there is not None:
            made = " (the demo's: they are made once)" if there.startswith(MARK) else ""
            raise RealHiresThere(f"this database knows of hires already{made}; use a database that has none")
        for key, (_, applicants, hires) in TRUTHS.items():
            position = newest_position(session, key)
            profile = PositionProfile.model_validate(position.profile)
            family = simulate(rng, profile.weights, truths[key], applicants, hires)
            _keep(services, session, rng, position.id, profile, family)
    return MadePeople(sum(a for _, a, _ in TRUTHS.values()), sum(h for _, _, h in TRUTHS.values()), truths)


def _keep(
    services: Services,
    session: Session,
    rng: np.random.Generator,
    position_id: str,
    profile: PositionProfile,
    family: SimulatedFamily,
) -> None:
    hired = {int(place): order for order, place in enumerate(family.hired)}
    rows: list[Any] = []
    for place in range(len(family.scores["match"])):
        interviewed = now() - timedelta(days=int(rng.integers(430, 1000)))
        wrapped = services.keys.new_wrapped_key()
        key = services.keys.unwrap(wrapped)
        candidate = Candidate(
            wrapped_key=wrapped,
            name_sealed=key.seal(f"示例 {profile.key}-{place + 1:03}"),
            external_id=MARK + new_id(),
            created_at=interviewed,
        )
        interview = Interview(
            candidate_id=candidate.id,
            position_id=position_id,
            language="zh",
            origin=SOURCE,
            invited_at=interviewed - timedelta(days=2),
            expires_at=interviewed + timedelta(days=5),
            consented_at=interviewed,
            planned_at=interviewed,
            started_at=interviewed,
            finished_at=interviewed,
        )
        report = _report(interview, profile, family, place, interviewed)
        decision = Decision(
            interview_id=interview.id,
            value="advance" if place in hired else "reject",
            by=SOURCE,
            reason_sealed=key.seal("示例数据"),
            version=1,
            report_id=report.id,
            decided_at=interviewed + timedelta(days=3),
        )
        rows += [candidate, interview, report, decision]
        if place in hired:
            started_on = (interviewed + timedelta(days=20)).date()
            rows += _employment(services, str(candidate.external_id), started_on, family, hired[place])
    for row in rows:
        session.add(row)
        session.flush()


def _report(
    interview: Interview, profile: PositionProfile, family: SimulatedFamily, place: int, at: datetime
) -> Report:
    return Report(
        interview_id=interview.id,
        version=1,
        position_id=interview.position_id,
        match=round(float(family.scores["match"][place]), 2),
        core_match=None,
        level=profile.grade,
        competencies=[
            {
                "key": key,
                "level": None,
                "score": float(family.scores[key][place]),
                "confidence": 0.0,
                "unscored_reason": None,
                "dimensions": [],
            }
            for key in profile.weights
        ],
        model=SOURCE,
        reported_at=at,
    )


def _employment(
    services: Services, external_id: str, started_on: date, family: SimulatedFamily, order: int
) -> list[Any]:
    employee = Employee(external_id=MARK + new_id(), wrapped_key=services.keys.new_wrapped_key(), created_at=now())
    key = services.keys.unwrap(employee.wrapped_key)
    raised_on = started_on + timedelta(days=365)
    pay = {"base": BASE_PAY, "currency": "CNY", "period": "month", "months": 13}
    raised = BASE_PAY * (1 + float(family.pay_growth[order]) / 100)
    told: dict[str, Any] = {"employee_id": employee.id, "source": SOURCE, "imported_at": now()}
    rows: list[Any] = [
        employee,
        Hire(
            candidate_external_id=external_id,
            started_on=started_on,
            sealed=_sealed(key, pay | {"bonus_share": None}),
            **told,
        ),
    ]
    stayed = float(family.days_stayed[order])
    if np.isfinite(stayed):
        left = EmployeeExit(
            left_on=started_on + timedelta(days=int(stayed)), sealed=_sealed(key, {"reason": "voluntary"}), **told
        )
        rows.append(left)
    if stayed >= 180:
        mark: dict[str, object] = {"rating": f"{family.performance[order]:.1f}", "scale": "0-100"}
        mark |= {"position": round(float(family.performance[order]) / 100, 6)}
        rows.append(PerformanceRating(period=f"{started_on.year + 1}", sealed=_sealed(key, mark), **told))
    if not np.isfinite(stayed):
        rows.append(EmployeePay(effective_on=raised_on, sealed=_sealed(key, pay | {"base": round(raised, 2)}), **told))
    return rows


def _sealed(key: DataKey, told: Mapping[str, object]) -> str:
    return key.seal(json.dumps(told), PURPOSE)


def is_simulated(session: Session) -> bool:
    """Whether the people that insights speak of were made here."""
    return (
        session.exec(select(Hire.id).where(col(Hire.candidate_external_id).startswith(MARK)).limit(1)).first()
        is not None
    )
