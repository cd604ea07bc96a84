"""What files and houses bring that is no good: explained, refused or handled, never a number that is not true.

From the file over the import to what the study says. Policies that contradict
themselves are in tests/hr_bridge/test_policy.py, a pack under two policies in tests/bot/audit_pack/test_pack.py, one group
only in test_fairness.py, a restore from before an erasure in tests/bot/privacy/test_backup.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from core.clock import now
from core.database import Database
from core.encryption import KeyRing, new_master_key
from core.tables import Employee, Hire, Position
from hr_bridge.imports.importer import import_file
from hr_bridge.imports.report import ImportReport
from hr_bridge.imports.set_up import open_keepers
from hr_bridge.insights.validity import Link, study
from hr_bridge.insights.validity.people import People
from hr_bridge.insights.validity.reading import read_people
from hr_bridge.insights.validity.words import sentence_of
from hr_bridge.position import load_positions
from tests.hr_bridge.profile.people import keep_hire

KEYS = KeyRing(new_master_key())
STARTED = now().date() - timedelta(days=800)
YEAR = now().year - 1
HEAD = "员工编号,考核周期,评分,量表"


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


def hire(database: Database, scores: list[float]) -> list[str]:
    """People of these scores in `results`, hired long ago; how files call them."""
    with database.unit_of_work() as session:
        sales = session.exec(select(Position).where(Position.key == "sales")).one()
        ids = [keep_hire(session, KEYS, sales, {"results": one}, appraisals={}, started_on=STARTED) for one in scores]
        return [session.get_one(Employee, one).external_id for one in ids]


def take(database: Database, *lines: str, name: str = "绩效.csv") -> ImportReport:
    data = "\n".join((HEAD, *lines)).encode()
    return import_file(data, name, open_keepers(database, KEYS), kind="performance", preset=None, dry_run=False)


def people_of(database: Database) -> People:
    with database.reading() as session:
        return read_people(session, KEYS)


def performance(database: Database) -> Link:
    found = study(people_of(database))
    (family,) = (each for each in found.families if each.hires)
    return next(each for each in family.linked("performance") if each.score == "results")


SCORES = [60.0 + place for place in range(12)]


def test_a_file_on_another_scale_says_the_same(database: Database) -> None:
    names = hire(database, SCORES)
    take(database, *(f"{name},{YEAR},{1 + place % 5},1-5" for place, name in enumerate(names)), name="甲部门.csv")
    one = performance(database).association
    words = "DCBAS"
    take(
        database,
        *(f"{name},{YEAR},{words[place % 5]},S>A>B>C>D" for place, name in enumerate(names)),
        name="乙部门.csv",
    )
    other = performance(database).association
    assert one is not None
    assert other is not None
    assert other.r == pytest.approx(one.r)


@pytest.mark.parametrize(
    ("rating", "scale"), [("6", "1-5"), ("nan", "1-5"), ("inf", "0-100"), ("4", ""), ("优", "1-5"), ("4", "5-5")]
)
def test_a_mark_that_does_not_lie_on_its_scale_is_refused_and_counts_as_missing(
    database: Database, rating: str, scale: str
) -> None:
    names = hire(database, SCORES)
    report = take(database, *(f"{name},{YEAR},{rating},{scale}" for name in names))
    assert (report.new, report.refused) == (0, len(names))
    link = performance(database)
    assert (link.verdict, link.n, link.association) == ("refused", 0, None)


def test_an_employee_twice_in_a_file_with_two_marks_counts_once(database: Database) -> None:
    names = hire(database, SCORES)
    marks = [f"{name},{YEAR},{1 + place % 5},1-5" for place, name in enumerate(names)]
    take(database, *marks, f"{names[0]},{YEAR},5,1-5", *marks[:3])
    assert performance(database).n == len(names)
    again = take(database, *marks)
    assert again.new == 0
    assert performance(database).n == len(names)


def test_a_person_of_two_employee_numbers_is_one_person(database: Database) -> None:
    names = hire(database, SCORES)
    with database.unit_of_work() as session:
        candidate = session.exec(select(Hire)).first()
        assert candidate is not None
        second = Employee(external_id="E-second", wrapped_key=KEYS.new_wrapped_key(), created_at=now())
        session.add(second)
        session.flush()
        told = {"sealed": candidate.sealed, "source": "f", "imported_at": now()}
        session.add(
            Hire(
                candidate_external_id=candidate.candidate_external_id,
                employee_id=second.id,
                started_on=STARTED + timedelta(days=300),
                **told,
            )
        )
    take(database, *(f"{name},{YEAR},{1 + place % 5},1-5" for place, name in enumerate([*names, "E-second"])))
    assert performance(database).n == len(names)
    assert people_of(database).doubled == {"sales": 1}


def test_missing_outcomes_are_not_taken_for_bad_ones(database: Database) -> None:
    names = hire(database, SCORES)
    take(database, *(f"{name},{YEAR},{1 + place % 5},1-5" for place, name in enumerate(names[:10])))
    family = next(each for each in study(people_of(database)).families if each.hires)
    count = next(each for each in family.counts if each.outcome == "performance")
    assert (count.n, dict(count.missing)) == (10, {"not_rated": 2})


@pytest.mark.parametrize("scores", [[70.0] * 12, SCORES])
def test_constant_scores_or_constant_marks_give_no_figure(database: Database, scores: list[float]) -> None:
    names = hire(database, scores)
    constant = len(set(scores)) > 1
    take(database, *(f"{name},{YEAR},{3 if constant else 1 + place % 5},1-5" for place, name in enumerate(names)))
    link = performance(database)
    assert (link.verdict, link.association) == ("refused", None)
    assert not any(char == "=" for char in sentence_of(link, "结果导向", "zh"))


def test_three_people_are_told_as_three_and_nothing_is_concluded(database: Database) -> None:
    names = hire(database, SCORES[:3])
    take(database, *(f"{name},{YEAR},{1 + place},1-5" for place, name in enumerate(names)))
    link = performance(database)
    assert (link.verdict, link.association) == ("refused", None)
    assert people_of(database).scores["person"].n_unique() == 3
