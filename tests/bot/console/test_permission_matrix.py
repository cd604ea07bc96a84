"""Every registered route, every role, own and other position: what is another's is not there, and nothing is done to it.

Which role opens which route is declared in test_access.py, where a route that is declared nowhere fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlmodel import SQLModel, func, select

from bot.accounts import Account
from bot.console.pay_approval import ask_for_pay
from bot.console.subjects import KNOWN
from bot.roles import ALWAYS_LIMITED, ROLES, UNLIMITED
from bot.scope import sees_interview
from core.clock import now
from core.tables import (
    Answer,
    Applicant,
    AuditEntry,
    Decision,
    Delivery,
    Interview,
    Letter,
    PossibleDuplicate,
    Question,
    Recording,
    RightsRequest,
    UserSession,
)
from tests.bot.console.house import House, csrf_of
from tests.bot.console.test_access import BODIES, FORMS, PAGES, PROGRAMS, routes_of
from tests.builders import BUILDER, invited_interview, scored_interview

NAME, PHONE = "欧阳候选", "13912340077"
LIMITABLE = sorted(set(ROLES) - UNLIMITED)
NOT_ABOUT_CANDIDATES = frozenset({"kind", "list_id", "user_id", "token_id", "session_id", "order_id"})
CHANGED_BY_READING = frozenset({"auditentry", "audithead", "usersession"})


@dataclass(frozen=True)
class Subject:
    """A sales candidate with a row in every table that an address may name, by parameter."""

    ids: Mapping[str, str]

    def address(self, path: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.ids.get(found[1], "none"), path)

    def is_about(self, path: str) -> bool:
        return any(name not in NOT_ABOUT_CANDIDATES for name in parameters(path))


@pytest.fixture
def subject(house: House) -> Subject:
    services = house.services
    interview_id = scored_interview(
        services, interview_id=invited_interview(services, name=NAME, phone=PHONE, external_id="77")
    )
    second = invited_interview(services, name=NAME, phone=PHONE)
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        other = session.get_one(Interview, second)
        key = services.key_of(session, interview)
        pair = PossibleDuplicate(
            first_id=interview.candidate_id, second_id=other.candidate_id, alike_in="phone", found_at=now()
        )
        recording = Recording(interview_id=interview_id, client_id="1", channel="web", begun_at=now())
        letter = Letter(
            candidate_id=interview.candidate_id,
            interview_id=interview_id,
            kind="invitation",
            channel="email",
            due_at=now(),
            planned_at=now(),
        )
        applicant = Applicant(
            connector="odoo",
            remote_id="1",
            remote_version="1",
            position_key="sales",
            standing="open",
            arrived_at=now(),
            changed_at=now(),
            wrapped_key=services.keys.new_wrapped_key(),
        )
        applicant.told_sealed = services.keys.unwrap(applicant.wrapped_key).seal(
            f'{{"name": "{NAME}", "phone": "{PHONE}", "email": null}}'
        )
        question = Question(
            interview_id=interview_id,
            stage="own_questions",
            position=0,
            source="own_1",
            asked_at=now(),
            closed_at=now(),
        )
        asked = RightsRequest(
            candidate_id=interview.candidate_id,
            interview_id=interview_id,
            kind="unreachable",
            made_at=now(),
            due_at=now(),
        )
        session.add_all([pair, recording, letter, applicant, question, asked])
        session.flush()
        answer = Answer(
            interview_id=interview_id,
            question_id=question.id,
            turn_id="t",
            text_sealed=key.seal(f"{NAME}想问加班多吗"),
            given_at=now(),
        )
        advanced = Decision(
            interview_id=interview_id,
            value="advance",
            by="x",
            reason_sealed=key.seal("好"),
            version=1,
            decided_at=now(),
        )
        session.add_all([answer, advanced])
        delivery = session.exec(select(Delivery).where(Delivery.interview_id == interview_id)).one()
        delivery.state = "parked"
    approval = ask_for_pay(services, interview_id, "99", False, "难得", BUILDER)
    return Subject(
        {
            "interview_id": interview_id,
            "candidate_id": interview.candidate_id,
            "recording_id": recording.id,
            "letter_id": letter.id,
            "applicant_id": applicant.id,
            "pair_id": pair.id,
            "answer_id": answer.id,
            "approval_id": approval.id,
            "delivery_id": delivery.id,
            "request_id": asked.id,
            "position_key": "sales",
            "key": "sales",
            "kind": "csv",
        }
    )


def parameters(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


def rows(house: House) -> dict[str, Any]:
    """How much there is of everything, and the last of each that changes in place."""
    with house.services.database.reading() as session:
        counts: dict[str, Any] = {
            name: session.exec(select(func.count()).select_from(table)).one()  # type: ignore[call-overload]
            for name, table in SQLModel.metadata.tables.items()
            if name not in CHANGED_BY_READING
        }
        for table in (PossibleDuplicate, Delivery, Letter, Interview):
            counts[f"{table.__name__} as it is"] = [each.model_dump() for each in session.exec(select(table))]  # type: ignore[call-overload]
        return counts


def allowed_to(role: str, table: Mapping[tuple[str, str], frozenset[str]]) -> Iterator[tuple[str, str]]:
    return ((method, path) for (method, path), roles in table.items() if role in roles)


def tells(answer: httpx.Response, subject: Subject) -> bool:
    """Whether an answer gives the candidate away."""
    given_away = (
        NAME,
        PHONE,
        PHONE[-4:],
        *(v for k, v in subject.ids.items() if k not in ("key", "position_key", "kind")),
    )
    sent = answer.text + answer.headers.get("location", "")
    # What came in the address may stand in the page's own links.
    asked = str(answer.request.url)
    return any(word in sent and word not in asked for word in given_away)


def test_every_parameter_of_every_route_leads_to_positions_or_is_declared_to_lead_to_none(house: House) -> None:
    named = {name for _, path in routes_of(house.app.routes) for name in parameters(path)}
    assert named <= KNOWN, f"tell bot/console/subjects.py whose these are: {sorted(named - KNOWN)}"


@pytest.mark.parametrize("role", LIMITABLE)
async def test_another_positions_candidate_is_on_no_page_and_no_form_reaches_them(
    house: House, subject: Subject, role: str
) -> None:
    house.limit(role, "software_engineer")
    async with house.signed_in(role) as browser:
        csrf = csrf_of(await browser.get("/console/password"))
        for _, path in allowed_to(role, PAGES):
            answer = await browser.get(subject.address(path), params={"of": subject.ids["interview_id"]})
            if subject.is_about(path):
                assert answer.status_code == 404, path
            assert not tells(answer, subject), path
        before = rows(house)
        filled = {
            "csrf": csrf, "value": "advance", "reason": "x", "do": "release", "answer": "yes", "verdict": "same",
            "text": "x", "level": "3", "competency": "resilience", "ticked": f"{subject.ids['interview_id']}:x:1",
            "position": "sales", "name": "新人", "phone": "13800009999", "language": "zh",
        }  # fmt: skip
        for _, path in allowed_to(role, FORMS):
            if path in ("/console/sign-out", "/console/password", "/console/language"):
                continue
            answer = await browser.post(subject.address(path), data=filled)
            if subject.is_about(path):
                assert answer.status_code == 404, path
            if path != "/console/review/compare":  # it leads to an address with the ids that were sent to it
                assert not tells(answer, subject), path
        after = rows(house)
        assert {name for name in before if before[name] != after[name]} <= {"invitationlist", "pollcursor"}


@pytest.mark.parametrize("role", LIMITABLE)
async def test_programs_see_their_positions_alone(house: House, subject: Subject, role: str) -> None:
    house.limit(role, "software_engineer")
    before = rows(house)
    async with house.visitor(role) as program:
        for method, path in allowed_to(role, PROGRAMS):
            answer = await program.request(method, subject.address(path), json=BODIES.get(path))
            if subject.is_about(path):
                assert answer.status_code == 404, path
                unknown = await program.request(method, re.sub(r"\{\w+\}", "x", path), json=BODIES.get(path))
                assert (unknown.status_code, unknown.json()) == (404, answer.json()), path
            assert not tells(answer, subject), path
            assert "sales" not in answer.text or path == "/api/invitations", path
    assert rows(house) == before


@pytest.mark.parametrize("role", LIMITABLE)
async def test_ones_own_positions_candidate_is_there_for_the_limited(house: House, subject: Subject, role: str) -> None:
    house.limit(role, "sales")
    async with house.signed_in(role) as browser:
        for _, path in allowed_to(role, PAGES):
            if subject.is_about(path) and "recordings" not in path and "feedback" not in path and "weights" not in path:
                answer = await browser.get(subject.address(path))
                assert answer.status_code == 200, path
    async with house.visitor(role) as program:
        for method, path in allowed_to(role, PROGRAMS):
            if method == "GET":
                answer = await program.request(method, subject.address(path))
                assert answer.status_code == 200, path


async def test_a_hiring_manager_who_was_given_nothing_sees_nobody(house: House, subject: Subject) -> None:
    assert "manager" in ALWAYS_LIMITED
    async with house.signed_in("manager") as browser:
        assert not tells(await browser.get("/console"), subject)
        assert (await browser.get(subject.address("/console/interviews/{interview_id}"))).status_code == 404


async def test_whoever_loses_a_position_mid_page_is_told_so_and_nothing_is_done(house: House, subject: Subject) -> None:
    house.limit("recruiter", "sales")
    address = subject.address("/console/review/{interview_id}")
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(address)
        seen = re.search(r'name="report" value="(\w+)"', page.text)
        assert seen is not None
        house.limit("recruiter", "software_engineer")
        before = rows(house)
        form = {"csrf": csrf_of(page), "value": "reject", "reason": "x", "report": seen[1], "seen_decision": "1"}
        answer = await browser.post(f"{address}/decision", data=form)
        assert answer.status_code == 404
        assert "您已经不能查看它" in answer.text
        assert not tells(answer, subject)
        ticked = {
            "csrf": form["csrf"],
            "value": "hold",
            "reason": "x",
            "ticked": f"{subject.ids['interview_id']}:{seen[1]}:1",
        }
        assert "1" in (await browser.post("/console/review", data=ticked)).text
        assert rows(house) == before


def test_a_branch_gives_the_positions_that_belong_to_it_today(house: House, subject: Subject) -> None:
    from bot.access_grants import Access, branches, set_access
    from bot.accounts import account_by_id
    from bot.positions import newest_position
    from core.tables import Position, User

    with house.services.database.unit_of_work() as session:
        old = newest_position(session, "sales")
        session.add(
            Position(key="sales", version=old.version + 1, profile=old.profile | {"branch": "无锡店"}, created_at=now())
        )
        session.flush()
        user = session.exec(select(User).where(User.name == "recruiter")).one()
        assert branches(session) == ["无锡店"]
        set_access(session, f"user:{user.id}", Access(True, frozenset(), frozenset({"无锡店"})))
    with house.services.database.reading() as session:
        by: Account | None = account_by_id(session, f"user:{user.id}")
        assert by is not None
        assert by.positions == {"sales"}
        # The interview was begun with the version before; the position is what counts.
        assert sees_interview(session, by, subject.ids["interview_id"])


async def test_what_was_refused_is_not_noted_as_read(house: House, subject: Subject) -> None:
    house.limit("reviewer", "software_engineer")
    async with house.signed_in("reviewer") as browser:
        for path in ("/console/interviews/{interview_id}", "/console/recordings/{recording_id}"):
            await browser.get(subject.address(path))
    with house.services.database.reading() as session:
        assert session.exec(select(UserSession)).first() is not None
        noted = {each.action for each in session.exec(select(AuditEntry)) if each.actor != BUILDER.id}
    assert not noted & {"report_read", "recording_played"}
