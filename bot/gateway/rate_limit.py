"""How fast one candidate may send. A token bucket (as in RFC 2697, one rate): a burst, then a steady pace."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from core.errors import Refused

BURST = 20
PER_SECOND = 5.0
FORGET_OVER = 10_000


class TooFast(Refused):
    """More messages than a person can write; the same message is taken in after `retry_after_s` seconds."""

    phrase = "utter_too_many_messages"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("messages come too fast")
        self.retry_after_s = retry_after_s


class TooManyFiles(TooFast):
    """More résumés than anybody has; each costs a process of its own."""

    phrase = "too_many_files"


class RateLimit:
    """Buckets by key, in this process's memory. Safe to use from any thread."""

    def __init__(
        self,
        burst: int = BURST,
        per_second: float = PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
        refusal: type[TooFast] = TooFast,
    ) -> None:
        self._burst, self._rate, self._clock, self._refusal = burst, per_second, clock, refusal
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Use up one token of the key's bucket, or raise TooFast (or the kind of it that was asked for)."""
        with self._lock:
            at = self._clock()
            level, since = self._buckets.get(key, (float(self._burst), at))
            level = min(float(self._burst), level + (at - since) * self._rate)
            if level < 1:
                raise self._refusal(max(1, math.ceil((1 - level) / self._rate)))
            if len(self._buckets) >= FORGET_OVER:
                self._forget_full(at)
            self._buckets[key] = (level - 1, at)

    def _forget_full(self, at: float) -> None:
        refill_s = self._burst / self._rate
        self._buckets = {k: (level, since) for k, (level, since) in self._buckets.items() if at - since < refill_s}
