"""Interviews by the hundred as bare rows, for pages that count them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot.positions import newest_position
from bot.services import Services
from core.tables import Candidate, Decision, Interview, Report


def add_interviews(
    services: Services,
    session: Session,
    count: int,
    at: datetime,
    started: int = 0,
    finished: int = 0,
    passed: int = 0,
    channel: str | None = None,
    position: str = "sales",
    match: float = 85.0,
    external: str | None = None,
) -> list[Interview]:
    """So many people invited at `at`, of whom the first so many came so far; those who finished have a report."""
    where, made = newest_position(session, position), []
    for number in range(count):
        wrapped = services.keys.new_wrapped_key()
        key = services.keys.unwrap(wrapped)
        candidate = Candidate(
            wrapped_key=wrapped,
            name_sealed=key.seal(f"张{number}"),
            external_id=f"{external}-{number}" if external else None,
            created_at=at,
        )
        session.add(candidate)
        session.flush()
        facts: dict[str, Any] = {}
        if number < started:
            facts["consented_at"] = at + timedelta(hours=1)
        if number < finished:
            facts["finished_at"] = at + timedelta(hours=2)
        interview = Interview(
            candidate_id=candidate.id,
            position_id=where.id,
            language="zh",
            origin=channel,
            invited_at=at,
            expires_at=at + timedelta(days=7),
            **facts,
        )
        session.add(interview)
        session.flush()
        made.append(interview)
        if number < finished:
            session.add(_report(interview, where.id, match if number < passed else 60.0, at))
        if number < passed:
            reason = key.seal("好")
            session.add(
                Decision(
                    interview_id=interview.id,
                    value="advance",
                    by="测试",
                    reason_sealed=reason,
                    version=1,
                    decided_at=at,
                )
            )
    session.flush()
    return made


def _report(interview: Interview, position_id: str, match: float, at: datetime) -> Report:
    return Report(
        interview_id=interview.id,
        version=1,
        position_id=position_id,
        match=match,
        core_match=match,
        level="mid",
        competencies=[],
        model="answer-head-test",
        reported_at=at,
    )
