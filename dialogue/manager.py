"""The front door of the dialogue: a Turn in, Replies out.

A turn has three parts. *Decide*: what was meant, and what has to be stored before Rasa hears of it (an answer, a
confirmation); kept with the inbox row, so a repeated turn goes the same way. *Say*: an intent and our own ids to
Rasa, which chooses the course. *Render*: Rasa's phrases and question ids become replies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from sqlmodel import Session, col, func, select

from core.clock import now
from core.content import Language
from core.database import Database
from core.encryption import DataKey, KeyRing
from core.tables import Answer, Candidate, Confirmation, InboxMessage, Interview, Message, Question, Recording, new_id
from dialogue.commands import asked_to, is_no, is_nothing_more, is_yes, named, wants_more_time
from dialogue.follow_up import FollowUps, glance_ahead, glance_at
from dialogue.interview_clock import TIMED_STAGES, time_left_s
from dialogue.interview_plan import OWN_QUESTIONS, add_to_plan, answers_to, open_question, profile_of, questions_of
from dialogue.notice import language_of
from dialogue.phrases import phrase, phrase_buttons
from dialogue.question_text import question_reply
from dialogue.rasa_client import INTENTS, Intent, RasaClient
from dialogue.recordings import HEARD, TRANSCRIPT, offer_reply, offered, retry_reply, spoken_text
from dialogue.spoken_turns import SpokenTurns
from dialogue.turn import Button, Reply, ReplyKind, Turn
from dialogue.understanding import Understood, may_be_command, understand, without_prefix

COMMANDS = INTENTS - {"begin", "switch_language", "acknowledge", "answer", "affirm", "deny", "time_up", "extend"}
BEFORE_THE_START = frozenset({"withdraw", "human", "help", "repeat", "time_left", "progress", "company_question"})
"""What may be asked for before the notice was acknowledged."""
ABOUT_THE_QUESTION = frozenset({"repeat", "clarify", "skip"})
"""Commands that mean the question in sight when they were given."""


class Manager:
    """Answers turns. Raises RasaUnavailable when the dialogue server is away: the turn may be tried again as it is."""

    def __init__(self, database: Database, keys: KeyRing, rasa: RasaClient, follow_ups: FollowUps) -> None:
        self._database = database
        self._keys = keys
        self._rasa = rasa
        self._follow_ups = follow_ups

    async def respond(self, turn: Turn) -> list[Reply]:
        """The replies to one turn. Safe to call again for the same turn: nothing is stored or said twice."""
        course = json.loads(turn.understood_as) if turn.understood_as else await self._decide(turn)
        replies = self._render_own(turn, course)
        if course.get("intent"):
            if turn.repeated:
                await self._rasa.forget_turn(turn.interview_id, turn.turn_id)
            said = await self._rasa.say(turn.interview_id, course["intent"], turn.turn_id, **course.get("ids", {}))
            replies += self._render(turn.interview_id, said)
        return replies

    async def _decide(self, turn: Turn) -> dict[str, Any]:
        understood = None
        turn = self._with_words_heard(turn)
        if turn.text is not None and self._has_to_be_understood(turn):
            understood = await understand(turn.text, self._rasa.parse)
        with self._database.unit_of_work() as session:
            desk = _Desk(session, turn, self._keys)
            course = desk.decide(understood)
            session.get_one(InboxMessage, turn.turn_id).understood_as = json.dumps(course)
            session.flush()
            answer_id = course.get("ids", {}).get("answer_id")
            glance = glance_at(session, desk.interview, answer_id, desk.key) if answer_id else None
        if glance is not None:
            self._follow_ups.begin(glance)
        return course

    def _with_words_heard(self, turn: Turn) -> Turn:
        """The turn in which a recording was heard, with its words as its text."""
        name, _, recording_id = (turn.payload or "").partition(":")
        if turn.kind != "signal" or name != HEARD:
            return turn
        with self._database.reading() as session:
            key = _key_of(session, session.get_one(Interview, turn.interview_id), self._keys)
            return replace(turn, text=spoken_text(session.get_one(Recording, recording_id), key))

    def _has_to_be_understood(self, turn: Turn) -> bool:
        """A plain yes or no to a question of ours needs no classifier. What no classifier will take for a command
        is looked at from here on."""
        text, glance = turn.text or "", None
        with self._database.reading() as session:
            desk = _Desk(session, turn, self._keys)
            if desk.plain_reply() is not None:
                return False
            if not may_be_command(without_prefix(text)):
                glance = glance_ahead(session, desk.interview, desk.question, text, desk.key)
        if glance is not None:
            self._follow_ups.begin(glance)
        return True

    def _render_own(self, turn: Turn, course: Mapping[str, Any]) -> list[Reply]:
        """Replies that need no course of Rasa's: a question back, a note."""
        if recording_id := course.get("received") or course.get("offer") or course.get("retry"):
            return [self._render_recording(turn.interview_id, recording_id, course)]
        name = course.get("phrase")
        if name is None:
            return []
        with self._database.reading() as session:
            language = language_of(session.get_one(Interview, turn.interview_id))
        intent = course.get("command")
        parameters = {"command": asked_to(intent, language), "button": named(intent, language)} if intent else {}
        buttons = phrase_buttons(name, language, **parameters)
        return [Reply(_kind_of(buttons), phrase(name, language, **parameters), buttons)]

    def _render_recording(self, interview_id: str, recording_id: str, course: Mapping[str, Any]) -> Reply:
        with self._database.reading() as session:
            interview = session.get_one(Interview, interview_id)
            recording, language = session.get_one(Recording, recording_id), language_of(interview)
            if "retry" in course:
                return retry_reply(recording, language)
            if "offer" in course:
                key = _key_of(session, interview, self._keys)
                return offer_reply(recording, key, course.get("command"), language, course.get("plain"))
        if recording.duration_s is None:
            return Reply("status", phrase("utter_voice_received_unmeasured", language))
        return Reply("status", phrase("utter_voice_received", language, seconds=max(1, round(recording.duration_s))))

    def _render(self, interview_id: str, said: list[dict[str, Any]]) -> list[Reply]:
        with self._database.reading() as session:
            interview = session.get_one(Interview, interview_id)
            profile, language = profile_of(session, interview), language_of(interview)
            key = _key_of(session, interview, self._keys)
            of = sum(1 for q in questions_of(session, interview_id) if q.number)
            replies = []
            for item in said:
                if "custom" in item:
                    question = session.get_one(Question, item["custom"]["question_id"])
                    manner = item["custom"]["manner"]
                    replies.append(question_reply(question, manner, profile, language, key, of))
                else:
                    buttons = tuple(Button(b["title"], b["payload"]) for b in item.get("buttons", []))
                    replies.append(Reply(_kind_of(buttons), item["text"].strip(), buttons))
        return replies


class _Desk:
    """One turn at the desk: everything it reads and writes before Rasa is called."""

    def __init__(self, session: Session, turn: Turn, keys: KeyRing) -> None:
        self.session = session
        self.turn = turn
        self.interview = session.get_one(Interview, turn.interview_id)
        self.key = _key_of(session, self.interview, keys)
        self.language: Language = language_of(self.interview)
        self.question = open_question(session, turn.interview_id)
        waiting = select(Confirmation).where(
            Confirmation.interview_id == turn.interview_id, col(Confirmation.settled_at).is_(None)
        )
        self.confirmation = session.exec(waiting).first()
        self.spoken = SpokenTurns(session, self.interview, self.key)

    def plain_reply(self) -> str | None:
        """What a text means without any classifier, as a button's payload; None when it has to be understood."""
        text = self.turn.text or ""
        if self.confirmation is not None and self.confirmation.kind == "withdraw":
            if is_yes(text):
                return "confirm:yes"
            if is_no(text):
                return "confirm:no"
        if (waiting := offered(self.session, self.interview.id)) and is_yes(text):
            return f"{TRANSCRIPT}:confirm:{waiting[-1].id}"
        if self.question is not None and self.question.stage == "own_questions" and is_nothing_more(text):
            return "own:done"
        if waiting and is_no(text):
            return f"{TRANSCRIPT}:correct:{waiting[-1].id}"
        if self._is_out_of_time() and wants_more_time(text):
            return "extend"
        return self._chosen_option(text)

    def _chosen_option(self, text: str) -> str | None:
        """The payload of a button whose title was typed, or said aloud, instead of pressed."""
        wish = text.strip().rstrip("。.！!").casefold()
        shown = select(Message).where(Message.interview_id == self.interview.id, Message.sender == "bot")
        for message in self.session.exec(shown.order_by(col(Message.seq).desc()).limit(5)):
            for button in message.buttons:
                if button["title"].casefold() == wish:
                    return button["payload"]
            if message.buttons:
                return None
        return None

    def _is_out_of_time(self) -> bool:
        """The open question is a timed one and the candidate's time has run out."""
        timed = self.question is not None and self.question.stage in TIMED_STAGES
        return timed and time_left_s(self.interview) == 0

    def decide(self, understood: Understood | None) -> dict[str, Any]:
        turn = self.turn
        if self.interview.withdrawn_at:
            return {}
        if (course := self._spoken(understood)) is not None:
            return course
        if self.interview.finished_at:
            return {}  # it came while the goodbye was on its way
        if turn.kind == "signal":
            return self._signal(turn.payload or "")
        if turn.kind == "resume":
            return self._resume_came()
        payload = turn.payload if turn.kind == "button" else self.plain_reply()
        if payload is None or payload.partition(":")[0] != "confirm":
            self._let_withdrawal_lapse()
        if payload is not None:
            return self._payload(payload)
        assert understood is not None, "a text that is no plain reply has been understood"
        return self._text(understood)

    def _spoken(self, understood: Understood | None) -> dict[str, Any] | None:
        """What becomes of a recording in this turn; None when the turn is about none."""
        plain = self.plain_reply() if self.turn.text is not None else None
        step = self.spoken.step(self.turn, plain, understood)
        if step is None or isinstance(step, dict):
            return step
        assert step.recording.turn_id is not None, "a recording that was received has its turn"
        self.turn = replace(self.turn, turn_id=step.recording.turn_id, kind="text", text=step.text)
        payload = step.payload
        if payload is not None and payload.startswith("confirm:"):
            if self.confirmation is None or self.confirmation.kind != "withdraw":
                payload = None  # it was said in time, but confirmed when nothing waited for it any more
        else:
            self._let_withdrawal_lapse()
        if self.question is None or self.interview.finished_at is not None:
            return self._add_to_earlier_answer()
        return self._payload(payload) if payload is not None else self._text(step.understood)

    def _let_withdrawal_lapse(self) -> None:
        """A yes counts as a withdrawal only right after we have asked for it."""
        if self.confirmation is not None and self.confirmation.kind == "withdraw":
            self._settle()

    def _signal(self, payload: str) -> dict[str, Any]:
        self._let_withdrawal_lapse()
        if payload != "close":
            return {"intent": payload}
        if self.question is not None and self.question.stage == "own_questions":
            return self._answer("", value="done")
        if self._is_out_of_time():
            return self._command("skip")
        return {}

    def _came_before_the_question(self) -> bool:
        """True when this was sent before the open question, or its follow-up, was shown."""
        if self.question is None:
            return False
        own = self.session.get_one(InboxMessage, self.turn.turn_id).seq
        shown = select(func.min(Message.seq)).where(Message.question_id == self.question.id, Message.sender == "bot")
        if self.question.follow_up is not None:
            shown = shown.where(Message.kind == "follow_up")
        first = self.session.exec(shown).one()
        return own is not None and first is not None and own < first

    def _add_to_earlier_answer(self) -> dict[str, Any]:
        """A second part of an answer belongs to the question that the candidate saw when writing it."""
        own = self.session.get_one(InboxMessage, self.turn.turn_id).seq or 0
        seen = select(Message.question_id).where(
            Message.interview_id == self.interview.id, col(Message.question_id).is_not(None), Message.seq < own
        )
        question_id = self.session.exec(seen.order_by(col(Message.seq).desc()).limit(1)).first()
        if question_id is None:
            return {}
        text, answers = self.turn.text or "", answers_to(self.session, question_id)
        if answers and answers[-1].recording_id is None and self._recording_of(self.turn.turn_id) is None:
            answers[-1].text_sealed = self.key.seal(f"{self.key.open(answers[-1].text_sealed)}\n{text}")
        else:  # how well a recording was heard says nothing about the rest of the answer
            question = self.session.get_one(Question, question_id)
            question.skipped_at = None
            self._store_answer(question, self.turn.turn_id, text)
        return {}

    def _resume_came(self) -> dict[str, Any]:
        if self.interview.planned_at is not None:
            return {"phrase": "utter_resume_late"}
        if self.question is not None and self.question.stage == "background":
            for other in questions_of(self.session, self.interview.id):
                if other.stage == "background" and other.id != self.question.id:
                    other.closed_at = other.closed_at or now()  # the résumé says what the form would have asked
            return {**self._answer("resume", value="resume"), "phrase": "utter_resume_received"}
        return {"phrase": "utter_resume_received"}

    def _payload(self, payload: str) -> dict[str, Any]:
        verb, _, rest = payload.partition(":")
        if verb == "acknowledge":
            return {"intent": "acknowledge"}
        if verb == "language":
            offered = profile_of(self.session, self.interview).languages
            if self.interview.consented_at is not None or rest not in offered:
                return {"intent": "repeat"}
            self.interview.language = rest
            return {"intent": "switch_language"}
        if verb == "command":
            return self._chosen_command(rest)
        if verb == "extend":
            return {"intent": "extend"}
        if verb == "confirm":
            self._settle()
            return {"intent": "affirm" if rest == "yes" else "deny"}
        if verb == "was":
            return self._was(rest)
        if self._came_before_the_question():
            return {}  # pressed twice: the first press has been taken
        return self._answer(self._said(self.turn.turn_id) or rest, value=rest)

    def _chosen_command(self, intent: str) -> dict[str, Any]:
        """A command from a button or a menu: no classifier stands between, so what makes no sense now is seen here."""
        if self.interview.consented_at is None and intent not in BEFORE_THE_START:
            return {"phrase": "utter_press_to_begin"}
        if intent == "company_question" and self.question is not None and self.question.stage == "own_questions":
            return self._answer(self._said(self.turn.turn_id))
        return self._command(intent)

    def _was(self, what: str) -> dict[str, Any]:
        held = self._settle()
        if held is None:
            return {"intent": "repeat"}
        if what == "command" and held.intent in COMMANDS:
            return self._command(held.intent, held.turn_id)
        return self._answer(self._said(held.turn_id))

    def _text(self, understood: Understood) -> dict[str, Any]:
        if self.question is None:
            return self._without_question(understood)
        if self._came_before_the_question():
            if understood.outcome == "command" and understood.intent in ABOUT_THE_QUESTION:
                return {}  # it meant the question before
            if understood.outcome != "command":
                return self._add_to_earlier_answer()
        if self.question.stage == "own_questions":
            if understood.outcome == "command" and understood.intent not in ("company_question", "clarify"):
                return self._command(understood.intent)
            return self._answer(self.turn.text or "")
        if understood.outcome == "command":
            return self._command(understood.intent)
        if understood.outcome == "ask" and self.confirmation is None:
            self._ask_back("answer_or_command", understood.intent)
            return {"phrase": "utter_answer_or_command", "command": understood.intent}
        return self._answer(self.turn.text or "")

    def _without_question(self, understood: Understood) -> dict[str, Any]:
        """Before the acknowledgement nothing is an answer."""
        if self.interview.consented_at is not None:
            return {"intent": "repeat"}
        if understood.outcome == "command" and understood.intent in BEFORE_THE_START:
            return self._command(understood.intent)
        return {"phrase": "utter_press_to_begin"}

    def _command(self, intent: str, text_turn: str | None = None) -> dict[str, Any]:
        if intent in ("withdraw", "skip"):
            self._keep_what_is_in_doubt()
        if intent == "withdraw":
            self._ask_back("withdraw", intent)
        elif intent == "company_question":
            self._note_own_question(text_turn or self.turn.turn_id)
        elif intent == "skip":
            if self.question is None:
                return {"intent": "repeat"}
            if self.question.stage == "own_questions":
                return self._answer(self._said(self.turn.turn_id), value="done")
            self._keep_what_was_spoken()
            return {"intent": "skip", "ids": {"question_id": self.question.id}}
        return {"intent": cast(Intent, intent)}

    def _keep_what_is_in_doubt(self) -> None:
        """What might have been an answer is one, now that the talk moves on from its question."""
        held = self._settle()
        if held is not None and held.kind == "answer_or_command" and self.question is not None:
            self._store_answer(self.question, held.turn_id, self._said(held.turn_id))

    def _keep_what_was_spoken(self) -> None:
        """A transcript that still lies before the candidate is an answer to its question."""
        for recording, text in self.spoken.left_open():
            question = self.session.get(Question, recording.question_id) if recording.question_id else self.question
            if question is not None and recording.turn_id is not None:
                self._store_answer(question, recording.turn_id, text)

    def _answer(self, text: str, value: str | None = None) -> dict[str, Any]:
        """Store an answer to the open question. What is still in doubt from before is part of it."""
        if self.question is None:
            return {"intent": "repeat"}
        held = self._settle()
        apart = None
        if held is not None and held.kind == "answer_or_command":
            if self._recording_of(self.turn.turn_id) is None:
                text = f"{self._said(held.turn_id)}\n{text}"
            else:
                apart = held
        self.interview.paused_at = None
        answer = self._store_answer(self.question, self.turn.turn_id, text, value)
        if apart is not None:
            self._store_answer(self.question, apart.turn_id, self._said(apart.turn_id))
        return {"intent": "answer", "ids": {"answer_id": answer.id}}

    def _store_answer(self, question: Question, turn_id: str, text: str, value: str | None = None) -> Answer:
        answer = Answer(
            id=new_id(),
            interview_id=self.interview.id,
            question_id=question.id,
            turn_id=turn_id,
            text_sealed=self.key.seal(text),
            value=value,
            given_at=now(),
        )
        self._note_recording(answer, turn_id)
        self.session.add(answer)
        return answer

    def _note_recording(self, answer: Answer, turn_id: str) -> None:
        """Say of an answer which recording it came from, and whether its transcript was confirmed."""
        spoken = self._recording_of(turn_id)
        if spoken is not None:
            answer.recording_id, answer.transcript_confirmed = spoken.id, spoken.confirmed_at is not None

    def _recording_of(self, turn_id: str) -> Recording | None:
        return self.session.exec(select(Recording).where(Recording.turn_id == turn_id)).first()

    def _note_own_question(self, turn_id: str) -> None:
        own = add_to_plan(self.session, self.interview, [OWN_QUESTIONS])[0]
        self._store_answer(own, turn_id, self._said(turn_id))

    def _ask_back(self, kind: str, intent: str) -> None:
        self.session.add(
            Confirmation(
                interview_id=self.interview.id, kind=kind, turn_id=self.turn.turn_id, intent=intent, asked_at=now()
            )
        )

    def _settle(self) -> Confirmation | None:
        settled, self.confirmation = self.confirmation, None
        if settled is not None:
            settled.settled_at = now()
        return settled

    def _said(self, turn_id: str) -> str:
        """What the candidate said in a turn."""
        row = self.session.exec(
            select(Message).where(Message.turn_id == turn_id, Message.sender == "candidate")
        ).first()
        if row is not None and "recording" in row.extra:
            return spoken_text(self.session.get_one(Recording, row.extra["recording"]), self.key)
        return self.key.open(row.text_sealed) if row else ""


def _key_of(session: Session, interview: Interview, keys: KeyRing) -> DataKey:
    return keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)


def _kind_of(buttons: tuple[Button, ...]) -> ReplyKind:
    payloads = {button.payload.partition(":")[0] for button in buttons}
    if "acknowledge" in payloads:
        return "notice"
    return "confirm" if payloads & {"confirm", "was"} else "status"
