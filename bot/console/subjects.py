"""Whom an address is about: every `{parameter}` of a route leads to positions, and who does not see them gets a 404.

The check runs where the role is checked (`access.py`), so a route has it without asking for it. A parameter that is
not in a table here is refused to every limited account, and a test finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.console.decisions import InterviewUnknown
from bot.scope import sees, sees_candidate, sees_interview
from core.tables import Answer, Applicant, Delivery, Letter, PayApproval, PossibleDuplicate, Recording, RightsRequest

BY_INTERVIEW: Final[Mapping[str, Any]] = {
    "recording_id": Recording,
    "approval_id": PayApproval,
    "answer_id": Answer,
    "letter_id": Letter,
    "delivery_id": Delivery,
    "request_id": RightsRequest,
}
"""Rows that belong to one interview, by the name of the parameter that holds their id."""
POSITION_KEYS: Final = frozenset({"key", "position_key"})
NO_POSITION: Final = frozenset({"kind", "list_id", "order_id", "user_id", "token_id", "session_id"})
"""A list and an order are their maker's alone, the rest is about accounts or nobody."""
UNLIMITED_ONLY: Final = frozenset({"hold_id", "notice_id"})
"""Of the privacy page, which only unlimited accounts open; refused to every other, should a role ever change."""


def check_subjects(session: Session, by: Account, parameters: Mapping[str, Any]) -> None:
    """Raise InterviewUnknown, as for what does not exist, unless the account sees all that the address names."""
    if by.positions is None:
        return
    for name, value in parameters.items():
        if name not in NO_POSITION and not _seen(session, by, name, str(value)):
            raise InterviewUnknown("there is no such thing, or this account does not see it")


def _seen(session: Session, by: Account, name: str, value: str) -> bool:
    if name in POSITION_KEYS:
        return sees(by, value)
    if name in BY_INTERVIEW:
        row = session.get(BY_INTERVIEW[name], value)
        return row is not None and sees_interview(session, by, row.interview_id)
    return name in OTHERS and OTHERS[name](session, by, value)


def _applicant(session: Session, by: Account, value: str) -> bool:
    found = session.exec(select(Applicant.position_key).where(col(Applicant.id) == value)).first()
    return found is not None and sees(by, found)


def _pair(session: Session, by: Account, value: str) -> bool:
    # Both, since the pair shows the name and the number of each.
    row = session.get(PossibleDuplicate, value)
    return row is not None and all(sees_candidate(session, by, one) for one in (row.first_id, row.second_id))


OTHERS: Final[Mapping[str, Callable[[Session, Account, str], bool]]] = {
    "interview_id": sees_interview,
    "candidate_id": sees_candidate,
    "applicant_id": _applicant,
    "pair_id": _pair,
}
KNOWN: Final = frozenset({*BY_INTERVIEW, *OTHERS}) | POSITION_KEYS | NO_POSITION | UNLIMITED_ONLY
"""Every parameter that a route may have."""
