"""What lands where in Odoo, as data: the packaged mapping.yml, or a file of the house's own."""

from __future__ import annotations

from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.errors import Rejected
from hr_bridge.assessment import describe_first_error

PROPERTIES: Final = "applicant_properties"
NEVER: Final = frozenset(
    {"stage_id", "active", "refuse_reason_id", "employee_id", "kanban_state", "job_id", "id", PROPERTIES}
)
"""Fields that no mapping may name: they hire, refuse or move, or are written another way."""
PACKAGED: Final = files("hr_bridge.connectors.odoo") / "mapping.yml"

RecordId = Annotated[int, Field(gt=0)]
Source = Literal[
    "candidate.name", "candidate.email", "candidate.phone", "match", "level", "interview_id", "salary.point", "salary"
]
Transform = Literal["as_is", "one_decimal", "stars", "thousands", "pay_terms"]
Owner = Literal["ours", "shared", "theirs"]
Invite = Literal["automatic", "prepare", "never"]
"""What becomes of an applicant over there: invited at once, invited by a person here, or not looked at."""


class MappingInvalid(Rejected):
    """The file cannot be used; one sentence says where and why."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FieldRule(_Shape):
    """One of our values and the field that it lands in."""

    source: Source
    target: Annotated[str, Field(pattern=r"^(applicant_properties\.)?[a-z_][a-z0-9_]*$")]
    type: Literal["char", "text", "float", "integer", "monetary", "selection"]
    transform: Transform
    owner: Owner
    required: bool
    label: str = ""
    """Of a property: what people read above it."""

    @field_validator("target")
    @classmethod
    def _may_be_written(cls, target: str) -> str:
        if target in NEVER:
            raise ValueError(f"{target} is never written from here: people hire and refuse, and `moves` moves")
        return target

    @model_validator(mode="after")
    def _fits(self) -> Self:
        numbers: tuple[Source, ...] = ("match", "salary.point")
        if self.transform in ("one_decimal", "stars", "thousands") and self.source not in numbers:
            raise ValueError(f"{self.transform} needs a number, and {self.source} is none")
        if (self.transform == "pay_terms") != (self.source == "salary"):
            raise ValueError("the source salary goes with the transform pay_terms, and with no other")
        if self.property_name and self.owner != "ours":
            raise ValueError("a property is ours: use another field for what people share")
        return self

    @property
    def property_name(self) -> str | None:
        """The name of the property that is the target, if one is."""
        _prefix, dot, name = self.target.partition(".")
        return name if dot else None

    @property
    def is_pay(self) -> bool:
        return self.source.startswith("salary")


class Move(_Shape):
    """One stage change that is allowed."""

    when: Literal["result", "advance", "hold", "withdrawn"]
    from_: Annotated[tuple[RecordId, ...], Field(alias="from", min_length=1)]
    to: RecordId

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.to in self.from_:
            raise ValueError(f"a move to stage {self.to} cannot start there")
        return self


class Job(_Shape):
    """The job of one position, and what may move there."""

    job: RecordId
    invite: Invite | None = None
    """Where this job differs from the rest."""
    moves: tuple[Move, ...] = ()

    @model_validator(mode="after")
    def _one_way_each(self) -> Self:
        ways = Counter((move.when, stage) for move in self.moves for stage in move.from_)
        if twice := [way for way, times in ways.items() if times > 1]:
            raise ValueError(f"from stage {twice[0][1]} there are two moves when {twice[0][0]}")
        return self


class Pay(_Shape):
    """Whether pay is written at all, and what its figures mean."""

    enabled: bool = False
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    period: Literal["month"] = "month"


class Mapping(_Shape):
    """The whole file."""

    jobs: dict[str, Job] = {}
    invite: Invite = "prepare"
    since: date | None = None
    """From which day applicants count as new; without it from the first look."""
    external_id: Literal["applicant", "ignore"] = "applicant"
    report: bool = True
    event: bool = True
    pay: Pay = Pay()
    fields: tuple[FieldRule, ...]

    @model_validator(mode="after")
    def _no_field_twice(self) -> Self:
        targets = Counter(rule.target for rule in self.fields)
        if twice := [target for target, times in targets.items() if times > 1]:
            raise ValueError(f"two rules write {twice[0]}")
        jobs = Counter(job.job for job in self.jobs.values())
        if shared := [job for job, times in jobs.items() if times > 1]:
            raise ValueError(f"two positions share job {shared[0]}")
        return self

    def invite_for(self, position: str) -> Invite:
        """What becomes of applicants for this position."""
        job = self.jobs.get(position)
        return (job.invite if job else None) or self.invite

    @property
    def takes_applicants(self) -> bool:
        """False where nobody is to be taken in from there."""
        return any(self.invite_for(position) != "never" for position in self.jobs)

    def rules(self, *owners: Owner) -> tuple[FieldRule, ...]:
        """The rules of these owners that are in force."""
        return tuple(rule for rule in self.fields if rule.owner in owners and (self.pay.enabled or not rule.is_pay))


def load_mapping(file: Path | None = None) -> Mapping:
    """The mapping in `file`, or the packaged one.

    Raises:
        MappingInvalid: the file is missing, no YAML, or says what it may not.
    """
    name = "the packaged mapping" if file is None else str(file)
    try:
        text = PACKAGED.read_text("utf-8") if file is None else file.read_text("utf-8")
        return Mapping.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise MappingInvalid(f"ODOO_MAPPING: {name} cannot be read ({type(error).__name__}).") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        at = f" at line {place.line + 1}" if place else ""
        raise MappingInvalid(f"ODOO_MAPPING: {name} is no YAML{at}.") from error
    except ValidationError as error:
        raise MappingInvalid(f"ODOO_MAPPING: {name}: {describe_first_error(error)}") from None
