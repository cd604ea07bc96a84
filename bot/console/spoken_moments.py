"""Where in a recording something is said: its sentences with their times, and the moment at which a quote begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scoring.heard import Word, join_words

_ENDS: Final = ("。", "！", "？", ".", "!", "?", "；", ";")
PAUSE_S: Final = 1.2
"""A silence so long ends a sentence too: recognisers leave out full stops."""
LONGEST_S: Final = 20.0
LEAD_S: Final = 0.3
"""Playing begins so much earlier, so that no first syllable is cut off."""
SHORTEST_MATCH: Final = 4
"""Letters or Chinese characters that have to be the same."""


@dataclass(frozen=True, slots=True, repr=False)
class SpokenSentence:
    """A sentence as recognised, and the second from which it is to be played."""

    text: str
    start: float


def sentences_of(words: Sequence[Word]) -> tuple[SpokenSentence, ...]:
    """The words in sentences: cut after a full stop, at a pause of PAUSE_S, or after LONGEST_S."""
    groups: list[list[Word]] = []
    for word in words:
        last = groups[-1] if groups else None
        if (
            last is None
            or last[-1].text.rstrip().endswith(_ENDS)
            or word.start - last[-1].end >= PAUSE_S
            or word.end - last[0].start > LONGEST_S
        ):
            groups.append([word])
        else:
            last.append(word)
    return tuple(SpokenSentence(join_words(group).strip(), _from(group[0])) for group in groups)


def moment_of(quote: str, words: Sequence[Word]) -> float | None:
    """The second from which `quote` is to be played, or None where it was not said so.

    Punctuation and spaces do not count. Where the candidate corrected the transcript, the longest beginning of the
    quote that was recognised decides, down to SHORTEST_MATCH signs.
    """
    signs: list[str] = []
    owner: list[int] = []
    for number, word in enumerate(words):
        for sign in _bare(word.text):
            signs.append(sign)
            owner.append(number)
    said, wanted = "".join(signs), _bare(quote)
    for length in range(len(wanted), SHORTEST_MATCH - 1, -1):
        if (found := said.find(wanted[:length])) >= 0:
            return _from(words[owner[found]])
    return None


def _bare(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _from(word: Word) -> float:
    return round(max(0.0, word.start - LEAD_S), 2)
