"""What the worker does with a recording: hear it, keep what was heard, and tell the conversation.

Everything is known by the recording's id; the durable store never holds a word of it. Each step may run twice and has
its effect once.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from sqlmodel import Session, col, select

from bot.conversation import add_signal, hold_interview
from bot.recordings import recorded_bytes
from core.clock import now
from core.content import Language
from core.database import Database
from core.encryption import DataKey, KeyRing
from core.errors import CandidateErased
from core.tables import Candidate, Interview, Recording, Resume
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of
from dialogue.recordings import HEARD, note
from hr_bridge.resume.resume import Resume as ParsedResume
from scoring.audio.refusals import RecordingRefused
from scoring.heard import Heard
from scoring.rubric import load_competency

MOST_HOT_WORDS: Final = 30
NICENESS: Final = 10
FAILED: Final = "failed"
"""Why a recording came to nothing although it may be a good one: the fault is ours."""

log = logging.getLogger("mianshi.hearing")


class Ear(Protocol):
    """Anything that hears recordings, as scoring.listening.Listener does."""

    def listen(self, data: bytes, *, language: Language | None, hot_words: Sequence[str] = ()) -> Heard: ...


class HearingSteps:
    """The steps of one recording. `load_ear` is called for the first one: a listener takes most of a gigabyte."""

    def __init__(self, database: Database, keys: KeyRing, load_ear: Callable[[], Ear]) -> None:
        self._database, self._keys, self._load_ear = database, keys, load_ear
        self._ear: Ear | None = None
        self._loading = threading.Lock()

    def waiting(self) -> list[str]:
        """Recordings that came in and were not heard yet, oldest first; those of erased candidates are left out."""
        with self._database.reading() as session:
            rows = (
                select(Recording.id)
                .join(Interview, col(Interview.id) == Recording.interview_id)
                .join(Candidate, col(Candidate.id) == Interview.candidate_id)
                .where(
                    col(Recording.received_at).is_not(None),
                    col(Recording.heard_at).is_(None),
                    col(Recording.discarded_at).is_(None),
                    col(Candidate.wrapped_key).is_not(None),
                )
            )
            return list(session.exec(rows.order_by(col(Recording.received_at))))

    def hear(self, recording_id: str) -> None:
        """Decode, look at the quality, transcribe, measure; keep all of it and put `heard` into the inbox.

        Nothing happens for a candidate who was erased meanwhile.
        """
        with suppress(CandidateErased):
            opened = self._open(recording_id)
            if opened is not None:
                self._listen(recording_id, *opened)

    def give_up(self, recording_id: str) -> None:
        """After the last attempt failed: the candidate is asked to record again or to type."""
        log.error("recording %s could not be heard; the candidate is asked to type or to record again", recording_id)
        self._keep(recording_id, None, FAILED)

    def _listen(self, recording_id: str, data: bytes, language: Language, hot_words: Sequence[str]) -> None:
        # Whoever chats in writing goes first; the recogniser's own threads begin here and inherit it.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        with self._loading:
            if self._ear is None:
                self._ear = self._load_ear()
        try:
            heard = self._ear.listen(data, language=language, hot_words=hot_words)
        except RecordingRefused as refusal:
            self._keep(recording_id, None, refusal.key)
        else:
            self._keep(recording_id, heard, None)

    def _open(self, recording_id: str) -> tuple[bytes, Language, list[str]] | None:
        with self._database.reading() as session:
            recording = session.get_one(Recording, recording_id)
            if recording.heard_at is not None:
                return None
            interview = session.get_one(Interview, recording.interview_id)
            key = self._keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
            data = recorded_bytes(session, key, recording_id)
            return data, language_of(interview), hot_words_of(session, interview, key)

    def _keep(self, recording_id: str, heard: Heard | None, refused: str | None) -> None:
        with self._database.unit_of_work() as session:
            recording = session.get_one(Recording, recording_id)
            interview = hold_interview(session, recording.interview_id)
            session.refresh(recording)
            if recording.heard_at is not None:
                return
            recording.heard_at = now()
            if heard is None:
                recording.verdict, recording.reason = "unusable", refused
            else:
                self._write(session, interview, recording, heard)
            add_signal(session, interview.id, f"{HEARD}:{recording_id}", f"{HEARD}:{recording_id}")

    def _write(self, session: Session, interview: Interview, recording: Recording, heard: Heard) -> None:
        key = self._keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        quality = heard.quality
        recording.heard_sealed = key.seal(json.dumps(heard.to_json(), ensure_ascii=False), "heard")
        recording.duration_s = heard.duration_s
        recording.verdict, recording.reason = quality.verdict, quality.reason
        recording.snr_db, recording.clipping = quality.snr_db, quality.clipping
        recording.speech_ratio, recording.level_db = quality.speech_ratio, quality.level_db
        recording.transcript_confidence, recording.model = heard.confidence, heard.model
        if quality.verdict == "poor":
            note(session, recording, "quality", {"reason": quality.reason, "snr_db": quality.snr_db})


def hot_words_of(session: Session, interview: Interview, key: DataKey) -> list[str]:
    """Words that are likely to be said: of the position, and of the candidate's résumé."""
    language = language_of(interview)
    profile = profile_of(session, interview)
    words = [profile.title.text(language), profile.department.text(language)]
    words += [load_competency(competency.key).title.text(language) for competency in profile.competencies]
    newest = select(Resume).where(Resume.interview_id == interview.id).order_by(col(Resume.id).desc())
    row = session.exec(newest).first()
    if row is not None:
        resume = ParsedResume.from_json(json.loads(key.open(row.parsed_sealed, "resume")))
        words += _of_resume(resume)
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))[:MOST_HOT_WORDS]


def _of_resume(resume: ParsedResume) -> list[str]:
    named = [job.employer or "" for job in resume.work] + [school.school for school in resume.education]
    return [*named, *resume.skills, *(project.name for project in resume.projects), *resume.certificates]
