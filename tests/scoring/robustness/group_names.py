"""The same answer told by, and about, people of another group: names, pronouns, where somebody comes from."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final

from core.settings import ROOT
from scoring.score import Language

_FOLDER: Final = ROOT / "data" / "name-swap"
_COLLEAGUE_EN: Final = re.compile(
    r"\b(my|our) (boss|manager|supervisor|friend|coworker|co-worker|colleague|teacher|coach|professor|teammate|partner)\b"
)
_COLLEAGUE_ZH: Final = re.compile(r"(经理|主管|老板|同事|师傅|组长|班长|领导|店长)(?![们的长])")
_TO_WOMAN: Final = {"he": "she", "him": "her", "his": "her", "himself": "herself"}
_TO_MAN: Final = {"she": "he", "her": "him", "hers": "his", "herself": "himself"}


@cache
def groups(language: Language) -> tuple[str, ...]:
    """Return every group as "group/m" or "group/f"; the first is what the others are compared with."""
    names = ("W", "B", "A", "H") if language == "en" else ("汉族", "维吾尔族", "藏族", "蒙古族")
    return tuple(f"{name}/{sex}" for name in names for sex in "mf")


@cache
def _names(language: Language) -> dict[str, list[str]]:
    if language == "zh":
        data = _read("zh.json")
        return {g: data[g.partition("/")[0]][g[-1]] for g in groups("zh")}
    men, women = _read("top_mens_names.json"), _read("top_womens_names.json")
    return {g: [name.title() for name in (men if g[-1] == "m" else women)[g[0]]] for g in groups("en")}


def origins() -> list[str]:
    return list(_read("zh.json")["地区"]["origins"])


def told_by(text: str, language: Language, group: str, number: int) -> str:
    """Return the answer with the speaker and those spoken of named after the group."""
    names = _names(language)[group]
    own, other = names[number % len(names)], names[(number + 3) % len(names)]
    woman = group.endswith("f")
    if language == "zh":
        text = text.replace("他", "她") if woman else text.replace("她", "他")
        return f"我叫{own}。" + _COLLEAGUE_ZH.sub(lambda m: m[1] + other, text, count=1)
    swap = _TO_WOMAN if woman else _TO_MAN
    text = re.sub(r"\b[a-z]+\b", lambda m: swap.get(m[0], m[0]), text)
    text = re.sub(r"\b(?:He|She)\b", "She" if woman else "He", text)
    return f"My name is {own}. " + _COLLEAGUE_EN.sub(lambda m: f"{m[0]} {other}", text, count=1)


def _read(name: str) -> dict[str, Any]:
    return dict(json.loads((_FOLDER / name).read_text(encoding="utf-8")))
