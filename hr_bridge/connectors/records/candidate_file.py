"""A candidate's file, put together from what was received about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hr_bridge.connectors.records.shapes import (
    CandidateFile,
    CandidateLine,
    Check,
    EffectBody,
    InterviewOnFile,
    ReceivedDecision,
    ReceivedEffect,
)


@dataclass(frozen=True, slots=True)
class Received:
    """One effect on file, opened."""

    effect_id: str
    received_at: datetime
    body: EffectBody


def assemble_file(received: Sequence[Received], checks: Sequence[Check]) -> CandidateFile:
    """Return the file of one candidate from everything received, oldest first; `received` is not empty."""
    by_interview: dict[str, list[Received]] = defaultdict(list)
    for effect in received:
        by_interview[effect.body.assessment.interview_id].append(effect)
    interviews = [_assemble_interview(effects) for effects in by_interview.values()]
    return CandidateFile(
        candidate=received[-1].body.assessment.candidate,
        interviews=tuple(sorted(interviews, key=lambda interview: interview.finished_at, reverse=True)),
        written_tests=tuple(check for check in checks if check.kind == "written_test"),
        background_checks=tuple(check for check in checks if check.kind == "background_check"),
    )


def summarise(effect: Received) -> CandidateLine:
    """Return the line of the list of candidates for someone whose newest delivery is `effect`."""
    assessment = effect.body.assessment
    return CandidateLine(
        candidate_id=assessment.candidate.id,
        name=assessment.candidate.name,
        position_title=assessment.position_title,
        match=assessment.match,
        level=assessment.level,
        received_at=effect.received_at,
    )


def _assemble_interview(effects: Sequence[Received]) -> InterviewOnFile:
    # A delayed older version may arrive after a newer one, so the version decides and not the hour of arrival.
    current = max(effects, key=lambda effect: (effect.body.assessment.version, effect.received_at)).body.assessment
    decisions = sorted(
        (effect for effect in effects if effect.body.kind == "decision"), key=lambda effect: effect.body.version
    )
    return InterviewOnFile(
        interview_id=current.interview_id,
        position_key=current.position_key,
        position_title=current.position_title,
        language=current.language,
        finished_at=current.finished_at,
        version=current.version,
        match=current.match,
        level=current.level,
        salary=current.salary,
        summary=current.summary,
        competencies=current.competencies,
        received=tuple(
            ReceivedEffect(
                effect_id=effect.effect_id,
                kind=effect.body.kind,
                version=effect.body.version,
                match=effect.body.assessment.match,
                level=effect.body.assessment.level,
                received_at=effect.received_at,
            )
            for effect in effects
        ),
        decisions=tuple(
            ReceivedDecision(received_at=effect.received_at, **effect.body.assessment.decision.model_dump())
            for effect in decisions
            if effect.body.assessment.decision is not None
        ),
    )
