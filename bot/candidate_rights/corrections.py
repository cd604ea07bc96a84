"""Correcting one's own name, contact and basic facts: each change is an entry of its own, and what stood there before
stays readable to those who decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import record
from bot.candidate_rights.door import Holder
from bot.candidate_rights.new_address import ROADS, Proof, ask_for_proof, needs_proof, prove
from bot.candidate_rights.requests import note_request
from bot.conversation import hold_interview
from bot.identity import CodeWrong
from bot.outreach.contact import normal_email, normal_phone
from bot.outreach.invitation import LONGEST_NAME, NameUnusable
from bot.outreach.letters import take_new_address
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import Refused
from core.tables import Answer, Candidate, DataCorrection, Interview, Question
from core.tables.base import new_id
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of

PURPOSE: Final = "data correction"


class NothingChanged(Refused):
    """What was sent is what stands there."""


class OptionUnknown(Refused):
    """A basic fact is answered by one of its options."""


@dataclass(frozen=True, slots=True, repr=False)
class Option:
    value: str
    title: str


@dataclass(frozen=True, slots=True, repr=False)
class KnownFact:
    """A basic fact that was answered by a button, as it stands now."""

    question_id: str
    question: str
    options: tuple[Option, ...]
    value: str


@dataclass(frozen=True, slots=True, repr=False)
class KnownData:
    name: str
    phone: str
    email: str
    facts: tuple[KnownFact, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Corrected:
    """One correction as it is shown: field, before and after in words."""

    field: str
    before: str
    after: str


def known_data(services: Services, interview_id: str) -> KnownData:
    """What may be corrected, as it stands. Raises CandidateErased."""
    with services.database.reading() as session:
        return _known(services, session, session.get_one(Interview, interview_id))


def correct(
    services: Services, holder: Holder, name: str, phone: str, email: str, facts: Mapping[str, str]
) -> tuple[Proof, ...]:
    """Take over what differs from what stands there, and leave a task to bring the HR system up to date. A new address
    that a code can be sent to is taken over by `confirm_address` only; the codes to be sent. An empty field leaves its
    value as it is. `facts` is question id → option.

    Raises NameUnusable, PhoneUnusable, EmailUnusable, OptionUnknown, NothingChanged, TooManyRequests or TooManyCodes.
    """
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, holder.interview_id)
        changes = _changes(_known(services, session, interview), name, phone, email, facts)
        if not changes:
            raise NothingChanged("nothing differs")
        unproved = [field for field in ROADS if field in changes and needs_proof(services, field)]
        proofs = [ask_for_proof(services, session, interview, field, changes.pop(field)[1]) for field in unproved]
        if changes:
            _take_over(services, session, interview, holder, changes)
        return tuple(proofs)


def confirm_address(services: Services, holder: Holder, field: str, digits: str) -> None:
    """Take a new address over that was shown by its code to be the candidate's. Raises CodeWrong, CodeUsedUp,
    NothingChanged or TooManyRequests."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, holder.interview_id)
        contact = prove(services, session, interview, field, digits)
        if contact is not None:
            known = _known(services, session, interview)
            changes = _changes(known, "", *((contact, "") if field == "phone" else ("", contact)), {})
            if not changes:
                raise NothingChanged("nothing differs")
            _take_over(services, session, interview, holder, changes)
    if contact is None:
        raise CodeWrong("the code is wrong")  # outside the block: the try that was used up is committed


def _take_over(
    services: Services, session: Session, interview: Interview, holder: Holder, changes: Mapping[str, tuple[str, str]]
) -> None:
    candidate = session.get_one(Candidate, interview.candidate_id)
    key = services.keys.unwrap(candidate.wrapped_key)
    request = note_request(services, session, interview, "correction")
    for field, (before, after) in changes.items():
        session.add(
            DataCorrection(
                id=new_id(),
                candidate_id=candidate.id,
                interview_id=interview.id,
                request_id=request.id,
                field=field,
                before_sealed=key.seal(before, PURPOSE) if before else None,
                after_sealed=key.seal(after, PURPOSE),
                made_at=now(),
            )
        )
        if field in ("name", "phone", "email"):
            setattr(candidate, f"{field}_sealed", key.seal(after))
        if (road := ROADS.get(field)) is not None:
            take_new_address(session, candidate.id, road)
    record(session, holder.account, "data_corrected", interview.id)


def corrected_facts(session: Session, key: DataKey, interview_id: str) -> Mapping[str, str]:
    """Question id → option, the newest correction of each basic fact."""
    rows = select(DataCorrection).where(DataCorrection.interview_id == interview_id)
    return {
        row.field: key.open(row.after_sealed, PURPOSE)
        for row in session.exec(rows.order_by(col(DataCorrection.id)))
        if row.field not in ("name", "phone", "email")
    }


def corrected_titles(session: Session, key: DataKey, interview_id: str) -> Mapping[str, str]:
    """Question id → the option that holds now, in words, of every basic fact that was corrected."""
    corrected = corrected_facts(session, key, interview_id)
    return {
        fact.question_id: next(option.title for option in fact.options if option.value == fact.value)
        for fact in (_facts(session, key, interview_id) if corrected else [])
        if fact.question_id in corrected
    }


def corrections_of(session: Session, key: DataKey, request_id: str) -> list[Corrected]:
    """What one request corrected, in words."""
    rows = list(session.exec(select(DataCorrection).where(DataCorrection.request_id == request_id)))
    found = []
    for row in sorted(rows, key=lambda each: each.id):
        before = key.open(row.before_sealed, PURPOSE) if row.before_sealed else ""
        after = key.open(row.after_sealed, PURPOSE)
        fact = next((f for f in _facts(session, key, row.interview_id) if f.question_id == row.field), None)
        if fact is None:
            found.append(Corrected(row.field, before, after))
        else:
            titles = {option.value: option.title for option in fact.options}
            found.append(Corrected(fact.question, titles.get(before, before), titles.get(after, after)))
    return found


def _known(services: Services, session: Session, interview: Interview) -> KnownData:
    candidate = session.get_one(Candidate, interview.candidate_id)
    key = services.keys.unwrap(candidate.wrapped_key)
    return KnownData(
        name=key.open(candidate.name_sealed),
        phone=key.open(candidate.phone_sealed) if candidate.phone_sealed else "",
        email=key.open(candidate.email_sealed) if candidate.email_sealed else "",
        facts=tuple(_facts(session, key, interview.id)),
    )


def _facts(session: Session, key: DataKey, interview_id: str) -> list[KnownFact]:
    interview = session.get_one(Interview, interview_id)
    language, corrected = language_of(interview), corrected_facts(session, key, interview_id)
    asked = {f"fact_{fact.key}": fact for fact in profile_of(session, interview).must_have_facts}
    rows = (
        select(Question, Answer)
        .join(Answer, col(Answer.question_id) == col(Question.id))
        .where(Question.interview_id == interview_id, col(Answer.value).is_not(None))
        .order_by(col(Question.position), col(Answer.id))
    )
    found = {}
    for question, answer in session.exec(rows):
        if (fact := asked.get(question.source)) is not None:
            options = tuple(Option(option.value, option.title.text(language)) for option in fact.options)
            value = corrected.get(question.id, answer.value or "")
            found[question.id] = KnownFact(question.id, fact.question.text(language), options, value)
    return list(found.values())


def _changes(
    known: KnownData, name: str, phone: str, email: str, facts: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Field → (before, after) of what differs."""
    name = " ".join(name.split())
    if name and (len(name) > LONGEST_NAME or not name.isprintable()):
        raise NameUnusable("a name has 1 to 80 characters")
    given = {
        "name": (known.name, name),
        "phone": (known.phone, normal_phone(phone) if phone.strip() else ""),
        "email": (known.email, normal_email(email) if email.strip() else ""),
    }
    by_id = {fact.question_id: fact for fact in known.facts}
    for question_id, value in facts.items():
        fact = by_id.get(question_id)
        if fact is None or value not in {option.value for option in fact.options}:
            raise OptionUnknown("a basic fact is answered by one of its options")
        given[question_id] = (fact.value, value)
    return {field: (before, after) for field, (before, after) in given.items() if after and after != before}
