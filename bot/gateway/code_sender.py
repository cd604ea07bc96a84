"""How a 6-digit code reaches a candidate. Without a sender set up it is shown to the operator, who passes it on."""

from __future__ import annotations

from typing import Protocol

from fastapi import Request

from bot.identity import Code, masked
from bot.operator_console import tell_operator


class CodeSender(Protocol):
    def send(self, code: Code) -> str | None:
        """Send the digits to the contact, or say where else they went. May raise Unavailable; the candidate can ask
        for another code."""


class ConsoleSender:
    """Shows the code on the console of the person who runs the server; never in a log."""

    def send(self, code: Code) -> str | None:
        tell_operator(f"Code for {masked(code.contact)}: {code.digits} (no SMS or e-mail sender is set up)")
        return None


def code_sender_of(request: Request) -> CodeSender:
    """FastAPI dependency: the sender that the app was built with, else the console."""
    return getattr(request.app.state, "code_sender", None) or ConsoleSender()
