from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.accounts import FAILURES_ALLOWED, SignInRefused, TooManyTries, sign_in
from bot.feedback import draft_due
from tests.bot.console.house import csrf_of, furnish, furnished
from tests.builders import scored_interview


async def test_the_console_does_the_same_on_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: Callable[[], str]
) -> None:
    with furnished(tmp_path, monkeypatch, DATABASE_URL=fresh_postgres()) as services:
        house = furnish(services)
        interview_id = scored_interview(services, name="林晓芸")
        path = f"/console/interviews/{interview_id}"
        async with house.signed_in("admin") as browser, house.visitor("recruiter") as program:
            assert "林晓芸" in (await browser.get("/console?q=林&status=to_decide")).text
            assert "林晓芸" in (await browser.get("/console/review")).text
            for review in (f"/console/review/{interview_id}", "/console/review/figures", "/console/review/unopened"):
                assert (await browser.get(review)).status_code == 200
            page = await browser.get(path)
            form = {"csrf": csrf_of(page), "value": "advance", "reason": "车间走访"}
            assert (await browser.post(f"{path}/decision", data=form)).status_code == 303
            assert "车间走访" in (await browser.get(path)).text
            assert "林晓芸" not in (await browser.get("/console/review")).text
            assert draft_due(services) == 1
            assert "林晓芸，您好" in (await browser.get(f"/console/feedback/{interview_id}")).text
            assert "等待送达" in (await browser.get("/hr")).text
            body = {"position": "sales", "name": "李雷", "phone": "13800001234", "language": "zh", "external_id": "7"}
            answers = [(await program.post("/api/invitations", json=body)).status_code for _ in range(2)]
            assert answers == [201, 409]
            listed = (await program.get("/api/interviews?status=scored")).json()
            assert [row["id"] for row in listed] == [interview_id]
        for _ in range(FAILURES_ALLOWED["name at one address"]):
            with pytest.raises(SignInRefused):
                sign_in(services.database, "hr", "wrong", "10.0.0.1", "key")
        with pytest.raises(TooManyTries):
            sign_in(services.database, "hr", "wrong", "10.0.0.1", "key")
