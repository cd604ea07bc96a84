"""The HR records service in a process of its own, on a real port and SQLite file, behind a line that can fail."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.connector import RecordsConnector

TOKEN = "records-token-of-a-test"
_SERVE = """
import sys, uvicorn
from hr_bridge.connectors.records.service import create_records_app
url, token, key, port = sys.argv[1:]
uvicorn.run(create_records_app(url, token, key), host="127.0.0.1", port=int(port), log_level="warning")
"""
ROOT = Path(__file__).resolve().parents[4]


class Line:
    """A TCP relay to the service; it can swallow one answer, so that the caller waits in vain for it."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._server: asyncio.Server | None = None
        self.swallow_next = False

    async def open(self) -> int:
        """Listen on a free port and return it."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        sending = asyncio.create_task(_pump(reader, there_writer))
        while data := await there_reader.read(65536):
            if self.swallow_next:
                self.swallow_next = False
                await sending
                break
            writer.write(data)
        sending.cancel()
        for one in (writer, there_writer):
            with suppress(OSError):
                one.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


class RunningRecords:
    """The service as a child process, reached straight, or over the line while an answer is to be lost."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "records.sqlite"
        self.port = _free_port()
        self.key = Fernet.generate_key().decode()
        self._child: asyncio.subprocess.Process | None = None
        self._line = Line(self.port)

    async def open(self) -> None:
        """Start everything."""
        await self.start()
        line_port = await self._line.open()
        self.client = RecordsClient(f"http://127.0.0.1:{self.port}", TOKEN)
        self._client_by_line = RecordsClient(f"http://127.0.0.1:{line_port}", TOKEN, timeout=httpx.Timeout(3.0))
        self._connector = RecordsConnector(self.client)
        self._connector_by_line = RecordsConnector(self._client_by_line)

    @property
    def connector(self) -> RecordsConnector:
        """The connector: over the line that is about to fail, else straight."""
        return self._connector_by_line if self._line.swallow_next else self._connector

    async def close(self) -> None:
        """Stop everything."""
        await self.client.aclose()
        await self._client_by_line.aclose()
        await self._line.close()
        await self.stop()

    async def start(self) -> None:
        """Start the service and wait until it is healthy."""
        url = f"sqlite:///{self.database}"
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _SERVE, url, TOKEN, self.key, str(self.port), cwd=ROOT
        )
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(600):
                with suppress(httpx.TransportError):
                    if (await http.get(f"http://127.0.0.1:{self.port}/health")).status_code == 200:
                        return
                assert self._child.returncode is None, "the HR records ended while starting"
                await asyncio.sleep(0.05)
        raise AssertionError("the HR records did not start within 30 s")

    async def stop(self) -> None:
        """Kill the service as a crash would."""
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
            await self._child.wait()

    def lose_next_answer(self) -> None:
        """Let the next request reach the service, and its answer nobody."""
        self._line.swallow_next = True

    async def count_effects(self, candidate_id: str) -> int:
        """Return the number of effects on the candidate's file."""
        file = await self.client.candidate_file(candidate_id)
        return 0 if file is None else sum(len(interview.received) for interview in file.interviews)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
