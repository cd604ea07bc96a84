"""What every HR system looks like from here: deliver an effect under our own id, and find out whether it landed.

MianshiError
├── Unavailable
│   └── HrmsUnavailable   nothing happened over there; try again later
├── DeliveryUnknown       it may or may not have happened; ask find() before trying again
└── Rejected
    └── HrmsRejected      the system does not accept this; park it and call a person
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from core.errors import MianshiError, Rejected, Unavailable
from hr_bridge.assessment import CandidateAssessment

EffectKind = Literal["result", "decision", "correction", "rescoring", "hired", "pay", "withdrawn"]


class HrmsUnavailable(Unavailable):
    """The HR system took nothing: it is down, busy, or does not know us. The same effect may be sent again."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class HrmsRejected(Rejected):
    """The HR system refuses this effect, and would refuse it again; `reason` says why, without a candidate's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DeliveryUnknown(MianshiError):
    """The effect left us and no usable answer came back. Neither retry nor give up before `find()` was asked."""

    def __init__(self, effect_id: str, reason: str) -> None:
        super().__init__(reason)
        self.effect_id = effect_id
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that must reach an HR system exactly once.

    `id` is our ULID and the idempotency key over there; `version` counts within (interview, kind).
    """

    id: str
    kind: EffectKind
    version: int
    assessment: CandidateAssessment


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an effect landed: the id of the record over there, and when it was received (UTC)."""

    effect_id: str
    remote_id: str
    received_at: datetime


class Connector(Protocol):
    """A road to one HR system. An implementation passes tests/hr_bridge/connectors/contract.py."""

    @property
    def name(self) -> str:
        """The connector's key in settings, tables and the API, such as `records`."""
        ...

    async def deliver(self, effect: Effect) -> Receipt:
        """Bring `effect` over. Sent twice under one id it is there once, and both receipts are equal.

        Raises:
            HrmsUnavailable: nothing was taken; send it again later.
            DeliveryUnknown: it may have landed; ask `find` first.
            HrmsRejected: it will never be taken as it is.
        """
        ...

    async def find(self, effect_id: str) -> Receipt | None:
        """Return the receipt of an effect that landed, or None when it did not.

        Raises:
            HrmsUnavailable: the system could not be asked.
        """
        ...

    async def erase(self, candidate_id: str) -> None:
        """Remove everything the system holds from us about the candidate; erasing twice is the same as once.

        Raises:
            HrmsUnavailable: the system could not be told; tell it again later.
            HrmsRejected: the system has no way to erase; a person has to do it there.
        """
        ...
