from pathlib import Path

import pytest

from core.settings import LanguageModelSettings, MailSettings, RecordsSettings, Settings


def test_a_variable_sets_only_what_bears_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECORDS_DATABASE_URL", "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "ROBOT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://house/mianshi")
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("URL", "https://example.com")
    settings = Settings()
    assert settings.database.url == "postgresql://house/mianshi"
    assert settings.records.database_url == f"sqlite:///{tmp_path}/records.sqlite", "the HR records are another's"
    assert (settings.web.host, settings.web.port) == ("0.0.0.0", 8123)
    mail = MailSettings()
    assert (mail.host, mail.port, mail.user) == (None, None, None)
    assert settings.robot.url is None


def test_a_program_names_the_field_and_the_environment_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECORDS_DATABASE_URL", "sqlite:////srv/records.sqlite")
    assert RecordsSettings().database_url == "sqlite:////srv/records.sqlite"
    assert LanguageModelSettings(model="mine").model == "mine"
