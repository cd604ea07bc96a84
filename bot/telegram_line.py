"""The line to Telegram: one process at a time speaks for the bot, by a lease in the database.

It asks for updates (or lets Telegram call the webhook), hands them over, and sends what we say. Where several apps
run, the others wait for the lease; a process that starts again under its own name takes its own lease back at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import telegram
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.telegram import UPDATES, menu
from bot.gateway.code_sender import CodeSender
from bot.gateway.telegram_inbox import LeaseLost, forget_updates, keep_polled, next_offset, webhook_secret
from bot.recruiter_chat.chat import RecruiterChat
from bot.services import Services
from bot.telegram_handover import TelegramHandover
from bot.telegram_pace import Pace
from bot.telegram_sender import TelegramSender
from bot.telegram_typing import TelegramTyping
from core.clock import now
from core.errors import MianshiError, Unavailable
from core.settings import TelegramSettings
from core.tables import TelegramBot

LEASE: Final = timedelta(seconds=30)
RENEW_S: Final = 5.0
POLL_S: Final = 25
TIDY_EVERY_S: Final = 3600
TRY_AGAIN_S: Final = (1, 2, 4, 8, 15, 30)
CONNECTIONS: Final = 64
READ_TIMEOUT_S: Final = 30.0
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

log = logging.getLogger("mianshi.telegram")


def open_bot(settings: TelegramSettings) -> telegram.Bot:
    """The Bot API client. It is not yet connected: `async with` does that."""
    base = settings.api_base.rstrip("/")
    # A server of one's own on this machine is not to be looked for behind a proxy.
    options: dict[str, Any] = {"httpx_kwargs": {"trust_env": urlsplit(base).hostname not in LOOPBACK}}
    return telegram.Bot(
        settings.token.get_secret_value(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=HTTPXRequest(connection_pool_size=CONNECTIONS, pool_timeout=10, read_timeout=READ_TIMEOUT_S, **options),
        get_updates_request=HTTPXRequest(connection_pool_size=1, read_timeout=10, **options),
    )


class TelegramLine:
    """`name` is this process's stable id."""

    def __init__(
        self, services: Services, name: str, sender: CodeSender, recruiter_chat: RecruiterChat | None = None
    ) -> None:
        self._recruiter_chat = recruiter_chat
        self._services, self._name, self._sender = services, name, sender
        self._settings = services.settings.telegram
        self._bot_id = self._settings.bot_id

    async def run(self) -> None:
        """Hold the line until cancelled. Whatever happens to it, the web chat goes on: it is logged and tried again."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                if await asyncio.to_thread(self._take_lease):
                    await self._hold()
                await asyncio.sleep(RENEW_S)
                continue
            except (InvalidToken, telegram.error.Forbidden):
                log.error("Telegram does not know the bot: check TELEGRAM_BOT_TOKEN; it is tried again in a minute")
                await asyncio.sleep(60)
                continue
            except (MianshiError, TelegramError) as error:
                reason = str(error) if isinstance(error, MianshiError) else type(error).__name__
                log.warning("the line to Telegram is cut (%s); it is tried again", reason)
            except LeaseLost as error:
                log.warning("the line to Telegram was taken over: %s", error)
            except Exception as error:
                # The text of an unknown exception may quote the candidate; its type says enough.
                log.error("the line to Telegram failed with %s; it is tried again", type(error).__name__)
            if time.monotonic() - began > LEASE.total_seconds():
                failures = 0  # it held for a while: what cut it off is something new
            await asyncio.sleep(TRY_AGAIN_S[min(failures, len(TRY_AGAIN_S) - 1)])
            failures += 1

    async def _hold(self) -> None:
        """Do everything while the lease is ours, until something fails; LeaseLost when it is not renewed."""
        try:
            async with AsyncExitStack() as stack:
                bot = await stack.enter_async_context(open_bot(self._settings))
                await asyncio.to_thread(self._note_name, bot.username)
                pace = Pace()
                works = [
                    self._renew(),
                    self._receive(bot),
                    self._greet(bot),
                    self._tidy(),
                    TelegramHandover(self._services, bot, self._bot_id, self._sender, pace, self._recruiter_chat).run(),
                    TelegramSender(self._services, bot, self._bot_id, pace).run(),
                    TelegramTyping(self._services, bot, self._bot_id).run(),
                ]
                tasks = [asyncio.create_task(work) for work in works]
                try:
                    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
                    for task in done:
                        task.result()
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.wait(tasks)
        finally:
            with suppress(Unavailable):
                await asyncio.to_thread(self._give_lease_back)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                if not await asyncio.to_thread(self._take_lease):
                    raise LeaseLost("the lease ran out")
            except Unavailable as error:
                # Whoever cannot renew in time is taken for dead by the others, and must not go on sending.
                if await self._cannot_renew_within(LEASE.total_seconds() / 2):
                    raise LeaseLost("the database did not answer in time") from error

    async def _cannot_renew_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    with suppress(Unavailable):
                        return not await asyncio.to_thread(self._take_lease)
                    await asyncio.sleep(1)
        return True

    async def _receive(self, bot: telegram.Bot) -> None:
        """Let updates come: by the webhook when there is one, else by asking."""
        if self._settings.webhook_url:
            await bot.set_webhook(
                self._settings.webhook_url,
                allowed_updates=UPDATES,
                secret_token=webhook_secret(self._services.settings),
                max_connections=1,  # one after the other, so that a chat's updates come in their order
                drop_pending_updates=False,
            )
            await asyncio.Event().wait()
        await bot.delete_webhook(drop_pending_updates=False)
        failures = 0
        while True:
            try:
                updates = await bot.get_updates(
                    offset=await asyncio.to_thread(next_offset, self._services, self._bot_id),
                    timeout=POLL_S,
                    allowed_updates=UPDATES,
                )
                if updates:
                    await asyncio.to_thread(keep_polled, self._services, self._bot_id, self._name, updates)
                failures = 0
                continue
            except Conflict as error:
                about_webhook = "webhook" in str(error).lower()
                log.warning("another program asks for this bot's updates%s", ", by a webhook" if about_webhook else "")
                if about_webhook:
                    await bot.delete_webhook(drop_pending_updates=False)
            except (Unavailable, TelegramError) as error:
                if isinstance(error, (InvalidToken, telegram.error.Forbidden)):
                    raise
                log.warning("updates could not be fetched (%s)", type(error).__name__)
            await asyncio.sleep(TRY_AGAIN_S[min(failures, len(TRY_AGAIN_S) - 1)])
            failures += 1

    async def _tidy(self) -> None:
        """Once an hour, forget updates that Telegram can no longer deliver again."""
        while True:
            with suppress(Unavailable):
                await asyncio.to_thread(forget_updates, self._services, self._bot_id)
            await asyncio.sleep(TIDY_EVERY_S)

    async def _greet(self, bot: telegram.Bot) -> None:
        """Put our commands into Telegram's menu; a bot without a menu works as well."""
        try:
            await bot.set_my_commands(menu("en"))
            await bot.set_my_commands(menu("zh"), language_code="zh")
        except TelegramError as error:
            log.warning("the menu of commands could not be set (%s)", type(error).__name__)

    def _take_lease(self) -> bool:
        """Take or renew the lease. False while another process holds it."""
        with self._services.database.unit_of_work() as session:
            bot = session.get(TelegramBot, self._bot_id, with_for_update=True)
            if bot is None:
                bot = TelegramBot(id=self._bot_id)
                session.add(bot)
            moment = now()
            # A lease that seems to last longer than any was given before the clock was set back: it has run out.
            is_held = bot.leased_until is not None and moment < bot.leased_until <= moment + LEASE
            if is_held and bot.leased_by != self._name:
                return False
            bot.leased_by, bot.leased_until = self._name, moment + LEASE
            return True

    def _give_lease_back(self) -> None:
        with self._services.database.unit_of_work() as session:
            bot = session.get_one(TelegramBot, self._bot_id, with_for_update=True)
            if bot.leased_by == self._name:
                bot.leased_by = bot.leased_until = None

    def _note_name(self, username: str) -> None:
        with self._services.database.unit_of_work() as session:
            session.get_one(TelegramBot, self._bot_id).username = username
