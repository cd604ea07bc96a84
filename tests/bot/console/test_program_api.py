from __future__ import annotations

import logging

import pytest
from sqlmodel import select

from core.tables import AuditEntry, Candidate, Delivery, Interview
from tests.bot.console.house import HOST, House
from tests.bot.console.test_review_pages import set_review
from tests.builders import ANSWERS, invited_interview, scored_interview

LI = {"position": "sales", "name": "李雷", "phone": "13800001234", "language": "zh"}


async def test_positions_have_titles_in_the_language_asked_for(house: House) -> None:
    async with house.visitor("hr") as program:
        chinese = (await program.get("/api/positions")).json()
        english = (await program.get("/api/positions", headers={"Accept-Language": "en-US"})).json()
        asked = (await program.get("/api/positions?language=en")).json()
    assert [row["key"] for row in chinese] == ["production_supervisor", "sales", "software_engineer"]
    assert chinese[1] == {"key": "sales", "title": "销售代表", "languages": ["zh", "en"]}
    assert english[1]["title"] == asked[1]["title"] == "Sales Representative"


async def test_an_invitation_gives_the_interviews_id_and_its_link_once(house: House) -> None:
    async with house.visitor("recruiter") as program:
        answer = await program.post("/api/invitations", json=LI | {"channel": "内推", "external_id": "HR-7"})
        assert answer.status_code == 201
        made = answer.json()
        assert made.keys() == {"id", "token", "url", "telegram_url", "sent_by"}
        assert made["url"] == f"{HOST}/i/{made['token']}"
        assert (await program.get(f"/api/interviews/{made['id']}")).json() == {
            "id": made["id"],
            "status": "invited",
            "match": None,
            "level": None,
            "competencies": [],
            "salary": None,
            "decision": None,
            "deliveries": [],
        }


async def test_the_same_external_id_again_names_the_interview_that_exists(house: House) -> None:
    async with house.visitor("recruiter") as program:
        first = (await program.post("/api/invitations", json=LI | {"external_id": "HR-7"})).json()
        second = await program.post("/api/invitations", json=LI | {"external_id": "HR-7"})
    assert second.status_code == 409
    assert second.json()["interview"] == first["id"]
    assert second.json()["type"] == "/problems/already-invited"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"phone": "12345"}, "phone-unusable"),
        ({"phone": None}, "contact-missing"),
        ({"phone": None, "email": "nobody"}, "email-unusable"),
        ({"position": "astronaut"}, "position-unknown"),
        ({"name": ""}, "name-unusable"),
        ({"language": "fr"}, "fields-wrong"),
        ({"surprise": 1}, "fields-wrong"),
        ({"position": "sales\x00"}, "fields-wrong"),
        ({"external_id": "HR\x007"}, "fields-wrong"),
        ({"channel": "BOSS\x00"}, "fields-wrong"),
        ({"name": 5}, "fields-wrong"),
    ],
)
async def test_an_unusable_request_is_a_problem_in_one_sentence(
    house: House, changes: dict[str, object], problem: str
) -> None:
    async with house.visitor("recruiter") as program:
        answers = [
            await program.post("/api/invitations", json=LI | changes, headers={"Accept-Language": language})
            for language in ("zh", "en")
        ]
    for answer in answers:
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"/problems/{problem}"
        assert "12345" not in answer.text
        assert "nobody" not in answer.text
    assert answers[0].json()["detail"] != answers[1].json()["detail"]


async def test_bytes_that_are_no_json_are_a_problem_too(house: House) -> None:
    async with house.visitor("recruiter") as program:
        for body in (b"\x00\xff\xfe", b"{", b"[]", b'"text"'):
            answer = await program.post("/api/invitations", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 422), body
            assert answer.json()["type"] in ("/problems/fields-wrong", "/problems/body-unreadable"), body


async def test_a_scored_interview_shows_evidence_that_is_verbatim_and_where_it_stands(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.visitor("recruiter") as program:
        document = (await program.get(f"/api/interviews/{interview_id}")).json()
    assert document["status"] == "scored"
    assert document["level"] == "mid"
    assert 80 < document["match"] < 90
    assert document["salary"]["band"] == [10, 13]
    assert document["deliveries"] == [{"connector": "records", "state": "pending", "attempts": 0}]
    said = ANSWERS["zh"]["resilience_s1"].answer
    resilience = next(c for c in document["competencies"] if c["key"] == "resilience")
    assert resilience.keys() == {"key", "score", "level", "evidence"}
    assert len(resilience["evidence"]) == 2
    for item in resilience["evidence"]:
        assert item.keys() == {"quote", "indicator", "start", "end"}
        assert said[item["start"] : item["end"]] == item["quote"]


async def test_a_program_may_advance_and_each_decision_is_its_own_delivery(house: House) -> None:
    interview_id = scored_interview(house.services)
    path = f"/api/interviews/{interview_id}"
    async with house.visitor("recruiter") as program:
        held = await program.post(f"{path}/decision", json={"value": "hold", "reason": "等名额"})
        assert held.json()["decision"] == {"value": "hold", "by": "recruiter", "reason": "等名额"}
        advanced = await program.post(f"{path}/decision", json={"value": "advance", "reason": "名额到位"})
        assert advanced.json()["decision"]["value"] == "advance"
    with house.services.database.reading() as session:
        rows = session.exec(select(Delivery).where(Delivery.kind == "decision").order_by(Delivery.version)).all()
        assert [(row.version, row.state) for row in rows] == [(1, "pending"), (2, "pending")]


async def test_a_program_never_rejects(house: House) -> None:
    path = f"/api/interviews/{scored_interview(house.services)}"
    async with house.visitor("admin") as program:
        await program.get(path)
        answer = await program.post(f"{path}/decision", json={"value": "reject", "reason": "too low"})
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/rejection-needs-person"
        assert (await program.get(path)).json()["decision"] is None


@pytest.mark.parametrize("body", [{"value": "advance", "reason": "  "}, {"value": "advance", "reason": "x" * 2001}])
async def test_a_decision_needs_a_reason(house: House, body: dict[str, str]) -> None:
    async with house.visitor("admin") as program:
        answer = await program.post(f"/api/interviews/{scored_interview(house.services)}/decision", json=body)
    assert answer.json()["type"] == "/problems/reason-missing"


async def test_nothing_is_decided_without_a_report_or_an_interview(house: House) -> None:
    body = {"value": "advance", "reason": "good"}
    async with house.visitor("admin") as program:
        early = await program.post(f"/api/interviews/{invited_interview(house.services)}/decision", json=body)
        unknown = await program.post("/api/interviews/nothing/decision", json=body)
    assert (early.status_code, unknown.status_code) == (409, 404)


async def test_interviews_are_listed_newest_first_by_status_and_page(house: House) -> None:
    ids = [invited_interview(house.services, name=f"候选人{n}") for n in range(3)]
    scored = scored_interview(house.services)
    async with house.visitor("recruiter") as program:
        everything = (await program.get("/api/interviews")).json()
        invited = (await program.get("/api/interviews?status=invited&limit=2")).json()
        rest = (await program.get(f"/api/interviews?status=invited&before={invited[-1]['id']}")).json()
        wrong = await program.get("/api/interviews?status=lost")
    assert [row["id"] for row in everything] == [scored, *reversed(ids)]
    assert [row["id"] for row in invited + rest] == list(reversed(ids))
    assert everything[0]["position"] == "sales"
    assert wrong.json()["fields"] == ["status"]


async def test_an_erased_candidate_is_gone_for_programs_too(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        candidate_id = session.get_one(Interview, interview_id).candidate_id
        session.get_one(Candidate, candidate_id).wrapped_key = None
    async with house.visitor("recruiter") as program:
        assert (await program.get(f"/api/interviews/{interview_id}")).status_code == 410
        assert (await program.get("/api/interviews")).status_code == 200


async def test_reading_leaves_a_trace_in_ids(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.visitor("recruiter") as program:
        await program.get(f"/api/interviews/{interview_id}")
    with house.services.database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "report_read")).one()
    assert entry.actor.startswith("token:")
    assert entry.subject == interview_id


async def test_no_log_line_holds_a_candidates_words(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    interview_id = scored_interview(house.services, name="金丝雀")
    async with house.visitor("recruiter") as program, house.signed_in("admin") as browser:
        await program.get(f"/api/interviews/{interview_id}")
        await program.post("/api/invitations", json=LI | {"name": "金丝雀", "phone": "1"})
        await browser.get(f"/console/interviews/{interview_id}")
        await browser.get("/hr")
    lines = "\n".join(record.getMessage() for record in caplog.records)
    for words in ("金丝雀", "注塑", "13800001234", house.tokens["recruiter"], house.passwords["admin"]):
        assert words not in lines


async def test_the_description_names_every_route_its_answers_and_its_refusals(house: House) -> None:
    async with house.visitor() as visitor:
        document = (await visitor.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/api/positions",
        "/api/invitations",
        "/api/interviews",
        "/api/interviews/{interview_id}",
        "/api/interviews/{interview_id}/report",
        "/api/interviews/{interview_id}/decision",
        "/api/provider/v1/packages",
        "/api/provider/v1/orders",
        "/api/provider/v1/orders/{order_id}",
        "/api/provider/v1/orders/{order_id}/cancel",
    }
    for path, methods in document["paths"].items():
        either = [{"ProviderBearer": []}, {"ProviderBasic": []}] if "/provider/" in path else [{"HTTPBearer": []}]
        for operation in methods.values():
            assert operation["description"], path
            assert {"401", "403", "503"} <= operation["responses"].keys(), path
            assert operation["security"] == either, path
    invite = document["paths"]["/api/invitations"]["post"]["responses"]
    assert invite["201"]["content"]["application/json"]["schema"]["$ref"].endswith("/InvitationMade")
    assert invite["422"]["content"].keys() == {"application/problem+json"}
    assert "Problem" in document["components"]["schemas"]


async def test_a_reviewers_token_reads_no_level_where_the_position_is_rated_blind(house: House) -> None:
    interview_id = scored_interview(house.services)
    for role, hidden in (("reviewer", True), ("recruiter", False)):
        async with house.visitor(role) as program:
            before = (await program.get(f"/api/interviews/{interview_id}")).json()
            assert before["match"] is not None
            set_review(house, blind_review=True)
            after = (await program.get(f"/api/interviews/{interview_id}")).json()
            (listed,) = (await program.get("/api/interviews")).json()
            told = await program.get(f"/api/interviews/{interview_id}/report")
            set_review(house, blind_review=False)
        assert (after["match"], after["level"], after["competencies"]) == (
            (None, None, []) if hidden else (before["match"], before["level"], before["competencies"])
        )
        assert (listed["match"] is None) == hidden
        assert told.status_code == (403 if hidden else 200)
