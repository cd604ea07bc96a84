import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.doctor import Finding, differences, examine
from bot.migrations import migrate
from core import clock
from core.database import open_engine
from core.settings import ROOT, Settings
from tests.bot.console.house import furnished
from tests.builders import finished_interview, scored_interview
from tests.hr_bridge.connectors.receiver import new_secret


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "PORT": "18901",
        "ACTION_PORT": "18902",
        "RECORDS_PORT": "18903",
        "RASA_URL": "http://127.0.0.1:18904",
    }.items():
        monkeypatch.setenv(name, value)
    return Settings()


def found(settings: Settings, name: str) -> Finding:
    (finding,) = [finding for finding in examine(settings) if finding.name == name]
    return finding


def test_a_database_that_was_never_made_fails_with_the_command_that_makes_it(settings: Settings) -> None:
    finding = found(settings, "database")

    assert finding.verdict == "fail"
    assert finding.remedy == "make setup"


def test_an_empty_database_is_told_apart_from_a_migrated_one(settings: Settings) -> None:
    engine = open_engine(settings.database.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE something (id TEXT)")
    assert "is at nothing" in found(settings, "database").detail

    migrate(engine)
    engine.dispose()

    assert found(settings, "database").verdict == "ok"


async def test_interviews_whose_report_does_not_come_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with furnished(tmp_path, monkeypatch) as services, clock.hands_restored():
        finished_interview(services)
        scored_interview(services)
        assert found(services.settings, "reports").verdict == "ok"

        clock.turn_forward(timedelta(minutes=20))

        finding = found(services.settings, "reports")
        assert finding.verdict == "warn"
        assert finding.detail.startswith("1 finished interview without a report")


def test_plain_http_off_this_machine_costs_the_microphone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(settings, "HTTPS").verdict == "ok"

    monkeypatch.setenv("HOST", "0.0.0.0")
    exposed = found(Settings(), "HTTPS")
    monkeypatch.setenv("PUBLIC_URL", "https://interviews.example.com")
    secured = found(Settings(), "HTTPS")

    assert exposed.verdict == "warn"
    assert "without HTTPS a phone on the LAN has no microphone" in exposed.detail
    assert secured.verdict == "ok"


def test_a_redis_that_does_not_answer_is_a_warning_because_nothing_is_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [finding for finding in examine(settings) if finding.name == "Redis"]

    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")

    assert found(Settings(), "Redis").verdict == "warn"


def test_questions_read_aloud_need_a_voice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPEECH_MODEL", "SPEECH_VOICE_ZH", "SPEECH_VOICE_EN"):
        monkeypatch.delenv(name, raising=False)
    assert found(Settings(), "questions read aloud").detail == "off"

    monkeypatch.setenv("SPEECH_MODEL", "speech-1")
    assert found(Settings(), "questions read aloud").verdict == "warn"

    monkeypatch.setenv("SPEECH_VOICE_ZH", "xiaoxiao")
    assert found(Settings(), "questions read aloud").detail == "zh by xiaoxiao, at 127.0.0.1"


def test_a_language_model_outside_the_house_needs_a_recorded_basis(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLM_MODEL", raising=False)
    assert found(Settings(), "language model").detail == "none set up, none needed"

    monkeypatch.setenv("LLM_MODEL", "big-1")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://93.184.216.34/v1")
    outside = found(Settings(), "language model")
    assert outside.verdict == "warn"
    assert "stays off under cn, eu, strict" in outside.detail
    assert "LLM_LEGAL_BASIS" in (outside.remedy or "")

    monkeypatch.setenv("LLM_LEGAL_BASIS", "decided on 2 November 2026 after an assessment")
    assert found(Settings(), "language model").verdict == "ok"

    monkeypatch.delenv("LLM_LEGAL_BASIS")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")
    assert found(Settings(), "language model").verdict == "ok"


def test_a_dead_database_server_is_one_line_and_does_not_hide_the_rest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/mianshi")

    findings = {finding.name: finding for finding in examine(Settings())}

    assert findings["database"].verdict == "fail"
    assert "\n" not in findings["database"].detail
    assert "disk" in findings


def test_rules_nobody_checked_for_half_a_year_are_named(settings: Settings) -> None:
    with clock.hands_restored():
        clock.turn_forward(timedelta(days=3 * 365))
        finding = found(settings, "policy cn")

    assert finding.verdict == "warn"
    assert "prior_pay" in finding.detail


def test_a_port_of_somebody_else_fails(settings: Settings) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 18902))
        other.listen()
        finding = found(settings, "ACTION_PORT")

    assert finding.verdict == "fail"
    assert "18902" in finding.detail


def test_a_package_that_differs_from_the_lock_is_named(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "python3.11" / "site-packages" / "Some_Thing-1.2.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: Some_Thing\nVersion: 1.2+cpu\n")
    lock = tmp_path / "lock"
    lock.write_text("some-thing==1.2\nother==3\n")

    assert differences(tmp_path, [lock]) == ["other"]
    lock.write_text("some-thing==1.3\n")
    assert differences(tmp_path, [lock]) == ["some-thing"]


def test_json_is_one_document_and_a_failure_is_the_exit_status(tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path / "nowhere"), "PORT": "18905"}
    mianshi = Path(sys.executable).with_name("mianshi")

    done = subprocess.run([mianshi, "doctor", "--json"], capture_output=True, text=True, env=environment, cwd=ROOT)

    findings = json.loads(done.stdout)
    assert done.returncode == 1
    assert {
        "name": "database",
        "verdict": "fail",
        "detail": "has not been made yet",
        "remedy": "make setup",
    } in findings


def test_a_telegram_bot_is_asked_and_its_token_never_shown(telegram_api: str) -> None:
    settings = Settings()
    assert found(settings, "Telegram").verdict == "ok"
    settings.telegram.api_base = telegram_api
    for token, verdict, part in (
        ("701:secret-words", "ok", "@mianshi_701_bot answers"),
        ("701:REVOKED", "fail", "does not know the bot"),
        ("not a token", "fail", "@BotFather"),
    ):
        settings.telegram.token = SecretStr(token)
        finding = found(settings, "Telegram")
        assert finding.verdict == verdict
        assert part in finding.detail
        assert token not in str(finding)
    settings.telegram.token, settings.telegram.api_base = SecretStr("701:secret-words"), "http://127.0.0.1:1"
    finding = found(settings, "Telegram")
    assert finding.verdict == "warn"
    assert "secret-words" not in str(finding)


def test_a_recogniser_that_is_not_there_fails_with_what_to_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert found(settings, "packaged recogniser").verdict == "ok"

    monkeypatch.setenv("RECOGNISER", "owner/never-fetched@abc123")
    missing = found(Settings(), "speech recogniser")
    assert missing.verdict == "fail"
    assert "hf download owner/never-fetched" in missing.detail

    monkeypatch.setenv("RECOGNISER", str(tmp_path))
    assert found(Settings(), "speech recogniser").detail == f"{tmp_path.name}, named by RECOGNISER"


def test_a_webhook_is_examined_down_to_the_address_it_leads_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(settings, "webhook").verdict == "ok"

    monkeypatch.setenv("WEBHOOK_URL", "http://127.0.0.1:18905/hooks")
    assert "WEBHOOK_SECRET" in found(Settings(), "webhook").detail
    monkeypatch.setenv("WEBHOOK_SECRET", new_secret())
    assert "https://" in found(Settings(), "webhook").detail
    monkeypatch.setenv("WEBHOOK_URL", "https://localhost:18905/hooks")
    inside = found(Settings(), "webhook")
    assert (inside.verdict, "private address" in inside.detail) == ("fail", True)
    monkeypatch.setenv("WEBHOOK_PRIVATE_HOSTS", "localhost")
    assert found(Settings(), "webhook").verdict == "ok"
    monkeypatch.setenv("WEBHOOK_URL", "https://no-such-host.invalid/hooks")
    assert found(Settings(), "webhook").verdict == "warn"


def test_callbacks_need_a_secret_before_a_host_is_called(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(settings, "callbacks").verdict == "ok"

    monkeypatch.setenv("PROVIDER_CALLBACK_HOSTS", "ats.example")
    assert "PROVIDER_CALLBACK_SECRET" in found(Settings(), "callbacks").detail
    monkeypatch.setenv("PROVIDER_CALLBACK_SECRET", new_secret())
    assert found(Settings(), "callbacks").detail == "ats.example may be called back"


def test_the_exchange_folder_is_named_when_it_is_away_or_refused_something(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not [finding for finding in examine(settings) if finding.name == "exchange folder"]
    settings.exchange.folder = tmp_path / "hr"
    assert found(settings, "exchange folder").verdict == "fail"

    refused = settings.exchange.folder / "in" / "refused"
    refused.mkdir(parents=True)
    assert found(settings, "exchange folder").verdict == "ok"

    (refused / "a.csv.report.csv").touch()
    assert "1 file was refused" in found(settings, "exchange folder").detail

    monkeypatch.setattr("bot.doctor.os.access", lambda _folder, right: right == os.R_OK)
    assert "cannot be written to" in found(settings, "exchange folder").detail
