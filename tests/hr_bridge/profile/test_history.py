from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, select

from core.clock import now
from core.database import Database
from core.encryption import KeyRing, new_master_key
from core.tables import Candidate, Employee, Interview, Position
from hr_bridge.position import PositionProfile, load_positions
from hr_bridge.profile.history import read_history
from tests.hr_bridge.profile.people import keep_employee, keep_hire, keep_rating, keep_report

KEYS = KeyRing(new_master_key())
PROFILES = {profile.key: profile for profile in load_positions()}
SALES: PositionProfile = PROFILES["sales"]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path}/history.sqlite")
    SQLModel.metadata.create_all(database.engine)
    with database.unit_of_work() as session:
        for key, profile in PROFILES.items():
            session.add(Position(key=key, version=1, profile=profile.model_dump(mode="json"), created_at=now()))
        session.flush()
        yield session


def position(session: Session, key: str = "sales") -> Position:
    return session.exec(select(Position).where(Position.key == key)).one()


def test_scores_of_the_interview_meet_the_appraisals_of_the_person_who_was_hired(session: Session) -> None:
    keep_hire(
        session, KEYS, position(session), {"results": 82.0, "resilience": None}, appraisals={"2024": 1, "2025": 0.5}
    )
    (hire,) = read_history(session, KEYS, SALES)
    assert (hire.interview, hire.performance, hire.stayed) == ({"results": 82.0}, 0.75, None), (
        "nobody has told yet who left"
    )


def test_the_newest_report_of_the_newest_interview_counts(session: Session) -> None:
    keep_hire(session, KEYS, position(session), {"results": 40.0})
    interview = session.exec(select(Interview)).one()
    keep_report(session, interview, {"results": 55.0}, version=2)
    session.flush()
    assert read_history(session, KEYS, SALES)[0].interview == {"results": 55.0}


def test_hires_of_other_families_have_no_part_in_it(session: Session) -> None:
    keep_hire(session, KEYS, position(session, "software_engineer"), {"learning": 80.0}, appraisals={"2025": 1})
    assert read_history(session, KEYS, SALES) == []
    assert len(read_history(session, KEYS, PROFILES["software_engineer"])) == 1


def test_a_dismissal_without_any_appraisal_is_the_worst_performance_and_with_one_it_is_not(session: Session) -> None:
    soon = now().date() - timedelta(days=450)
    place = position(session)
    keep_hire(session, KEYS, place, {}, left=(soon, "probation"))
    keep_hire(session, KEYS, place, {}, left=(soon, "dismissed"), appraisals={"2025": 0.8})
    keep_hire(session, KEYS, place, {}, left=(soon, "voluntary"))
    assert sorted((hire.performance is None, hire.performance) for hire in read_history(session, KEYS, SALES)) == [
        (False, 0.0), (False, 0.8), (True, None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("started", "left", "stayed"),
    [
        (400, None, True),
        (200, None, None),
        (500, (200, "voluntary"), False),
        (500, (200, "layoff"), None),
        (500, (200, None), None),
        (800, (10, "dismissed"), True),
    ],
)
def test_staying_is_a_year_and_says_nothing_before_it_is_over(
    session: Session, started: int, left: tuple[int, str | None] | None, stayed: bool | None
) -> None:
    today = now().date()
    exit_ = (today - timedelta(days=left[0]), left[1]) if left else None
    if left and left[0] == 200:
        exit_ = (today - timedelta(days=started - 200), left[1])
    keep_hire(session, KEYS, position(session), {}, started_on=today - timedelta(days=started), left=exit_)
    keep_employee(session, KEYS, left=(today, "retired"))  # exits are told up to today
    assert read_history(session, KEYS, SALES)[0].stayed is stayed


def test_ratings_at_work_count_under_every_name_of_the_family_and_their_mean_is_taken(session: Session) -> None:
    for family in ("sales", "销售代表", "Sales Representative"):
        employee = keep_employee(session, KEYS, {"2025": 0.5})
        keep_rating(session, KEYS, employee, "results", 0.5, family, "2024")
        keep_rating(session, KEYS, employee, "results", 1.0, family, "2025")
    other = keep_employee(session, KEYS, {"2025": 0.5})
    keep_rating(session, KEYS, other, "results", 0.9, "finance", "2025")
    keep_rating(session, KEYS, other, "learning", 0.9, None, "2025")
    session.flush()
    assert [hire.rated for hire in read_history(session, KEYS, SALES)] == [{"results": 75.0}] * 3


def test_whoever_was_erased_is_left_out(session: Session) -> None:
    place = position(session)
    for _ in range(3):
        keep_hire(session, KEYS, place, {"results": 80.0}, appraisals={"2025": 1})
    session.exec(select(Employee)).all()[0].wrapped_key = None
    session.flush()
    assert len(read_history(session, KEYS, SALES)) == 2
    for candidate in session.exec(select(Candidate)):
        candidate.wrapped_key = None
    session.flush()
    assert read_history(session, KEYS, SALES) == []
