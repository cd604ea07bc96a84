"""What all actions share: the desk they work at, and how they speak through Rasa."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlmodel import Session

from core.database import Database
from core.encryption import DataKey, KeyRing
from core.tables import Candidate, Interview
from dialogue.follow_up import FollowUps
from dialogue.question_text import Manner


@dataclass(frozen=True, slots=True)
class Desk:
    """What actions need: the database, the keys, and a quick look at an answer."""

    database: Database
    keys: KeyRing
    follow_ups: FollowUps
    voice: bool = False
    """Answers may be spoken here."""

    def key_of(self, session: Session, interview: Interview) -> DataKey:
        return self.keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)


class InterviewAction(Action):  # type: ignore[misc]
    """Runs `act` off the event loop; the conversation's id is the interview's."""

    action_name: str

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def name(self) -> str:
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        return await asyncio.to_thread(self.act, dispatcher, tracker)

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        raise NotImplementedError


def put_question(dispatcher: CollectingDispatcher, question_id: str, manner: Manner = "ask") -> None:
    """Have the app put a question: Rasa carries its id alone."""
    dispatcher.utter_message(json_message={"question_id": question_id, "manner": manner})


def entity(tracker: Tracker, name: str) -> str | None:
    """An id of ours that came with the intent."""
    value: str | None = next(tracker.get_latest_entity_values(name), None)
    return value
