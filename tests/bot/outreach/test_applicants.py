"""From an applicant in Odoo to an invitation here, and what follows when either side changes its mind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.accounts import Account
from bot.outreach import applicant_invitation
from bot.outreach.applicant_intake import ApplicantIntake
from bot.outreach.applicant_invitation import ApplicantNotInvited, invite_applicant
from bot.outreach.invitation import AlreadyInvited, InvitationRequest, LanguageNotOffered, call_off, invite
from bot.outreach.known_people import KnownPeople
from bot.services import Services
from core.clock import hands_restored, now
from core.errors import Unavailable
from core.tables import Applicant, AuditEntry, Candidate, HrmsLink, Interview, PossibleDuplicate, Resume
from dialogue.resume_questions import resume_questions
from hr_bridge.connectors.odoo.cursor import Cursor
from hr_bridge.connectors.odoo.links import link_given
from hr_bridge.resume.resume import Resume as ParsedResume
from scoring.rubric import load_competency
from tests.bot.console.house import furnished
from tests.bot.outreach.applicant_house import RESUME, ApplicantHouse, applicant_house
from tests.bot.outreach.letter_box import post
from tests.bot.outreach.mail_server import MailServer

CLERK = Account(id="u1", name="clerk", role="recruiter")


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch) as services, hands_restored():
        yield services


@pytest.fixture
async def house(services: Services) -> AsyncIterator[ApplicantHouse]:
    """People are invited by a person."""
    async with applicant_house(services) as house:
        yield house


@pytest.fixture
async def automatic(services: Services) -> AsyncIterator[ApplicantHouse]:
    async with applicant_house(services, invite="automatic") as house:
        yield house


def parsed_resume(house: ApplicantHouse, interview: Interview) -> str:
    with house.services.database.reading() as session:
        row = session.exec(select(Resume).where(Resume.interview_id == interview.id)).one()
        return house.services.key_of(session, interview).open(row.parsed_sealed, "resume")


def audit(house: ApplicantHouse, interview: Interview) -> list[tuple[str, str]]:
    with house.services.database.reading() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.subject == interview.id).order_by(col(AuditEntry.id))
        )
        return [(entry.actor, entry.action) for entry in entries]


def change_interview(house: ApplicantHouse, **changes: object) -> None:
    with house.services.database.unit_of_work() as session:
        interview = session.exec(select(Interview)).one()
        for name, value in changes.items():
            setattr(interview, name, value)


async def test_by_rule_an_applicant_is_invited_with_the_resume_that_lay_there(automatic: ApplicantHouse) -> None:
    one = automatic.apply(RESUME, email_from="Li@Example.com")
    await automatic.look()

    (interview,) = automatic.interviews()
    assert automatic.contact(interview) == ("李雷", "+8613800001234", "Li@example.com")
    assert automatic.row(one).interview_id == interview.id
    assert (interview.origin, interview.language) == ("Odoo", "zh")
    assert audit(automatic, interview) == [("program:odoo", "invited")]
    resume = parsed_resume(automatic, interview)
    assert "上海大众汽车销售有限公司" in resume
    for stripped in ("12000", "已婚", "汉族"):
        assert stripped not in resume
    with automatic.services.database.reading() as session:
        candidate = session.get_one(Candidate, interview.candidate_id)
        link = session.exec(select(HrmsLink).where(HrmsLink.kind == "given applicant")).one()
    assert candidate.external_id == str(one)
    assert (link.our_id, link.remote_id) == (f"{candidate.id}.sales", str(one))


async def test_looking_again_and_again_invites_once(automatic: ApplicantHouse) -> None:
    one = automatic.apply(RESUME)
    await automatic.look()
    for _ in range(3):
        Cursor(automatic.services.database, "odoo").wake()
        await automatic.look(after=timedelta(seconds=3))
    await automatic.look(automatic.another_poller())
    automatic.change(one, priority="3")
    await automatic.look(after=timedelta(days=2))
    assert len(automatic.interviews()) == 1


async def test_a_prepared_applicant_waits_for_a_person_and_is_sealed_with_a_key_of_the_row(
    house: ApplicantHouse, tmp_path: Path
) -> None:
    one = house.apply(RESUME)
    await house.look()
    row = house.row(one)
    assert (house.interviews(), row.problem, row.resume_problem) == ([], None, None)
    assert row.parsed_sealed is not None
    stored = (tmp_path / "mianshi.sqlite").read_bytes() + (tmp_path / "mianshi.sqlite-wal").read_bytes()
    for words in ("李雷", "138 0000 1234", "上海大众"):
        assert words.encode() not in stored

    made = invite_applicant(house.services, row.id, CLERK)
    (interview,) = house.interviews()
    assert made.id == interview.id
    assert "上海大众" in parsed_resume(house, interview)
    after = house.row(one)
    assert (after.wrapped_key, after.resume_sealed, after.parsed_sealed) == (None, None, None)
    with pytest.raises(ApplicantNotInvited):
        invite_applicant(house.services, row.id, CLERK)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"partner_phone": False}, "contact_missing"),
        ({"partner_phone": "12", "email_from": "nobody"}, "contact_unusable"),
        ({"partner_name": False}, "name_missing"),
        ({"partner_name": "很" * 81}, "name_unusable"),
    ],
)
async def test_what_is_in_the_way_is_written_down_and_mended_over_there(
    automatic: ApplicantHouse, changes: dict[str, object], problem: str
) -> None:
    one = automatic.apply(**changes)
    await automatic.look()
    assert (automatic.row(one).problem, automatic.interviews()) == (problem, [])
    automatic.change(one, partner_name="李雷", email_from="li@example.com")
    await automatic.look()
    assert automatic.row(one).problem == "not_reached"  # no mail, no SMS
    assert len(automatic.interviews()) == 1


async def test_an_unreadable_phone_beside_a_good_address_is_no_obstacle(automatic: ApplicantHouse) -> None:
    automatic.apply(partner_phone="12", email_from="li@example.com")
    await automatic.look()
    assert automatic.contact(automatic.interviews()[0]) == ("李雷", None, "li@example.com")


async def test_of_applicants_for_other_jobs_nothing_personal_is_kept_until_the_job_is_mapped(
    automatic: ApplicantHouse,
) -> None:
    one = automatic.apply(RESUME, job_id=automatic.other_job)
    await automatic.look()
    row = automatic.row(one)
    assert (row.problem, row.job_title, row.told_sealed, row.resume_sealed) == ("job_unmapped", "Cook", None, None)

    jobs = {"sales": automatic.mapping.jobs["sales"].model_copy(update={"job": automatic.other_job})}
    await automatic.look(automatic.another_poller(jobs=jobs))
    assert automatic.row(one).interview_id == automatic.interviews()[0].id


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"\xff\xd8\xff\xe0 picture", "cv.jpg", "photo"),
        (b"%PDF-1.7 broken", "cv.pdf", "damaged"),
        (b"x" * (10 * 1024 * 1024 + 1), "cv.pdf", "too_large"),
    ],
)
async def test_a_resume_that_cannot_be_read_is_named_and_holds_up_no_invitation(
    automatic: ApplicantHouse, data: bytes, name: str, reason: str
) -> None:
    one = automatic.apply(data, name)
    await automatic.look()
    assert automatic.row(one).resume_problem == reason
    assert len(automatic.interviews()) == 1
    fetched = automatic.odoo.requests.count(("ir.attachment", "read"))
    assert fetched == (0 if reason == "too_large" else 1)


async def test_a_resume_that_comes_later_counts_until_the_questions_stand(automatic: ApplicantHouse) -> None:
    one = automatic.apply()
    await automatic.look()
    automatic.attach(one, RESUME)
    await automatic.look()
    (interview,) = automatic.interviews()
    assert "上海大众" in parsed_resume(automatic, interview)

    change_interview(automatic, planned_at=now())
    automatic.attach(one, RESUME.replace("上海大众".encode(), "一汽大众".encode()))
    await automatic.look()
    assert "上海大众" in parsed_resume(automatic, interview)


async def test_the_same_contact_is_a_hint_for_a_person_and_never_an_identity(automatic: ApplicantHouse) -> None:
    invite(automatic.services, InvitationRequest("sales", "李磊", "zh", "13800001234", external_id="A-1"), CLERK)
    one = automatic.apply()
    await automatic.look()
    row = automatic.row(one)
    assert (row.problem, len(automatic.interviews())) == ("same_contact_invited", 1)

    invite_applicant(automatic.services, row.id, CLERK)
    with automatic.services.database.reading() as session:
        pair = session.exec(select(PossibleDuplicate)).one()
        first, second = (session.get_one(Candidate, each) for each in (pair.first_id, pair.second_id))
    assert (first.external_id, second.external_id, pair.alike_in) == ("A-1", str(one), "phone")


async def test_two_workers_that_invite_the_same_applicant_invite_once(house: ApplicantHouse) -> None:
    one = house.apply()
    await house.look()
    row = house.row(one)
    invite_applicant(house.services, row.id, CLERK)
    with house.services.database.unit_of_work() as session:  # as the other worker still sees it
        stale = session.get_one(type(row), row.id)
        stale.wrapped_key, stale.told_sealed = row.wrapped_key, row.told_sealed
    with pytest.raises(AlreadyInvited):
        invite_applicant(house.services, row.id, CLERK)
    assert len(house.interviews()) == 1


async def test_who_was_invited_another_way_under_the_number_is_that_person(automatic: ApplicantHouse) -> None:
    one = automatic.apply()
    invite(automatic.services, InvitationRequest("sales", "李雷", "zh", "13800001234", external_id=str(one)), CLERK)
    await automatic.look()
    (interview,) = automatic.interviews()
    assert automatic.row(one).interview_id == interview.id


async def test_a_record_that_we_made_is_known_by_the_link_table_too(automatic: ApplicantHouse) -> None:
    made = invite(automatic.services, InvitationRequest("sales", "李雷", "zh", "13800001234"), CLERK)
    one = automatic.apply()
    automatic.odoo.models.external["__export__.hr_applicant_1"] = ("hr.applicant", one)
    with automatic.services.database.unit_of_work() as session:
        candidate_id = session.get_one(Interview, made.id).candidate_id
        link_given(session, "odoo", "applicant", f"{candidate_id}.sales", str(one))
    await automatic.look()
    assert automatic.row(one).interview_id == made.id
    assert len(automatic.interviews()) == 1


async def test_a_correction_over_there_is_followed_unless_ours_says_something_else_by_now(
    automatic: ApplicantHouse,
) -> None:
    one = automatic.apply(email_from="li@example.com")
    await automatic.look()
    (interview,) = automatic.interviews()
    automatic.change(one, partner_name="李雷雷", partner_phone="139 0000 5678")
    await automatic.look()
    assert automatic.contact(interview) == ("李雷雷", "+8613900005678", "li@example.com")
    assert ("program:odoo", "contact_followed") in audit(automatic, interview)

    with automatic.services.database.unit_of_work() as session:
        candidate = session.get_one(Candidate, interview.candidate_id)
        candidate.email_sealed = automatic.services.key_of(session, interview).seal("mine@example.com")
    automatic.change(one, email_from="wrong@example.com", partner_phone="not a number")
    await automatic.look()
    assert automatic.contact(interview) == ("李雷雷", "+8613900005678", "mine@example.com")


@pytest.mark.parametrize("how", ["refused", "archived", "deleted"])
async def test_who_is_gone_over_there_is_called_off_here_with_an_entry(automatic: ApplicantHouse, how: str) -> None:
    one = automatic.apply()
    await automatic.look()
    if how == "deleted":
        automatic.odoo.models.unlink("hr.applicant", [one])
    else:
        automatic.change(one, active=False, application_status=how)
    await automatic.look(after=timedelta(days=1, minutes=2))
    (interview,) = automatic.interviews()
    assert interview.withdrawn_at is not None
    assert audit(automatic, interview)[-1] == ("program:odoo", "called_off")
    assert automatic.row(one).standing == how


async def test_a_finished_interview_stays_when_its_applicant_is_gone(automatic: ApplicantHouse) -> None:
    one = automatic.apply()
    await automatic.look()
    change_interview(automatic, finished_at=now())
    automatic.change(one, active=False, application_status="refused")
    await automatic.look()
    assert automatic.interviews()[0].withdrawn_at is None


async def test_who_is_gone_before_being_invited_leaves_nothing_personal_behind(house: ApplicantHouse) -> None:
    one = house.apply(RESUME)
    await house.look()
    house.change(one, active=False, application_status="refused")
    await house.look()
    row = house.row(one)
    assert (row.wrapped_key, row.told_sealed, row.resume_sealed, row.parsed_sealed) == (None, None, None, None)
    with pytest.raises(ApplicantNotInvited):
        invite_applicant(house.services, row.id, CLERK)


async def test_who_comes_back_is_invited_anew_and_the_record_follows_them(automatic: ApplicantHouse) -> None:
    one = automatic.apply(RESUME)
    await automatic.look()
    automatic.change(one, active=False, application_status="refused")
    await automatic.look()
    automatic.change(one, active=True, application_status="ongoing")
    await automatic.look()
    old, new = automatic.interviews()
    assert old.withdrawn_at is not None
    assert new.withdrawn_at is None
    assert "上海大众" in parsed_resume(automatic, new)
    with automatic.services.database.reading() as session:
        links = session.exec(select(HrmsLink).where(HrmsLink.kind == "given applicant")).all()
    assert [link.our_id for link in links] == [f"{new.candidate_id}.sales"]


async def test_who_withdrew_here_is_not_invited_again_by_rule(automatic: ApplicantHouse) -> None:
    one = automatic.apply()
    await automatic.look()
    with automatic.services.database.unit_of_work() as session:
        call_off(session, session.exec(select(Interview)).one(), CLERK)
    automatic.change(one, partner_phone="139 0000 5678")
    await automatic.look()
    assert len(automatic.interviews()) == 1


async def test_an_erased_candidate_is_not_brought_back(automatic: ApplicantHouse) -> None:
    one = automatic.apply()
    await automatic.look()
    with automatic.services.database.unit_of_work() as session:
        session.exec(select(Candidate)).one().wrapped_key = None
    automatic.change(one, partner_phone="139 0000 5678")
    await automatic.look()
    assert automatic.row(one).told_sealed is None
    assert len(automatic.interviews()) == 1


async def test_who_was_called_off_and_then_erased_is_not_brought_back(automatic: ApplicantHouse) -> None:
    one = automatic.apply()
    await automatic.look()
    automatic.change(one, active=False, application_status="archived")
    await automatic.look()
    with automatic.services.database.unit_of_work() as session:
        session.exec(select(Candidate)).one().wrapped_key = None
    automatic.change(one, active=True, application_status="ongoing")
    await automatic.look()
    assert len(automatic.interviews()) == 1
    assert automatic.row(one).told_sealed is None


async def test_who_is_gone_over_there_while_somebody_presses_invite_is_not_invited(
    house: ApplicantHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = house.apply()
    await house.look()
    read = applicant_invitation.read_known_people

    def meanwhile(services: Services) -> KnownPeople:
        with services.database.unit_of_work() as session:
            session.get_one(Applicant, house.row(one).id).standing = "refused"
        return read(services)

    monkeypatch.setattr(applicant_invitation, "read_known_people", meanwhile)
    with pytest.raises(ApplicantNotInvited):
        invite_applicant(house.services, house.row(one).id, CLERK)
    assert house.interviews() == []


async def test_a_letter_that_bounced_goes_to_the_address_that_was_corrected_over_there(
    house_with_mail: Services, mail: MailServer
) -> None:
    async with applicant_house(house_with_mail, invite="automatic") as house:
        one = house.apply(email_from="li@exmaple.com", partner_phone=False)
        await house.look()
        mail.at_rcpt = ["550 5.1.1 no such user"]
        assert await post(house_with_mail) == 0
        house.change(one, email_from="li@example.com")
        await house.look()
        assert [await post(house_with_mail) for _ in range(2)] == [1, 0]
        assert [str(sent["To"]) for sent in mail.mails] == ["li@example.com"]


async def test_one_that_fails_holds_up_no_other_and_a_busy_reader_is_waited_for(
    automatic: ApplicantHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.outreach import applicant_intake

    real = applicant_intake.parse_file

    def fails(data: bytes, *args: object, **more: object) -> object:
        if b"poison" in data:
            raise ZeroDivisionError
        if b"busy" in data:
            raise Unavailable("no sandbox is free")
        return real(data)

    monkeypatch.setattr(applicant_intake, "parse_file", fails)
    poison, good = automatic.apply(b"poison" + RESUME), automatic.apply(RESUME, partner_phone="139 0000 5678")
    await automatic.look()
    assert automatic.row(poison).problem == "fault"
    assert automatic.row(good).interview_id is not None

    busy = automatic.apply(b"busy" + RESUME, partner_phone="137 0000 5678")
    with pytest.raises(Unavailable):
        await automatic.look()
    assert automatic.row(busy).interview_id is None
    monkeypatch.setattr(applicant_intake, "parse_file", real)
    await automatic.look()
    (interview,) = [one for one in automatic.interviews() if one.id == automatic.row(busy).interview_id]
    assert json.loads(parsed_resume(automatic, interview))["work"]


async def test_what_the_invitation_itself_refuses_is_written_down(
    automatic: ApplicantHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.outreach import applicant_invitation

    def refuses(*_: object) -> None:
        raise LanguageNotOffered("not offered")

    monkeypatch.setattr(applicant_invitation, "invite", refuses)
    one = automatic.apply()
    await automatic.look()
    assert automatic.row(one).problem == "not_possible"


async def test_two_workers_that_take_the_same_news_at_once_invite_once(automatic: ApplicantHouse) -> None:
    one = automatic.apply(RESUME)
    reader = automatic.poller._reader
    (application,) = await reader.read([one], 0)
    intakes = [ApplicantIntake(automatic.services, automatic.mapping) for _ in range(3)]
    await asyncio.gather(*(intake.take(application, reader.fetch) for intake in intakes))
    assert len(automatic.interviews()) == 1
    assert automatic.row(one).problem == "not_reached"
    assert automatic.row(one).interview_id == automatic.interviews()[0].id


async def test_questions_are_drawn_from_the_resume_that_lay_there(automatic: ApplicantHouse) -> None:
    automatic.apply(RESUME)
    await automatic.look()
    parsed = ParsedResume.from_json(json.loads(parsed_resume(automatic, automatic.interviews()[0])))
    (question,) = resume_questions(parsed, None, {"results": load_competency("results").resume_questions})
    assert "销售主管" in question.zh or "上海大众汽车销售有限公司" in question.zh


async def test_nobody_is_lost_to_a_fault_of_ours(automatic: ApplicantHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.outreach import applicant_intake

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(applicant_intake, "obstacle", fails)
        one = automatic.apply()
        await automatic.look()
    assert (automatic.row(one).problem, automatic.interviews()) == ("fault", [])
    await automatic.look(automatic.another_poller(), after=timedelta(days=2))
    assert len(automatic.interviews()) == 1


async def test_a_file_that_our_user_may_not_read_holds_up_no_invitation(automatic: ApplicantHouse) -> None:
    one = automatic.apply(RESUME)
    automatic.odoo.models.forbidden_fields.add(("ir.attachment", "datas"))
    await automatic.look()
    assert automatic.row(one).resume_problem == "forbidden"
    assert len(automatic.interviews()) == 1


async def test_a_job_may_be_invited_for_otherwise_than_the_rest(services: Services) -> None:
    async with applicant_house(services, invite="automatic") as house:
        jobs = {"sales": house.mapping.jobs["sales"].model_copy(update={"invite": "never"})}
        one = house.apply(RESUME)
        await house.look(house.another_poller(jobs=jobs))
        assert (house.row(one).problem, house.row(one).told_sealed) == ("never", None)
        await house.look()
        assert house.row(one).interview_id is not None
