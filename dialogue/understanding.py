"""Answer, command, or ask: the one place that decides what a candidate's message is.

Taking an answer for a command loses it, the worst error; asking back costs a moment; storing a command as an answer
is seen by the candidate at once. Hence two thresholds, chosen by cross-validation (docs/decisions/0004-understanding.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

ANSWER = "answer"
# Below ASK_FROM a message is an answer, from COMMAND_FROM on a command; both are 1 - P(answer).
ASK_FROM = 0.30
COMMAND_FROM = 0.77
# In units; nobody has worded a command at such length, and a classifier of short messages says nothing about it.
LONGEST_COMMAND = 25.0

_LATIN_WORD = re.compile(r"[^\W_㐀-鿿]+(?:['’][^\W_㐀-鿿]+)*")
_CHINESE_CHARACTER = re.compile(r"[㐀-鿿]")


class IntentScore(NamedTuple):
    """One line of Rasa's `intent_ranking`; confidences of a ranking add up to 1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message is. `intent` is the command meant, or the one to ask about, else "answer"; `confidence` is the
    probability of what was decided (for "ask", that the message is a command at all)."""

    text: str
    intent: str
    confidence: float
    outcome: Literal["answer", "command", "ask"]


async def understand(text: str, parse: Callable[[str], Awaitable[Mapping[str, Any]]]) -> Understood:
    """Decide what `text` is; `parse` gives Rasa's answer to /model/parse and is spared what cannot be a command.

    Raises what `parse` raises.
    """
    words = without_prefix(text)
    if not may_be_command(words):
        return Understood(text, ANSWER, 1.0, "answer")
    parsed = await parse(words)
    ranking = [IntentScore(line["name"], line["confidence"]) for line in parsed["intent_ranking"]]
    return decide(text, ranking)


def decide(text: str, ranking: Sequence[IntentScore]) -> Understood:
    """What a short text is, by the confidences of all intents; an empty ranking means nothing was recognised."""
    commands = [score for score in ranking if score.name != ANSWER]
    if not commands or not may_be_command(without_prefix(text)):
        return Understood(text, ANSWER, 1.0, "answer")
    is_command = sum(score.confidence for score in commands)
    best = max(commands, key=lambda score: score.confidence)
    if is_command >= COMMAND_FROM:
        return Understood(text, best.name, is_command, "command")
    if is_command >= ASK_FROM:
        return Understood(text, best.name, is_command, "ask")
    return Understood(text, ANSWER, 1 - is_command, "answer")


def may_be_command(words: str) -> bool:
    """False for what no classifier needs to see: no letters at all (emoji, digits, nothing), or too long."""
    return any(char.isalpha() for char in words) and measure_length(words) <= LONGEST_COMMAND


def measure_length(text: str) -> float:
    """Length in units: a Latin word or number is one, a Chinese character two thirds, so that both languages compare."""
    return len(_LATIN_WORD.findall(text)) + len(_CHINESE_CHARACTER.findall(text)) / 1.5


def without_prefix(text: str) -> str:
    """The text without leading slashes, blanks and invisible characters: Rasa would obey `/withdraw`."""
    for start, char in enumerate(text):
        if not (
            char.isspace() or unicodedata.normalize("NFKC", char) == "/" or unicodedata.category(char) in _INVISIBLE
        ):
            return text[start:]
    return ""


_INVISIBLE = ("Cc", "Cf", "Mn")
