"""Phrases live in domain.yml. Rasa utters them in the course of the talk; this renders the same entries where no
dialogue takes place: refusals at the door, and the word that Rasa itself is away."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from core.errors import Rejected
from core.settings import ROOT

DOMAIN_FILE = ROOT / "domain.yml"


@cache
def _responses() -> dict[str, list[dict[str, Any]]]:
    responses: dict[str, list[dict[str, Any]]] = yaml.safe_load(DOMAIN_FILE.read_text("utf-8"))["responses"]
    return responses


def phrase(key: str, language: str, **parameters: object) -> str:
    """The text of a response for a language (`zh` or `en`), its `{parameters}` filled in. Rejected when there is none."""
    for variant in _responses().get(key, []):
        if {"type": "slot", "name": "language", "value": language} in variant["condition"]:
            text: str = variant["text"]
            return text.strip().format(**parameters)
    raise Rejected(f"domain.yml has no phrase {key} in language {language}")
