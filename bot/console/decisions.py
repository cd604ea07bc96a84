"""A person's decision on a candidate: advance, hold or reject, always with a reason, never made by the machine."""

from __future__ import annotations

from typing import Final, Literal

from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.pay_approval import ask_on_advance
from bot.scope import sees_interview
from bot.services import Services
from core.clock import now
from core.errors import Refused
from core.tables import AuditEntry, Candidate, Decision, Interview, Report
from hr_bridge.delivery import plan_delivery
from scoring.report import assessment_of, newest_decision, newest_report

Value = Literal["advance", "hold", "reject"]
VALUES: Final[tuple[Value, ...]] = ("advance", "hold", "reject")
LONGEST_REASON: Final = 2_000
EVIDENCE_OPENED: Final = "evidence_opened"


class InterviewUnknown(Refused):
    """There is no interview with this id."""


class ReportMissing(Refused):
    """Nothing is decided before there is a report."""


class ReasonMissing(Refused):
    """A decision needs a reason of 1 to 2,000 characters."""


class EvidenceUnopened(Refused):
    """A rejection is made by a person who has opened the evidence of the newest report."""


class ReportChanged(Refused):
    """The report that was seen is no longer the newest: what is decided on is what is told to the HR system."""


class DecidedMeanwhile(Refused):
    """Somebody else has decided since the form was opened; `decision` is theirs, to be seen before this one counts."""

    def __init__(self, decision: Decision) -> None:
        super().__init__("somebody else has decided meanwhile")
        self.decision = decision


def note_report_read(services: Services, interview_id: str, report: Report | None, by: Account) -> None:
    """Write down that this person read the page, and that they had this report's evidence before them."""
    with services.database.unit_of_work() as session:
        record(session, by, "report_read", interview_id)
        if report is not None and not _has_opened(session, report, by):
            record(session, by, EVIDENCE_OPENED, report.id)


def decision_on_page(form: FormData) -> int | None:
    """Version of the newest decision that stood on the page of this form; None where the form does not say."""
    given = str(form.get("seen_decision", ""))
    return int(given) if given.isdecimal() and len(given) < 6 else None


def decide(
    services: Services,
    interview_id: str,
    value: Value,
    reason: str,
    by: Account,
    seen_report: str | None = None,
    seen_decision: int | None = None,
) -> Decision:
    """Store the decision as the newest of the interview and plan its delivery, in one transaction.

    `seen_report` is the id of the report that the person had before them, or None where that is not known; a decision on
    an older one is refused.
    `seen_decision` is the version of the newest decision that they knew of (0: none), or None where that is not known;
    what was decided after it has to be seen first.

    Raises InterviewUnknown, ReasonMissing, ReportMissing, EvidenceUnopened, DecidedMeanwhile, ReportChanged or
    CandidateErased.
    """
    reason = reason.replace("\0", "").strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise ReasonMissing("a decision needs a reason of 1 to 2,000 characters")
    with services.database.unit_of_work() as session:
        # Holding the interview gives versions out one at a time.
        interview = session.exec(select(Interview).where(Interview.id == interview_id).with_for_update()).first()
        if interview is None or not sees_interview(session, by, interview_id):
            raise InterviewUnknown("there is no interview with this id")
        report = newest_report(session, interview_id)
        if report is None:
            raise ReportMissing("there is no report to decide on")
        if value == "reject" and not (by.is_person and seen_report == report.id and _has_opened(session, report, by)):
            raise EvidenceUnopened("a rejection needs a person who has opened the evidence")
        last = newest_decision(session, interview_id)
        if last is not None and seen_decision is not None and last.version > seen_decision:
            raise DecidedMeanwhile(last)
        if _report_seen(session, interview_id, seen_report) not in (None, report.id):
            raise ReportChanged("the report has changed since it was read")
        key = services.keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        decision = Decision(
            interview_id=interview_id,
            value=value,
            by=by.name,
            reason_sealed=key.seal(reason),
            version=last.version + 1 if last else 1,
            report_id=_report_seen(session, interview_id, seen_report),
            decided_at=now(),
        )
        session.add(decision)
        record(session, by, f"decided:{value}", interview_id)
        session.flush()
        ask_on_advance(session, key, report, decision, by, reason)
        assessment = assessment_of(session, services.keys, interview, report.version, decision)
        for connector in services.settings.connectors:
            plan_delivery(session, services.keys, assessment, "decision", decision.version, connector)
        return decision


def _report_seen(session: Session, interview_id: str, report_id: str | None) -> str | None:
    seen = session.get(Report, report_id) if report_id else None
    return seen.id if seen is not None and seen.interview_id == interview_id else None


def has_opened_evidence(session: Session, interview_id: str, by: Account) -> bool:
    """Whether this person has had the evidence and levels of any report of the interview before them."""
    reports = select(Report.id).where(Report.interview_id == interview_id)
    opened = select(AuditEntry.id).where(
        AuditEntry.actor == by.id, AuditEntry.action == EVIDENCE_OPENED, col(AuditEntry.subject).in_(reports)
    )
    return session.exec(opened.limit(1)).first() is not None


def _has_opened(session: Session, report: Report, by: Account) -> bool:
    opened = select(AuditEntry).where(
        AuditEntry.actor == by.id, AuditEntry.action == EVIDENCE_OPENED, AuditEntry.subject == report.id
    )
    return session.exec(opened).first() is not None
