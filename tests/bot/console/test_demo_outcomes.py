"""The pages about the demo company say what its generator has made true, and nothing more."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from sqlmodel import select

from bot.accounts import Account
from bot.console.board_view import BoardView, Wanted, read_board
from bot.console.fairness_view import FairnessView, read_fairness
from bot.demo_outcomes import CHANNELS, ERASED, GROUPS, NEW_YORK, SHARES, make_outcomes
from bot.privacy.certificate import read_certificate
from bot.privacy.retention import keep_to_policy
from core.clock import now
from core.tables import ErasureRequest, Interview, RetentionRun
from hr_bridge.insights.course import Course
from hr_bridge.insights.fairness import fairness_report
from hr_bridge.insights.simulated_courses import GroupTruth, simulate_courses
from tests.bot.console.house import House

ADMIN = Account(id="user:demo", name="demo", role="admin")
WIDE = 3.5
"""Standard deviations: of 24 true shares none falls outside by chance."""


def board_of(house: House) -> BoardView:
    today = now().astimezone().date()
    return read_board(house.services, Wanted(today - timedelta(days=365), today), "zh", ADMIN)


def fairness_of(house: House) -> FairnessView:
    return read_fairness(house.services, NEW_YORK, None, "zh")


def true_shares(channel: str) -> dict[str, float]:
    """Of the people invited (`opened` of those whose links are not deleted yet); of `stayed` those hired. People of 40 and over are asked for in New York alone."""
    truth, held = CHANNELS[channel], next(one for one in GROUPS if one.question == "age")
    here = SHARES[NEW_YORK] / sum(SHARES.values())
    started = truth.opened * truth.started
    passed = started * truth.finished * truth.passed * (1 - here * held.share * (1 - held.factor))
    return {
        "opened": truth.opened,
        "started": started,
        "finished": started * truth.finished,
        "passed": passed,
        "hired": passed * truth.hired,
        "stayed": truth.stayed,
    }


async def test_the_channel_to_feed_and_those_that_are_behind_are_the_generator_s(house: House) -> None:
    make_outcomes(house.services)
    view = board_of(house)
    lines = {line.channel: line for line in view.channels.lines if line.channel}
    assert set(lines) == set(CHANNELS)
    for channel, line in lines.items():
        for stage, true in true_shares(channel).items():
            found = line.stages[stage].interval_at(WIDE)  # type: ignore[index]
            assert found is not None
            assert found.low <= true <= found.high, (channel, stage)
    advice = {one.channel: one for one in view.channels.advice}
    assert [channel for channel, one in advice.items() if one.feed] == ["内推"]
    assert "passed" in advice["校招"].worse_at
    assert advice["校招"].gain.low > 0
    assert {channel for channel, one in advice.items() if one.gain.high < 0} == {"招聘网站", "BOSS直聘"}
    assert view.channel_sentences[0].startswith("建议多用“内推”")


async def test_what_a_hire_costs_by_channel_is_what_the_printed_prices_make_of_the_truth(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_outcomes(house.services)
    prices = ", ".join(f"{name}={truth.price}" for name, truth in CHANNELS.items())
    monkeypatch.setattr(house.services.settings.cost, "channels", prices)
    lines = {line.channel: line for line in board_of(house).channels.lines}
    assert lines["内推"].cost_per_hire == pytest.approx(800)
    for channel in ("招聘网站", "BOSS直聘", "校招"):
        hired = lines[channel].stages["hired"].interval_at(WIDE)
        cost, price = lines[channel].cost_per_hire, float(CHANNELS[channel].price)
        assert hired is not None
        assert cost is not None
        assert price / hired.high <= cost <= price / hired.low
        assert price / hired.high <= price / true_shares(channel)["hired"] <= price / hired.low


async def test_every_page_begins_with_the_answer_and_what_to_do(house: House) -> None:
    make_outcomes(house.services)
    async with house.signed_in("admin") as browser:
        technical = (await browser.get("/console/insights?family=technical")).text
        production = (await browser.get("/console/insights?family=production")).text
        fairness = (await browser.get(f"/console/fairness?position={NEW_YORK}")).text
        deletions = (await browser.get("/console/privacy")).text
        channels = (await browser.get("/console/board")).text
    assert "可以更看重“逻辑思维”" in technical
    assert "目前没有哪项能力得分可以据以改变做法" in production
    assert "请抽查这一步的决定和理由" in fairness
    assert fairness.count("没有人填写，无法比较") == 1
    assert channels.index("建议多用“内推”") < channels.index("<table")
    today = now().astimezone().date()
    assert f"最近一年有{ERASED}人请求删除资料：已删除{ERASED}人，最近一次在{today}" in deletions
    assert "按政策，最近一年自动删除了" in deletions
    assert deletions.index("没有过期未删的资料，不需要处理") < deletions.index(
        '<form method="post" action="/console/privacy'
    )


async def test_the_group_that_is_held_back_is_named_and_no_other(house: House) -> None:
    make_outcomes(house.services)
    report = fairness_of(house).report
    plain = [
        (table.step, table.dimension, line.group)
        for table, line in report.surely_held_back
        if len(table.dimension) == 1
    ]
    assert plain == [("passed", ("age",), ("40_and_over",))]
    ratio = next(line.ratio for table, line in report.surely_held_back if table.dimension == ("age",))
    assert ratio is not None
    assert 0.3 < ratio < 0.75
    assert {"age"} <= {key for table, _ in report.surely_held_back for key in table.dimension} <= {"age", "sex"}
    scored = next(table for table in report.tables if (table.step, table.dimension) == ("above_median", ("age",)))
    assert {line.verdict for line in scored.lines} <= {"most", "none"}, "the score has no part in it"
    first = fairness_of(house).sentences[0]
    assert first.startswith("有群体落后：“进入下一轮”这一步，40岁及以上的比例是")


async def test_without_effects_no_channel_is_advised_and_no_group_held_back(house: House) -> None:
    make_outcomes(house.services, with_effects=False)
    assert board_of(house).channel_sentences == ["各渠道的参与率看不出明确差别，现有数据不支持调整渠道。"]
    assert not fairness_of(house).report.surely_held_back


async def test_what_was_deleted_is_what_the_policies_say_and_nothing_is_overdue(house: House) -> None:
    made = make_outcomes(house.services)
    with house.services.database.reading() as session:
        runs = session.exec(select(RetentionRun)).all()
        records = [one for one in session.exec(select(Interview)) if one.id.startswith("P-")]
        requests = session.exec(select(ErasureRequest)).all()
        issued = [read_certificate(session, one.id).document for one in requests]
    by_policy = sum(run.removed["interviews"] for run in runs)
    assert by_policy == len(records) - ERASED
    assert made.erased == len(issued) == ERASED
    assert all(one.asked_by == "candidate" and one.key_destroyed_at <= one.finished_at for one in issued)
    removed = keep_to_policy(house.services)
    assert removed is not None
    assert not any(removed.values()), "whatever is due today is gone already"


@pytest.mark.parametrize("factor", [0.4, 1.0])
def test_a_group_s_true_disadvantage_is_found_and_one_that_is_none_is_not(factor: float) -> None:
    """Over a hundred houses: at least 90 with the effect, at most 5 of a hundred without."""
    rng = np.random.default_rng(41)
    truth = GroupTruth("age", "40_and_over", "under_40", share=0.35, factor=factor)
    found = 0
    for _ in range(100):
        people = simulate_courses(rng, {"results": 1.0}, CHANNELS, SHARES[NEW_YORK], (truth,))
        courses, told = [], {}
        for number, one in enumerate(each for each in people if each.finished):
            day = now() - timedelta(days=200)
            courses.append(
                Course(
                    id=str(number),
                    position="any",
                    version=1,
                    channel=one.channel,
                    invited_at=day,
                    finished=True,
                    scored=one.scores["match"],
                    decided_at=day,
                    passed=one.passed,
                )
            )
            told[str(number)] = one.groups
        report = fairness_report(courses, told, ("age",))
        held_back = [(table.step, line.group) for table, line in report.surely_held_back]
        found += ("passed", ("40_and_over",)) in held_back if factor < 1 else bool(held_back)
    assert found >= 90 if factor < 1 else found <= 5


@pytest.mark.parametrize("today", [date(2027, 1, 5), date(2027, 5, 7), date(2028, 12, 31)])
def test_the_people_who_are_compared_by_group_are_of_one_calendar_year(
    today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import demo_outcomes

    at = now().replace(year=today.year, month=today.month, day=today.day, hour=12)
    monkeypatch.setattr(demo_outcomes, "now", lambda: at)
    first, beyond = demo_outcomes._last_year()
    assert first < beyond
    assert len({(at - timedelta(days=days)).year for days in range(first, beyond)}) == 1
