from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from bot.audit_chain import Verification, link_new_entries, verify_chain
from bot.migrations import migrate
from bot.privacy.backup import make_backup, restore
from bot.privacy.carrying_out import carry_out
from bot.privacy.erasure import ask_for_erasure
from bot.privacy.retention import keep_to_policy
from bot.services import Services
from core.clock import hands_restored, turn_forward
from core.database import open_engine
from core.settings import Settings
from core.tables import AuditEntry
from tests.bot.console.house import furnished
from tests.bot.privacy.canary_rows import plant


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
async def services(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    (tmp_path / "var").mkdir()
    settings = {"BACKUP_KEYS": str(tmp_path / "keys.sqlite")}
    if request.param == "postgresql":
        fresh: Callable[[], str] = request.getfixturevalue("fresh_postgres")
        settings["DATABASE_URL"] = fresh()
        engine = open_engine(settings["DATABASE_URL"])
        migrate(engine)
        engine.dispose()
    with furnished(tmp_path / "var", monkeypatch, **settings) as made, hands_restored():
        yield made


def verified(services: Services, noted: str | None = None) -> Verification:
    link_new_entries(services.database)
    return verify_chain(services.database, noted)


def actions(services: Services) -> list[str]:
    with services.database.reading() as session:
        return list(session.exec(select(AuditEntry.action).order_by(col(AuditEntry.place))))


async def test_the_audit_log_stays_true_after_erasure_retention_and_a_restore(
    services: Services, tmp_path: Path
) -> None:
    gone, later = plant(services), plant(services)
    for canary in (gone, later):
        with services.database.unit_of_work() as session:
            request_id = ask_for_erasure(session, canary.candidate_id, "candidate")
        if canary is later:
            before = verified(services)
            make_backup(services, tmp_path / "backup")
        assert carry_out(services, request_id)
    erased = verified(services, before.head)
    assert (erased.ok, erased.waiting) == (True, 0)
    assert erased.entries > before.entries

    plant(services)
    turn_forward(timedelta(days=100))
    keep_to_policy(services)
    kept = verified(services, erased.head)
    assert (kept.ok, actions(services)[-1]) == (True, "retention_carried_out")

    services.database.close()
    restore(Settings(), tmp_path / "backup", replace=True)
    back = verified(services, before.head)
    assert (back.ok, back.waiting) == (True, 0)
    assert (back.entries, actions(services)[-1]) == (before.entries + 1, "erased"), "the erasure carried out anew"
    unknown = verify_chain(services.database, kept.head)
    assert not unknown.ok
    assert "noted" in str(unknown.problem)
    with services.database.unit_of_work() as session:
        session.execute(update(AuditEntry).where(col(AuditEntry.place) == 1).values(subject=later.candidate_id))
    assert verified(services).broken_at == 1
