"""What each role may do: role-based access control (ANSI/INCITS 359), one table, asked by every page and program route.

Which candidates somebody sees is another question, answered by `bot/scope.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PERMISSIONS: Final[Mapping[str, str]] = {
    "interviews.read": "names, transcripts, reports and comparisons of candidates",
    "recordings.play": "candidates' voices",
    "pay.read": "suggested pay",
    "reports.download": "a report as a PDF, pay included",
    "applicants.read": "who applied in the HR system",
    "candidates.invite": "inviting, links, letters, times, duplicates, answers to candidates' questions, feedback",
    "reviews.rate": "own ratings, blind or not",
    "reviews.correct": "a level in place of the scorer's",
    "decisions.make": "advance, hold, reject",
    "pay.ask": "asking for a regrade or for pay above the range",
    "pay.approve": "answering such a request",
    "records.read": "the HR records, and what did not reach them",
    "positions.read": "positions with their weights",
    "positions.change": "weights",
    "figures.read": "figures without names: agreement, review times, ratings",
    "audit.read": "the audit log, the log of decisions, the policies",
    "accounts.manage": "accounts, roles, tokens, other people's sessions",
    "own.account": "one's own password, second factor and sessions",
}
"""Each permission, in words for the page that lists them."""

_READS: Final = frozenset({"interviews.read", "recordings.play", "positions.read", "figures.read", "own.account"})
_DECIDES: Final = _READS | {
    "pay.read", "reports.download", "reviews.rate", "reviews.correct", "decisions.make", "pay.ask",
}  # fmt: skip
_RECRUITS: Final = _DECIDES | {"applicants.read", "candidates.invite"}

ROLE_PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "admin": frozenset(PERMISSIONS),
    "recruiter": _RECRUITS,
    "reviewer": _READS | {"reviews.rate"},
    "manager": _DECIDES | {"pay.approve"},
    "hr": frozenset({"applicants.read", "records.read", "pay.read", "pay.approve", "own.account"}),
    "auditor": frozenset({"positions.read", "figures.read", "audit.read", "own.account"}),
}
ROLES: Final = tuple(ROLE_PERMISSIONS)
TOKEN_ROLES: Final = (*ROLES, "provider")
"""`provider` is for systems that order interviews, and for nothing else."""

UNLIMITED: Final = frozenset({"admin", "auditor"})
"""Who is never limited to positions: an admin could lift the limit, and an auditor sees no candidate anyway."""
ALWAYS_LIMITED: Final = frozenset({"manager"})
"""A hiring manager sees the candidates of the positions they were given, and of no other."""


def may(role: str, permission: str) -> bool:
    """Whether the role has the permission; a role that is none has none."""
    return permission in ROLE_PERMISSIONS.get(role, frozenset())


def roles_of(*allowed: str) -> frozenset[str]:
    """The roles that have any of these permissions, or are named themselves. ValueError for a word that is neither."""
    for each in allowed:
        if each not in PERMISSIONS and each not in TOKEN_ROLES:
            raise ValueError(f"{each} is neither a permission nor a role")
    return frozenset(role for role in TOKEN_ROLES if role in allowed or any(may(role, each) for each in allowed))
