"""Whose record it is: a result on a stranger's cannot be taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from core.tables import HrmsLink
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.odoo.mapping import Job
from tests.fakes.odoo.server import Fault
from tests.hr_bridge.assessments import EMAIL, NAME
from tests.hr_bridge.connectors.odoo.running_odoo import PROPERTIES, RunningOdoo, effect, running_odoo


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RunningOdoo]:
    async with running_odoo(tmp_path) as odoo:
        yield odoo


def about(external_id: object, candidate_id: str = "cand-1", **changes: Any) -> Effect:
    person = effect().assessment.candidate.model_copy(update={"id": candidate_id, "external_id": str(external_id)})
    return effect(candidate=person, **changes)


async def test_who_applied_in_odoo_keeps_her_record_and_what_stands_on_it(house: RunningOdoo) -> None:
    given = house.apply(partner_name=NAME, email_from="private@example.test")
    receipt = await house.connector.deliver(about(given))
    assert receipt.remote_id == str(given)
    assert house.applicant()["email_from"] == "private@example.test"
    assert house.properties()["mianshi_match"] == 85.0


@pytest.mark.parametrize(
    "same", [{"partner_name": "欧阳 晓梅"}, {"email_from": EMAIL.upper()}, {"partner_phone": "138-1234-1234"}]
)
async def test_one_thing_in_common_is_enough(house: RunningOdoo, same: dict[str, str]) -> None:
    other = {"partner_name": "X", "email_from": "y@example.test", "partner_phone": "139 0000 0000"}
    await house.connector.deliver(about(house.apply(**(other | same))))
    assert len(house.odoo.notes()) == 1


async def test_a_number_that_leads_to_a_stranger_is_put_before_a_person(house: RunningOdoo) -> None:
    stranger = house.apply(partner_name="李雷", email_from=False, partner_phone="139 0000 0000")
    with pytest.raises(HrmsRejected, match="another name, phone and e-mail"):
        await house.connector.deliver(about(stranger))
    assert house.odoo.notes() == []


async def test_an_application_for_another_job_is_put_before_a_person(house: RunningOdoo) -> None:
    with pytest.raises(HrmsRejected, match="another job"):
        await house.connector.deliver(about(house.apply(job_id=house.odoo.add_job("Other"))))


async def test_an_applicant_who_is_not_there_is_put_before_a_person(house: RunningOdoo) -> None:
    with pytest.raises(HrmsRejected, match="no applicant 98765"):
        await house.connector.deliver(about(98765))


async def test_two_candidates_of_ours_never_share_an_applicant(house: RunningOdoo) -> None:
    given = house.apply()
    await house.connector.deliver(about(given))
    with pytest.raises(HrmsRejected, match="already belongs to another candidate"):
        await house.connector.deliver(about(given, "cand-2"))
    assert len(house.odoo.notes()) == 1


async def test_an_applicant_that_we_made_is_given_to_no_other_candidate(house: RunningOdoo) -> None:
    made = await house.connector.deliver(effect())
    with pytest.raises(HrmsRejected, match="already belongs to another candidate"):
        await house.connector.deliver(about(made.remote_id, "cand-2"))
    assert len(house.odoo.notes()) == 1


async def test_an_applicant_of_a_position_that_is_not_mapped_is_put_before_a_person(house: RunningOdoo) -> None:
    with pytest.raises(HrmsRejected, match="position driver has no job in Odoo"):
        await house.connector.deliver(about(house.apply(), position_key="driver"))


async def test_numbers_of_another_system_can_be_ignored(house: RunningOdoo) -> None:
    house.apply(partner_name="李雷", partner_phone=False)
    connector = house.open_connector(external_id="ignore")
    receipt = await connector.deliver(about(100234))
    assert house.odoo.models.rows["hr.applicant"][int(receipt.remote_id)]["partner_name"] == NAME


async def test_an_equal_e_mail_makes_nobody_the_same_person(house: RunningOdoo) -> None:
    house.apply(email_from=EMAIL)
    await house.connector.deliver(effect())
    assert len(house.odoo.models.rows["hr.applicant"]) == 2


async def test_a_second_interview_for_the_position_lands_on_the_same_record(house: RunningOdoo) -> None:
    first = await house.connector.deliver(effect())
    second = await house.connector.deliver(effect(interview_id="int-second"))
    assert first.remote_id == second.remote_id
    assert len(house.odoo.models.rows["calendar.event"]) == len(house.odoo.models.rows["ir.attachment"]) == 2


async def test_a_position_without_a_job_is_named(house: RunningOdoo) -> None:
    with pytest.raises(HrmsRejected, match="position driver has no job in Odoo"):
        await house.connector.deliver(effect(position_key="driver"))


async def test_erasing_leaves_an_applicant_of_theirs_as_it_was_before_us(tmp_path: Path) -> None:
    async with running_odoo(tmp_path, pay=True) as house:
        given = house.apply(priority="0")
        house.odoo.models.values[given] = {"hr_own": "of HR"}
        await house.connector.deliver(about(given))
        await house.connector.deliver(about(given, version=2, interview_id="int-2"))
        await house.connector.erase("cand-1")
        applicant, rows = house.applicant(), house.odoo.models.rows
        assert house.properties() == {"hr_own": "of HR"}
        assert (applicant["priority"], applicant["salary_proposed"]) == ("0", False)
        assert not applicant["salary_proposed_extra"]
        assert rows["ir.attachment"] == rows["calendar.event"] == {}
        assert house.odoo.notes() == []


async def test_erasing_an_applicant_of_ours_takes_the_contact_along_unless_it_is_used(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    await house.connector.erase("cand-1")
    assert house.odoo.models.rows["res.partner"] == house.odoo.models.rows["hr.applicant"] == {}
    await house.connector.deliver(about("HR-1", "cand-2"))
    house.apply(email_from=EMAIL)
    await house.connector.erase("cand-2")
    assert len(house.odoo.models.rows["res.partner"]) == len(house.odoo.models.rows["hr.applicant"]) == 1


async def test_erasing_that_was_cut_off_is_finished_though_one_position_is_named_as_another_begins(
    house: RunningOdoo,
) -> None:
    house.mapping.jobs["sales_lead"] = Job(job=house.odoo.add_job("Lead", *PROPERTIES))
    await house.connector.deliver(effect())
    await house.connector.deliver(effect(interview_id="int-2", position_key="sales_lead"))
    house.odoo.faults.append(Fault("cut before", "hr.applicant", "unlink", after=1))
    with pytest.raises(HrmsUnavailable):
        await house.connector.erase("cand-1")
    await house.connector.erase("cand-1")
    assert house.odoo.models.rows["hr.applicant"] == {}


async def test_erasing_takes_a_report_along_whose_answer_was_lost(house: RunningOdoo) -> None:
    given = house.apply()
    house.odoo.faults.append(Fault("lost answer", "ir.attachment", "load"))
    with pytest.raises(DeliveryUnknown):
        await house.connector.deliver(about(given))
    resume = house.odoo.models.make("ir.attachment", {"res_model": "hr.applicant", "res_id": given, "create_uid": 2})
    assert len(house.odoo.models.rows["ir.attachment"]) == 2
    await house.connector.erase("cand-1")
    assert list(house.odoo.models.rows["ir.attachment"]) == [resume]


async def test_erasing_whose_answer_was_lost_takes_the_contact_along(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    house.odoo.faults.append(Fault("lost answer", "hr.applicant", "unlink"))
    with pytest.raises(HrmsUnavailable):
        await house.connector.erase("cand-1")
    await house.connector.erase("cand-1")
    assert house.odoo.models.rows["res.partner"] == {}
    with house.database.reading() as session:
        assert {link.kind for link in session.exec(select(HrmsLink))} == {"effect", "erased"}


async def test_a_contact_that_we_may_not_delete_is_named_for_a_person(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    house.odoo.models.forbidden_models.add(("res.partner", "unlink"))
    with pytest.raises(HrmsRejected, match=r"a person has to delete what we may not: contact \d+"):
        await house.connector.erase("cand-1")
    assert house.odoo.models.rows["hr.applicant"] == {}
    with pytest.raises(HrmsRejected, match="contact"):
        await house.connector.erase("cand-1")


async def test_someone_who_was_hired_stays_in_odoo_without_our_results(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    house.applicant()["application_status"] = "hired"
    await house.connector.erase("cand-1")
    assert house.applicant()["partner_name"] == NAME
    assert house.odoo.notes() == []
    assert house.properties() == {}
