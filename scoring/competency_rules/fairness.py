"""Anchors that nobody could tell apart, and questions that are not fair to ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from core.content import Language
from scoring.competency_rules.draft import LANGUAGES, Draft, Weakness, part, parts, words
from scoring.competency_rules.wording import (
    behaviour,
    forbidden_topics,
    hypothetical_words,
    leading_words,
    same_behaviour,
    second_ask,
    words_about_the_past,
)
from scoring.rubric import StarPart


def weak_anchors(draft: Draft) -> Iterator[Weakness]:
    """Yield the anchors that name nothing to observe, or the same as another level in other degrees."""
    anchors = draft.get("anchors")
    if not isinstance(anchors, Mapping):
        return
    for language in LANGUAGES:
        told = {level: words(node, language) for level, node in anchors.items() if words(node, language)}
        for n, (level, text) in enumerate(told.items()):
            field = f"anchors.{level}.{language}"
            same = [str(other) for other in list(told)[:n] if same_behaviour(told[other], text, language)]
            if not behaviour(text, language):
                yield Weakness(field, "no_behaviour")
            elif same:
                yield Weakness(field, "same_behaviour", {"levels": ", ".join(same)})


def unfair_questions(draft: Draft) -> Iterator[Weakness]:
    """Yield what is wrong with single questions, their explanations and follow-ups, and those from the résumé."""
    for question in parts(draft.get("questions")):
        for language in LANGUAGES:
            yield from _core_question(question, language)
    for who in ("experienced", "newcomer"):
        for language in LANGUAGES:
            text = words(part(draft.get("resume_questions"), who), language)
            yield from _unfair_words(f"resume_questions.{who}.{language}", text, language)


def _core_question(question: Draft, language: Language) -> Iterator[Weakness]:
    place = f"questions.{question.get('key')}"
    field, text = f"{place}.text.{language}", words(question.get("text"), language)
    if second_ask(text, language):
        yield Weakness(field, "two_asks")
    hypothetical, past = hypothetical_words(text, language), words_about_the_past(text, language)
    if hypothetical and question.get("kind") == "structured":
        yield Weakness(field, "hypothetical", {"words": hypothetical})
    if past and question.get("kind") == "situational":
        yield Weakness(field, "past", {"words": past})
    asked = {"text": question.get("text"), "clarify": question.get("clarify")}
    asked |= {f"follow_ups.{name}": part(question.get("follow_ups"), name) for name in get_args(StarPart)}
    for name, phrase in asked.items():
        yield from _unfair_words(f"{place}.{name}.{language}", words(phrase, language), language)


def _unfair_words(field: str, text: str, language: Language) -> Iterator[Weakness]:
    leading = leading_words(text, language)
    if leading:
        yield Weakness(field, "leading", {"words": leading})
    for topic, word in forbidden_topics(text):
        yield Weakness(field, "forbidden", {"topic_zh": topic.zh, "topic_en": topic.en, "words": word})
