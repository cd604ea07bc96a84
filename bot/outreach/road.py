"""The roads by which a letter leaves the house, and how each of them can fail.

MianshiError
├── Unavailable
│   ├── RoadBlocked     nothing was handed over; the same letter is tried again later
│   └── HandoverUnknown it was handed over, and no answer came: it may have arrived
└── Rejected
    └── LetterRefused   it will never be taken like this; `bounced` where the recipient's address is at fault
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from bot.outreach.wording import Worded
from core.errors import Rejected, Unavailable
from core.settings import Settings
from hr_bridge.position import OutreachPlan, Road

SECONDS: Final = 60.0
"""Of one letter on a road, everything included."""


class RoadBlocked(Unavailable):
    """Nothing was handed over. `problem` is a word of letters.PROBLEMS."""

    def __init__(self, problem: str, code: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(f"a letter could not be handed over: {problem} {code or ''}".rstrip())
        self.problem, self.code, self.retry_after_s = problem, code, retry_after_s


class HandoverUnknown(Unavailable):
    """It was handed over, and nobody said whether it was taken."""

    def __init__(self) -> None:
        super().__init__("a letter was handed over, and no answer came")


class LetterRefused(Rejected):
    """It is not taken, now or later."""

    def __init__(self, problem: str, code: int | None, bounced: bool) -> None:
        super().__init__(f"a letter was refused: {problem} {code or ''}".rstrip())
        self.problem, self.code, self.bounced = problem, code, bounced


class Sender(Protocol):
    """Hands one letter over."""

    repeats_are_known: bool
    """The other side knows a letter by its id and takes a repetition for what it is."""

    async def send(self, letter_id: str, worded: Worded) -> None:
        """Return once the letter was taken. Raises RoadBlocked, HandoverUnknown or LetterRefused."""
        ...


Senders = Mapping[Road, Sender]


@dataclass(frozen=True, slots=True)
class Roads:
    """Which roads are set up on this machine."""

    email: bool
    sms: bool

    @classmethod
    def of(cls, settings: Settings) -> Roads:
        return cls(email=bool(settings.mail.host and settings.mail.sender), sms=settings.sms.is_on)

    def __bool__(self) -> bool:
        return self.email or self.sms

    def choose(
        self, plan: OutreachPlan, email: bool, phone: bool, blocked: frozenset[str] = frozenset()
    ) -> Road | None:
        """The first road of the plan that is set up, that the candidate has an address for, and that is not `blocked`
        by an earlier bounce. None where no letter can reach them."""
        possible = {"email": self.email and email, "sms": self.sms and phone}
        return next((road for road in plan.roads if possible[road] and road not in blocked), None)
