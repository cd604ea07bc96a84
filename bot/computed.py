"""Figures that take seconds are worked out once for the same data, apart from the request that asked for them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeVar, cast

KEPT: Final = 32
"""Results; the one not asked for the longest goes first."""
FRESH_S: Final = 600.0
"""After so long a result is worked out anew whatever the data say."""
T = TypeVar("T")


class StillComputing(Exception):
    """It takes longer than a reader should wait without a word. `since_s` ago it was begun."""

    def __init__(self, since_s: float) -> None:
        super().__init__(f"computing for {since_s:.0f} s")
        self.since_s = since_s


@dataclass(frozen=True, slots=True)
class _Job:
    state: Hashable
    begun: float
    future: Future[Any]


class Computed:
    """Results by key, each good for one state of the data that it was made from.

    One at a time is worked out: two would take twice the memory and be done no sooner.
    """

    def __init__(self, wait_s: float = 1.0) -> None:
        self.wait_s = wait_s
        """So long a reader waits before StillComputing."""
        self._jobs: OrderedDict[Hashable, _Job] = OrderedDict()
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="computed")

    def get(self, key: Hashable, state: Hashable, work: Callable[[], T], wait_s: float | None = None) -> T:
        """The result of `work` for this `state`, which must have been read before; whatever `work` raises.

        Raises StillComputing after `wait_s` (`self.wait_s` if not given); it goes on, and the next call may find it.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.state != state or time.monotonic() - job.begun > FRESH_S:
                if job is not None:
                    job.future.cancel()
                job = _Job(state, time.monotonic(), self._worker.submit(work))
                self._jobs[key] = job
            self._jobs.move_to_end(key)
            while len(self._jobs) > KEPT:
                self._jobs.popitem(last=False)[1].future.cancel()
        try:
            found = job.future.result(self.wait_s if wait_s is None else wait_s)
        except CancelledError:  # the data changed before it was begun, and somebody asked for the new ones
            raise StillComputing(0.0) from None
        except NotDone:
            if job.future.done():
                raise  # the work itself ran out of some other time
            raise StillComputing(time.monotonic() - job.begun) from None
        except BaseException:
            with self._lock:
                if self._jobs.get(key) is job:
                    del self._jobs[key]
            raise
        return cast("T", found)

    def close(self) -> None:
        """Begin nothing more; what is under way comes to its end."""
        self._worker.shutdown(wait=True, cancel_futures=True)
