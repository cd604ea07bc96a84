"""Candidates' requests as recruiters see and answer them."""

from __future__ import annotations

import re

from sqlmodel import select

from bot.candidate_rights.corrections import correct, known_data
from bot.candidate_rights.door import Holder
from bot.candidate_rights.requests import ask_for_person, call_recruiter, object_to_automation, requests_of
from bot.console.decisions import decide, note_report_read
from core.tables import AuditEntry, Interview, RightsRequest
from scoring.report import newest_report
from tests.bot.console.house import House, csrf_of
from tests.builders import BUILDER, invited_interview, scored_interview


def holder(house: House, interview_id: str) -> Holder:
    with house.services.database.reading() as session:
        return Holder(interview_id, session.get_one(Interview, interview_id).candidate_id, "")


async def test_a_request_is_answered_once_and_the_log_names_ids_alone(house: House) -> None:
    interview_id = invited_interview(house.services)
    ask_for_person(house.services, holder(house, interview_id), "想改到<周六>面试")
    async with house.signed_in("recruiter") as first:
        page = await first.get("/console/rights")
        assert "想改到&lt;周六&gt;面试" in page.text
        (request_id,) = set(re.findall(r'action="/console/rights/(\w+)"', page.text))
        csrf = csrf_of(page)
        for _ in range(2):
            answer = await first.post(f"/console/rights/{request_id}", data={"csrf": csrf, "text": "周六可以。"})
        assert answer.status_code == 422
        assert "同事已经答复过" in answer.text
        assert "没有待处理的申请" in (await first.get("/console/rights")).text
        own = (await first.get(f"/console/interviews/{interview_id}")).text
    assert "希望联系招聘人员" in own
    (asked,) = requests_of(house.services, interview_id)
    assert asked.reply == "周六可以。"
    with house.services.database.reading() as session:
        log = [(row.action, row.subject) for row in session.exec(select(AuditEntry))]
        assert ("asked:human", interview_id) in log
        assert ("rights_answered", interview_id) in log
        assert "周六" not in str(log)
        assert "周六" not in str(session.exec(select(RightsRequest)).one().model_dump())


async def test_a_code_is_read_out_to_whom_no_road_reaches_and_who_made_it_is_known(house: House) -> None:
    interview_id = invited_interview(house.services)
    call_recruiter(house.services, interview_id)
    async with house.signed_in("recruiter") as browser:
        page = await browser.get("/console/rights")
        (path,) = re.findall(r'action="(/console/rights/\w+/code)"', page.text)
        shown = await browser.post(path, data={"csrf": csrf_of(page)})
        assert re.search(r"<strong>\d{6}</strong>", shown.text)
        for _ in range(3):
            last = await browser.post(path, data={"csrf": csrf_of(page)})
        assert last.status_code == 422
    with house.services.database.reading() as session:
        made = session.exec(select(AuditEntry).where(AuditEntry.action == "code_read_out")).all()
    assert len(made) == 3
    assert all(row.actor.startswith("user:") and row.subject == interview_id for row in made)


async def test_an_objection_is_settled_by_a_persons_decision_and_a_correction_shows_what_changed(house: House) -> None:
    interview_id = scored_interview(house.services)
    mine = holder(house, interview_id)
    object_to_automation(house.services, mine, "")
    fact = known_data(house.services, interview_id).facts[0]
    other = next(option for option in fact.options if option.value != fact.value)
    correct(house.services, mine, "", "", "xin@example.com", {fact.question_id: other.value})
    async with house.signed_in("recruiter") as browser:
        page = (await browser.get("/console/rights")).text
        assert "不同意自动处理" in page
        assert "xin@example.com" in page
        assert other.title in (await browser.get(f"/console/interviews/{interview_id}")).text
        with house.services.database.reading() as session:
            report = newest_report(session, interview_id)
        note_report_read(house.services, interview_id, report, BUILDER)
        decide(house.services, interview_id, "hold", "再听一遍。", BUILDER)
        page = (await browser.get("/console/rights")).text
    assert "不同意自动处理" not in page
    assert "更正了个人信息" in page
