"""What comes in from Odoo: new applicants are listed or invited by rule, changes and withdrawals followed.

Whatever is in the way of an invitation is written down for a person, and nobody is lost. Taking the same application in
again changes nothing, so that three webhooks, two workers or a look cut short do no harm.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.accounts import record
from bot.outreach.applicant_invitation import (
    CONNECTOR,
    ODOO,
    PURPOSE,
    ApplicantNotInvited,
    Told,
    add_resume,
    hand_over,
    invite_applicant,
    obstacle,
    takes_resume,
)
from bot.outreach.invitation import AlreadyInvited, call_off
from bot.outreach.known_people import KnownPeople, read_known_people
from bot.outreach.letters import take_new_address
from bot.positions import PositionUnknown, newest_position
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import CandidateErased, Refused, Unavailable
from core.tables import Applicant, Candidate, HrmsLink, Interview, Position
from hr_bridge.applications import GONE, Application, FetchFile, ResumeFile
from hr_bridge.connectors.base import HrmsRejected
from hr_bridge.connectors.odoo.applicant import GIVEN, MADE
from hr_bridge.connectors.odoo.mapping import Mapping as OdooMapping
from hr_bridge.policy import load_policy
from hr_bridge.resume.document import MAX_BYTES, ResumeRefused
from hr_bridge.resume.reader import parse_file

REREAD = ("job_unmapped", "never", "position_unknown")
"""Problems that go away when somebody changes the mapping or adds a position."""
ERASED: Final = "erased"
"""Problem of somebody whose data were deleted here: they are not brought back by what lies over there."""
_ROADS: Final = {"phone_sealed": "sms", "email_sealed": "email"}

log = logging.getLogger("mianshi.applicants")


class ApplicantIntake:
    """An Intake (hr_bridge/applications.py) that writes the Applicant rows of this house."""

    def __init__(self, services: Services, mapping: OdooMapping) -> None:
        self._services = services
        self._mapping = mapping
        self._people: KnownPeople | None = None

    async def known(self) -> Mapping[int, str]:
        """See `Intake.known`."""
        return await asyncio.to_thread(self._known)

    async def to_read_again(self) -> Sequence[int]:
        """See `Intake.to_read_again`: those whose job stood for nothing, and does now."""
        self._people = None  # a look begins: others may have been invited since the last
        return await asyncio.to_thread(self._to_read_again)

    async def take(self, application: Application, fetch: FetchFile) -> None:
        """See `Intake.take`. Whatever is wrong with one holds up no other."""
        try:
            resume = await asyncio.to_thread(self._note_once, application)
            if resume is not None:
                await self._bring_resume(application, resume, fetch)
            await asyncio.to_thread(self._invite_by_rule, application)
        except Unavailable:
            raise
        except Exception as error:
            # The type alone: the message of an unforeseen error may quote somebody.
            log.error("applicant %s failed with %s", application.remote_id, type(error).__name__)
            await asyncio.to_thread(self._note_fault, application)

    async def deleted(self, remote_ids: Sequence[int]) -> None:
        """See `Intake.deleted`."""
        for one in remote_ids:
            await asyncio.to_thread(self._note_deleted, one)

    async def _bring_resume(self, application: Application, resume: ResumeFile, fetch: FetchFile) -> None:
        problem, data = "too_large", None
        if resume.size <= MAX_BYTES:
            try:
                problem, data = "gone", await fetch(resume.id)
            except HrmsRejected:
                problem = "forbidden"
        await asyncio.to_thread(self._note_resume, application, resume, data, problem)

    def _known(self) -> dict[int, str]:
        with self._services.database.reading() as session:
            rows = session.exec(
                select(Applicant.remote_id, Applicant.remote_version).where(
                    Applicant.connector == CONNECTOR, Applicant.standing != "deleted"
                )
            )
            return {int(remote_id): version for remote_id, version in rows}

    def _to_read_again(self) -> list[int]:
        with self._services.database.reading() as session:
            jobs = [str(job.job) for key, job in self._mapping.jobs.items() if self._taken(session, key) is not None]
            rows = select(Applicant.remote_id).where(
                Applicant.connector == CONNECTOR,
                Applicant.standing == "open",
                col(Applicant.problem).in_(REREAD),
                col(Applicant.job_id).in_(jobs),
            )
            return [int(remote_id) for remote_id in session.exec(rows)]

    def _note_once(self, application: Application) -> ResumeFile | None:
        try:
            return self._note(application)
        except IntegrityError:  # another worker wrote the row meanwhile
            return self._note(application)

    def _note(self, application: Application) -> ResumeFile | None:
        """Write the application down, and act on what changed; the résumé, where it has to be fetched."""
        with self._services.database.unit_of_work() as session:
            row = _row_of(session, application.remote_id, locked=True)
            if row is None:
                interview = self._interview_of(session, application)
                ours = application.candidate_id is not None
                if interview is None and (application.was_there_before or ours):
                    return None
                row = _new_row(application)
                session.add(row)
                session.flush()
                if interview is not None:
                    row.interview_id = interview.id
            was = row.standing
            if row.problem == ERASED:
                row.remote_version, row.standing, row.changed_at = application.version, application.standing, now()
                return None
            row.remote_version, row.standing, row.changed_at = application.version, application.standing, now()
            if application.standing in GONE:
                if was not in GONE:
                    self._withdraw(session, row)
                return None
            if was in GONE and row.problem == "called_off" and not _is_erased(session, row):
                # They are back, and may be invited anew with what lies there.
                row.interview_id = row.problem = row.told_sealed = row.resume_mark = None
            row.job_title = application.job_title
            row.job_id = str(application.job_id) if application.job_id else None
            interview = session.get(Interview, row.interview_id) if row.interview_id else None
            name = " ".join((application.name or "").split()) or None
            told = Told(name, application.phone, application.email)
            if interview is None:
                return self._prepare(session, row, application, told)
            return self._follow(session, row, interview, application, told)

    def _prepare(self, session: Session, row: Applicant, application: Application, told: Told) -> ResumeFile | None:
        """Somebody who is not invited: what is known of them, and what is in the way."""
        position = application.position
        if application.standing != "open":  # hired without an interview here
            _forget(row)
            row.problem = None
            return None
        row.position_key = self._taken(session, position) if position else None
        if position is None or row.position_key is None:
            _forget(row)  # applicants for other jobs are none of our business
            never = position is not None and self._mapping.invite_for(position) == "never"
            row.problem = "job_unmapped" if position is None else "never" if never else "position_unknown"
            return None
        row.wrapped_key = row.wrapped_key or self._services.keys.new_wrapped_key()
        row.told_sealed = told.seal(self._services.keys.unwrap(row.wrapped_key))
        row.problem = obstacle(session, row.position_key, told)
        return _if_new(row, application)

    def _follow(
        self, session: Session, row: Applicant, interview: Interview, application: Application, told: Told
    ) -> ResumeFile | None:
        """Somebody who is a candidate here: what was corrected over there is corrected here."""
        try:
            key = self._services.key_of(session, interview)
        except CandidateErased:
            _forget(row)
            return None
        before = Told.open(row.told_sealed, key) if row.told_sealed else told
        corrected = _correct(session.get_one(Candidate, interview.candidate_id), key, before, told)
        if corrected:
            record(session, ODOO, "contact_followed", interview.id)
        for road in (_ROADS[field] for field in corrected if field in _ROADS):
            take_new_address(session, interview.candidate_id, road)
        row.told_sealed = told.seal(key)
        row.position_key = session.get_one(Position, interview.position_id).key
        moved = application.position not in (None, row.position_key)
        row.problem = "job_changed" if moved else None
        row.hired_on = None
        if application.standing == "hired":
            row.hired_on = application.hired_on or now().date()
            starts_on = application.starts_on.isoformat() if application.starts_on else None
            package = application.package.model_dump() if application.package else None
            row.hire_sealed = key.seal(json.dumps({"starts_on": starts_on, "package": package}), PURPOSE)
        return _if_new(row, application) if takes_resume(session, interview) else None

    def _withdraw(self, session: Session, row: Applicant) -> None:
        """Gone over there: an open interview is called off, a finished one stays; nobody's data are kept for nothing."""
        if row.interview_id is None:
            _forget(row)
            row.problem = None
            return
        interview = session.get_one(Interview, row.interview_id, with_for_update=True)
        if interview.finished_at is None and interview.withdrawn_at is None:
            call_off(session, interview, ODOO)
            row.problem = "called_off"

    def _note_deleted(self, remote_id: int) -> None:
        with self._services.database.unit_of_work() as session:
            row = _row_of(session, remote_id, locked=True)
            if row is not None and row.standing != "deleted":
                was, row.standing, row.changed_at = row.standing, "deleted", now()
                if was not in GONE:
                    self._withdraw(session, row)

    def _note_resume(self, application: Application, resume: ResumeFile, data: bytes | None, problem: str) -> None:
        """Read the file, and keep it with what was read; or the reason why it cannot be read, which is `problem` where
        there are no bytes."""
        with self._services.database.reading() as session:
            row = _row_of(session, application.remote_id)
            if row is None or row.position_key is None:
                return
            policy = load_policy(newest_position(session, row.position_key).profile["policy"])
        parsed, found = None, problem if data is None else None
        if data is not None:
            try:
                read = parse_file(data, resume.name, mask_pay=policy.prior_pay == "never")
                parsed = json.dumps(read.to_json(), ensure_ascii=False)
            except ResumeRefused as error:
                found = error.reason
        with self._services.database.unit_of_work() as session:
            row = _row_of(session, application.remote_id, locked=True)
            if row is None or row.standing in GONE:
                return
            row.resume_mark, row.resume_problem = resume.checksum, found
            if parsed is None or data is None:
                return
            if row.interview_id is not None:
                interview = session.get_one(Interview, row.interview_id, with_for_update=True)
                if takes_resume(session, interview):
                    add_resume(session, interview, self._services.key_of(session, interview), data, parsed)
            elif row.wrapped_key is not None:
                key = self._services.keys.unwrap(row.wrapped_key)
                row.resume_sealed, row.parsed_sealed = key.seal_bytes(data, "resume file"), key.seal(parsed, "resume")

    def _invite_by_rule(self, application: Application) -> None:
        with self._services.database.reading() as session:
            row = _row_of(session, application.remote_id)
        if row is None or row.interview_id is not None or row.standing != "open" or row.position_key is None:
            return
        if row.problem is not None or self._mapping.invite_for(row.position_key) != "automatic":
            return
        self._people = self._people or read_known_people(self._services)
        try:
            bears_number = self._mapping.external_id == "applicant"
            made = invite_applicant(self._services, row.id, ODOO, external_id=bears_number, known=self._people)
            if made.letter is None:
                self._note_unreached(row.id)
        except AlreadyInvited as error:
            self._adopt(row.id, error.interview_id)
        except ApplicantNotInvited as error:
            self._note_problem(application.remote_id, error.problem)
        except Refused as error:
            log.warning("applicant %s is not invited: %s", application.remote_id, type(error).__name__)
            self._note_problem(application.remote_id, "not_possible")

    def _adopt(self, applicant_id: str, interview_id: str) -> None:
        """Somebody with this number was invited another way."""
        with self._services.database.unit_of_work() as session:
            row = session.get_one(Applicant, applicant_id, with_for_update=True)
            if row.interview_id is None:
                hand_over(self._services, session, row, session.get_one(Interview, interview_id))

    def _note_problem(self, remote_id: int, problem: str | None) -> None:
        with self._services.database.unit_of_work() as session:
            row = _row_of(session, remote_id, locked=True)
            if row is not None and row.interview_id is None:
                row.problem = problem

    def _note_unreached(self, applicant_id: str) -> None:
        """Nobody saw the link of this invitation: a person has to make another and pass it on."""
        with self._services.database.unit_of_work() as session:
            session.get_one(Applicant, applicant_id, with_for_update=True).problem = "not_reached"

    def _note_fault(self, application: Application) -> None:
        """Nobody is lost: the row stands, and the daily sweep takes the application again."""
        with self._services.database.unit_of_work() as session:
            row = _row_of(session, application.remote_id, locked=True)
            if row is None:
                row = _new_row(application)
                session.add(row)
            row.remote_version = ""
            if row.interview_id is None and row.problem != ERASED:
                row.problem = "fault"

    def _taken(self, session: Session, position: str) -> str | None:
        """The key, where there is such a position and its applicants are looked at."""
        if self._mapping.invite_for(position) == "never":
            return None
        try:
            return newest_position(session, position).key
        except PositionUnknown:
            return None

    def _interview_of(self, session: Session, application: Application) -> Interview | None:
        """The interview of somebody whom we know already: by our own id, by the link table, or by the number of the
        record, which a file or a person may have given as external id."""
        rows = select(Interview).join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
        candidate_id = application.candidate_id or _linked(session, application.remote_id)
        if candidate_id is not None:
            rows = rows.where(Candidate.id == candidate_id)
        elif self._mapping.external_id == "applicant" and application.position is not None:
            rows = rows.join(Position, col(Interview.position_id) == col(Position.id)).where(
                Candidate.external_id == str(application.remote_id), Position.key == application.position
            )
        else:
            return None
        return session.exec(rows.order_by(col(Interview.id).desc())).first()


def _linked(session: Session, remote_id: int) -> str | None:
    """The candidate for whom the record over there stands. It may bear other external ids beside ours, and Odoo tells
    any one of them."""
    links = select(HrmsLink).where(
        HrmsLink.connector == CONNECTOR,
        col(HrmsLink.kind).in_([MADE, GIVEN]),
        HrmsLink.remote_id == str(remote_id),
    )
    link = session.exec(links).first()
    return link.our_id.partition(".")[0] if link is not None else None


def _row_of(session: Session, remote_id: int, *, locked: bool = False) -> Applicant | None:
    rows = select(Applicant).where(Applicant.connector == CONNECTOR, Applicant.remote_id == str(remote_id))
    return session.exec(rows.with_for_update() if locked else rows).first()


def _is_erased(session: Session, row: Applicant) -> bool:
    """Whether the candidate had everything about them erased: they are not brought back by what lies over there."""
    interview = session.get(Interview, row.interview_id) if row.interview_id else None
    return interview is not None and session.get_one(Candidate, interview.candidate_id).wrapped_key is None


def _new_row(application: Application) -> Applicant:
    return Applicant(
        connector=CONNECTOR,
        remote_id=str(application.remote_id),
        remote_version=application.version,
        standing="open",
        arrived_at=now(),
        changed_at=now(),
    )


def _if_new(row: Applicant, application: Application) -> ResumeFile | None:
    """The résumé, unless this very file was looked at before."""
    resume = application.resume
    return resume if resume is not None and resume.checksum != row.resume_mark else None


def _forget(row: Applicant) -> None:
    """Keep nothing that describes a person."""
    row.wrapped_key = row.told_sealed = row.resume_sealed = row.parsed_sealed = None
    row.resume_mark = row.resume_problem = row.hire_sealed = None


def _correct(candidate: Candidate, key: DataKey, before: Told, after: Told) -> list[str]:
    """Bring a correction over where ours still says what was told before; which columns changed."""
    changed = []
    (phone, email), (new_phone, new_email) = before.usable(), after.usable()
    name = after.name if after.has_usable_name else None
    for field, old, new in (
        ("name_sealed", before.name, name),
        ("phone_sealed", phone, new_phone),
        ("email_sealed", email, new_email),
    ):
        sealed = getattr(candidate, field)
        ours = key.open(sealed) if sealed else None
        if new is not None and new != old and ours in (old, None):
            setattr(candidate, field, key.seal(new))
            changed.append(field)
    return changed
