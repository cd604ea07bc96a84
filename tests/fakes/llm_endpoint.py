"""A deterministic OpenAI-compatible endpoint on loopback, for the real `openai` client to meet."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from bot.rasa_process import free_port

Behaviour = Callable[[], Response | float]
"""Makes the response, or says for how many seconds none comes."""


def says(content: str | None, finish_reason: str = "stop", refusal: str | None = None) -> Behaviour:
    """An ordinary completion around `content`."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
    }
    return lambda: Response(json.dumps(completion), media_type="application/json")


def rates(level: float, *quotes: str) -> Behaviour:
    return says(json.dumps({"quotes": quotes, "level": level}, ensure_ascii=False))


def refuses() -> Behaviour:
    return says(None, refusal="I cannot rate people.")


def answers_raw(body: str, media_type: str = "application/json") -> Behaviour:
    return lambda: Response(body, media_type=media_type)


def plays(sound: bytes) -> Behaviour:
    """A text read aloud."""
    return lambda: Response(sound, media_type="audio/mpeg")


def fails(status: int, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: Response('{"error": {"message": "no"}}', status, named, "application/json")


def sleeps(seconds: float) -> Behaviour:
    return lambda: seconds


class FakeEndpoint:
    """Behaves as `script` says, request by request; its last entry goes on for ever. `requests` are the bodies."""

    def __init__(self) -> None:
        self.script: Sequence[Behaviour] = [rates(1)]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self._complete)
        self.app.post("/v1/audio/speech")(self._complete)
        self.base_url = ""

    async def _complete(self, request: Request) -> Response:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        made = self.script[min(len(self.requests), len(self.script)) - 1]()
        if isinstance(made, Response):
            return made
        for _ in range(int(made / 0.05)):
            if await request.is_disconnected():
                break
            await asyncio.sleep(0.05)
        return Response("{}", media_type="application/json")


@contextmanager
def fake_endpoint() -> Iterator[FakeEndpoint]:
    """The endpoint in a thread of its own while the block lasts."""
    endpoint = FakeEndpoint()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(endpoint.app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    endpoint.base_url = f"http://127.0.0.1:{port}/v1"
    try:
        yield endpoint
    finally:
        server.should_exit = True
        thread.join(10)
