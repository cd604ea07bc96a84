"""What reads a text aloud, and the one engine: any OpenAI-compatible `/v1/audio/speech` endpoint.

Only words of our own come here, never a candidate's (`bot/questions_aloud.py` sees to it), so no legal basis is asked
for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

from core.content import Language
from core.errors import Unavailable
from core.settings import SpeechSettings
from scoring.audio.kind import sniff
from scoring.engines.language_model import open_client

LIMIT_S: Final = 20.0
MOST_BYTES: Final = 5_000_000


class SpeechFailed(Unavailable):
    """No usable sound came; the text is there all the same."""

    phrase = "speech_failed"


class SpeechSynthesiser(Protocol):
    """Anything that reads a text aloud."""

    def voice(self, language: Language) -> str | None:
        """What makes the sound, by a name that changes whenever it would sound different; None: it cannot read this."""
        ...

    async def speak(self, text: str, language: Language) -> bytes:
        """The text as MP3, which every browser plays and Telegram takes as a voice note. Raises SpeechFailed."""
        ...


class SpeechEndpoint:
    """One model at one endpoint. Use it inside `async with`, in one event loop."""

    def __init__(self, settings: SpeechSettings) -> None:
        self._model = settings.model or ""
        self._voices: Mapping[Language, str | None] = {"zh": settings.voice_zh, "en": settings.voice_en}
        self._client = open_client(settings.base_url, settings.api_key, LIMIT_S)

    async def __aenter__(self) -> SpeechEndpoint:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    def voice(self, language: Language) -> str | None:
        voice = self._voices[language]
        return f"{self._model}/{voice}" if voice else None

    async def speak(self, text: str, language: Language) -> bytes:
        import openai

        try:
            async with asyncio.timeout(LIMIT_S):  # the client's own limit begins anew with every byte
                reply = await self._client.audio.speech.with_raw_response.create(
                    model=self._model, voice=self._voices[language] or "", input=text, response_format="mp3"
                )
        except TimeoutError:
            raise SpeechFailed(f"the speech endpoint was not done within {LIMIT_S:g} s") from None
        except openai.OpenAIError as error:
            raise SpeechFailed(f"the speech endpoint gave no sound: {type(error).__name__}") from None
        if sniff(reply.content) != "mp3" or len(reply.content) > MOST_BYTES:
            raise SpeechFailed("the speech endpoint sent something else than MP3 of at most 5 MB")
        return reply.content
