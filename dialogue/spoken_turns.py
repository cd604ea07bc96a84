"""What a turn means for the recordings of an interview, before anything else is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from core.clock import now
from core.encryption import DataKey
from core.tables import Interview, Recording
from dialogue.commands import is_no, is_yes
from dialogue.recordings import (
    HEARD,
    TRANSCRIPT,
    Course,
    discard,
    is_sure,
    offer,
    offered,
    resembles,
    spoken_text,
)
from dialogue.turn import Turn
from dialogue.understanding import ANSWER, Understood


@dataclass(frozen=True, slots=True)
class Taken:
    """The words of a recording, from now on as if typed in the turn in which it came in. `payload` is a button that
    they name or that was pressed for them, `understood` what they mean otherwise."""

    recording: Recording
    text: str
    understood: Understood
    payload: str | None = None


class SpokenTurns:
    """Decides about recordings, inside the caller's transaction."""

    def __init__(self, session: Session, interview: Interview, key: DataKey) -> None:
        self._session, self._interview, self._key = session, interview, key

    def step(self, turn: Turn, plain: str | None, understood: Understood | None) -> Course | Taken | None:
        """A course of its own, words that are now taken as said, or None for a turn that is about no recording.

        `plain` and `understood` are what the turn's text means, typed or heard.
        """
        name, _, rest = (turn.payload or "").partition(":")
        if turn.kind == "voice":
            return {"received": turn.payload}
        if turn.kind == "correction":
            recording = self._recording(turn.payload or "")
            return {} if _is_done(recording) else self._take(recording)
        if turn.kind == "signal" and name == HEARD:
            return self._heard(self._recording(rest), plain, understood)
        if turn.kind == "signal" and name == TRANSCRIPT:
            return self._time_is_up()
        if turn.kind == "button" and name == TRANSCRIPT:
            return self._pressed(turn.payload or "")
        if turn.kind == "text":
            return self._typed(turn.text or "", plain, understood)
        return None

    def left_open(self) -> Sequence[tuple[Recording, str]]:
        """Transcripts still before the candidate, taken as they are now that the talk moves on."""
        return [(recording, self._take(recording).text) for recording in offered(self._session, self._interview.id)]

    def _recording(self, recording_id: str) -> Recording:
        return self._session.get_one(Recording, recording_id)

    def _take(self, recording: Recording, text: str | None = None, understood: Understood | None = None) -> Taken:
        recording.settled_at = now()
        text = spoken_text(recording, self._key) if text is None else text
        return Taken(recording, text, understood or Understood(text, ANSWER, 1.0, "answer"))

    def _heard(self, recording: Recording, plain: str | None, understood: Understood | None) -> Course | Taken:
        if _is_done(recording):
            return {}
        over = self._interview.finished_at is not None
        if recording.verdict == "unusable" or not spoken_text(recording, self._key):
            course = discard(self._session, self._interview, recording)
            return {} if over else course
        if over:
            return self._take(recording)
        if plain is not None:
            return self._take_as(recording, plain) if is_sure(recording) else offer(recording, plain=plain)
        if understood is None or understood.outcome == "answer":
            return offer(recording)
        if understood.outcome == "command" and is_sure(recording):
            return self._take(recording, understood=understood)
        return offer(recording, understood.intent)

    def _take_as(self, recording: Recording, plain: str) -> Course | Taken:
        """Words that name a button."""
        taken = self._take(recording)
        if plain.startswith(f"{TRANSCRIPT}:"):  # "yes" to another transcript, said aloud
            return self._pressed(plain)
        return Taken(recording, taken.text, taken.understood, plain)

    def _time_is_up(self) -> Course | Taken:
        if self._interview.paused_at is not None:
            return {}
        due = [r for r in offered(self._session, self._interview.id) if r.correct_until and r.correct_until <= now()]
        if not due:
            return {}
        if not is_sure(due[0]) and _is_plain(spoken_text(due[0], self._key)):
            due[0].discarded_at = now()  # a yes that may be none must not close a question
            return {}
        return self._take(due[0])

    def _pressed(self, payload: str) -> Course | Taken:
        _, what, recording_id, *meaning = payload.split(":")
        recording = self._recording(recording_id)
        if recording.settled_at is not None:
            return {}
        if what in ("again", "type"):
            recording.discarded_at = recording.discarded_at or now()
            return {"phrase": f"utter_voice_{what}"}
        if recording.discarded_at is not None:
            return {}
        if what == "correct":
            recording.correction_asked_at = recording.correction_asked_at or now()
            return {"phrase": "utter_transcript_correct"}
        if what == "command" and meaning:
            return self._take_as(recording, f"command:{meaning[0]}")
        recording.confirmed_at = now()
        return self._take_as(recording, ":".join(meaning)) if meaning else self._take(recording)

    def _typed(self, text: str, plain: str | None, understood: Understood | None) -> Course | Taken | None:
        """A text while a transcript lies before the candidate: its correction, more of the same answer, or a command."""
        waiting = offered(self._session, self._interview.id)
        if not waiting:
            return None
        if plain is not None:
            return self._pressed(plain) if plain.startswith(f"{TRANSCRIPT}:") else None
        recording = waiting[-1]
        spoken = spoken_text(recording, self._key)
        asked, alike = recording.correction_asked_at is not None, resembles(text, spoken)
        outcome = understood.outcome if understood is not None else "answer"
        if (outcome == "command" and not (asked and alike)) or (outcome == "ask" and not (asked or alike)):
            return None
        if asked or alike or not is_sure(recording):
            recording.corrected_sealed = self._key.seal(text, "transcript")
            recording.corrected_at = recording.confirmed_at = now()
            return self._take(recording)
        return self._take(recording, f"{spoken}\n{text}")


def _is_plain(text: str) -> bool:
    return is_yes(text) or is_no(text)


def _is_done(recording: Recording) -> bool:
    return recording.settled_at is not None or recording.discarded_at is not None
