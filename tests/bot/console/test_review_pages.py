"""The queue and the review screen over HTTP."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from sqlmodel import select

from bot.console.decisions import decide
from core.clock import now
from core.tables import (
    AuditEntry,
    Candidate,
    Decision,
    EnvironmentRecord,
    Interview,
    Position,
    Question,
    Report,
)
from tests.bot.console.house import House, csrf_of
from tests.builders import ANSWERS, BUILDER, Said, invited_interview, scored_interview


def text_of(page: httpx.Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.text))


def hidden_fields(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf|report|seen_decision|feedback)" value="(\w+)"', page.text))


def set_review(house: House, **rules: bool) -> None:
    with house.services.database.unit_of_work() as session:
        for position in session.exec(select(Position)):
            position.profile = {**position.profile, "review": rules}


async def decided(browser: httpx.AsyncClient, interview_id: str, **fields: str) -> httpx.Response:
    page = await browser.get(f"/console/review/{interview_id}")
    form = hidden_fields(page) | {"value": "advance", "reason": "符合要求"} | fields
    return await browser.post(f"/console/review/{interview_id}/decision", data=form)


async def test_the_queue_names_who_waits_and_why_and_nobody_else(house: House) -> None:
    nervous = {**ANSWERS["zh"], "resilience_s1": Said("被拒绝就算了。", ("被拒绝就算了。",), 2.2)}
    scored_interview(house.services, name="周启明", answers=nervous)
    settled = scored_interview(house.services, name="林晓芸")
    decide(house.services, settled, "advance", "很好", BUILDER)
    held = scored_interview(house.services, name="吴桐")
    decide(house.services, held, "hold", "等名额", BUILDER)
    invited_interview(house.services, name="韩梅梅")
    erased = scored_interview(house.services, name="李雷")
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, erased).candidate_id).wrapped_key = None
    async with house.signed_in("recruiter") as browser:
        seen = text_of(await browser.get("/console/review"))
        other = text_of(await browser.get("/console/review?position=software_engineer"))
    assert "2 人待处理" in seen
    assert re.search(r"周启明.*仅 [\d.]+ 分.*吴桐.*暂缓", seen, re.DOTALL)
    assert not {"林晓芸", "韩梅梅", "李雷"} & set(re.findall("林晓芸|韩梅梅|李雷", seen))
    assert "没有等待复核的面试" in other


@pytest.mark.parametrize("path", ["/console/review", "/console/review/{}"])
async def test_hr_clerks_and_strangers_are_kept_out(house: House, path: str) -> None:
    path = path.format(scored_interview(house.services))
    async with house.signed_in("hr") as browser:
        assert (await browser.get(path)).status_code == 403
    async with house.visitor() as stranger:
        assert (await stranger.get(path)).headers["location"].startswith("/console/sign-in")


async def test_a_decision_leads_to_the_next_and_keeps_what_was_seen(house: House) -> None:
    first, second = scored_interview(house.services), scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        answer = await decided(browser, first)
        assert answer.headers["location"].startswith(f"/console/review/{second}?")
        assert (await decided(browser, second)).headers["location"].startswith("/console/review?")
        assert "依据第 1 版报告" in text_of(await browser.get(f"/console/interviews/{first}"))
    with house.services.database.reading() as session:
        report = session.exec(select(Report).where(Report.interview_id == first)).one()
        decision = session.exec(select(Decision).where(Decision.interview_id == first)).one()
        assert (decision.report_id, decision.by) == (report.id, "recruiter")
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "report_read")).all()


async def test_who_decides_second_sees_the_first_and_must_confirm(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as one, house.signed_in("admin") as other:
        page = await other.get(f"/console/review/{interview_id}")
        await decided(one, interview_id, value="hold", reason="等名额")
        form = hidden_fields(page) | {"value": "reject", "reason": "缺少经验"}
        refused = await other.post(f"/console/review/{interview_id}/decision", data=form)
        assert refused.status_code == 422
        assert "recruiter的决定是“暂缓”，理由：等名额" in text_of(refused)
        assert "缺少经验" in refused.text
        form |= hidden_fields(refused)
        assert (await other.post(f"/console/review/{interview_id}/decision", data=form)).status_code == 303
    with house.services.database.reading() as session:
        values = session.exec(select(Decision.value).order_by(Decision.version)).all()
    assert values == ["hold", "reject"]


async def test_nothing_is_decided_on_a_report_that_has_changed_meanwhile(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/review/{interview_id}")
        ticked = re.findall(r'name="ticked" value="([\w:]+)"', (await browser.get("/console/review")).text)
        with house.services.database.unit_of_work() as session:
            old = session.exec(select(Report)).one()
            session.add(Report(**old.model_dump(exclude={"id", "version", "match"}), version=2, match=41.0))
        form = hidden_fields(page) | {"value": "advance", "reason": "符合要求"}
        refused = await browser.post(f"/console/review/{interview_id}/decision", data=form)
        assert refused.status_code == 422
        assert "报告刚刚更新" in text_of(refused)
        batch = {"csrf": csrf_of(page), "ticked": ticked, "reason": "达到要求", "value": "advance"}
        assert "1 人的报告刚刚更新" in text_of(await browser.post("/console/review", data=batch))
        form |= hidden_fields(refused)
        assert (await browser.post(f"/console/review/{interview_id}/decision", data=form)).status_code == 303
    with house.services.database.reading() as session:
        assert session.exec(select(Decision)).one().report_id == form["report"]


async def test_several_are_advanced_at_once_and_never_rejected(house: House) -> None:
    names = [scored_interview(house.services) for _ in range(3)]
    async with house.signed_in("recruiter") as browser:
        page = await browser.get("/console/review")
        ticked = re.findall(r'name="ticked" value="([\w:]+)"', page.text)
        decide(house.services, names[2], "hold", "我来看", BUILDER)
        form = {"csrf": csrf_of(page), "ticked": ticked, "reason": "达到要求"}
        assert (await browser.post("/console/review", data=form | {"value": "reject"})).status_code == 422
        assert (await browser.post("/console/review", data=form | {"value": "hold", "ticked": []})).status_code == 422
        done = text_of(await browser.post("/console/review", data=form | {"value": "advance"}))
    assert "已推进 2 人" in done
    assert "1 人刚被同事处理过" in done
    with house.services.database.reading() as session:
        rows = session.exec(select(Decision).where(Decision.by == "recruiter")).all()
        assert sorted(row.interview_id for row in rows) == sorted(names[:2])
        assert all(row.report_id for row in rows)
        log = session.exec(select(AuditEntry).where(AuditEntry.action == "decided:advance")).all()
        assert sorted(entry.subject for entry in log) == sorted(names[:2])


async def test_a_position_closed_meanwhile_is_said(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        old = session.get_one(Position, session.get_one(Interview, interview_id).position_id)
        session.add(
            Position(key=old.key, version=99, profile={**old.profile, "closed": True}, created_at=old.created_at)
        )
    async with house.signed_in("recruiter") as browser:
        assert "这个岗位已停止招聘" in text_of(await browser.get(f"/console/review/{interview_id}"))


@pytest.mark.parametrize(
    ("kind", "figures", "is_said"),
    [
        ("network", {"disconnects": 0, "dropped_packets": 3}, False),
        ("network", {}, False),
        ("network", {"disconnects": 1}, True),
        ("network", {"dropped_packets": 20}, True),
        ("quality", {"reason": "noise"}, True),
        ("device_check", {"microphone": "none"}, False),
    ],
)
async def test_what_touched_an_answer_is_said_and_what_did_not_is_not(
    house: House, kind: str, figures: dict[str, object], is_said: bool
) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        question = session.exec(select(Question).where(Question.source == "results_s1")).one()
        session.add(
            EnvironmentRecord(
                interview_id=interview_id,
                client_id="x",
                kind=kind,
                question_id=question.id,
                figures=figures,
                noted_at=now(),
            )
        )
    async with house.signed_in("recruiter") as browser:
        for path in ("/console/review", f"/console/review/{interview_id}"):
            assert ("录音或网络受过影响" in text_of(await browser.get(path))) is is_said


async def test_an_unknown_interview_is_said_to_be_unknown(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        assert (await browser.get("/console/review/nothing")).status_code == 404
