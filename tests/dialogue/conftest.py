"""A Rasa server with the project's own dialogue model."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue_model import is_current, train
from bot.rasa_process import RunningRasa, private_rasa
from core.settings import Settings
from dialogue.rasa_client import RasaClient


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Where it answers, and the folder in which it leaves whatever it writes."""

    rasa: RunningRasa
    folder: Path


@pytest.fixture(scope="session")
def served_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedModel]:
    folder = tmp_path_factory.mktemp("rasa")
    if not is_current():
        train(folder / "training")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        with private_rasa(Settings()) as rasa:
            yield ServedModel(rasa, folder)


@pytest.fixture
async def rasa_parse(served_model: ServedModel) -> Any:
    client = RasaClient(served_model.rasa.url, served_model.rasa.token)
    parse: Callable[[str], Awaitable[dict[str, Any]]] = client.parse
    yield parse
    await client.close()
