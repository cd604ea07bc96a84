"""`mianshi understand`: what the bot would make of a text, from a Rasa of its own that is stopped afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.rasa_process import private_rasa
from core.settings import Settings
from dialogue.rasa_client import RasaClient
from dialogue.understanding import Understood, understand


def understand_text(settings: Settings, text: str) -> dict[str, Any]:
    """`{"text", "intent", "confidence", "outcome"}` of one text, as while a question is open."""
    (understood,) = _understand_all(settings, [text])
    return asdict(understood)


def understand_batch(settings: Settings, source: Path, out: Path) -> int:
    """The same for the last column of each line of a TSV file, in order, one JSON a line; how many there were."""
    results = _understand_all(settings, _last_columns(source))
    with out.open("w", encoding="utf-8") as file:
        for understood in results:
            file.write(json.dumps(asdict(understood), ensure_ascii=False) + "\n")
    return len(results)


def _last_columns(source: Path) -> Iterator[str]:
    for line in source.read_text(encoding="utf-8-sig").split("\n"):
        if line.strip():
            yield line.rstrip("\r").rpartition("\t")[2]


def _understand_all(settings: Settings, texts: Iterable[str]) -> list[Understood]:
    async def ask(url: str, token: str) -> list[Understood]:
        client = RasaClient(url, token)
        try:
            return [await understand(text, client.parse) for text in texts]
        finally:
            await client.close()

    with private_rasa(settings) as rasa:
        return asyncio.run(ask(rasa.url, rasa.token))
