"""A receiver of webhooks on a real port, as Standard Webhooks asks it to be: it checks the signature with the standard's
own library, keeps the first message of an id, and answers."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


def new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


@dataclass
class Fault:
    """How the next request is answered instead: by a status, or (None) by silence and then by hanging up, before or
    after it was taken in."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False
    silent_s: float = 5


class Receiver:
    """`kept` holds the events by webhook-id, in the order in which they came; `heard` every request, repeats too."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.kept: dict[str, dict[str, Any]] = {}
        self.heard: list[tuple[str, bytes]] = []
        self.faults: list[Fault] = []
        self.port = 0
        self.looks_at_the_clock = True
        """False where a test has turned the hands: the signature is checked all the same."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/mianshi"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._open:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            assert line.startswith("POST /hooks/mianshi ")
            fault = self.faults.pop(0) if self.faults else None
            status = self._take(headers, body) if fault is None or fault.taken else 0
            if fault is not None:
                if fault.status is None:
                    await asyncio.sleep(fault.silent_s)
                    writer.transport.abort()
                    return
                status = fault.status
            extra = f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}\r\n"
            extra += "".join(f"{name}: {value}\r\n" for name, value in (fault.headers if fault else {}).items())
            writer.write(f"HTTP/1.1 {status} Answer\r\n{extra}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
        self._open.discard(writer)
        writer.close()

    def _take(self, headers: Mapping[str, str], body: bytes) -> int:
        self.heard.append((headers["webhook-id"], body))
        judge = Webhook(self.secret)
        checked = dict(headers)
        if not self.looks_at_the_clock:
            said = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
            if headers["webhook-signature"] != judge.sign(headers["webhook-id"], said, body.decode()):
                return 401
            checked["webhook-timestamp"] = str(int(datetime.now(UTC).timestamp()))
            checked["webhook-signature"] = judge.sign(headers["webhook-id"], datetime.now(UTC), body.decode())
        try:
            event = judge.verify(body, checked)
        except WebhookVerificationError:
            return 401
        self.kept.setdefault(headers["webhook-id"], event)
        return 204

    def events(self, kind: str) -> list[Any]:
        return [event for event in self.kept.values() if event["type"] == kind]
