"""What the worker hands to the ear, and what it keeps of what the ear says."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from bot import recordings
from bot.hearing import HearingSteps
from core.clock import now
from core.tables import EnvironmentRecord, InboxMessage, Interview, Recording, Resume
from hr_bridge.resume.resume import Resume as ParsedResume
from hr_bridge.resume.resume import Work
from scoring.audio.decoding import Probe
from tests.bot.gateway.chat_door import Door
from tests.fakes.fixed_listener import FixedListener, recording


def kept(door: Door) -> Recording:
    with door.database.reading() as session:
        return session.exec(select(Recording)).one()


def test_the_ear_is_told_names_of_the_resume_and_the_store_keeps_figures_alone(door: Door, interview_id: str) -> None:
    resume = ParsedResume(language="zh", work=(Work("宁波海川注塑", "销售"),), skills=("SAP",))
    with door.database.unit_of_work() as session:
        key = door.services.key_of(session, session.get_one(Interview, interview_id))
        parsed = key.seal(json.dumps(resume.to_json(), ensure_ascii=False), "resume")
        sealed = key.seal_bytes(b"pdf", "resume file")
        session.add(Resume(interview_id=interview_id, file_sealed=sealed, parsed_sealed=parsed, uploaded_at=now()))
    recordings.receive_recording(
        door.services, interview_id, "1", recording("我在海川做销售", verdict="poor", reason="noise")
    )
    ear = FixedListener()
    steps = HearingSteps(door.database, door.keys, lambda: ear)
    (recording_id,) = steps.waiting()
    steps.hear(recording_id)
    ((language, words),) = ear.asked
    assert language == "zh"
    assert {"宁波海川注塑", "SAP", "销售代表"} <= set(words)
    row = kept(door)
    assert (row.verdict, row.reason, row.snr_db, row.model) == ("poor", "noise", 22.0, "fixed/1")
    assert row.transcript_confidence == pytest.approx(0.9)
    assert "海川" not in (row.heard_sealed or "")
    with door.database.reading() as session:
        noted = session.exec(select(EnvironmentRecord)).one()
        signals = session.exec(select(InboxMessage.payload).where(InboxMessage.kind == "signal")).all()
    assert (noted.kind, noted.figures["reason"]) == ("quality", "noise")
    assert list(signals) == [f"heard:{recording_id}"]


def test_what_was_not_measured_at_the_door_is_known_after_hearing(
    door: Door, interview_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowded(data: bytes) -> Probe:
        raise TimeoutError

    monkeypatch.setattr(recordings, "probe", crowded)
    recordings.receive_recording(door.services, interview_id, "1", recording("你好", seconds=7.5))
    assert kept(door).duration_s is None
    steps = HearingSteps(door.database, door.keys, FixedListener)
    steps.hear(kept(door).id)
    assert kept(door).duration_s == 7.5


def test_the_ear_is_loaded_with_the_first_recording_and_once(door: Door, interview_id: str) -> None:
    loaded: list[FixedListener] = []

    def load() -> FixedListener:
        loaded.append(FixedListener())
        return loaded[-1]

    steps = HearingSteps(door.database, door.keys, load)
    assert steps.waiting() == []
    assert loaded == []
    for number in range(2):
        recordings.receive_recording(door.services, interview_id, str(number), recording("你好"))
    for recording_id in steps.waiting():
        steps.hear(recording_id)
    assert len(loaded) == 1


def test_what_nobody_could_open_keeps_the_kind_that_its_bytes_have(
    door: Door, interview_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowded(data: bytes) -> Probe:
        raise TimeoutError

    monkeypatch.setattr(recordings, "probe", crowded)
    recordings.receive_recording(door.services, interview_id, "1", b"OggS and more")
    assert kept(door).kind == "ogg"
    HearingSteps(door.database, door.keys, FixedListener).give_up(kept(door).id)
    assert (kept(door).kind, kept(door).reason) == ("ogg", "failed")
