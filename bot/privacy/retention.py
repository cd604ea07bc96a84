"""Deletion by policy: what a profile of `hr_bridge/policies` says for how long, carried out once a day.

When the days of recordings and transcripts are over, everything about an interview goes but its decision record, which
stays under a pseudonym; when the years of that are over, it goes too. A candidate goes with their last interview.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from bot.privacy.carrying_out import empty_the_log
from bot.privacy.erasing import OwnKeys, delete_record, erase_interview, own_keys
from bot.privacy.holds import alone_with_holds, is_held
from bot.privacy.key_store import KeyStore
from bot.privacy.pseudonym import is_pseudonym
from bot.privacy.stores import forget_in_rasa, forget_workflows
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased, MianshiError
from core.tables import (
    AuditEntry,
    Decision,
    ErasureRequest,
    Interview,
    LegalHold,
    Position,
    Recording,
    RetentionRun,
)
from hr_bridge.policy import Policy, load_policy

LEASE: Final = timedelta(hours=1)
AT_ONCE: Final = 200
"""Interviews whose traces in the other stores are removed together."""

What = Literal["interview", "record"]

log = logging.getLogger("mianshi.privacy")


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that goes, and why: `rule` is the policy's."""

    what: What
    interview_id: str
    position_key: str
    policy: str
    rule: str
    since: datetime
    """The end of its time of keeping."""
    held: bool
    """A legal hold keeps it."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """What other stores know of something that went: interviews and recordings, and data keys by table."""

    interview_id: str
    subjects: list[str]
    keys: OwnKeys


def keep_to_policy(services: Services) -> Counter[str] | None:
    """Delete what is due, once a day whoever asks how often; what was deleted, or None where today is done already or
    another worker is at it. Whatever is wrong with one holds up no other, and is tried again the next day."""
    day = now().date()
    if not _take(services, day):
        return None
    removed: Counter[str] = Counter({"interviews": 0, "candidates": 0, "records": 0, "held": 0, "failed": 0})
    with services.database.reading() as session:
        due = read_due(session)
    gone: list[_Gone] = []
    for each in due:
        if each.held:
            removed["held"] += 1
            continue
        try:
            gone += _delete_one(services, each, removed)
        except Exception as error:
            removed["failed"] += 1
            words = str(error) if isinstance(error, MianshiError) else type(error).__name__
            log.error("retention: %s %s stays for now (%s)", each.what, each.interview_id, words)
        if len(gone) >= AT_ONCE:
            _forget_elsewhere(services, gone)
            gone = []
    _forget_elsewhere(services, gone)
    with services.database.unit_of_work() as session:
        run = session.get_one(RetentionRun, day, with_for_update=True)
        run.finished_at, run.leased_until, run.removed = now(), None, dict(removed)
        if any(count for name, count in removed.items() if name != "held"):
            session.add(AuditEntry(actor="worker", action="retention_carried_out", subject=str(day), at=now()))
    empty_the_log(services)
    return removed


def read_due(session: Session, at: datetime | None = None) -> list[Due]:
    """What goes at `at`, now if not given, the longest overdue first; what a hold keeps is marked."""
    at = at or now()
    policies = {row.id: (row.key, load_policy(row.profile["policy"])) for row in session.exec(select(Position))}
    found = [each for each in _kept(session, policies, at) if each.since <= at]
    return sorted(found, key=lambda each: (each.since, each.interview_id))


def read_coming(session: Session, within: timedelta) -> list[Due]:
    """What goes within a time from now on."""
    return read_due(session, now() + within)


def kept_until(session: Session, interview: Interview) -> datetime:
    """Until when words and recordings of an interview are kept, as it stands now."""
    position = session.get_one(Position, interview.position_id)
    policy = load_policy(position.profile["policy"])
    ends = _ends(session, [interview.id]).get(interview.id)
    return media_until(policy, _end_of(interview), ends)


def _kept(session: Session, policies: dict[str, tuple[str, Policy]], at: datetime) -> Iterator[Due]:
    held_people, held_positions = _held(session)
    unfinished = select(ErasureRequest.candidate_id).where(col(ErasureRequest.finished_at).is_(None))
    being_erased = set(session.exec(unfinished))
    shortest = min((policy.recordings_kept_days for _, policy in policies.values()), default=0)
    rows = session.exec(select(Interview).where(Interview.invited_at <= at - timedelta(days=shortest)))
    ends = _ends(session, None)
    for interview in rows:
        key, policy = policies[interview.position_id]
        ended, decided = _end_of(interview), ends.get(interview.id)
        held = interview.candidate_id in held_people or key in held_positions
        if is_pseudonym(interview.id):
            # Of its points in time the day is known: the years are over at the end of the last day, not before.
            record_until = max(ended, decided or ended) + timedelta(days=policy.decision_record_kept_days + 1)
            yield Due("record", interview.id, key, policy.name, "decision_record_kept_days", record_until, held)
        elif interview.candidate_id not in being_erased:
            until = media_until(policy, ended, decided)
            yield Due("interview", interview.id, key, policy.name, "recordings_kept_days", until, held)


def media_until(policy: Policy, ended: datetime, decided: datetime | None) -> datetime:
    """Until when words and recordings are kept of an interview that came to its end, and was last decided on, then."""
    start = max(ended, decided or ended) if policy.recordings_counted_from == "last_decision" else ended
    return start + timedelta(days=policy.recordings_kept_days)


def _end_of(interview: Interview) -> datetime:
    """When an interview came to its end: held, left, or never used."""
    return interview.finished_at or interview.withdrawn_at or max(interview.expires_at, interview.invited_at)


def _ends(session: Session, ids: Sequence[str] | None) -> dict[str, datetime]:
    rows = select(Decision.interview_id, func.max(Decision.decided_at)).group_by(col(Decision.interview_id))
    if ids is not None:
        rows = rows.where(col(Decision.interview_id).in_(ids))
    return {interview_id: at for interview_id, at in session.exec(rows)}


def _held(session: Session) -> tuple[set[str], set[str]]:
    standing = session.exec(select(LegalHold).where(col(LegalHold.released_at).is_(None))).all()
    people = {hold.candidate_id for hold in standing if hold.candidate_id}
    return people, {hold.position_key for hold in standing if hold.position_key}


def _delete_one(services: Services, due: Due, removed: Counter[str]) -> list[_Gone]:
    """Delete one in its transaction; what the other stores know it by."""
    with services.database.unit_of_work() as session:
        alone_with_holds(session)
        interview = session.get(Interview, due.interview_id, with_for_update=True)
        if interview is None:
            return []
        if is_held(session, interview.candidate_id):
            removed["held"] += 1
            return []
        if due.what == "record":
            delete_record(session, due.interview_id)
            removed["records"] += 1
            return []
        recordings = select(Recording.id).where(Recording.interview_id == due.interview_id)
        subjects = [due.interview_id, *session.exec(recordings)]
        candidate_id = interview.candidate_id
        keys = own_keys(session, candidate_id, [due.interview_id]) | {"candidate": [candidate_id]}
        gone = erase_interview(session, interview)
        removed["interviews"] += 1
        removed["candidates"] += gone["candidates"]
        return [_Gone(due.interview_id, subjects, keys if gone["candidates"] else {"applicant": keys["applicant"]})]


def _forget_elsewhere(services: Services, gone: Sequence[_Gone]) -> None:
    if not gone:
        return
    forget_in_rasa(services.settings.database.tracker_url, [each.interview_id for each in gone])
    forget_workflows(services.settings.database.dbos_url, [subject for each in gone for subject in each.subjects])
    store = KeyStore(services.settings.privacy.backup_keys)
    for holder in sorted({holder for each in gone for holder in each.keys}):
        store.forget(holder, [one for each in gone for one in each.keys.get(holder, ())])


def _take(services: Services, day: date) -> bool:
    try:
        with services.database.unit_of_work() as session:
            run = session.get(RetentionRun, day, with_for_update=True)
            if run is None:
                run = RetentionRun(day=day, started_at=now())
                session.add(run)
            elif run.finished_at is not None or (run.leased_until is not None and run.leased_until > now()):
                return False
            run.leased_until = now() + LEASE
            return True
    except (IntegrityError, CandidateErased):  # another worker was faster
        return False
