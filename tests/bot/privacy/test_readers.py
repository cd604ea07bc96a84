from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.gateway.error_responses import explain
from bot.privacy.carrying_out import carry_out, carry_out_due
from bot.privacy.erasure import ask_for_erasure
from core.errors import CandidateErased
from core.tables import Interview, LegalHold
from tests.bot.console.house import House, csrf_of, furnish, furnished
from tests.bot.privacy.held_interview import NAME, held


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    with furnished(tmp_path, monkeypatch) as services:
        yield furnish(services)


def erased(house: House) -> tuple[str, str]:
    """Candidate and interview of somebody who is erased now."""
    candidate_id = held(house.services)
    with house.services.database.unit_of_work() as session:
        interview_id = session.exec(select(Interview.id).where(Interview.candidate_id == candidate_id)).one()
        request_id = ask_for_erasure(session, candidate_id, "candidate")
    assert carry_out(house.services, request_id)
    return candidate_id, interview_id


async def test_every_page_and_program_hears_that_the_candidate_was_erased(house: House) -> None:
    _, interview_id = erased(house)
    async with house.signed_in("admin") as browser:
        for path in ("interviews/{}", "interviews/{}/report.pdf", "review/{}", "feedback/{}"):
            answer = await browser.get("/console/" + path.format(interview_id))
            assert answer.status_code == 410, path
            assert "删除" in answer.text
        for path in ("", "/review", "/feedback", "/questions", "/duplicates", "/applicants", "/review/unopened"):
            answer = await browser.get("/console" + path)
            assert answer.status_code == 200, path
            assert NAME not in answer.text
        with house.services.database.reading() as session:
            pseudonym = session.exec(select(Interview.id)).one()
        for path in ("interviews/{}", "interviews/{}/report.pdf", "review/{}", "feedback/{}"):
            assert (await browser.get("/console/" + path.format(pseudonym))).status_code in (200, 404, 410), path
    async with house.visitor("recruiter") as program:
        for path in ("/api/interviews/{}", "/api/interviews/{}/report"):
            answer = await program.get(path.format(interview_id))
            if answer.status_code != 404 or "detail" not in answer.json() or answer.json()["detail"] != "Not Found":
                assert answer.status_code == 410, path
                assert answer.json()["type"] == "/problems/candidate-erased"
        assert (await program.get("/api/interviews")).status_code in (200, 404)


def test_the_candidate_is_told_so_and_not_that_their_words_are_saved() -> None:
    assert "已经按要求或按保存期限删除" in explain(CandidateErased("gone"), "zh")
    assert "were deleted" in explain(CandidateErased("gone"), "en")


async def test_an_admin_places_a_hold_asks_releases_and_reads_the_certificate(house: House) -> None:
    candidate_id = held(house.services)
    async with house.signed_in("admin") as browser:
        csrf = csrf_of(await browser.get("/console/privacy"))
        hold = {"csrf": csrf, "subject": candidate_id, "reason": "劳动仲裁 2026-113"}
        assert (await browser.post("/console/privacy/holds", data=hold)).status_code == 303
        ask = {"csrf": csrf, "candidate": candidate_id}
        assert (await browser.post("/console/privacy/requests", data=ask)).status_code == 303
        carry_out_due(house.services)
        seen = await browser.get("/console/privacy")
        assert "因法律保留暂不删除" in seen.text
        assert "劳动仲裁 2026-113" in seen.text
        with house.services.database.reading() as session:
            hold_id = session.exec(select(LegalHold.id)).one()
        await browser.post(f"/console/privacy/holds/{hold_id}", data={"csrf": csrf})
        from datetime import timedelta

        from core.clock import hands_restored, turn_forward

        with hands_restored():
            turn_forward(timedelta(minutes=1))
            carry_out_due(house.services)
        seen = await browser.get("/console/privacy")
        assert "已删除" in seen.text
        assert "劳动仲裁" not in seen.text
        link = seen.text.partition('href="/console/privacy/certificates/')[2].partition('"')[0]
        certificate = await browser.get(f"/console/privacy/certificates/{link}")
        assert certificate.status_code == 200
        assert candidate_id in certificate.text
        assert "密钥销毁" in certificate.text
        unknown = await browser.post("/console/privacy/requests", data={"csrf": csrf, "candidate": "nobody"})
        assert unknown.status_code == 404
        bad = await browser.post("/console/privacy/holds", data={"csrf": csrf, "subject": "x", "reason": "?"})
        assert bad.status_code == 422
