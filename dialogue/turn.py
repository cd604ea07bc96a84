"""The language of this room: a Turn is what they said, a Reply is what we say. Both frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TurnKind = Literal["text", "button", "resume", "voice", "correction", "signal"]
ReplyKind = Literal["notice", "question", "follow_up", "confirm", "status"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happened in an interview, to be answered once."""

    turn_id: str
    interview_id: str
    kind: TurnKind
    text: str | None = None
    """The candidate's words, of a text."""
    payload: str | None = None
    """Ours, of a button, a résumé, a recording or a signal."""
    repeated: bool = False
    """An earlier attempt at this turn may have got part of the way."""
    understood_as: str | None = None
    """What an earlier attempt decided; the same turn is never understood in two ways."""


@dataclass(frozen=True, slots=True)
class Button:
    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class QuestionMark:
    """Shown with a question: its stage, and its number among the scored ones."""

    stage: str
    number: int | None
    of: int


@dataclass(frozen=True, slots=True)
class Reply:
    kind: ReplyKind
    text: str
    buttons: tuple[Button, ...] = ()
    question_id: str | None = None
    mark: QuestionMark | None = field(default=None)
    recording_id: str | None = None
    """Whose transcript it shows, or what recording it is about."""
