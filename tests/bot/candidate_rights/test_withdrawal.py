"""HR systems that know a candidate hear of the withdrawal, once, wherever the candidate withdrew."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.accounts import Account
from bot.candidate_rights.door import Holder
from bot.candidate_rights.requests import object_to_automation
from bot.candidate_rights.withdrawal import tell_withdrawals, withdraw
from bot.console.policy_advance import advance_due
from bot.conversation import messages_after
from bot.outreach.invitation import call_off
from bot.services import Services
from core.clock import now
from core.tables import Applicant, Candidate, Decision, Delivery, Interview, Position
from hr_bridge.assessment import CandidateAssessment
from tests.bot.console.house import furnished
from tests.builders import finished_interview, invited_interview, scored_interview

CLERK = Account(id="user:1", name="clerk", role="recruiter")


def holder(services: Services, interview_id: str) -> Holder:
    with services.database.reading() as session:
        return Holder(interview_id, session.get_one(Interview, interview_id).candidate_id, "")


def told(services: Services, interview_id: str) -> dict[str, CandidateAssessment]:
    """What is on its way, by connector."""
    with services.database.reading() as session:
        rows = select(Delivery).where(Delivery.interview_id == interview_id, Delivery.kind == "withdrawn")
        key = services.key_of(session, session.get_one(Interview, interview_id))
        return {
            row.connector: CandidateAssessment.from_json(key.open(row.assessment_sealed, "assessment"))
            for row in session.exec(rows)
        }


@pytest.fixture
def odoo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODOO_URL", "http://127.0.0.1:9")


def come_from_odoo(services: Services, interview_id: str) -> None:
    with services.database.unit_of_work() as session:
        session.add(
            Applicant(
                connector="odoo", remote_id="7", remote_version="1", standing="open", interview_id=interview_id,
                arrived_at=now(), changed_at=now(),
            )
        )  # fmt: skip


async def test_odoo_hears_once_of_an_applicant_of_its_own_who_withdraws_before_the_interview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odoo: None
) -> None:
    with furnished(tmp_path, monkeypatch) as services:
        theirs, ours = invited_interview(services), invited_interview(services, name="李雷", phone="13800005678")
        come_from_odoo(services, theirs)
        for interview_id in (theirs, ours, theirs):
            withdraw(services, holder(services, interview_id))
        assert [tell_withdrawals(services), tell_withdrawals(services)] == [1, 0]
        assert told(services, ours) == {}  # nobody over there has heard of them, and nobody is told now
        (assessment,) = told(services, theirs).values()
        said = [message["text"] for message in messages_after(services, theirs, 0)]
    assert (assessment.match, assessment.competencies, assessment.summary) == (None, (), "候选人已主动退出面试。")
    assert assessment.withdrawn_at == assessment.finished_at
    assert sum("您已退出" in text for text in said) == 1


async def test_a_withdrawal_in_the_chat_is_told_with_the_result_and_one_called_off_here_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odoo: None
) -> None:
    with furnished(tmp_path, monkeypatch) as services:
        scored = scored_interview(services)
        off, old = invited_interview(services, name="李雷"), invited_interview(services, name="韩梅")
        for interview_id in (off, old):
            come_from_odoo(services, interview_id) if interview_id == off else None
        with services.database.unit_of_work() as session:
            session.get_one(Interview, scored).withdrawn_at = now()
            session.get_one(Interview, old).withdrawn_at = now() - timedelta(days=20)
            call_off(session, session.get_one(Interview, off), CLERK)
        assert tell_withdrawals(services) == 1
        (connector,) = told(services, scored)
        assessment = told(services, scored)[connector]
    assert connector == "records"
    assert assessment.match is not None
    assert assessment.withdrawn_at is not None
    assert json.loads(assessment.model_copy(update={"withdrawn_at": None}).to_json()).get("withdrawn_at", 0) == 0


async def test_nobody_who_objected_or_withdrew_is_advanced_by_the_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.console import policy_advance

    with furnished(tmp_path, monkeypatch) as services:
        monkeypatch.setattr(policy_advance, "STOPS", frozenset())
        with services.database.unit_of_work() as session:
            for position in session.exec(select(Position)):
                review = {**position.profile.get("review", {}), "automatic_advance": True}
                position.profile = {**position.profile, "review": review, "pass_line": 10}
        objecting, other = scored_interview(services), scored_interview(services, name="李雷")
        object_to_automation(services, holder(services, objecting), "请由人来看。")
        assert advance_due(services) == 1
        with services.database.reading() as session:
            assert [row.interview_id for row in session.exec(select(Decision))] == [other]
            assert session.get_one(Interview, objecting).human_asked_at is not None


async def test_a_finished_interview_that_was_withdrawn_is_not_scored_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scoring.workflow import AssessmentSteps

    with furnished(tmp_path, monkeypatch) as services:
        interview_id = finished_interview(services)
        steps = AssessmentSteps(services.database, services.keys, None, ("records",))  # type: ignore[arg-type]
        assert steps.waiting() == [interview_id]
        withdraw(services, holder(services, interview_id))
        assert steps.waiting() == []
        with services.database.reading() as session:
            assert session.exec(select(Candidate)).one().wrapped_key is not None
