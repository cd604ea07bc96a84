from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from bot.computed import KEPT, Computed, StillComputing


@pytest.fixture
def computed() -> Iterator[Computed]:
    computed = Computed(wait_s=10)
    yield computed
    computed.close()


def test_the_same_data_are_worked_out_once_and_other_data_anew(computed: Computed) -> None:
    done: list[int] = []

    def work() -> int:
        done.append(1)
        return len(done)

    assert [computed.get("a", 1, work), computed.get("a", 1, work)] == [1, 1]
    assert computed.get("a", 2, work) == 2
    assert computed.get("a", 1, work) == 3, "what was true once is not kept beside what is"
    assert computed.get("b", 1, work) == 4


def test_after_ten_minutes_it_is_worked_out_anew(computed: Computed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.computed.FRESH_S", -1.0)
    results = iter((1, 2))
    assert [computed.get("a", 1, lambda: next(results)) for _ in range(2)] == [1, 2]


def test_a_fault_is_told_and_not_kept(computed: Computed) -> None:
    with pytest.raises(ZeroDivisionError):
        computed.get("a", 1, lambda: 1 // 0)
    assert computed.get("a", 1, lambda: 7) == 7


def test_whoever_waits_too_long_is_told_and_finds_the_result_later(computed: Computed) -> None:
    go, done = Event(), []

    def slow() -> int:
        go.wait(10)
        done.append(1)
        return 7

    with pytest.raises(StillComputing) as told:
        computed.get("a", 1, slow, wait_s=0.01)
    assert told.value.since_s >= 0
    with pytest.raises(StillComputing):
        computed.get("a", 1, slow, wait_s=0)
    go.set()
    assert computed.get("a", 1, slow) == 7
    assert done == [1], "asking again does not begin it again"


def test_who_waits_for_data_that_are_no_more_is_asked_to_come_again(computed: Computed) -> None:
    go, told = Event(), []
    with pytest.raises(StillComputing):
        computed.get("first", 1, lambda: go.wait(10), wait_s=0)

    def wait_for_old() -> None:
        try:
            computed.get("a", "old", lambda: 1)
        except StillComputing as error:
            told.append(error)

    waiting = Thread(target=wait_for_old)
    waiting.start()
    while "a" not in computed._jobs:
        pass
    with pytest.raises(StillComputing):
        computed.get("a", "new", lambda: 2, wait_s=0)
    waiting.join(10)
    assert len(told) == 1
    go.set()
    assert computed.get("a", "new", lambda: 3) == 2


def test_only_so_many_results_are_kept(computed: Computed) -> None:
    for key in range(KEPT + 5):
        computed.get(key, 1, lambda: 1)
    assert len(computed._jobs) == KEPT
    assert computed.get(0, 1, lambda: 2) == 2
