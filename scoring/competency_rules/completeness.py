"""What is missing, superfluous or too little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scoring.competency_rules.draft import (
    LANGUAGES,
    Draft,
    Weakness,
    field_name,
    indicator_lists,
    part,
    parts,
    phrases,
    words,
)
from scoring.rubric import (
    FEWEST_AGAINST,
    FEWEST_FOR,
    FEWEST_OF_DIMENSION,
    FEWEST_OF_FORM,
    FORMS,
    KEY_MARK,
    KINDS,
    RESUME_SLOTS,
    Competency,
)

_RULES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_too_short": "empty",
    "literal_error": "choice",
    "too_short": "dimensions",
    "too_long": "dimensions",
}
_FEWEST: Final[Mapping[str, int]] = {"indicators_for": FEWEST_FOR, "indicators_against": FEWEST_AGAINST}


def wrong_fields(draft: Draft) -> Iterator[Weakness]:
    """Yield what loading would refuse of single fields. The rules for the whole file are told by the others, better."""
    try:
        Competency.model_validate(draft)
    except ValidationError as error:
        for fault in error.errors():
            if fault["loc"]:
                yield _wrong_field(draft, fault)


def _wrong_field(draft: Draft, fault: ErrorDetails) -> Weakness:
    field = field_name(draft, fault["loc"])
    if fault["type"] == "value_error":
        return Weakness(field, "slots", {"slots": ", ".join(sorted(RESUME_SLOTS))})
    rule = _RULES.get(fault["type"], "unreadable")
    return Weakness(field, rule, {"choices": fault.get("ctx", {}).get("expected", "").replace("'", "")})


def missing_anchors(draft: Draft) -> Iterator[Weakness]:
    """Yield the levels without an anchor."""
    anchors = draft.get("anchors")
    if isinstance(anchors, Mapping):
        yield from (Weakness(f"anchors.{level}", "missing") for level in (1, 2, 3, 4, 5) if level not in anchors)


def few_indicators(draft: Draft) -> Iterator[Weakness]:
    """Yield the lists that are too short to recognise an answer by."""
    for field, node in indicator_lists(draft):
        least = _FEWEST.get(field, FEWEST_OF_DIMENSION)
        for language in LANGUAGES:
            count = len(phrases(node, language))
            if part(node, language) is not None and count < least:
                yield Weakness(f"{field}.{language}", "few_indicators", {"count": count, "least": least})


def few_questions(draft: Draft) -> Iterator[Weakness]:
    """Yield the kinds of question of which a form has too few."""
    questions = parts(draft.get("questions"))
    for kind in KINDS:
        for form in FORMS:
            count = sum(question.get("kind") == kind and question.get("form") == form for question in questions)
            if count < FEWEST_OF_FORM:
                facts = {"kind": kind, "form": form, "count": count, "least": FEWEST_OF_FORM}
                yield Weakness("questions", "few_questions", facts)


def wrong_keys(draft: Draft) -> Iterator[Weakness]:
    """Yield the questions whose key does not say whose they are, or that have it twice."""
    questions = parts(draft.get("questions"))
    for question in questions:
        key, mark = str(question.get("key")), KEY_MARK.get(question.get("kind", ""))
        start = f"{draft.get('key')}_{mark}"
        if mark and not (key.startswith(start) and key.removeprefix(start).isdecimal()):
            yield Weakness(f"questions.{key}.key", "question_key", {"start": start})
    for key, times in Counter(str(question.get("key")) for question in questions).items():
        if times > 1:
            yield Weakness(f"questions.{key}.key", "key_twice")


def only_from_resumes(draft: Draft) -> Iterator[Weakness]:
    """Yield résumé questions that nobody without a résumé could be asked, because both have slots to fill."""
    asked = draft.get("resume_questions")
    texts = [words(part(asked, who), "zh") for who in ("experienced", "newcomer")]
    if all("{" in text for text in texts):
        yield Weakness("resume_questions.newcomer", "only_from_resumes")
