"""One Rasa for all journeys: it takes half a minute to start. App and worker are fresh for each test that kills them.
One Playwright a file: its event loop must not outlive the browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.fakes.telegram.phones import BotAccount
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


@pytest.fixture(scope="module")
def bot(stack: Stack, telegram_api: str) -> Iterator[BotAccount]:
    """The app speaks for a bot of its own while the tests of a file run."""
    account = BotAccount(telegram_api)
    stack.kill("app")
    stack.start("app", **account.environment)
    stack.wait_until_ready()
    yield account
    stack.kill("app")
    stack.start("app")
    stack.wait_until_ready()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as opened:
        yield opened
