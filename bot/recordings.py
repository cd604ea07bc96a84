"""Recordings as they come in: sealed piece by piece before anything else is done with them, then acknowledged.

A page keeps the pieces as the candidate speaks and sends them once they press send, each until it has arrived; a
Telegram voice note or a chosen file comes whole. What was received is heard by the worker (`bot/hearing.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from threading import BoundedSemaphore
from typing import Final, Literal

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.conversation import earlier_message, hold_interview, open_interview, record_message, ring, usable_text
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import NoticeUnread, Refused, Unavailable
from core.settings import Settings
from core.tables import EnvironmentRecord, Interview, Message, Recording, RecordingChunk
from dialogue.recordings import discard, note, note_once
from scoring.audio.decoding import Probe, probe
from scoring.audio.kind import MAX_BYTES, sniff
from scoring.audio.refusals import RecordingRefused
from scoring.engines import packaged_whisper

Channel = Literal["web", "telegram"]

CHUNK_BYTES: Final = 1_000_000
MOST_BYTES: Final = 200_000_000
"""Of one interview: about seven hours of a browser's recordings."""
MOST_RECORDINGS: Final = 200
"""Begun in one interview."""
MOST_CHECKS: Final = 10
"""Checks of the device that are kept of one interview; a reviewer reads each of them."""
MEASURED_WITHIN_S: Final = 0.4
MEASURED_AT_ONCE: Final = 2
"""Nobody waits long for the word that a recording came: in a crowd its length is left to the worker to find out."""

_probing = ThreadPoolExecutor(MEASURED_AT_ONCE, thread_name_prefix="probe")
_free_to_probe = BoundedSemaphore(MEASURED_AT_ONCE)


class VoiceOff(Refused):
    """Spoken answers are switched off here, or nothing is installed that could hear them."""

    phrase = "utter_voice_off"


class TooMuchVoice(Refused):
    """The interview's recordings fill what one interview may take."""

    phrase = "utter_voice_too_much"


class ChunksMissing(Refused):
    """Pieces have not arrived: the page sends them again, then finishes."""

    phrase = "recording_incomplete"

    def __init__(self, missing: list[int]) -> None:
        super().__init__(f"{len(missing)} pieces of a recording are missing")
        self.members = {"missing": missing}


class TranscriptTaken(Refused):
    """The transcript can no longer be corrected: it was taken, corrected before, or never offered."""

    phrase = "utter_transcript_taken"


@dataclass(frozen=True, slots=True)
class ClientEnvironment:
    """What the web page measured while it recorded. None: not measured."""

    dropped_packets: int | None = None
    rtt_ms: float | None = None
    disconnects: int | None = None
    level_db: float | None = None


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """What the check before the start found; `microphone` is ok, silent, none or skipped, `speaker` ok, none or skipped."""

    microphone: str
    speaker: str
    level_db: float | None = None
    rtt_ms: float | None = None
    kbit_s: float | None = None


def may_be_spoken(settings: Settings) -> bool:
    """Whether answers may be spoken here: it is switched on, and there is something that hears them."""
    return settings.voice.enabled and (settings.models.recogniser is not None or _packaged_recogniser())


@cache
def _packaged_recogniser() -> bool:
    return packaged_whisper.is_installed()


def begin_recording(services: Services, interview_id: str, client_id: str, channel: Channel) -> None:
    """Make room for a recording before it is fetched; the same one twice is one.

    Raises VoiceOff, InterviewOver, NoticeUnread, TooMuchVoice.
    """
    with services.database.unit_of_work() as session:
        _begun(services, session, interview_id, client_id, channel)


def receive_chunk(services: Services, interview_id: str, client_id: str, ordinal: int, data: bytes) -> None:
    """Keep one piece; the same piece twice is one. Refused when voice is off, before the notice, or over the limit."""
    if len(data) > CHUNK_BYTES:
        raise RecordingRefused("too_large")
    with services.database.unit_of_work() as session:
        recording, key = _begun(services, session, interview_id, client_id, "web")
        _keep(session, recording, key, ordinal, data)


def receive_recording(
    services: Services, interview_id: str, client_id: str, data: bytes, channel: Channel = "telegram"
) -> int:
    """Take in a whole recording; the sequence number of its message. Raises what `finish_recording` raises."""
    if len(data) > MAX_BYTES:
        raise RecordingRefused("too_large")
    pieces = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
    with services.database.unit_of_work() as session:
        recording, key = _begun(services, session, interview_id, client_id, channel)
        for ordinal, piece in enumerate(pieces):
            _keep(session, recording, key, ordinal, piece)
    return finish_recording(services, interview_id, client_id, len(pieces))


def finish_recording(
    services: Services,
    interview_id: str,
    client_id: str,
    chunks: int,
    environment: ClientEnvironment | None = None,
) -> int:
    """All pieces are here: acknowledge the recording. The sequence number of its message.

    Raises:
        ChunksMissing: with the numbers of the pieces to send again.
        RecordingRefused: the bytes are no recording; one sentence says what to do.
    """
    with services.database.unit_of_work() as session:
        recording, key = _begun(services, session, interview_id, client_id, "web")
        if recording.seq is not None:
            return recording.seq
        if recording.reason is not None:
            raise RecordingRefused(recording.reason)  # type: ignore[arg-type]
        if environment is not None:
            note(session, recording, "network", _given(environment))
        there = set(session.exec(select(RecordingChunk.ordinal).where(RecordingChunk.recording_id == recording.id)))
        if missing := sorted(set(range(chunks)) - there):
            raise ChunksMissing(missing)
        recording_id = recording.id
    with services.database.reading() as session:
        data = recorded_bytes(session, key, recording_id)
    try:
        found = _measure(data)
    except RecordingRefused as refusal:
        _refuse(services, recording_id, refusal)
        raise
    kind = found.kind if found else sniff(data)
    return _acknowledge(services, interview_id, recording_id, kind, found)


def receive_correction(services: Services, interview_id: str, client_id: str, recording_id: str, text: str) -> int:
    """Take in the one correction of a transcript; the sequence number of its message. TranscriptTaken when too late."""
    text = usable_text(text)
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        if (earlier := earlier_message(session, interview_id, client_id)) is not None:
            return earlier.seq or 0
        recording = session.get(Recording, recording_id)
        if recording is None or recording.interview_id != interview_id or not _may_be_corrected(recording):
            raise TranscriptTaken("the transcript can no longer be corrected")
        recording.corrected_sealed = services.key_of(session, interview).seal(text, "transcript")
        recording.corrected_at = recording.confirmed_at = now()
        seq, is_new = record_message(services, session, interview_id, client_id, "correction", text, recording_id)
    ring(services, is_new)
    return seq


def note_device_check(services: Services, interview_id: str, client_id: str, check: DeviceCheck) -> None:
    """Keep what the device check found, once a client_id; of the first MOST_CHECKS alone. InterviewOver after the end."""
    with services.database.unit_of_work() as session:
        hold_interview(session, interview_id)
        open_interview(session, interview_id)
        kept = select(func.count()).where(
            EnvironmentRecord.interview_id == interview_id, EnvironmentRecord.kind == "device_check"
        )
        if session.exec(kept).one() < MOST_CHECKS:
            note_once(session, interview_id, client_id, "device_check", _given(check))


def recorded_bytes(session: Session, key: DataKey, recording_id: str) -> bytes:
    """The file as it was sent, opened."""
    return b"".join(_pieces(session, key, recording_id))


def recorded_size(session: Session, recording_id: str) -> int:
    """Bytes that have come in."""
    sizes = select(func.sum(RecordingChunk.size_bytes)).where(RecordingChunk.recording_id == recording_id)
    return session.exec(sizes).one() or 0


def read_range(session: Session, key: DataKey, recording_id: str, first: int, last: int) -> bytes:
    """Bytes `first` to `last`, both included; only the pieces that hold them are opened."""
    sizes = select(RecordingChunk.id, RecordingChunk.ordinal, RecordingChunk.size_bytes).where(
        RecordingChunk.recording_id == recording_id
    )
    found, at = bytearray(), 0
    for chunk_id, ordinal, size in session.exec(sizes.order_by(col(RecordingChunk.ordinal))).all():
        if at <= last and at + size > first:
            sealed = session.exec(select(RecordingChunk.data_sealed).where(RecordingChunk.id == chunk_id)).one()
            piece = key.open_bytes(sealed, _purpose(recording_id, ordinal))
            found += piece[max(0, first - at) : last - at + 1]
        at += size
    return bytes(found)


def _begun(
    services: Services, session: Session, interview_id: str, client_id: str, channel: Channel
) -> tuple[Recording, DataKey]:
    """The recording of a client_id, begun now if it is new, with the candidate's key."""
    interview = hold_interview(session, interview_id)
    key = services.key_of(session, interview)
    same = select(Recording).where(Recording.interview_id == interview_id, Recording.client_id == client_id)
    if (known := session.exec(same).first()) is not None:
        return known, key
    if not may_be_spoken(services.settings):
        raise VoiceOff("spoken answers are switched off")
    open_interview(session, interview_id)
    if interview.consented_at is None:
        raise NoticeUnread("utter_voice_before_notice", "a recording before the notice was acknowledged")
    begun = select(func.count()).where(Recording.interview_id == interview_id)
    if session.exec(begun).one() >= MOST_RECORDINGS:
        raise TooMuchVoice("the interview holds too many recordings")
    recording = Recording(
        interview_id=interview_id,
        client_id=client_id,
        channel=channel,
        question_id=_question_in_sight(session, interview_id),
        begun_at=now(),
    )
    session.add(recording)
    session.flush()
    return recording, key


def _keep(session: Session, recording: Recording, key: DataKey, ordinal: int, data: bytes) -> None:
    same = select(RecordingChunk.id).where(
        RecordingChunk.recording_id == recording.id, RecordingChunk.ordinal == ordinal
    )
    if recording.received_at is not None or session.exec(same).first() is not None:
        return
    if recording.size_bytes + len(data) > MAX_BYTES:
        raise RecordingRefused("too_large")
    kept = select(func.sum(Recording.size_bytes)).where(Recording.interview_id == recording.interview_id)
    if (session.exec(kept).one() or 0) + len(data) > MOST_BYTES:
        raise TooMuchVoice("the interview holds too many recordings")
    recording.size_bytes += len(data)
    session.add(
        RecordingChunk(
            recording_id=recording.id,
            ordinal=ordinal,
            size_bytes=len(data),
            data_sealed=key.seal_bytes(data, _purpose(recording.id, ordinal)),
        )
    )
    session.flush()


def _pieces(session: Session, key: DataKey, recording_id: str) -> Iterator[bytes]:
    rows = select(RecordingChunk).where(RecordingChunk.recording_id == recording_id)
    for chunk in session.exec(rows.order_by(col(RecordingChunk.ordinal))):
        yield key.open_bytes(chunk.data_sealed, _purpose(recording_id, chunk.ordinal))


def _purpose(recording_id: str, ordinal: int) -> str:
    """Binds a piece to its place: pieces cannot be swapped."""
    return f"recording {recording_id} {ordinal}"


def _measure(data: bytes) -> Probe | None:
    if not _free_to_probe.acquire(blocking=False):
        return None
    measuring = _probing.submit(probe, data)
    measuring.add_done_callback(lambda _: _free_to_probe.release())
    try:
        return measuring.result(MEASURED_WITHIN_S)
    except (TimeoutError, Unavailable):
        return None


def _acknowledge(services: Services, interview_id: str, recording_id: str, kind: str, found: Probe | None) -> int:
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        recording = session.get_one(Recording, recording_id)
        session.refresh(recording)
        if recording.seq is not None:
            return recording.seq
        seq, is_new = record_message(
            services,
            session,
            interview_id,
            recording.client_id,
            "voice",
            _shown(found, interview.language),
            recording_id,
            {"recording": recording_id, "duration_s": round(found.duration_s, 1) if found else None},
        )
        row = earlier_message(session, interview_id, recording.client_id)
        assert row is not None, "it was recorded a moment ago"
        recording.kind, recording.duration_s = kind, found.duration_s if found else None
        recording.seq, recording.turn_id, recording.received_at = seq, row.turn_id, row.received_at
    ring(services, is_new)
    return seq


def _shown(found: Probe | None, language: str) -> str:
    """The recording as a line of the talk."""
    if found is None:
        return "🎤 Recording" if language == "en" else "🎤 录音"
    seconds = max(1, round(found.duration_s))
    return f"🎤 {seconds} s" if language == "en" else f"🎤 {seconds} 秒"


def _refuse(services: Services, recording_id: str, refusal: RecordingRefused) -> None:
    """What was sent is kept, but is no recording: an attempt that is not counted."""
    with services.database.unit_of_work() as session:
        recording = session.get_one(Recording, recording_id)
        recording.verdict, recording.reason = "unusable", refusal.key
        discard(session, session.get_one(Interview, recording.interview_id), recording)


def _question_in_sight(session: Session, interview_id: str) -> str | None:
    shown = select(Message.question_id).where(
        Message.interview_id == interview_id, col(Message.question_id).is_not(None)
    )
    return session.exec(shown.order_by(col(Message.seq).desc()).limit(1)).first()


def _may_be_corrected(recording: Recording) -> bool:
    return (
        recording.offered_at is not None
        and recording.settled_at is None
        and recording.discarded_at is None
        and recording.corrected_at is None
        and (recording.correct_until is None or now() <= recording.correct_until)
    )


def _given(figures: ClientEnvironment | DeviceCheck) -> dict[str, object]:
    return {name: value for name, value in asdict(figures).items() if value is not None}
