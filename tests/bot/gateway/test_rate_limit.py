from __future__ import annotations

import pytest

from bot.gateway.rate_limit import FORGET_OVER, RateLimit, TooFast, TooManyFiles


class Hands:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_passes_and_then_a_steady_pace() -> None:
    hands = Hands()
    limit = RateLimit(burst=3, per_second=2, clock=hands)
    for _ in range(3):
        limit.take("a")
    with pytest.raises(TooFast):
        limit.take("a")
    hands.at += 0.5
    limit.take("a")
    with pytest.raises(TooFast):
        limit.take("a")


def test_the_refusal_says_when_to_come_back() -> None:
    limit = RateLimit(burst=1, per_second=0.1, clock=Hands())
    limit.take("a")
    with pytest.raises(TooFast) as refusal:
        limit.take("a")
    assert refusal.value.retry_after_s == 10


def test_a_refused_try_costs_nothing() -> None:
    hands = Hands()
    limit = RateLimit(burst=1, per_second=1, clock=hands)
    limit.take("a")
    for _ in range(5):
        with pytest.raises(TooFast):
            limit.take("a")
    hands.at += 1
    limit.take("a")


def test_a_limit_may_refuse_in_its_own_words() -> None:
    limit = RateLimit(burst=1, per_second=1, clock=Hands(), refusal=TooManyFiles)
    limit.take("a")
    with pytest.raises(TooManyFiles):
        limit.take("a")


def test_full_buckets_are_forgotten() -> None:
    hands = Hands()
    limit = RateLimit(burst=1, per_second=1, clock=hands)
    for n in range(FORGET_OVER):
        limit.take(str(n))
    hands.at += 2
    limit.take("one more")
    assert len(limit._buckets) == 1
