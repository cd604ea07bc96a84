"""Which groups are compared, and how candidates are asked which they belong to: `groups.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from core.content import Content, Phrase, read_yaml

Groups = Mapping[str, str]
"""Of one person: key of the question → key of the option; a question that was not answered is not in it."""
_FILE: Final = files("hr_bridge") / "insights" / "groups.yml"


class GroupQuestion(Content):
    """One question with its options, by key."""

    title: Phrase
    options: dict[str, Phrase]


@cache
def group_questions() -> Mapping[str, GroupQuestion]:
    """Every question by key, in the order in which they are asked."""
    told = read_yaml(_FILE.read_text(encoding="utf-8"))
    return {key: GroupQuestion.model_validate(question) for key, question in told.items()}


def read_groups(given: Mapping[str, str], asked: tuple[str, ...]) -> Groups:
    """What was given for the questions `asked`, without anything that is no option."""
    questions = group_questions()
    return {key: given[key] for key in asked if given.get(key) in questions[key].options}
