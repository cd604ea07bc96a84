from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_bridge.imports.cells import CellUnreadable
from hr_bridge.imports.kinds import Kind
from hr_bridge.imports.row_reader import RowUnreadable, position_on_scale, read_row
from hr_bridge.imports.rows import CandidateRow, ExitRow, HireRow, MarketRow, PayBandRow, PerformanceRow


def faults(kind: Kind, **texts: str) -> list[tuple[str | None, str]]:
    with pytest.raises(RowUnreadable) as caught:
        read_row(kind, texts, {})
    return [(name, why.en) for name, why in caught.value.faults]


def test_a_candidate_needs_a_name_a_position_and_one_way_to_be_reached() -> None:
    row = read_row(
        "candidates", {"name": "王小明", "position": "sales", "phone": "13812341234.0", "language": "中文"}, {}
    )
    assert row == CandidateRow("王小明", "sales", "+8613812341234", None, None, None, "zh")
    assert [name for name, _ in faults("candidates", phone="1.38E+10")] == ["name", "position", "phone"]
    assert faults("candidates", name="王小明", position="sales") == [
        (None, "A phone number or an e-mail address is needed.")
    ]


def test_a_default_stands_in_for_an_empty_cell_and_never_for_a_full_one() -> None:
    texts = {"name": "王小明", "position": "sales", "email": "a@b.cn", "channel": ""}
    assert read_row("candidates", texts, {"channel": "BOSS直聘"}) == CandidateRow(
        "王小明", "sales", None, "a@b.cn", "BOSS直聘", None, None
    )
    assert read_row("candidates", texts | {"channel": "内推"}, {"channel": "BOSS直聘"}).channel == "内推"  # type: ignore[union-attr]


def test_a_pay_band_needs_its_currency_and_period_from_somewhere() -> None:
    band = {"family": "sales", "grade": "P5"}
    row = PayBandRow("sales", "P5", 10000, 13000, "CNY", "month")
    assert read_row("pay_bands", band | {"low": "1万元/月", "high": "1.3万"}, {}) == row
    assert (
        read_row("pay_bands", band | {"low": "10000", "high": "13k", "currency": "人民币", "period": "月"}, {}) == row
    )
    assert read_row("pay_bands", band | {"low": "10000", "high": "13000"}, {"currency": "CNY", "period": "月"}) == row
    assert [name for name, _ in faults("pay_bands", **band, low="10000", high="13000")] == ["currency", "period"]


def test_contradictions_within_a_row_are_named() -> None:
    band = {"family": "sales", "grade": "P5", "period": "月"}
    assert "lies above" in faults("pay_bands", **band, low="13000", high="10000", currency="CNY")[0][1]
    assert "differ" in faults("pay_bands", **band, low="$9000", high="10000", currency="CNY")[0][1]
    assert "differ" in faults("pay_bands", **band, low="9000/年", high="10000", currency="CNY")[0][1]
    assert "must rise" in faults("market", **band, p25="9000", p50="8000", currency="CNY")[0][1]


def test_percentiles_that_are_not_there_stay_empty() -> None:
    row = read_row("market", {"family": "sales", "grade": "mid", "p50": "¥11000", "p75": "1.3万", "period": "月"}, {})
    assert row == MarketRow("sales", "mid", (None, None, 11000, 13000, None), "CNY", "month")


def test_a_rating_is_kept_as_written_and_where_it_lies_on_its_scale() -> None:
    texts = {"employee": "10023.0", "period": "2025年上半年", "rating": "A", "scale": "S>A>B>C>D"}
    assert read_row("performance", texts, {}) == PerformanceRow("10023", "2025H1", "A", "S>A>B>C>D", 0.75)
    assert faults("performance", **(texts | {"rating": "E"})) == [("rating", "The rating lies outside its scale.")]
    assert [name for name, _ in faults("performance", **(texts | {"scale": ""}))] == ["scale"]


@pytest.mark.parametrize(
    ("rating", "scale", "position"),
    [
        ("4", "1-5", 0.75),
        ("85", "0-100", 0.85),
        ("优秀", "优秀>良好>合格>不合格", 1.0),
        ("b", "A/B/C", 0.5),
        ("3.5", "1～5", 0.625),
    ],
)
def test_scales_of_numbers_and_words(rating: str, scale: str, position: float) -> None:
    assert position_on_scale(rating, scale.replace("～", "~")) == position


@given(st.text(max_size=8), st.text(max_size=12))
def test_a_rating_lies_on_its_scale_or_is_named(rating: str, scale: str) -> None:
    with suppress(CellUnreadable):
        assert 0 <= position_on_scale(rating, scale) <= 1


def test_a_reason_in_free_words_is_not_kept() -> None:
    leaving = {"employee": "E1", "left_on": "2025.6.30"}
    assert read_row("exits", leaving | {"reason": "个人原因"}, {}) == ExitRow("E1", date(2025, 6, 30), "voluntary")
    assert read_row("exits", leaving | {"reason": "和组长吵架"}, {}) == ExitRow("E1", date(2025, 6, 30), "other")
    assert read_row("exits", leaving, {}) == ExitRow("E1", date(2025, 6, 30), None)


def test_a_hire_may_come_with_its_package() -> None:
    hire = {"candidate": "A-1", "employee": "E1", "started_on": "2025年3月"}
    assert read_row("hires", hire, {}) == HireRow("A-1", "E1", date(2025, 3, 1), None, None, None, None, None)
    package = {"base": "12K/月", "currency": "CNY", "months": "13薪", "bonus_share": "20%"}
    assert read_row("hires", hire | package, {}) == HireRow(
        "A-1", "E1", date(2025, 3, 1), 12000, "CNY", "month", 13, 0.2
    )
