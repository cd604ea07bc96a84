"""domain.yml holds every phrase once a language, so Rasa never has two to pick from at random."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
import yaml

from core.errors import Rejected
from dialogue.action_server import ACTIONS
from dialogue.phrases import DOMAIN_FILE, phrase
from dialogue.rasa_client import INTENTS
from hr_bridge.resume.document import Reason

DOMAIN: dict[str, Any] = yaml.safe_load(DOMAIN_FILE.read_text("utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]


def languages_of(name: str) -> list[str]:
    return [
        condition["value"]
        for variant in RESPONSES[name]
        for condition in variant["condition"]
        if condition["name"] == "language"
    ]


@pytest.mark.parametrize("name", RESPONSES)
def test_exactly_one_variant_matches_each_language(name: str) -> None:
    assert sorted(languages_of(name)) == ["en", "zh"]


@pytest.mark.parametrize("name", RESPONSES)
def test_both_languages_take_the_same_parameters_and_offer_the_same_buttons(name: str) -> None:
    zh, en = sorted(RESPONSES[name], key=lambda variant: variant["condition"][0]["value"], reverse=True)
    assert set(re.findall(r"\{(\w+)\}", zh["text"])) == set(re.findall(r"\{(\w+)\}", en["text"]))
    payloads = [[button["payload"] for button in variant.get("buttons", [])] for variant in (zh, en)]
    switched = [[p for p in of if not p.startswith("language:")] for of in payloads]
    assert switched[0] == switched[1]


@pytest.mark.parametrize("name", RESPONSES)
def test_chinese_is_written_with_chinese_punctuation(name: str) -> None:
    zh = next(variant for variant in RESPONSES[name] if variant["condition"][0]["value"] == "zh")
    assert not re.search(r"[\u4e00-\u9fff][,.!?;:]", zh["text"])
    assert re.search(r"[\u4e00-\u9fff]", zh["text"])


def test_every_action_and_intent_of_the_domain_is_ours_and_the_other_way_round() -> None:
    assert {action.action_name for action in ACTIONS} == set(DOMAIN["actions"])
    assert INTENTS == set(DOMAIN["intents"])


def test_every_refusal_of_a_resume_has_its_sentence() -> None:
    assert {f"utter_resume_{reason}" for reason in get_args(Reason)} <= RESPONSES.keys()


def test_a_phrase_that_is_not_there_is_named() -> None:
    with pytest.raises(Rejected, match="utter_nothing"):
        phrase("utter_nothing", "zh")
