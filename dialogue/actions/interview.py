"""The interview itself: opening a stage, taking an answer, asking what comes next, closing."""

from __future__ import annotations

import json

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlmodel import Session, col, select

from core.clock import now
from core.tables import Answer, Interview, Question, Resume
from dialogue.actions.base import Desk, InterviewAction, entity, put_question
from dialogue.follow_up import glance_at
from dialogue.interview_clock import TIMED_STAGES, time_left_s, time_used_s
from dialogue.interview_plan import (
    BACKGROUND_FORM,
    add_to_plan,
    answers_to,
    leave_unasked,
    next_question,
    plan_background_form,
    plan_interview,
    profile_of,
    questions_of,
)
from dialogue.notice import language_of
from dialogue.resume_questions import resume_questions
from hr_bridge.resume.resume import Resume as ParsedResume
from scoring.forms import least_exposed_form
from scoring.rubric import load_competency


def ask_next(desk: Desk, dispatcher: CollectingDispatcher, interview_id: str, stage: str) -> None:
    """Put the open question of the stage again, or open the next one."""
    with desk.database.unit_of_work() as session:
        ask(session, dispatcher, next_question(session, interview_id, stage))


def ask(session: Session, dispatcher: CollectingDispatcher, question: Question | None) -> None:
    """Open a question, or put the open one again; with its follow-up where that waits for an answer."""
    if question is None:
        return
    if question.asked_at is None:
        question.asked_at = now()
        question.time_used_before_s = time_used_s(session.get_one(Interview, question.interview_id))
    put_question(dispatcher, question.id, "follow_up" if question.follow_up is not None else "ask")


def question_meant(session: Session, tracker: Tracker) -> Question | None:
    """The question that this turn answers or skips, by the id that came with the intent."""
    if (answer_id := entity(tracker, "answer_id")) is not None:
        return session.get_one(Question, session.get_one(Answer, answer_id).question_id)
    if (question_id := entity(tracker, "question_id")) is not None:
        return session.get_one(Question, question_id)
    return None


class _OpenStage(InterviewAction):
    stage: str

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        self.introduce(dispatcher, tracker.sender_id)
        ask_next(self.desk, dispatcher, tracker.sender_id, self.stage)
        return [SlotSet("stage", self.stage), SlotSet("progress", None)]

    def introduce(self, dispatcher: CollectingDispatcher, interview_id: str) -> None:
        dispatcher.utter_message(response=f"utter_{self.stage}_intro")


class OpenOpening(InterviewAction):
    """Lays down the plan, résumé questions included, and starts the candidate's time."""

    action_name = "action_open_opening"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            if interview.planned_at is None:
                self._lay_plan(session, interview)
            numbered = [q for q in questions_of(session, interview.id) if q.number]
            minutes = interview.time_budget_s // 60
        dispatcher.utter_message(response="utter_opening_intro", minutes=minutes, count=len(numbered))
        ask_next(self.desk, dispatcher, tracker.sender_id, "opening")
        drawn = any(q.stage == "resume" for q in numbered)
        return [SlotSet("stage", "opening"), SlotSet("progress", None), SlotSet("has_resume_questions", drawn)]

    def _lay_plan(self, session: Session, interview: Interview) -> None:
        profile, key = profile_of(session, interview), self.desk.key_of(session, interview)
        newest = select(Resume).where(Resume.interview_id == interview.id).order_by(col(Resume.id).desc())
        row = session.exec(newest).first()
        resume = ParsedResume.from_json(json.loads(key.open(row.parsed_sealed, "resume"))) if row else None
        background = {
            question.source: (answers[-1].value or key.open(answers[-1].text_sealed))
            for question in questions_of(session, interview.id)
            if question.source in BACKGROUND_FORM and (answers := answers_to(session, question.id))
        }
        drawn = resume_questions(
            resume, background, {k: load_competency(k).resume_questions for k in profile.resume_competencies}
        )
        form = least_exposed_form(session, profile)
        rows = add_to_plan(session, interview, plan_interview(profile, drawn, form))
        for question, source in zip((row for row in rows if row.stage == "resume"), drawn, strict=True):
            question.text_sealed = key.seal(source.text(language_of(interview)))
        interview.time_budget_s = profile.time_budget_minutes * 60
        interview.form = form if len(profile.forms) > 1 else None
        interview.planned_at = interview.started_at = now()


class OpenStructured(_OpenStage):
    action_name, stage = "action_open_structured", "structured"


class OpenSituational(_OpenStage):
    action_name, stage = "action_open_situational", "situational"


class OpenResume(_OpenStage):
    action_name, stage = "action_open_resume", "resume"


class OpenOwnQuestions(_OpenStage):
    action_name, stage = "action_open_own_questions", "own_questions"

    def introduce(self, dispatcher: CollectingDispatcher, interview_id: str) -> None:
        """Nothing: the question says it all."""


class TakeAnswer(InterviewAction):
    """Closes the question that was answered or skipped, or keeps it open for its one follow-up; asks the next one
    of the stage, if there is one."""

    action_name = "action_take_answer"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        skipped = tracker.latest_message["intent"]["name"] == "skip"
        if skipped:
            dispatcher.utter_message(response="utter_skipped")
        part = None if skipped else self._missing_part(tracker)
        stage = tracker.get_slot("stage")
        with self.desk.database.unit_of_work() as session:
            question = question_meant(session, tracker)
            if question is not None:
                self._settle(session, question, skipped, part, entity(tracker, "answer_id"))
            interview = session.get_one(Interview, tracker.sender_id)
            progress = self._progress(session, interview, question, stage)
            if progress == "more":
                ask(session, dispatcher, next_question(session, interview.id, stage))
        return [SlotSet("progress", progress)]

    def _missing_part(self, tracker: Tracker) -> str | None:
        """The model is asked outside any transaction."""
        answer_id = entity(tracker, "answer_id")
        if answer_id is None:
            return None
        with self.desk.database.reading() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            glance = glance_at(session, interview, answer_id, self.desk.key_of(session, interview))
        return self.desk.follow_ups.missing_part(glance) if glance else None

    @staticmethod
    def _settle(session: Session, question: Question, skipped: bool, part: str | None, answer_id: str | None) -> None:
        if question.closed_at:
            return
        answers = answers_to(session, question.id)
        # Not by their number: a late recording may have added to the first.
        is_first = bool(answers) and answers[0].id == answer_id
        if skipped:
            question.closed_at = now()
            # Skipping a follow-up keeps what was answered before it.
            question.skipped_at = None if answers else question.closed_at
        elif question.stage == "own_questions":
            if answers and answers[-1].value == "done":
                question.closed_at = now()
        elif part is not None and is_first:
            question.follow_up = part
        elif question.follow_up is None or not is_first:
            question.closed_at = now()
        session.flush()

    @staticmethod
    def _progress(session: Session, interview: Interview, question: Question | None, stage: str) -> str:
        if question is not None and question.source == "resume_offer":
            if any(answer.value == "form" for answer in answers_to(session, question.id)):
                add_to_plan(session, interview, plan_background_form())
        out_of_time = interview.started_at is not None and stage in TIMED_STAGES and time_left_s(interview) == 0
        answered = question is None or question.closed_at is not None
        if out_of_time and answered and leave_unasked(session, interview.id, now()):
            return "time_up"
        return "more" if next_question(session, interview.id, stage) else "done"


class Close(InterviewAction):
    """Commits `finished_at`; the worker finds it there and starts the scoring."""

    action_name = "action_close"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        with self.desk.database.unit_of_work() as session:
            interview = session.get_one(Interview, tracker.sender_id)
            interview.finished_at = interview.finished_at or now()
        return [SlotSet("stage", "closed"), SlotSet("progress", None)]
