from __future__ import annotations

import json

import pytest
from sqlmodel import select

from bot.outreach.invitation import InvitationRequest, invite
from bot.outreach.pool import NotInPool, invite_from_pool, read_pool
from bot.positions import PositionUnknown
from bot.privacy.erasure import ask_for_erasure
from core.clock import hands_restored, now
from core.tables import Candidate, ErasureRequest, Interview, Resume
from hr_bridge.resume.resume import Education, Work
from hr_bridge.resume.resume import Resume as ParsedResume
from tests.bot.console.house import House, csrf_of
from tests.bot.outreach.applicant_house import RESUME, applicant_house
from tests.builders import BUILDER, invited_interview

STRONG = ParsedResume(
    language="zh",
    education=(Education("上海电机学院", degree="大专"),),
    work=(Work("海川注塑", "销售员", description="跑宁波一带的制造业客户，负责客户开发。"),),
    years_of_experience=4.0,
)
WEAK = ParsedResume(language="zh", education=(Education("二中", degree="高中"),), years_of_experience=0.5)


def from_another_position(house: House, name: str, resume: ParsedResume, phone: str = "13900000001") -> str:
    """Somebody who was interviewed as a software engineer to the end; the candidate's id."""
    services = house.services
    interview_id = invited_interview(services, name=name, position="software_engineer", phone=phone)
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        interview.consented_at = interview.finished_at = now()
        key = services.key_of(session, interview)
        parsed = json.dumps(resume.to_json(), ensure_ascii=False)
        sealed = key.seal_bytes(b"%PDF", "resume file"), key.seal(parsed, "resume")
        row = Resume(interview_id=interview_id, file_sealed=sealed[0], parsed_sealed=sealed[1], uploaded_at=now())
        session.add(row)
        return interview.candidate_id


async def test_each_in_the_pool_has_a_reason_for_every_requirement(house: House) -> None:
    from_another_position(house, "王强", STRONG)
    from_another_position(house, "赵弱", WEAK, "13900000002")
    async with house.signed_in("recruiter") as browser:
        page = (await browser.get("/console/pool?position=sales")).text
        fitting = (await browser.get("/console/pool?position=sales&fitting=true")).text
    assert page.index("王强") < page.index("赵弱")
    for words in (
        "大专及以上",
        "✓ 1年以上工作经验：4年",
        "客户开发",
        "✗ 大专及以上：高中",
        "简历里没有提到",
        "软件工程师",
    ):
        assert words in page, words
    assert "赵弱" not in fitting


async def test_the_ticked_are_invited_once_and_bring_their_resume(house: House) -> None:
    candidate_id = from_another_position(house, "王强", STRONG)
    async with house.signed_in("recruiter") as browser:
        form = {
            "csrf": csrf_of(await browser.get("/console/pool")),
            "position": "sales",
            "ticked": f"candidate:{candidate_id}",
        }
        invited = await browser.post("/console/pool", data=form)
        again = await browser.post("/console/pool", data=form)
    assert "1人已邀请" in invited.text
    assert again.status_code == 422
    assert "1人没能邀请" in again.text
    with house.services.database.reading() as session:
        (resume,) = session.exec(select(Resume).join(Interview).where(Interview.origin == "人才库")).all()
        interview = session.get_one(Interview, resume.interview_id)
        key = house.services.key_of(session, interview)
        assert ParsedResume.from_json(json.loads(key.open(resume.parsed_sealed, "resume"))) == STRONG
        assert key.open(session.get_one(Candidate, interview.candidate_id).name_sealed) == "王强"
    with house.services.database.unit_of_work() as session:
        ask_for_erasure(session, candidate_id, "candidate")
        asked = set(session.exec(select(ErasureRequest.candidate_id)))
    assert asked == {candidate_id, interview.candidate_id}, "one person, erased under both ids"


async def test_applicants_who_wait_are_in_the_pool_until_they_are_invited(house: House) -> None:
    with hands_restored():
        async with applicant_house(house.services) as odoo:
            one = odoo.apply(RESUME)
            await odoo.look()
            (held,) = read_pool(house.services, "sales", BUILDER).rows
            assert (held.name, held.fit.reasons[0].found) == ("李雷", "本科")
            assert read_pool(house.services, "software_engineer", BUILDER).rows == []
            invite_from_pool(house.services, "sales", held.ref, BUILDER)
            assert odoo.row(one).interview_id is not None
            assert read_pool(house.services, "sales", BUILDER).held == 0


def test_the_invited_the_withdrawn_and_the_erased_are_not_in_it(house: House) -> None:
    here = from_another_position(house, "王强", STRONG)
    gone, left = (from_another_position(house, "走", STRONG, f"1390000000{n}") for n in (2, 3))
    services = house.services
    invite(services, InvitationRequest("sales", "王强", "zh", phone="139 0000 0001"), BUILDER)
    with services.database.unit_of_work() as session:
        session.get_one(Candidate, gone).wrapped_key = None
        session.exec(select(Interview).where(Interview.candidate_id == left)).one().withdrawn_at = now()
    assert read_pool(services, "sales", BUILDER).held == 0
    with pytest.raises(NotInPool):
        invite_from_pool(services, "sales", f"candidate:{here}", BUILDER)


async def test_whoever_is_limited_sees_people_of_their_positions_alone(house: House) -> None:
    from_another_position(house, "王强", STRONG)
    house.limit("recruiter", "sales")
    async with house.signed_in("recruiter") as browser:
        assert "王强" not in (await browser.get("/console/pool")).text
        answer = await browser.get("/console/pool?position=software_engineer")
    assert answer.status_code == 404
    with pytest.raises(PositionUnknown):
        read_pool(house.services, "cook", BUILDER)
