"""The pool of a position: whom we have a résumé of and could invite, each with what the résumé tells of the requirements.

In it are applicants of the HR system who wait for this position, and candidates of other positions whose interview is
over. Whoever was ever invited for this position, withdrew from the other one or was erased is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import or_
from sqlalchemy import select as columns
from sqlmodel import Session, col

from bot.accounts import Account
from bot.outreach.applicant_invitation import CONNECTOR, NO_OBSTACLE, Told, add_resume, invite_applicant
from bot.outreach.invitation import Invitation, InvitationRequest, invite
from bot.outreach.known_people import Contact, contacts_of
from bot.positions import PositionUnknown, newest_position
from bot.scope import interviews_of, seen_interviews, sees
from bot.services import Services
from core.clock import now
from core.content import Language
from core.encryption import DataKey
from core.errors import Refused
from core.tables import Applicant, Candidate, Interview, Position, PossibleDuplicate, Resume
from hr_bridge.position import PositionProfile
from hr_bridge.requirements import Fit, Requirements, fit_of
from hr_bridge.resume.resume import Resume as ParsedResume

PER_PAGE: Final = 40
CHANNEL: Final[Mapping[str, str]] = {"zh": "人才库", "en": "Talent pool"}


class NotInPool(Refused):
    """They are not in the pool of this position any more: invited meanwhile, withdrawn or erased."""


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One in the pool. `ref` is `applicant:ID` or `candidate:ID`; `known_from` the position they came for."""

    ref: str
    name: str
    fit: Fit
    known_from: str
    language: Language


@dataclass(frozen=True, slots=True, repr=False)
class Pool:
    """One page, the best fit first. `total` counts who is shown under the filter, `held` everybody in the pool."""

    rows: Sequence[Person]
    total: int
    held: int
    page: int
    asks_for_something: bool

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    """Somebody in the pool with the key that opens their résumé; `resume_id` is None for an applicant."""

    ref: str
    name: str
    resume: ParsedResume
    known_from: str
    key: DataKey
    resume_id: str | None = None


def read_pool(services: Services, position: str, by: Account, page: int = 1, only_fitting: bool = False) -> Pool:
    """The pool of the position as `by` may see it. With `only_fitting`, without those whose résumé itself tells less
    than is asked for; what a résumé does not mention keeps nobody out. Raises PositionUnknown."""
    with services.database.reading() as session:
        wanted = PositionProfile.model_validate(newest_position(session, position).profile).requirements
        people = [
            Person(held.ref, held.name, fit_of(held.resume, wanted), held.known_from, held.resume.language)
            for held in _everybody(services, session, position, by)
        ]
    shown = [person for person in people if not (only_fitting and person.fit.is_below)]
    shown.sort(key=lambda person: (person.fit.is_below, -person.fit.met, person.ref))
    page = min(max(1, page), max(1, -(-len(shown) // PER_PAGE)))
    rows = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Pool(rows, len(shown), len(people), page, wanted != Requirements())


def invite_from_pool(
    services: Services, position: str, ref: str, by: Account, *, external_id: bool = True
) -> Invitation:
    """Invite somebody of the pool; their résumé goes along. `external_id` as for `invite_applicant`.

    Raises NotInPool, or what `invite` and `invite_applicant` raise.
    """
    with services.database.reading() as session:
        held = next((each for each in _everybody(services, session, position, by) if each.ref == ref), None)
        if held is None:
            raise NotInPool("not in the pool of this position any more")
        offered = newest_position(session, position).profile["languages"]
    person_id = ref.partition(":")[2]
    if held.resume_id is None:
        return invite_applicant(services, person_id, by, external_id=external_id)
    with services.database.reading() as session:
        candidate, resume = session.get_one(Candidate, person_id), session.get_one(Resume, held.resume_id)
    opened = held.key.open
    file, parsed = held.key.open_bytes(resume.file_sealed, "resume file"), opened(resume.parsed_sealed, "resume")
    language = held.resume.language if held.resume.language in offered else offered[0]
    request = InvitationRequest(
        position=position,
        name=held.name,
        language=language,
        phone=opened(candidate.phone_sealed) if candidate.phone_sealed else None,
        email=opened(candidate.email_sealed) if candidate.email_sealed else None,
        channel=CHANNEL[language],
        external_id=candidate.external_id,
        time_zone=candidate.time_zone,
    )

    def bring_resume(session: Session, interview: Interview, token: str) -> None:
        add_resume(session, interview, services.key_of(session, interview), file, parsed)
        # One person under two ids: whoever is erased is erased under both.
        same = PossibleDuplicate(
            first_id=person_id,
            second_id=interview.candidate_id,
            alike_in=",".join(what for what, _ in contacts_of(request.phone, request.email)),
            found_at=now(),
            settled_at=now(),
            verdict="same",
            settled_by=by.name,
        )
        session.add(same)

    return invite(services, request, by, bring_resume)


def _everybody(services: Services, session: Session, position: str, by: Account) -> Iterator[_Held]:
    if not sees(by, position):
        raise PositionUnknown("this account does not see the position")
    taken = _contacts_here(services, session, position)
    # Columns and not rows: the files that the résumés were read from may be megabytes each.
    waiting: Any = columns(
        col(Applicant.id), col(Applicant.wrapped_key), col(Applicant.told_sealed), col(Applicant.parsed_sealed)
    ).where(
        col(Applicant.connector) == CONNECTOR,
        col(Applicant.position_key) == position,
        col(Applicant.standing) == "open",
        col(Applicant.interview_id).is_(None),
        col(Applicant.told_sealed).is_not(None),
        col(Applicant.parsed_sealed).is_not(None),
        or_(col(Applicant.problem).is_(None), col(Applicant.problem).in_(NO_OBSTACLE)),
    )
    for applicant_id, wrapped_key, sealed, parsed in session.execute(waiting):
        key = services.keys.unwrap(wrapped_key)
        told = Told.open(sealed, key)
        if told.name and not taken.intersection(contacts_of(*told.usable())):
            yield _Held(f"applicant:{applicant_id}", told.name, _resume(key, parsed), position, key)
    elsewhere: Any = (
        columns(col(Candidate.id), col(Candidate.wrapped_key), col(Candidate.name_sealed))
        .add_columns(col(Candidate.phone_sealed), col(Candidate.email_sealed))
        .add_columns(col(Resume.id), col(Resume.parsed_sealed), col(Position.key))
        .join(Interview, col(Interview.candidate_id) == col(Candidate.id))
        .join(Resume, col(Resume.interview_id) == col(Interview.id))
        .join(Position, col(Position.id) == col(Interview.position_id))
        .where(
            col(Position.key) != position,
            col(Candidate.wrapped_key).is_not(None),
            col(Interview.finished_at).is_not(None),
            col(Interview.withdrawn_at).is_(None),
            seen_interviews(by),
        )
        .order_by(col(Resume.uploaded_at))
    )
    # The newest résumé of a candidate is the last one here.
    newest = {row[0]: row[1:] for row in session.execute(elsewhere)}
    for candidate_id, (wrapped_key, name, phone, email, resume_id, parsed, known_from) in newest.items():
        key = services.keys.unwrap(wrapped_key)
        if not taken.intersection(_contacts(key, phone, email)):
            resume = _resume(key, parsed)
            yield _Held(f"candidate:{candidate_id}", key.open(name), resume, known_from, key, resume_id)


def _resume(key: DataKey, parsed_sealed: str) -> ParsedResume:
    return ParsedResume.from_json(json.loads(key.open(parsed_sealed, "resume")))


def _contacts_here(services: Services, session: Session, position: str) -> set[Contact]:
    """Phones and addresses of everybody who was ever invited for this position."""
    sealed: Any = (
        columns(col(Candidate.wrapped_key), col(Candidate.phone_sealed), col(Candidate.email_sealed))
        .join(Interview, col(Interview.candidate_id) == col(Candidate.id))
        .where(interviews_of([position]), col(Candidate.wrapped_key).is_not(None))
    )
    found: set[Contact] = set()
    for wrapped_key, phone, email in session.execute(sealed):
        found.update(_contacts(services.keys.unwrap(wrapped_key), phone, email))
    return found


def _contacts(key: DataKey, phone: str | None, email: str | None) -> list[Contact]:
    return contacts_of(key.open(phone) if phone else None, key.open(email) if email else None)
