from __future__ import annotations

from pathlib import Path

import pytest

from bot import recordings
from core.clock import now
from tests.bot.gateway.chat_door import Door, changed, invite, open_door
from tests.fakes.fixed_listener import fixed_probe


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """A door at which recordings are measured by what their makers say of them."""
    monkeypatch.setattr(recordings, "probe", fixed_probe)
    return open_door(tmp_path)


@pytest.fixture
def interview_id(door: Door) -> str:
    """The interview of somebody who has acknowledged the notice."""
    made = invite(door).interview_id
    with changed(door, made) as interview:
        interview.consented_at = now()
    return made
