"""The certificate of an erasure: what was deleted, where, when; what stays and until when; whose copies are elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, select

from bot.services import Services
from core.clock import now
from core.errors import Refused
from core.settings import Settings
from core.tables import AuditEntry, Backup, ErasureCertificate, ErasureNotice, ErasureRequest, new_id


class CertificateUnknown(Refused):
    """There is no such certificate."""


class Place(BaseModel):
    """One place, and what went there: table or kind → how many."""

    model_config = ConfigDict(frozen=True)

    place: str
    """database, files, dialogue, workflows or backup_keys."""
    at: datetime
    removed: dict[str, int]


class Elsewhere(BaseModel):
    """Whose copies we cannot delete: `who` is a word of ELSEWHERE, `name` says which."""

    model_config = ConfigDict(frozen=True)

    who: str
    name: str


class Certificate(BaseModel):
    """What an erasure did. Points in time are UTC. No name, no pseudonym, no word of the candidate's."""

    model_config = ConfigDict(frozen=True)

    candidate_id: str
    asked_by: str
    asked_at: datetime
    key_destroyed_at: datetime
    finished_at: datetime
    places: tuple[Place, ...]
    missed: tuple[str, ...] = ()
    """Folders that could not be searched: a person has to."""
    elsewhere: tuple[Elsewhere, ...]
    backups_expire_on: date | None
    """None where no backup was ever made with `mianshi backup`."""


ELSEWHERE: Final = ("hrms", "mail", "sms", "telegram", "language_model", "sftp", "downloads", "other_backups")
_PLACES: Final = {"traces": "files", "rows": "database", "backup keys": "backup_keys", "stores": "stores"}


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as it is read: the document never changes, the notices are as they stand now."""

    id: str
    issued_at: datetime
    document: Certificate
    notices: tuple[ErasureNotice, ...]


def certify(services: Services, session: Session, request: ErasureRequest) -> str:
    """Write the certificate of a request whose steps are all done; its id."""
    logged = select(AuditEntry.id).where(AuditEntry.action == "erased", AuditEntry.subject == request.candidate_id)
    if session.exec(logged).first() is None:
        session.add(AuditEntry(actor="worker", action="erased", subject=request.candidate_id, at=now()))
    there = session.exec(select(ErasureCertificate.id).where(ErasureCertificate.request_id == request.id)).first()
    if there is not None:
        return there  # carried out anew after a restore: the proof of the first time stands
    steps = request.steps
    document = Certificate(
        candidate_id=request.candidate_id,
        asked_by=request.asked_by,
        asked_at=request.asked_at,
        key_destroyed_at=steps["rows"]["at"],
        finished_at=request.finished_at or now(),
        places=tuple(
            Place(place=place, at=steps[name]["at"], removed=_whole(steps[name]["removed"]))
            for name, place in _PLACES.items()
            if name in steps
        ),
        missed=tuple(steps["traces"].get("missed", ())),
        elsewhere=_elsewhere(services.settings, session, request),
        backups_expire_on=_backups_expire_on(session),
    )
    issued = ErasureCertificate(
        id=new_id(),
        request_id=request.id,
        candidate_id=request.candidate_id,
        document=document.model_dump(mode="json"),
        issued_at=now(),
    )
    session.add(issued)
    return issued.id


def read_certificate(session: Session, request_id: str) -> Issued:
    """The certificate of a request. Raises CertificateUnknown."""
    found = session.exec(select(ErasureCertificate).where(ErasureCertificate.request_id == request_id)).first()
    if found is None:
        raise CertificateUnknown("there is no certificate of this request")
    notices = session.exec(select(ErasureNotice).where(ErasureNotice.request_id == request_id)).all()
    return Issued(
        found.id, found.issued_at, Certificate.model_validate(found.document), tuple(sorted(notices, key=_connector))
    )


def _connector(notice: ErasureNotice) -> str:
    return notice.connector


def _whole(removed: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(Counter(removed).items()) if count}


def _elsewhere(settings: Settings, session: Session, request: ErasureRequest) -> tuple[Elsewhere, ...]:
    known: dict[str, Any] = request.steps["rows"].get("elsewhere", {})
    found = []
    told = session.exec(select(ErasureNotice.connector).where(ErasureNotice.request_id == request.id)).all()
    found += [Elsewhere(who="hrms", name=connector) for connector in sorted(told)]
    for road in known.get("letters", ()):
        name = settings.mail.host if road == "email" else settings.sms.url or settings.sms.gateway
        found.append(Elsewhere(who="mail" if road == "email" else "sms", name=name or road))
    if known.get("telegram"):
        found.append(Elsewhere(who="telegram", name="Telegram"))
    for model in known.get("language_models", ()):
        found.append(Elsewhere(who="language_model", name=f"{model} ({settings.language_model.base_url})"))
    if settings.exchange.sftp:
        found.append(Elsewhere(who="sftp", name=settings.exchange.sftp.rpartition("@")[2]))
    found.append(Elsewhere(who="downloads", name=""))
    found.append(Elsewhere(who="other_backups", name=""))
    return tuple(found)


def _backups_expire_on(session: Session) -> date | None:
    newest = session.exec(select(Backup.kept_until).order_by(col(Backup.kept_until).desc()).limit(1)).first()
    return newest.date() if newest is not None and newest > now() else None
