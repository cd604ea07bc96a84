"""How far each invited person came: the one shape that board, channels and fairness are reckoned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Stage = Literal["invited", "opened", "started", "finished", "passed", "hired", "stayed"]
RatedWhen = Literal["rated_waiting", "rated_passed", "rated_other"]
"""Where a candidate stood who rated the interview: no decision yet, the decision to advance, any other decision."""
RATED_WHEN: Final[tuple[RatedWhen, ...]] = ("rated_waiting", "rated_passed", "rated_other")
STAGES: Final[tuple[Stage, ...]] = ("invited", "opened", "started", "finished", "passed", "hired", "stayed")


@dataclass(frozen=True, slots=True)
class Course:
    """One interview, from its invitation to 90 days after the first day at work."""

    id: str
    position: str
    """Key of the position."""
    version: int
    """Of the position, at the invitation."""
    channel: str | None
    """Channel of origin by its one name, None where nobody said."""
    invited_at: datetime
    opened: bool = False
    """The link was opened in a browser or in Telegram; who began has opened it."""
    record_only: bool = False
    """The time of keeping is over: links, texts and the log of the review are gone, the decision record is left."""
    started: bool = False
    """The notice was acknowledged."""
    finished: bool = False
    scored: float | None = None
    """Match, 0 to 100, of the newest report."""
    reached_line: bool | None = None
    """The match is at or above the pass line; None without a match."""
    decided_at: datetime | None = None
    passed: bool = False
    """The newest decision is to advance."""
    hired_at: datetime | None = None
    """As `hr_bridge.employment` says: the day of the hire; where the first day at work alone is told, that day."""
    stayed: bool | None = None
    """Still there after 90 days, as `hr_bridge.employment` says; None where it is not known."""
    review_minutes: float | None = None
    """What people spent on the review before they decided; None where nobody reviewed it."""
    texts_sent: int = 0
    """SMS."""
    stars: int | None = None
    """1 to 5, as the candidate rated the interview."""
    rated_when: RatedWhen | None = None

    @property
    def hired(self) -> bool:
        return self.hired_at is not None

    def has_reached(self, stage: Stage) -> bool:
        """Whether the stage was reached; an unknown stay counts as not, `is_known` says that it is."""
        return True if stage == "invited" else bool(getattr(self, stage))

    def is_known(self, stage: Stage) -> bool:
        """False for the stay of somebody of whom it cannot be told, and for opening where links are deleted: that who
        began has opened it says nothing of the others."""
        if stage == "opened":
            return not self.record_only
        return stage != "stayed" or self.stayed is not None
