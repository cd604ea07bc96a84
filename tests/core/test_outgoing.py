"""Calls over real sockets on loopback; the name server alone is ours, because it is what an attacker has."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.outgoing import LARGEST_BODY, AddressRefused, AnswerMissing, Lookup, NotReached, Outgoing, Reach, hosts_named

HERE = Reach(private_hosts=frozenset({"hrms.house"}))
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def names(*answers: list[str]) -> tuple[Lookup, list[str]]:
    """A name server that gives these answers in turn, the last one ever after; and the names it was asked for."""
    asked: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return lookup, asked


@asynccontextmanager
async def server(
    answer: bytes | None, tls: ssl.SSLContext | None = None, endless: bytes = b""
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A listener that takes one request a connection: its port, and what was sent to it. No answer: it hangs up late."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            requests.append(head + await reader.readexactly(length))
            if answer is None:
                await asyncio.sleep(5)
            else:
                writer.write(answer)
                while endless:
                    writer.write(endless)
                    await writer.drain()
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield int(listener.sockets[0].getsockname()[1]), requests
    finally:
        listener.close()


async def test_a_listed_private_host_is_reached_by_name_over_http() -> None:
    lookup, asked = names(["127.0.0.1"])
    async with server(OK) as (port, requests):
        outgoing = Outgoing(HERE, lookup=lookup)
        answer = await outgoing.post(f"http://HRMS.house:{port}/in?a=1", b"hello", {"X-One": "1"})
    assert (answer.status, answer.retry_after_s) == (204, None)
    assert asked == ["hrms.house"]
    (request,) = requests
    assert request.startswith(b"POST /in?a=1 HTTP/1.1\r\n")
    assert f"host: hrms.house:{port}\r\n".encode() in request.lower()
    assert b"transfer-encoding" not in request.lower()
    assert request.endswith(b"\r\n\r\nhello")


PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "240.0.0.1",
    "::1",
    "::",
    "fd12:3456::1",
    "fe80::1%eth0",
    "fec0::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:a00:1::",
    "64:ff9b::a00:1",
    "224.0.0.251",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
)


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_public_name_with_a_private_address_is_refused_before_anything_is_sent(address: str) -> None:
    lookup, _ = names([address])
    with pytest.raises(AddressRefused):
        await Outgoing(Reach(), lookup=lookup).post("https://hrms.example/in", b"hello", {})


async def test_one_private_address_among_public_ones_is_refused_too() -> None:
    lookup, _ = names(["93.184.216.34", "127.0.0.1"])
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
        await Outgoing(Reach(), lookup=lookup).post("https://hrms.example/in", b"hello", {})


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "168.63.129.16", "100.100.100.200", "::ffff:169.254.169.254", "0.0.0.0"]
)
async def test_a_listed_host_never_leads_to_what_answers_about_machines(address: str) -> None:
    lookup, _ = names([address])
    with pytest.raises(AddressRefused, match="never called"):
        await Outgoing(HERE, lookup=lookup).post("http://hrms.house/in", b"hello", {})


async def test_a_second_answer_of_the_name_server_changes_nothing() -> None:
    """DNS rebinding: a harmless address to the guard, a private one to the connection."""
    lookup, asked = names(["192.0.2.1"], ["127.0.0.1"])
    async with server(OK) as (port, requests):
        outgoing = Outgoing(Reach(private_hosts=frozenset({"hrms.house"})), lookup=lookup, total_s=0.5)
        with pytest.raises(NotReached):
            await outgoing.post(f"http://hrms.house:{port}/", b"hello", {})
        assert (asked, requests) == (["hrms.house"], [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
async def test_no_way_of_writing_loopback_gets_past_the_real_name_server(host: str) -> None:
    async with server(OK) as (port, requests):
        with pytest.raises((AddressRefused, NotReached)):
            await Outgoing(Reach()).post(f"https://{host}:{port}/", b"hello", {})
        assert requests == []


@pytest.mark.parametrize(
    "address",
    [
        "http://hrms.example/in",
        "ftp://hrms.example/in",
        "file:///etc/passwd",
        "https:///in",
        "hrms.example/in",
        "https://user:secret@hrms.example/in",
        "https://hrms.example:99999/",
        "",
    ],
)
async def test_an_address_that_is_no_safe_url_is_refused_without_a_look_up(address: str) -> None:
    lookup, asked = names(["93.184.216.34"])
    with pytest.raises(AddressRefused) as refused:
        await Outgoing(Reach(), lookup=lookup).post(address, b"hello", {})
    assert "secret" not in str(refused.value)
    assert asked == []


async def test_plain_http_goes_to_private_addresses_alone() -> None:
    lookup, _ = names(["93.184.216.34"])
    with pytest.raises(AddressRefused, match="https"):
        await Outgoing(HERE, lookup=lookup).post("http://hrms.house/in", b"hello", {})


async def test_where_hosts_are_listed_no_other_is_called() -> None:
    listed = Reach(only_hosts=hosts_named(" Ats.Example. , other.example,"))
    assert listed.check("https://ats.example/cb").host == "ats.example"
    for host in ("ats.example.evil.test", "evil.test", "xats.example"):
        with pytest.raises(AddressRefused, match="allowed hosts"):
            listed.check(f"https://{host}/cb")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    lookup, _ = names(["127.0.0.1"])
    async with server(OK) as (inside, reached):
        moved = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{inside}/\r\n\r\n".encode()
        async with server(moved) as (port, _requests):
            answer = await Outgoing(HERE, lookup=lookup).post(f"http://hrms.house:{port}/", b"hello", {})
    assert (answer.status, reached) == (307, [])


async def test_an_endless_answer_is_not_waited_for() -> None:
    lookup, _ = names(["127.0.0.1"])
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", endless=b"x" * 65536) as (port, _):
        async with asyncio.timeout(3):
            answer = await Outgoing(HERE, lookup=lookup).post(f"http://hrms.house:{port}/", b"hello", {})
    assert answer.status == 200


async def test_silence_after_sending_is_told_from_nobody_there() -> None:
    lookup, _ = names(["127.0.0.1"])
    outgoing = Outgoing(HERE, lookup=lookup, total_s=0.5)
    async with server(None) as (port, _):
        with pytest.raises(AnswerMissing):
            await outgoing.post(f"http://hrms.house:{port}/", b"hello", {})
    with pytest.raises(NotReached):
        await outgoing.post(f"http://hrms.house:{port}/", b"hello", {})


async def test_a_name_that_nobody_knows_or_that_takes_too_long_was_not_reached() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async def slow(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    for lookup in (unknown, slow):
        with pytest.raises(NotReached):
            await Outgoing(Reach(), lookup=lookup, total_s=0.2).post("https://hrms.example/", b"hello", {})


async def test_the_next_address_is_tried_when_nobody_listens_at_the_first() -> None:
    lookup, _ = names(["127.0.0.2", "127.0.0.1"])
    async with server(OK) as (port, requests):
        assert (await Outgoing(HERE, lookup=lookup).post(f"http://hrms.house:{port}/", b"hello", {})).status == 204
    assert len(requests) == 1


async def test_a_message_larger_than_is_sent_never_leaves() -> None:
    lookup, asked = names(["127.0.0.1"])
    with pytest.raises(AddressRefused, match="larger"):
        await Outgoing(HERE, lookup=lookup).post("http://hrms.house/", b"x" * (LARGEST_BODY + 1), {})
    assert asked == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        (format_datetime(datetime(2020, 1, 1, tzinfo=UTC)), 0.0),
    ],
)
async def test_retry_after_is_read_as_seconds_or_date(text: str, seconds: float | None) -> None:
    lookup, _ = names(["127.0.0.1"])
    head = f"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {text}\r\n\r\n".encode()
    async with server(head) as (port, _requests):
        answer = await Outgoing(HERE, lookup=lookup).post(f"http://hrms.house:{port}/", b"", {})
    assert (answer.status, answer.retry_after_s) == (429, seconds)


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ssl.SSLContext]:
    """Makes a server's TLS with a certificate for a name, of an authority that this process trusts."""

    def context(name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority of a test")])
        start = datetime.now(UTC) - timedelta(days=1)
        alternative = x509.SubjectAlternativeName(
            [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("10.9.9.9"))]
        )
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), 7, start, start + timedelta(days=9))
            .add_extension(alternative, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / f"{name}.pem"
        plain = serialization.NoEncryption()
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file.write_bytes(key.private_bytes(encoding, form, plain) + certificate.public_bytes(encoding))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(file)
        return made

    return context


async def test_over_tls_the_certificate_must_be_that_of_the_name(
    certified: Callable[[str], ssl.SSLContext],
) -> None:
    lookup, _ = names(["127.0.0.1"])
    async with server(OK, certified("hrms.house")) as (port, _requests):
        assert (await Outgoing(HERE, lookup=lookup).post(f"https://hrms.house:{port}/", b"x", {})).status == 204
    async with server(OK, certified("other.house")) as (port, requests):
        with pytest.raises(NotReached, match="certificate"):
            await Outgoing(HERE, lookup=lookup).post(f"https://hrms.house:{port}/", b"x", {})
        assert requests == []
