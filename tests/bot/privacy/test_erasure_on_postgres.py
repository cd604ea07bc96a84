from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from bot.privacy.carrying_out import carry_out
from bot.privacy.erasure import ask_for_erasure
from bot.privacy.retention import keep_to_policy
from bot.services import Services
from core.clock import hands_restored, turn_forward
from tests.bot.console.house import furnished
from tests.bot.privacy.held_interview import MARKS, held, secrets_of


def everything_in(services: Services) -> bytes:
    """Every value of every table, as bytes."""
    found = []
    with services.database.engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                found += [bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode() for v in row]
    return b"\0".join(found)


@pytest.mark.servers
async def test_postgresql_keeps_nothing_of_an_erased_candidate_in_any_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: Callable[[], str]
) -> None:
    with furnished(tmp_path, monkeypatch, DATABASE_URL=fresh_postgres()) as services:
        gone, stays = held(services), held(services, "王小明", "+8613800002222", "ming@example.com", "EXT-9")
        sealed, kept = secrets_of(services, gone), secrets_of(services, stays)
        assert all(each in everything_in(services) for each in sealed)
        with services.database.unit_of_work() as session:
            request_id = ask_for_erasure(session, gone, "candidate")
        assert carry_out(services, request_id)
        after = everything_in(services)
        assert [each for each in (*sealed, *(mark.encode() for mark in MARKS)) if each in after] == []
        assert all(each in after for each in kept)
        with hands_restored():
            turn_forward(timedelta(days=100))
            removed = keep_to_policy(services)
        assert removed is not None
        assert (removed["interviews"], removed["failed"]) == (1, 0)
        assert not any(each in everything_in(services) for each in kept)
