from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from core.encryption import new_master_key
from core.tables import Candidate, CandidateCheck
from hr_bridge.imports.check_keeper import KnownCheck, checks_of
from tests.hr_bridge.imports.tables import House, as_csv

HEAD = ("候选人外部编号", "类型", "项目", "结果", "得分", "来源", "日期")
TEST = ("A-1", "笔试", "行政能力测验", "", "85/100", "某测评平台", "2026.11.20")
BACKGROUND = ("A-1", "背景调查", "学历核验", "学历属实", "", "某背调公司", "2026年11月21日")


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path, new_master_key())
    made.add_candidate("A-1")
    return made


def on_file(house: House, place: int = 0) -> list[KnownCheck]:
    with house.database.reading() as session:
        candidate = session.exec(select(Candidate).order_by(Candidate.id)).all()[place]
        return checks_of(session, house.keys, candidate)


def test_tests_and_checks_are_kept_with_source_and_date_and_sealed(house: House, tmp_path: Path) -> None:
    report = house.take(None, as_csv(HEAD, TEST, BACKGROUND), "笔试背调-11月.csv")
    assert (report.kind, report.new, report.refused) == ("checks", 2, 0)
    assert on_file(house) == [
        KnownCheck("background_check", "学历核验", "学历属实", None, "某背调公司", date(2026, 11, 21)),
        KnownCheck("written_test", "行政能力测验", None, "85/100", "某测评平台", date(2026, 11, 20)),
    ]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("imports.sqlite*"))
    assert "学历属实".encode() not in stored
    assert b"85/100" not in stored


def test_the_same_file_twice_changes_nothing_and_a_newer_one_what_it_says_otherwise(house: House) -> None:
    house.take("checks", as_csv(HEAD, TEST, BACKGROUND))
    again = house.take("checks", as_csv(HEAD, TEST, BACKGROUND))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    newer = house.take("checks", as_csv(HEAD, (*TEST[:4], "90/100", *TEST[5:])))
    assert (newer.new, newer.changed) == (0, 1)
    assert [one.score for one in on_file(house)] == [None, "90/100"]


def test_rows_that_cannot_be_taken_are_named(house: House) -> None:
    report = house.take(
        "checks",
        as_csv(
            HEAD,
            ("A-9", *TEST[1:]),
            (*TEST[:3], "", "", *TEST[5:]),
            ("A-1", "面谈", *TEST[2:]),
            (*TEST[:5], "", TEST[6]),
        ),
    )
    assert (report.new, report.refused) == (0, 4)
    said = {one.line: one.why.zh for one in report.remarks}
    assert "没有这个外部编号的候选人" in said[2]
    assert "至少填一个" in said[3]
    assert "笔试或背调" in said[4]
    assert "不能为空" in said[5]


def test_somebody_who_was_invited_again_keeps_their_checks(house: House) -> None:
    house.take("checks", as_csv(HEAD, TEST))
    house.add_candidate("A-1")
    assert house.take("checks", as_csv(HEAD, TEST)).unchanged == 1
    assert len(on_file(house, 0)) == len(on_file(house, 1)) == 1


def test_of_an_erased_candidate_nothing_is_taken_or_shown(house: House) -> None:
    house.take("checks", as_csv(HEAD, TEST))
    with house.database.unit_of_work() as session:
        session.exec(select(Candidate)).one().wrapped_key = None
    assert on_file(house) == []
    report = house.take("checks", as_csv(HEAD, BACKGROUND))
    assert (report.new, report.refused) == (0, 1)
    assert "删除" in report.remarks[0].why.zh


def test_a_dry_run_keeps_nothing(house: House) -> None:
    assert house.take("checks", as_csv(HEAD, TEST), dry_run=True).new == 1
    with house.database.reading() as session:
        assert session.exec(select(CandidateCheck)).all() == []
