"""How a 6-digit code reaches a candidate. Without a sender set up it is printed in the server's console."""

from __future__ import annotations

import sys
from typing import Protocol

from fastapi import Request

from bot.identity import Code, masked


class CodeSender(Protocol):
    def send(self, code: Code) -> None:
        """Send the digits to the contact. May raise Unavailable; the candidate can ask for another code."""


class ConsoleSender:
    """Prints the code where the person who runs the server sees it; never through the log."""

    def send(self, code: Code) -> None:
        sys.stdout.write(f"Code for {masked(code.contact)}: {code.digits} (no SMS or e-mail sender is set up)\n")
        sys.stdout.flush()


def code_sender_of(request: Request) -> CodeSender:
    """FastAPI dependency: the sender that the app was built with, else the console."""
    return getattr(request.app.state, "code_sender", None) or ConsoleSender()
