from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from core.clock import now
from core.database import Database
from core.encryption import KeyRing, new_master_key
from core.tables import Candidate, MarketPay, PayBand, Position
from hr_bridge.pay.band import Band
from hr_bridge.pay.imported import PayBasis, read_pay_basis
from hr_bridge.position import PositionProfile, load_positions
from tests.hr_bridge.profile.people import keep_hire

KEYS = KeyRing(new_master_key())
PROFILES = {profile.key: profile for profile in load_positions()}
SALES: PositionProfile = PROFILES["sales"]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path}/pay.sqlite")
    SQLModel.metadata.create_all(database.engine)
    with database.unit_of_work() as session:
        for key, profile in PROFILES.items():
            session.add(Position(key=key, version=1, profile=profile.model_dump(mode="json"), created_at=now()))
        session.flush()
        yield session


def band(session: Session, low: float, high: float, **changes: Any) -> None:
    row = {"family": "sales", "grade": "mid", "currency": "CNY", "period": "month", "source": "bands.csv"}
    session.add(PayBand(low=low, high=high, imported_at=now(), **(row | changes)))
    session.flush()


def market(session: Session, median: float, **changes: Any) -> None:
    row = {"family": "sales", "grade": "mid", "currency": "CNY", "period": "month", "source": "market.csv"}
    session.add(MarketPay(p50=median, imported_at=now(), **(row | changes)))
    session.flush()


def basis(session: Session, profile: PositionProfile = SALES, candidate: str = "nobody") -> PayBasis:
    return read_pay_basis(session, KEYS, profile, profile.grade, candidate, "zh")


def test_without_any_import_the_positions_own_bands_hold_and_nothing_is_said(session: Session) -> None:
    found = basis(session)
    assert found.bands == {"junior": Band(7, 10, 13), "mid": Band(10, 13, 13), "senior": Band(13, 17, 13)}
    assert (found.market_median, found.peers, found.notes) == (None, (), ())


def test_an_imported_band_takes_the_place_of_the_positions_and_names_its_file(session: Session) -> None:
    band(session, 11_000, 14_500)
    found = basis(session)
    assert (found.bands["mid"], found.bands["junior"]) == (Band(11, 14.5, 13), Band(7, 10, 13))
    day = now().date().isoformat()
    assert found.notes == (f"中级薪资带取自 bands.csv（{day} 导入）：11,000-14,500 CNY/月。",)


def test_a_yearly_band_is_divided_by_the_positions_months_and_says_so(session: Session) -> None:
    band(session, 130_000, 195_000, period="year")
    found = basis(session)
    assert found.bands["mid"] == Band(10, 15, 13)
    assert found.notes[0].endswith("130,000-195,000 CNY/年，按一年13个月折算为每月 10-15K。")


def test_another_currency_is_never_converted_and_the_next_usable_band_counts(session: Session) -> None:
    band(session, 12_000, 15_000, source="old.csv")
    band(session, 2_000, 3_000, currency="USD", source="new.csv")
    found = basis(session)
    assert found.bands["mid"] == Band(12, 15, 13)
    assert "new.csv" in found.notes[0]
    assert "以 USD 计，与岗位的 CNY 不同；不作汇率换算，未采用。" in found.notes[0]
    assert "old.csv" in found.notes[1]


def test_an_hourly_market_figure_is_not_guessed_into_months(session: Session) -> None:
    market(session, 60, period="hour")
    found = basis(session)
    assert found.market_median is None
    assert "按小时计，无法换算为月薪，未采用" in found.notes[0]


def test_the_market_median_is_read_in_thousands_a_month(session: Session) -> None:
    market(session, 11_500)
    found = basis(session)
    assert found.market_median == 11.5
    assert "市场中位数取自 market.csv" in found.notes[0]


def test_the_market_is_that_of_the_grade_asked_for(session: Session) -> None:
    market(session, 11_500)
    market(session, 15_500, grade="senior")
    assert read_pay_basis(session, KEYS, SALES, "senior", "nobody", "zh").market_median == 15.5


@pytest.mark.parametrize(("family", "grade"), [("销售代表", "中级"), ("Sales Representative", "MID"), ("sales", "P5")])
def test_families_and_grades_are_known_by_the_names_of_the_position(session: Session, family: str, grade: str) -> None:
    band(session, 11_000, 14_000, family=family, grade=grade)
    assert basis(session, SALES.model_copy(update={"company_grades": {"P5": "mid"}})).bands["mid"] == Band(11, 14, 13)


def test_the_closest_name_wins_over_the_family(session: Session) -> None:
    band(session, 9_000, 10_000, family="销售代表")
    band(session, 11_000, 14_000, family="sales", source="newer.csv")
    profile = SALES.model_copy(update={"key": "shop_sales"})
    assert basis(session, profile).bands["mid"] == Band(9, 10, 13)


def test_a_figure_in_no_sensible_range_is_named_and_left_out(session: Session) -> None:
    band(session, 10_000_000, 13_000_000)
    found = basis(session)
    assert found.bands["mid"] == Band(10, 13, 13)
    assert "不在合理范围内，未采用" in found.notes[0]


def test_colleagues_pay_is_that_of_the_grade_who_are_still_here_without_the_candidates_own(session: Session) -> None:
    sales = session.exec(select(Position).where(Position.key == "sales")).one()
    other = session.exec(select(Position).where(Position.key == "software_engineer")).one()
    paid = {"currency": "CNY", "period": "month"}
    for base in (10_500, 11_000, 11_500):
        keep_hire(session, KEYS, sales, {}, package={"base": base, **paid})
    keep_hire(session, KEYS, sales, {}, package={"base": 156_000, "currency": "CNY", "period": "year", "months": 12})
    keep_hire(session, KEYS, sales, {}, package={"base": 2_000, "currency": "USD", "period": "month"})
    keep_hire(
        session, KEYS, sales, {}, package={"base": 9_000, **paid}, left=(now().date() - timedelta(days=9), "voluntary")
    )
    keep_hire(session, KEYS, other, {}, package={"base": 30_000, **paid})
    keep_hire(session, KEYS, sales, {})
    found = basis(session)
    assert sorted(found.peers) == [10.5, 11, 11.5, 13]
    assert found.notes == (
        "同职级比对取自在职人员入职时的约定月薪（hires.csv）；1人因币种或周期不同未计入。",
        "未按性别比对：系统不收集性别。",
    )
    own = session.exec(select(Candidate).order_by(Candidate.created_at)).first()  # type: ignore[arg-type]
    assert own is not None
    assert len(basis(session, candidate=own.id).peers) == 3
    assert read_pay_basis(session, None, SALES, "mid", "nobody", "zh").peers == ()


def test_the_package_of_five_colleagues_is_told_and_that_of_four_is_not(session: Session) -> None:
    sales = session.exec(select(Position).where(Position.key == "sales")).one()
    told = {"base": 11_000, "currency": "CNY", "period": "month", "bonus_share": 0.15}
    for months in (12, 13, 13, 14):
        keep_hire(session, KEYS, sales, {}, package={**told, "months": months})
    assert not any("薪酬组合" in note for note in basis(session).notes)
    keep_hire(session, KEYS, sales, {}, package={**told, "months": 13, "bonus_share": 0.2})
    assert basis(session).notes[-1] == "5名同职级在职人员的薪酬组合中位数：13薪，绩效奖金比例15%。"
