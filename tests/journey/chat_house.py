"""The chat's door behind a real server on a real port, for a browser to come in; only the dialogue is a script."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from bot.conversation import messages_after
from bot.questions_aloud import QuestionsAloud
from tests.bot.gateway.chat_door import Door, Invited, Script, open_door

PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
FOCUSED = """() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return [element?.tagName.toLowerCase(), element?.textContent.trim()];
}"""


@dataclass
class House:
    """The door behind a real server that can be stopped and started again on the same port and database."""

    door: Door
    url: str
    start: Callable[[], None]
    stop: Callable[[], None]

    def link(self, invited: Invited) -> str:
        return f"{self.url}/i/{invited.token}"

    def texts(self, invited: Invited) -> list[str]:
        """What the database holds of the candidate's and our words, in order."""
        return [m["text"] for m in messages_after(self.door.services, invited.interview_id, 0)]


@contextmanager
def house_open(folder: Path, script: Script, aloud: QuestionsAloud | None = None) -> Iterator[House]:
    """The house while the block lasts."""
    door = open_door(folder, script, aloud=aloud)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start() -> None:
        server = uvicorn.Server(uvicorn.Config(door.app, port=port, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.02)

    def stop() -> None:
        server, thread = running.pop()
        server.should_exit = True
        thread.join()

    start()
    try:
        yield House(door, f"http://127.0.0.1:{port}", start, stop)
    finally:
        if running:
            stop()
        door.database.close()


def chromium(playwright: Playwright, *flags: str) -> Browser:
    found = shutil.which("chromium")
    assert found, "Chromium is missing: apt-get install chromium"
    return playwright.chromium.launch(executable_path=found, args=list(flags))


@contextmanager
def new_phone(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, **options)
    context.set_default_timeout(15_000)
    yield context
    context.close()


def opened(context: BrowserContext, house: House, invited: Invited) -> Page:
    page = context.new_page()
    page.goto(house.link(invited))
    ready(page)
    return page


def ready(page: Page) -> None:
    expect(page.locator("deep-chat #text-input")).to_be_visible()
    expect(page.locator("#loading")).to_be_hidden()


def press_until(page: Page, tag: str, text: str, back: bool = False) -> None:
    """Press Tab until an element has the focus, as somebody without a mouse does."""
    for _ in range(30):
        if page.evaluate(FOCUSED) == [tag, text]:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{text} cannot be reached by keyboard")
