"""`mianshi talk`: an interview in the terminal, through the real dialogue, and its report. Nothing of it is kept."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from bot import conversation
from bot.accounts import Account
from bot.app import listening, running
from bot.drain import Drain
from bot.gateway.chat_state import read_state
from bot.migrations import migrate
from bot.outreach.invitation import InvitationRequest, invite
from bot.positions import seed
from bot.rasa_process import RunningRasa, free_port, private_rasa
from bot.services import Services, opened_services
from core.errors import Refused
from core.settings import Settings
from core.tables import Interview, new_id
from dialogue.action_server import create_action_app
from dialogue.actions.base import Desk
from dialogue.follow_up import FollowUps
from dialogue.manager import Manager
from dialogue.rasa_client import RasaClient
from scoring.assess import AnswerScorer
from scoring.report import newest_report
from scoring.report_facts import narrative_of
from scoring.workflow import AssessmentSteps

TALKER = Account(id="program:talk", name="talk", role="admin")


def talk(settings: Settings, position: str, language: str) -> None:
    """Hold an interview; a number presses a button, Ctrl-C ends it. Refused when position or language is unknown."""
    with tempfile.TemporaryDirectory(prefix="mianshi-talk-") as folder:
        settings.database.url = f"sqlite:///{Path(folder) / 'talk.sqlite'}"
        settings.dialogue.action_port = free_port()
        with private_rasa(settings) as rasa:
            asyncio.run(_talk(settings, rasa, position, language))


async def _talk(settings: Settings, rasa: RunningRasa, position: str, language: str) -> None:
    scorer = await asyncio.to_thread(AnswerScorer.load, settings.models)
    async with AsyncExitStack() as stack:
        services = stack.enter_context(opened_services(settings))
        migrate(services.database.engine)
        seed(services.database)
        request = InvitationRequest(position, "Candidate", language, email="talk@example.com", send_link=False)
        interview_id = invite(services, request, TALKER).id
        client = RasaClient(rasa.url, rasa.token)
        stack.push_async_callback(client.close)
        follow_ups = FollowUps(scorer.missing_star_part)
        desk = Desk(services.database, services.keys, follow_ups)
        actions = create_action_app(desk, settings.dialogue.action_secret.get_secret_value())
        await stack.enter_async_context(listening(actions, settings.dialogue.action_port))
        drain = Drain(services, Manager(services.database, services.keys, client, follow_ups), "talk")
        await stack.enter_async_context(running(drain.run()))
        await _converse(services, interview_id)
        await asyncio.to_thread(_report, services, scorer, interview_id, language)


async def _converse(services: Services, interview_id: str) -> None:
    console, seq, buttons = Console(highlight=False), 0, list[dict[str, str]]()
    while True:
        await services.outbox_bell.wait()
        state = await asyncio.to_thread(read_state, services, interview_id)
        if state.typing:
            continue
        for message in await asyncio.to_thread(conversation.messages_after, services, interview_id, seq):
            seq = message["seq"]
            if message["from"] != "candidate":
                buttons = message["buttons"] or buttons
                _show(console, message)
        if state.over:
            return
        try:
            said = await asyncio.to_thread(console.input, "[bold]> [/]")
        except EOFError:  # Ctrl-D, or a script that has said all it had
            return
        try:
            if said.isdigit() and 0 < int(said) <= len(buttons):
                pressed = buttons[int(said) - 1]["id"]
                await asyncio.to_thread(conversation.receive_button, services, interview_id, new_id(), pressed)
            else:
                await asyncio.to_thread(conversation.receive_text, services, interview_id, new_id(), said)
        except Refused as error:
            console.print(f"[yellow]{error}[/]")


def _show(console: Console, message: dict[str, Any]) -> None:
    question = message["question"]
    if question and question["number"]:
        left = divmod(message["time_left_s"], 60)
        console.print(f"\n[dim]{question['kind']} {question['number']}/{question['of']} · {left[0]}:{left[1]:02d}[/]")
    console.print("\n" + message["text"], markup=False)
    for number, button in enumerate(message["buttons"], 1):
        console.print(f"  [bold]{number}[/] {button['title']}")


def _report(services: Services, scorer: AnswerScorer, interview_id: str, language: str) -> None:
    steps = AssessmentSteps(services.database, services.keys, scorer, ())
    for waiting in steps.waiting():
        steps.score_answers(waiting)
        steps.report_and_hand_over(waiting)
    with services.database.reading() as session:
        report = newest_report(session, interview_id)
        if report is None:
            return
        key = services.key_of(session, session.get_one(Interview, interview_id))
        told = narrative_of(session, report, key, "en" if language == "en" else "zh").text()
    Console(highlight=False).print("\n" + told, markup=False)
