"""One Rasa for all journeys: it takes half a minute to start. App and worker are fresh for each test that kills them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("stack")
    running = Stack(folder)
    running.start("rasa")
    running.start("app")
    running.start("worker")
    running.wait_until_ready()
    yield running
    running.stop()
