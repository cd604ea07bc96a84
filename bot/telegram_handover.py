"""Hands over what a Telegram chat brought to the conversation: one chat's updates in order, many chats at once.

Every step is safe to repeat, since the conversation knows the update's id as the message's own; a row is done with
only after the conversation has committed it, so a kill in between hands it over once more and changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Any, Final

import telegram
from anyio import to_thread
from telegram.error import RetryAfter, TelegramError

from bot import conversation
from bot.channels.base import Choice, OfferedFile
from bot.channels.telegram import LISTEN, keyboard, sentence
from bot.gateway.body_limit import FILE_BYTES
from bot.gateway.code_sender import CodeSender
from bot.gateway.error_responses import BodyTooLarge, explain
from bot.gateway.questions_api import listening_rate
from bot.gateway.rate_limit import TooFast
from bot.gateway.recordings_api import finishing_threads, recording_rate
from bot.gateway.webchat_api import LARGEST_SEQ, sending_rate, upload_rate, upload_threads
from bot.identity import code_for, masked
from bot.questions_aloud import NotReadAloud
from bot.recordings import begin_recording, receive_recording
from bot.recruiter_chat.chat import RecruiterChat
from bot.recruiter_chat.telegram import RECRUITER, TelegramAsking
from bot.services import Services
from bot.telegram_account import enter_code, speaking_chat
from bot.telegram_chats import ChatTasks
from bot.telegram_files import download
from bot.telegram_pace import Pace, seconds_asked_for
from bot.telegram_waiting import Waiting, WaitingUpdates
from core.errors import MianshiError, NoticeUnread, Refused, Unavailable
from core.tables import Interview
from dialogue.commands import named
from scoring.audio.kind import MAX_BYTES as RECORDING_BYTES
from scoring.audio.refusals import RecordingRefused
from scoring.engines.speech_synthesiser import SpeechFailed

RETRY_AFTER_S: Final = (1, 2, 4, 8, 15)
FAULTS_BEFORE_GIVING_UP: Final = 5
FILES_AT_ONCE: Final = 6
"""In memory: each has up to 20 MB."""
CLIENT_PREFIX: Final = "telegram:"
"""Of the conversation's client ids: what a candidate sent without it came from the web."""
TOAST_CHARACTERS: Final = 200

log = logging.getLogger("mianshi.telegram")


class TelegramHandover:
    """For the one process that speaks for the bot."""

    def __init__(
        self,
        services: Services,
        bot: telegram.Bot,
        bot_id: int,
        sender: CodeSender,
        pace: Pace,
        recruiter_chat: RecruiterChat | None = None,
    ) -> None:
        self._services, self._bot, self._bot_id = services, bot, bot_id
        self._sender, self._pace = sender, pace
        self._asking = TelegramAsking(services, bot, pace, recruiter_chat)
        self._updates = WaitingUpdates(services, bot_id)
        self._chats = ChatTasks(self._serve)
        self._files = asyncio.Semaphore(FILES_AT_ONCE)

    async def run(self) -> None:
        """Work until cancelled; then what is in hand is finished first."""
        try:
            while True:
                ring = asyncio.create_task(self._services.inbox_bell.wait())
                await asyncio.sleep(0)  # it listens from here on: no ring falls between looking and waiting
                with suppress(Unavailable):
                    self._chats.start(await asyncio.to_thread(self._updates.chats))
                await ring
        finally:
            await self._chats.stop()

    async def _serve(self, chat_id: int) -> None:
        failures = 0
        while not self._chats.stopping and (row := await asyncio.to_thread(self._updates.next_of, chat_id)) is not None:
            try:
                note = await self._hand_over(row)
            except TooFast as error:
                await asyncio.sleep(error.retry_after_s)
                continue
            except RetryAfter as error:
                await asyncio.sleep(seconds_asked_for(error))
                continue
            except Refused as error:
                note = explain(error, row.language)
            except Exception as error:
                if await self._may_succeed(row, error):
                    await asyncio.sleep(RETRY_AFTER_S[min(failures, len(RETRY_AFTER_S) - 1)])
                    failures += 1
                    continue
                note = sentence("repeated", row.language)
            failures = 0
            await asyncio.to_thread(self._updates.finish, row, note)
            self._services.outbox_bell.ring()

    async def _may_succeed(self, row: Waiting, error: Exception) -> bool:
        """Whether another attempt is worth making. A database or a Telegram that is away is no fault of the update's."""
        reason = str(error) if isinstance(error, MianshiError) else type(error).__name__
        log.warning("update %d waits: %s", row.update_id, reason)
        if isinstance(error, Unavailable):
            return True
        return await asyncio.to_thread(self._updates.count_attempt, row) < FAULTS_BEFORE_GIVING_UP

    async def _hand_over(self, row: Waiting) -> str | None:
        """Do what the update asks for; the sentence that it is answered with, if any."""
        if row.kind == "group":
            await self._leave(row)
            return None
        if row.kind == RECRUITER:
            return await self._asking.answer(row.chat_id, row.said, row.callback_id) if row.said else None
        if row.interview_id is None:
            return None
        if row.kind == "code_wanted":
            return await asyncio.to_thread(self._send_code, row)
        if row.said is None:
            return None
        match row.kind:
            case "code":
                return await asyncio.to_thread(self._enter_code, row, row.said.text.strip())
            case "text":
                await self._receive(row, conversation.receive_text, row.said.text)
                return None
            case "command":
                return await self._command(row)
            case "button":
                return await self._button(row)
            case "resume":
                await self._resume(row)
                return None
            case _:
                await self._recording(row)
                return None

    async def _receive(self, row: Waiting, receive: Any, *what: Any) -> None:
        assert row.interview_id is not None
        sending_rate.take(row.interview_id)
        await asyncio.to_thread(receive, self._services, row.interview_id, self._client_id(row), *what)

    def _client_id(self, row: Waiting) -> str:
        return f"{CLIENT_PREFIX}{self._bot_id}:{row.update_id}"

    async def _command(self, row: Waiting) -> str | None:
        assert row.said is not None
        name, words = row.said.command, row.said.text
        if name != "question":
            await self._receive(row, conversation.receive_command, name, named(name, row.language))
        elif words:
            await self._receive(row, conversation.receive_command, "company_question", words)
        else:
            return sentence("question_empty", row.language)
        return None

    async def _button(self, row: Waiting) -> str | None:
        """Take the press in, tell Telegram so, and leave the choice standing under the question."""
        assert row.said is not None
        note: str | None = None
        try:
            if row.said.button_id.startswith(LISTEN):
                await self._read_aloud(row, row.said.button_id.removeprefix(LISTEN))
            else:
                await self._receive(row, conversation.receive_button, row.said.button_id)
                await self._mark_chosen(row)
        except TooFast:
            raise
        except (Refused, SpeechFailed) as error:
            note = explain(error, row.language)
        try:
            if row.callback_id is not None:
                await self._bot.answer_callback_query(row.callback_id, note and note[:TOAST_CHARACTERS])
                return None
        except TelegramError:
            pass  # pressed too long ago for a toast: what there is to say is said in the chat
        return note

    async def _read_aloud(self, row: Waiting, seq: str) -> None:
        """The question as a voice note under it."""
        assert row.interview_id is not None
        aloud = self._services.aloud
        if aloud is None or not seq.isdecimal() or int(seq) > LARGEST_SEQ:
            raise NotReadAloud("no question that is read aloud")
        listening_rate.take(row.interview_id)
        sound = await aloud.sound_of(self._services, row.interview_id, int(seq))
        await self._pace.turn(row.chat_id)
        await self._bot.send_voice(row.chat_id, sound, disable_notification=True)

    async def _mark_chosen(self, row: Waiting) -> None:
        assert row.said is not None
        assert row.interview_id is not None
        title = await asyncio.to_thread(self._title_of, row)
        if row.said.message_id is None or title is None:
            return
        with suppress(TelegramError):  # an ornament: without it the talk goes on just as well
            await self._bot.edit_message_reply_markup(
                row.chat_id,
                row.said.message_id,
                reply_markup=keyboard([Choice(row.said.button_id, f"✓ {title}")]),
            )

    async def _resume(self, row: Waiting) -> None:
        assert row.interview_id is not None
        if await asyncio.to_thread(self._is_before_consent, row.interview_id):
            raise NoticeUnread("notice_first", "a résumé before the notice was acknowledged")
        file = _file_of(row)
        if (file.size or 0) > FILE_BYTES:
            raise BodyTooLarge("file_too_large")
        upload_rate.take(row.interview_id)
        async with self._files:
            data = await download(self._bot, file.id, FILE_BYTES, BodyTooLarge("file_too_large"))
            receive = partial(
                conversation.receive_resume, self._services, row.interview_id, self._client_id(row), data, file.name
            )
            await to_thread.run_sync(receive, limiter=upload_threads)

    async def _recording(self, row: Waiting) -> None:
        """Sealed before anything else is done with it; a kill before that leaves it with Telegram. Whether it is wanted at
        all is asked before it is fetched."""
        assert row.interview_id is not None
        file = _file_of(row)
        if (file.size or 0) > RECORDING_BYTES:
            raise RecordingRefused("too_large")
        recording_rate.take(row.interview_id)
        whose = self._services, row.interview_id, self._client_id(row)
        await asyncio.to_thread(begin_recording, *whose, "telegram")
        async with self._files:
            data = await download(self._bot, file.id, RECORDING_BYTES, RecordingRefused("too_large"))
            await to_thread.run_sync(partial(receive_recording, *whose, data), limiter=finishing_threads)

    async def _leave(self, row: Waiting) -> None:
        """A group is told where interviews are held, and left."""
        await self._pace.turn(row.chat_id)
        with suppress(TelegramError):
            await self._bot.send_message(
                row.chat_id, "\n".join(sentence("group", language) for language in ("zh", "en"))
            )
            await self._bot.leave_chat(row.chat_id)

    def _send_code(self, row: Waiting) -> str:
        assert row.interview_id is not None
        code = code_for(self._services, row.interview_id)
        contact = self._sender.send(code) or masked(code.contact)
        return sentence("code_sent", row.language, contact=contact)

    def _enter_code(self, row: Waiting, digits: str) -> str | None:
        with self._services.database.reading() as session:
            chat = speaking_chat(session, self._bot_id, row.chat_id)
        if chat is None or chat.bound_at is not None:
            return None  # entered twice
        return enter_code(self._services, chat.id, digits, row.language)

    def _title_of(self, row: Waiting) -> str | None:
        assert row.interview_id is not None
        return conversation.said_in(self._services, row.interview_id, self._client_id(row))

    def _is_before_consent(self, interview_id: str) -> bool:
        with self._services.database.reading() as session:
            return session.get_one(Interview, interview_id).consented_at is None


def _file_of(row: Waiting) -> OfferedFile:
    assert row.said is not None
    assert row.said.file is not None
    return row.said.file
