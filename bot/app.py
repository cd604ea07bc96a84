"""The app: the only public door, with the drain that has what came in answered. Two more listeners stand on loopback:
Rasa's actions (with a secret) and the embedded HR records (with a token)."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from bot.approved_facts import FactAnswers
from bot.console.install import install_console
from bot.doorbell import open_doorbell
from bot.drain import Drain
from bot.fact_match import FactMatcher
from bot.gateway import (
    after_interview,
    assets,
    chat_page,
    hrms_webhook,
    letter_pages,
    questions_api,
    recordings_api,
    status_data,
    status_forms,
    status_page,
    telegram_inbox,
    walk_in_page,
    webchat_api,
    webchat_socket,
)
from bot.gateway.body_limit import BodyLimit
from bot.gateway.code_sender import ConsoleSender
from bot.gateway.error_responses import install_error_responses
from bot.gateway.letter_code_sender import LetterCodeSender
from bot.logs import configure_logging
from bot.metrics import metrics_response
from bot.pulse import Pulse, process_name
from bot.questions_aloud import open_questions_aloud
from bot.recordings import may_be_spoken
from bot.recruiter_chat.chat import open_recruiter_chat
from bot.services import Services, services_of
from bot.telegram_code import TelegramCodeSender
from bot.telegram_line import TelegramLine
from core.database import Database
from core.encryption import KeyRing
from core.errors import Unavailable
from core.settings import Settings, load_settings
from dialogue.action_server import create_action_app
from dialogue.actions.base import Desk
from dialogue.follow_up import FollowUps
from dialogue.manager import Manager
from dialogue.rasa_client import RasaClient
from hr_bridge.connectors.records.service import create_records_app
from scoring.assess import AnswerScorer
from scoring.description import DescriptionMatcher

log = logging.getLogger("mianshi.app")


def create_app() -> FastAPI:
    """What `mianshi serve` runs, from the settings of this machine. Rejected when `make setup` has not been run, or
    when this process has no name of its own on a database server."""
    settings = load_settings()
    settings.require_secrets()
    configure_logging()
    return build_app(settings, process_name(settings, "app-1"))


def build_app(settings: Settings, name: str) -> FastAPI:
    """The app for given settings; `name` is this process's stable id."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            services = Services(
                settings,
                Database(settings.database.url),
                KeyRing(settings.secrets.master_key.get_secret_value()),
                inbox_bell=await stack.enter_async_context(open_doorbell(settings.database.redis_url, "inbox")),
                outbox_bell=await stack.enter_async_context(open_doorbell(settings.database.redis_url, "outbox")),
                aloud=await stack.enter_async_context(open_questions_aloud(settings)),
            )
            stack.callback(services.database.close)
            stack.callback(services.computed.close)
            rasa = RasaClient(settings.dialogue.rasa_url, settings.dialogue.rasa_token.get_secret_value())
            stack.push_async_callback(rasa.close)
            app.state.services, app.state.rasa = services, rasa

            scorer = await asyncio.to_thread(AnswerScorer.load, settings.models)
            await asyncio.to_thread(scorer.warm_up)
            app.state.descriptions = DescriptionMatcher(scorer.reader)
            app.state.recruiter_chat = open_recruiter_chat(services, scorer.reader)
            follow_ups = FollowUps(scorer.missing_star_part)
            actions = create_action_app(
                Desk(services.database, services.keys, follow_ups, may_be_spoken(settings)),
                settings.dialogue.action_secret.get_secret_value(),
            )
            actions.add_api_route("/metrics", partial(metrics_response, services.database), response_model=None)
            await stack.enter_async_context(listening(actions, settings.dialogue.action_port))
            if settings.records.url is None:
                records = create_records_app(
                    settings.records.database_url,
                    settings.records.token.get_secret_value(),
                    settings.records.key.get_secret_value(),
                )
                await stack.enter_async_context(listening(records, settings.records.port))

            pulse = Pulse(services.database, name)
            await asyncio.to_thread(pulse.forgive_downtime)
            for work in (
                Drain(services, Manager(services.database, services.keys, rasa, follow_ups), name).run(),
                pulse.run(),
                FactAnswers(services, FactMatcher(scorer.reader.meaning_of)).run(),
            ):
                await stack.enter_async_context(running(work))
            app.state.code_sender = LetterCodeSender(services, ConsoleSender())
            if settings.telegram.is_on:
                app.state.code_sender = TelegramCodeSender(services, app.state.code_sender)
                line = TelegramLine(services, name, app.state.code_sender, app.state.recruiter_chat)
                await stack.enter_async_context(running(line.run()))
            # What is loaded by now stays: a full collection that walks it holds everybody up for .3 s.
            gc.collect()
            gc.freeze()
            yield

    app = FastAPI(title="Mianshi", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    for part in (
        chat_page,
        letter_pages,
        status_page,
        status_data,
        status_forms,
        walk_in_page,
        webchat_api,
        questions_api,
        recordings_api,
        after_interview,
        webchat_socket,
        assets,
    ):
        app.include_router(part.router)
    if settings.telegram.webhook_url:
        app.include_router(telegram_inbox.router)
    if settings.odoo.webhook_secret.get_secret_value():
        app.include_router(hrms_webhook.router)
    install_console(app)
    app.add_middleware(BodyLimit)
    install_error_responses(app)
    app.add_api_route("/health", health, include_in_schema=False)
    return app


async def health(request: Request) -> JSONResponse:
    """200 once an interview can be held: the database answers and Rasa has its model."""
    services = services_of(request)
    try:
        await asyncio.to_thread(_touch_database, services.database)
        ready = await request.app.state.rasa.ready()
        problem = None if ready else "the dialogue server is not ready yet"
    except Unavailable as error:
        problem = str(error)
    return JSONResponse({"status": problem or "ready"}, 200 if problem is None else 503)


def _touch_database(database: Database) -> None:
    with database.reading() as session:
        session.connection().exec_driver_sql("SELECT 1")


@asynccontextmanager
async def listening(app: ASGIApp, port: int) -> AsyncIterator[None]:
    """Serve `app` on loopback while the block lasts."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    # serve() would take over the signals, which belong to the app's own server.
    serving = asyncio.create_task(server._serve())
    while not server.started:
        if serving.done():
            raise Unavailable(f"port {port} on loopback could not be opened: another program uses it")
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a coroutine in the background while the block lasts. Its failure ends the process: the supervisor
    starts a fresh one, which is better than an app that answers and does nothing."""
    task = asyncio.create_task(work)
    task.add_done_callback(_end_process_on_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _end_process_on_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("a background task failed with %s: the process ends", type(error).__name__)
        os._exit(1)
