"""Updates that were kept and are still to be handed over to the conversation."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import col, select

from bot.channels.base import OfferedFile, Received
from bot.recruiter_chat.linking import linked
from bot.recruiter_chat.telegram import PURPOSE, RECRUITER, TELEGRAM
from bot.services import Services
from core.clock import now
from core.content import Language
from core.errors import CandidateErased
from core.tables import Interview, TelegramUpdate
from dialogue.notice import language_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update to be handed over. `said` is None where it left no content, or nobody is left to read it for."""

    update_id: int
    chat_id: int
    kind: str
    interview_id: str | None
    language: Language
    said: Received | None
    attempts: int
    callback_id: str | None


class WaitingUpdates:
    """Those of one bot. Everything here blocks on the database."""

    def __init__(self, services: Services, bot_id: int) -> None:
        self._services, self._bot_id = services, bot_id

    def chats(self) -> list[int]:
        with self._services.database.reading() as session:
            waiting = select(TelegramUpdate.chat_id).where(
                TelegramUpdate.bot_id == self._bot_id, col(TelegramUpdate.done_at).is_(None)
            )
            return list(session.exec(waiting.distinct()).all())

    def next_of(self, chat_id: int) -> Waiting | None:
        """The oldest of a chat."""
        with self._services.database.reading() as session:
            waiting = select(TelegramUpdate).where(
                TelegramUpdate.bot_id == self._bot_id,
                TelegramUpdate.chat_id == chat_id,
                col(TelegramUpdate.done_at).is_(None),
            )
            order = (col(TelegramUpdate.received_at), col(TelegramUpdate.update_id))
            row = session.exec(waiting.order_by(*order).limit(1)).first()
            if row is None:
                return None
            language: Language = "zh"
            said: Received | None = None
            if row.kind == RECRUITER and row.content_sealed is not None:
                asker = linked(self._services, session, TELEGRAM, str(chat_id))
                if asker is not None:
                    said = _opened(self._services.keys.unwrap(asker.wrapped_key).open(row.content_sealed, PURPOSE))
            if row.interview_id is not None:
                interview = session.get_one(Interview, row.interview_id)
                language = language_of(interview)
                if row.content_sealed is not None:
                    with suppress(CandidateErased):
                        key = self._services.key_of(session, interview)
                        said = _opened(key.open(row.content_sealed, "telegram update"))
            return Waiting(
                row.update_id, chat_id, row.kind, row.interview_id, language, said, row.attempts, row.callback_id
            )

    def finish(self, row: Waiting, note: str | None) -> None:
        """It is handed over: its content is taken away, and `note` is what the chat is still to be told."""
        with self._services.database.unit_of_work() as session:
            kept = session.get_one(TelegramUpdate, (self._bot_id, row.update_id))
            kept.done_at, kept.content_sealed, kept.note = now(), None, note

    def count_attempt(self, row: Waiting) -> int:
        """One more attempt has failed; how many that makes."""
        with self._services.database.unit_of_work() as session:
            kept = session.get_one(TelegramUpdate, (self._bot_id, row.update_id))
            kept.attempts += 1
            return kept.attempts


def _opened(content: str) -> Received:
    fields = json.loads(content)
    if fields["file"] is not None:
        fields["file"] = OfferedFile(**fields["file"])
    return Received(**fields)
