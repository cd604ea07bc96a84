"""Whether a language model may be given what a candidate said. Looked at before any client is made."""

from __future__ import annotations

import ipaddress
import socket
from typing import Literal
from urllib.parse import urlsplit

from core.settings import LanguageModelSettings
from hr_bridge.policy import Policy

Obstacle = Literal["not_set_up", "no_legal_basis"]


def obstacle(settings: LanguageModelSettings, policy: Policy) -> Obstacle | None:
    """Return why the model stays off under `policy`, or None where it may be asked.

    What goes to an address outside the house may leave the country, so that needs a recorded basis wherever the
    policy asks for one (`data_abroad`). Looks the endpoint's name up.
    """
    if not settings.model:
        return "not_set_up"
    recorded = bool((settings.legal_basis or "").strip())
    if policy.data_abroad != "unrestricted" and not recorded and leaves_the_house(settings.base_url):
        return "no_legal_basis"
    return None


def leaves_the_house(url: str) -> bool:
    """True unless every address of the URL's host is loopback or private; a name that nobody knows leaves."""
    host = urlsplit(url).hostname or ""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)} if host else set()
    except (OSError, UnicodeError):
        return True
    return not found or not all(ipaddress.ip_address(str(address).partition("%")[0]).is_private for address in found)
