"""The JSON that travels between the HR records service and whoever calls it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from hr_bridge.assessment import (
    AssessedCompetency,
    AssessedPerson,
    CandidateAssessment,
    HumanDecision,
    SuggestedPay,
)
from hr_bridge.connectors.base import EffectKind
from hr_bridge.match import Grade

LARGEST_BODY: Final = 1024 * 1024
"""Bytes; far above any assessment, and refused on both sides."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EffectBody(_Shape):
    """What is put under `/effects/{effect_id}`."""

    kind: EffectKind
    version: int = Field(ge=1)
    assessment: CandidateAssessment


class EffectReceipt(_Shape):
    """The answer to a put, the same however often it is put; `record_id` is the candidate's file."""

    effect_id: str
    record_id: str
    received_at: AwareDatetime


class CheckBody(_Shape):
    """A written test 笔试 or a background check 背调 that HR enters; a later put under the same id replaces it."""

    kind: Literal["written_test", "background_check"]
    title: str = Field(min_length=1, max_length=200)
    outcome: str = Field(min_length=1, max_length=2000)
    taken_on: date | None = None


class Check(CheckBody):
    """A check as it stands on file."""

    check_id: str
    recorded_at: AwareDatetime


class OutcomeBody(_Shape):
    """What became of a candidate who was hired: a row as `mianshi hrms import` of that kind takes it, its cells by the
    column's key (docs/insights.md), without `employee` and `candidate`: the address says who it is about."""

    kind: Literal["hires", "performance", "exits", "pay_changes"]
    cells: dict[str, Annotated[str, Field(max_length=200)]] = Field(max_length=12)


class Outcome(OutcomeBody):
    """An outcome as it stands on file."""

    candidate_id: str
    outcome_id: str
    recorded_at: AwareDatetime


class OutcomeList(_Shape):
    """A page of outcomes, the oldest entry first."""

    total: int
    outcomes: tuple[Outcome, ...]


class ReceivedEffect(_Shape):
    """One delivery on file."""

    effect_id: str
    kind: EffectKind
    version: int
    match: float | None
    level: Grade | None
    received_at: AwareDatetime


class ReceivedDecision(HumanDecision):
    """A decision on file."""

    received_at: AwareDatetime


class InterviewOnFile(_Shape):
    """One interview: its newest assessment, and every version and decision received, oldest first."""

    interview_id: str
    position_key: str
    position_title: str
    language: Literal["zh", "en"]
    finished_at: AwareDatetime
    version: int
    match: float | None
    level: Grade | None
    salary: SuggestedPay | None
    summary: str
    competencies: tuple[AssessedCompetency, ...]
    received: tuple[ReceivedEffect, ...]
    decisions: tuple[ReceivedDecision, ...]


class CandidateFile(_Shape):
    """Everything on file about one candidate, newest interview first."""

    candidate: AssessedPerson
    interviews: tuple[InterviewOnFile, ...]
    written_tests: tuple[Check, ...]
    background_checks: tuple[Check, ...]


class CandidateLine(_Shape):
    """One line of the list of candidates, from the newest delivery."""

    candidate_id: str
    name: str
    position_title: str
    match: float | None
    level: Grade | None
    received_at: AwareDatetime


class CandidateList(_Shape):
    """A page of candidates, the newest delivery first."""

    total: int
    candidates: tuple[CandidateLine, ...]


class ErasureProof(_Shape):
    """What an erasure removed, and when; the same however often it is asked for."""

    candidate_id: str
    erased_at: AwareDatetime
    effects: int
    checks: int
