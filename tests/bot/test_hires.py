"""On a hire by a person, over there or in a file, the webhook's receiver hears once what onboarding needs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot import hires
from bot.hires import announce_hires
from bot.services import Services
from core.clock import hands_restored
from core.outgoing import Outgoing, Reach
from core.tables import Candidate, Delivery, Interview, Report
from hr_bridge.assessment import CandidateAssessment, DevelopmentNeed
from hr_bridge.connectors.webhook.connector import WebhookConnector
from hr_bridge.connectors.webhook.signed import read_secrets
from hr_bridge.delivery import Deliverer
from hr_bridge.imports.importer import import_file
from hr_bridge.imports.set_up import open_keepers
from tests.bot.console.house import furnished
from tests.bot.outreach.applicant_house import applicant_house
from tests.builders import scored_interview
from tests.hr_bridge.assessments import build_assessment
from tests.hr_bridge.connectors.receiver import Fault, Receiver, new_secret
from tests.hr_bridge.imports.tables import as_csv

HEAD = ("候选人外部编号", "员工编号", "入职日期", "基本工资", "币种", "周期", "薪资月数", "绩效奖金比例")


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch, WEBHOOK_URL="http://127.0.0.1:9/hooks") as services, hands_restored():
        yield services


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver(new_secret())
    made.looks_at_the_clock = False
    await made.start()
    yield made
    await made.stop()


def interviewed(services: Services, external_id: str) -> str:
    interview_id = scored_interview(services, name="林晓芸")
    with services.database.unit_of_work() as session:
        candidate = session.get_one(Candidate, session.get_one(Interview, interview_id).candidate_id)
        candidate.external_id = external_id
    return interview_id


def import_hire(services: Services, *cells: str) -> None:
    keepers = open_keepers(services.database, services.keys)
    report = import_file(as_csv(HEAD, cells), "hires.csv", keepers, kind="hires", preset=None, dry_run=False)
    assert report.new == 1


def planned(services: Services) -> list[tuple[str, str, int]]:
    with services.database.reading() as session:
        rows = session.exec(select(Delivery).where(Delivery.kind == "hired"))
        return [(row.connector, row.interview_id, row.version) for row in rows]


async def deliver(services: Services, receiver: Receiver) -> None:
    outgoing = Outgoing(Reach(private_hosts=frozenset({"127.0.0.1"})), total_s=1)
    connector = WebhookConnector(
        receiver.url, outgoing, read_secrets(receiver.secret, "WEBHOOK_SECRET"), services.database
    )
    with services.database.unit_of_work() as session:  # the result stands in nobody's way
        for row in session.exec(select(Delivery)):
            row.state = "sent" if row.kind == "result" else row.state
            row.next_attempt_at = row.created_at
    await Deliverer(services.database, services.keys, {"webhook": connector}).deliver_due()
    await outgoing.aclose()


async def test_an_imported_hire_is_told_once_with_package_start_and_development_needs(
    services: Services, receiver: Receiver
) -> None:
    interview_id = interviewed(services, "A-1")
    import_hire(services, "A-1", "E-1", "2026-12-01", "12000", "CNY", "月", "13", "20%")
    assert [announce_hires(services), announce_hires(services)] == [1, 0]
    receiver.faults.append(Fault(503))
    await deliver(services, receiver)
    await deliver(services, receiver)
    await deliver(services, receiver)

    (event,) = receiver.events("candidate.hired")
    assert planned(services) == [("webhook", interview_id, 1)]
    hire = event["data"]["hire"]
    assert hire["package"] == {"base": 12000, "currency": "CNY", "period": "month", "months": 13, "bonus_share": 0.2}
    assert (hire["starts_on"], hire["source"]) == ("2026-12-01", "files")
    assert event["data"]["candidate"]["external_id"] == "A-1"
    assert "competencies" not in event["data"]
    assert all(need["score"] < need["target"] for need in hire["development"])


async def test_what_was_scored_under_the_job_needs_is_told_with_what_to_practise(services: Services) -> None:
    from bot.hires import development_needs
    from scoring.report import newest_report

    interview_id = interviewed(services, "A-1")
    with services.database.unit_of_work() as session:
        report = newest_report(session, interview_id)
        assert report is not None
        lower = {"customer_communication": 2.0, "results": 2.5}
        report.competencies = [
            one | ({"level": lower[one["key"]], "score": 50.0} if one["key"] in lower else {})
            for one in report.competencies
        ]
        needs = development_needs(session, session.get_one(Interview, interview_id), report)
    assert {need.key for need in needs} == set(lower)
    assert all(need.target == 80.0 and len(need.practise) > 20 for need in needs)


async def test_a_hire_in_odoo_is_told_with_what_odoo_knows(services: Services, receiver: Receiver) -> None:
    async with applicant_house(services) as house:
        one = house.apply(availability="2026-12-15")
        interview_id = interviewed(services, str(one))
        await house.look()
        assert announce_hires(services) == 0
        house.change(one, stage_id=6)
        await house.look()
        await house.look()
    assert [announce_hires(services), announce_hires(services)] == [1, 0]
    await deliver(services, receiver)
    (event,) = receiver.events("candidate.hired")
    hire = event["data"]["hire"]
    assert (hire["starts_on"], hire["package"], hire["source"]) == ("2026-12-15", None, "odoo")
    assert hire["hired_on"] is not None
    assert event["data"]["interview_id"] == interview_id

    import_hire(services, str(one), "E-1", "2026-12-15", "12000", "CNY", "月", "", "")
    assert announce_hires(services) == 0


async def test_the_hire_of_somebody_who_was_not_interviewed_here_is_not_ours(services: Services) -> None:
    import_hire(services, "A-1", "E-1", "2026-12-01", "", "", "", "", "")
    assert announce_hires(services) == 0


async def test_an_erased_candidate_is_not_told_of(services: Services) -> None:
    interviewed(services, "A-1")
    import_hire(services, "A-1", "E-1", "2026-12-01", "", "", "", "", "")
    with services.database.unit_of_work() as session:
        for candidate in session.exec(select(Candidate)):
            candidate.wrapped_key = None
    assert announce_hires(services) == 0


def test_what_is_not_about_a_hire_stays_byte_for_byte() -> None:
    assert "hire" not in json.loads(build_assessment().to_json())
    assert CandidateAssessment.from_json(build_assessment().to_json()) == build_assessment()


async def test_a_hire_that_cannot_be_told_of_holds_up_no_other(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = interviewed(services, "A-1"), interviewed(services, "A-2")
    import_hire(services, "A-1", "E-1", "2026-12-01", "12000", "CNY", "月", "13", "20%")
    import_hire(services, "A-2", "E-2", "2026-12-01", "12000", "CNY", "月", "13", "20%")
    needs = hires.development_needs

    def faulty(session: Session, interview: Interview, report: Report) -> tuple[DevelopmentNeed, ...]:
        if interview.id == bad:
            raise ValueError("a fault of ours")
        return needs(session, interview, report)

    monkeypatch.setattr(hires, "development_needs", faulty)
    assert announce_hires(services) == 1
    assert [interview_id for _, interview_id, _ in planned(services)] == [good]
