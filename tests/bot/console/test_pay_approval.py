from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from bot.accounts import Account
from bot.console.decisions import decide
from bot.console.pay_approval import OfferInsideRange, ask_for_pay
from bot.console.policy_advance import advance_due
from core.clock import now
from core.tables import AuditEntry, Candidate, Delivery, Interview, MarketPay, PayApproval, PayBand, Report
from hr_bridge.assessment import CandidateAssessment, SuggestedPay
from hr_bridge.delivery import PURPOSE
from hr_bridge.pay.approval import UNTIL
from tests.bot.console.house import House, csrf_of
from tests.bot.console.test_review_pages import set_review, text_of
from tests.builders import ANSWERS, scored_interview

RECRUITER = Account(id="user:recruiter-1", name="李招聘", role="recruiter")
SENIOR = {key: replace(said, level=4.4) for key, said in ANSWERS["zh"].items()}


@pytest.fixture
def strong(house: House) -> str:
    """An interview for the mid grade whose report suggests the senior one."""
    return scored_interview(house.services, answers=SENIOR)


def told(house: House, interview_id: str) -> list[tuple[str, SuggestedPay]]:
    """What each planned delivery says about pay, in order."""
    with house.services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        key = house.services.keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        rows = session.exec(select(Delivery).where(Delivery.interview_id == interview_id).order_by(col(Delivery.id)))
        found = []
        for row in rows:
            pay = CandidateAssessment.from_json(key.open(row.assessment_sealed, PURPOSE)).salary
            assert pay is not None
            found.append((row.kind, pay))
        return found


def suggestion(house: House, interview_id: str) -> dict[str, Any]:
    with house.services.database.reading() as session:
        salary = session.exec(select(Report.salary).where(Report.interview_id == interview_id)).one()
        assert salary is not None
        return salary


def request(house: House) -> PayApproval:
    with house.services.database.reading() as session:
        return session.exec(select(PayApproval).order_by(col(PayApproval.version).desc())).first()  # type: ignore[return-value]


async def settle(house: House, answer: str, role: str = "hr", reason: str = "同意，团队需要") -> Any:
    async with house.signed_in(role) as browser:
        page = await browser.get("/console/approvals")
        form = {"csrf": csrf_of(page), "answer": answer, "reason": reason}
        return await browser.post(f"/console/approvals/{request(house).id}", data=form)


def test_a_report_keeps_what_may_be_told_before_anybody_agreed(house: House, strong: str) -> None:
    salary = suggestion(house, strong)
    assert (salary["regrade"], salary["band"], salary["currency"], salary["period"]) == (
        "senior",
        [13, 17],
        "CNY",
        "month",
    )
    assert salary[UNTIL]["regrade"] is None
    assert salary[UNTIL]["band"] == [10, 13]
    assert salary["package"]["months"] == 13
    assert salary["package"]["probation_pay"] == pytest.approx(salary["point"] * 0.85, abs=0.01)
    assert salary["reasons"][0] == "金额均为税前月薪，K 为千 CNY。"


def test_a_report_rests_on_imported_bands_and_market_and_names_the_files(house: House) -> None:
    with house.services.database.unit_of_work() as session:
        terms = {"family": "销售代表", "currency": "CNY", "imported_at": now()}
        session.add(PayBand(grade="mid", low=143_000, high=182_000, period="year", source="bands.xlsx", **terms))
        session.add(MarketPay(grade="mid", p50=12_600, period="month", source="market.csv", **terms))
    salary = suggestion(house, scored_interview(house.services))
    assert salary["band"] == [11, 14]
    assert salary["recommended"][0] <= salary["point"] == 12.6 <= salary["recommended"][1]
    assert "bands.xlsx" in salary["reasons"][1]
    assert "market.csv" in salary["reasons"][2]


def test_a_regraded_suggestion_is_set_against_the_market_of_the_higher_grade(house: House) -> None:
    with house.services.database.unit_of_work() as session:
        terms = {"family": "sales", "currency": "CNY", "imported_at": now(), "period": "month"}
        session.add(MarketPay(grade="mid", p50=11_000, source="mid.csv", **terms))
        session.add(MarketPay(grade="高级", p50=16_500, source="senior.csv", **terms))
    salary = suggestion(house, scored_interview(house.services, answers=SENIOR))
    assert (salary["regrade"], salary["point"]) == ("senior", 16.5)
    assert salary[UNTIL]["point"] <= 13
    assert any("mid.csv" in reason for reason in salary[UNTIL]["reasons"])
    assert not any("mid.csv" in reason for reason in salary["reasons"])


async def test_a_regrade_reaches_the_hr_system_after_an_approvers_yes_and_not_before(house: House, strong: str) -> None:
    decide(house.services, strong, "advance", "比应聘职级强", RECRUITER)
    for _, pay in told(house, strong):
        assert (pay.regrade, pay.band, pay.awaiting_approval) == (None, (10, 13), True)
        assert max(pay.recommended) <= 13
        assert not any("13-17K" in reason for reason in pay.reasons)
    async with house.signed_in("hr") as browser:
        page = (await browser.get("/console/approvals")).text
    assert "职级：中级 → 高级" in page
    assert "比应聘职级强" in page

    assert (await settle(house, "yes")).status_code == 303
    kind, pay = told(house, strong)[-1]
    assert (kind, pay.regrade, pay.band, pay.approved_by) == ("pay", "senior", (13, 17), "hr")
    assert pay.reasons[-1] == "审批人hr已同意调整职级。"
    async with house.signed_in("recruiter") as browser:
        assert "hr 已同意：同意，团队需要" in (await browser.get(f"/console/interviews/{strong}")).text
    with house.services.database.reading() as session:
        actions = set(session.exec(select(AuditEntry.action).where(AuditEntry.subject == strong)))
    assert {"pay_asked", "pay_approved"} <= actions


async def test_after_a_no_the_hr_system_hears_of_no_regrade(house: House, strong: str) -> None:
    decide(house.services, strong, "advance", "比应聘职级强", RECRUITER)
    before = len(told(house, strong))
    assert (await settle(house, "no", reason="编制已满")).status_code == 303
    assert len(told(house, strong)) == before
    decide(house.services, strong, "advance", "再看一次", RECRUITER)
    pay = told(house, strong)[-1][1]
    assert (pay.regrade, pay.awaiting_approval) == (None, False)
    assert "审批人未同意调整职级" in pay.reasons[-1]
    with house.services.database.reading() as session:
        assert len(session.exec(select(PayApproval)).all()) == 1, "a regrade that was declined is not asked for again"


async def test_an_offer_above_the_range_waits_and_then_becomes_the_point(house: House) -> None:
    interview_id = scored_interview(house.services)
    salary = suggestion(house, interview_id)
    high = salary["recommended"][1]
    decide(house.services, interview_id, "advance", "好", RECRUITER)
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/interviews/{interview_id}")
        assert "申请调整职级或超出建议范围的月薪" in page.text
        ask = f"/console/interviews/{interview_id}/pay"
        form = {"csrf": csrf_of(page), "reason": "客户点名要他"}
        for offer, sentence in (
            (str(high), "无需审批"),
            ("一万二", "请以千为单位"),
            ("-3", "请以千为单位"),
            ("", "无需审批"),
        ):
            answer = await browser.post(ask, data=form | {"offer": offer})
            assert answer.status_code == 422
            assert sentence in answer.text
        assert (await browser.post(ask, data=form | {"offer": str(high + 1)})).status_code == 303
        assert "已有一份申请在等待审批" in (await browser.post(ask, data=form | {"offer": str(high + 2)})).text
        assert (await browser.get("/console/approvals")).status_code == 403
    assert told(house, interview_id)[-1][1].point == salary["point"]

    await settle(house, "yes")
    kind, pay = told(house, interview_id)[-1]
    assert (kind, pay.point, pay.recommended) == ("pay", high + 1, tuple(salary["recommended"]))
    assert pay.package is not None
    assert pay.package.probation_pay == pytest.approx((high + 1) * 0.85, abs=0.01)


async def test_an_offer_in_the_grade_applied_for_is_told_without_the_regrade_that_was_declined(
    house: House, strong: str
) -> None:
    salary = suggestion(house, strong)
    decide(house.services, strong, "advance", "好", RECRUITER)
    await settle(house, "no", reason="编制已满")
    high = salary[UNTIL]["recommended"][1]
    ask_for_pay(house.services, strong, f"{high + 0.5}", False, "留住人", RECRUITER)
    await settle(house, "yes")
    kind, pay = told(house, strong)[-1]
    assert (kind, pay.regrade, pay.band, pay.point) == ("pay", None, (10, 13), high + 0.5)
    assert (pay.awaiting_approval, pay.approved_by) == (False, "hr")


async def test_after_the_regrade_an_offer_above_its_range_waits_again(house: House, strong: str) -> None:
    high = suggestion(house, strong)["recommended"][1]
    decide(house.services, strong, "advance", "好", RECRUITER)
    await settle(house, "yes")
    with pytest.raises(OfferInsideRange):
        ask_for_pay(house.services, strong, str(high), False, "留住人", RECRUITER)
    ask_for_pay(house.services, strong, str(high + 1), False, "留住人", RECRUITER)
    assert told(house, strong)[-1][1].point < high + 1
    await settle(house, "yes")
    pay = told(house, strong)[-1][1]
    assert (pay.regrade, pay.point) == ("senior", high + 1)


async def test_whoever_asked_cannot_agree_and_nobody_answers_twice_or_without_a_reason(
    house: House, strong: str
) -> None:
    async with house.signed_in("admin") as browser:
        page = await browser.get(f"/console/interviews/{strong}")
        form = {"csrf": csrf_of(page), "value": "advance", "reason": "好"}
        await browser.post(f"/console/interviews/{strong}/decision", data=form)
        page = await browser.get("/console/approvals")
        assert "须由其他人审批" in page.text
        own = await browser.post(f"/console/approvals/{request(house).id}", data=form | {"answer": "yes"})
        assert own.status_code == 422
    assert (await settle(house, "yes", reason=" ")).status_code == 422
    assert request(house).approved is None
    assert (await settle(house, "no")).status_code == 303
    again = await settle_by_id(house, request(house).id)
    assert "已有人处理" in again.text


async def settle_by_id(house: House, approval_id: str) -> Any:
    async with house.signed_in("hr") as browser:
        page = await browser.get("/console/approvals")
        form = {"csrf": csrf_of(page), "answer": "yes", "reason": "好"}
        return await browser.post(f"/console/approvals/{approval_id}", data=form)


async def test_once_the_candidate_is_on_hold_there_is_nothing_to_agree_to(house: House, strong: str) -> None:
    decide(house.services, strong, "advance", "好", RECRUITER)
    decide(house.services, strong, "hold", "等一等", RECRUITER)
    answer = await settle(house, "yes")
    assert answer.status_code == 422
    assert "已不是推进" in answer.text


def test_offer_and_reason_are_sealed(house: House, strong: str) -> None:
    decide(house.services, strong, "advance", "比应聘职级强", RECRUITER)
    with house.services.database.reading() as session:
        row = json.dumps(request(house).model_dump(mode="json"), ensure_ascii=False)
        assert session.exec(select(PayApproval)).one()
    assert "比应聘职级强" not in row


async def test_programs_hear_of_a_regrade_no_sooner_than_the_hr_system(house: House, strong: str) -> None:
    decide(house.services, strong, "advance", "比应聘职级强", RECRUITER)
    async with house.visitor("recruiter") as program:
        for path in (f"/api/interviews/{strong}", f"/api/interviews/{strong}/report"):
            pay = (await program.get(path)).json()["salary"]
            assert (pay["regrade"], pay["band"], pay["awaiting_approval"]) == (None, [10, 13], True)
            assert UNTIL not in pay
            assert not any("13-17K" in reason for reason in pay["reasons"])
        await settle(house, "yes")
        assert (await program.get(f"/api/interviews/{strong}")).json()["salary"]["regrade"] == "senior"


async def test_an_offer_is_shown_to_the_approver_beside_the_range_that_it_exceeds(house: House, strong: str) -> None:
    salary = suggestion(house, strong)
    decide(house.services, strong, "advance", "好", RECRUITER)
    await settle(house, "no", reason="编制已满")
    ask_for_pay(house.services, strong, f"{salary[UNTIL]['recommended'][1] + 0.5}", False, "留住人", RECRUITER)
    async with house.signed_in("hr") as browser:
        page = (await browser.get("/console/approvals")).text
    waiting = page[: page.index('id="answered"')]
    assert "薪资带 10–13" in waiting
    assert "薪资带 13–17" not in waiting


async def test_a_regrade_that_the_newest_report_no_longer_suggests_is_not_agreed_to(house: House, strong: str) -> None:
    decide(house.services, strong, "advance", "好", RECRUITER)
    with house.services.database.unit_of_work() as session:
        old = session.exec(select(Report)).one()
        fields = old.model_dump(exclude={"id", "version", "salary"})
        session.add(Report(**fields, version=2, salary=(old.salary or {})[UNTIL]))
    before = len(told(house, strong))
    answer = await settle(house, "yes")
    assert answer.status_code == 422
    assert "不再建议调整到这个职级" in answer.text
    assert len(told(house, strong)) == before
    assert (await settle(house, "no")).status_code == 303


async def test_a_regrade_asked_for_by_the_policy_waits_for_a_person(house: House) -> None:
    set_review(house, automatic_advance=True)
    strong = scored_interview(house.services, answers=SENIOR)
    assert advance_due(house.services) == 1
    assert told(house, strong)[-1][1].awaiting_approval
    async with house.signed_in("hr") as browser:
        assert "岗位规则（自动） 申请" in text_of(await browser.get("/console/approvals"))


async def test_an_approver_who_still_has_to_rate_blind_is_shown_no_figure(house: House, strong: str) -> None:
    house.limit("manager", "sales")
    decide(house.services, strong, "advance", "好", RECRUITER)
    async with house.signed_in("manager") as browser:
        assert "匹配度" in (await browser.get("/console/approvals")).text
        set_review(house, blind_review=True)
        page = text_of(await browser.get("/console/approvals"))
    assert "先独立评分" in page
    for given_away in ("匹配度", "职级", "建议范围"):
        assert given_away not in page
