"""What a reviewer sees of recordings: the sound, both versions of the transcript, and how device and room were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from bot.console.texts import say
from core.content import Language
from core.encryption import DataKey
from core.tables import EnvironmentRecord, Recording
from dialogue.recordings import ShownWord, heard_of, shown_words, spoken_text
from hr_bridge.policy import load_policy
from hr_bridge.resume.prior_pay import mask_prior_pay
from scoring.heard import Heard, Word


@dataclass(frozen=True, slots=True, repr=False)
class RecordingLine:
    """One recording. `words` is what was recognised; `corrected` the candidate's version, where they made one.

    `playable` is False where prior pay may be spoken of and the policy keeps it from everybody: sound cannot be masked.
    """

    id: str
    seconds: float | None
    state: str
    sound: str
    words: tuple[ShownWord, ...]
    corrected: str | None
    playable: bool
    timed: tuple[Word, ...] = ()
    """The words with their times, where they may be heard."""


def read_recordings(
    session: Session, key: DataKey, interview_id: str, policy: str, language: Language
) -> Mapping[str, Sequence[RecordingLine]]:
    """By question: every recording that came in, also those that were not counted."""
    lines: dict[str, list[RecordingLine]] = defaultdict(list)
    rows = select(Recording).where(Recording.interview_id == interview_id, col(Recording.question_id).is_not(None))
    for recording in session.exec(rows.order_by(col(Recording.id))):
        if recording.question_id is not None and (recording.received_at or recording.discarded_at):
            lines[recording.question_id].append(_line(recording, key, policy, language))
    return lines


def may_tell_prior_pay(recording: Recording, key: DataKey, policy: str) -> bool:
    """Whether pay that the policy keeps from everybody can be heard in a recording, as far as its words are known."""
    if load_policy(policy).prior_pay != "never":
        return False
    heard = heard_of(recording, key)
    if heard is None or not heard.transcript.strip():
        return True
    return any(mask_prior_pay(text) != text for text in (spoken_text(recording, key), heard.transcript))


def device_checks(session: Session, interview_id: str, language: Language) -> list[str]:
    """What the check before the start found, one sentence each time."""
    rows = select(EnvironmentRecord).where(
        EnvironmentRecord.interview_id == interview_id, EnvironmentRecord.kind == "device_check"
    )
    return [_check(row.figures, language) for row in session.exec(rows.order_by(col(EnvironmentRecord.id)))]


def _line(recording: Recording, key: DataKey, policy: str, language: Language) -> RecordingLine:
    heard = heard_of(recording, key)
    hidden = may_tell_prior_pay(recording, key, policy)
    corrected = spoken_text(recording, key) if recording.corrected_sealed is not None else None
    return RecordingLine(
        id=recording.id,
        seconds=recording.duration_s,
        state=say(language, f"voice.state_{_state(recording)}"),
        sound=_sound(recording, language),
        words=_words(heard, hidden),
        corrected=mask_prior_pay(corrected) if corrected is not None and hidden else corrected,
        playable=not hidden,
        timed=heard.words if heard is not None and not hidden else (),
    )


def _words(heard: Heard | None, hidden: bool) -> tuple[ShownWord, ...]:
    if heard is None:
        return ()
    return (ShownWord(mask_prior_pay(heard.transcript), False),) if hidden else tuple(shown_words(heard))


def _state(recording: Recording) -> str:
    if recording.verdict == "unusable":
        return "not_counted"
    if recording.discarded_at is not None:
        return "again"
    if recording.corrected_at is not None:
        return "corrected"
    if recording.confirmed_at is not None:
        return "confirmed"
    return "unconfirmed" if recording.settled_at is not None else "waiting"


def _sound(recording: Recording, language: Language) -> str:
    parts = []
    if recording.reason is not None:
        known = recording.reason in ("silence", "noise", "clipping", "too_short", "wrong_language", "failed")
        parts.append(say(language, f"voice.sound_{recording.reason if known else 'unreadable'}"))
    if recording.snr_db is not None:
        parts.append(say(language, "voice.snr", db=f"{recording.snr_db:.0f}"))
    if recording.transcript_confidence is not None:
        parts.append(say(language, "voice.sure", percent=f"{100 * recording.transcript_confidence:.0f}"))
    return " · ".join(parts)


def _check(figures: Mapping[str, Any], language: Language) -> str:
    parts = [
        say(language, f"voice.microphone_{figures.get('microphone', 'none')}"),
        say(language, f"voice.speaker_{figures.get('speaker', 'skipped')}"),
    ]
    if "rtt_ms" in figures:
        parts.append(say(language, "voice.delay", ms=f"{figures['rtt_ms']:.0f}"))
    if "kbit_s" in figures:
        parts.append(say(language, "voice.speed", kbit=f"{figures['kbit_s']:.0f}"))
    return ("，" if language == "zh" else ", ").join(parts) + ("。" if language == "zh" else ".")
