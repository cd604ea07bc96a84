"""The one file that talks to a language model: any OpenAI-compatible endpoint, a JSON schema with every call.

What candidates say travels as a JSON object in the user's message, never in the system prompt. Nothing of a request or
a reply is logged or put into an error.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from core.errors import Unavailable
from core.settings import LanguageModelSettings
from scoring.llm_permission import leaves_the_house

if TYPE_CHECKING:
    import openai

Trouble = Literal["timeout", "rate_limited", "unreachable", "turned_away", "declined", "malformed"]
LIMIT_S: Final = 20.0

Shape = TypeVar("Shape", bound=BaseModel)


class LanguageModelFailed(Unavailable):
    """No usable reply. `trouble` says why; `retry_after_s` is what the endpoint asked for, when it is too busy."""

    def __init__(self, trouble: Trouble, retry_after_s: float | None = None) -> None:
        super().__init__(f"the language model gave no usable reply: {trouble}")
        self.trouble: Trouble = trouble
        self.retry_after_s = retry_after_s


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice]


def open_client(base_url: str, api_key: SecretStr, limit_s: float) -> openai.AsyncOpenAI:
    """A client that tries once, logs nothing, and goes where the setting says and nowhere else."""
    import openai  # takes a second, and most houses have no such endpoint

    for name in ("openai", "httpx2", "httpcore2"):  # OPENAI_LOG=debug must not decide what is logged
        logging.getLogger(name).setLevel(logging.WARNING)
    return openai.AsyncOpenAI(
        base_url=base_url,
        api_key=api_key.get_secret_value() or "unused",
        max_retries=0,  # the caller knows how much time is left
        timeout=limit_s,
        http_client=openai.DefaultAsyncHttpxClient(
            # A redirect or a proxy could carry the text of an answer out of the house.
            follow_redirects=False,
            trust_env=leaves_the_house(base_url),
        ),
    )


class LanguageModel:
    """One model at one endpoint. Use it inside `async with`, in one event loop."""

    def __init__(self, settings: LanguageModelSettings) -> None:
        self.name = settings.model or ""
        self._client = open_client(settings.base_url, settings.api_key, LIMIT_S)

    async def __aenter__(self) -> LanguageModel:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def fill(self, shape: type[Shape], system: str, data: Mapping[str, Any]) -> Shape:
        """Return the model's reply to `data` as a `shape`, whose JSON schema it is given.

        Raises:
            LanguageModelFailed: nothing came, or not what was asked for.
        """
        body = await self._ask(shape, system, data)
        try:
            choice = _Completion.model_validate_json(body).choices[0]
        except (ValidationError, IndexError):
            raise LanguageModelFailed("malformed") from None
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise LanguageModelFailed("declined")
        try:
            return shape.model_validate_json(choice.message.content or "")
        except ValidationError:
            raise LanguageModelFailed("malformed") from None

    async def _ask(self, shape: type[Shape], system: str, data: Mapping[str, Any]) -> bytes:
        import openai

        try:
            reply = await self._client.chat.completions.with_raw_response.create(
                model=self.name,
                messages=[
                    {"role": "system", "content": system},
                    {"role": "user", "content": json.dumps(data, ensure_ascii=False)},
                ],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": shape.__name__, "strict": True, "schema": shape.model_json_schema()},
                },
            )
        except openai.APITimeoutError:
            raise LanguageModelFailed("timeout") from None
        except openai.RateLimitError as error:
            raise LanguageModelFailed("rate_limited", _seconds(error.response.headers.get("retry-after"))) from None
        except openai.APIStatusError as error:
            raise LanguageModelFailed("turned_away" if error.status_code < 500 else "unreachable") from None
        except openai.APIConnectionError:
            raise LanguageModelFailed("unreachable") from None
        return reply.content


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header is not None else None
    except ValueError:
        return None
