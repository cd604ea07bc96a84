"""A real SMTP server on loopback that keeps what it takes, and refuses as it is told."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from bot.rasa_process import free_port


@dataclass
class MailServer:
    """`at_mail` are replies for the next senders, `at_rcpt` for the next recipients, `at_data` for the next texts; an
    empty list says 250 to all.
    `hangs_up` ends the connection where the text would be acknowledged."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    at_mail: list[str] = field(default_factory=list)
    at_rcpt: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)
    hangs_up: bool = False
    connections: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, told: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return told

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        reply = self.at_mail.pop(0) if self.at_mail else "250 OK"
        if reply.startswith("250"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        reply = self.at_rcpt.pop(0) if self.at_rcpt else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        reply = self.at_data.pop(0) if self.at_data else "250 OK"
        if reply.startswith("250"):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
        if self.hangs_up:
            server.transport.abort()
        return reply


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def part(mail: EmailMessage, kind: str) -> str:
    """The text of the part of this type."""
    (found,) = [one for one in mail.walk() if one.get_content_type() == kind]
    return str(found.get_content())
