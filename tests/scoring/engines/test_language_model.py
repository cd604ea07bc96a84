from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, SecretStr

from core.settings import LanguageModelSettings
from scoring.engines.language_model import LanguageModel, LanguageModelFailed
from tests.fakes.llm_endpoint import Behaviour, FakeEndpoint, answers_raw, fails, fake_endpoint, refuses, says

SECRET_WORDS = "紫色犀牛在第七车间门口唱歌"


class Answer(BaseModel):
    number: int


@pytest.fixture(scope="module")
def running() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: FakeEndpoint) -> FakeEndpoint:
    running.requests.clear()
    running.headers.clear()
    return running


def settings_for(base_url: str, key: str = "") -> LanguageModelSettings:
    return LanguageModelSettings(base_url=base_url, model="fake-1", api_key=SecretStr(key))


async def ask(base_url: str, key: str = "") -> Answer:
    async with LanguageModel(settings_for(base_url, key)) as model:
        return await model.fill(Answer, "Count.", {"text": SECRET_WORDS})


async def test_a_reply_in_the_shape_asked_for_is_returned(endpoint: FakeEndpoint) -> None:
    endpoint.script = [says('{"number": 7}')]

    assert (await ask(endpoint.base_url, "sk-mine")).number == 7

    (request,) = endpoint.requests
    assert request["model"] == "fake-1"
    schema = request["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["required"] == ["number"]
    assert endpoint.headers[0]["authorization"] == "Bearer sk-mine"


async def test_data_travel_as_json_in_the_users_message_alone(endpoint: FakeEndpoint) -> None:
    endpoint.script = [says('{"number": 7}')]

    await ask(endpoint.base_url)

    assert endpoint.requests[0]["messages"] == [
        {"role": "system", "content": "Count."},
        {"role": "user", "content": f'{{"text": "{SECRET_WORDS}"}}'},
    ]


@pytest.mark.parametrize(
    ("behaviour", "trouble"),
    [
        (refuses(), "declined"),
        (says("", finish_reason="content_filter"), "declined"),
        (says("of course! {"), "malformed"),
        (says('{"number": "many"}'), "malformed"),
        (says('{"number": 7', finish_reason="length"), "malformed"),
        (says(None), "malformed"),
        (answers_raw('{"choices": [{"mess'), "malformed"),
        (answers_raw('{"choices": []}'), "malformed"),
        (answers_raw("<html>welcome</html>", "text/html"), "malformed"),
        (fails(500), "unreachable"),
        (fails(401), "turned_away"),
        (fails(404), "turned_away"),
        (fails(429), "rate_limited"),
    ],
)
async def test_whatever_else_comes_is_named_and_asked_for_once(
    endpoint: FakeEndpoint, behaviour: Behaviour, trouble: str
) -> None:
    endpoint.script = [behaviour]

    with pytest.raises(LanguageModelFailed) as failed:
        await ask(endpoint.base_url)

    assert failed.value.trouble == trouble
    assert len(endpoint.requests) == 1


async def test_an_endpoint_that_is_too_busy_says_for_how_long(endpoint: FakeEndpoint) -> None:
    endpoint.script = [fails(429, retry_after="7")]

    with pytest.raises(LanguageModelFailed) as failed:
        await ask(endpoint.base_url)

    assert failed.value.retry_after_s == 7.0


async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(LanguageModelFailed) as failed:
        await ask("http://127.0.0.1:9/v1")

    assert failed.value.trouble == "unreachable"


async def test_a_redirect_is_not_followed_out_of_the_house(endpoint: FakeEndpoint) -> None:
    with fake_endpoint() as elsewhere:
        endpoint.script = [fails(307, location=f"{elsewhere.base_url}/chat/completions")]
        with pytest.raises(LanguageModelFailed):
            await ask(endpoint.base_url)

        assert elsewhere.requests == []


async def test_a_proxy_of_the_environment_is_not_told_what_stays_in_the_house(
    endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    endpoint.script = [says('{"number": 7}')]

    assert (await ask(endpoint.base_url)).number == 7


async def test_nothing_said_is_logged_even_where_everything_is(
    endpoint: FakeEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("openai").setLevel(logging.DEBUG)  # what OPENAI_LOG=debug does
    endpoint.script = [says(f'{{"number": "{SECRET_WORDS}"}}')]

    with pytest.raises(LanguageModelFailed) as failed:
        await ask(endpoint.base_url)

    assert SECRET_WORDS not in caplog.text
    assert not [line for line in caplog.records if line.name.split(".")[0] in ("openai", "httpx2", "httpcore2")]
    assert SECRET_WORDS not in repr(failed.value)
    assert failed.value.__cause__ is None
