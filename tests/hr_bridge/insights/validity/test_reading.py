from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, col, select

from core.clock import now
from core.database import Database
from core.encryption import KeyRing, new_master_key
from core.tables import Applicant, Candidate, Employee, Hire, Interview, Position
from hr_bridge.imports.importer import import_file
from hr_bridge.imports.set_up import open_keepers
from hr_bridge.insights.course_reader import Period, read_courses
from hr_bridge.insights.validity.people import People
from hr_bridge.insights.validity.reading import end_of_term, read_people
from hr_bridge.position import load_positions
from tests.hr_bridge.profile.people import keep_employee, keep_hire, keep_rating, keep_report

KEYS = KeyRing(new_master_key())
LONG_AGO = now().date() - timedelta(days=500)
YEAR = str(now().year - 1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/insights.sqlite")
    SQLModel.metadata.create_all(database.engine)
    with database.unit_of_work() as session:
        for profile in load_positions():
            row = Position(key=profile.key, version=1, profile=profile.model_dump(mode="json"), created_at=now())
            session.add(row)
    yield database
    database.close()


def sales(session: Session) -> Position:
    return session.exec(select(Position).where(Position.key == "sales")).one()


def outcome(people: People, name: str) -> list[tuple[float | None, str | None]]:
    rows = [row for row in people.outcomes.iter_rows(named=True) if row["outcome"] == name]
    return [(row["value"], row["why"]) for row in rows]


def read(database: Database) -> People:
    with database.reading() as session:
        return read_people(session, KEYS)


def test_scores_meet_appraisals_that_came_after_the_start(database: Database) -> None:
    with database.unit_of_work() as session:
        for place in range(6):
            appraisals = {YEAR: 0.2 + place / 10, "2019": 1.0 - place / 10}
            keep_hire(
                session, KEYS, sales(session), {"results": 60.0 + place}, appraisals=appraisals, started_on=LONG_AGO
            )
        keep_employee(session, KEYS, {YEAR: 0.9})
    people = read(database)
    values = [value for value, _ in outcome(people, "performance")]
    assert sorted(values) == values, "2019 was before they came, or the order would be lost"
    assert people.scores["score"].unique().to_list() == ["results"]
    assert set(people.outcomes["family"]) == {"sales"}


def test_exits_and_pay_come_from_files_and_are_matched_by_the_hire(database: Database) -> None:
    with database.unit_of_work() as session:
        employee = keep_hire(
            session, KEYS, sales(session), {"results": 80.0}, started_on=LONG_AGO,
            package={"base": 10_000, "currency": "CNY", "period": "month", "months": 12},
        )  # fmt: skip
        keep_hire(session, KEYS, sales(session), {"results": 50.0}, started_on=LONG_AGO)
        name = session.get_one(Employee, employee).external_id
    keepers = open_keepers(database, KEYS)
    raised = LONG_AGO + timedelta(days=365)
    pay = f"员工编号,生效日期,基本工资,币种,周期\n{name},{raised},11000,CNY,月\n{name},{raised},很多,CNY,月\n".encode()
    report = import_file(pay, "调薪.csv", keepers, kind=None, preset=None, dry_run=False)
    assert (report.kind, report.new, report.refused) == ("pay_changes", 1, 1)
    exits = f"员工编号,离职日期,离职原因\n{name},{LONG_AGO + timedelta(days=400)},主动离职\n".encode()
    import_file(exits, "离职.csv", keepers, kind="exits", preset=None, dry_run=False)
    people = read(database)
    assert outcome(people, "pay_growth") == [(pytest.approx(10.0), None), (None, "no_pay")]
    assert outcome(people, "stayed_a_year") == [(1.0, None), (1.0, None)]


def test_a_mark_on_a_scale_that_nobody_can_read_is_refused_with_what_to_write(database: Database) -> None:
    data = "员工编号,考核周期,评分,量表\nE1,2025,优,看情况\n".encode()
    report = import_file(data, "绩效.csv", open_keepers(database, KEYS), kind=None, preset=None, dry_run=False)
    assert (report.new, report.refused) == (0, 1)
    assert "从好到差写成 S>A>B>C" in report.remarks[0].why.zh


def test_whoever_was_erased_as_candidate_or_employee_is_left_out(database: Database) -> None:
    with database.unit_of_work() as session:
        for _ in range(3):
            keep_hire(session, KEYS, sales(session), {"results": 80.0})
        session.exec(select(Employee)).all()[0].wrapped_key = None
        session.exec(select(Candidate)).all()[2].wrapped_key = None
    people = read(database)
    assert people.scores["person"].n_unique() == 2
    assert people.outcomes["person"].n_unique() == 1


def test_the_newest_report_counts_and_another_family_rating_is_a_change_of_position(database: Database) -> None:
    with database.unit_of_work() as session:
        employee = keep_hire(session, KEYS, sales(session), {"results": 40.0})
        keep_report(session, session.exec(select(Interview)).one(), {"results": 55.0}, version=2)
        keep_rating(session, KEYS, employee, "results", 0.5, "生产主管", "2025")
        keep_rating(session, KEYS, employee, "results", 0.5, "sales", "2025H2")
    people = read(database)
    assert people.scores["value"].to_list() == [55.0]
    assert dict(people.moved) == {"sales": 1}


def test_a_hire_may_name_our_own_id_where_the_hr_system_has_none(database: Database) -> None:
    with database.unit_of_work() as session:
        keep_hire(session, KEYS, sales(session), {"results": 40.0})
        candidate = session.exec(select(Candidate)).one()
        candidate.external_id = None
        session.exec(select(Hire)).one().candidate_external_id = candidate.id
    assert read(database).outcomes["person"].n_unique() == 1


def test_the_board_and_the_study_count_the_same_hires_and_the_same_stays(database: Database) -> None:
    started = LONG_AGO
    with database.unit_of_work() as session:
        place = sales(session)
        keep_hire(session, KEYS, place, {"results": 50.0}, started_on=started, left=(started + timedelta(30), "layoff"))
        keep_hire(
            session, KEYS, place, {"results": 51.0}, started_on=started, left=(started + timedelta(30), "voluntary")
        )
        keep_hire(
            session, KEYS, place, {"results": 52.0}, started_on=started, left=(started + timedelta(200), "dismissed")
        )
        keep_hire(session, KEYS, place, {"results": 53.0}, started_on=now().date() - timedelta(days=89))
        keep_hire(session, KEYS, place, {"results": 54.0}, started_on=started)
        keep_hire(session, KEYS, place, {"results": 55.0}, started_on=started)
        marked = session.exec(select(Interview).order_by(col(Interview.id))).all()[-1]
        session.exec(
            select(Hire).where(Hire.candidate_external_id == Candidate.external_id, Candidate.id == marked.candidate_id)
        ).one().candidate_external_id = "somebody else"
        told = {
            "remote_version": "1",
            "standing": "hired",
            "arrived_at": now(),
            "changed_at": now(),
            "hired_on": started,
        }
        session.add(Applicant(connector="odoo", remote_id="7", interview_id=marked.id, **told))
        everybody = Period(datetime(2000, 1, 1, tzinfo=UTC), now() + timedelta(days=1))
    with database.reading() as session:
        courses = read_courses(session, KEYS, everybody, now().date())
    stays = sorted(str(value) for value, _ in outcome(read(database), "stayed_90_days"))
    assert sum(course.hired for course in courses) == len(stays) == 6
    assert sorted(str(None if one.stayed is None else float(one.stayed)) for one in courses) == stays
    assert read(database).started.keys() == set(range(6))


@pytest.mark.parametrize(
    ("period", "end"),
    [("2024", (2025, 1)), ("2024H1", (2024, 7)), ("2024H2", (2025, 1)), ("2024Q3", (2024, 10)), ("2024-12", (2025, 1))],
)
def test_a_term_ends(period: str, end: tuple[int, int]) -> None:
    assert end_of_term(period) == date(*end, 1)


def test_whose_data_went_by_retention_still_counts_under_the_pseudonym(database: Database) -> None:
    with database.unit_of_work() as session:
        for place in range(6):
            keep_hire(session, KEYS, sales(session), {"results": 60.0 + place}, appraisals={}, started_on=LONG_AGO)
        for interview in session.exec(select(Interview)).all():
            before = session.get_one(Candidate, interview.candidate_id)
            kept = before.model_dump() | {"id": f"P-{before.id}", "wrapped_key": None, "name_sealed": ""}
            session.add(Candidate(**kept))
            session.flush()
            interview.candidate_id = f"P-{before.id}"
    assert read(database).scores["person"].n_unique() == 6
