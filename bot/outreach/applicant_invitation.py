"""Somebody who applied in the HR system is invited here, on the usual way and with the résumé that lies there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, Literal, Self

from sqlmodel import Session, select

from bot.accounts import Account
from bot.outreach.contact import normal_email, normal_phone
from bot.outreach.invitation import LONGEST_NAME, AlreadyInvited, Invitation, InvitationRequest, invite
from bot.outreach.known_people import KnownPeople, contacts_of, put_down_pairs, read_known_people
from bot.positions import PositionUnknown, newest_position
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import Refused
from core.tables import Applicant, Interview, Resume
from hr_bridge.connectors.odoo.applicant import GIVEN
from hr_bridge.connectors.odoo.links import link_given

ODOO: Final = Account(id="program:odoo", name="odoo", role="admin")
CONNECTOR: Final = "odoo"
PURPOSE: Final = "applicant"
Problem = Literal[
    "job_unmapped",
    "never",
    "position_unknown",
    "name_missing",
    "name_unusable",
    "contact_missing",
    "contact_unusable",
    "same_contact_invited",
    "job_changed",
    "called_off",
    "not_possible",
    "fault",
    "not_reached",
]
"""Why nobody is invited, or that an invitation reaches nobody; the console says each in a sentence (`applicants.problem_…` of its texts)."""
NO_OBSTACLE: Final = (None, "same_contact_invited", "not_possible", "fault")
"""With these a person may invite all the same."""


class ApplicantUnknown(Refused):
    """There is no applicant with this id."""


class ApplicantNotInvited(Refused):
    """This applicant cannot be invited as things are; `problem` says why, None where they are gone or invited already."""

    def __init__(self, problem: str | None) -> None:
        super().__init__(f"the applicant cannot be invited: {problem}")
        self.problem = problem


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """How to call and reach a person, as the HR system writes it."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None

    def usable(self) -> tuple[str | None, str | None]:
        """Phone and e-mail, normalised; None where there is none or it cannot be read."""
        return _or_none(normal_phone, self.phone), _or_none(normal_email, self.email)

    @property
    def has_usable_name(self) -> bool:
        return self.name is not None and 1 <= len(self.name) <= LONGEST_NAME and self.name.isprintable()

    def seal(self, key: DataKey) -> str:
        return key.seal(json.dumps(asdict(self), ensure_ascii=False), PURPOSE)

    @classmethod
    def open(cls, sealed: str, key: DataKey) -> Self:
        return cls(**json.loads(key.open(sealed, PURPOSE)))


def obstacle(session: Session, position: str | None, told: Told) -> Problem | None:
    """Why this person could not be invited for the position; None where nothing is in the way."""
    if position is None:
        return "job_unmapped"
    try:
        newest_position(session, position)
    except PositionUnknown:
        return "position_unknown"
    if not told.name:
        return "name_missing"
    if not told.has_usable_name:
        return "name_unusable"
    if not any(told.usable()):
        return "contact_unusable" if told.phone or told.email else "contact_missing"
    return None


def invite_applicant(
    services: Services,
    applicant_id: str,
    by: Account,
    *,
    external_id: bool = True,
    known: KnownPeople | None = None,
) -> Invitation:
    """Invite, and hand everything over to the candidate: contact, résumé, and the link to the record over there.

    With `known` a second invitation of one contact for one position is held back (`same_contact_invited`). Without
    `external_id` the candidate does not bear the number of the record. Raises ApplicantUnknown, ApplicantNotInvited,
    AlreadyInvited, or what `invite` raises.
    """
    with services.database.reading() as session:
        row = session.get(Applicant, applicant_id)
        if row is None:
            raise ApplicantUnknown("there is no applicant with this id")
        if row.wrapped_key is None or row.told_sealed is None or row.standing != "open" or row.position_key is None:
            raise ApplicantNotInvited(row.problem)
        key = services.keys.unwrap(row.wrapped_key)
        told, position = Told.open(row.told_sealed, key), row.position_key
        problem = obstacle(session, position, told)
        if problem is not None:
            raise ApplicantNotInvited(problem)
        language = _language(newest_position(session, position).profile["languages"], row, key)
    phone, email = told.usable()
    theirs = row.remote_id if external_id else None
    people = read_known_people(services) if known is None else known
    contacts = contacts_of(phone, email)
    alike = people.alike(theirs, contacts)
    if known is not None and any((one, position) in people.invited for one in alike):
        raise ApplicantNotInvited("same_contact_invited")
    candidate_id = ""

    def take_over(session: Session, interview: Interview, token: str) -> None:
        nonlocal candidate_id
        candidate_id = interview.candidate_id
        applicant = session.get_one(Applicant, applicant_id, with_for_update=True)
        if applicant.interview_id is not None:
            raise AlreadyInvited(applicant.interview_id)
        if applicant.standing != "open":
            raise ApplicantNotInvited(applicant.problem)  # gone over there while we read
        hand_over(services, session, applicant, interview)
        link_given(session, CONNECTOR, GIVEN, f"{candidate_id}.{position}", applicant.remote_id)
        put_down_pairs(session, alike, candidate_id)

    request = InvitationRequest(position, told.name or "", language, phone, email, "Odoo", theirs)
    made = invite(services, request, by, take_over)
    people.add(candidate_id, theirs, contacts, position)
    return made


def hand_over(services: Services, session: Session, row: Applicant, interview: Interview) -> None:
    """From now on the row belongs to the interview's candidate, and their key opens it."""
    if row.wrapped_key is not None:
        own, key = services.keys.unwrap(row.wrapped_key), services.key_of(session, interview)
        if row.told_sealed is not None:
            row.told_sealed = Told.open(row.told_sealed, own).seal(key)
        if row.resume_sealed is not None and row.parsed_sealed is not None and takes_resume(session, interview):
            add_resume(
                session,
                interview,
                key,
                own.open_bytes(row.resume_sealed, "resume file"),
                own.open(row.parsed_sealed, "resume"),
            )
    row.wrapped_key = row.resume_sealed = row.parsed_sealed = None
    row.interview_id, row.problem = interview.id, None


def takes_resume(session: Session, interview: Interview) -> bool:
    """False once questions were laid down, or the candidate gave a résumé of their own: theirs counts."""
    if interview.planned_at is not None or interview.finished_at is not None or interview.withdrawn_at is not None:
        return False
    return session.exec(select(Resume).where(Resume.interview_id == interview.id)).first() is None


def add_resume(session: Session, interview: Interview, key: DataKey, file: bytes, parsed: str) -> None:
    """A résumé from which questions will be drawn; `parsed` is JSON of hr_bridge.resume."""
    session.add(
        Resume(
            interview_id=interview.id,
            file_sealed=key.seal_bytes(file, "resume file"),
            parsed_sealed=key.seal(parsed, "resume"),
            uploaded_at=now(),
        )
    )


def _language(offered: list[str], row: Applicant, key: DataKey) -> str:
    """The résumé's, where the position is interviewed for in it; else the position's first."""
    if row.parsed_sealed is not None:
        language = str(json.loads(key.open(row.parsed_sealed, "resume"))["language"])
        if language in offered:
            return language
    return offered[0]


def _or_none(normal: Callable[[str], str], text: str | None) -> str | None:
    try:
        return normal(text) if text else None
    except Refused:
        return None
