"""Questions read aloud for candidates who prefer listening: which ones, and the sound of each, made once for everybody.

A question drawn from the résumé quotes its candidate, so it is never read aloud; neither is anything else but questions.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlmodel import Session, select

from bot.services import Services
from core.content import Language
from core.errors import Refused
from core.settings import Settings
from core.tables import Interview, Message
from dialogue.notice import language_of
from scoring.engines.speech_synthesiser import SpeechEndpoint, SpeechSynthesiser

AT_ONCE: Final = 4
QUOTES_A_CANDIDATE: Final = "resume"
"""The stage of questions that are made from what a candidate wrote."""


class NotReadAloud(Refused):
    """What was asked for is no question that is read aloud here."""

    phrase = "not_read_aloud"


class QuestionsAloud:
    """Sounds by the hash of voice and text, in a folder: they hold nothing that is not ours. Use it in one event loop."""

    def __init__(self, synthesiser: SpeechSynthesiser, folder: Path) -> None:
        self._synthesiser, self._folder = synthesiser, folder
        self._being_made: dict[Path, asyncio.Task[bytes]] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def reads(self, message: Message, language: Language) -> bool:
        """Whether a message is a question that can be heard."""
        return (
            message.sender == "bot"
            and message.kind in ("question", "follow_up")
            and message.extra.get("kind", QUOTES_A_CANDIDATE) != QUOTES_A_CANDIDATE
            and self._synthesiser.voice(language) is not None
        )

    async def sound_of(self, services: Services, interview_id: str, seq: int) -> bytes:
        """A question of an interview as MP3. Raises NotReadAloud, SpeechFailed."""
        text, language = await asyncio.to_thread(self._text_of, services, interview_id, seq)
        name = hashlib.sha256(f"{self._synthesiser.voice(language)}\0{text}".encode()).hexdigest()
        path = self._folder / f"{name}.mp3"
        if path.exists():
            return await asyncio.to_thread(path.read_bytes)
        making = self._being_made.get(path)
        if making is None:  # who comes meanwhile waits for the same sound, and who leaves does not stop it
            making = self._being_made[path] = asyncio.create_task(self._make(path, text, language))
            making.add_done_callback(lambda _: self._being_made.pop(path))
        return await asyncio.shield(making)

    async def _make(self, path: Path, text: str, language: Language) -> bytes:
        async with self._at_once:
            sound = await self._synthesiser.speak(text, language)
        await asyncio.to_thread(_keep, path, sound)
        return sound

    def _text_of(self, services: Services, interview_id: str, seq: int) -> tuple[str, Language]:
        with services.database.reading() as session:
            interview = session.get_one(Interview, interview_id)
            message = _message(session, interview_id, seq)
            if message is None or not self.reads(message, language_of(interview)):
                raise NotReadAloud("no question that is read aloud")
            return services.key_of(session, interview).open(message.text_sealed), language_of(interview)


@asynccontextmanager
async def open_questions_aloud(settings: Settings) -> AsyncIterator[QuestionsAloud | None]:
    """What reads questions aloud while the block lasts; None where no voice is set up."""
    if not settings.speech.model:
        yield None
        return
    async with SpeechEndpoint(settings.speech) as endpoint:
        yield QuestionsAloud(endpoint, settings.data_dir / "questions-aloud")


def _message(session: Session, interview_id: str, seq: int) -> Message | None:
    return session.exec(select(Message).where(Message.interview_id == interview_id, Message.seq == seq)).first()


def _keep(path: Path, sound: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{uuid4()}.part")
    fresh.write_bytes(sound)
    os.replace(fresh, path)
