"""What goes from the tables, in one transaction: all that is about an interview but its decision record under a
pseudonym, and all that is about a candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from bot.outreach.applicant_intake import ERASED
from bot.privacy.inventory import CANDIDATE, about_candidate, about_interviews, tables_about_people
from bot.privacy.pseudonym import KEPT, keep_under_pseudonym
from core.clock import now
from core.settings import Settings
from core.tables import (
    AccessLink,
    Applicant,
    Candidate,
    CompetencyRating,
    Delivery,
    Employee,
    EmployeeExit,
    EmployeePay,
    ErasedSubject,
    ErasureNotice,
    ErasureRequest,
    GroupNote,
    Hire,
    HrmsLink,
    InboxMessage,
    Interview,
    LegalHold,
    Letter,
    PerformanceRating,
    ProviderOrder,
    Recording,
    Report,
    ReportProse,
    SecondRating,
    TelegramChat,
    TelegramUpdate,
    WebhookReceipt,
    new_id,
)
from hr_bridge.connectors.odoo.applicant import GIVEN, MADE
from hr_bridge.connectors.odoo.erasure import EFFECT
from hr_bridge.delivery import CLAIM

NOTHING_TOLD: Final[Mapping[str, Any]] = {
    "interview_id": None,
    "problem": ERASED,
    "wrapped_key": None,
    "told_sealed": None,
    "resume_sealed": None,
    "parsed_sealed": None,
    "resume_mark": None,
    "resume_problem": None,
    "hire_sealed": None,
    "hired_on": None,
}
"""What is left of an application: that nobody is invited by it."""
OwnKeys = dict[str, list[str]]
"""Table → ids of the rows about somebody that have a key of their own, which a backup may have left with the keys."""
SETTLES_AFTER: Final = timedelta(seconds=15)
"""Longer than a turn that began before takes to leave its last event with Rasa."""


def erase_candidate(session: Session, settings: Settings, request: ErasureRequest) -> dict[str, Any]:
    """Destroy the candidate's key and delete every row about them but the pseudonymised decision records.

    What remains of the candidate is a row without any sealed text: its id and external id say who must not be brought
    back by a file. Returns what was removed, where copies are elsewhere, and the ids that other stores know.
    """
    candidate = session.get(Candidate, request.candidate_id, with_for_update=True)
    if candidate is None:
        return {"removed": {}, "interviews": [], "recordings": [], "elsewhere": {}, "settles_at": now().isoformat()}
    ids = list(session.scalars(_interviews_of(candidate.id).with_for_update()))
    found: dict[str, Any] = {
        "interviews": ids,
        "recordings": list(session.scalars(select(Recording.id).where(col(Recording.interview_id).in_(ids)))),
        "elsewhere": _elsewhere(session, candidate.id, ids),
        "settles_at": _settles_at(session, ids).isoformat(),
        "keys": own_keys(session, candidate.id, ids) | {"employee": _employees(session, candidate.external_id)},
    }
    _plan_notices(session, settings, request, ids)
    removed = _erase_interviews(session, ids, request.id)
    removed["employment data"] = _erase_employment(session, candidate.external_id)
    removed += _delete_rows(session, candidate.id)
    _mark(session, [candidate.id], CANDIDATE, request.id)
    _stand_in_for_links(session, candidate.id)
    # Updates and deletes of other rows are done; what is left of this one says nothing.
    candidate.wrapped_key = candidate.phone_sealed = candidate.email_sealed = candidate.time_zone = None
    candidate.name_sealed = ""
    _empty_holds(session, candidate.id)
    removed["data key"] = 1
    return {**found, "removed": {name: count for name, count in sorted(removed.items()) if count}}


def erase_interview(session: Session, interview: Interview) -> Counter[str]:
    """For the end of the time of keeping: one interview goes but for its pseudonymised decision record, and with the
    candidate's last one the candidate goes too."""
    candidate = session.get_one(Candidate, interview.candidate_id, with_for_update=True)
    removed = _erase_interviews(session, [interview.id], None, candidate.external_id)
    if session.scalars(_interviews_of(candidate.id).limit(1)).first() is None:
        removed += _delete_rows(session, candidate.id)
        _mark(session, [candidate.id], CANDIDATE, None)
        _stand_in_for_links(session, candidate.id)
        session.execute(delete(HrmsLink).where(col(HrmsLink.our_id).startswith(f"{candidate.id}.")))
        session.execute(delete(WebhookReceipt).where(col(WebhookReceipt.candidate_id) == candidate.id))
        _empty_holds(session, candidate.id)
        session.delete(candidate)
        removed["candidates"] += 1
    return removed


def own_keys(session: Session, candidate_id: str, interview_ids: Collection[str]) -> OwnKeys:
    """Rows about the candidate and these interviews that have, or had before the invitation, a key of their own."""
    applications = select(Applicant.id).where(col(Applicant.interview_id).in_(interview_ids))
    holds = select(LegalHold.id).where(LegalHold.candidate_id == candidate_id)
    return {"applicant": list(session.scalars(applications)), "legalhold": list(session.scalars(holds))}


def delete_record(session: Session, interview_id: str) -> None:
    """Delete a pseudonymised decision record, whose years are over."""
    candidate_id = session.get_one(Interview, interview_id).candidate_id
    _delete_about_interviews(session, [interview_id])
    session.execute(delete(Candidate).where(col(Candidate.id) == candidate_id))


def _erase_interviews(
    session: Session, ids: Collection[str], request_id: str | None, external_id: str | None = None
) -> Counter[str]:
    for interview_id in ids:
        keep_under_pseudonym(session, interview_id, _pseudonym_of_hire(session, external_id))
    tokens = session.scalars(select(AccessLink.token_hash).where(col(AccessLink.interview_id).in_(ids))).all()
    orders = session.scalars(select(ProviderOrder.id).where(col(ProviderOrder.interview_id).in_(ids))).all()
    _mark(session, tokens, "link", request_id)
    _mark(session, orders, "order", request_id)
    _mark(session, ids, "interview", request_id)
    effects = select(Delivery.id).where(col(Delivery.interview_id).in_(ids))
    session.execute(delete(HrmsLink).where(col(HrmsLink.kind) == EFFECT, col(HrmsLink.our_id).in_(effects)))
    session.execute(update(Applicant).where(col(Applicant.interview_id).in_(ids)).values(**NOTHING_TOLD))
    accounts = select(TelegramChat.user_id).where(col(TelegramChat.interview_id).in_(ids))
    elsewhere = select(TelegramChat.user_id).where(col(TelegramChat.interview_id).not_in(ids))
    session.execute(
        delete(TelegramUpdate).where(
            col(TelegramUpdate.chat_id).in_(accounts), col(TelegramUpdate.chat_id).not_in(elsewhere)
        )
    )
    for interview_id in ids:
        session.execute(delete(GroupNote).where(col(GroupNote.key).startswith(f"person:{interview_id}:")))
    return _delete_about_interviews(session, ids)


def _delete_about_interviews(session: Session, ids: Collection[str]) -> Counter[str]:
    session.flush()
    removed: Counter[str] = Counter()
    for table in tables_about_people():
        condition = about_interviews(table, ids)
        if condition is not None and table.name != CANDIDATE:
            kept = "" if table.name not in KEPT else " (kept under a pseudonym)"
            removed[f"{table.name}{kept}"] += session.execute(delete(table).where(condition)).rowcount  # type: ignore[attr-defined]
    session.expire_all()
    return removed


def _delete_rows(session: Session, candidate_id: str) -> Counter[str]:
    removed: Counter[str] = Counter()
    for table in tables_about_people():
        condition = about_candidate(table, candidate_id)
        if condition is not None and table.name != CANDIDATE:
            removed[table.name] += session.execute(delete(table).where(condition)).rowcount  # type: ignore[attr-defined]
    return removed


def _mark(session: Session, subjects: Sequence[str] | Collection[str], kind: str, request_id: str | None) -> None:
    """Say from now on that what stood under these ids was erased."""
    there = set(session.scalars(select(ErasedSubject.subject).where(col(ErasedSubject.subject).in_(subjects))))
    rows = [
        {"subject": subject, "kind": kind, "request_id": request_id, "erased_at": now()}
        for subject in subjects
        if subject not in there
    ]
    if rows:
        session.execute(insert(ErasedSubject), rows)


def _plan_notices(session: Session, settings: Settings, request: ErasureRequest, ids: Sequence[str]) -> None:
    """Plan to tell every system that was told of the candidate. One with a delivery under way hears of it after that
    has come to its end, so that it cannot arrive later."""
    known: dict[str, datetime] = {}
    rows = session.execute(
        select(Delivery.connector, Delivery.next_attempt_at, Delivery.attempts, Delivery.state).where(
            col(Delivery.interview_id).in_(ids)
        )
    ).all()
    for connector, next_attempt_at, attempts, state in rows:
        under_way = attempts and state in ("pending", "unknown") and next_attempt_at and next_attempt_at > now()
        when = next_attempt_at if under_way and next_attempt_at <= now() + CLAIM else now()
        known[connector] = max(known.get(connector, now()), when)
    mine = col(HrmsLink.our_id).startswith(f"{request.candidate_id}.")
    links = session.scalars(select(HrmsLink.connector).where(mine).distinct())
    receipts = select(WebhookReceipt.connector).where(col(WebhookReceipt.candidate_id) == request.candidate_id)
    applied = select(Applicant.connector).where(col(Applicant.interview_id).in_(ids))
    for connector in (*links, *session.scalars(receipts.distinct()), *session.scalars(applied.distinct())):
        known.setdefault(connector, now())
    orders = session.scalars(
        select(ProviderOrder).where(
            col(ProviderOrder.interview_id).in_(ids), col(ProviderOrder.callback_url).is_not(None)
        )
    ).all()
    if orders:
        known.setdefault("provider", now())
    there = set(session.scalars(select(ErasureNotice.connector).where(ErasureNotice.request_id == request.id)))
    for connector, when in known.items():
        if connector in there:
            continue
        facts = [
            {"address": order.callback_url, "order_id": order.id, "client_reference": order.client_reference}
            for order in orders
            if connector == "provider"
        ]
        session.add(
            ErasureNotice(
                id=new_id(),
                request_id=request.id,
                candidate_id=request.candidate_id,
                connector=connector,
                created_at=now(),
                next_attempt_at=when,
                facts=facts,
            )
        )


def _elsewhere(session: Session, candidate_id: str, ids: Sequence[str]) -> dict[str, Any]:
    """Whose copies we cannot delete: by which roads words of ours or theirs left the house."""
    sent = select(Letter.channel).where(col(Letter.candidate_id) == candidate_id, col(Letter.tries) > 0).distinct()
    bound = select(TelegramChat.id).where(col(TelegramChat.interview_id).in_(ids)).limit(1)
    second = select(SecondRating.model).where(col(SecondRating.interview_id).in_(ids)).distinct()
    prose = (
        select(ReportProse.model)
        .join(Report, col(Report.id) == ReportProse.report_id)
        .where(col(Report.interview_id).in_(ids))
        .distinct()
    )
    return {
        "letters": sorted(session.scalars(sent)),
        "telegram": session.scalars(bound).first() is not None,
        "language_models": sorted({*session.scalars(second), *session.scalars(prose)}),
    }


def _settles_at(session: Session, ids: Sequence[str]) -> datetime:
    """When nothing that began before can still be writing to Rasa or to the store of the workflows."""
    leased = select(func.count()).where(
        col(InboxMessage.interview_id).in_(ids),
        col(InboxMessage.done_at).is_(None),
        col(InboxMessage.leased_until) > now(),
    )
    return now() + SETTLES_AFTER if session.scalars(leased).one() else now()


def _erase_employment(session: Session, external_id: str | None) -> int:
    """What files told of them as an employee: the key goes, so that no later file brings it back."""
    people = _employees(session, external_id)
    removed = 0
    for table in (PerformanceRating, CompetencyRating, EmployeeExit, EmployeePay, Hire):
        gone = session.execute(delete(table).where(col(table.employee_id).in_(people)))
        removed += gone.rowcount  # type: ignore[attr-defined]
    session.execute(update(Employee).where(col(Employee.id).in_(people)).values(wrapped_key=None))
    return removed


def _employees(session: Session, external_id: str | None) -> list[str]:
    if external_id is None:
        return []
    hired = select(Hire.employee_id).where(col(Hire.candidate_external_id) == external_id)
    return list(session.scalars(hired.distinct()))


def _empty_holds(session: Session, candidate_id: str) -> None:
    """Of a hold on somebody who is gone it stays known that it stood, not why: the reason is about them."""
    session.execute(
        update(LegalHold)
        .where(col(LegalHold.candidate_id) == candidate_id)
        .values(wrapped_key=None, reason_sealed="", released_at=func.coalesce(LegalHold.released_at, now()))
    )


def _pseudonym_of_hire(session: Session, external_id: str | None) -> str | None:
    """For somebody who was hired: the HR system's own id, under which record and hire still find each other (what
    interviews predict is only known years later). Who it is, that system alone knows."""
    if external_id is None:
        return None
    hires = select(Hire.id).where(col(Hire.candidate_external_id) == external_id)
    return external_id if session.scalars(hires.limit(1)).first() is not None else None


def _stand_in_for_links(session: Session, candidate_id: str) -> None:
    """An application that only the link table knew gets a row that keeps it from being taken for a new one."""
    links = session.scalars(
        select(HrmsLink).where(
            col(HrmsLink.our_id).startswith(f"{candidate_id}."),
            col(HrmsLink.kind).in_([MADE, GIVEN]),
            col(HrmsLink.remote_id).is_not(None),
        )
    ).all()
    for link in links:
        same = select(Applicant.id).where(Applicant.connector == link.connector, Applicant.remote_id == link.remote_id)
        if session.scalars(same).first() is None:
            session.add(
                Applicant(
                    connector=link.connector,
                    remote_id=str(link.remote_id),
                    remote_version="",
                    standing="open",
                    problem=ERASED,
                    arrived_at=now(),
                    changed_at=now(),
                )
            )


def _interviews_of(candidate_id: str) -> Any:
    return select(Interview.id).where(col(Interview.candidate_id) == candidate_id).order_by(col(Interview.id))
