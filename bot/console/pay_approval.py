"""A regrade, or pay above the suggested range, waits for somebody else's yes before the HR system hears of it."""

from __future__ import annotations

import json
import math
from typing import Final

from sqlmodel import Session, func, select

from bot.accounts import Account, record
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import Refused
from core.tables import Decision, Interview, PayApproval, Report
from hr_bridge.delivery import plan_delivery
from hr_bridge.pay.approval import PURPOSE, UNTIL
from scoring.report import assessment_of, newest_decision, newest_report

LONGEST_REASON: Final = 500


class ApprovalUnknown(Refused):
    """There is no such request."""


class ApprovalReasonMissing(Refused):
    """A request, and an answer to one, needs a reason of 1 to 500 characters."""


class ApprovalAnswered(Refused):
    """Somebody has answered already."""


class OwnRequest(Refused):
    """Whoever asked cannot be the one to agree."""


class NotAdvanced(Refused):
    """Pay is agreed for candidates who advance."""


class SuggestionChanged(Refused):
    """The newest report no longer suggests the regrade that was asked for."""


class ApprovalWaits(Refused):
    """A request of this interview waits already."""


class OfferUnusable(Refused):
    """An offer is a number above zero, in thousands a month."""


class OfferInsideRange(Refused):
    """Without a regrade and within the range nobody has to agree."""


def ask_on_advance(session: Session, key: DataKey, report: Report, decision: Decision, by: Account, why: str) -> None:
    """Ask for the regrade that the report suggests, inside the transaction of the decision; nothing where the decision
    is not to advance, no regrade is suggested, or one was asked for already."""
    regrade = (report.salary or {}).get("regrade")
    if decision.value != "advance" or regrade is None:
        return
    asked = select(PayApproval).where(PayApproval.interview_id == report.interview_id)
    if any(each.approved is None or each.regrade == regrade for each in session.exec(asked)):
        return
    _add(session, key, report, regrade, None, why, by)


def ask_for_pay(
    services: Services, interview_id: str, offer: str, regrade: bool, reason: str, by: Account
) -> PayApproval:
    """Ask for the suggested regrade, for an `offer` as typed (thousands a month, empty for the suggested point), or both.

    Raises ApprovalReasonMissing, OfferUnusable, NotAdvanced, ApprovalWaits, OfferInsideRange or CandidateErased.
    """
    reason, amount = _checked(reason), _amount(offer)
    with services.database.unit_of_work() as session:
        interview = _held(session, interview_id)
        report = newest_report(session, interview_id)
        if report is None or report.salary is None or not _advances(session, interview_id):
            raise NotAdvanced("pay is agreed for candidates who advance")
        rows = session.exec(select(PayApproval).where(PayApproval.interview_id == interview_id)).all()
        if any(row.approved is None for row in rows):
            raise ApprovalWaits("a request of this interview waits already")
        suggested = report.salary["regrade"]
        higher = suggested if regrade else None
        regraded = any(row.approved and row.regrade == suggested for row in rows)
        if higher is None and (amount is None or amount <= _highest(report, regraded)):
            raise OfferInsideRange("within the range nobody has to agree")
        return _add(session, services.key_of(session, interview), report, higher, amount, reason, by)


def answer(services: Services, approval_id: str, yes: bool, reason: str, by: Account) -> PayApproval:
    """Answer a request; a yes plans the delivery that tells the HR system, in the same transaction.

    Raises ApprovalUnknown, ApprovalReasonMissing, OwnRequest, ApprovalAnswered, NotAdvanced, SuggestionChanged or
    CandidateErased.
    """
    reason = _checked(reason)
    with services.database.unit_of_work() as session:
        found = session.get(PayApproval, approval_id)
        if found is None:
            raise ApprovalUnknown("there is no such request")
        interview = _held(session, found.interview_id)
        session.refresh(found)
        if found.approved is not None:
            raise ApprovalAnswered("somebody has answered already")
        if found.asked_by == by.id:
            raise OwnRequest("whoever asked cannot be the one to agree")
        if yes and not _advances(session, interview.id):
            raise NotAdvanced("the decision is no longer to advance")
        report = newest_report(session, interview.id)
        if yes and found.regrade and (report is None or found.regrade != (report.salary or {}).get("regrade")):
            raise SuggestionChanged("the newest report no longer suggests this grade")
        key = services.key_of(session, interview)
        found.approved, found.answered_at = yes, now()
        found.answered_by, found.answered_by_name = by.id, by.name
        found.answer_sealed = key.seal(reason, PURPOSE)
        record(session, by, "pay_approved" if yes else "pay_declined", interview.id)
        session.flush()
        if yes and report is not None:
            decision = newest_decision(session, interview.id)
            assessment = assessment_of(session, services.keys, interview, report.version, decision)
            for connector in services.settings.connectors:
                plan_delivery(session, services.keys, assessment, "pay", found.version, connector)
        return found


def _add(
    session: Session, key: DataKey, report: Report, regrade: str | None, offer: float | None, reason: str, by: Account
) -> PayApproval:
    last = session.exec(
        select(func.max(PayApproval.version)).where(PayApproval.interview_id == report.interview_id)
    ).one()
    asked = PayApproval(
        interview_id=report.interview_id,
        report_id=report.id,
        version=(last or 0) + 1,
        regrade=regrade,
        asked_sealed=key.seal(json.dumps({"offer": offer, "reason": reason}, ensure_ascii=False), PURPOSE),
        asked_by=by.id,
        asked_by_name=by.name,
        asked_at=now(),
    )
    session.add(asked)
    record(session, by, "pay_asked", report.interview_id)
    session.flush()
    return asked


def _held(session: Session, interview_id: str) -> Interview:
    """The interview, held so that requests and answers come one at a time."""
    interview = session.exec(select(Interview).where(Interview.id == interview_id).with_for_update()).first()
    if interview is None:
        raise ApprovalUnknown("there is no such interview")
    return interview


def _advances(session: Session, interview_id: str) -> bool:
    decision = newest_decision(session, interview_id)
    return decision is not None and decision.value == "advance"


def _highest(report: Report, regraded: bool) -> float:
    """The top of the range of the grade applied for, or of the higher one where that was agreed to."""
    salary = report.salary or {}
    range_of = salary if regraded else salary.get(UNTIL) or salary
    return float(range_of["recommended"][1])


def _amount(offer: str) -> float | None:
    if not offer.strip():
        return None
    try:
        amount = round(float(offer), 2)
    except ValueError:
        amount = math.nan
    if not 0 < amount < 1000:
        raise OfferUnusable("an offer is a number above zero, in thousands a month")
    return amount


def _checked(reason: str) -> str:
    reason = reason.replace("\0", "").strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise ApprovalReasonMissing("a reason of 1 to 500 characters is needed")
    return reason
