"""The app or the worker as `mianshi` runs them, but for one kill -9 of itself at a named point.

usage: python -m tests.fakes.crashing POINT MARKER app|worker   (once: MARKER is a file that remembers)
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes import fixed_listener

MARKER: Path


def die_once() -> None:
    if not MARKER.exists():
        MARKER.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def dying_before(function: Callable[..., Any], only: Callable[..., bool] = lambda *_, **__: True) -> Any:
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if only(*args, **kwargs):
            die_once()
        return function(*args, **kwargs)

    return wrapped


def dying_after(function: Callable[..., Any], only: Callable[..., bool] = lambda *_, **__: True) -> Any:
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if only(*args, **kwargs):
            die_once()
        return result

    return wrapped


def dying_after_async(function: Callable[..., Any], only: Callable[..., bool]) -> Any:
    @functools.wraps(function)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = await function(*args, **kwargs)
        if only(*args, **kwargs):
            die_once()
        return result

    return wrapped


def arm(point: str) -> None:
    from bot import conversation, drain, recordings, telegram_line
    from bot.hearing import HearingSteps
    from bot.telegram_sender import TelegramSender
    from dialogue.actions import interview
    from dialogue.rasa_client import RasaClient
    from hr_bridge.connectors.records.connector import RecordsConnector
    from scoring.workflow import AssessmentSteps

    def in_an_answer(_self: Any, _conversation: str, intent: str, *_args: Any, **_ids: str) -> bool:
        return intent == "answer"

    def is_text(*args: Any) -> bool:
        return "text" in args

    def brings_words(*args: Any) -> bool:
        return any(update.message and update.message.text for update in args[-1])

    if point == "before the inbox commit":
        conversation.record_message = dying_after(conversation.record_message, is_text)
    elif point == "after the inbox commit":
        conversation.ring = dying_before(conversation.ring)
    elif point == "inside an action":
        interview.TakeAnswer._settle = staticmethod(dying_after(interview.TakeAnswer._settle))
    elif point == "after an action's commit":
        interview.ask_next = dying_after(interview.ask_next, lambda *args: args[-1] == "structured")
    elif point == "after Rasa answers":
        RasaClient.say = dying_after_async(RasaClient.say, in_an_answer)
    elif point == "after the outbox commit":
        drain.commit_replies = dying_after(drain.commit_replies, lambda *_: True)
    elif point in ("before the updates are committed", "after the updates' commit"):
        dying = dying_before if point.startswith("before") else dying_after
        telegram_line.keep_polled = dying(telegram_line.keep_polled, brings_words)
    elif point == "after an update is handed over":
        conversation.receive_text = dying_after(conversation.receive_text)
    elif point == "before a sent message is noted":
        TelegramSender._note_sent = dying_before(TelegramSender._note_sent, lambda _self, sent: sent.piece.text)
    elif point == "before the scores are stored":
        AssessmentSteps.score_answers = dying_before(AssessmentSteps.score_answers)
    elif point == "after the scores are stored":
        AssessmentSteps.score_answers = dying_after(AssessmentSteps.score_answers)
    elif point == "after the report":
        AssessmentSteps.report_and_hand_over = dying_after(AssessmentSteps.report_and_hand_over)
    elif point == "after the HR system has it":
        RecordsConnector.deliver = dying_after_async(RecordsConnector.deliver, lambda *_: True)
    elif point == "before a recording is acknowledged":
        recordings._acknowledge = dying_before(recordings._acknowledge)
    elif point == "after a recording is acknowledged":
        recordings.ring = dying_before(recordings.ring)
    elif point == "before a recording is heard":
        HearingSteps.hear = dying_before(HearingSteps.hear)
    elif point == "after a recording is heard":
        HearingSteps.hear = dying_after(HearingSteps.hear)
    else:
        raise SystemExit(f"no such point: {point}")


if __name__ == "__main__":
    point, marker, process = sys.argv[1:4]
    MARKER = Path(marker)
    arm(point)
    if os.environ.get("FIXED_EAR"):
        fixed_listener.install()
    sys.argv = ["mianshi", {"app": "serve", "worker": "worker"}[process]]
    from bot.cli import app

    app()
