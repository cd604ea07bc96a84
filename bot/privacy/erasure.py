"""Asking that a candidate be erased. The worker carries it out (`bot/privacy/carrying_out.py`), within the hour."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import or_
from sqlmodel import Session, col, select

from bot.privacy.holds import is_held
from core.clock import now
from core.errors import Refused
from core.tables import AuditEntry, Candidate, ErasedSubject, ErasureRequest, PossibleDuplicate, new_id

Standing = Literal["waiting", "held", "under_way", "done"]


class CandidateNotOnFile(Refused):
    """There is no candidate of this id."""


def ask_for_erasure(session: Session, candidate_id: str, asked_by: str) -> str:
    """Note that a candidate is to be erased; the id of the ErasureRequest, which is the same however often it is asked.

    `asked_by` is an account's id, `candidate`, or the name of a program. Whoever a person found to be the same human
    (`PossibleDuplicate.verdict`), or has the same external id, is asked for as well. Under a legal hold the request is kept and refused for as long as
    the hold stands: ask `request_standing` which word to give.

    Raises CandidateNotOnFile: nobody has this id. An erased candidate has: the id of the request that was.
    """
    earlier = session.exec(select(ErasureRequest).where(ErasureRequest.candidate_id == candidate_id)).first()
    if earlier is not None:
        return earlier.id
    if session.get(Candidate, candidate_id, with_for_update=True) is None:
        raise CandidateNotOnFile(f"there is no candidate {candidate_id[:40]}")
    request = ErasureRequest(id=new_id(), candidate_id=candidate_id, asked_by=asked_by, asked_at=now())
    if is_held(session, candidate_id):
        request.held_at = now()
    session.add(request)
    session.add(AuditEntry(actor=asked_by, action="erasure_asked", subject=candidate_id, at=now()))
    session.flush()
    for other in _same_person(session, candidate_id):
        ask_for_erasure(session, other, asked_by)
    return request.id


def request_standing(session: Session, request_id: str) -> Standing:
    """Where a request stands: waiting (the worker takes it within the hour), held (refused while a legal hold stands),
    under_way, done. Raises CandidateNotOnFile where there is no such request."""
    request = session.get(ErasureRequest, request_id)
    if request is None:
        raise CandidateNotOnFile("there is no such request")
    if request.finished_at is not None:
        return "done"
    if request.held_at is not None:
        return "held"
    return "under_way" if request.started_at is not None else "waiting"


def is_erased(session: Session, subject: str) -> bool:
    """True for the id of a candidate or interview, or the hash of a link, that was erased."""
    return session.get(ErasedSubject, subject) is not None


def _same_person(session: Session, candidate_id: str) -> list[str]:
    pairs = select(PossibleDuplicate).where(
        PossibleDuplicate.verdict == "same",
        or_(col(PossibleDuplicate.first_id) == candidate_id, col(PossibleDuplicate.second_id) == candidate_id),
    )
    found = [pair.second_id if pair.first_id == candidate_id else pair.first_id for pair in session.exec(pairs)]
    external_id = session.get_one(Candidate, candidate_id).external_id
    if external_id is not None:
        # Invited again, for another position: the same external id is the same person.
        same = select(Candidate.id).where(
            Candidate.external_id == external_id,
            Candidate.id != candidate_id,
            col(Candidate.wrapped_key).is_not(None),
        )
        found += session.exec(same).all()
    return found
