"""Pairs who may be one person: looked at by people, settled once, taken back, never merged by themselves."""

from __future__ import annotations

import pytest
from sqlmodel import select

from bot.console.duplicates import PairSettled, read_pairs, settle
from core.clock import now
from core.tables import AuditEntry, Candidate, Interview, PossibleDuplicate
from tests.bot.console.house import House, csrf_of
from tests.builders import BUILDER, invited_interview


def candidate_of(house: House, interview_id: str) -> str:
    with house.services.database.reading() as session:
        return session.get_one(Interview, interview_id).candidate_id


def pair_of(house: House, first: str, second: str, alike_in: str = "phone") -> str:
    ids = candidate_of(house, first), candidate_of(house, second)
    with house.services.database.unit_of_work() as session:
        row = PossibleDuplicate(first_id=ids[0], second_id=ids[1], alike_in=alike_in, found_at=now())
        session.add(row)
    return row.id


async def test_a_recruiter_says_one_person_and_each_shows_the_others_interviews(house: House) -> None:
    first = invited_interview(house.services, name="林晓芸", external_id="A-1")
    second = invited_interview(house.services, name="林小云", position="production_supervisor")
    pair_id = pair_of(house, first, second)
    async with house.signed_in("recruiter") as browser:
        shown = await browser.get("/console/duplicates")
        for text in ("林晓芸", "林小云", "手机号相同", "A-1", "+8613800001234", f"/console/interviews/{second}"):
            assert text in shown.text
        assert "同一人的其他面试" not in (await browser.get(f"/console/interviews/{first}")).text
        said = await browser.post(f"/console/duplicates/{pair_id}", data={"csrf": csrf_of(shown), "verdict": "same"})
        assert said.status_code == 303
        for one, other in ((first, second), (second, first)):
            page = (await browser.get(f"/console/interviews/{one}")).text
            assert f'/console/interviews/{other}"' in page
        after = await browser.get("/console/duplicates")
        assert "recruiter 确认为同一人" in after.text
        await browser.post(f"/console/duplicates/{pair_id}", data={"csrf": csrf_of(after), "verdict": "reopen"})
        assert f'/console/interviews/{second}"' not in (await browser.get(f"/console/interviews/{first}")).text
    with house.services.database.reading() as session:
        actions = session.exec(select(AuditEntry.action).where(AuditEntry.subject == pair_id)).all()
    assert sorted(actions) == ["duplicate:reopened", "duplicate:same"]


async def test_of_two_recruiters_the_second_sees_what_the_first_said(house: House) -> None:
    pair_id = pair_of(house, invited_interview(house.services), invited_interview(house.services), "phone,email")
    async with house.signed_in("recruiter") as browser, house.signed_in("admin") as admin:
        shown, theirs = await browser.get("/console/duplicates"), await admin.get("/console/duplicates")
        assert "手机号和邮箱都相同" in shown.text
        await browser.post(f"/console/duplicates/{pair_id}", data={"csrf": csrf_of(shown), "verdict": "different"})
        late = await admin.post(f"/console/duplicates/{pair_id}", data={"csrf": csrf_of(theirs), "verdict": "same"})
    assert (late.status_code, "recruiter 确认不是同一人" in late.text, "刚刚已由其他人确认" in late.text) == (
        409,
        True,
        True,
    )
    with pytest.raises(PairSettled):
        settle(house.services, pair_id, "same", BUILDER)


async def test_hr_may_not_look_and_an_erased_candidate_is_in_no_pair(house: House) -> None:
    first = invited_interview(house.services)
    pair_of(house, first, invited_interview(house.services))
    async with house.signed_in("hr") as browser:
        assert (await browser.get("/console/duplicates")).status_code == 403
    assert len(read_pairs(house.services, settled=False, by=BUILDER)) == 1
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, first).candidate_id).wrapped_key = None
    assert read_pairs(house.services, settled=False, by=BUILDER) == []


async def test_whom_several_pairs_tie_together_is_one_person(house: House) -> None:
    interviews = [invited_interview(house.services) for _ in range(3)]
    for one, other in ((0, 1), (1, 2)):
        settle(house.services, pair_of(house, interviews[one], interviews[other]), "same", BUILDER)
    async with house.signed_in("recruiter") as browser:
        page = (await browser.get(f"/console/interviews/{interviews[0]}")).text
    assert all(f'/console/interviews/{other}"' in page for other in interviews[1:])
