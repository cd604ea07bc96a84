"""People with Telegram on their phones, as the tests see them; and the process that plays Telegram's servers."""

from __future__ import annotations

import itertools
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from bot.child_process import dies_with_its_parent
from bot.rasa_process import free_port
from core.settings import ROOT
from tests.stack import eventually

Json = dict[str, Any]
BOT_NUMBERS = itertools.count(700_001)
PEOPLE = itertools.count(5_000_001)
STARTED_WITHIN_S = 60


@contextmanager
def running_bot_api() -> Iterator[str]:
    """The fake Bot API in a process of its own; its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.telegram.bot_api", str(port)], cwd=ROOT, preexec_fn=dies_with_its_parent
    )

    def answers() -> bool:
        assert process.poll() is None, "the fake Bot API did not start"
        try:
            return httpx.get(f"{base}/control/1:x/look", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    try:
        eventually(answers, STARTED_WITHIN_S, "the fake Bot API does not answer")
        yield base
    finally:
        process.kill()
        process.wait()


class BotAccount:
    """One bot at the fake, as its tester sees it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.id = next(BOT_NUMBERS)
        self.token = f"{self.id}:{uuid.uuid4().hex}"
        self.newest_update = 0
        self._http = httpx.Client(base_url=f"{base}/control/{self.token}", timeout=30, trust_env=False)

    @property
    def environment(self) -> dict[str, str]:
        return {"TELEGRAM_BOT_TOKEN": self.token, "TELEGRAM_API_BASE": self.base}

    def push(self, **update: Any) -> Json:
        """{"update", "status"}: the update as it was delivered, and what the webhook answered."""
        answer = self._http.post("/updates", json=update)
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()
        self.newest_update = result["update"]["update_id"]
        return result

    def fail(self, method: str, code: int, description: str, times: int = 1, **more: Any) -> None:
        """The next calls of the method fail. `chat`: of one chat alone; `done`: they take effect, and then no answer
        comes for so many seconds; `parameters` as Telegram sends them."""
        failure = {"method": method, "code": code, "description": description, **more}
        assert self._http.post("/failures", json=[failure] * times).status_code == 200

    def put_file(self, content: bytes) -> str:
        file_id = uuid.uuid4().hex
        assert self._http.put(f"/files/{file_id}", content=content).status_code == 200
        return file_id

    def look(self) -> Json:
        result: Json = self._http.get("/look").json()
        return result

    def calls(self, method: str) -> list[Json]:
        return [call for call in self.look()["calls"] if call["method"] == method]

    def set_blocked(self, chat_id: int, blocked: bool) -> None:
        assert self._http.put(f"/blocked/{chat_id}", params={"blocked": blocked}).status_code == 200


class Phone:
    """One person's private chat with the bot."""

    def __init__(self, bot: BotAccount, language: str = "zh-hans", user_id: int | None = None) -> None:
        self.bot, self.id = bot, user_id or next(PEOPLE)
        self.sender = {"id": self.id, "is_bot": False, "first_name": "U", "language_code": language}
        self.place = {"id": self.id, "type": "private", "first_name": "U"}
        self.read = 0

    def send(self, **content: Any) -> Json:
        return self.bot.push(message={"chat": self.place, "from": self.sender, **content})

    def write(self, text: str) -> Json:
        command = text.split()[0]
        entity = {"type": "bot_command", "offset": 0, "length": len(command)}
        return self.send(text=text, **({"entities": [entity]} if text.startswith("/") else {}))

    def open_link(self, token: str) -> Json:
        return self.write(f"/start {token}")

    def edit(self, text: str) -> Json:
        message = {"message_id": 1, "date": 1, "edit_date": 2, "chat": self.place, "from": self.sender, "text": text}
        return self.bot.push(edited_message=message)

    def press(self, button: Mapping[str, str], message: Json | None = None) -> str:
        """Press; the id under which the answer to the press will be known."""
        shown = message or next(m for m in reversed(self.messages()) if button in buttons_of(m))
        query_id = uuid.uuid4().hex
        query = {"id": query_id, "from": self.sender, "chat_instance": "1", "data": button["callback_data"]}
        self.bot.push(callback_query={**query, "message": shown})
        return query_id

    def send_document(self, content: bytes, name: str, **more: Any) -> Json:
        file_id = self.bot.put_file(content)
        document = {"file_id": file_id, "file_unique_id": file_id, "file_name": name, "file_size": len(content)}
        return self.send(document={**document, **more})

    def send_voice(self, content: bytes, duration: int = 4, **more: Any) -> Json:
        file_id = self.bot.put_file(content)
        voice = {"file_id": file_id, "file_unique_id": file_id, "duration": duration, "file_size": len(content)}
        return self.send(voice={**voice, "mime_type": "audio/ogg", **more})

    def change_membership(self, status: str) -> Json:
        me = {"id": self.bot.id, "is_bot": True, "first_name": "Mianshi"}
        old, new = ("member", status) if status != "member" else ("kicked", "member")
        change = {"chat": self.place, "from": self.sender, "date": 1}
        states = {"old": old, "new": new}
        members = {
            f"{key}_chat_member": {"user": me, "status": value, **({"until_date": 0} if value == "kicked" else {})}
            for key, value in states.items()
        }
        return self.bot.push(my_chat_member={**change, **members})

    def messages(self) -> list[Json]:
        """What stands in the chat from the bot, oldest first."""
        return [m for m in self.bot.look()["messages"] if m["chat"]["id"] == self.id]

    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages()]

    def buttons(self) -> list[Json]:
        """The newest buttons shown."""
        return next((buttons_of(m) for m in reversed(self.messages()) if buttons_of(m)), [])

    def read_until(self, holds: Callable[[list[Json]], bool], within_s: float = 40) -> list[Json]:
        """What is new in the chat, as soon as it satisfies `holds`."""
        new: list[Json] = []

        def arrived() -> bool:
            new[:] = self.messages()[self.read :]
            return holds(new)

        eventually(arrived, within_s, f"waited in vain; new in the chat: {[m['text'] for m in new]}")
        self.read += len(new)
        return new


def buttons_of(message: Json) -> list[Json]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]
