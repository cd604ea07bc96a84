from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.settings import LanguageModelSettings
from scoring.engines.language_model import LanguageModel
from scoring.report_prose import PROSE_PROMPT, says_only, write_report_prose
from tests.fakes.llm_endpoint import Behaviour, FakeEndpoint, fake_endpoint, refuses, says, sleeps

FACTS: dict[str, Any] = {
    "match": 82.0,
    "competencies": [
        {"title": "结果导向", "score": 87.5, "quotes": ["年底做到了二百零六万，超了两成"], "not_scored_because": None},
        {"title": "抗压能力", "score": None, "quotes": [], "not_scored_because": "回答太短，没有可以评分的内容。"},
    ],
}
TRUE = "岗位匹配度82。结果导向87.5分，提到“年底做到了二百零六万”，是一般人做不到的。抗压能力未能评分。"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as running:
        yield running


async def written(endpoint: FakeEndpoint, behaviour: Behaviour, limit_s: float = 20) -> str | None:
    endpoint.requests.clear()
    endpoint.script = [behaviour]
    async with LanguageModel(LanguageModelSettings(base_url=endpoint.base_url, model="fake-1")) as model:
        return await write_report_prose(model, FACTS, "zh", limit_s)


def prose(text: str) -> Behaviour:
    return says(json.dumps({"prose": text}, ensure_ascii=False))


async def test_prose_that_keeps_to_the_facts_is_used(endpoint: FakeEndpoint) -> None:
    assert await written(endpoint, prose(TRUE)) == TRUE

    system, user = endpoint.requests[0]["messages"]
    assert system["content"] == PROSE_PROMPT["zh"]
    assert json.loads(user["content"]) == FACTS


@pytest.mark.parametrize(
    "behaviour", [refuses(), prose(""), prose("字" * 1501), says("nothing"), prose(TRUE + "他带过35人。")]
)
async def test_anything_else_is_no_prose(endpoint: FakeEndpoint, behaviour: Behaviour) -> None:
    assert await written(endpoint, behaviour) is None


async def test_a_slow_writer_is_not_waited_for(endpoint: FakeEndpoint) -> None:
    assert await written(endpoint, sleeps(30), limit_s=0.3) is None


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("匹配度82.0", True),
        ("匹配度８２", True),
        ("匹配度8.2", False),
        ("匹配度2", False),
        ("匹配度83", False),
        ("超了两成", True),
        ("超了三成", False),
        ("有一些经验", True),
        ("He won half of them.", False),
        ("He won 82 of them.", True),
        ("他说“年底做到了二百零六万”", True),
        ("他说「年底做到了二百零六万」", True),
        ("他说“我从不放弃”", False),
        ('He said "I never give up".', False),
        ("他说“年底做到了", False),
        ("the candidate’s answer", True),
    ],
)
def test_numbers_in_digits_or_words_and_quotations_must_stand_in_the_facts(text: str, allowed: bool) -> None:
    assert says_only(text, FACTS) is allowed
