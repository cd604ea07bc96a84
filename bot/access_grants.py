"""Which positions and branches an account was given. What follows from it is told by bot/accounts.py and bot/scope.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.accounts import AccountUnknown
from bot.positions import newest_positions
from bot.roles import ALWAYS_LIMITED, UNLIMITED
from core.errors import Refused
from core.tables import AccessGrant, ApiToken, User


class NotLimitable(Refused):
    """Admins and auditors see every position; a hiring manager never does."""


class GrantUnknown(Refused):
    """There is no such position or branch."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an account was given; where it is not `limited` the grants say nothing."""

    limited: bool = False
    positions: frozenset[str] = frozenset()
    branches: frozenset[str] = frozenset()


def set_access(session: Session, account: str, access: Access) -> None:
    """Put this in place of what the account (`user:<id>` or `token:<id>`) was given; it counts from its next request on.

    Raises AccountUnknown, NotLimitable or GrantUnknown.
    """
    row = _row(session, account)
    limited = access.limited or row.role in ALWAYS_LIMITED
    if limited and row.role in UNLIMITED:
        raise NotLimitable(f"an account with role {row.role} sees every position")
    if not access.positions <= {each.key for each in newest_positions(session)}:
        raise GrantUnknown("there is no such position")
    if not access.branches <= set(branches(session)):
        raise GrantUnknown("there is no such branch")
    row.limited = limited
    session.exec(delete(AccessGrant).where(col(AccessGrant.account) == account))
    if limited:
        _give(session, account, "position", access.positions)
        _give(session, account, "branch", access.branches)


def access_of(session: Session, account: str) -> Access:
    """What the account was given. Raises AccountUnknown."""
    row = _row(session, account)
    grants = session.exec(select(AccessGrant).where(AccessGrant.account == account)).all()
    return Access(
        row.limited or row.role in ALWAYS_LIMITED,
        frozenset(each.value for each in grants if each.kind == "position"),
        frozenset(each.value for each in grants if each.kind == "branch"),
    )


def branches(session: Session) -> list[str]:
    """The branches that positions belong to, by name."""
    return sorted({branch for each in newest_positions(session) if (branch := each.profile.get("branch"))})


def _give(session: Session, account: str, kind: str, values: Iterable[str]) -> None:
    session.add_all([AccessGrant(account=account, kind=kind, value=value) for value in sorted(values)])


def _row(session: Session, account: str) -> User | ApiToken:
    kind, _, id_ = account.partition(":")
    row = session.get(User, id_) if kind == "user" else session.get(ApiToken, id_)
    if row is None:
        raise AccountUnknown("there is no such account")
    return row
