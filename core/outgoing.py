"""Calls to addresses that others gave us, guarded against reaching into the house (server-side request forgery).

The name is resolved once, every address it has is judged, and the connection goes to an address that was judged: a
second answer of the name server changes nothing. Redirects are not followed, answers are not read, time is limited.

MianshiError
├── Unavailable
│   ├── NotReached      nothing was sent; try again later
│   └── AnswerMissing   it was sent, and no answer came back
└── Rejected
    └── AddressRefused  we do not call this address
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from core.clock import now
from core.errors import Rejected, Unavailable

TOTAL_S: Final = 20.0
"""Of one call, the name included. Standard Webhooks asks for 15 to 30."""
LARGEST_BODY: Final = 1_000_000
NEVER: Final = frozenset(
    ipaddress.ip_address(one) for one in ("168.63.129.16", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
"""Where clouds answer questions about their machines beside 169.254.0.0/16: Azure, AWS, Alibaba, Oracle."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → every address of the host. Raises OSError."""


class AddressRefused(Rejected):
    """The address may not be called; the sentence says why and what would be right."""


class NotReached(Unavailable):
    """Nothing was sent: the host has no address, or nobody takes the connection."""


class AnswerMissing(Unavailable):
    """The request left us, and no answer came back in time."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a call may lead. `private_hosts` may lie at private addresses, over plain http there; where `only_hosts`
    is given, no other host is called. Both hold host names in lower case."""

    private_hosts: frozenset[str] = frozenset()
    only_hosts: frozenset[str] | None = None

    def check(self, text: str) -> httpx.URL:
        """The address, as far as can be said before its name is resolved. Raises AddressRefused."""
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, TypeError):
            raise AddressRefused("The address is not a URL.") from None
        host = host_of(url)
        if not host or url.scheme not in ("https", "http") or not 0 < (url.port or 443) < 65536:
            raise AddressRefused(
                "The address must begin with https:// and name a host and, if any, a port that exists."
            )
        if url.userinfo:
            raise AddressRefused("The address must not carry a name or password.")
        if url.scheme == "http" and host not in self.private_hosts:
            raise AddressRefused("The address must begin with https://; http is for private hosts that are listed.")
        if self.only_hosts is not None and host not in self.only_hosts:
            raise AddressRefused("The host of the address is not on the list of allowed hosts.")
        return url

    def judge(self, url: httpx.URL, address: str) -> None:
        """Say whether the call may go to this address of the host. Raises AddressRefused."""
        for ip in _meant(ipaddress.ip_address(address.partition("%")[0])):
            if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in NEVER:
                raise AddressRefused(f"The host lies at {ip}, which is never called.")
            public = ip.is_global and (ip.version == 4 or ip in _GLOBAL_UNICAST or ip in _NAT64)
            if not public and host_of(url) not in self.private_hosts:
                raise AddressRefused(f"The host lies at the private address {ip} and is not listed as a private host.")
            if public and url.scheme == "http":
                raise AddressRefused("The host lies at a public address, where only https:// is used.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, after how many seconds the other side asks to be called again, and by how many our
    clock is before the other side's `Date` (None where it names none)."""

    status: int
    retry_after_s: float | None
    clock_ahead_s: float | None = None


async def look_up(host: str, port: int) -> list[str]:
    """Every address that the name server gives for the host. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def judged_addresses(reach: Reach, url: httpx.URL, lookup: Lookup = look_up) -> list[str]:
    """Every address of the URL's host, all of them within reach. Raises AddressRefused, or OSError for a name that
    nobody knows."""
    addresses = await lookup(host_of(url), url.port or (443 if url.scheme == "https" else 80))
    for address in addresses:
        reach.judge(url, address)
    return addresses


class Outgoing:
    """Posts to addresses within `reach`. Of a slow or endless answer nothing but the head is waited for."""

    def __init__(self, reach: Reach, *, lookup: Lookup = look_up, total_s: float = TOTAL_S) -> None:
        self._reach, self._total_s = reach, total_s
        # No connection is kept: one to an address that two hosts share would carry the certificate of the first.
        limits = httpx.Limits(max_keepalive_connections=0)
        # Authorities of the house are named by SSL_CERT_FILE, as everywhere.
        transport = _Guarded(reach, lookup, httpx.AsyncHTTPTransport(limits=limits))
        # trust_env off: a proxy would resolve the name a second time, out of our sight.
        self._http = httpx.AsyncClient(transport=transport, timeout=total_s, trust_env=False, follow_redirects=False)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def post(self, address: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Post `content` once and return how it was answered, whatever the status. Raises the errors above."""
        url = self._reach.check(address)
        if len(content) > LARGEST_BODY:
            raise AddressRefused(f"The message is larger than the {LARGEST_BODY} bytes that are sent.")
        sent = False

        async def body() -> AsyncIterator[bytes]:
            nonlocal sent
            sent = True
            yield content

        headers = {**headers, "Content-Length": str(len(content)), "User-Agent": "Mianshi"}
        try:
            async with (
                asyncio.timeout(self._total_s),
                self._http.stream("POST", url, content=body(), headers=headers) as response,
            ):
                return Answer(response.status_code, _retry_after(response), _clock_ahead(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotReached(f"{host_of(url)} could not be reached ({_why(error)}).") from error
        except (httpx.RequestError, TimeoutError) as error:
            kind = AnswerMissing if sent else NotReached
            raise kind(f"{host_of(url)} gave no answer ({type(error).__name__}).") from error


class _Guarded(httpx.AsyncBaseTransport):
    """Resolves, judges, and connects to what was judged; the certificate is still that of the name."""

    def __init__(self, reach: Reach, lookup: Lookup, inner: httpx.AsyncHTTPTransport) -> None:
        self._reach, self._lookup, self._inner = reach, lookup, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = host_of(request.url)
        try:
            addresses = await judged_addresses(self._reach, request.url, self._lookup)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError("the name is not known", request=request) from error
        failure: httpx.TransportError = httpx.ConnectError("the name has no address", request=request)
        for address in addresses:
            # The Host header was made from the name already, and stays.
            here = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._inner.handle_async_request(here)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        await self._inner.aclose()


def host_of(url: httpx.URL) -> str:
    """The host's name in lower case and ASCII, without the dot that may end it."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def hosts_named(setting: str) -> frozenset[str]:
    """Host names of a setting, separated by commas."""
    return frozenset(name.strip().lower().rstrip(".") for name in setting.split(",") if name.strip())


def _meant(ip: IpAddress) -> list[IpAddress]:
    """The address, and those of IPv4 that it carries inside (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    inside = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        inside.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    carried: list[IpAddress] = [one for one in inside if one is not None]
    return carried if ip.ipv4_mapped else [ip, *carried]


def _why(error: Exception) -> str:
    return "its certificate is not accepted" if "CERTIFICATE" in str(error).upper() else type(error).__name__


def _retry_after(response: httpx.Response) -> float | None:
    """RFC 9110, 10.2.3: seconds, or a date."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now()).total_seconds())
    except (ValueError, TypeError, IndexError):
        return None


def _clock_ahead(response: httpx.Response) -> float | None:
    try:
        return (now() - parsedate_to_datetime(response.headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError, IndexError):
        return None
