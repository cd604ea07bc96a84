"""Phrases live in domain.yml. Rasa utters them in the course of the talk; this renders the same entries where no
dialogue takes place: the texts of questions that Rasa names, refusals at the door, and the word that Rasa is away."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from core.errors import Rejected
from core.settings import ROOT
from dialogue.turn import Button

DOMAIN_FILE = ROOT / "domain.yml"


@cache
def _responses() -> dict[str, list[dict[str, Any]]]:
    responses: dict[str, list[dict[str, Any]]] = yaml.safe_load(DOMAIN_FILE.read_text("utf-8"))["responses"]
    return responses


def _variant(key: str, language: str) -> dict[str, Any]:
    for variant in _responses().get(key, []):
        if {"type": "slot", "name": "language", "value": language} in variant["condition"]:
            return variant
    raise Rejected(f"domain.yml has no phrase {key} in language {language}")


def phrase(key: str, language: str, **parameters: object) -> str:
    """The text of a response for a language (`zh` or `en`), `{parameters}` filled in. Rejected when there is none."""
    text: str = _variant(key, language)["text"]
    return text.strip().format(**parameters)


def phrase_buttons(key: str, language: str, **parameters: object) -> tuple[Button, ...]:
    """The buttons of the same response."""
    buttons = _variant(key, language).get("buttons", [])
    return tuple(Button(button["title"].format(**parameters), button["payload"]) for button in buttons)
