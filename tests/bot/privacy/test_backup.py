import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlmodel import select

from bot.accounts import Account
from bot.migrations import current_revision, migrate, newest_revision
from bot.privacy.backup import BackupRefused, make_backup, restore
from bot.privacy.carrying_out import carry_out
from bot.privacy.certificate import read_certificate
from bot.privacy.erasure import ask_for_erasure
from bot.privacy.holds import is_held, place_hold, read_holds
from bot.privacy.key_store import KeyStore
from bot.services import Services, opened_services
from core.clock import now
from core.database import open_engine
from core.encryption import new_master_key
from core.errors import CandidateErased
from core.settings import Settings
from core.tables import AskingAccount, Candidate, ErasureNotice, Heartbeat, Interview, Message, SecondFactor, User
from tests.bot.console.house import furnished
from tests.bot.privacy.canary_rows import every_value, left, plant
from tests.bot.privacy.held_interview import held, secrets_of

ADDRESSES = {
    "DATABASE_URL": "mianshi",
    "DBOS_DATABASE_URL": "dbos",
    "RASA_TRACKER_URL": "rasa",
    "RECORDS_DATABASE_URL": "records",
}
EVENTS = (
    "CREATE TABLE events (id SERIAL PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL, "
    "timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"
)
"""As Rasa makes it on a server."""
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


async def test_keys_that_live_for_a_day_and_of_somebody_erased_are_in_no_backup(
    services: Services, tmp_path: Path
) -> None:
    gone, stays = plant(services), plant(services)
    make_backup(services, tmp_path / "backup")
    store = KeyStore(tmp_path / "keys" / "keys.sqlite")
    holders = ("applicant", "candidate", "employee", "invitationlist", "legalhold", "walkin")
    assert [len(store.keys(holder)) for holder in holders] == [2, 2, 2, 0, 2, 0]
    erased(services, gone.candidate_id)
    assert [len(store.keys(holder)) for holder in holders] == [1, 1, 1, 0, 1, 0]
    services.database.close()
    restore(Settings(), tmp_path / "backup", replace=True)
    short = {"walkin", "invitationlist"}
    assert {name for name in stays.marks if name.partition(".")[0] not in short} == left(
        stays, every_value(services.database.engine)
    )


@pytest.fixture
async def on_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: Callable[[], str]
) -> Iterator[Services]:
    addresses = {name: fresh_postgres() for name in ADDRESSES}
    engine = open_engine(addresses["DATABASE_URL"])
    migrate(engine)
    engine.dispose()
    with furnished(
        tmp_path / "var", monkeypatch, BACKUP_KEYS=str(tmp_path / "keys" / "keys.sqlite"), **addresses
    ) as made:
        with psycopg.connect(made.settings.database.tracker_url, autocommit=True) as rasa:
            rasa.execute(EVENTS)
        yield made


def dialogue_of(url: str) -> list[str]:
    with psycopg.connect(url) as rasa:
        return [row[0] for row in rasa.execute("SELECT sender_id FROM events ORDER BY id").fetchall()]


@pytest.mark.servers
async def test_a_server_is_backed_up_and_restored_and_whoever_was_erased_stays_unreadable(
    on_a_server: Services, tmp_path: Path
) -> None:
    services = on_a_server
    gone, stays, other = held(services), held(services, *OTHER), plant(services)
    sealed, wrapped = secrets_of(services, gone), secrets_of(services, stays)[0]
    with services.database.reading() as session:
        (interview_id,) = session.exec(select(Interview.id).where(Interview.candidate_id == gone)).all()
    url = services.settings.database.tracker_url
    with psycopg.connect(url, autocommit=True) as rasa:
        for sender in (interview_id, "somebody"):
            rasa.execute("INSERT INTO events (sender_id, type_name) VALUES (%s, 'user')", (sender,))
    made = make_backup(services, tmp_path / "backup")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "backup").iterdir())
    assert sorted(made.files) == ["mianshi.sqlite", "rasa.sqlite", "records.sqlite"]
    assert all(each in kept for each in sealed[1:]), "the backup is whole"
    assert sealed[0] not in kept
    assert wrapped not in kept, "no key lies beside the data"

    request_id = erased(services, gone)
    with services.database.unit_of_work() as session:
        session.get_one(Candidate, stays).name_sealed = "broken"
    with pytest.raises(BackupRefused, match="--replace"):
        restore(Settings(), tmp_path / "backup", replace=False)
    back = restore(Settings(), tmp_path / "backup", replace=True)

    assert (back.candidates, back.erased_again) == (2, 1)
    assert name_of(services, stays) == OTHER[0]
    with pytest.raises(CandidateErased):
        name_of(services, gone)
    found = b"\0".join(every_value(services.database.engine))
    assert not any(each in found for each in sealed)
    with services.database.reading() as session:
        assert read_certificate(session, request_id).document.candidate_id == gone
    short = {"walkin", "invitationlist"}
    assert left(other, [found]) >= {name for name in other.marks if name.partition(".")[0] not in short}
    assert dialogue_of(url) == ["somebody"]
    with psycopg.connect(url, autocommit=True) as rasa:
        rasa.execute("INSERT INTO events (sender_id, type_name) VALUES ('next', 'user')")  # its counter goes on
    assert dialogue_of(url) == ["somebody", "next"]
    assert list((tmp_path / "var").glob("restore-*")) == []


@pytest.mark.servers
async def test_a_backup_of_a_server_is_restored_into_an_empty_one_and_into_files(
    on_a_server: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fresh_postgres: Callable[[], str],
) -> None:
    canary = plant(on_a_server)
    make_backup(on_a_server, tmp_path / "backup")
    whole = {name for name in canary.marks if name.partition(".")[0] not in {"walkin", "invitationlist"}}
    for where in ("server", "files"):
        for name, file in ADDRESSES.items():
            address = fresh_postgres() if where == "server" else f"sqlite:///{tmp_path}/new/{file}.sqlite"
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("DATA_DIR", str(tmp_path / "new"))
        back = restore(Settings(), tmp_path / "backup", replace=False)
        assert (back.candidates, back.erased_again, back.without_key) == (1, 0, 0)
        with opened_services(Settings()) as services:
            assert left(canary, every_value(services.database.engine)) == whole
            assert name_of(services, canary.candidate_id).startswith("canary-")
            assert current_revision(services.database.engine) == newest_revision()


@pytest.mark.servers
async def test_of_a_server_at_another_revision_no_backup_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: Callable[[], str]
) -> None:
    with furnished(tmp_path / "var", monkeypatch, DATABASE_URL=fresh_postgres()) as services:
        with pytest.raises(BackupRefused, match="make setup"):
            make_backup(services, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


async def test_a_backup_of_a_newer_version_is_refused(services: Services, tmp_path: Path) -> None:
    make_backup(services, tmp_path / "backup")
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text("utf-8"))
    with sqlite3.connect(tmp_path / "backup" / "mianshi.sqlite") as file:
        file.execute("CREATE TABLE alembic_version (version_num TEXT)")
        file.execute("INSERT INTO alembic_version VALUES ('9999')")
    size = (tmp_path / "backup" / "mianshi.sqlite").stat().st_size
    whole = manifest | {"revision": "9999", "files": manifest["files"] | {"mianshi.sqlite": size}}
    (tmp_path / "backup" / "manifest.json").write_text(json.dumps(whole), "utf-8")
    with pytest.raises(BackupRefused, match="newer version"):
        restore(Settings(), tmp_path / "backup", replace=True)
