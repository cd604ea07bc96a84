"""Spoken answers in the talk: offered as text, confirmed, corrected once, or recorded again.

The words of a recording take the same way as typed ones, under the turn in which the recording came in. What the
candidate sees of a transcript is read from the recording each time; messages carry its id alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Final, cast

from sqlmodel import Session, col, select

from core.clock import now
from core.content import Language
from core.encryption import DataKey
from core.tables import EnvironmentRecord, Interview, Question, Recording
from dialogue.commands import asked_to, named
from dialogue.interview_clock import TIMED_STAGES, give_back
from dialogue.phrases import phrase, phrase_buttons
from dialogue.turn import Button, Reply
from scoring.audio.refusals import SENTENCES
from scoring.heard import Heard
from scoring.scored_answers import LOW_CONFIDENCE

CORRECTION_TIME: Final = timedelta(minutes=2)
UNSURE_WORD: Final = 0.5
RESEMBLES: Final = 0.5
"""Share of a transcript that also stands in a typed text, from which on the text is meant as its correction."""
SHORTEST_LIKENESS: Final = 2
"""Words or Chinese characters in a row: any two texts have single ones in common."""
HEARD: Final = "heard"
TRANSCRIPT: Final = "transcript"
"""The timer that ends the time for corrections, and the first part of a transcript's buttons."""

Course = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A piece of a transcript; all pieces together are the transcript. `unsure`: the candidate should look again."""

    text: str
    unsure: bool


def heard_of(recording: Recording, key: DataKey) -> Heard | None:
    """What was heard, or None before it was or where nothing could be."""
    return Heard.from_json(json.loads(key.open(recording.heard_sealed, "heard"))) if recording.heard_sealed else None


def spoken_text(recording: Recording, key: DataKey) -> str:
    """The words that count: the corrected ones where there are any, else those recognised."""
    if recording.corrected_sealed is not None:
        return key.open(recording.corrected_sealed, "transcript")
    heard = heard_of(recording, key)
    return heard.transcript.strip() if heard else ""


def shown_words(heard: Heard) -> list[ShownWord]:
    """The transcript in pieces, each with whether the recogniser was unsure of it."""
    pieces, at, text = [], 0, heard.transcript.strip()
    for word in heard.words:
        bare = word.text.strip()
        start = text.find(bare, at) if bare else -1
        if start < 0:
            continue
        end = start + len(bare)
        pieces.append(ShownWord(text[at:end], word.confidence < UNSURE_WORD))
        at = end
    if at < len(text):
        pieces.append(ShownWord(text[at:], False))
    return pieces


def unsettled(session: Session, interview_id: str) -> list[Recording]:
    """Recordings that came in and of which nothing has become yet, oldest first."""
    rows = select(Recording).where(
        Recording.interview_id == interview_id,
        col(Recording.received_at).is_not(None),
        col(Recording.settled_at).is_(None),
        col(Recording.discarded_at).is_(None),
    )
    return list(session.exec(rows.order_by(col(Recording.seq))))


def offered(session: Session, interview_id: str) -> list[Recording]:
    """Those of them whose transcript lies before the candidate."""
    return [recording for recording in unsettled(session, interview_id) if recording.offered_at is not None]


def corrections_end_at(session: Session, interview: Interview) -> datetime | None:
    """When the next transcript is taken as it is. During a pause the time stands still and begins anew after it."""
    if interview.withdrawn_at is not None:
        return None
    ends: list[datetime] = []
    for recording in offered(session, interview.id):
        if interview.paused_at is not None:
            recording.correct_until = None
            continue
        if recording.correct_until is None:
            recording.correct_until = now() + CORRECTION_TIME
        ends.append(recording.correct_until)
    # One that is due already, because another one was taken in its turn, is taken in a turn of its own at once.
    return max(min(ends), now() + timedelta(seconds=1)) if ends else None


def resembles(text: str, transcript: str) -> bool:
    """Whether a typed text is the transcript put right, whole, rather than something new or a piece of it."""
    written, heard = _units(text), _units(transcript)
    blocks = SequenceMatcher(None, written, heard, autojunk=False).get_matching_blocks()
    shortest = min(SHORTEST_LIKENESS, len(heard))
    same = sum(block.size for block in blocks if block.size >= shortest)
    return bool(heard) and same >= RESEMBLES * len(heard)


def _units(text: str) -> list[str]:
    """What a text is made of: Chinese characters, and words of other scripts."""
    return re.findall(r"[㐀-鿿]|[^\W_㐀-鿿]+(?:['’][^\W_㐀-鿿]+)*", text.casefold())


def is_sure(recording: Recording) -> bool:
    """Whether a transcript may be scored without having been confirmed, and be a command."""
    return (recording.transcript_confidence or 0.0) >= LOW_CONFIDENCE


def offer(recording: Recording, command: str | None = None, plain: str | None = None) -> Course:
    """Lay the transcript before the candidate; with `command` where it might as well be one, with `plain` where the
    words, once confirmed, are those of a button."""
    recording.offered_at = recording.offered_at or now()
    recording.correct_until = recording.correct_until or now() + CORRECTION_TIME
    return {"offer": recording.id, "command": command, "plain": plain}


def discard(session: Session, interview: Interview, recording: Recording) -> Course:
    """A recording of which nothing can be made: not counted, its time given back, noted for the reviewer."""
    recording.discarded_at = now()
    question = session.get(Question, recording.question_id) if recording.question_id else None
    if question is not None and question.stage in TIMED_STAGES:
        give_back(session, interview, question, recording.duration_s or 0.0)
    note(session, recording, "not_counted", {"reason": recording.reason})
    return {"retry": recording.id}


def note(session: Session, recording: Recording, kind: str, figures: Mapping[str, Any]) -> None:
    """Write an environment record about a recording, once a kind."""
    note_once(session, recording.interview_id, f"{kind}:{recording.id}", kind, figures, recording)


def note_once(
    session: Session,
    interview_id: str,
    client_id: str,
    kind: str,
    figures: Mapping[str, Any],
    recording: Recording | None = None,
) -> None:
    """Write an environment record, once a client_id."""
    same = select(EnvironmentRecord.id).where(
        EnvironmentRecord.interview_id == interview_id, EnvironmentRecord.client_id == client_id
    )
    if session.exec(same).first() is None:
        session.add(
            EnvironmentRecord(
                interview_id=interview_id,
                client_id=client_id,
                kind=kind,
                recording_id=recording.id if recording else None,
                question_id=recording.question_id if recording else None,
                figures=dict(figures),
                noted_at=now(),
            )
        )


def offer_reply(
    recording: Recording, key: DataKey, command: str | None, language: Language, plain: str | None = None
) -> Reply:
    """The transcript as a message, with what can be done about it."""
    name = "utter_transcript" if is_sure(recording) else "utter_transcript_unsure"
    parameters: dict[str, Any] = {}
    if command is not None:
        name = "utter_transcript_or_command"
        parameters = {"command": asked_to(command, language), "button": named(command, language)}
    text = phrase(name, language, transcript=spoken_text(recording, key), **parameters)
    buttons = _of_recording(phrase_buttons(name, language, **parameters), recording, command, plain)
    return Reply("confirm", text, buttons, recording_id=recording.id)


def retry_reply(recording: Recording, language: Language) -> Reply:
    """What was wrong with a recording and what to do, with the ways on."""
    reason = recording.reason or "failed"
    if reason in SENTENCES:
        name, parameters = "utter_voice_unreadable", {"why": SENTENCES[cast(Any, reason)].text(language)}
    else:
        name, parameters = f"utter_voice_{reason}", {}
    buttons = _of_recording(phrase_buttons(name, language), recording)
    return Reply("status", phrase(name, language, **parameters), buttons, recording_id=recording.id)


def _of_recording(
    buttons: tuple[Button, ...], recording: Recording, command: str | None = None, plain: str | None = None
) -> tuple[Button, ...]:
    meaning = {f"{TRANSCRIPT}:command": command, f"{TRANSCRIPT}:confirm": plain}

    def payload(start: str) -> str:
        return ":".join(filter(None, (start, recording.id, meaning.get(start))))

    return tuple(Button(button.title, payload(button.payload)) for button in buttons)


def transcript_document(recording: Recording, key: DataKey, buttons: list[dict[str, str]]) -> dict[str, Any] | None:
    """What the page needs of an offered transcript; None for a recording that has nothing to show."""
    heard = heard_of(recording, key)
    if heard is None or recording.offered_at is None:
        return None
    is_open = recording.settled_at is None and recording.discarded_at is None and recording.corrected_at is None
    return {
        "recording": recording.id,
        "words": [{"text": word.text, "unsure": word.unsure} for word in shown_words(heard)],
        "until": recording.correct_until.isoformat() if recording.correct_until and is_open else None,
        "open": is_open,
        "actions": actions_of(buttons),
    }


def actions_of(buttons: list[dict[str, str]]) -> dict[str, str]:
    """Which button does what: {"confirm"|"correct"|"again"|"type"|"command": button id}."""
    return {b["payload"].split(":")[1]: b["id"] for b in buttons if b["payload"].startswith(f"{TRANSCRIPT}:")}
