"""What a candidate may ask for at any moment."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from core.clock import now
from core.tables import Interview
from dialogue.actions.base import InterviewAction, put_question
from dialogue.interview_clock import EXTENSION_S, stop_clock, time_left_s
from dialogue.interview_plan import open_question, profile_of, questions_of
from dialogue.notice import notice_parameters
from dialogue.question_text import Manner

SHOWN_TIME_ZONE = ZoneInfo("Asia/Shanghai")


class Repeat(InterviewAction):
    """Puts the open question again; before the acknowledgement, the notice."""

    action_name = "action_repeat"
    manner: Manner = "ask"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.reading() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            if interview.consented_at is None:
                dispatcher.utter_message(
                    response="utter_notice",
                    **notice_parameters(interview, profile_of(session, interview), self.desk.voice),
                )
                return []
            question = open_question(session, interview.id)
            if question is not None and not interview.paused_at:
                followed_up = question.follow_up is not None
                manner: Manner = "follow_up" if followed_up and self.manner == "ask" else self.manner
                put_question(dispatcher, question.id, manner)
        return []


class Clarify(Repeat):
    action_name = "action_clarify"
    manner: Manner = "clarify"


class TellTimeLeft(InterviewAction):
    action_name = "action_tell_time_left"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.reading() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            budget = profile_of(session, interview).time_budget_minutes
        if interview.started_at is None:
            dispatcher.utter_message(response="utter_time_not_started", minutes=budget)
        else:
            minutes, seconds = divmod(time_left_s(interview), 60)
            dispatcher.utter_message(response="utter_time_left", minutes=minutes, seconds=seconds)
        return []


class TellProgress(InterviewAction):
    action_name = "action_tell_progress"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.reading() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            scored = [q for q in questions_of(session, interview.id) if q.number]
            of = len(scored) or profile_of(session, interview).scored_questions
        done = sum(1 for q in scored if q.asked_at and q.closed_at)
        dispatcher.utter_message(response="utter_progress", done=done, of=of)
        return []


class Pause(InterviewAction):
    action_name = "action_pause"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            interview.paused_at = interview.paused_at or now()
            stop_clock(interview, now())
        until = f"{interview.expires_at.astimezone(SHOWN_TIME_ZONE):%Y-%m-%d %H:%M}"
        dispatcher.utter_message(response="utter_paused", until=until)
        return []


class Resume(Repeat):
    action_name = "action_resume"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            was_paused = interview.paused_at is not None
            interview.paused_at = None
        dispatcher.utter_message(response="utter_resumed" if was_paused else "utter_not_paused")
        return super().act(dispatcher, tracker)


class CallHuman(InterviewAction):
    """Leaves a mark that the recruiter's list shows first."""

    action_name = "action_call_human"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            interview.human_asked_at = interview.human_asked_at or now()
        dispatcher.utter_message(response="utter_human_called")
        return []


class NoteCompanyQuestion(InterviewAction):
    """The question itself was stored before Rasa was called; here the candidate hears that it was."""

    action_name = "action_note_company_question"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        dispatcher.utter_message(response="utter_company_question_noted")
        return []


class Withdraw(InterviewAction):
    action_name = "action_withdraw"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            interview.withdrawn_at = interview.withdrawn_at or now()
        return []


class TimeUp(InterviewAction):
    action_name = "action_time_up"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.reading() as session:
            interview = session.get_one(Interview, tracker.sender_id)
        if time_left_s(interview) == 0 and interview.finished_at is None:
            dispatcher.utter_message(response="utter_time_up_again" if interview.extended_by else "utter_time_up")
        return []


class Extend(InterviewAction):
    """Five minutes more, once."""

    action_name = "action_extend"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            turn_id = tracker.latest_message["metadata"]["turn_id"]
            first_time = interview.extended_by in (None, turn_id)
            if interview.extended_by is None:
                interview.extended_by = turn_id
                interview.time_budget_s += EXTENSION_S
        dispatcher.utter_message(response="utter_extended" if first_time else "utter_extended_before")
        return []
