"""What Telegram delivers is committed here first, under its unique bot and update id; only then does Telegram hear
that we have it: by the offset of the next `getUpdates`, or by the 200 of the webhook.

Committing also decides whose it is: a link that is presented binds its account in the same transaction, so that what
the account writes next already belongs to the interview. Handing over to the conversation is `bot/telegram_handover.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Annotated, Final

import telegram
from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, or_, select

from bot.channels.base import Received
from bot.channels.telegram import received, sentence
from bot.gateway.body_limit import WEBHOOK_PATH
from bot.gateway.error_responses import explain
from bot.identity import is_within_reach
from bot.recruiter_chat.telegram import take_from_recruiter
from bot.services import Services, services_of
from bot.telegram_account import AccountTaken, present_link, speaking_chat
from core.clock import now
from core.encryption import DataKey
from core.errors import CandidateErased, LinkUnknown, Refused
from core.settings import Settings
from core.tables import Interview, TelegramBot, TelegramUpdate

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
REDELIVERED_WITHIN: Final = timedelta(days=2)
"""Telegram keeps what it could not deliver for a day."""
WAITING_AT_MOST: Final = 50
"""Updates of one chat that may wait to be handed over; what comes beyond is refused with a sentence."""
SAME_NOTE_AFTER: Final = timedelta(seconds=30)
"""Five stickers in a row are told once that stickers cannot be read."""
SILENCE_THAT_ENDS_NUMBERING: Final = timedelta(days=6)
"""After a week without updates Telegram goes on from a random number, which may lie below our offset."""
HANDED_OVER: Final = frozenset(
    {"text", "command", "button", "resume", "recording", "code_wanted", "code", "group", "recruiter"}
)
"""Kinds that are not done with by being kept."""

log = logging.getLogger("mianshi.telegram")
router = APIRouter()


class LeaseLost(Exception):
    """Another process speaks for the bot now: what was fetched is left to it."""


def next_offset(services: Services, bot_id: int) -> int | None:
    """What `getUpdates` has to be asked for; None for whatever there is."""
    with services.database.reading() as session:
        bot = session.get_one(TelegramBot, bot_id)
        if bot.update_seen_at is None or now() - bot.update_seen_at > SILENCE_THAT_ENDS_NUMBERING:
            return None
        return bot.next_update_id


def keep_polled(services: Services, bot_id: int, holder: str, updates: Sequence[telegram.Update]) -> None:
    """Commit a batch and the offset that confirms it, in one transaction. Raises LeaseLost."""
    with services.database.unit_of_work() as session:
        bot = session.get_one(TelegramBot, bot_id, with_for_update=True)
        if bot.leased_by != holder:
            raise LeaseLost(f"{bot.leased_by} speaks for bot {bot_id}")
        for update in updates:
            _keep(services, session, bot_id, update)
        bot.next_update_id = updates[-1].update_id + 1
        bot.update_seen_at = now()
    services.inbox_bell.ring()
    services.outbox_bell.ring()


def keep_delivered(services: Services, bot_id: int, update: telegram.Update) -> None:
    """Commit one update that came by the webhook; the same one twice, even at once, is kept once."""
    try:
        with services.database.unit_of_work() as session:
            _keep(services, session, bot_id, update)
    except IntegrityError:
        return  # the other delivery of it was quicker
    services.inbox_bell.ring()
    services.outbox_bell.ring()


def forget_updates(services: Services, bot_id: int) -> None:
    """Take away what is so old that Telegram will not deliver it again: all that is done with, and all of a bot that the
    house had before `bot_id`."""
    is_over = or_(col(TelegramUpdate.done_at).is_not(None), col(TelegramUpdate.bot_id) != bot_id)
    old = delete(TelegramUpdate).where(col(TelegramUpdate.received_at) < now() - REDELIVERED_WITHIN, is_over)
    with services.database.unit_of_work() as session:
        session.exec(old)


@router.post(WEBHOOK_PATH, include_in_schema=False)
async def webhook(request: Request, services: Annotated[Services, Depends(services_of)]) -> Response:
    """200 only after the commit; with anything else Telegram delivers again."""
    shown = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(shown.encode(), webhook_secret(services.settings).encode()):
        return Response(status_code=403)
    body = await request.body()
    try:
        update = telegram.Update.de_json(json.loads(body))
        if not isinstance(update.update_id, int):
            raise TypeError("update_id is no number")
    except Exception as error:  # whatever it is, it is no update, and quoting it might quote a candidate
        log.error("the webhook was sent something that is no update (%s)", type(error).__name__)
        return Response(status_code=400)
    await asyncio.to_thread(keep_delivered, services, services.settings.telegram.bot_id, update)
    return Response(status_code=200)


def webhook_secret(settings: Settings) -> str:
    """What Telegram shows with every delivery: the one that was set, else one that follows from SESSION_KEY."""
    if given := settings.telegram.webhook_secret.get_secret_value():
        return given
    key = settings.secrets.session_key.get_secret_value().encode()
    return hmac.new(key, b"telegram webhook", hashlib.sha256).hexdigest()


def _keep(services: Services, session: Session, bot_id: int, update: telegram.Update) -> None:
    if session.get(TelegramUpdate, (bot_id, update.update_id)) is not None:
        return
    try:
        said = received(update)
    except Exception as error:  # one update that nobody understands must not keep the others from us
        log.error("update %d cannot be read (%s)", update.update_id, type(error).__name__)
        said = None
    if said is None:
        return
    row = TelegramUpdate(
        bot_id=bot_id,
        update_id=update.update_id,
        chat_id=said.chat_id,
        kind=said.kind,
        callback_id=said.callback_id,
        received_at=now(),
    )
    _assign(services, session, row, said)
    if row.kind not in HANDED_OVER or row.note is not None:
        row.done_at = now()
    if row.note is not None and _was_just_told(session, row):
        row.note = None
    session.add(row)
    session.flush()


def _assign(services: Services, session: Session, row: TelegramUpdate, said: Received) -> None:
    """Whose it is, what it is to them, and the sentence for what is nobody's."""
    if said.kind == "group":
        return
    if take_from_recruiter(services, session, row, said):
        return
    chat = speaking_chat(session, row.bot_id, said.chat_id)
    if said.kind in ("blocked", "unblocked"):
        if chat is not None:
            chat.blocked_at = now() if said.kind == "blocked" else None
        return
    if said.kind == "start" and said.text:
        _present(services, session, row, said)
        return
    if chat is None:
        row.note = sentence("no_interview", said.language)
        return
    interview = session.get_one(Interview, chat.interview_id)
    chat.blocked_at = None
    row.interview_id = interview.id
    if not is_within_reach(session, interview.id):
        row.note = explain(LinkUnknown("the link was revoked or has expired"), interview.language)
    elif said.kind in ("edited", "unsupported"):
        row.note = sentence(said.kind, interview.language)
    elif _waiting(session, row) >= WAITING_AT_MOST:
        row.note = sentence("too_fast", interview.language)
    elif chat.bound_at is None:
        row.kind = "code"
    elif said.kind == "start":
        _ask_again(services, session, row, said)
    if row.note is None and row.content_sealed is None:
        row.content_sealed = _sealed(services, session, interview, said)


def _present(services: Services, session: Session, row: TelegramUpdate, said: Received) -> None:
    try:
        presented = present_link(session, row.bot_id, said.chat_id, said.text)
    except AccountTaken:
        row.note = sentence("taken", said.language)
        return
    except Refused as error:
        row.note = explain(error, said.language)
        return
    row.interview_id = presented.chat.interview_id
    if presented.outcome == "code":
        row.kind = "code_wanted"
    elif presented.outcome == "back":
        _ask_again(services, session, row, said)


def _ask_again(services: Services, session: Session, row: TelegramUpdate, said: Received) -> None:
    """Whoever comes back is shown the question that is open."""
    row.kind = "command"
    interview = session.get_one(Interview, row.interview_id)
    again = replace(said, kind="command", command="repeat", text="")
    row.content_sealed = _sealed(services, session, interview, again)


def _sealed(services: Services, session: Session, interview: Interview, said: Received) -> str | None:
    try:
        key: DataKey = services.key_of(session, interview)
    except CandidateErased:
        return None
    return key.seal(json.dumps(asdict(said), ensure_ascii=False), "telegram update")


def _waiting(session: Session, row: TelegramUpdate) -> int:
    mine = select(func.count()).where(TelegramUpdate.chat_id == row.chat_id, col(TelegramUpdate.done_at).is_(None))
    return session.exec(mine).one()


def _was_just_told(session: Session, row: TelegramUpdate) -> bool:
    same = select(TelegramUpdate.update_id).where(
        TelegramUpdate.bot_id == row.bot_id,
        TelegramUpdate.chat_id == row.chat_id,
        TelegramUpdate.note == row.note,
        col(TelegramUpdate.received_at) > now() - SAME_NOTE_AFTER,
    )
    return session.exec(same.limit(1)).first() is not None
