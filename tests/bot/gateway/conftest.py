"""A door with one invited candidate, over HTTP without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.bot.gateway.chat_door import Door, Invited, invite, open_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = open_door(tmp_path)
    yield opened
    opened.database.close()


@pytest.fixture
def invited(door: Door) -> Invited:
    return invite(door)


@pytest.fixture
def client(door: Door) -> Iterator[TestClient]:
    with TestClient(door.app, base_url="http://127.0.0.1:8000") as opened:
        yield opened
