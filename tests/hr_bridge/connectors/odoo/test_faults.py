"""Every trouble that a real Odoo was seen to make, and some that only people make. After each the result is there once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.clock import now
from hr_bridge.assessment import AssessedPerson
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable, Receipt
from hr_bridge.connectors.odoo.mapping import Move
from tests.fakes.odoo.server import Fault, Trouble
from tests.hr_bridge.assessments import DECISION, QUOTE
from tests.hr_bridge.connectors.odoo.running_odoo import MOVES, RunningOdoo, effect, running_odoo


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RunningOdoo]:
    async with running_odoo(tmp_path, *MOVES, pay=True) as odoo:
        yield odoo


async def deliver_as_the_engine_does(house: RunningOdoo, sent: Effect, attempts: int = 8) -> Receipt:
    """Look after an unknown outcome, then send again, as hr_bridge.delivery does."""
    unknown = False
    for _ in range(attempts):
        try:
            found = await house.connector.find(sent.id) if unknown else None
            return found or await house.connector.deliver(sent)
        except DeliveryUnknown:
            unknown = True
        except HrmsUnavailable:
            continue
    raise AssertionError("it never landed")


def stands_once(house: RunningOdoo, *, stage: int = 3) -> None:
    rows, applicant = house.odoo.models.rows, house.applicant()
    assert len(rows["ir.attachment"]) == len(rows["calendar.event"]) == len(house.odoo.notes()) == 1
    assert house.properties() == {"mianshi_match": 85.0, "mianshi_level": "mid", "mianshi_interview": "int-cand-1"}
    assert (applicant["stage_id"], applicant["priority"], applicant["salary_proposed"]) == (stage, "2", 11500.0)
    assert applicant["salary_proposed_extra"].startswith("CNY，税前月薪")
    assert house.odoo.models.mails == []


STEPS = [
    ("hr.applicant", "load"),
    ("hr.applicant", "read"),
    ("hr.applicant", "write"),
    ("ir.attachment", "load"),
    ("calendar.event", "load"),
    ("mail.message", "load"),
    ("mail.message", "read"),
    ("hr.recruitment.stage", "search_read"),
]


@pytest.mark.parametrize("trouble", ["lost answer", "cut before", "database fails", "gateway"])
@pytest.mark.parametrize(("model", "method"), STEPS)
async def test_a_connection_that_breaks_at_any_step_leaves_everything_there_once(
    house: RunningOdoo, model: str, method: str, trouble: Trouble
) -> None:
    house.odoo.faults.append(Fault(trouble, model, method))
    sent = effect()
    receipt = await deliver_as_the_engine_does(house, sent)
    assert house.odoo.faults == []
    stands_once(house)
    assert await house.connector.find(sent.id) == receipt == await house.connector.deliver(sent)


async def test_the_stage_comes_last_and_the_result_has_not_landed_before_it(house: RunningOdoo) -> None:
    house.odoo.faults.append(Fault("cut before", "hr.applicant", "write", after=1))
    sent = effect()
    with pytest.raises(DeliveryUnknown):
        await house.connector.deliver(sent)
    assert len(house.odoo.notes()) == 1
    assert house.applicant()["stage_id"] == 1
    assert await house.connector.find(sent.id) is None
    receipt = await house.connector.deliver(sent)
    stands_once(house)
    assert await house.connector.find(sent.id) == receipt


async def test_a_move_whose_answer_was_lost_has_landed(house: RunningOdoo) -> None:
    house.odoo.faults.append(Fault("lost answer", "hr.applicant", "write", after=1))
    sent = effect()
    with pytest.raises(DeliveryUnknown):
        await house.connector.deliver(sent)
    assert await house.connector.find(sent.id) is not None
    stands_once(house)


async def test_a_stage_that_a_person_changed_meanwhile_stays(house: RunningOdoo) -> None:
    def a_person_moves_on() -> None:
        row = house.applicant()
        row["stage_id"], row["date_last_stage_update"] = 5, "2026-11-23 09:00:00"

    house.odoo.meanwhile["mail.message", "load"] = a_person_moves_on
    sent = effect()
    receipt = await house.connector.deliver(sent)
    stands_once(house, stage=5)
    assert await house.connector.find(sent.id) == receipt


async def test_a_stage_that_a_person_put_back_after_us_stays_back(house: RunningOdoo) -> None:
    sent = effect()
    await house.connector.deliver(sent)
    row = house.applicant()
    row["stage_id"], row["date_last_stage_update"] = 1, "2036-11-23 09:00:00"
    await house.connector.deliver(sent)
    assert row["stage_id"] == 1


async def test_a_stage_outside_the_allow_list_is_left_alone(house: RunningOdoo) -> None:
    given = house.apply(stage_id=5)
    await house.connector.deliver(effect(candidate=_person(str(given))))
    stands_once(house, stage=5)


async def test_a_refused_applicant_gets_the_result_and_is_not_moved(house: RunningOdoo) -> None:
    given = house.apply(active=False)
    await house.connector.deliver(effect(candidate=_person(str(given))))
    stands_once(house, stage=1)


async def test_an_applicant_is_never_hired(house: RunningOdoo) -> None:
    stages = house.odoo.models.rows["hr.recruitment.stage"]
    stages[3]["hired_stage"] = True
    with pytest.raises(HrmsRejected, match="hires in Odoo, and hiring is a person's act"):
        await house.connector.deliver(effect())
    assert house.odoo.models.rows["hr.applicant"] == {}


async def test_a_stage_that_came_to_hire_meanwhile_is_not_moved_into(house: RunningOdoo) -> None:
    house.odoo.faults.append(Fault("cut before", "hr.applicant", "write", after=1))
    sent = effect()
    with pytest.raises(DeliveryUnknown):
        await house.connector.deliver(sent)
    house.odoo.models.rows["hr.recruitment.stage"][3]["hired_stage"] = True
    with pytest.raises(HrmsRejected, match="hiring is a person's act"):
        await house.open_connector().deliver(sent)
    assert house.applicant()["stage_id"] == 1


async def test_a_decision_moves_only_where_it_is_on_the_list(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    refused = DECISION.model_copy(update={"value": "reject"})
    await house.connector.deliver(effect("decision", decision=refused))
    assert house.applicant()["stage_id"] == 3
    assert house.applicant()["active"]
    await house.connector.deliver(effect("decision", decision=DECISION))
    assert house.applicant()["stage_id"] == 4
    assert house.odoo.models.mails == []  # the stage has a template, which would have written to the candidate
    assert [("recruiter-1" in note["body"], "进入下一轮" in note["body"]) for note in house.odoo.notes()[1:]] == [
        (True, False),
        (True, True),
    ]


@pytest.mark.parametrize("trouble", ["serialize", "serialize under 200"])
async def test_a_lost_race_is_tried_again_at_once(house: RunningOdoo, trouble: Trouble) -> None:
    house.odoo.faults += [Fault(trouble, "hr.applicant", "load"), Fault(trouble, "mail.message", "load")]
    await house.connector.deliver(effect())
    stands_once(house)


async def test_an_odoo_that_stays_busy_is_tried_again_later(house: RunningOdoo) -> None:
    house.odoo.faults += [Fault("serialize", "hr.applicant", "load") for _ in range(5)]
    with pytest.raises(HrmsUnavailable, match="busy"):
        await house.connector.deliver(effect())
    await house.connector.deliver(effect())


async def test_what_others_wrote_stays_and_what_they_wiped_meanwhile_is_written_again(house: RunningOdoo) -> None:
    given = house.apply()
    house.odoo.models.values[given] = {"hr_own": "of HR"}
    waiting = [lambda: house.odoo.models.values[given].pop("mianshi_match")]

    def wipe_after_our_write() -> None:
        house.odoo.meanwhile["hr.applicant", "read"] = waiting.pop()

    house.odoo.meanwhile["hr.applicant", "write"] = wipe_after_our_write
    await house.connector.deliver(effect(candidate=_person(str(given))))
    assert waiting == []
    assert house.properties(given) == {
        "hr_own": "of HR",
        "mianshi_match": 85.0,
        "mianshi_level": "mid",
        "mianshi_interview": "int-cand-1",
    }


async def test_a_persons_stars_and_pay_stay_and_what_we_wrote_is_corrected(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    await house.connector.deliver(effect("correction", match=95.0))
    assert house.applicant()["priority"] == "3"
    house.applicant().update(priority="1", salary_proposed_extra="agreed on the phone")
    pay = effect().assessment.salary
    assert pay is not None
    await house.connector.deliver(effect("correction", 2, match=81.0, salary=pay.model_copy(update={"point": 10.5})))
    applicant = house.applicant()
    assert (applicant["priority"], applicant["salary_proposed"]) == ("1", 11500.0)
    assert house.properties()["mianshi_match"] == 81.0


async def test_stars_and_pay_whose_answer_was_lost_are_still_ours_to_correct(house: RunningOdoo) -> None:
    house.odoo.faults.append(Fault("lost answer", "hr.applicant", "write"))
    await deliver_as_the_engine_does(house, effect())
    await house.connector.deliver(effect("correction", match=95.0))
    assert house.applicant()["priority"] == "3"
    house.odoo.faults.append(Fault("cut before", "hr.applicant", "write"))
    await deliver_as_the_engine_does(house, effect("correction", 2, match=81.0))
    assert house.applicant()["priority"] == "2"


async def test_what_a_correction_takes_back_is_taken_out_unless_a_person_wrote_it(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    await house.connector.deliver(effect("correction", match=40.0, salary=None))
    applicant = house.applicant()
    assert (applicant["priority"], applicant["salary_proposed"], applicant["salary_proposed_extra"]) == ("0", 0, False)
    applicant.update(priority="2", salary_proposed=9000.0)
    await house.connector.deliver(effect("correction", 2, match=30.0, salary=None))
    assert (applicant["priority"], applicant["salary_proposed"]) == ("2", 9000.0)


async def test_a_marker_among_a_candidates_words_is_no_marker(house: RunningOdoo) -> None:
    sent = effect(summary="他说：mianshi:01J:0123456789abcdef:1-4-20261123090000")
    receipt = await house.connector.deliver(sent)
    assert await house.connector.find(sent.id) == receipt


async def test_what_a_person_corrected_on_an_applicant_whose_answer_was_lost_stays(house: RunningOdoo) -> None:
    house.odoo.faults.append(Fault("lost answer", "hr.applicant", "load"))
    sent = effect()
    with pytest.raises(DeliveryUnknown):
        await house.connector.deliver(sent)
    house.applicant().update(partner_name="欧阳晓梅（内推）", email_from="right@example.test")
    await house.connector.deliver(sent)
    stands_once(house)
    applicant = house.applicant()
    assert (applicant["partner_name"], applicant["email_from"]) == ("欧阳晓梅（内推）", "right@example.test")


async def test_a_correction_does_not_say_that_ai_alone_gave_the_scores(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    await house.connector.deliver(effect("correction", match=81.0))
    said = ["已经人工更正" in note["body"] for note in house.odoo.notes()]
    assert said == [False, True]


async def test_a_deleted_applicant_is_not_brought_back(house: RunningOdoo) -> None:
    await house.connector.deliver(effect())
    house.odoo.models.unlink("hr.applicant", [house.applicant()["id"]])
    with pytest.raises(HrmsRejected, match="was deleted in Odoo"):
        await house.connector.deliver(effect("correction"))
    assert house.odoo.models.rows["hr.applicant"] == {}


async def test_a_deleted_report_or_calendar_entry_stays_deleted(house: RunningOdoo) -> None:
    sent = effect()
    house.odoo.faults.append(Fault("cut before", "mail.message", "load"))
    with pytest.raises(DeliveryUnknown):
        await house.connector.deliver(sent)
    rows = house.odoo.models.rows
    house.odoo.models.unlink("ir.attachment", list(rows["ir.attachment"]))
    house.odoo.models.unlink("calendar.event", list(rows["calendar.event"]))
    await house.connector.deliver(sent)
    assert rows["ir.attachment"] == rows["calendar.event"] == {}


@pytest.mark.parametrize("operation", ["", ":write"])
async def test_one_forbidden_field_loses_nothing_else(house: RunningOdoo, operation: str) -> None:
    house.odoo.models.forbidden_fields.add(("hr.applicant", f"salary_proposed{operation}"))
    await house.connector.deliver(effect())
    assert house.applicant()["salary_proposed"] == 0.0
    assert (house.applicant()["priority"], house.properties()["mianshi_match"]) == ("2", 85.0)
    assert len(house.odoo.notes()) == 1


async def test_an_applicant_is_made_without_a_field_that_we_may_not_write(house: RunningOdoo) -> None:
    house.odoo.models.forbidden_fields.add(("hr.applicant", "partner_phone:write"))
    await house.connector.deliver(effect())
    stands_once(house)
    house.odoo.models.forbidden_fields.add(("hr.applicant", "partner_name:write"))
    with pytest.raises(HrmsRejected, match="the field partner_name"):
        await house.connector.deliver(effect(candidate=_person(None).model_copy(update={"id": "cand-2"})))
    assert len(house.odoo.models.rows["hr.applicant"]) == 1


async def test_a_required_field_that_is_forbidden_parks_the_result_and_is_named(house: RunningOdoo) -> None:
    house.odoo.models.forbidden_fields.add(("hr.applicant", "applicant_properties"))
    with pytest.raises(HrmsRejected, match=r"the field applicant_properties of hr\.applicant"):
        await house.connector.deliver(effect())
    assert house.odoo.notes() == []


async def test_a_job_without_our_properties_is_named_and_nothing_is_wiped(house: RunningOdoo) -> None:
    other = house.odoo.add_job("Old", {"name": "hr_own", "type": "char", "string": "Of HR"})
    house.mapping.jobs["sales"] = house.mapping.jobs["sales"].model_copy(update={"job": other})
    given = house.apply(job_id=other)
    house.odoo.models.values[given] = {"hr_own": "of HR"}
    with pytest.raises(HrmsRejected, match=r"no property mianshi_match.*--prepare"):
        await house.connector.deliver(effect(candidate=_person(str(given))))
    assert house.properties(given) == {"hr_own": "of HR"}


async def test_a_key_that_expires_in_the_middle_waits_for_a_new_one(house: RunningOdoo) -> None:
    house.odoo.meanwhile["calendar.event", "load"] = lambda: setattr(house.odoo, "key", "another")
    sent = effect()
    with pytest.raises(HrmsUnavailable, match="does not accept our key"):
        await house.connector.deliver(sent)
    with pytest.raises(HrmsUnavailable, match="ODOO_KEY"):
        await house.connector.find(sent.id)
    house.odoo.key = "a-key-of-the-bridge"
    await house.connector.deliver(sent)
    stands_once(house)


async def test_two_workers_on_one_delivery_leave_it_there_once(house: RunningOdoo) -> None:
    sent = effect()
    receipts = await asyncio.gather(*(house.open_connector().deliver(sent) for _ in range(4)))
    assert len(set(receipts)) == 1
    stands_once(house)


@pytest.mark.parametrize("skew", [timedelta(days=3), -timedelta(days=3)])
async def test_a_clock_of_ours_that_is_wrong_changes_neither_receipt_nor_stage(
    house: RunningOdoo, skew: timedelta
) -> None:
    real, sent = now(), effect()
    with clock.hands_restored():
        clock.turn_forward(skew)
        receipt = await house.connector.deliver(sent)
    assert abs(receipt.received_at - real) < timedelta(minutes=1)
    stands_once(house)
    event = next(iter(house.odoo.models.rows["calendar.event"].values()))
    assert (event["start"], event["stop"]) == ("2026-11-23 08:00:00", "2026-11-23 08:00:00")


async def test_a_lost_link_table_doubles_nothing(house: RunningOdoo, tmp_path: Path) -> None:
    sent = effect()
    receipt = await house.connector.deliver(sent)
    (tmp_path / "fresh").mkdir()
    async with running_odoo(tmp_path / "fresh", *MOVES, pay=True) as fresh:
        fresh.mapping, fresh.client = house.mapping, house.client
        assert await fresh.open_connector().deliver(sent) == receipt
    stands_once(house)


async def test_no_error_repeats_what_odoo_said_about_a_candidate(house: RunningOdoo) -> None:
    house.odoo.models.forbidden_models.add(("mail.message", "create"))
    with pytest.raises(HrmsRejected) as caught:
        await house.connector.deliver(effect(summary=QUOTE))
    assert QUOTE not in caught.value.reason
    assert "Traceback" not in caught.value.reason
    assert "mail.message" in caught.value.reason


def _person(external_id: str | None) -> AssessedPerson:
    return effect().assessment.candidate.model_copy(update={"external_id": external_id})


async def test_a_withdrawal_is_one_note_and_touches_nothing_else(tmp_path: Path) -> None:
    moved = Move(when="withdrawn", from_=(3,), to=2)
    async with running_odoo(tmp_path, *MOVES, moved) as house:
        await house.connector.deliver(effect())
        before, files = dict(house.applicant()), len(house.odoo.models.rows["ir.attachment"])
        sent = effect("withdrawn", withdrawn_at=now())
        first, second = await house.connector.deliver(sent), await house.connector.deliver(sent)
        assert first == second
        (_, note) = house.odoo.notes()
        assert "候选人已退出面试" in note["body"]
        assert QUOTE not in note["body"]
        assert len(house.odoo.models.rows["ir.attachment"]) == files
        after = dict(house.applicant())
        assert (after.pop("stage_id"), before.pop("stage_id")) == (2, 3)
        assert house.properties()["mianshi_match"] == 85.0
