from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.accounts import Account
from bot.privacy.backup import BackupRefused, make_backup, restore
from bot.privacy.carrying_out import carry_out
from bot.privacy.certificate import read_certificate
from bot.privacy.erasure import ask_for_erasure
from bot.privacy.holds import is_held, place_hold, read_holds
from bot.privacy.key_store import KeyStore
from bot.services import Services
from core.clock import now
from core.encryption import new_master_key
from core.errors import CandidateErased
from core.settings import Settings
from core.tables import AskingAccount, Candidate, ErasureNotice, Heartbeat, Interview, Message, SecondFactor, User
from tests.bot.console.house import furnished
from tests.bot.privacy.held_interview import held, secrets_of

OTHER = ("王小明", "+8613800002222", "ming@example.com", "EXT-9")


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with furnished(tmp_path / "var", monkeypatch, BACKUP_KEYS=str(tmp_path / "keys" / "keys.sqlite")) as made:
        yield made


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()


def erased(services: Services, candidate_id: str) -> str:
    with services.database.unit_of_work() as session:
        request_id = ask_for_erasure(session, candidate_id, "candidate")
    assert carry_out(services, request_id)
    return request_id


def name_of(services: Services, candidate_id: str) -> str:
    with services.database.reading() as session:
        candidate = session.get_one(Candidate, candidate_id)
        return services.keys.unwrap(candidate.wrapped_key).open(candidate.name_sealed)


async def test_whoever_was_erased_stays_unreadable_after_a_restore_from_before(
    services: Services, tmp_path: Path
) -> None:
    gone, stays = held(services), held(services, *OTHER)
    sealed, wrapped = secrets_of(services, gone), secrets_of(services, stays)[0]
    made = make_backup(services, tmp_path / "backup")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "backup").iterdir())
    assert all(each in kept for each in sealed[1:]), "the backup is whole"
    assert sealed[0] not in kept
    assert wrapped not in kept, "no key lies beside the data"
    assert made.keys == 2

    request_id = erased(services, gone)
    assert gone not in KeyStore(tmp_path / "keys" / "keys.sqlite").keys("candidate")
    assert sealed[0] not in (tmp_path / "keys" / "keys.sqlite").read_bytes()
    services.database.close()
    back = restore(Settings(), tmp_path / "backup", replace=True)

    assert (back.candidates, back.erased_again) == (1, 1)
    assert name_of(services, stays) == OTHER[0]
    with pytest.raises(CandidateErased):
        name_of(services, gone)
    content = b"".join(path.read_bytes() for path in (tmp_path / "var").glob("mianshi.sqlite*"))
    assert not any(each in content for each in sealed)
    with services.database.reading() as session:
        assert read_certificate(session, request_id).document.candidate_id == gone
        assert {row.state for row in session.exec(select(ErasureNotice))} == {"pending"}, (
            "the HR systems are told again"
        )
        assert session.exec(select(Interview).where(Interview.candidate_id == gone)).first() is None


async def test_on_another_machine_the_key_file_is_enough_to_know_who_was_erased(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = held(services), held(services, *OTHER)
    make_backup(services, tmp_path / "backup")
    erased(services, gone)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "new"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new/mianshi.sqlite")
    back = restore(Settings(), tmp_path / "backup", replace=False)
    assert (back.candidates, back.erased_again, back.without_key) == (1, 1, 0)
    content = (tmp_path / "new" / "mianshi.sqlite").read_bytes()
    assert gone.encode() in content, "that they were erased is known"
    assert stays.encode() in content


async def test_a_restore_brings_back_what_was_said(services: Services, tmp_path: Path) -> None:
    candidate_id = held(services)
    make_backup(services, tmp_path / "backup")
    with services.database.unit_of_work() as session:
        session.get_one(Candidate, candidate_id).name_sealed = "broken"
    services.database.close()
    assert restore(Settings(), tmp_path / "backup", replace=True).candidates == 1
    with services.database.reading() as session:
        message = session.exec(select(Message)).first()
        assert message is not None
        key = services.keys.unwrap(session.get_one(Candidate, candidate_id).wrapped_key)
        assert key.open(message.text_sealed)


async def test_a_restore_brings_back_every_key_and_takes_no_lock_and_no_hold_away(
    services: Services, tmp_path: Path
) -> None:
    candidate_id, admin = held(services), Account(id="user:1", name="admin", role="admin")
    wrapped = services.keys.new_wrapped_key()
    factor = services.keys.unwrap(wrapped).seal("JBSWY3DPEHPK3PXP", "secret")
    with services.database.unit_of_work() as session:
        session.add_all([User(id=one, name=one, password_hash="", role="hr", created_at=now()) for one in "ab"])
        session.flush()
        session.add_all(
            SecondFactor(user_id=one, wrapped_key=wrapped, secret_sealed=factor, created_at=now()) for one in "ab"
        )
        session.add(
            AskingAccount(channel="telegram", account_id="7", user_id="a", wrapped_key=wrapped, linked_at=now())
        )
    make_backup(services, tmp_path / "backup")
    assert wrapped not in (tmp_path / "backup" / "mianshi.sqlite").read_bytes()
    KeyStore(tmp_path / "keys" / "keys.sqlite").forget("secondfactor", ["b"])
    with services.database.unit_of_work() as session:
        place_hold(session, services.keys, admin, "劳动仲裁 2026-113", candidate_id=candidate_id)
    services.database.close()
    restore(Settings(), tmp_path / "backup", replace=True)
    with services.database.reading() as session:
        assert session.get_one(AskingAccount, ("telegram", "7")).wrapped_key == wrapped
        assert [session.get_one(SecondFactor, one).wrapped_key for one in "ab"] == [wrapped, b""]
        assert is_held(session, candidate_id)
        assert [hold.reason for hold in read_holds(session, services.keys)] == ["劳动仲裁 2026-113"]


async def test_what_would_do_harm_is_refused(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(services)
    make_backup(services, tmp_path / "backup")
    with pytest.raises(BackupRefused, match="there already"):
        make_backup(services, tmp_path / "backup")
    with pytest.raises(BackupRefused, match="--replace"):
        restore(Settings(), tmp_path / "backup", replace=False)
    with services.database.unit_of_work() as session:
        session.add(Heartbeat(process="app", beat_at=now()))
    with pytest.raises(BackupRefused, match="running"):
        restore(Settings(), tmp_path / "backup", replace=True)
    with services.database.unit_of_work() as session:
        session.get_one(Heartbeat, "app").beat_at = now() - timedelta(minutes=5)
    with monkeypatch.context() as patch:
        patch.setenv("MASTER_KEY", new_master_key())
        with pytest.raises(BackupRefused, match="MASTER_KEY"):
            restore(Settings(), tmp_path / "backup", replace=True)
    (tmp_path / "backup" / "mianshi.sqlite").write_bytes(b"cut off")
    with pytest.raises(BackupRefused, match="not whole"):
        restore(Settings(), tmp_path / "backup", replace=True)


async def test_of_a_postgresql_server_its_own_tool_is_named(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(services, tmp_path / "backup")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
    with pytest.raises(BackupRefused, match="pg_dump"):
        restore(Settings(), tmp_path / "backup", replace=True)
