from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.services import Services
from core.database import Database
from core.errors import DatabaseBusy
from core.settings import LanguageModelSettings
from core.tables import Interview, Position, Report, ReportProse, Score, SecondRating
from scoring.llm_steps import LanguageModelSteps
from tests.bot.console.house import furnished
from tests.builders import ANSWERS, scored_interview
from tests.fakes.llm_endpoint import FakeEndpoint, fails, fake_endpoint, rates, says, sleeps

VENDOR = {"zh": "公司自建", "en": "our own servers"}
SCORED = [said for said in ANSWERS["zh"].values() if said.level is not None]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: FakeEndpoint) -> FakeEndpoint:
    running.requests.clear()
    running.script = [rates(1)]
    return running


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with furnished(tmp_path, monkeypatch) as opened:
        yield opened


def turn_on(services: Services, interview_id: str, policy: str = "cn", **use: bool) -> None:
    with services.database.unit_of_work() as session:
        position = session.get_one(Position, session.get_one(Interview, interview_id).position_id)
        position.profile = {**position.profile, "policy": policy, "llm": {**use, "names_vendor": VENDOR}}


def steps(services: Services, base_url: str, limit_s: float = 20, **settings: str) -> LanguageModelSteps:
    chosen = LanguageModelSettings(base_url=base_url, **{"model": "fake-1", **settings})  # type: ignore[arg-type]
    return LanguageModelSteps(services.database, services.keys, chosen, limit_s)


def ratings_of(services: Services, interview_id: str) -> list[SecondRating]:
    with services.database.reading() as session:
        rows = select(SecondRating).where(SecondRating.interview_id == interview_id).order_by(col(SecondRating.id))
        return list(session.exec(rows))


def test_nothing_is_asked_for_a_position_that_has_not_turned_it_on(services: Services, endpoint: FakeEndpoint) -> None:
    interview_id = scored_interview(services)

    steps(services, endpoint.base_url).rate_answers(interview_id)
    steps(services, endpoint.base_url).word_report(interview_id)

    assert endpoint.requests == []
    assert ratings_of(services, interview_id) == []


def test_every_scored_answer_is_rated_once_however_often_the_step_runs(
    services: Services, endpoint: FakeEndpoint
) -> None:
    interview_id = scored_interview(services)
    turn_on(services, interview_id, second_rater=True)

    for _ in range(2):
        steps(services, endpoint.base_url).rate_answers(interview_id)

    assert len(endpoint.requests) == 3 * len(SCORED)
    sent = {json.loads(request["messages"][1]["content"])["answer"] for request in endpoint.requests}
    assert sent == {"\n".join(filter(None, (said.answer, said.follow_up))) for said in SCORED}
    ratings = ratings_of(services, interview_id)
    assert [(row.level, row.samples, row.failure) for row in ratings] == [(1.0, [1.0, 1.0, 1.0], None)] * len(SCORED)
    assert {(row.model, row.prompt_version[:7]) for row in ratings} == {("fake-1", "rating-")}


def test_a_step_cut_short_goes_on_where_it_was(
    services: Services, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview_id = scored_interview(services)
    turn_on(services, interview_id, second_rater=True)
    work, stored = Database.unit_of_work, 0

    @contextmanager
    def failing_at_the_third(database: Database) -> Iterator[Any]:
        nonlocal stored
        stored += 1
        if stored == 3:
            raise DatabaseBusy("locked")
        with work(database) as session:
            yield session

    with monkeypatch.context() as patched:
        patched.setattr(Database, "unit_of_work", failing_at_the_third)
        with pytest.raises(DatabaseBusy):
            steps(services, endpoint.base_url).rate_answers(interview_id)
    assert len(ratings_of(services, interview_id)) == 2

    steps(services, endpoint.base_url).rate_answers(interview_id)

    assert len(ratings_of(services, interview_id)) == len(SCORED)


def test_quotes_are_sealed_and_scores_stay_as_they_are(services: Services, endpoint: FakeEndpoint) -> None:
    interview_id = scored_interview(services)
    turn_on(services, interview_id, second_rater=True)
    quote = SCORED[2].quotes[0]
    endpoint.script = [rates(5, quote)]
    with services.database.reading() as session:
        before = [row.model_dump() for row in session.exec(select(Score).order_by(col(Score.id)))]

    steps(services, endpoint.base_url).rate_answers(interview_id)

    with services.database.reading() as session:
        key = services.key_of(session, session.get_one(Interview, interview_id))
        assert [row.model_dump() for row in session.exec(select(Score).order_by(col(Score.id)))] == before
    (rated,) = [row for row in ratings_of(services, interview_id) if row.level is not None]
    assert quote not in rated.quotes_sealed
    assert json.loads(key.open(rated.quotes_sealed, "second rating")) == [quote]


@pytest.mark.parametrize(
    ("settings", "failure"),
    [({"model": ""}, "not_set_up"), ({"base_url": "https://93.184.216.34/v1"}, "no_legal_basis")],
)
def test_where_answers_may_not_go_the_reason_is_stored_and_nothing_is_sent(
    services: Services, settings: dict[str, str], failure: str
) -> None:
    interview_id = scored_interview(services)
    turn_on(services, interview_id, second_rater=True, report_prose=True)
    asked = steps(services, **{"base_url": "http://127.0.0.1:9/v1", **settings})

    asked.rate_answers(interview_id)
    asked.word_report(interview_id)

    assert [row.failure for row in ratings_of(services, interview_id)] == [failure] * len(SCORED)


@pytest.mark.parametrize(
    ("behaviour", "failure"), [(sleeps(30), "timeout"), (fails(429, retry_after="60"), "rate_limited")]
)
def test_a_failure_is_stored_with_its_reason(
    services: Services, endpoint: FakeEndpoint, behaviour: Any, failure: str
) -> None:
    interview_id = scored_interview(services)
    turn_on(services, interview_id, second_rater=True)
    endpoint.script = [behaviour]

    steps(services, endpoint.base_url, limit_s=0.3).rate_answers(interview_id)

    assert [(row.level, row.failure) for row in ratings_of(services, interview_id)] == [(None, failure)] * len(SCORED)


def test_the_report_is_worded_once_and_kept_sealed(services: Services, endpoint: FakeEndpoint) -> None:
    interview_id = scored_interview(services)
    turn_on(services, interview_id, report_prose=True)
    text = f"结果导向表现突出，候选人提到“{SCORED[2].quotes[1].strip('。')}”。"
    endpoint.script = [says(json.dumps({"prose": text}))]

    for _ in range(2):
        steps(services, endpoint.base_url).word_report(interview_id)

    assert len(endpoint.requests) == 1
    with services.database.reading() as session:
        worded = session.exec(select(ReportProse)).one()
        report = session.exec(select(Report)).one()
        key = services.key_of(session, session.get_one(Interview, interview_id))
    assert worded.report_id == report.id
    assert "结果导向" not in worded.text_sealed
    assert key.open(worded.text_sealed, "report prose") == text


def test_prose_with_a_figure_of_its_own_is_thrown_away(services: Services, endpoint: FakeEndpoint) -> None:
    interview_id = scored_interview(services)
    turn_on(services, interview_id, report_prose=True)
    endpoint.script = [says(json.dumps({"prose": "候选人带过35人的团队。"}))]

    steps(services, endpoint.base_url).word_report(interview_id)

    with services.database.reading() as session:
        assert session.exec(select(ReportProse)).all() == []
