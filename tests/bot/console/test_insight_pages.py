from __future__ import annotations

import re

import pytest
from sqlmodel import col, select

from bot import demo_outcomes
from bot.demo_outcomes import RealHiresThere, make_outcomes
from core.tables import AuditEntry
from hr_bridge.insights.simulated import Truth
from hr_bridge.insights.validity import study
from hr_bridge.insights.validity.reading import read_people
from tests.bot.console.house import House

PAGE = "/console/insights"


def findings(house: House) -> set[tuple[str, str, str]]:
    with house.services.database.reading() as session:
        found = study(read_people(session, house.services.keys))
    return {
        (one.family, one.score, one.outcome)
        for family in found.families
        for one in family.links
        if one.verdict == "finding"
    }


async def test_before_there_is_anything_the_page_says_what_to_bring(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        assert "导入入职、绩效、离职和调薪记录" in (await browser.get(PAGE)).text
    async with house.signed_in("hr") as browser:
        assert (await browser.get(PAGE)).status_code == 403


async def test_a_plain_reader_finds_what_predicts_performance_how_sure_that_is_and_what_is_not_known(
    house: House,
) -> None:
    make_outcomes(house.services)
    async with house.signed_in("recruiter") as browser:
        technical = (await browser.get(f"{PAGE}?family=technical")).text
        production = (await browser.get(f"{PAGE}?family=production")).text
        await browser.post("/console/language", data={"csrf": _csrf(technical), "language": "en", "next": PAGE})
        sales = (await browser.get(f"{PAGE}?family=sales")).text
    answers = technical[
        technical.index('class="answers"') : technical.index("</ul>", technical.index('class="answers"'))
    ]
    assert re.search(r"逻辑思维得分高的人，绩效更好：r = 0\.\d\d，95% 区间 0\.\d\d 至 0\.\d\d（n = \d+）。", answers)
    assert re.search(r"得分最高的三分之一，绩效比最低的三分之一高 \d+%（95% 区间", answers)
    assert "薪酬增长：" in answers
    assert '<path class="dots" d="M' in technical
    assert "只有 9 人，少于 10 人不下结论" in production
    assert '<path class="dots"' not in production
    assert re.search(r"Higher customer communication goes with faster pay growth: r = 0\.\d\d", sales)
    assert "none of them exists" in sales
    with house.services.database.reading() as session:
        read = session.exec(select(AuditEntry.subject).where(AuditEntry.action == "insights_read")).all()
        assert list(read) == ["technical", "production", "sales"] or sorted(read) == [
            "production",
            "sales",
            "technical",
        ]


async def test_the_demo_s_truth_is_found_and_no_more_and_nothing_without_effects(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_outcomes(house.services)
    found = findings(house)
    assert {
        ("technical", "logical_thinking", "performance"),
        ("sales", "customer_communication", "pay_growth"),
    } <= found
    # The match holds the competency that has the effect, so it may show as well; nothing else has any.
    assert {(family, outcome) for family, _, outcome in found} == {
        ("technical", "performance"),
        ("sales", "pay_growth"),
    }
    with pytest.raises(RealHiresThere, match="made once"):
        make_outcomes(house.services)


async def test_without_effects_the_demo_shows_no_finding(house: House) -> None:
    make_outcomes(house.services, with_effects=False)
    assert findings(house) == set()


async def test_real_hires_are_never_mixed_with_simulated_ones(house: House) -> None:
    from bot.positions import newest_position
    from core.tables import Candidate
    from tests.hr_bridge.profile.people import keep_hire

    with house.services.database.unit_of_work() as session:
        keep_hire(session, house.services.keys, newest_position(session, "sales"), {"results": 80.0})
    with pytest.raises(RealHiresThere):
        make_outcomes(house.services)
    with house.services.database.reading() as session:
        assert len(session.exec(select(Candidate).where(col(Candidate.external_id).startswith("demo"))).all()) == 0


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("r", "said", "unsaid"),
    [(0.42, "可以更看重“逻辑思维”", "当心"), (-0.42, "当心：“逻辑思维”得分高的人", "可以更看重")],
)
async def test_a_score_that_goes_with_worse_performance_is_nothing_to_choose_by(
    house: House, monkeypatch: pytest.MonkeyPatch, r: float, said: str, unsaid: str
) -> None:
    truth = {"software_engineer": (Truth(performance=("logical_thinking", r)), 520, 220)}
    monkeypatch.setattr(demo_outcomes, "TRUTHS", truth)
    make_outcomes(house.services)
    async with house.signed_in("recruiter") as browser:
        page = (await browser.get(f"{PAGE}?family=technical")).text
    assert said in page
    assert unsaid not in page
