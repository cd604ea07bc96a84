"""A candidate withdraws on their own page, or wants to be erased; and HR systems that know them are told, wherever they withdrew."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import record
from bot.candidate_rights.door import Holder
from bot.candidate_rights.requests import note_request
from bot.conversation import add_replies, hold_interview
from bot.privacy.erasure import ask_for_erasure, request_standing
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased, Unavailable
from core.tables import Applicant, AuditEntry, Candidate, Delivery, InboxMessage, Interview, ProviderOrder, new_id
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of
from dialogue.phrases import phrase
from dialogue.turn import Reply
from hr_bridge.assessment import CandidateAssessment
from hr_bridge.delivery import plan_delivery
from scoring.report import assessment_of, newest_decision, newest_report, person_of

RECENT: Final = timedelta(days=14)
"""Older withdrawals are not told of: an update of ours sends no HR system news of last year."""
SUMMARY: Final = {
    "zh": "候选人已主动退出面试。",
    "en": "The candidate has withdrawn from the interview.",
}
KNOW_BY_THEIR_ID: Final = frozenset({"webhook", "files"})
"""Connectors behind which a system knows a candidate by the id that it gave; Odoo's applicants are linked one by one."""

log = logging.getLogger("mianshi.rights")


def withdraw(services: Services, holder: Holder) -> None:
    """End the candidate's application at their own wish; withdrawn twice is withdrawn once. Raises CandidateErased."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, holder.interview_id)
        if interview.withdrawn_at is not None:
            return
        interview.withdrawn_at = now()
        note_request(services, session, interview, "withdrawal", task=False)
        turn_id = new_id()
        session.add(
            InboxMessage(
                turn_id=turn_id,
                interview_id=interview.id,
                client_id=f"withdrawal:{turn_id}",
                kind="signal",
                payload="withdrawal",
                received_at=now(),
                done_at=now(),
            )
        )
        session.flush()
        said = Reply("status", phrase("utter_withdrawn", language_of(interview)))
        add_replies(services, session, interview, turn_id, [said])
        record(session, holder.account, "withdrew", interview.id)
    services.outbox_bell.ring()


def erase(services: Services, holder: Holder) -> bool:
    """Ask for the candidate's erasure, which ends what is still undecided at once; False where a legal hold stands
    against it for now, and a person has to answer. Raises CandidateErased."""
    with services.database.reading() as session:
        decision = newest_decision(session, holder.interview_id)
    if decision is None or decision.value == "hold":
        withdraw(services, holder)
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, holder.interview_id)
        held = request_standing(session, ask_for_erasure(session, holder.candidate_id, "candidate")) == "held"
        note_request(services, session, interview, "erasure", task=held)
    return not held


def tell_withdrawals(services: Services) -> int:
    """For the worker: plan what HR systems have not been told of yet; of how many interviews."""
    told = 0
    for interview_id in _untold(services):
        try:
            with services.database.unit_of_work() as session:
                told += _tell(services, session, interview_id)
        except CandidateErased:
            continue
        except Unavailable:
            raise
        except Exception as error:  # one that cannot be told of must not hold up the others; its message may quote
            log.error("interview %s: the withdrawal failed with %s", interview_id, type(error).__name__)
    return told


def _untold(services: Services) -> list[str]:
    """Interviews whose candidate withdrew; what a recruiter called off is no news to anybody over there."""
    told = select(Delivery.interview_id).where(Delivery.kind == "withdrawn")
    called_off = select(AuditEntry.subject).where(AuditEntry.action == "called_off")
    withdrawn = (
        select(Interview.id)
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(
            col(Interview.withdrawn_at) > now() - RECENT,
            col(Candidate.wrapped_key).is_not(None),
            col(Interview.id).not_in(told),
            col(Interview.id).not_in(called_off),
        )
    )
    with services.database.reading() as session:
        known = [i for i in session.exec(withdrawn) if _who_knows(services, session, session.get_one(Interview, i))]
    return known


def _who_knows(services: Services, session: Session, interview: Interview) -> list[str]:
    """The HR systems that gave us the candidate or have heard of them: nobody else is told of one who wants no more."""
    heard = set(session.exec(select(Delivery.connector).where(Delivery.interview_id == interview.id)))
    heard |= set(session.exec(select(Applicant.connector).where(Applicant.interview_id == interview.id)))
    if session.get_one(Candidate, interview.candidate_id).external_id is not None:
        heard |= KNOW_BY_THEIR_ID
    if session.exec(select(ProviderOrder.id).where(ProviderOrder.interview_id == interview.id)).first() is not None:
        heard.add("provider")
    return [name for name in services.settings.connectors if name in heard]


def _tell(services: Services, session: Session, interview_id: str) -> bool:
    # Holding the interview keeps two workers from planning the same.
    interview = hold_interview(session, interview_id)
    assessment = withdrawn_assessment(services, session, interview)
    connectors = _who_knows(services, session, interview)
    for connector in connectors:
        plan_delivery(session, services.keys, assessment, "withdrawn", 1, connector)
    return bool(connectors)


def withdrawn_assessment(services: Services, session: Session, interview: Interview) -> CandidateAssessment:
    """What is told: the result as it stands where there is one, else no more than who withdrew and when."""
    report = newest_report(session, interview.id)
    if report is not None:
        whole = assessment_of(session, services.keys, interview, report.version)
        return whole.model_copy(update={"withdrawn_at": interview.withdrawn_at})
    candidate = session.get_one(Candidate, interview.candidate_id)
    key, language = services.keys.unwrap(candidate.wrapped_key), language_of(interview)
    profile = profile_of(session, interview)
    assert interview.withdrawn_at is not None
    return CandidateAssessment(
        interview_id=interview.id,
        candidate=person_of(candidate, key),
        position_key=profile.key,
        position_title=profile.title.text(language),
        language=language,
        match=None,
        level=None,
        competencies=(),
        salary=None,
        summary=SUMMARY[language],
        finished_at=interview.withdrawn_at,
        version=1,
        withdrawn_at=interview.withdrawn_at,
    )
