"""What a speech recogniser leaves of an answer: no punctuation, fillers, wrong words that sound alike. Deterministic."""

from __future__ import annotations

import random
import re
from typing import Final

from core.settings import ROOT
from scoring.score import Language

_TABLES: Final = ROOT / "data" / "polish"
_FILLERS: Final = {
    "en": ("um", "uh", "like", "you know", "er", "I mean"),
    "zh": ("嗯", "呃", "那个", "就是", "然后呢", "这个"),
}
_FILLER_EVERY: Final = {"en": 12, "zh": 18}
_SHARE_MISHEARD: Final = 0.5
_CUT_ZH: Final = re.compile(r"[，。！？；：、,.!?;:]")


def table(name: str) -> dict[str, str]:
    lines = (_TABLES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)  # type: ignore[misc]


def replaced(text: str, words: dict[str, str], language: Language, share: float = 1.0, seed: str = "") -> str:
    """Replace `share` of the occurrences of `words`; whole words in English, the longest first in Chinese."""
    rng = random.Random(seed)
    longest = sorted(map(re.escape, words), key=len, reverse=True)
    edge = r"\b" if language == "en" else ""
    pattern = re.compile(f"{edge}(?:{'|'.join(longest)}){edge}", re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        new = words[match[0].lower()]
        return (new[0].upper() + new[1:] if match[0][0].isupper() else new) if rng.random() < share else match[0]

    return pattern.sub(other, text)


def misheard(text: str, language: Language) -> str:
    return replaced(text, table(f"homophones-{language}"), language, _SHARE_MISHEARD, text)


def unpunctuated(text: str, language: Language) -> str:
    if language == "zh":
        return _CUT_ZH.sub("", text)
    return re.sub(r"[^\w\s']", " ", text.lower())


def hesitant(text: str, language: Language) -> str:
    """Put a filler at about every twelfth word, or eighteenth character."""
    rng = random.Random(text)
    units = re.split(r"(?<= )", text) if language == "en" else list(text)
    out: list[str] = []
    for unit in units:
        if rng.random() < 1 / _FILLER_EVERY[language]:
            out.append(rng.choice(_FILLERS[language]) + (" " if language == "en" else ""))
        out.append(unit)
    return "".join(out)


def as_recognised(text: str, language: Language) -> str:
    return unpunctuated(hesitant(misheard(text, language), language), language)
