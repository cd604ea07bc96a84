"""Who is on file already, for telling who may be one person. Nobody is recognised by phone or e-mail: what is alike is a
pair for a person to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from bot.services import Services
from core.clock import now
from core.tables import Candidate, ErasureRequest, Interview, Position, PossibleDuplicate

Contact = tuple[str, str]
"""`phone` or `email`, and the value in lower case."""


@dataclass(slots=True, repr=False)
class KnownPeople:
    """Candidates by external id, phone and e-mail, and whom each position has invited."""

    by_external_id: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_contact: dict[Contact, list[str]] = field(default_factory=lambda: defaultdict(list))
    invited: set[tuple[str, str]] = field(default_factory=set)
    """Candidate id and key of the position, where an invitation is open or was used."""

    erased: set[str] = field(default_factory=set)
    """External ids of those whose data were erased."""

    def add(self, candidate_id: str, external_id: str | None, contacts: Iterable[Contact], position: str) -> None:
        """Somebody who was invited just now."""
        if external_id:
            self.by_external_id[external_id].append(candidate_id)
        for contact in contacts:
            self.by_contact[contact].append(candidate_id)
        self.invited.add((candidate_id, position))

    def alike(self, external_id: str | None, contacts: Iterable[Contact]) -> dict[str, str]:
        """Other candidates with the same phone or address, and in what they are alike. The same external id is the same
        person, and no other."""
        same = set(self.by_external_id.get(external_id, ())) if external_id else set()
        found: dict[str, list[str]] = defaultdict(list)
        for what, value in contacts:
            for candidate_id in self.by_contact.get((what, value), ()):
                if candidate_id not in same:
                    found[candidate_id].append(what)
        return {candidate_id: ",".join(what) for candidate_id, what in found.items()}


def contacts_of(phone: str | None, email: str | None) -> list[Contact]:
    """The contacts of one person, as they are compared."""
    return [(what, value.casefold()) for what, value in (("phone", phone), ("email", email)) if value]


def read_known_people(services: Services) -> KnownPeople:
    """Everybody on file who was not erased; it opens every contact, so read it once for many."""
    known = KnownPeople()
    with services.database.reading() as session:
        for candidate in session.exec(select(Candidate).where(col(Candidate.wrapped_key).is_not(None))):
            key = services.keys.unwrap(candidate.wrapped_key)
            if candidate.external_id:
                known.by_external_id[candidate.external_id].append(candidate.id)
            for what, sealed in (("phone", candidate.phone_sealed), ("email", candidate.email_sealed)):
                if sealed:
                    known.by_contact[what, key.open(sealed).casefold()].append(candidate.id)
        known.invited = _open_invitations(session)
        asked = select(ErasureRequest.candidate_id).where(col(ErasureRequest.finished_at).is_not(None))
        gone = select(Candidate.external_id).where(col(Candidate.wrapped_key).is_(None), col(Candidate.id).in_(asked))
        known.erased = {name for name in session.exec(gone) if name} - known.by_external_id.keys()
    return known


def put_down_pairs(session: Session, alike: Mapping[str, str], candidate_id: str) -> None:
    """Let a person look at each pair."""
    for other, what in alike.items():
        session.add(PossibleDuplicate(first_id=other, second_id=candidate_id, alike_in=what, found_at=now()))


def _open_invitations(session: Session) -> set[tuple[str, str]]:
    rows = session.exec(
        select(Interview.candidate_id, Position.key, Interview.finished_at, Interview.expires_at)
        .join(Position, col(Interview.position_id) == col(Position.id))
        .where(col(Interview.withdrawn_at).is_(None))
    )
    return {(candidate, key) for candidate, key, finished, expires in rows if finished is not None or expires > now()}
