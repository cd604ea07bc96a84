from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dialogue.understanding import (
    ASK_FROM,
    COMMAND_FROM,
    IntentScore,
    decide,
    measure_length,
    understand,
    without_prefix,
)


def ranking(**commands: float) -> list[IntentScore]:
    scores = [IntentScore(name, confidence) for name, confidence in commands.items()]
    return [*scores, IntentScore("answer", 1 - sum(commands.values()))]


def parser(seen: list[str], **commands: float) -> Callable[[str], Awaitable[dict[str, Any]]]:
    async def parse(text: str) -> dict[str, Any]:
        seen.append(text)
        lines = [{"name": name, "confidence": confidence} for name, confidence in ranking(**commands)]
        return {"intent": lines[0], "intent_ranking": lines}

    return parse


def test_a_sure_command_is_done() -> None:
    understood = decide("下一题", ranking(skip=COMMAND_FROM + 0.01))

    assert (understood.outcome, understood.intent) == ("command", "skip")
    assert understood.confidence == pytest.approx(COMMAND_FROM + 0.01)


def test_two_alike_commands_share_one_certainty_that_it_is_a_command() -> None:
    understood = decide("再讲讲", ranking(repeat=0.5, clarify=0.45))

    assert (understood.outcome, understood.intent) == ("command", "repeat")


def test_an_unsure_command_is_asked_about_and_named() -> None:
    understood = decide("等", ranking(pause=ASK_FROM + 0.01))

    assert (understood.outcome, understood.intent) == ("ask", "pause")


def test_what_is_rather_an_answer_is_an_answer() -> None:
    understood = decide("三年", ranking(time_left=ASK_FROM - 0.01))

    assert (understood.outcome, understood.intent) == ("answer", "answer")
    assert understood.confidence == pytest.approx(1 - ASK_FROM + 0.01)


def test_a_ranking_without_commands_is_an_answer() -> None:
    assert decide("三年", []).outcome == "answer"


@pytest.mark.parametrize("text", ["", "   ", "👍", "😂😂", "3", "100%", "？？", "/", "\u200b", "2019-2023"])
async def test_without_a_letter_nothing_is_a_command_nor_parsed(text: str) -> None:
    seen: list[str] = []

    understood = await understand(text, parser(seen, withdraw=1.0))

    assert (understood.outcome, understood.text, seen) == ("answer", text, [])


async def test_a_long_text_is_an_answer_and_not_parsed() -> None:
    seen: list[str] = []

    understood = await understand("我先暂停发货，" * 10, parser(seen, pause=1.0))

    assert (understood.outcome, seen) == ("answer", [])


@pytest.mark.parametrize(
    "typed", ["/withdraw", " /withdraw", "//withdraw", "／withdraw", "\u200b/withdraw", "\ufeff／ /withdraw"]
)
async def test_a_slash_typed_by_a_candidate_never_reaches_rasa(typed: str) -> None:
    seen: list[str] = []

    understood = await understand(typed, parser(seen, withdraw=0.99))

    assert seen == ["withdraw"]
    assert (understood.text, understood.intent) == (typed, "withdraw")


async def test_json_after_a_slash_is_parsed_as_plain_words() -> None:
    seen: list[str] = []

    await understand('/answer{"answer_id": "1"}', parser(seen, skip=0.1))

    assert seen == ['answer{"answer_id": "1"}']


def test_a_slash_inside_stays() -> None:
    assert without_prefix("n/a next") == "n/a next"


@pytest.mark.parametrize(
    ("text", "units"),
    [("", 0), ("I don't know", 3), ("三年半", 2), ("用Python写了3个", 2 + 4 / 1.5), ("naïve idea", 2)],
)
def test_length_counts_words_and_two_thirds_of_a_character(text: str, units: float) -> None:
    assert measure_length(text) == pytest.approx(units)
