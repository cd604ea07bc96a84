from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from bot.gateway.body_limit import ENVELOPE_BYTES, FILE_BYTES
from tests.bot.gateway.chat_door import Door, Invited


@pytest.fixture
def address(door: Door) -> Iterator[tuple[str, int]]:
    """The door behind a real server, because how much is read is the server's doing."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(door.app, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()
    server.should_exit = True
    thread.join()


def answer_of(connection: socket.socket) -> str:
    connection.settimeout(20)
    received = b""
    while b"\r\n\r\n" not in received or b"}" not in received:
        part = connection.recv(4096)
        if not part:
            break
        received += part
    return received.decode()


def test_an_announced_200_mb_is_refused_before_any_of_it_is_read(address: tuple[str, int], invited: Invited) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(
            f"POST /api/chat/{invited.token}/cv HTTP/1.1\r\nHost: x\r\nContent-Length: {200 * 1024 * 1024}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()
        )
        answer = answer_of(connection)
    assert answer.startswith("HTTP/1.1 413")
    assert "application/problem+json" in answer
    assert "10 MB" in answer


def test_an_endless_upload_without_a_length_is_cut_off(address: tuple[str, int], invited: Invited) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent = 0
    with socket.create_connection(address) as connection:
        connection.sendall(
            f"POST /api/chat/{invited.token}/cv HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
            "2d\r\n--b\r\nContent-Disposition: form-data; name=file\r\n\r\n".encode()
        )
        connection.settimeout(5)
        try:
            while sent < 200 * 1024 * 1024:
                connection.sendall(chunk)
                sent += 0x10000
        except OSError:
            pass  # the server has hung up, as it should
    assert sent < 4 * (FILE_BYTES + ENVELOPE_BYTES)


def test_a_long_json_without_a_length_is_refused(address: tuple[str, int], invited: Invited) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(
            f"POST /api/chat/{invited.token}/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: application/json\r\n\r\n".encode()
            + (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 3
        )
        assert answer_of(connection).startswith("HTTP/1.1 413")
