"""Carrying a request out: step by step, each once, so that a crash in between leaves nothing half erased.

`taken` is the point of no return: until then a legal hold refuses the request, from then on no hold can be placed.
Copies that only name and contact lead to go first; then, in one transaction, the data key and every row; then what lies
outside our tables. Whoever was writing meanwhile finds nothing to write to (core/database.py says so to them).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import col, select

from bot.privacy.certificate import certify
from bot.privacy.erasing import erase_candidate
from bot.privacy.holds import alone_with_holds, is_held
from bot.privacy.key_store import KeyStore
from bot.privacy.stores import forget_in_rasa, forget_workflows
from bot.privacy.traces import FolderAway, person_of, remove_from_folder, remove_from_lists
from bot.services import Services
from core.clock import now
from core.database import is_file
from core.errors import MianshiError, Unavailable
from core.tables import Candidate, ErasureRequest

LEASE: Final = timedelta(minutes=5)
LOOK_EVERY_S: Final = 10.0
FOLDER_TRIES: Final = 12
"""So often an exchange folder that is away puts an erasure off; then it goes on, and the certificate says so."""

log = logging.getLogger("mianshi.privacy")

Step = Callable[[Services, ErasureRequest], dict[str, Any]]


class NotYet(Unavailable):
    """Something that began before the erasure may still be writing; the step waits for its end."""


def erasures_due(services: Services) -> list[str]:
    """Ids of the unfinished requests that no worker is at, those asked first on top."""
    with services.database.reading() as session:
        open_ones = select(ErasureRequest).where(col(ErasureRequest.finished_at).is_(None))
        rows = session.exec(open_ones.order_by(col(ErasureRequest.asked_at))).all()
        due = [row.id for row in rows if row.leased_until is None or row.leased_until <= now()]
    return due


def carry_out_due(services: Services) -> None:
    """For the worker: go on with every request that can be. Whatever is in the way of one holds up no other."""
    for request_id in erasures_due(services):
        try:
            carry_out(services, request_id)
        except Exception as error:
            # Of an error that is not ours the type alone: its message may quote a candidate.
            problem = (
                str(error) if isinstance(error, MianshiError) else f"An unforeseen fault ({type(error).__name__})."
            )
            _put_off(services, request_id, problem, short=isinstance(error, NotYet))


def carry_out(services: Services, request_id: str) -> bool:
    """Go on with one request; True when it is finished, False where a hold stands or another worker is at it.

    Raises Unavailable where a step has to be tried again; what was done before it stays done.
    """
    if not _take(services, request_id):
        return False
    for name, step in STEPS.items():
        with services.database.reading() as session:
            request = session.get_one(ErasureRequest, request_id)
        if name in request.steps:
            continue
        done = step(services, request)
        if name not in IN_THEIR_OWN_TRANSACTION:
            with services.database.unit_of_work() as session:
                note_step(session.get_one(ErasureRequest, request_id, with_for_update=True), name, done)
    with services.database.unit_of_work() as session:
        request = session.get_one(ErasureRequest, request_id, with_for_update=True)
        if request.finished_at is None:
            request.finished_at, request.leased_until, request.problem = now(), None, None
            certify(services, session, request)
    empty_the_log(services)
    log.info("request %s: the candidate is erased", request_id)
    return True


def note_step(request: ErasureRequest, name: str, done: dict[str, Any]) -> None:
    """Write down that a step is done."""
    request.steps = {**request.steps, name: {"at": now().isoformat(), **done}}
    request.leased_until = now() + LEASE


def _take(services: Services, request_id: str) -> bool:
    with services.database.unit_of_work() as session:
        alone_with_holds(session)
        request = session.get_one(ErasureRequest, request_id, with_for_update=True)
        if request.finished_at is not None:
            return True
        if request.leased_until is not None and request.leased_until > now():
            return False
        if request.started_at is None and is_held(session, request.candidate_id):
            if request.held_at is None:
                log.warning("request %s is refused: a legal hold stands", request_id)
                request.held_at = now()
            request.leased_until = now() + timedelta(seconds=LOOK_EVERY_S)
            return False
        request.held_at = None
        request.started_at = request.started_at or now()
        request.attempts += 1
        request.leased_until = now() + LEASE
        return True


def _put_off(services: Services, request_id: str, problem: str, *, short: bool) -> None:
    log.warning("request %s waits: %s", request_id, problem)
    with services.database.unit_of_work() as session:
        request = session.get_one(ErasureRequest, request_id, with_for_update=True)
        wait = timedelta(seconds=LOOK_EVERY_S if short else min(120, 5 * 2 ** min(request.attempts, 6)))
        request.problem, request.leased_until = problem, now() + wait


def _remove_traces(services: Services, request: ErasureRequest) -> dict[str, Any]:
    with services.database.unit_of_work() as session:
        candidate = session.get(Candidate, request.candidate_id)
        if candidate is None or candidate.wrapped_key is None:
            return {"removed": {}}
        person = person_of(candidate, services.keys.unwrap(candidate.wrapped_key))
        removed, keys = remove_from_lists(services, session, person)
    missed = []
    if (folder := services.settings.exchange.folder) is not None:
        try:
            removed |= remove_from_folder(folder, person)
        except (FolderAway, OSError) as error:
            if request.attempts < FOLDER_TRIES:
                raise FolderAway(
                    f"The folder {folder} cannot be searched: mount it, or correct HRMS_FOLDER."
                ) from error
            missed.append(str(folder))
    return {"removed": removed, "missed": missed, "keys": keys}


def _erase_rows(services: Services, request: ErasureRequest) -> dict[str, Any]:
    with services.database.unit_of_work() as session:
        found = erase_candidate(session, services.settings, request)
        note_step(session.get_one(ErasureRequest, request.id, with_for_update=True), "rows", found)
    return found


def _erase_key(services: Services, request: ErasureRequest) -> dict[str, Any]:
    store = KeyStore(services.settings.privacy.backup_keys)
    gone = store.forget("candidate", [request.candidate_id], now().isoformat())
    for step in ("traces", "rows"):
        for holder, ids in request.steps[step].get("keys", {}).items():
            gone += store.forget(holder, ids)
    return {"removed": {"data key of the backups": gone}}


def _forget_stores(services: Services, request: ErasureRequest) -> dict[str, Any]:
    rows = request.steps["rows"]
    if now() < datetime.fromisoformat(rows["settles_at"]):
        raise NotYet("a turn or a workflow that began before may still be writing; it goes on right after")
    removed = {"events of the dialogue": forget_in_rasa(services.settings.database.tracker_url, rows["interviews"])}
    subjects = [*rows["interviews"], *rows["recordings"]]
    removed["workflows"] = forget_workflows(services.settings.database.dbos_url, subjects)
    return {"removed": removed}


def empty_the_log(services: Services) -> None:
    """What was deleted still stands in SQLite's write-ahead log, and in PostgreSQL's dead rows. Raises Unavailable where
    somebody reads and it has to be tried again."""
    connection = services.database.engine.raw_connection()
    try:
        if is_file(services.settings.database.url):
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()
            if busy and busy[0]:
                raise Unavailable("the database is being read; its log is emptied a moment later")
    finally:
        connection.close()
    if not is_file(services.settings.database.url):
        with services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            server.execute(text("VACUUM candidate"))


def _clear_pages(services: Services, request: ErasureRequest) -> dict[str, Any]:
    empty_the_log(services)
    return {"removed": {}}


IN_THEIR_OWN_TRANSACTION: Final = frozenset({"rows"})
STEPS: Final[dict[str, Step]] = {
    "traces": _remove_traces,
    "rows": _erase_rows,
    "backup keys": _erase_key,
    "stores": _forget_stores,
    "pages": _clear_pages,
}
"""In this order; the names stand in `ErasureRequest.steps`."""
