from __future__ import annotations

import numpy as np
import pytest

from hr_bridge.insights.channels import compare_channels, stage_share
from hr_bridge.insights.cost import ChannelPrice, Costs
from hr_bridge.insights.proportion import Share
from tests.hr_bridge.insights.people import course, crowd, hired

BOARDS, REFERRALS = "招聘网站", "内推"


def test_forty_percent_of_job_boards_and_sixty_of_referrals_is_advice_with_its_interval() -> None:
    report = compare_channels([*crowd(300, 120, channel=BOARDS), *crowd(300, 180, channel=REFERRALS)], Costs())
    rates = {line.channel: line.stages["started"].rate for line in report.lines}
    assert rates == {BOARDS: 0.4, REFERRALS: 0.6}
    best = report.advice[0]
    assert (best.channel, best.feed) == (REFERRALS, True)
    assert round(best.gain.point * 100) == 20
    assert (round(best.gain.low * 100), round(best.gain.high * 100)) == (12, 28)


def test_the_same_rates_of_ten_people_each_are_no_advice() -> None:
    report = compare_channels([*crowd(10, 4, channel=BOARDS), *crowd(10, 6, channel=REFERRALS)], Costs())
    assert report.advice == ()
    assert report.comparisons == 0


def test_the_same_rates_of_thirty_people_each_leave_the_interval_open() -> None:
    report = compare_channels([*crowd(30, 12, channel=BOARDS), *crowd(30, 18, channel=REFERRALS)], Costs())
    assert report.advice == []
    assert report.comparisons == 2


def test_a_channel_that_takes_part_more_but_passes_less_is_not_to_be_fed() -> None:
    report = compare_channels(
        [*crowd(300, 120, 110, 90, channel=BOARDS), *crowd(300, 180, 170, 30, channel=REFERRALS)], Costs()
    )
    best = report.advice[0]
    assert best.gain.low > 0
    assert best.worse_at == ("passed",)
    assert not best.feed


def test_people_of_an_unknown_channel_are_counted_and_never_advised_on() -> None:
    everybody = [*crowd(300, 250), *crowd(100, 40, channel=BOARDS), *crowd(100, 41, channel=REFERRALS)]
    report = compare_channels(everybody, Costs())
    assert report.lines[-1].channel is None
    assert report.lines[-1].invited == 300
    assert report.advice == []


def test_the_stay_is_a_share_of_those_of_whom_it_is_known() -> None:
    people = [hired(20, n, channel=BOARDS, stayed=stayed) for n, stayed in enumerate([True, True, False, None])]
    (line,) = compare_channels(people, Costs()).lines
    assert (line.stages["stayed"].count, line.stages["stayed"].of) == (2, 3)
    assert line.stages["hired"].count == 4


def test_cost_per_hire_holds_the_channels_own_price() -> None:
    costs = Costs(interview=2.0, channels={REFERRALS: ChannelPrice(800, "hire"), BOARDS: ChannelPrice(10, "invited")})
    people = [
        *(hired(20, n, channel=REFERRALS) for n in range(2)),
        *crowd(8, 4, 4, channel=REFERRALS),
        *crowd(5, channel=BOARDS),
    ]
    lines = {line.channel: line for line in compare_channels(people, costs).lines}
    assert lines[REFERRALS].cost_per_hire == pytest.approx((6 * 2.0 + 2 * 800) / 2)
    assert lines[BOARDS].cost == 50
    assert lines[BOARDS].cost_per_hire is None


def test_without_prices_there_is_no_cost() -> None:
    (line,) = compare_channels([hired(20, channel=BOARDS)], Costs()).lines
    assert line.cost is None
    assert line.cost_per_hire is None


def test_chance_alone_gives_advice_in_at_most_six_of_a_hundred_reports() -> None:
    rng = np.random.default_rng(3)
    advised = 0
    for counts in rng.binomial(60, 0.5, (400, 5)):
        everybody = [one for name, k in zip("abcde", counts, strict=True) for one in crowd(60, int(k), channel=name)]
        advised += bool(compare_channels(everybody, Costs()).advice)
    assert advised <= 24


def test_opening_is_counted_of_those_whose_links_are_not_deleted_by_policy() -> None:
    whole = [course(number, opened=number < 8, started=number < 5) for number in range(10)]
    records = [course(10 + number, opened=number < 5, started=number < 5, record_only=True) for number in range(10)]
    assert stage_share([*whole, *records], "opened") == Share(8, 10)
    assert stage_share([*whole, *records], "started") == Share(10, 20)
