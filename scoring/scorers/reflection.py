"""Where an answer looks back: what was learned, or what would be done differently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from scoring.score import Language
from scoring.transcript import Passage, split_sentences

_LOOKS_BACK: Final[dict[Language, re.Pattern[str]]] = {
    "zh": re.compile(
        r"从那以后|从那之后|打那以后|吃一堑|教训是|这个教训|的教训|我学到(?!我)|学到了|让我(?:明白|懂得|意识到|认识到)|才(?:明白|懂得|意识到|认识到)|"
        r"(?:之后|后来|以后)我(?:每次|都|就都)|(?:之后|以后)(?:每次|我都|我就)|我后来想|(?:要是|如果)(?:再来|重来|再遇)|下[次回]我|"
        r"(?:其实|当时|本来)我?(?:就)?(?:应该|该)|回过头[看想]|我?反思(?:了|过|下来)|事后想"
    ),
    "en": re.compile(
        r"\bi(?:'ve| have)? (?:also |really )?learn(?:ed|t) (?:that|to|from|how|not)\b|\bwhat i(?:'ve| have)? learn(?:ed|t)"
        r"|\btaught me (?:that|to|how|not|a)\b|\bmade me (?:realize|realise|understand)|\bnext time i\b"
        r"|\b(?:ever )?since then,? (?:i|we|no)\b|\bi \w+ [\w ,-]{0,40}since then\b|\bin hindsight|\bi should have\b"
        r"|\bdo (?:it|that) differently|\blessons? i\b|\b(?:these days|now) i (?:always|never|ask|try|check|write|make|keep|tell)"
    ),
}


def reflection(answer: str, passages: Sequence[Passage], language: Language) -> Passage | None:
    """Return the last sentence with a passage that looks back, or None where none does."""
    looking_back = [
        p for p in passages if _LOOKS_BACK[language].search(answer[p.start : p.end].lower().replace("’", "'"))
    ]
    if not looking_back:
        return None
    last = looking_back[-1]
    return next((s for s in split_sentences(answer) if s.start <= last.start and last.end <= s.end), last)
