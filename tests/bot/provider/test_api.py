from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.accounts import create_api_token
from bot.outreach.invitation import renew_link
from core.clock import now
from core.tables import AuditEntry, Candidate, Delivery, Interview, ProviderOrder
from tests.bot.console.house import HOST, House, furnish, furnished
from tests.builders import BUILDER, scored_interview

ORDERS = "/api/provider/v1/orders"
ORDER: dict[str, Any] = {
    "candidate": {"name": "李雷", "phone": "13800001234", "external_id": "cand-77"},
    "package": "sales",
    "job": "REQ-118",
    "language": "zh",
    "client_reference": "application-9001",
}


def interviews(house: House) -> list[Interview]:
    with house.services.database.reading() as session:
        return list(session.exec(select(Interview)))


def changed_interview(house: House, **fields: object) -> None:
    with house.services.database.unit_of_work() as session:
        interview = session.exec(select(Interview)).one()
        for name, value in fields.items():
            setattr(interview, name, value)


async def test_packages_are_the_positions_with_their_languages_and_minutes(house: House) -> None:
    async with house.visitor("provider") as ats:
        packages = (await ats.get("/api/provider/v1/packages")).json()
    assert [one["key"] for one in packages] == ["production_supervisor", "sales", "software_engineer"]
    assert packages[1]["title"] == {"zh": "销售代表", "en": "Sales Representative"}
    assert packages[1]["languages"] == ["zh", "en"]
    assert packages[1]["minutes"] == 20


async def test_an_order_makes_one_invitation_and_gives_the_candidates_link(house: House) -> None:
    async with house.visitor("provider") as ats:
        answer = await ats.post(ORDERS, json=ORDER)
        assert answer.status_code == 201
        placed = answer.json()
        assert placed.keys() == {"order_id", "candidate_url", "status"}
        assert placed["candidate_url"].startswith(f"{HOST}/i/")
        assert placed["status"] == "ordered"
        document = (await ats.get(f"{ORDERS}/{placed['order_id']}")).json()
    ordered_at = document.pop("ordered_at")
    assert ordered_at.endswith("Z")
    assert document == {
        "order_id": placed["order_id"],
        "status": "ordered",
        "package": "sales",
        "job": "REQ-118",
        "external_id": "cand-77",
        "client_reference": "application-9001",
        "result": None,
        "problems": [],
    }
    (interview,) = interviews(house)
    assert (interview.language, interview.origin) == ("zh", "provider")


async def test_the_same_order_again_gets_the_same_answer_and_makes_nothing(house: House) -> None:
    async with house.visitor("provider") as ats:
        first = await ats.post(ORDERS, json=ORDER)
        second = await ats.post(ORDERS, json=ORDER)
        padded = await ats.post(ORDERS, json=ORDER | {"callback_url": None})
    assert (first.status_code, second.status_code, padded.status_code) == (201, 200, 200)
    assert first.json() == second.json() == padded.json()
    assert len(interviews(house)) == 1


async def test_the_header_is_the_key_where_it_is_sent(house: House) -> None:
    async with house.visitor("provider") as ats:
        first = await ats.post(ORDERS, json=ORDER, headers={"Idempotency-Key": "k1"})
        again = await ats.post(ORDERS, json=ORDER, headers={"Idempotency-Key": "k1"})
        other = await ats.post(ORDERS, json=ORDER, headers={"Idempotency-Key": "k2"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/already-invited")


async def test_the_same_order_five_times_at_once_is_one(house: House) -> None:
    async with house.visitor("provider") as ats:
        answers = await asyncio.gather(*(ats.post(ORDERS, json=ORDER) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.text for answer in answers}) == 1
    assert len(interviews(house)) == 1


async def test_orders_at_once_are_one_on_postgresql_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: Callable[[], str]
) -> None:
    with furnished(tmp_path, monkeypatch, DATABASE_URL=fresh_postgres()) as services:
        house = furnish(services)
        async with house.visitor("provider") as ats:
            same = await asyncio.gather(*(ats.post(ORDERS, json=ORDER) for _ in range(5)))
            assert sorted(answer.status_code for answer in same) == [200, 200, 200, 200, 201]
            assert len({answer.text for answer in same}) == 1
            others = [
                ORDER | {"client_reference": "one-key", "candidate": ORDER["candidate"] | {"external_id": f"other-{n}"}}
                for n in range(4)
            ]
            apart = await asyncio.gather(*(ats.post(ORDERS, json=other) for other in others))
            assert sorted(answer.status_code for answer in apart) == [201, 409, 409, 409]
            # PostgreSQL takes no NUL in a text.
            nul = [await ats.post(ORDERS, json=ORDER | {"package": "sal\0es"}), await ats.get(f"{ORDERS}/a%00b")]
            assert [answer.status_code for answer in nul] == [422, 422]
        assert len(interviews(house)) == 2


async def test_a_key_with_another_content_is_a_conflict_and_makes_nothing(house: House) -> None:
    async with house.visitor("provider") as ats:
        await ats.post(ORDERS, json=ORDER)
        for change in ({"job": "REQ-119"}, {"candidate": ORDER["candidate"] | {"external_id": "cand-78"}}):
            answer = await ats.post(ORDERS, json=ORDER | change)
            assert answer.status_code == 409
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "/problems/order-conflict"
    assert len(interviews(house)) == 1


async def test_an_order_without_any_key_is_refused_with_what_to_send(house: House) -> None:
    async with house.visitor("provider") as ats:
        answer = await ats.post(ORDERS, json=ORDER | {"client_reference": None}, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/order-key-missing")
    assert "Idempotency-Key" in answer.json()["detail"]
    assert interviews(house) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"package": "astronaut"}, "position-unknown"),
        ({"language": "fr"}, "fields-wrong"),
        ({"candidate": ORDER["candidate"] | {"phone": None}}, "contact-missing"),
        ({"candidate": ORDER["candidate"] | {"phone": "12345"}}, "phone-unusable"),
        ({"candidate": ORDER["candidate"] | {"name": "  "}}, "name-unusable"),
        ({"candidate": {"name": "李雷", "phone": "13800001234"}}, "fields-wrong"),
        ({"surprise": 1}, "fields-wrong"),
        ({"client_reference": "with blank"}, "fields-wrong"),
        ({"callback_url": "http://ats.example/cb"}, "callback-refused"),
        ({"callback_url": "https://evil.test/cb"}, "callback-refused"),
        ({"callback_url": "https://ats.example.evil.test/cb"}, "callback-refused"),
        ({"callback_url": "https://ats.example@evil.test/cb"}, "callback-refused"),
        ({"callback_url": "https://169.254.169.254/latest"}, "callback-refused"),
        ({"callback_url": "nonsense"}, "callback-refused"),
    ],
)
async def test_an_unusable_order_is_a_problem_and_makes_nothing(
    house: House, change: dict[str, Any], problem: str
) -> None:
    async with house.visitor("provider") as ats:
        answer = await ats.post(ORDERS, json=ORDER | change)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}")
    assert "12345" not in answer.text
    assert interviews(house) == []


async def test_without_a_language_the_packages_first_is_taken(house: House) -> None:
    async with house.visitor("provider") as ats:
        assert (await ats.post(ORDERS, json=ORDER | {"language": None})).status_code == 201
    assert [one.language for one in interviews(house)] == ["zh"]


def basic(user: str, password: str = "") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


async def test_the_key_may_come_as_the_user_of_basic(house: House) -> None:
    path = "/api/provider/v1/packages"
    async with house.visitor() as ats:
        assert (await ats.get(path, headers=basic(house.tokens["provider"]))).status_code == 200
        assert (await ats.get(path, headers=basic(house.tokens["recruiter"]))).status_code == 403
        refused = [basic("guess"), basic("", house.tokens["provider"]), {"Authorization": "Basic ***"}, {}]
        for headers in refused:
            answer = await ats.get(path, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (401, "/problems/token-refused"), headers


async def test_another_orderer_sees_nothing_of_it_and_a_renewed_token_of_the_same_name_does(house: House) -> None:
    database = house.services.database
    house.tokens["other"] = create_api_token(database, "provider", "other")
    house.tokens["renewed"] = create_api_token(database, "provider", "provider")
    async with house.visitor("provider") as ats, house.visitor("other") as other, house.visitor("renewed") as renewed:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
        path = f"{ORDERS}/{placed['order_id']}"
        assert (await other.get(path)).status_code == 404
        assert (await other.post(f"{path}/cancel")).status_code == 404
        assert (await renewed.get(path)).status_code == 200
        assert (await renewed.post(ORDERS, json=ORDER)).json() == placed


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"consented_at": now()}, "in_progress"),
        ({"finished_at": now()}, "completed"),
        ({"withdrawn_at": now()}, "withdrawn"),
        ({"expires_at": now() - timedelta(days=1)}, "expired"),
    ],
)
async def test_the_status_is_that_of_the_interview(house: House, fields: dict[str, object], status: str) -> None:
    async with house.visitor("provider") as ats:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
        changed_interview(house, **fields)
        document = (await ats.get(f"{ORDERS}/{placed['order_id']}")).json()
    assert (document["status"], document["result"]) == (status, None)


async def test_a_cancelled_order_is_withdrawn_and_its_link_leads_nowhere(house: House) -> None:
    async with house.visitor("provider") as ats:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
        for _ in range(2):
            answer = await ats.post(f"{ORDERS}/{placed['order_id']}/cancel")
            assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
        again = (await ats.post(ORDERS, json=ORDER)).json()
        anew = await ats.post(ORDERS, json=ORDER | {"client_reference": "application-9002"})
    assert (again["candidate_url"], again["status"]) == (None, "withdrawn")
    assert anew.status_code == 201
    with house.services.database.reading() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.action == "called_off")).all()) == 1


async def test_what_was_held_is_not_cancelled(house: House) -> None:
    async with house.visitor("provider") as ats:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
        changed_interview(house, finished_at=now())
        answer = await ats.post(f"{ORDERS}/{placed['order_id']}/cancel")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/interview-over")
    assert interviews(house)[0].withdrawn_at is None


async def test_a_link_that_was_replaced_in_the_console_is_not_given_out_again(house: House) -> None:
    async with house.visitor("provider") as ats:
        await ats.post(ORDERS, json=ORDER)
        renew_link(house.services, interviews(house)[0].id, BUILDER)
        assert (await ats.post(ORDERS, json=ORDER)).json()["candidate_url"] is None


async def test_an_erased_candidates_order_is_gone(house: House) -> None:
    async with house.visitor("provider") as ats:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
        with house.services.database.unit_of_work() as session:
            session.exec(select(Candidate)).one().wrapped_key = None
        for answer in (await ats.get(f"{ORDERS}/{placed['order_id']}"), await ats.post(ORDERS, json=ORDER)):
            assert (answer.status_code, answer.json()["type"]) == (410, "/problems/candidate-erased")


async def test_the_result_holds_scores_and_evidence_and_no_pay_contact_or_decision(house: House) -> None:
    scored = scored_interview(house.services)
    async with house.visitor("provider") as ats, house.visitor("recruiter") as recruiter:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
        with house.services.database.unit_of_work() as session:
            key = house.services.key_of(session, session.get_one(Interview, scored))
            own = session.exec(select(ProviderOrder)).one()
            old = house.services.key_of(session, session.get_one(Interview, own.interview_id))
            own.order_sealed = key.seal(old.open(own.order_sealed, "order"), "order")
            own.interview_id = scored
        document = (await ats.get(f"{ORDERS}/{placed['order_id']}")).json()
        seen_by_recruiters = (await recruiter.get(f"/api/interviews/{scored}")).json()
    result = document["result"]
    assert result.keys() == {"score", "level", "competencies", "report_url", "version", "reported_at"}
    assert (result["score"], result["level"]) == (seen_by_recruiters["match"], seen_by_recruiters["level"])
    assert result["competencies"] == seen_by_recruiters["competencies"]
    assert result["report_url"] == f"{HOST}/console/interviews/{scored}"
    with house.services.database.reading() as session:
        reads = session.exec(select(AuditEntry).where(AuditEntry.action == "report_read")).all()
    assert [entry.subject for entry in reads] == [scored, scored]


async def test_a_callback_that_cannot_be_delivered_is_named_in_the_order(house: House) -> None:
    async with house.visitor("provider") as ats:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
        (interview,) = interviews(house)
        with house.services.database.unit_of_work() as session:
            session.add(
                Delivery(
                    connector="provider",
                    interview_id=interview.id,
                    kind="result",
                    version=1,
                    assessment_sealed="",
                    state="parked",
                    problem="The callback address of the order answered 410.",
                    created_at=now(),
                )
            )
        document = (await ats.get(f"{ORDERS}/{placed['order_id']}")).json()
    assert document["problems"] == ["The callback address of the order answered 410."]


async def test_nothing_of_the_candidate_lies_in_the_order_in_clear(house: House, tmp_path: Path) -> None:
    async with house.visitor("provider") as ats:
        placed = (await ats.post(ORDERS, json=ORDER)).json()
    token = placed["candidate_url"].rpartition("/")[2]
    files = b"".join(file.read_bytes() for file in tmp_path.glob("mianshi.sqlite*"))
    assert b"application-9001" in files
    for words in ("李雷", "13800001234", token):
        assert words.encode() not in files
