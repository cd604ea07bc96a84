from __future__ import annotations

import re

import pytest
from sqlmodel import select

from bot.console.retuning_view import ProposalRefused, adopt_retuning, read_retuning
from bot.demo_outcomes import make_outcomes
from bot.demographics import keep_answers
from bot.positions import newest_position
from core.clock import now
from core.tables import AuditEntry, Position
from tests.bot.console.house import House, csrf_of
from tests.builders import BUILDER

PAGE = "/console/positions/software_engineer/retuning"


def weigh_wrongly(house: House) -> None:
    """Logical thinking is what tells of performance in the demo; here it weighs a fifth."""
    with house.services.database.unit_of_work() as session:
        position = newest_position(session, "software_engineer")
        profile = dict(position.profile)
        shares = {"logical_thinking": 0.2, "problem_solving": 0.4, "learning": 0.4}
        profile["competencies"] = [one | {"weight": shares[one["key"]]} for one in profile["competencies"]]
        profile["pass_line"] = 70
        profile["policy"] = "us-ca"  # asks for groups, and keeps the answers for four years
        position.profile = profile
        session.add(position)


async def test_an_admin_signs_weights_that_stood_their_test_and_the_position_gets_a_version(house: House) -> None:
    weigh_wrongly(house)
    make_outcomes(house.services, seed=3)
    async with house.signed_in("recruiter") as browser:
        page = (await browser.get(PAGE)).text
        assert 'name="proposal"' not in page
        assert "只供能看公平性页面的人使用" in page
    async with house.signed_in("admin") as browser:
        shown = await browser.get(PAGE)
        assert "没有候选人自愿填写的群体信息" in shown.text
        assert "比现在的权重预测得更准" in shown.text
        assert "在之后入职的人身上检验" in shown.text
        assert re.search(r"达到及格线的由 \d+% 变为 \d+%", shown.text)
        found = re.search(r'name="proposal" value="([0-9a-f]{64})"', shown.text)
        assert found
        stale = await browser.post(PAGE, data={"csrf": csrf_of(shown), "proposal": "0" * 64})
        assert stale.status_code == 422
        answer = await browser.post(PAGE, data={"csrf": csrf_of(shown), "proposal": found[1]})
        assert answer.status_code == 303
    with house.services.database.reading() as session:
        position = newest_position(session, "software_engineer")
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "weights_adopted")).one()
    assert (position.version, entry.subject) == (2, position.id)
    logical = next(one for one in position.profile["competencies"] if one["key"] == "logical_thinking")
    assert 0.2 < logical["weight"] <= 0.35
    assert "岭回归，向原权重收缩" in logical["why"]["zh"]


async def test_with_too_few_hires_the_page_says_how_many_are_needed(house: House) -> None:
    make_outcomes(house.services)
    async with house.signed_in("admin") as browser:
        page = (await browser.get("/console/positions/production_supervisor/retuning")).text
    assert "至少要 60 人" in page
    assert 'name="proposal"' not in page


async def test_a_proposal_that_harms_a_group_says_so_first_and_is_not_adopted_unseen(house: House) -> None:
    weigh_wrongly(house)
    make_outcomes(house.services, seed=3)
    women, men = those_who_lose_and_others(house)
    for interviews, sex in ((women, "female"), (men, "male")):
        for interview in interviews:
            keep_answers(house.services, interview, {"sex": sex})
    async with house.signed_in("recruiter") as browser:
        hidden = (await browser.get(PAGE)).text
        assert "只供能看公平性页面的人使用" in hidden
        assert "请先看这里" not in hidden
        assert "性别" not in hidden
    async with house.signed_in("admin") as browser:
        shown = await browser.get(PAGE)
        assert shown.text.index("请先看这里") < shown.text.index("<table")
        assert re.search(r"性别 · 女：[\d.]+ → 0\.[0-7]\d", shown.text)
        found = re.search(r'name="proposal" value="([0-9a-f]{64})"', shown.text)
        assert found
        form = {"csrf": csrf_of(shown), "proposal": found[1]}
        assert (await browser.post(PAGE, data=form)).status_code == 422
        assert (await browser.post(PAGE, data=form | {"harm_seen": "yes"})).status_code == 303


def those_who_lose_and_others(house: House) -> tuple[list[str], list[str]]:
    """Interviews: whoever passes now and would not, twice as many who never pass beside them; and as many of whom half
    pass either way."""
    from bot.console.retuning_view import _applicants
    from hr_bridge.match import match

    view = read_retuning(house.services, "software_engineer", "zh", BUILDER)
    weights = view.retuning.weights
    assert weights is not None
    with house.services.database.reading() as session:
        fates = {
            one.interview_id: (match(one.scores, view.retuning.present) >= 70, match(one.scores, weights) >= 70)
            for one in _applicants(session, "software_engineer")
        }
    losing, never, always = (
        [interview for interview, fate in fates.items() if fate == wanted]
        for wanted in ((True, False), (False, False), (True, True))
    )
    assert len(losing) >= 5, "the demo has some near the line"
    count = 2 * len(losing)
    return [*losing, *never[:count]], [*always[:count], *never[count : 2 * count]]


async def test_whoever_does_not_see_a_position_sees_no_weights_of_it_either(house: House) -> None:
    house.limit("recruiter", "sales")
    async with house.signed_in("recruiter") as browser:
        assert (await browser.get("/console/positions/sales/retuning")).status_code == 200
        for what in ("weights", "retuning"):
            assert (await browser.get(f"/console/positions/software_engineer/{what}")).status_code == 404


async def test_figures_of_a_family_are_for_whoever_sees_all_its_positions(house: House) -> None:
    with house.services.database.unit_of_work() as session:
        sales = newest_position(session, "sales")
        profile = sales.profile | {"key": "key_accounts"}
        session.add(Position(key="key_accounts", version=1, profile=profile, created_at=now()))
    house.limit("recruiter", "sales")
    async with house.signed_in("recruiter") as browser:
        assert (await browser.get(PAGE.replace("software_engineer", "sales"))).status_code == 403
    async with house.signed_in("admin") as browser:
        assert (await browser.get(PAGE)).status_code == 200


async def test_nobody_adopts_what_was_refused(house: House) -> None:
    make_outcomes(house.services)
    view = read_retuning(house.services, "production_supervisor", "zh", BUILDER)
    with pytest.raises(ProposalRefused):
        adopt_retuning(house.services, "production_supervisor", view.digest, BUILDER, harm_seen=True)
