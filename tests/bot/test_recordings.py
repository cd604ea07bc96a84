"""A recording from the first piece to the acknowledged message: sealed, once, and refused with a sentence."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select

from bot import recordings
from bot.recordings import (
    ChunksMissing,
    ClientEnvironment,
    VoiceOff,
    finish_recording,
    receive_chunk,
    receive_recording,
)
from core.clock import now
from core.errors import InterviewOver, NoticeUnread
from core.tables import EnvironmentRecord, InboxMessage, Interview, Message, Recording, RecordingChunk
from scoring.audio.refusals import RecordingRefused
from tests.bot.gateway.chat_door import Door, changed, invite
from tests.fakes.fixed_listener import fixed_probe, recording

SPOKEN = recording("去年有个客户一直嫌贵。")


def rows(door: Door, table: type) -> list[object]:
    with door.database.reading() as session:
        return list(session.exec(select(table)).all())


def test_pieces_in_any_order_and_twice_become_one_recording(door: Door, interview_id: str) -> None:
    client_id = str(uuid4())
    half = len(SPOKEN) // 2
    for ordinal, piece in ((1, SPOKEN[half:]), (0, SPOKEN[:half]), (1, b"something else")):
        receive_chunk(door.services, interview_id, client_id, ordinal, piece)
    first = finish_recording(door.services, interview_id, client_id, 2)
    assert finish_recording(door.services, interview_id, client_id, 2) == first
    (kept,) = rows(door, Recording)
    assert isinstance(kept, Recording)
    assert (kept.kind, kept.duration_s, kept.size_bytes) == ("ogg", 42.0, len(SPOKEN))
    with door.database.reading() as session:
        key = door.services.key_of(session, session.get_one(Interview, interview_id))
        assert recordings.recorded_bytes(session, key, kept.id) == SPOKEN
        (message,) = session.exec(select(Message)).all()
        assert key.open(message.text_sealed) == "🎤 42 秒"
        (row,) = session.exec(select(InboxMessage)).all()
    assert message.extra == {"recording": kept.id, "duration_s": 42.0}
    assert (row.kind, row.payload, row.turn_id) == ("voice", kept.id, kept.turn_id)


def test_what_is_kept_cannot_be_read_without_the_key(door: Door, interview_id: str, tmp_path: Path) -> None:
    receive_recording(door.services, interview_id, str(uuid4()), b'{"transcript": "purple-rhinoceros", "seconds": 4}')
    door.database.close()
    assert all(b"purple-rhinoceros" not in file.read_bytes() for file in tmp_path.iterdir())


def test_missing_pieces_are_named(door: Door, interview_id: str) -> None:
    client_id = str(uuid4())
    receive_chunk(door.services, interview_id, client_id, 1, b"x")
    with pytest.raises(ChunksMissing) as refused:
        finish_recording(door.services, interview_id, client_id, 4)
    assert refused.value.members == {"missing": [0, 2, 3]}
    assert rows(door, InboxMessage) == []


def test_what_is_no_recording_is_refused_noted_and_kept(door: Door, interview_id: str) -> None:
    client_id = str(uuid4())
    for _ in range(2):
        with pytest.raises(RecordingRefused) as refused:
            receive_recording(door.services, interview_id, client_id, b"MZ")
        assert refused.value.key == "not_audio"
    (noted,) = rows(door, EnvironmentRecord)
    assert isinstance(noted, EnvironmentRecord)
    assert (noted.kind, noted.figures) == ("not_counted", {"reason": "not_audio"})
    assert len(rows(door, RecordingChunk)) == 1
    assert rows(door, InboxMessage) == []


def test_a_recording_is_refused_while_voice_is_off_or_the_notice_unread(door: Door) -> None:
    interview_id = invite(door).interview_id
    with pytest.raises(NoticeUnread):
        receive_recording(door.services, interview_id, str(uuid4()), SPOKEN)
    door.services.settings.voice.enabled = False
    with pytest.raises(VoiceOff):
        receive_recording(door.services, interview_id, str(uuid4()), SPOKEN)
    assert rows(door, Recording) == []


def test_over_20_mb_or_200_mb_an_interview_is_refused(
    door: Door, interview_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RecordingRefused, match="20 MB"):
        receive_recording(door.services, interview_id, str(uuid4()), b"\0" * 20_000_001)
    monkeypatch.setattr(recordings, "MOST_BYTES", 1_000)
    receive_recording(door.services, interview_id, str(uuid4()), SPOKEN)
    with pytest.raises(recordings.TooMuchVoice):
        receive_chunk(door.services, interview_id, str(uuid4()), 0, b"\0" * 1_000)


def test_what_the_page_measured_is_noted_with_the_recording(door: Door, interview_id: str) -> None:
    client_id = str(uuid4())
    receive_chunk(door.services, interview_id, client_id, 0, SPOKEN)
    finish_recording(door.services, interview_id, client_id, 1, ClientEnvironment(dropped_packets=7, disconnects=1))
    (noted,) = rows(door, EnvironmentRecord)
    assert isinstance(noted, EnvironmentRecord)
    assert (noted.kind, noted.figures) == ("network", {"dropped_packets": 7, "disconnects": 1})


def test_a_recording_stops_the_candidates_clock(door: Door, interview_id: str) -> None:
    with changed(door, interview_id) as interview:
        interview.started_at = interview.clock_started_at = now()
    receive_recording(door.services, interview_id, str(uuid4()), SPOKEN)
    with door.database.reading() as session:
        assert session.get_one(Interview, interview_id).clock_started_at is None


def test_in_a_crowd_a_recording_is_acknowledged_before_it_was_measured(
    door: Door, interview_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    monkeypatch.setattr(recordings, "probe", lambda data: (free.wait(5), fixed_probe(data))[1])
    began = time.monotonic()
    receive_recording(door.services, interview_id, str(uuid4()), SPOKEN)
    free.set()
    assert time.monotonic() - began < 1
    with door.database.reading() as session:
        key = door.services.key_of(session, session.get_one(Interview, interview_id))
        (message,) = session.exec(select(Message)).all()
        assert key.open(message.text_sealed) == "🎤 录音"


def test_no_interview_begins_recordings_without_end(
    door: Door, interview_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "MOST_RECORDINGS", 2)
    for client_id in ("1", "2", "2"):
        recordings.begin_recording(door.services, interview_id, client_id, "web")
    with pytest.raises(recordings.TooMuchVoice):
        recordings.begin_recording(door.services, interview_id, "3", "web")


def test_checks_of_the_device_are_few_and_end_with_the_interview(door: Door, interview_id: str) -> None:
    check = recordings.DeviceCheck("ok", "ok")
    for number in range(recordings.MOST_CHECKS + 3):
        recordings.note_device_check(door.services, interview_id, str(number), check)
    assert len(rows(door, EnvironmentRecord)) == recordings.MOST_CHECKS
    with changed(door, interview_id) as interview:
        interview.finished_at = now()
    with pytest.raises(InterviewOver):
        recordings.note_device_check(door.services, interview_id, "later", check)
