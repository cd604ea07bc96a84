from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.outcomes import fetching_outcomes
from core.clock import now
from core.tables import Candidate, Interview, PerformanceRating
from hr_bridge.connectors.base import HrmsRejected
from hr_bridge.connectors.records.outcomes import take_outcomes
from hr_bridge.connectors.records.shapes import OutcomeBody
from hr_bridge.imports.set_up import open_keepers
from hr_bridge.insights.validity.reading import read_people
from tests.bot.console.house import deliver_all, house_with_records
from tests.builders import scored_interview


async def test_what_hr_enters_in_the_records_meets_the_interview_once_and_goes_with_an_erasure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house_with_records(tmp_path, monkeypatch) as (house, client):
        scored_interview(house.services)
        await deliver_all(house.services, client)
        with house.services.database.reading() as session:
            who = session.exec(select(Candidate.id)).one()
        start = now().date() - timedelta(days=500)
        with house.services.database.unit_of_work() as session:
            session.exec(select(Interview)).one().invited_at = now() - timedelta(days=520)
        hired = {"started_on": str(start), "base": "10000", "currency": "CNY", "period": "month"}
        raised = {"effective_on": str(start + timedelta(days=365)), "base": "11000", "currency": "CNY", "period": "月"}
        rated = {"period": str(start.year + 1), "rating": "4", "scale": "1-5"}
        await client.put_outcome(who, "hire", OutcomeBody(kind="hires", cells=hired))
        await client.put_outcome(who, "raise", OutcomeBody(kind="pay_changes", cells=raised))
        await client.put_outcome(who, "mark", OutcomeBody(kind="performance", cells=rated))
        with pytest.raises(HrmsRejected, match="Write the scale as 1-5"):
            await client.put_outcome(who, "other", OutcomeBody(kind="performance", cells=rated | {"scale": "ok"}))
        with pytest.raises(HrmsRejected, match="no file"):
            await client.put_outcome("nobody", "mark", OutcomeBody(kind="performance", cells=rated))

        await fetching_outcomes(house.services)()
        keepers = open_keepers(house.services.database, house.services.keys)
        again, newest = await take_outcomes(client, keepers)
        assert again == 0
        assert (await client.outcomes(newest)).total == 1
        with house.services.database.reading() as session:
            assert len(session.exec(select(PerformanceRating)).all()) == 1
            people = read_people(session, house.services.keys)
        found = {row["outcome"]: (row["value"], row["why"]) for row in people.outcomes.iter_rows(named=True)}
        assert found["pay_growth"] == (pytest.approx(10.0), None)
        assert found["performance"] == (None, "set_aside"), "one mark alone cannot be put beside others"

        await client.erase(who)
        assert (await client.outcomes()).total == 0
