from __future__ import annotations

import pytest

from core.encryption import KeyRing, Undecipherable, new_master_key
from core.errors import CandidateErased, Rejected


def test_what_was_sealed_opens_with_the_same_key_alone() -> None:
    ring = KeyRing(new_master_key())
    mine, theirs = (ring.unwrap(ring.new_wrapped_key()) for _ in range(2))
    sealed = mine.seal("我在车间待了半天")
    assert mine.open(sealed) == "我在车间待了半天"
    with pytest.raises(Undecipherable):
        theirs.open(sealed)


def test_a_text_cannot_be_passed_off_as_another_kind() -> None:
    key = (ring := KeyRing(new_master_key())).unwrap(ring.new_wrapped_key())
    with pytest.raises(Undecipherable):
        key.open(key.seal("x", "resume"), "evidence")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    key = (ring := KeyRing(new_master_key())).unwrap(ring.new_wrapped_key())
    assert key.seal("是") != key.seal("是")


def test_rotation_keeps_every_text_readable_and_shuts_the_old_master_out() -> None:
    old, new = KeyRing(new_master_key()), KeyRing(new_master_key())
    wrapped = old.new_wrapped_key()
    sealed = old.unwrap(wrapped).seal("保留")
    rewrapped = old.rewrap(wrapped, new)
    assert new.unwrap(rewrapped).open(sealed) == "保留"
    with pytest.raises(Undecipherable):
        old.unwrap(rewrapped)


def test_a_destroyed_key_is_told_as_erasure() -> None:
    with pytest.raises(CandidateErased):
        KeyRing(new_master_key()).unwrap(None)


def test_a_short_master_key_is_refused_with_the_remedy() -> None:
    with pytest.raises(Rejected, match="make setup"):
        KeyRing("c2hvcnQ=")
