"""Interviews, hires and what became of them, read from our tables into the frames of `people.py`.

Whoever was erased, as candidate or as employee, is left out. Sealed rows are opened in memory and nothing of them is
kept but figures.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl
from sqlalchemy import Row, func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col

from core.encryption import DataKey, KeyRing
from core.tables import (
    Candidate,
    CompetencyRating,
    Employee,
    EmployeeExit,
    EmployeePay,
    Hire,
    Interview,
    PerformanceRating,
    Position,
    Report,
)
from core.tables.candidate import PSEUDONYM
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.insights.validity.hires import Hired, HiredPerson, HireLine, ScoredInterview, find_hired
from hr_bridge.insights.validity.later import pay_growth, stayed_90_days, stayed_a_year
from hr_bridge.insights.validity.people import APPRAISALS, OUTCOMES_OF_HIRES, SCORES, People, standardise
from hr_bridge.insights.validity.shapes import DELIVERY, MATCH
from hr_bridge.position import PositionProfile

AT_ONCE: Final = 2000
"""Rows that the database hands over at a time."""


@dataclass(frozen=True, slots=True)
class _Families:
    of_position: Mapping[str, str]
    names: Mapping[str, frozenset[str]]
    """Everything that another system may call a family, by family, in lower case."""


def read_people(session: Session, keys: KeyRing) -> People:
    """Read everybody who was interviewed and scored, and what became of those hired. The newest report counts."""
    families = _families(session)
    scores, interviews = _scores(session, families)
    opened = _open_keys(session, keys)
    hired = find_hired(_hires(session, opened), interviews)
    outcomes = _outcomes(session, opened, hired)
    moved = hired.moved | _rated_elsewhere(session, families, hired)
    by_family = Counter(person.interview.family for person in hired.people if person.interview.number in moved)
    started = {person.interview.number: person.hire.started_on for person in hired.people}
    return People(scores, outcomes, by_family, hired.doubled, started)


def _families(session: Session) -> _Families:
    of_position: dict[str, str] = {}
    names: dict[str, set[str]] = defaultdict(set)
    for row_id, content in session.execute(columns(col(Position.id), col(Position.profile))):
        profile = PositionProfile.model_validate(content)
        of_position[row_id] = profile.family
        names[profile.family] |= {name.casefold() for name in profile.family_names}
    return _Families(of_position, {family: frozenset(each) for family, each in names.items()})


def _scores(session: Session, families: _Families) -> tuple[pl.DataFrame, dict[str, list[ScoredInterview]]]:
    """All scores, and by each id that a candidate goes by their interviews in order of time."""
    newest = columns(col(Report.interview_id), func.max(Report.version).label("version")).group_by(
        col(Report.interview_id)
    )
    last = newest.subquery()
    rows = session.execute(
        columns(
            col(Interview.position_id),
            col(Interview.finished_at),
            col(Candidate.id),
            col(Candidate.external_id),
            col(Report.match),
            col(Report.competencies),
            col(Report.delivery),
        )
        .join(last, (col(Report.interview_id) == last.c.interview_id) & (col(Report.version) == last.c.version))
        .join(Interview, col(Interview.id) == col(Report.interview_id))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(or_(col(Candidate.wrapped_key).is_not(None), col(Candidate.id).startswith(PSEUDONYM)))
        .order_by(col(Interview.finished_at), col(Interview.id)),
        execution_options={"yield_per": AT_ONCE},
    )
    numbers, values, family_names, score_names = array("q"), array("d"), [], []
    interviews: dict[str, list[ScoredInterview]] = defaultdict(list)
    for number, row in enumerate(rows):
        family = families.of_position[row.position_id]
        for name, value in _of_report(row):
            numbers.append(number)
            values.append(value)
            family_names.append(family)
            score_names.append(name)
        found = ScoredInterview(number, family, row.finished_at.date() if row.finished_at else None)
        for name in {row.id, row.external_id or row.id}:
            interviews[name].append(found)
    frame = pl.DataFrame(
        {"person": numbers, "family": family_names, "score": score_names, "value": values}, schema=SCORES
    )
    return frame, interviews


def _of_report(row: Row[Any]) -> Iterator[tuple[str, float]]:
    if row.match is not None:
        yield MATCH, float(row.match)
    for one in row.competencies:
        if one["score"] is not None:
            yield one["key"], float(one["score"])
    if row.delivery and row.delivery.get("score") is not None:
        yield DELIVERY, float(row.delivery["score"])


def _open_keys(session: Session, keys: KeyRing) -> dict[str, DataKey]:
    rows = session.execute(
        columns(col(Employee.id), col(Employee.wrapped_key)).where(col(Employee.wrapped_key).is_not(None))
    )
    return {employee: keys.unwrap(wrapped) for employee, wrapped in rows}


def _hires(session: Session, opened: Mapping[str, DataKey]) -> list[HireLine]:
    return [
        HireLine(candidate, employee, started_on, _read(opened[employee], sealed))
        for candidate, employee, started_on, sealed in session.execute(
            columns(col(Hire.candidate_external_id), col(Hire.employee_id), col(Hire.started_on), col(Hire.sealed))
        )
        if employee in opened
    ]


def _outcomes(session: Session, opened: Mapping[str, DataKey], hired: Hired) -> pl.DataFrame:
    by_employee = {employee: person for person in hired.people for employee in person.employees}
    pay: dict[int, list[tuple[date, Mapping[str, Any]]]] = defaultdict(list)
    exits: dict[int, list[tuple[date, str | None]]] = defaultdict(list)
    for employee, on, sealed in _lines(session, EmployeePay, EmployeePay.effective_on):
        if employee in by_employee:
            pay[by_employee[employee].interview.number].append((on, _read(opened[employee], sealed)))
    for employee, on, sealed in _lines(session, EmployeeExit, EmployeeExit.left_on):
        if employee in by_employee:
            exits[by_employee[employee].interview.number].append((on, _read(opened[employee], sealed)["reason"]))
    told_at = session.execute(columns(func.max(EmployeeExit.imported_at))).scalar()
    known_until = told_at.date() if told_at else None
    marks = _performance(session, opened, by_employee)
    lines = []
    for person in hired.people:
        number, family, start = person.interview.number, person.interview.family, person.hire.started_on
        performance = marks.get(number, (None, "not_rated"))
        lines += [
            (number, family, "performance", *performance),
            (number, family, "pay_growth", *pay_growth(start, person.hire.pay, pay[number])),
            (number, family, "stayed_90_days", *stayed_90_days(start, exits[number], known_until)),
            (number, family, "stayed_a_year", *stayed_a_year(start, exits[number], known_until)),
        ]
    return pl.DataFrame(lines, schema=OUTCOMES_OF_HIRES, orient="row")


def _performance(
    session: Session, opened: Mapping[str, DataKey], by_employee: Mapping[str, HiredPerson]
) -> dict[int, tuple[float | None, str | None]]:
    rows = []
    for employee, period, sealed, source in session.execute(
        columns(
            col(PerformanceRating.employee_id),
            col(PerformanceRating.period),
            col(PerformanceRating.sealed),
            col(PerformanceRating.source),
        ),
        execution_options={"yield_per": AT_ONCE},
    ):
        if employee in opened:
            told = _read(opened[employee], sealed)
            person = by_employee.get(employee)
            after = person is not None and end_of_term(period) > person.hire.started_on
            number = person.interview.number if person is not None and after else None
            rows.append((number, source, period, told["scale"], told["position"]))
    found = standardise(pl.DataFrame(rows, schema=APPRAISALS, orient="row"))
    return {
        person: (value, None if value is not None else "set_aside")
        for person, value in found.select("person", "value").iter_rows()
    }


def _rated_elsewhere(session: Session, families: _Families, hired: Hired) -> frozenset[int]:
    """People whose competencies were rated at work under the name of another family."""
    by_employee = {employee: person.interview for person in hired.people for employee in person.employees}
    rows = session.execute(columns(col(CompetencyRating.employee_id), col(CompetencyRating.family)).distinct())
    return frozenset(
        interview.number
        for employee, name in rows
        if name and (interview := by_employee.get(employee)) and name.casefold() not in families.names[interview.family]
    )


def _lines(session: Session, table: type[EmployeePay] | type[EmployeeExit], on: Any) -> Iterator[tuple[str, date, str]]:
    rows = session.execute(columns(col(table.employee_id), col(on), col(table.sealed)))
    yield from ((employee, day, sealed) for employee, day, sealed in rows)


def _read(key: DataKey, sealed: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(key.open(sealed, PURPOSE))
    return told


def end_of_term(period: str) -> date:
    """The first day after a period of appraisal: 2024, 2024H1, 2024Q3 or 2024-03."""
    year = int(period[:4])
    if "H" in period:
        month = 6 * int(period[5:])
    elif "Q" in period:
        month = 3 * int(period[5:])
    else:
        month = int(period[5:]) if "-" in period else 12
    return date(year + (month == 12), month % 12 + 1, 1)
