"""The one clock. Everything asks `now()`, so tests can turn the hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.now(UTC) + _offset


def turn_forward(by: timedelta) -> None:
    """For tests: move the hands by `by` (negative turns them back)."""
    global _offset
    _offset += by


@contextmanager
def hands_restored() -> Iterator[None]:
    """For tests: put the hands back where they were when the block ends."""
    global _offset
    before = _offset
    try:
        yield
    finally:
        _offset = before
