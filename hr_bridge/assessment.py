"""What we tell an HR system about one candidate, in our own words and free of any vendor's."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from core.errors import Rejected
from hr_bridge.match import Grade

Score = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Money = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class AssessmentInvalid(Rejected):
    """The bytes are not an assessment; the message names the first field that is wrong, never its content."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AssessedPerson(_Shape):
    """Who was interviewed. `id` is ours and never changes; `external_id` is the HR system's own, where it gave one."""

    id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    external_id: str | None = None
    name: str
    phone: str | None = None
    email: str | None = None


class AssessedCompetency(_Shape):
    """One competency: score 0-100, BARS level 1-5, confidence 0-1, and verbatim quotes; or why it is unscored."""

    key: str
    title: str
    score: Score | None
    level: Annotated[float, Field(ge=1, le=5)] | None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    evidence: tuple[str, ...] = ()
    unscored_reason: str | None = None


class SuggestedPackage(_Shape):
    """What surrounds the monthly base; amounts in thousands, a month unless the name says otherwise."""

    months: int = Field(ge=12, le=24)
    bonus_share: Annotated[float, Field(ge=0, le=1)]
    allowances: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    social_insurance_base: Money | None
    probation_share: Annotated[float, Field(ge=0, le=1)]
    probation_pay: Money
    yearly_cash: Money


class SuggestedPay(_Shape):
    """The seven fields of `mianshi salary`, in thousands of `currency` a `period`, gross base
    (`PaySuggestion.as_document` gives them), and whether an approver has agreed to what needs one.

    While `awaiting_approval`, a regrade was suggested and this is the pay without it; `approved_by` names who agreed to
    the regrade or to a point above the range.
    """

    grade: Grade
    band: tuple[Money, Money]
    recommended: tuple[Money, Money]
    point: Money
    regrade: Grade | None
    reasons: tuple[str, ...]
    ignored: tuple[str, ...]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    period: Literal["month"] = "month"
    package: SuggestedPackage | None = None
    awaiting_approval: bool = False
    approved_by: str | None = None


class HumanDecision(_Shape):
    """What a person decided, or the policy where it advances by itself (`by` says which), and why."""

    value: Literal["advance", "hold", "reject"]
    by: str
    reason: str
    decided_at: AwareDatetime


class HiredPackage(_Shape):
    """What was agreed with somebody who was hired. Amounts are gross and in single units of `currency` per `period`."""

    base: Money | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    period: Literal["year", "month", "day", "hour"] | None = None
    months: int | None = None
    """Monthly salaries a year."""
    bonus_share: Annotated[float, Field(ge=0, le=1)] | None = None


class DevelopmentNeed(_Shape):
    """A competency scored under what the job needs. `score` 0-100, `target` the score that meets the job, `practise`
    what an answer at that level shows."""

    key: str
    title: str
    score: Score
    target: Score
    practise: str


class Hire(_Shape):
    """A person hired the candidate; `source` is the connector that told."""

    hired_on: date | None
    starts_on: date | None
    package: HiredPackage | None
    development: tuple[DevelopmentNeed, ...]
    source: str


class CandidateAssessment(_Shape):
    """The outcome of one interview as it stands at `version`; a correction or a re-scoring raises the version."""

    interview_id: str = Field(min_length=1, max_length=64)
    candidate: AssessedPerson
    position_key: str
    position_title: str
    language: Literal["zh", "en"]
    match: Score | None
    level: Grade | None
    competencies: tuple[AssessedCompetency, ...]
    salary: SuggestedPay | None
    summary: str
    finished_at: AwareDatetime
    version: int = Field(ge=1)
    decision: HumanDecision | None = None
    hire: Hire | None = None
    withdrawn_at: AwareDatetime | None = None
    """When the candidate withdrew; an interview that was not finished ended then."""

    @model_serializer(mode="wrap")
    def _without_what_is_empty(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What came later and says nothing leaves all as it was, byte for byte: digests of it stand elsewhere.
        plain: dict[str, Any] = write(self)
        for name in ("hire", "withdrawn_at"):
            if getattr(self, name) is None:
                plain.pop(name, None)
        return plain

    def to_json(self) -> str:
        """Return one JSON object; equal assessments give equal text."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            AssessmentInvalid: a field is missing, unknown or out of range.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise AssessmentInvalid(f"The assessment cannot be used: {describe_first_error(error)}") from None


def describe_first_error(error: ValidationError) -> str:
    """Return `field.path: what is wrong` of the first error, without the value that was sent."""
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}"
