"""A relay before a real Odoo that cuts one request: before Odoo sees it, or after Odoo has answered."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

Side = Literal["before", "after"]


class Scissors:
    """Relays HTTP to `target`, one request a connection, and counts; request number `cut_at` (from 1) is cut."""

    def __init__(self, target: str) -> None:
        place = urlsplit(target)
        self._host, self._tls = place.hostname or "127.0.0.1", place.scheme == "https"
        self._port = place.port or (443 if self._tls else 80)
        self._name = place.netloc.encode()
        self.seen = 0
        self.cut_at: int | None = None
        self.side: Side = "before"
        self.was_cut = ""

    async def open(self) -> str:
        """Listen on loopback; the address."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        self._server.close()

    def arm(self, cut_at: int | None, side: Side) -> None:
        """Count from anew, and cut at that request."""
        self.seen, self.cut_at, self.side, self.was_cut = 0, cut_at, side, ""

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            self.seen += 1
            cut = self.seen == self.cut_at
            if cut:
                self.was_cut = head.split(b" ")[1].decode().removeprefix("/json/2/")
            if not (cut and self.side == "before"):
                answer = await self._ask(head, body)
                if not cut:
                    writer.write(answer)
                    await writer.drain()
        with suppress(OSError):
            writer.close()

    async def _ask(self, head: bytes, body: bytes) -> bytes:
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"host:", b"connection:"))]
        head = b"\r\n".join([lines[0], b"Host: " + self._name, b"Connection: close", *lines[1:]])
        there, back = await asyncio.open_connection(self._host, self._port, ssl=self._tls or None)
        back.write(head + body)
        await back.drain()
        answer = await there.read()
        back.close()
        start, _, rest = answer.partition(b"\r\n")
        # Said twice it does no harm, and the client must not keep a connection that ends here.
        return start + b"\r\nConnection: close\r\n" + rest


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
