from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from bot.positions import newest_position, seed
from core.settings import ModelSettings
from core.tables import AuditEntry, Position
from hr_bridge.position import PositionProfile
from hr_bridge.profile import SentenceMatch
from scoring.assess import AnswerScorer
from scoring.description import DescriptionMatcher
from tests.bot.console.house import House, csrf_of, furnish, furnished
from tests.hr_bridge.profile.people import keep_hire

PAGE = "/console/positions/sales/weights"


@pytest.fixture(scope="module")
def matcher() -> DescriptionMatcher:
    return DescriptionMatcher(AnswerScorer.load(ModelSettings(encoder=None)).reader)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, matcher: DescriptionMatcher) -> AsyncIterator[House]:
    with furnished(tmp_path, monkeypatch) as services:
        house = furnish(services)
        house.app.state.descriptions = matcher
        yield house


def hire_people(house: House, n: int, seed_: int = 5) -> None:
    """People whose resilience goes with their appraisals, and nothing else does."""
    rng = np.random.default_rng(seed_)
    with house.services.database.unit_of_work() as session:
        position = newest_position(session, "sales")
        for _ in range(n):
            x, y, z, e = rng.standard_normal(4)
            scores = {"customer_communication": 65 + 8 * x, "resilience": 60 + 9 * y, "results": 70 + 7 * z}
            keep_hire(
                session,
                house.services.keys,
                position,
                scores,
                appraisals={"2025": float(np.clip(0.5 + 0.12 * y + 0.08 * e, 0, 1))},
            )


def proposal_of(page: str) -> str:
    found = re.search(r'name="proposal" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def shares(page: str) -> list[int]:
    return [int(each) for each in re.findall(r"<strong>(\d+)%</strong>", page)]


async def test_a_recruiter_sees_the_proposal_and_cannot_adopt_it(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        listed = (await browser.get("/console/positions")).text
        assert f'href="{PAGE}"' in listed
        page = await browser.get(PAGE)
        assert "还没有同类岗位录用者的数据" in page.text
        assert "岗位说明：“每月有签约目标”。" in page.text
        assert sum(shares(page.text)) == 100
        assert 'name="proposal"' not in page.text
        answer = await browser.post(PAGE, data={"csrf": csrf_of(page), "proposal": "0" * 64})
        assert answer.status_code == 403
    async with house.signed_in("hr") as browser:
        assert (await browser.get(PAGE)).status_code == 403


async def test_an_admin_adopts_what_the_page_shows_as_a_new_version_with_its_reasons(house: House) -> None:
    hire_people(house, 60)
    async with house.signed_in("admin") as browser:
        page = await browser.get(PAGE)
        assert "得分高的人绩效也好：r = 0." in page.text
        assert page.text.count('<svg class="interval') == 3
        proposed = shares(page.text)
        answer = await browser.post(PAGE, data={"csrf": csrf_of(page), "proposal": proposal_of(page.text)})
        assert answer.status_code == 303
        after = await browser.get(answer.headers["location"])
    assert "已采用，成为新版本" in after.text
    with house.services.database.reading() as session:
        position = newest_position(session, "sales")
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "weights_adopted")).one()
    assert (position.version, entry.subject) == (2, position.id)
    adopted = position.profile["competencies"]
    assert [round(each["weight"] * 100) for each in adopted] == proposed
    assert proposed[1] > 33, "resilience is what history speaks for"
    assert "（n = 60）" in adopted[1]["why"]["zh"]
    assert "(n = 60)" in adopted[1]["why"]["en"]


async def test_a_proposal_that_changed_since_the_page_was_opened_is_shown_again_and_not_adopted(house: House) -> None:
    async with house.signed_in("admin") as browser:
        page = await browser.get(PAGE)
        hire_people(house, 30)
        answer = await browser.post(PAGE, data={"csrf": csrf_of(page), "proposal": proposal_of(page.text)})
    assert answer.status_code == 422
    assert "请核对下面的新建议" in answer.text
    assert proposal_of(answer.text) != proposal_of(page.text)
    with house.services.database.reading() as session:
        assert newest_position(session, "sales").version == 1


async def test_set_up_leaves_adopted_weights_alone(house: House) -> None:
    async with house.signed_in("admin") as browser:
        page = await browser.get(PAGE)
        await browser.post(PAGE, data={"csrf": csrf_of(page), "proposal": proposal_of(page.text)})
    assert seed(house.services.database) == 0
    with house.services.database.reading() as session:
        assert len(session.exec(select(Position).where(Position.key == "sales")).all()) == 2


async def test_no_transaction_is_open_while_the_encoder_reads_the_description(
    house: House, matcher: DescriptionMatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def match(profile: PositionProfile) -> tuple[SentenceMatch, ...]:
        pool = house.services.database._reading.pool  # type: ignore[attr-defined]
        seen.append(str(pool.checkedout()))
        return ()

    monkeypatch.setattr(matcher, "match", match)
    async with house.signed_in("recruiter") as browser:
        assert (await browser.get(PAGE)).status_code == 200
    assert seen == ["0"]


async def test_a_position_that_does_not_exist_is_named(house: House) -> None:
    async with house.signed_in("admin") as browser:
        answer = await browser.get("/console/positions/pilot/weights")
    assert answer.status_code == 404
    assert "没有找到这个岗位。" in answer.text
