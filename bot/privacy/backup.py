"""A consistent copy of everything, without the keys that open it, and the way back; of SQLite files and of a PostgreSQL
server alike, in the same files.

Of the database every data key is taken out of the copy and kept in the key store (`BACKUP_KEYS`), which is one file for
all backups; the master key stands in `.env` and is in neither. Restoring brings back a candidate's key only if it is
still in the key store, and erases anew whoever was erased since.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from alembic.util import CommandError
from sqlalchemy import Table, inspect
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel, col, select

from bot.migrations import current_revision, migrate, newest_revision
from bot.privacy.carrying_out import carry_out
from bot.privacy.key_store import KeyStore
from bot.privacy.server_copy import COPIED, copy_from_server, copy_to_server
from bot.services import Services, opened_services
from core.clock import now
from core.database import is_file, open_engine
from core.encryption import KeyRing, Undecipherable
from core.errors import Refused
from core.settings import Settings
from core.tables import Backup, Candidate, ErasureNotice, ErasureRequest, Heartbeat, new_id

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
ALIVE: Final = timedelta(minutes=2)
KEY: Final = "wrapped_key"
KEPT_FROM_THE_PRESENT: Final = ("erasurerequest", "erasurecertificate", "erasurenotice", "erasedsubject", "legalhold")
"""What was erased since, and the proof of it, is true whatever is restored; and a hold stands or is released."""
NEVER_KEPT: Final = frozenset({"invitationlist", "walkin"})
"""Whose keys are destroyed within a day: they are in no backup, or it could be read for longer."""
CLOSED_WITHOUT_KEY: Final = frozenset({"secondfactor"})
"""Rows that stay though their key is gone: a restore must not take the lock off somebody's account."""


class BackupRefused(Refused):
    """The backup or the restore cannot be made as it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    folder: Path
    made_at: datetime
    files: dict[str, int]
    """Name → bytes."""
    keys: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and what did not."""

    made_at: datetime
    candidates: int
    erased_again: int
    """Erased since the backup, and erased anew."""
    without_key: int
    """Whose key is not in the key store any more: their words stay unreadable."""


def make_backup(services: Services, target: Path) -> Made:
    """Write a backup into the new folder `target`. It runs beside the product. Raises BackupRefused."""
    settings = services.settings
    if target.exists():
        raise BackupRefused(f"{target} is there already: name a new folder.")
    if settings.privacy.backup_keys.resolve().is_relative_to(target.resolve()):
        raise BackupRefused("BACKUP_KEYS must not lie in the backup: keys and data are kept apart.")
    store, made_at = KeyStore(settings.privacy.backup_keys), now()
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    for name, url in _places(settings).items():
        _copy(url, name, part / name)
    keys = _take_keys_out(part / "mianshi.sqlite", store)
    files = {path.name: path.stat().st_size for path in sorted(part.iterdir())}
    manifest = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "revision": current_revision(services.database.engine),
        "files": files,
    }
    (part / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    part.rename(target)
    with services.database.unit_of_work() as session:
        days = timedelta(days=settings.privacy.backups_kept_days)
        session.add(Backup(id=new_id(), made_at=made_at, kept_until=made_at + days))
    return Made(target, made_at, files, keys)


def restore(settings: Settings, source: Path, *, replace: bool) -> Restored:
    """Put a backup in the place of the databases. Nothing else may run. Whoever was erased since is erased anew before
    anything can read them. Call it where an event loop runs.

    Raises BackupRefused: the backup is not whole, something runs, there is data and `replace` was not said, or the keys
    do not fit the master key. Until the last moment the present databases stand as they are.
    """
    manifest = _read_manifest(source)
    _refuse_while_running(settings, replace)
    store, places = KeyStore(settings.privacy.backup_keys), _places(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.data_dir, prefix="restore-") as folder:
        drafts = {name: Path(folder) / name for name in places if (source / name).is_file()}
        for name, draft in drafts.items():
            shutil.copyfile(source / name, draft)
        main = drafts["mianshi.sqlite"]
        if manifest["revision"] is not None:
            _bring_up_to_date(f"sqlite:///{main}")
        without = _put_keys_back(main, store, settings)
        known = _bring_over(_present(settings.database.url, Path(folder)), main)
        for name, draft in drafts.items():
            _put_in_place(draft, name, places[name])
    with opened_services(settings) as services:
        again = _erase_again(services, (store.erased() if store.exists() else frozenset()) | known)
        with services.database.reading() as session:
            there = len(session.exec(select(Candidate.id).where(col(Candidate.wrapped_key).is_not(None))).all())
    return Restored(datetime.fromisoformat(manifest["made_at"]), there, again, max(0, without - again))


def _urls(settings: Settings) -> dict[str, str]:
    return {
        "mianshi.sqlite": settings.database.url,
        "dbos.sqlite": settings.database.dbos_url,
        "rasa.sqlite": settings.database.tracker_url,
        "records.sqlite": settings.records.database_url,
    }


def _places(settings: Settings) -> dict[str, str]:
    """Addresses by name in the backup. Files that several of ours share are copied once, under the first name, and of a
    server's what `server_copy.COPIED` knows."""
    found: dict[str, str] = {}
    for name, url in _urls(settings).items():
        if (is_file(url) and url not in found.values()) or (not is_file(url) and name in COPIED):
            found[name] = url
    return found


def _file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def _copy(url: str, name: str, target: Path) -> None:
    """A consistent state, whoever writes meanwhile; nothing where there is no such database yet."""
    if is_file(url):
        if _file_of(url).is_file():
            with closing(sqlite3.connect(f"file:{_file_of(url)}?mode=ro", uri=True, timeout=30)) as old:
                with closing(sqlite3.connect(target)) as new:
                    old.backup(new)
            os.chmod(target, 0o600)
        return
    if name == "mianshi.sqlite":
        server = open_engine(url)
        revision = current_revision(server)
        server.dispose()
        if revision != newest_revision():
            raise BackupRefused("The database is not at this version's revision: `make setup` brings it there.")
        _bring_up_to_date(f"sqlite:///{target}")
    copy_from_server(url, target, COPIED[name].sorted_tables)


def _put_in_place(draft: Path, name: str, url: str) -> None:
    """Let a draft be the database at `url`, at once or not at all."""
    if is_file(url):
        place = _file_of(url)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}.restored")
        shutil.copyfile(draft, beside)
        os.chmod(beside, 0o600)
        for suffix in ("-wal", "-shm"):
            place.with_name(place.name + suffix).unlink(missing_ok=True)
        os.replace(beside, place)
        return
    if name == "mianshi.sqlite":
        _bring_up_to_date(url)
    copy_to_server(draft, url, COPIED[name].sorted_tables)


def _bring_up_to_date(url: str) -> None:
    """Bring a file or a server to the tables of this version, so that what follows finds what it knows."""
    engine = open_engine(url)
    try:
        migrate(engine)
    except CommandError as error:
        raise BackupRefused("The backup was made by a newer version: restore it with that one.") from error
    finally:
        engine.dispose()


def _present(url: str, folder: Path) -> Path:
    """What the present database knows of erasures, as a file that need not be there."""
    if is_file(url):
        return _file_of(url)
    copy = folder / "present.sqlite"
    copy_from_server(
        url, copy, [table for table in SQLModel.metadata.sorted_tables if table.name in KEPT_FROM_THE_PRESENT]
    )
    return copy


def _take_keys_out(path: Path, store: KeyStore) -> int:
    """Move the data keys from the copy into the key store; how many it holds of candidates then."""
    kept = 0
    with closing(sqlite3.connect(path)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("PRAGMA secure_delete=ON")
        for table in _holders(copy):
            rows = copy.execute(f"SELECT {_id_of(table)}, {KEY} FROM {table.name} WHERE length({KEY}) > 0").fetchall()
            if table.name in NEVER_KEPT:
                store.forget(table.name, list(store.keys(table.name)))  # an earlier version kept them
            else:
                count = store.keep(table.name, rows)
                kept = count if table.name == "candidate" else kept
            copy.execute(f"UPDATE {table.name} SET {KEY} = x''")
        copy.commit()
        copy.execute("VACUUM")
    return kept


def _put_keys_back(path: Path, store: KeyStore, settings: Settings) -> int:
    """Keys into the copy, as far as there still are any; how many candidates stay without. Raises BackupRefused."""
    ring, without = KeyRing(settings.secrets.master_key.get_secret_value()), 0
    if not store.exists():
        raise BackupRefused(
            f"The keys of the backups are not at {settings.privacy.backup_keys}: bring the file there, or name it in "
            "BACKUP_KEYS. Without it nobody can read what is restored."
        )
    with closing(sqlite3.connect(path)) as copy:
        for table in _holders(copy):
            keys = store.keys(table.name)
            for wrapped in list(keys.values())[:1]:
                try:
                    ring.unwrap(wrapped)
                except Undecipherable as error:
                    raise BackupRefused(
                        "These keys were wrapped under another MASTER_KEY: put that into .env."
                    ) from error
            name, key_of = table.name, _id_of(table)
            ids = [row[0] for row in copy.execute(f"SELECT {key_of} FROM {name}")]
            back = [(keys[one], one) for one in ids if one in keys]
            copy.executemany(f"UPDATE {name} SET {KEY} = ? WHERE {key_of} = ?", back)
            gone = [(one,) for one in ids if one not in keys]
            if table.c[KEY].nullable:
                copy.executemany(f"UPDATE {name} SET {KEY} = NULL WHERE {key_of} = ?", gone)
            elif name not in CLOSED_WITHOUT_KEY:  # what is nothing without its key, and is soon made anew
                copy.executemany(f"DELETE FROM {name} WHERE {key_of} = ?", gone)
            without += len(gone) if name == "candidate" else 0
        copy.commit()
    return without


def _holders(copy: sqlite3.Connection) -> list[Table]:
    """Tables whose rows have a data key of their own."""
    there = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [table for table in SQLModel.metadata.sorted_tables if table.name in there and KEY in table.c]


def _id_of(table: Table) -> str:
    """SQL for what a row's key is kept under: its primary key, the parts of one of several columns joined."""
    return " || ':' || ".join(column.name for column in table.primary_key.columns)


def _bring_over(present: Path, draft: Path) -> frozenset[str]:
    """Keep what the present database knows of erasures; the candidates of those that are finished."""
    if not present.is_file():
        return frozenset()
    with closing(sqlite3.connect(draft)) as copy:
        copy.execute("ATTACH DATABASE ? AS present", (str(present),))
        there = {row[0] for row in copy.execute("SELECT name FROM present.sqlite_master WHERE type = 'table'")}
        for table in KEPT_FROM_THE_PRESENT:
            if table in there:
                columns = ", ".join(row[1] for row in copy.execute(f"PRAGMA main.table_info({table})"))
                copy.execute(f"INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM present.{table}")
        copy.commit()
        if "erasurerequest" not in there:
            return frozenset()
        rows = copy.execute("SELECT candidate_id FROM erasurerequest WHERE finished_at IS NOT NULL").fetchall()
    return frozenset(row[0] for row in rows)


def _erase_again(services: Services, candidate_ids: frozenset[str]) -> int:
    """Carry out once more what was carried out after the backup; how many came back."""
    again = 0
    for candidate_id in sorted(candidate_ids):
        with services.database.unit_of_work() as session:
            candidate = session.get(Candidate, candidate_id)
            if candidate is None or not candidate.name_sealed:
                continue
            request = session.exec(select(ErasureRequest).where(ErasureRequest.candidate_id == candidate_id)).first()
            if request is None:
                request = ErasureRequest(id=new_id(), candidate_id=candidate_id, asked_by="restore", asked_at=now())
                session.add(request)
            # No hold stands in the way: it was carried out already, and nobody has the key any more.
            request.started_at = request.started_at or now()
            request.steps, request.finished_at, request.held_at, request.leased_until = {}, None, None, None
            for notice in session.exec(select(ErasureNotice).where(ErasureNotice.request_id == request.id)):
                notice.state, notice.next_attempt_at = "pending", now()
            session.flush()
            request_id = request.id
        carry_out(services, request_id)
        again += 1
    return again


def _read_manifest(source: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text("utf-8"))
        whole = all((source / name).stat().st_size == size for name, size in manifest["files"].items())
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise BackupRefused(f"{source} is no backup of Mianshi, or not a whole one.") from error
    if manifest.get("format") != FORMAT or not whole or "mianshi.sqlite" not in manifest["files"]:
        raise BackupRefused(f"{source} is not whole, or was made by a newer version.")
    return manifest


def _refuse_while_running(settings: Settings, replace: bool) -> None:
    if is_file(settings.database.url) and not _file_of(settings.database.url).is_file():
        return
    engine = open_engine(settings.database.url)
    empty = not inspect(engine).has_table("candidate")
    engine.dispose()
    if empty:
        return
    with opened_services(settings) as services, services.database.reading() as session:
        beats = session.exec(select(Heartbeat.beat_at)).all()
        there = session.exec(select(Candidate.id).limit(1)).first() is not None
    if any(now() - beat < ALIVE for beat in beats):
        raise BackupRefused("Mianshi is running, or was a moment ago: stop it and wait two minutes.")
    if there and not replace:
        raise BackupRefused(
            "There is data here already, and a restore replaces all of it: say --replace if you mean it."
        )
