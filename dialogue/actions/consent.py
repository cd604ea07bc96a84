"""Before the start: the notice, the acknowledgement, what we know of the candidate, the basic facts."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from core.clock import now
from core.tables import Interview
from dialogue.actions.base import InterviewAction
from dialogue.actions.interview import ask_next, question_meant
from dialogue.interview_plan import (
    add_to_plan,
    next_question,
    plan_before_start,
    profile_of,
)
from dialogue.notice import language_of, notice_parameters


class SetLanguage(InterviewAction):
    """Sets the slots that choose the phrases. An action of its own, since phrases of the same action would still be
    chosen by the old value; and not an event from outside, since Rasa drops those of a conversation's first moment."""

    action_name = "action_set_language"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.reading() as session:
            language = language_of(session.get_one(Interview, tracker.sender_id))
        return [SlotSet("language", language), SlotSet("channel", "web")]


class OpenNotice(InterviewAction):
    action_name = "action_open_notice"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.reading() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            parameters = notice_parameters(interview, profile_of(session, interview), self.desk.voice)
        dispatcher.utter_message(response="utter_notice", **parameters)
        return [SlotSet("stage", "notice")]


class Acknowledge(InterviewAction):
    action_name = "action_acknowledge"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            interview.consented_at = interview.consented_at or now()
            add_to_plan(session, interview, plan_before_start(profile_of(session, interview)))
        return []


class OpenBackground(InterviewAction):
    action_name = "action_open_background"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        ask_next(self.desk, dispatcher, tracker.sender_id, "background")
        return [SlotSet("stage", "background")]


class OpenFacts(InterviewAction):
    action_name = "action_open_facts"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.reading() as session:
            none_to_ask = next_question(session, tracker.sender_id, "facts") is None
        if not none_to_ask:
            dispatcher.utter_message(response="utter_facts_intro")
        return [SlotSet("stage", "facts"), SlotSet("progress", None), SlotSet("facts_given", none_to_ask or None)]


class AskFact(InterviewAction):
    """Asks for what `facts_form` requires: one fact after the other."""

    action_name = "action_ask_facts_given"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        ask_next(self.desk, dispatcher, tracker.sender_id, "facts")
        return []


class ValidateFacts(InterviewAction):
    """Takes the answer to a fact. Returning no slot declines the message, and the rules for commands apply."""

    action_name = "validate_facts_form"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        latest: dict[str, Any] = tracker.latest_message
        if latest["intent"]["name"] not in ("answer", "skip"):
            return []
        with self.desk.database.unit_of_work() as session:
            question = question_meant(session, tracker)
            if question is not None and question.stage == "facts":
                question.closed_at = question.closed_at or now()
                session.flush()
            complete = next_question(session, tracker.sender_id, "facts") is None
        return [SlotSet("facts_given", complete or None)]
