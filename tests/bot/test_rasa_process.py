from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.dialogue_model import MODEL, train
from bot.rasa_process import RunningRasa, answers, private_rasa
from core.errors import Rejected, Unavailable
from core.settings import Settings


def test_without_a_model_the_sentence_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="make setup"), private_rasa(Settings(), tmp_path / "none.tar.gz"):
        pass


@pytest.mark.servers
def test_a_private_rasa_understands_wants_its_token_and_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    # One token of 64 begins with a dash, which a command line takes for an option.
    monkeypatch.setattr("bot.rasa_process.secrets.token_urlsafe", lambda *_: "-of-64")
    with private_rasa(Settings()) as rasa:
        body = {"text": "请您再说一遍刚才的问题"}
        understood = httpx.post(f"{rasa.url}/model/parse", params={"token": rasa.token}, json=body).json()
        refused = httpx.post(f"{rasa.url}/model/parse", json=body)

    assert understood["intent"]["name"] == "repeat"
    assert refused.status_code == 401
    assert not answers(RunningRasa(rasa.url, rasa.token))


@pytest.mark.servers
def test_rasa_keeps_its_trackers_in_postgresql_when_told_so(fresh_postgres: Callable[[], str]) -> None:
    url = fresh_postgres()

    with private_rasa(Settings(), tracker_url=url) as rasa:
        httpx.post(
            f"{rasa.url}/conversations/one/tracker/events",
            params={"token": rasa.token},
            json={"event": "slot", "name": "language", "value": "en"},
            timeout=30,
        ).raise_for_status()

    with psycopg.connect(url) as connection:
        stored = connection.execute("SELECT count(*) FROM events WHERE sender_id = 'one'").fetchone()
    assert stored is not None
    assert stored[0] > 0


@pytest.mark.servers
def test_a_rasa_that_cannot_start_tells_its_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"this is no model")

    with (
        pytest.raises(Unavailable, match=r"did not load the dialogue model: .* `make train`"),
        private_rasa(Settings(), broken),
    ):
        pass


@pytest.mark.servers
def test_training_that_fails_gives_rasas_reason_and_keeps_the_old_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = MODEL.read_bytes()
    monkeypatch.setattr("bot.dialogue_model.DOMAIN", str(tmp_path / "missing.yml"))

    with pytest.raises(Rejected, match=r"could not be trained: .*missing\.yml"):
        train(tmp_path / "home")

    assert MODEL.read_bytes() == before
