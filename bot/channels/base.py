"""What a channel hands in and what it is given to show, in words of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReceivedKind = Literal[
    "start",
    "text",
    "command",
    "button",
    "resume",
    "recording",
    "edited",
    "unsupported",
    "group",
    "blocked",
    "unblocked",
]


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file that lies with the vendor. Nothing here is to be trusted but the id; `size` is what the vendor says."""

    id: str
    size: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that somebody did in a chat."""

    kind: ReceivedKind
    chat_id: int
    language: str
    """`zh` or `en`, as the account is set; an interview has a language of its own."""
    text: str = ""
    """The words of a text; the token of a start; what follows a command."""
    command: str = ""
    """An intent of the dialogue, or `question` for one to the recruiter."""
    button_id: str = ""
    callback_id: str | None = None
    message_id: int | None = None
    """Of the message whose button was pressed."""
    file: OfferedFile | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: the message's own id for it, and what it says."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One message as the channel is to show it."""

    text: str
    choices: tuple[Choice, ...] = ()
    silent: bool = False
    """Shown without a sound: the candidate is busy elsewhere."""
