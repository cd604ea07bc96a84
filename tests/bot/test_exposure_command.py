"""`mianshi competency exposure` as a real process on a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services import Services
from tests.bot.console.house import furnished
from tests.bot.test_cli import mianshi
from tests.builders import scored_interview


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch) as opened:
        yield opened


async def test_exposure_is_shown_and_forms_are_not_compared_on_one_candidate(services: Services) -> None:
    scored_interview(services)
    done = await asyncio.to_thread(mianshi, "competency", "exposure", "resilience", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    counted = {each["question"]: (each["form"], each["planned"], each["asked"]) for each in document["questions"]}
    assert counted["resilience_s1"] == ("a", 1, 1)
    assert counted["resilience_s4"] == ("b", 0, 0)
    [compared] = document["forms"]
    assert (compared["n"], compared["equating"]) == ({"a": 1, "b": 0}, None)
    told = await asyncio.to_thread(mianshi, "competency", "exposure", "resilience")
    assert "resilience_s1  a  1  1" in told.stdout
    assert "each form needs 30 scored candidates, there are 1 and 0" in told.stdout
    unknown = await asyncio.to_thread(mianshi, "competency", "exposure", "astrology")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "nothing called “astrology”" in unknown.stderr
