from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hr_bridge.connectors.odoo.check import Finding, OdooCheck
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.mapping import Job, Mapping, Move
from tests.hr_bridge.connectors.odoo.running_odoo import MOVES, RunningOdoo, effect, running_odoo


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RunningOdoo]:
    async with running_odoo(tmp_path, *MOVES, pay=True) as odoo:
        odoo.odoo.models.forbidden_fields.add(("hr.version", "wage"))
        yield odoo


async def examine(house: RunningOdoo, mapping: Mapping | None = None) -> dict[str, Finding]:
    return {one.name: one for one in await OdooCheck(house.client, mapping or house.mapping).examine()}


async def test_an_odoo_that_is_ready_has_nothing_wrong_and_was_not_changed(house: RunningOdoo) -> None:
    found = await examine(house)
    assert {name: one.verdict for name, one in found.items() if one.verdict == "fail"} == {}
    assert found["server"].detail == "Odoo 19.0"
    assert "2 moves allowed" in found["job of sales"].detail or "mails the candidate" in found["job of sales"].detail
    assert {method for _, method in house.odoo.requests} <= {
        "context_get",
        "has_access",
        "fields_get",
        "read",
        "search_read",
    }


async def test_what_our_user_may_not_do_is_named(house: RunningOdoo) -> None:
    house.odoo.models.forbidden_models |= {("mail.message", "create"), ("hr.applicant", "unlink")}
    found = await examine(house)
    assert found["rights"].verdict == "fail"
    assert "create mail.message" in found["rights"].detail
    assert found["erasure"].verdict == "warn"


async def test_a_field_that_is_missing_or_of_another_kind_is_named(house: RunningOdoo) -> None:
    rules = {rule.target: rule for rule in house.mapping.fields}
    wrong = (
        rules["priority"].model_copy(update={"target": "x_stars", "required": True}),
        rules["salary_proposed"].model_copy(update={"target": "partner_name"}),
    )
    house.odoo.models.forbidden_fields.add(("hr.applicant", "email_from:write"))
    found = await examine(house, house.mapping.model_copy(update={"fields": (*wrong, rules["email_from"])}))
    assert (found["field x_stars"].verdict, "no field x_stars" in found["field x_stars"].detail) == ("fail", True)
    assert found["field partner_name"].detail == "it is char there and float in the mapping; it is left out"
    assert found["field email_from"].detail == "it is read-only there; it is left out"


async def test_without_jobs_those_of_odoo_are_listed_with_their_ids(house: RunningOdoo) -> None:
    found = await examine(house, house.mapping.model_copy(update={"jobs": {}}))
    assert found["jobs"].verdict == "fail"
    assert f"{house.job} Sales" in found["jobs"].detail
    assert "3 First Interview" in found["jobs"].detail


async def test_a_stage_that_hires_and_a_job_that_is_gone_are_named(house: RunningOdoo) -> None:
    hires = Job(job=house.job, moves=(Move(when="advance", from_=(3,), to=6),))
    found = await examine(house, house.mapping.model_copy(update={"jobs": {"sales": hires, "driver": Job(job=999)}}))
    assert "hiring is a person's act" in found["job of sales"].detail
    assert "there is no job 999" in found["job of driver"].detail


async def test_preparing_adds_what_lacks_and_keeps_what_was_there(house: RunningOdoo) -> None:
    bare = house.odoo.add_job("Bare", {"name": "hr_own", "type": "char", "string": "Of HR"})
    mapping = house.mapping.model_copy(update={"jobs": {"sales": Job(job=bare)}})
    assert (await examine(house, mapping))["job of sales"].remedy == "mianshi hrms check --prepare"
    check = OdooCheck(house.client, mapping)
    assert len(await check.prepare()) == 1
    assert await check.prepare() == []
    definition = house.odoo.models.rows["hr.job"][bare]["applicant_properties_definition"]
    assert [one["name"] for one in definition] == ["hr_own", "mianshi_match", "mianshi_level", "mianshi_interview"]
    assert (await examine(house, mapping))["job of sales"].verdict == "ok"


async def test_a_recruiting_key_that_reads_pay_is_more_than_needed(house: RunningOdoo) -> None:
    assert "least privilege" not in await examine(house)
    house.odoo.models.forbidden_fields.clear()
    assert (await examine(house))["least privilege"].verdict == "warn"


async def test_a_wrong_key_and_a_server_that_is_down_end_the_examination_with_what_to_do(house: RunningOdoo) -> None:
    check = OdooCheck(OdooClient(house.odoo.url, "wrong"), house.mapping)
    assert [(one.verdict, "ODOO_KEY" in one.detail) for one in await check.examine()][-1] == ("fail", True)
    await house.stop()
    assert ["ODOO_URL" in one.detail for one in (await examine(house)).values()] == [True]


async def test_a_preview_shows_what_would_change_and_changes_nothing(house: RunningOdoo) -> None:
    given = house.apply(priority="1")
    house.odoo.models.values[given] = {"mianshi_match": 40.0}
    person = effect().assessment.candidate.model_copy(update={"external_id": str(given)})
    shown = await house.connector.preview(effect(candidate=person))
    assert {(c.field, c.before, c.after) for c in shown if c.field not in ("note", "report", "event")} == {
        ("applicant_properties.mianshi_match", 40.0, 85.0),
        ("applicant_properties.mianshi_level", False, "mid"),
        ("applicant_properties.mianshi_interview", False, "int-cand-1"),
        ("salary_proposed", 0.0, 11500.0),
        ("salary_proposed_extra", False, shown[4].after),
        ("stage_id", 1, 3),
    }
    assert {"note", "report", "event"} <= {change.field for change in shown}
    assert {method for _, method in house.odoo.requests} == {"read", "search_read"}


async def test_a_preview_of_somebody_new_shows_the_applicant_to_be_made(house: RunningOdoo) -> None:
    shown = {change.field: change for change in await house.connector.preview(effect())}
    assert (shown["job_id"].before, shown["job_id"].after) == (None, str(house.job))
    assert shown["partner_name"].after == "欧阳晓梅"
    assert house.odoo.models.rows["hr.applicant"] == {}


async def test_what_taking_applicants_in_needs_is_told(house: RunningOdoo) -> None:
    found = await examine(house)
    assert (found["applicants"].verdict, "sales: prepare" in found["applicants"].detail) == ("ok", True)

    house.odoo.models.forbidden_models.add(("ir.attachment", "read"))
    house.odoo.models.forbidden_fields |= {("hr.applicant", "email_from"), ("hr.applicant", "partner_phone")}
    found = await examine(house)
    assert "read ir.attachment" in found["rights"].detail
    assert "neither phone nor e-mail" in found["applicants"].detail

    found = await examine(house, house.mapping.model_copy(update={"invite": "never"}))
    assert "read ir.attachment" not in found.get("rights", Finding("rights", "ok", "")).detail
    assert "nobody is taken in" in found["applicants"].detail
