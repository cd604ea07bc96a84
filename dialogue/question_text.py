"""A question of the plan as the candidate reads it: from the library, the position, the résumé, or domain.yml."""

from __future__ import annotations

from typing import Literal, cast

from core.content import Language
from core.encryption import DataKey
from core.tables import Question
from dialogue.phrases import phrase, phrase_buttons
from dialogue.turn import Button, QuestionMark, Reply
from hr_bridge.position import PositionProfile
from scoring.rubric import StarPart, load_competency
from scoring.rubric import question as library_question

Manner = Literal["ask", "follow_up", "clarify"]
CORE_STAGES = ("structured", "situational")


def question_reply(
    question: Question, manner: Manner, profile: PositionProfile, language: Language, key: DataKey, of: int
) -> Reply:
    """The reply that puts a question, its follow-up or its explanation. `of` is the number of scored questions."""
    buttons: tuple[Button, ...] = ()
    if question.stage in CORE_STAGES:
        text = _core_text(question, manner, language)
    elif question.stage == "resume":
        text = phrase("utter_clarify_plain", language) if manner == "clarify" else key.open(question.text_sealed or "")
        if manner == "follow_up" and question.follow_up and question.competency:
            follow_ups = load_competency(question.competency).questions_of("structured")[0].follow_ups
            text = follow_ups.text(cast(StarPart, question.follow_up), language)
    elif question.stage == "facts":
        text, buttons = _fact(question, profile, language)
    else:
        name = f"utter_question_{question.source}"
        text, buttons = phrase(name, language), phrase_buttons(name, language)
    if manner == "clarify" and question.stage not in (*CORE_STAGES, "resume"):
        text = f"{text}\n\n{phrase('utter_clarify_plain', language)}"
    return Reply(
        kind="follow_up" if manner == "follow_up" else "question",
        text=text,
        buttons=buttons,
        question_id=question.id,
        mark=QuestionMark(question.stage, question.number, of),
    )


def _core_text(question: Question, manner: Manner, language: Language) -> str:
    entry = library_question(question.source)
    if manner == "follow_up" and question.follow_up:
        return entry.follow_ups.text(cast(StarPart, question.follow_up), language)
    return (entry.clarify if manner == "clarify" else entry.text).text(language)


def _fact(question: Question, profile: PositionProfile, language: Language) -> tuple[str, tuple[Button, ...]]:
    fact = next(f for f in profile.must_have_facts if f"fact_{f.key}" == question.source)
    buttons = tuple(Button(option.title.text(language), f"value:{option.value}") for option in fact.options)
    return fact.question.text(language), buttons
