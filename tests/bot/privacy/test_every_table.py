from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, String, Table
from sqlmodel import SQLModel, select

from bot.outreach.applicant_intake import ERASED
from bot.outreach.applicant_invitation import Told
from bot.outreach.invitation_list import forget_old
from bot.outreach.walk_in import forget_walk_ins
from bot.privacy.carrying_out import carry_out
from bot.privacy.erasure import ask_for_erasure
from bot.privacy.notices import Teller
from bot.privacy.pseudonym import KEPT
from bot.privacy.retention import keep_to_policy
from bot.services import Services
from core.clock import hands_restored, now, turn_forward
from core.tables import Applicant
from hr_bridge.policy import load_policy
from tests.bot.console.house import furnished
from tests.bot.privacy.canary_rows import NOBODY, Canary, every_value, left, plant, tables_naming

RECORD = {
    "interview.form",
    "interview.origin",
    "question.competency",
    "question.follow_up",
    "question.source",
    "question.stage",
    "report.competencies",
    "report.level",
    "report.model",
    "score.competency",
    "score.model",
    "score.star",
    "score.unscored_reason",
    "decision.by",
    "decision.value",
    "override.by",
    "override.competency",
    "override.reviewer",
    "reviewerrating.competency",
    "reviewerrating.reviewer",
}
"""The decision record under a pseudonym: scores, the scorer's and the company's words."""
APPLICATION = {
    "applicant.job_id",
    "applicant.job_title",
    "applicant.position_key",
    "applicant.remote_id",
    "applicant.remote_version",
}
"""By which what lies in the HR system brings nobody back."""
HOLD = {"legalhold.placed_by", "legalhold.released_by"}
"""That a hold stood, and who placed it."""
EMPLOYMENT = {
    "employee.external_id",
    "employee.wrapped_key",
    "hire.sealed",
    "hire.source",
    "employeepay.sealed",
    "employeepay.source",
    "employeeexit.sealed",
    "employeeexit.source",
    "performancerating.period",
    "performancerating.sealed",
    "performancerating.source",
    "competencyrating.competency",
    "competencyrating.family",
    "competencyrating.period",
    "competencyrating.sealed",
    "competencyrating.source",
}
"""Of somebody who was hired: an employee, under the HR system's id. It goes on a request, not with the candidate."""
TOLD_BY = {"secondrating.model", "reportprose.model"}
"""On the certificate: whose model has seen what was said."""
LINKS = {"accesslink.token_hash"}
"""Whoever comes with the former link hears that it was erased."""
UNTIL_TOLD = {
    "hrmslink.content_hash",
    "hrmslink.kind",
    "hrmslink.remote_id",
    "providerorder.client_reference",
    "webhookreceipt.digest",
    "webhookreceipt.effect_id",
}
"""What the systems are told by; the webhook takes its receipts away itself."""
RECEIPTS = {"webhookreceipt.digest", "webhookreceipt.effect_id"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
async def services(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    settings = {}
    if request.param == "postgresql":
        fresh: Callable[[], str] = request.getfixturevalue("fresh_postgres")
        settings["DATABASE_URL"] = fresh()
    with furnished(tmp_path, monkeypatch, **settings) as made, hands_restored():
        yield made


def erased(services: Services, canary: Canary) -> None:
    with services.database.unit_of_work() as session:
        request_id = ask_for_erasure(session, canary.candidate_id, "candidate")
    assert carry_out(services, request_id)


def left_in(services: Services, canary: Canary) -> set[str]:
    return left(canary, every_value(services.database.engine))


class System:
    async def erase(self, candidate_id: str) -> None:
        return None


async def test_every_table_holds_a_canary_or_is_said_to_hold_nobody(services: Services) -> None:
    canary = plant(services)
    tables = set(SQLModel.metadata.tables)
    assert canary.tables == tables - set(NOBODY)
    assert set(NOBODY) <= tables, "a table that went is no longer explained"
    assert left_in(services, canary) == set(canary.marks), "the search finds what is there"


async def test_a_table_that_nobody_thought_of_keeps_its_canary(services: Services) -> None:
    table = Table("whim", SQLModel.metadata, Column("id", String, primary_key=True), Column("words", String))
    try:
        table.create(services.database.engine)
        canary = plant(services)
        erased(services, canary)
        assert {name for name in left_in(services, canary) if name.startswith("whim.")} == {"whim.words"}
    finally:
        SQLModel.metadata.remove(table)


async def test_an_erasure_leaves_what_it_says_and_nothing_else_in_any_table(services: Services, tmp_path: Path) -> None:
    gone, stays = plant(services), plant(services)
    erased(services, gone)
    meant = RECORD | APPLICATION | HOLD | TOLD_BY | LINKS | {"employee.external_id"}
    assert left_in(services, gone) == meant | UNTIL_TOLD
    assert left_in(services, stays) == set(stays.marks), "nobody else is touched"
    connectors: dict[str, Any] = {name: System() for name in ("odoo", "provider", "records", "webhook")}
    await Teller(services.database, connectors).tell_due()
    assert left_in(services, gone) == meant | RECEIPTS
    assert tables_naming(services.database.engine, gone.candidate_id, gone.interview_id) == {
        "auditentry",
        "candidate",
        "erasedsubject",
        "erasurecertificate",
        "erasurenotice",
        "erasurerequest",
        "legalhold",
        "webhookreceipt",
    }
    keep_to_policy(services)  # which empties the log of the database, once a day
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert left(gone, [files]) <= meant | RECEIPTS


async def test_four_years_of_retention_leave_what_the_policy_says_in_every_table(services: Services) -> None:
    policy, canary = load_policy("cn"), plant(services)
    after = APPLICATION | HOLD | LINKS | EMPLOYMENT
    expected = {
        policy.recordings_kept_days - 1: set(canary.marks),
        policy.recordings_kept_days + 1: RECORD | after,
        policy.decision_record_kept_days - 1: RECORD | after,
        policy.decision_record_kept_days + 2: after,
        4 * 366: after,
    }
    begun = now()
    for day, words in expected.items():
        turn_forward(begun + timedelta(days=day) - now())
        keep_to_policy(services)
        if day >= policy.recordings_kept_days:  # what goes after a day went by other jobs of the worker
            forget_walk_ins(services)
            with services.database.unit_of_work() as session:
                forget_old(session)
        assert left_in(services, canary) == words, day
    assert tables_naming(services.database.engine, canary.candidate_id, canary.interview_id) == {
        "erasedsubject",
        "legalhold",
    }
    left_rows = {
        name
        for name in (*KEPT, "candidate")
        for _ in every_value(services.database.engine, [SQLModel.metadata.tables[name]])
    }
    assert left_rows == set()


async def test_an_application_that_waits_goes_with_the_person_and_comes_back_by_no_look(services: Services) -> None:
    canary, other = plant(services), plant(services)
    waiting = {}
    with services.database.unit_of_work() as session:
        for each in (canary, other):
            wrapped = services.keys.new_wrapped_key()
            told = Told("某人", f"{each.phone[3:6]} {each.phone[6:10]} {each.phone[10:]}", None)
            row = Applicant(
                connector="odoo",
                remote_id=f"w{each.number}",
                remote_version="1",
                standing="open",
                position_key="sales",
                wrapped_key=wrapped,
                told_sealed=told.seal(services.keys.unwrap(wrapped)),
                arrived_at=now(),
                changed_at=now(),
            )
            session.add(row)
            waiting[each.number] = (row.id, wrapped)
    erased(services, canary)
    with services.database.reading() as session:
        gone = session.get_one(Applicant, waiting[canary.number][0])
        assert (gone.wrapped_key, gone.told_sealed, gone.problem) == (None, None, ERASED)
        assert session.get_one(Applicant, waiting[other.number][0]).told_sealed is not None
        assert len(session.exec(select(Applicant).where(Applicant.problem == ERASED)).all()) == 2
    assert waiting[canary.number][1] not in b"\0".join(every_value(services.database.engine))
