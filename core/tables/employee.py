"""What the HR system told of people who work or worked here, taken from files. What describes them is sealed with a
data key of their own, as a candidate's is."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Employee(SQLModel, table=True):
    """Somebody under the HR system's own id."""

    id: str = Field(default_factory=new_id, primary_key=True)
    external_id: str = Field(unique=True)
    wrapped_key: bytes | None = None
    """None once the employee was erased."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class PerformanceRating(SQLModel, table=True):
    """One appraisal."""

    __table_args__ = (UniqueConstraint("employee_id", "period"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    employee_id: str = Field(foreign_key="employee.id", index=True)
    period: str
    """2024, 2024H1, 2024Q3 or 2024-03."""
    sealed: str
    """JSON {"rating", "scale", "position"}: as written, and where it lies on its scale, 0 worst to 1 best."""
    source: str
    """Name of the file."""
    imported_at: datetime = Field(sa_type=UtcDateTime)


class CompetencyRating(SQLModel, table=True):
    """How somebody at work rates one competency of an employee."""

    __table_args__ = (UniqueConstraint("employee_id", "period", "competency"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    employee_id: str = Field(foreign_key="employee.id", index=True)
    period: str
    """As in PerformanceRating."""
    competency: str
    """Key of the library."""
    family: str | None = None
    """Position family, as the file names it."""
    sealed: str
    """JSON {"rating", "scale", "position"}, as in PerformanceRating."""
    source: str
    imported_at: datetime = Field(sa_type=UtcDateTime)


class EmployeeExit(SQLModel, table=True):
    """Somebody left."""

    __table_args__ = (UniqueConstraint("employee_id", "left_on"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    employee_id: str = Field(foreign_key="employee.id", index=True)
    left_on: date
    sealed: str
    """JSON {"reason"}: voluntary, dismissed, probation, layoff, contract_end, retired, other or null."""
    source: str
    imported_at: datetime = Field(sa_type=UtcDateTime)


class EmployeePay(SQLModel, table=True):
    """What somebody is paid from a day on."""

    __table_args__ = (UniqueConstraint("employee_id", "effective_on"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    employee_id: str = Field(foreign_key="employee.id", index=True)
    effective_on: date
    sealed: str
    """JSON {"base", "currency", "period", "months"}, as in Hire."""
    source: str
    imported_at: datetime = Field(sa_type=UtcDateTime)


class Hire(SQLModel, table=True):
    """A candidate became an employee: which external id is which."""

    __table_args__ = (UniqueConstraint("candidate_external_id", "employee_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    candidate_external_id: str = Field(index=True)
    """`Candidate.external_id`."""
    employee_id: str = Field(foreign_key="employee.id", index=True)
    started_on: date
    sealed: str
    """JSON of the package {"base", "currency", "period", "months", "bonus_share"}, each null where it was not told."""
    source: str
    imported_at: datetime = Field(sa_type=UtcDateTime)
