"""Interviews, hires and what became of them, read from our tables into the frames of `people.py`.

Whoever was erased, as candidate or as employee, is left out. Sealed rows are opened in memory and nothing of them is
kept but figures.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
    EmployeePay,
    Interview,
    PerformanceRating,
    Position,
    Report,
)
from core.tables.candidate import PSEUDONYM
from hr_bridge.employment import A_YEAR, NINETY_DAYS, HiredPerson, find_hired, stay
from hr_bridge.employment_reader import exits_known_until, read_exits, read_hire_lines
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.insights.validity.later import pay_growth
from hr_bridge.insights.validity.people import APPRAISALS, OUTCOMES_OF_HIRES, SCORES, People, standardise
from hr_bridge.insights.validity.shapes import DELIVERY, MATCH, OUTCOMES, Outcome
from hr_bridge.position import PositionProfile

AT_ONCE: Final = 2000
"""Rows that the database hands over at a time."""


@dataclass(frozen=True, slots=True)
class _Families:
    of_position: Mapping[str, str]
    names: Mapping[str, frozenset[str]]
    """Everything that another system may call a family, by family, in lower case."""


@dataclass(frozen=True, slots=True)
class ScoredInterview:
    """`number` is its `person` in the frames."""

    number: int
    family: str
    invited_on: date
    finished_on: date | None


def read_people(session: Session, keys: KeyRing) -> People:
    """Read everybody who was interviewed and scored, and what became of those hired. The newest report counts."""
    families = _families(session)
    scores, interviews = _scores(session, families)
    opened = _open_keys(session, keys)
    hired, earlier = find_hired(read_hire_lines(session), interviews)
    elsewhere = _rated_elsewhere(session, families, hired)
    return People(
        scores,
        _outcomes(session, keys, opened, hired),
        moved=Counter(
            each.interview.family for each in hired if each.interview.number in elsewhere or _moved(each, interviews)
        ),
        doubled=_doubled(hired),
        started={person.interview.number: person.hire.started_on for person in hired},
        earlier=Counter(one.family for one in earlier),
    )


def _moved(person: HiredPerson[ScoredInterview], interviews: Mapping[str, Sequence[ScoredInterview]]) -> bool:
    """Whether they were hired again for another family."""
    led_to = (
        done[-1].family
        for line in person.lines
        if line.employee is not None
        and (done := [one for one in interviews.get(line.candidate, ()) if one.invited_on <= line.started_on])
    )
    return any(family != person.interview.family for family in led_to)


def _doubled(hired: Sequence[HiredPerson[ScoredInterview]]) -> Counter[str]:
    """Records of a file beyond the one that counts."""
    found: Counter[str] = Counter()
    for person in hired:
        if (more := sum(line.employee is not None for line in person.lines) - 1) > 0:
            found[person.interview.family] += more
    return found


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
            col(Interview.invited_at),
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
        finished_on = row.finished_at.date() if row.finished_at else None
        found = ScoredInterview(number, family, row.invited_at.date(), finished_on)
        interviews[row.external_id or row.id].append(found)
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


def _outcomes(
    session: Session, keys: KeyRing, opened: Mapping[str, DataKey], hired: Sequence[HiredPerson[ScoredInterview]]
) -> pl.DataFrame:
    by_employee = {employee: person for person in hired for employee in person.employees}
    pay: dict[int, list[tuple[date, Mapping[str, Any]]]] = defaultdict(list)
    rows = session.execute(
        columns(col(EmployeePay.employee_id), col(EmployeePay.effective_on), col(EmployeePay.sealed))
    )
    for employee, on, sealed in rows:
        if employee in by_employee:
            pay[by_employee[employee].interview.number].append((on, _read(opened[employee], sealed)))
    exits, known_until = read_exits(session, keys, by_employee), exits_known_until(session)
    marks = _performance(session, opened, by_employee)
    lines: list[tuple[int, str, Outcome, float | None, str | None]] = []
    for person in hired:
        number, family, employee = person.interview.number, person.interview.family, person.hire.employee
        if employee is None:
            lines += [(number, family, outcome, None, "no_record") for outcome in OUTCOMES]
            continue
        agreed = _read(opened[employee], person.hire.sealed)
        left = [one for each in person.employees for one in exits.get(each, ())]
        lines += [
            (number, family, "performance", *marks.get(number, (None, "not_rated"))),
            (number, family, "pay_growth", *pay_growth(person.hire.started_on, agreed, pay[number])),
            (number, family, "stayed_90_days", *stay(person.starts, left, known_until, NINETY_DAYS)),
            (number, family, "stayed_a_year", *stay(person.starts, left, known_until, A_YEAR)),
        ]
    return pl.DataFrame(lines, schema=OUTCOMES_OF_HIRES, orient="row")


def _performance(
    session: Session, opened: Mapping[str, DataKey], by_employee: Mapping[str, HiredPerson[ScoredInterview]]
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


def _rated_elsewhere(
    session: Session, families: _Families, hired: Sequence[HiredPerson[ScoredInterview]]
) -> frozenset[int]:
    """People whose competencies were rated at work under the name of another family."""
    by_employee = {employee: person.interview for person in hired for employee in person.employees}
    rows = session.execute(columns(col(CompetencyRating.employee_id), col(CompetencyRating.family)).distinct())
    return frozenset(
        interview.number
        for employee, name in rows
        if name and (interview := by_employee.get(employee)) and name.casefold() not in families.names[interview.family]
    )


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
