from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

import core.database
from core.clock import hands_restored, turn_forward
from core.errors import Rejected
from hr_bridge.assessment import CandidateAssessment
from hr_bridge.connectors.records.service import create_records_app
from hr_bridge.connectors.records.shapes import LARGEST_BODY, EffectBody
from tests.hr_bridge.assessments import DECISION, EMAIL, NAME, PHONE, QUOTE, build_assessment

TOKEN, KEY = "a-token-of-forty-characters-made-by-setup", Fernet.generate_key().decode()
ONE, TWO, THREE = "01J00000000000000000000001", "01J00000000000000000000002", "01J00000000000000000000003"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "var" / "records.sqlite"


def _client(database: Path, key: str = KEY, token: str = TOKEN) -> httpx.AsyncClient:
    app = create_records_app(f"sqlite:///{database}", TOKEN, key)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://records", headers={"Authorization": f"Bearer {token}"}
    )


@pytest.fixture
async def http(database: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(database) as client:
        yield client


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with hands_restored():
        yield


def _body(assessment: CandidateAssessment | None = None, kind: str = "result", version: int = 1) -> bytes:
    assessment = assessment or build_assessment()
    return EffectBody(kind=kind, version=version, assessment=assessment).model_dump_json().encode()


def _assert_problem(response: httpx.Response, status: int, words: str = "") -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert words in response.json()["detail"]


async def test_health_needs_no_token(http: httpx.AsyncClient) -> None:
    response = await http.get("/health", headers={"Authorization": ""})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"/effects/{ONE}"),
        ("GET", f"/effects/{ONE}"),
        ("GET", "/candidates"),
        ("GET", "/candidates/cand-1"),
        ("DELETE", "/candidates/cand-1"),
        ("PUT", "/candidates/cand-1/checks/c1"),
    ],
)
async def test_everything_else_needs_the_token(http: httpx.AsyncClient, method: str, path: str, header: str) -> None:
    response = await http.request(method, path, headers={b"Authorization": header.encode("latin-1")}, content=_body())
    _assert_problem(response, 401, "Bearer")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_the_same_effect_twice_gets_the_identical_answer(http: httpx.AsyncClient) -> None:
    first = await http.put(f"/effects/{ONE}", content=_body())
    turn_forward(timedelta(hours=1))
    second = await http.put(f"/effects/{ONE}", content=_body())
    assert first.status_code == second.status_code == 200
    assert first.content == second.content == (await http.get(f"/effects/{ONE}")).content
    assert first.json()["record_id"] == "cand-1"


async def test_an_id_with_another_content_is_a_conflict(http: httpx.AsyncClient) -> None:
    await http.put(f"/effects/{ONE}", content=_body())
    _assert_problem(await http.put(f"/effects/{ONE}", content=_body(build_assessment(match=10))), 409, ONE)
    _assert_problem(await http.put(f"/effects/{ONE}", content=_body(kind="correction")), 409, ONE)


async def test_a_version_under_a_second_effect_id_is_a_conflict(http: httpx.AsyncClient) -> None:
    await http.put(f"/effects/{ONE}", content=_body())
    _assert_problem(await http.put(f"/effects/{TWO}", content=_body()), 409, "another effect id")


async def test_an_unknown_effect_is_not_found(http: httpx.AsyncClient) -> None:
    _assert_problem(await http.get(f"/effects/{ONE}"), 404, ONE)


async def test_a_candidates_file_shows_all_that_was_received(http: httpx.AsyncClient) -> None:
    await http.put(f"/effects/{ONE}", content=_body())
    newer = build_assessment(version=2, match=88.0, level="senior")
    await http.put(f"/effects/{TWO}", content=_body(newer, kind="rescoring", version=1))
    decided = build_assessment(version=2, match=88.0, level="senior", decision=DECISION)
    await http.put(f"/effects/{THREE}", content=_body(decided, kind="decision"))
    file = (await http.get("/candidates/cand-1")).json()
    assert file["candidate"] == {
        "id": "cand-1",
        "external_id": "HR-77",
        "name": NAME,
        "phone": PHONE,
        "email": EMAIL,
    }
    (interview,) = file["interviews"]
    assert (interview["version"], interview["match"], interview["level"]) == (2, 88, "senior")
    assert interview["salary"]["recommended"] == [11, 12]
    assert any("岗位匹配度85" in line for line in interview["salary"]["reasons"])
    assert interview["competencies"][0]["evidence"] == [QUOTE]
    assert interview["competencies"][1]["score"] is None
    assert [(one["kind"], one["version"], one["match"]) for one in interview["received"]] == [
        ("result", 1, 85),
        ("rescoring", 1, 88),
        ("decision", 1, 88),
    ]
    (decision,) = interview["decisions"]
    assert (decision["value"], decision["by"], decision["reason"]) == ("advance", "recruiter-1", "复核录音后同意")
    assert datetime.fromisoformat(decision["received_at"]).tzinfo is not None
    assert file["written_tests"] == file["background_checks"] == []


async def test_an_older_version_that_arrives_late_does_not_become_the_current_one(http: httpx.AsyncClient) -> None:
    await http.put(f"/effects/{TWO}", content=_body(build_assessment(version=2, match=90.0), version=2))
    turn_forward(timedelta(minutes=5))
    await http.put(f"/effects/{ONE}", content=_body())
    (interview,) = (await http.get("/candidates/cand-1")).json()["interviews"]
    assert (interview["version"], interview["match"], len(interview["received"])) == (2, 90, 2)


async def test_several_interviews_of_a_candidate_stand_newest_first(http: httpx.AsyncClient) -> None:
    later = datetime(2026, 12, 1, tzinfo=UTC)
    await http.put(f"/effects/{ONE}", content=_body())
    await http.put(f"/effects/{TWO}", content=_body(build_assessment(interview_id="int-b", finished_at=later)))
    file = (await http.get("/candidates/cand-1")).json()
    assert [interview["interview_id"] for interview in file["interviews"]] == ["int-b", "int-cand-1"]


async def test_an_assessment_without_match_level_or_pay_is_taken(http: httpx.AsyncClient) -> None:
    bare = build_assessment(match=None, level=None, salary=None, competencies=())
    assert (await http.put(f"/effects/{ONE}", content=_body(bare))).status_code == 200
    (interview,) = (await http.get("/candidates/cand-1")).json()["interviews"]
    assert (interview["match"], interview["level"], interview["salary"]) == (None, None, None)


async def test_written_tests_and_background_checks_stand_on_the_file(http: httpx.AsyncClient) -> None:
    await http.put(f"/effects/{ONE}", content=_body())
    test = {"kind": "written_test", "title": "行测", "outcome": "82 分", "taken_on": "2026-11-20"}
    check = {"kind": "background_check", "title": "学历核验", "outcome": "属实"}
    for check_id, body in (("c1", test), ("c2", check), ("c1", test | {"outcome": "85 分"})):
        assert (await http.put(f"/candidates/cand-1/checks/{check_id}", json=body)).status_code == 200
    file = (await http.get("/candidates/cand-1")).json()
    assert [(one["title"], one["outcome"], one["taken_on"]) for one in file["written_tests"]] == [
        ("行测", "85 分", "2026-11-20")
    ]
    assert [one["title"] for one in file["background_checks"]] == ["学历核验"]


async def test_a_check_needs_a_file_to_stand_on(http: httpx.AsyncClient) -> None:
    body = {"kind": "written_test", "title": "行测", "outcome": "82 分"}
    _assert_problem(await http.put("/candidates/cand-9/checks/c1", json=body), 404)


async def test_candidates_are_listed_newest_delivery_first_in_pages(http: httpx.AsyncClient) -> None:
    for number in range(5):
        turn_forward(timedelta(minutes=1))
        await http.put(f"/effects/e{number}", content=_body(build_assessment(f"cand-{number}")))
    turn_forward(timedelta(minutes=1))
    await http.put("/effects/e9", content=_body(build_assessment("cand-0", version=2, match=91.0), version=2))
    first = (await http.get("/candidates", params={"limit": 2})).json()
    rest = (await http.get("/candidates", params={"limit": 200, "offset": 2})).json()
    assert first["total"] == rest["total"] == 5
    assert [one["candidate_id"] for one in first["candidates"]] == ["cand-0", "cand-4"]
    assert [one["candidate_id"] for one in rest["candidates"]] == ["cand-3", "cand-2", "cand-1"]
    assert (first["candidates"][0]["match"], first["candidates"][0]["name"]) == (91, NAME)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=-1", "limit=ten", "offset=-1", "limit=٣", "limit="])
async def test_a_page_that_makes_no_sense_is_refused(http: httpx.AsyncClient, query: str) -> None:
    _assert_problem(await http.get(f"/candidates?{query}"), 422, "whole number")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        (b"[]", "body"),
        (_body().replace(b'"kind":"result"', b'"kind":"rumour"'), "kind"),
        (_body().replace(b'"match":85.0', b'"match":850'), "assessment.match"),
        (_body().replace(b'"match":85.0', b'"match":NaN'), "assessment.match"),
        (_body().replace(b'"version":1', b'"version":0'), "version"),
        (_body().replace(b'"language":"zh"', b'"language":"zh","mood":"sad"'), "assessment.mood"),
        (_body().replace(b'"id":"cand-1"', b'"id":"../etc"'), "assessment.candidate.id"),
    ],
)
async def test_a_body_that_is_no_effect_is_refused_with_the_field_and_without_its_content(
    http: httpx.AsyncClient, content: bytes, words: str
) -> None:
    response = await http.put(f"/effects/{ONE}", content=content)
    _assert_problem(response, 422, words)
    assert NAME not in response.text
    assert QUOTE not in response.text


@pytest.mark.parametrize("effect_id", ["a" * 65, "a b", "a.b", "%E9%9D%A2"])
async def test_an_id_of_another_form_is_refused(http: httpx.AsyncClient, effect_id: str) -> None:
    _assert_problem(await http.put(f"/effects/{effect_id}", content=_body()), 422, "effect_id")


async def test_a_body_over_the_limit_is_refused_even_when_its_length_is_not_told(http: httpx.AsyncClient) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 65536 + 1):
            yield b" " * 65536

    _assert_problem(await http.put(f"/effects/{ONE}", content=b" " * (LARGEST_BODY + 1)), 413)
    _assert_problem(await http.put(f"/effects/{ONE}", content=stream()), 413)


async def test_an_unknown_path_and_a_wrong_method_are_problems_too(http: httpx.AsyncClient) -> None:
    _assert_problem(await http.get("/nowhere"), 404)
    _assert_problem(await http.post("/candidates", content=b"{}"), 405)


async def test_a_locked_database_is_a_503_that_says_when_to_come_back(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.database, "BUSY_TIMEOUT_S", 0.1)
    async with _client(database) as http:
        other = sqlite3.connect(database)
        other.execute("BEGIN EXCLUSIVE")
        response = await http.put(f"/effects/{ONE}", content=_body())
        _assert_problem(response, 503)
        assert int(response.headers["retry-after"]) > 0
        other.rollback()
        other.close()
        assert (await http.put(f"/effects/{ONE}", content=_body())).status_code == 200


async def test_nothing_a_person_said_or_is_called_lies_in_any_file_in_clear(
    http: httpx.AsyncClient, database: Path
) -> None:
    await http.put(f"/effects/{ONE}", content=_body(build_assessment(decision=DECISION)))
    check = {"kind": "background_check", "title": "学历核验", "outcome": "属实"}
    await http.put("/candidates/cand-1/checks/c1", json=check)
    files = [file for file in database.parent.iterdir() if file.is_file()]
    assert database in files
    for file in files:
        content = file.read_bytes()
        for words in (NAME, PHONE, EMAIL, QUOTE, "HR-77", "安抚客户", "复核录音", "学历核验", "属实", "岗位匹配度"):
            assert words.encode() not in content, (file.name, words)


async def test_an_erased_candidate_leaves_nothing_but_the_proof(http: httpx.AsyncClient, database: Path) -> None:
    await http.put(f"/effects/{ONE}", content=_body())
    await http.put(f"/effects/{TWO}", content=_body(build_assessment("cand-2")))
    await http.put("/candidates/cand-1/checks/c1", json={"kind": "written_test", "title": "行测", "outcome": "82"})
    sealed = _sealed_rows(database, "cand-1")
    proof = await http.delete("/candidates/cand-1")
    assert proof.status_code == 200
    assert (proof.json()["effects"], proof.json()["checks"]) == (1, 1)
    for file in database.parent.iterdir():
        assert not any(row in file.read_bytes() for row in sealed), file.name
    turn_forward(timedelta(days=1))
    assert (await http.delete("/candidates/cand-1")).content == proof.content
    _assert_problem(await http.get("/candidates/cand-1"), 404)
    _assert_problem(await http.get(f"/effects/{ONE}"), 404)
    assert (await http.get("/candidates")).json()["total"] == 1


async def test_a_late_delivery_does_not_bring_an_erased_candidate_back(http: httpx.AsyncClient) -> None:
    await http.delete("/candidates/cand-1")
    _assert_problem(await http.put(f"/effects/{ONE}", content=_body()), 410, "erased")
    body = {"kind": "written_test", "title": "行测", "outcome": "82"}
    _assert_problem(await http.put("/candidates/cand-1/checks/c1", json=body), 410, "erased")


def _sealed_rows(database: Path, candidate_id: str) -> list[bytes]:
    connection = sqlite3.connect(database)
    rows: list[Any] = []
    for table in ("effect", "candidate_check"):
        rows += connection.execute(f"SELECT sealed FROM {table} WHERE candidate_id = ?", (candidate_id,)).fetchall()
    connection.close()
    assert len(rows) == 2
    return [bytes(row[0])[:60] for row in rows]


async def test_records_of_another_key_cannot_be_read_and_the_setting_is_named(database: Path) -> None:
    async with _client(database) as http:
        await http.put(f"/effects/{ONE}", content=_body())
    async with _client(database, key=Fernet.generate_key().decode()) as http:
        _assert_problem(await http.get("/candidates/cand-1"), 500, "RECORDS_KEY")


@pytest.mark.parametrize(
    ("token", "key"),
    [("", KEY), (TOKEN, ""), (TOKEN, "short")],
    ids=["no token", "no key", "short key"],
)
def test_without_secrets_the_service_does_not_start(tmp_path: Path, token: str, key: str) -> None:
    with pytest.raises(Rejected, match="make setup"):
        create_records_app(f"sqlite:///{tmp_path}/records.sqlite", token, key)
