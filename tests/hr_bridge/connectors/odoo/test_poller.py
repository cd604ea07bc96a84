"""What is read from Odoo, and that nothing is lost or taken for news whatever happens on the way."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from core.clock import hands_restored, turn_forward
from hr_bridge.applications import Application, FetchFile
from hr_bridge.connectors.base import HrmsUnavailable
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.cursor import Cursor
from hr_bridge.connectors.odoo.poller import Poller
from tests.fakes.odoo.server import KEY, Fault, Trouble
from tests.hr_bridge.connectors.odoo.running_odoo import MOVES, RunningOdoo, effect, running_odoo


class Desk:
    """An intake that remembers what it was told."""

    def __init__(self) -> None:
        self.taken: list[Application] = []
        self.gone: list[int] = []
        self.again: list[int] = []
        self.fails_at: int | None = None

    async def known(self) -> Mapping[int, str]:
        return {one.remote_id: one.version for one in self.taken if one.remote_id not in self.gone}

    async def to_read_again(self) -> Sequence[int]:
        return self.again

    async def take(self, application: Application, fetch: FetchFile) -> None:
        if application.remote_id == self.fails_at:
            self.fails_at = None
            raise HrmsUnavailable("the key expired")
        self.taken.append(application)

    async def deleted(self, remote_ids: Sequence[int]) -> None:
        self.gone += remote_ids

    @property
    def newest(self) -> dict[int, Application]:
        """As each stands by what was told last."""
        return {one.remote_id: one for one in self.taken}


class House:
    """A fake Odoo, our database, and a poller between them that has looked once already."""

    def __init__(self, odoo: RunningOdoo) -> None:
        self.odoo, self.desk = odoo, Desk()
        self.poller = self.another_poller(self.desk)

    def another_poller(self, desk: Desk, **changes: object) -> Poller:
        mapping = self.odoo.mapping.model_copy(update=changes)
        return Poller(self.odoo.client, mapping, Cursor(self.odoo.database, "odoo"), desk)

    async def look(self, poller: Poller | None = None) -> bool:
        turn_forward(timedelta(minutes=2))
        return await (poller or self.poller).poll_if_due()

    def attach(self, applicant: int, name: str = "cv.pdf", data: bytes = b"%PDF-1.4 hello") -> int:
        values = {"name": name, "res_model": "hr.applicant", "res_id": applicant}
        return self.odoo.odoo.models.make("ir.attachment", values | {"datas": base64.b64encode(data).decode()})

    def change(self, applicant: int, **values: object) -> None:
        self.odoo.odoo.models.write("hr.applicant", [applicant], values, {})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with hands_restored():
        async with running_odoo(tmp_path, *MOVES) as odoo:
            made = House(odoo)
            await made.look()
            yield made


async def test_a_new_applicant_is_read_with_position_contact_and_resume(house: House) -> None:
    one = house.odoo.apply(email_from="mei@example.com")
    house.odoo.odoo.models.make(
        "ir.attachment", {"name": "of a job", "res_model": "hr.job", "res_id": one, "datas": ""}
    )
    house.attach(one)
    house.attach(one, "photo.jpg", b"\xff\xd8\xff")
    assert await house.look()

    (taken,) = house.desk.taken
    assert (taken.name, taken.phone, taken.email) == ("欧阳晓梅", "138 1234 1234", "mei@example.com")
    assert (taken.position, taken.job_title, taken.standing) == ("sales", "Sales", "open")
    assert not taken.was_there_before
    assert taken.candidate_id is None
    assert taken.resume is not None
    assert taken.resume.name == "cv.pdf"
    assert await house.poller._reader.fetch(taken.resume.id) == b"%PDF-1.4 hello"


async def test_who_applied_before_the_first_look_is_no_news_unless_a_day_is_named(tmp_path: Path) -> None:
    with hands_restored():
        async with running_odoo(tmp_path, *MOVES) as odoo:
            old = odoo.apply()
            house = House(odoo)
            await house.look()
            new = odoo.apply(partner_name="New")
            await house.look()
            assert {one.remote_id: one.was_there_before for one in house.desk.taken} == {old: True, new: False}

    with hands_restored():
        (tmp_path / "other").mkdir()
        async with running_odoo(tmp_path / "other", *MOVES) as odoo:
            odoo.apply()
            house = House(odoo)
            await house.look(house.another_poller(house.desk, since=date(2020, 1, 1)))
            assert [one.was_there_before for one in house.desk.taken] == [False]


async def test_two_changes_within_one_second_are_both_seen(house: House) -> None:
    one = house.odoo.apply()
    await house.look()
    stamp = house.odoo.applicant()["write_date"]
    house.change(one, partner_phone="139 0000 0000")
    house.odoo.applicant()["write_date"] = stamp
    await house.look()
    assert house.desk.newest[one].phone == "139 0000 0000"


async def test_what_did_not_change_is_not_read_for_ever(house: House) -> None:
    for number in range(3):
        house.odoo.apply(partner_name=f"P{number}")
    for _ in range(4):
        await house.look()
    assert len(house.desk.taken) == 2 * 3


async def test_a_file_that_came_later_is_seen_though_the_record_did_not_change(house: House) -> None:
    one = house.odoo.apply()
    await house.look()
    await house.look()
    house.attach(one)
    await house.look()
    assert house.desk.newest[one].resume is not None


async def test_our_own_results_are_neither_new_applicants_nor_resumes(house: House) -> None:
    sent = effect()
    await house.odoo.connector.deliver(sent)
    await house.look()

    (taken,) = house.desk.taken
    assert taken.candidate_id == sent.assessment.candidate.id
    assert taken.resume is None


async def test_more_than_one_chunk_comes_whole_and_in_order(house: House) -> None:
    made = [house.odoo.apply(partner_name=f"P{number}") for number in range(120)]
    await house.look()
    assert [one.remote_id for one in house.desk.taken] == made


async def test_a_key_that_expires_mid_run_loses_nobody(house: House) -> None:
    made = [house.odoo.apply(partner_name=f"P{number}") for number in range(60)]
    house.desk.fails_at = made[55]
    with pytest.raises(HrmsUnavailable):
        await house.look()
    assert Cursor(house.odoo.database, "odoo").problem() == "the key expired"
    await house.look()
    assert set(house.desk.newest) == set(made)
    assert Cursor(house.odoo.database, "odoo").problem() is None


async def test_a_wrong_key_says_what_to_do_and_stops_nothing_for_good(house: House) -> None:
    house.odoo.apply()
    house.odoo.odoo.key = "another"
    with pytest.raises(HrmsUnavailable, match="make a new one"):
        await house.look()
    assert "ODOO_KEY" in (Cursor(house.odoo.database, "odoo").problem() or "")
    house.odoo.odoo.key = KEY
    await house.look()
    assert len(house.desk.taken) == 1


async def test_an_odoo_that_was_down_for_a_day_is_caught_up_with(house: House) -> None:
    await house.odoo.stop()
    one = house.odoo.apply()
    for _ in range(3):
        turn_forward(timedelta(hours=8))
        with pytest.raises(HrmsUnavailable):
            await house.poller.poll_if_due()
    await house.odoo.start()
    await house.look()
    assert set(house.desk.newest) == {one}


@pytest.mark.parametrize("trouble", ["cut before", "lost answer", "database fails", "gateway", "serialize"])
async def test_a_connection_that_breaks_at_any_call_loses_nobody(house: House, trouble: Trouble) -> None:
    made = [house.odoo.apply(partner_name=f"P{number}") for number in range(3)]
    for call in range(6):
        house.odoo.odoo.faults.append(Fault(trouble, after=call))
        with suppress(HrmsUnavailable):
            await house.look()
        house.odoo.odoo.faults.clear()
    await house.look()
    assert set(house.desk.newest) == set(made)


@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
async def test_clocks_that_differ_lose_nobody(house: House, hours: int) -> None:
    house.odoo.odoo.models.ahead = timedelta(hours=hours) if hours > 0 else timedelta()
    turn_forward(timedelta(hours=-hours) if hours < 0 else timedelta())
    made = [house.odoo.apply()]
    await house.look()
    made.append(house.odoo.apply(partner_name="P2"))
    await house.look()
    assert set(house.desk.newest) == set(made)


async def test_a_change_that_was_committed_with_an_old_time_is_found_by_the_sweep(house: House) -> None:
    first = house.odoo.apply()
    await house.look()
    late = house.odoo.apply(partner_name="Late")
    house.odoo.odoo.models.rows["hr.applicant"][late]["write_date"] = "2020-01-01 00:00:00"
    await house.look()
    assert set(house.desk.newest) == {first}
    turn_forward(timedelta(days=1))
    await house.look()
    assert set(house.desk.newest) == {first, late}


async def test_a_deleted_record_is_told_once_a_day_and_a_refused_one_at_once(house: House) -> None:
    deleted, refused, archived = (house.odoo.apply(partner_name=name) for name in "ABC")
    await house.look()
    house.odoo.odoo.models.unlink("hr.applicant", [deleted])
    house.change(refused, active=False, application_status="refused")
    house.change(archived, active=False, application_status="archived")
    await house.look()
    assert house.desk.newest[refused].standing == "refused"
    assert house.desk.newest[archived].standing == "archived"
    assert house.desk.gone == []
    turn_forward(timedelta(days=1))
    await house.look()
    assert house.desk.gone == [deleted]


async def test_a_right_that_was_taken_away_calls_nobody_off_until_a_person_says_so(house: House) -> None:
    made = [house.odoo.apply(partner_name=f"P{number}") for number in range(6)]
    await house.look()
    for one in made[1:]:
        house.odoo.odoo.models.unlink("hr.applicant", [one])
    new = house.odoo.apply(partner_name="New")
    turn_forward(timedelta(days=1))
    await house.look()
    cursor = Cursor(house.odoo.database, "odoo")
    assert house.desk.gone == []
    assert new in house.desk.newest

    assert cursor.confirm_vanished() == 5
    turn_forward(timedelta(seconds=3))
    assert await house.poller.poll_if_due()
    assert house.desk.gone == made[1:]
    assert cursor.confirm_vanished() == 0


async def test_a_forbidden_field_loses_that_field_and_not_the_record(house: House) -> None:
    one = house.odoo.apply(email_from="mei@example.com")
    house.odoo.odoo.models.forbidden_fields.add(("hr.applicant", "partner_phone"))
    await house.look()
    assert (house.desk.newest[one].phone, house.desk.newest[one].email) == (None, "mei@example.com")
    house.odoo.odoo.models.forbidden_fields.add(("hr.applicant", "email_from"))
    house.change(one, partner_name="Renamed")
    await house.look()
    assert (house.desk.newest[one].name, house.desk.newest[one].email) == ("Renamed", None)


async def test_three_webhooks_for_one_change_make_one_early_look_and_a_lost_one_none(house: House) -> None:
    house.odoo.apply()
    turn_forward(timedelta(seconds=10))
    assert not await house.poller.poll_if_due()
    for _ in range(3):
        Cursor(house.odoo.database, "odoo").wake()
    assert await house.poller.poll_if_due()
    assert not await house.poller.poll_if_due()
    assert len(house.desk.taken) == 1


async def test_of_two_workers_one_looks_and_a_killed_one_holds_nobody_up_for_long(house: House) -> None:
    house.odoo.apply()
    turn_forward(timedelta(minutes=2))
    cursor = Cursor(house.odoo.database, "odoo")
    killed = cursor.claim()
    assert killed is not None
    assert not await house.look()
    turn_forward(timedelta(minutes=5))
    assert await house.poller.poll_if_due()
    assert len(house.desk.taken) == 1
    with pytest.raises(HrmsUnavailable):
        cursor.advance(killed, "2030-01-01 00:00:00")


async def test_a_worker_that_starts_anew_goes_on_where_the_last_one_stood(house: House) -> None:
    house.odoo.apply()
    await house.look()
    await house.look()
    second = house.odoo.apply(partner_name="P2")
    desk = Desk()
    client = OdooClient(house.odoo.odoo.url, KEY, "odoo", timeout=httpx.Timeout(10))
    await house.look(Poller(client, house.odoo.mapping, Cursor(house.odoo.database, "odoo"), desk))
    await client.aclose()
    assert second in desk.newest


async def test_who_was_hired_and_archived_between_two_looks_was_hired(house: House) -> None:
    one = house.odoo.apply()
    house.odoo.odoo.models.write("hr.applicant", [one], {"stage_id": 6}, {"mail_notrack": True})
    house.change(one, active=False, application_status="archived")
    await house.look()
    assert house.desk.newest[one].standing == "hired"


async def test_a_hire_is_told_with_its_day(house: House) -> None:
    one = house.odoo.apply(availability="2026-12-01")
    house.odoo.odoo.models.write("hr.applicant", [one], {"stage_id": 6}, {"mail_notrack": True})
    await house.look()
    taken = house.desk.newest[one]
    assert (taken.standing, taken.starts_on) == ("hired", date(2026, 12, 1))
    assert taken.hired_on is not None
    assert taken.package is None


async def test_a_slip_in_the_pay_of_one_applicant_holds_up_nobody(house: House) -> None:
    one, two = house.odoo.apply(salary_proposed=-15000.0), house.odoo.apply()
    pay = house.odoo.mapping.pay.model_copy(update={"enabled": True})
    assert await house.look(house.another_poller(house.desk, pay=pay))
    assert house.desk.newest.keys() == {one, two}
    assert house.desk.newest[one].package is None
