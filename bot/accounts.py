"""Who may look and decide: people with a password and a session, programs with a bearer token.

Passwords are argon2id (RFC 9106, the low-memory parameters of argon2-cffi). Session and bearer tokens are random,
so their SHA-256 is all that is stored. `docs/decisions/0008-accounts.md` says why it is so.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select

from bot.outreach.contact import normal_email
from bot.roles import ALWAYS_LIMITED, ROLES, TOKEN_ROLES, UNLIMITED
from core.clock import now
from core.database import Database
from core.encryption import hash_token
from core.errors import Refused
from core.tables import AccessGrant, ApiToken, AskingAccount, AuditEntry, Position, SecondFactor, User, UserSession

SESSION_LASTS: Final = timedelta(hours=12)
SEEN_TO_WITHIN: Final = timedelta(minutes=5)
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
FAILURES_COUNT_FOR: Final = timedelta(minutes=15)
FAILURES_ALLOWED: Final = {"name at one address": 5, "address": 20, "name": 50}

_hasher = PasswordHasher()
_hash_of_nobody: Final = _hasher.hash(secrets.token_urlsafe(24))


class SignInRefused(Refused):
    """The name or the password is wrong; which of them is not said."""


class TooManyTries(Refused):
    """Too many failed sign-ins; it is possible again after a quarter of an hour."""


class NameTaken(Refused):
    """Another account has this name."""


class EmailTaken(Refused):
    """Another account has this e-mail."""


class AccountUnknown(Refused):
    """There is no such account."""


class RoleUnknown(Refused):
    """A role is one of bot/roles.py; that of a token may be provider as well."""


class NameUnusable(Refused):
    """An account name has 1 to 64 characters."""


class LastAdmin(Refused):
    """The last open admin account cannot be closed."""


class PasswordTooShort(Refused):
    """A password has 12 to 256 characters."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who is acting: a signed-in person or a program. `id` is what the audit trail names."""

    id: str
    name: str
    role: str
    language: str = "zh"
    positions: frozenset[str] | None = None
    """Keys of the positions it sees, found anew for every request; None sees all. Asked through bot/scope.py."""
    pending: Literal["code", "enrol"] | None = None
    """What still has to be done before this session opens anything: give the second factor, or set one up."""

    @property
    def is_person(self) -> bool:
        return self.id.startswith("user:")


def ensure_first_admin(database: Database) -> str | None:
    """Make the account `admin` when there is none yet, and return its generated password; None when there is one."""
    with database.unit_of_work() as session:
        if session.exec(select(User).where(User.role == "admin")).first() is not None:
            return None
        password = _new_password()
        session.add(User(name="admin", password_hash=_hasher.hash(password), role="admin", created_at=now()))
        return password


def create_user(database: Database, name: str, role: str) -> str:
    """Make an account and return its generated password, which is shown once. Raises NameTaken or NameUnusable."""
    _check_role(role)
    name = unicodedata.normalize("NFKC", name).strip()
    if not 1 <= len(name) <= 64:
        raise NameUnusable("an account name has 1 to 64 characters")
    password = _new_password()
    with database.unit_of_work() as session:
        if session.exec(select(User).where(User.name == name)).first() is not None:
            raise NameTaken("an account with this name exists already")
        session.add(User(name=name, password_hash=_hasher.hash(password), role=role, created_at=now()))
    return password


def reset_password(database: Database, user_id: str) -> str:
    """Give the account a new generated password, sign it out everywhere, and return the password."""
    password = _new_password()
    with database.unit_of_work() as session:
        user = session.get_one(User, user_id)
        user.password_hash = _hasher.hash(password)
        end_sessions(session, user_id)
    return password


def change_password(database: Database, user_id: str, old: str, new: str) -> None:
    """Set the person's own password and end their sessions. Raises SignInRefused or PasswordTooShort."""
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        raise PasswordTooShort(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    with database.reading() as session:
        stored = session.get_one(User, user_id).password_hash
    if not _matches(stored, old):
        raise SignInRefused("the present password is wrong")
    with database.unit_of_work() as session:
        session.get_one(User, user_id).password_hash = _hasher.hash(new)
        end_sessions(session, user_id)


def set_disabled(database: Database, user_id: str, disabled: bool) -> None:
    """Close an account, or open it again. Closing ends its sessions; the last open admin cannot be closed."""
    with database.unit_of_work() as session:
        user = session.get_one(User, user_id)
        if not disabled:
            user.disabled_at = None
            return
        _keep_an_admin(session, user_id)
        user.disabled_at = now()
        end_sessions(session, user_id)


def set_person(session: Session, user_id: str, role: str, email: str) -> None:
    """Give an account another role and e-mail (empty: none); it counts from the person's next request on.

    Raises AccountUnknown, RoleUnknown, LastAdmin, EmailTaken or EmailUnusable.
    """
    _check_role(role)
    user = session.get(User, user_id)
    if user is None:
        raise AccountUnknown("there is no such account")
    if user.role == "admin" and role != "admin":
        _keep_an_admin(session, user_id)
    address = normal_email(email).lower() if email.strip() else None
    if address is not None:
        others = select(User.id).where(User.email == address, User.id != user_id)
        if session.exec(others).first() is not None:
            raise EmailTaken("another account has this e-mail")
    if address != user.email:
        user.oidc_subject = None
    user.role, user.email = role, address


def set_language(database: Database, user_id: str, language: str) -> None:
    with database.unit_of_work() as session:
        session.get_one(User, user_id).language = language


def sign_in(
    database: Database, name: str, password: str, address: str, session_key: str, device: str | None = None
) -> str:
    """Check name and password and open a session; return its token, for the cookie.

    Failures are counted for 15 minutes in the audit trail, under keyed hashes of name and address, so that several
    app processes count together and no typed name is kept. Raises SignInRefused or TooManyTries.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    name_mark, address_mark = _mark(session_key, "name", name), _mark(session_key, "address", address)
    with database.reading() as session:
        _check_failures(session, name_mark, address_mark)
        user = session.exec(select(User).where(User.name == name, col(User.disabled_at).is_(None))).first()
    # Nobody's hash is checked too, so that the time taken does not tell which names exist.
    matches = _matches(user.password_hash if user else _hash_of_nobody, password[:LONGEST_PASSWORD])
    if user is None or not matches:
        with database.unit_of_work() as session:
            session.add(AuditEntry(actor=address_mark, action="sign_in_failed", subject=name_mark, at=now()))
        raise SignInRefused("name or password is wrong")
    with database.unit_of_work() as session:
        return open_session(session, user.id, device)


def open_session(session: Session, user_id: str, device: str | None, *, verified: bool = False) -> str:
    """Open a session for somebody who has shown who they are; its token, for the cookie. `verified` where the second
    factor was somebody else's to ask for."""
    token = secrets.token_urlsafe(32)
    session.exec(delete(UserSession).where(col(UserSession.expires_at) <= now()))
    session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=now(),
            expires_at=now() + SESSION_LASTS,
            device=device,
            seen_at=now(),
            verified_at=now() if verified else None,
        )
    )
    session.add(AuditEntry(actor=f"user:{user_id}", action="signed_in", subject=f"user:{user_id}", at=now()))
    return token


def account_of_session(database: Database, token: str, factor_roles: Collection[str] = ()) -> Account | None:
    """The person behind a session cookie; None when it is unknown, expired, signed out or the account closed. People of
    `factor_roles` have to set a second factor up; who has one has to give it."""
    with database.reading() as session:
        found = session.get(UserSession, hash_token(token))
        if found is None or found.expires_at <= now():
            return None
        user = session.get(User, found.user_id)
        if user is None or user.disabled_at is not None:
            return None
        account, stale = _person(session, user), found.seen_at is None or found.seen_at < now() - SEEN_TO_WITHIN
        if found.verified_at is None:
            factor = session.get(SecondFactor, user.id)
            if factor is not None and factor.confirmed_at is not None:
                account = replace(account, pending="code")
            elif user.role in factor_roles:
                account = replace(account, pending="enrol")
    if stale:
        with database.unit_of_work() as session:
            seen = update(UserSession).where(col(UserSession.token_hash) == hash_token(token))
            session.exec(seen.values(seen_at=now()))
    return account


def sign_out(database: Database, token: str) -> None:
    with database.unit_of_work() as session:
        found = session.get(UserSession, hash_token(token))
        if found is not None:
            session.delete(found)


def sessions_of(session: Session, user_id: str) -> Sequence[UserSession]:
    """A person's open sessions, the one used last first."""
    rows = select(UserSession).where(UserSession.user_id == user_id, col(UserSession.expires_at) > now())
    return session.exec(rows.order_by(col(UserSession.seen_at).desc())).all()


def end_sessions(session: Session, user_id: str, public_id: str | None = None, keep: str | None = None) -> int:
    """End one session of a person by its public id, or all of them but the one with the token `keep`; how many.

    With all of them go the chats that speak for the person: who signs somebody out everywhere means there too.
    """
    if public_id is None:
        session.exec(delete(AskingAccount).where(col(AskingAccount.user_id) == user_id))
    gone = delete(UserSession).where(col(UserSession.user_id) == user_id)
    if public_id is not None:
        gone = gone.where(col(UserSession.public_id) == public_id)
    if keep is not None:
        gone = gone.where(col(UserSession.token_hash) != hash_token(keep))
    return session.exec(gone).rowcount


def create_api_token(database: Database, role: str, name: str) -> str:
    """Make a bearer token for a program and return it; only its hash is kept."""
    _check_role(role, TOKEN_ROLES)
    token = f"mianshi_{secrets.token_urlsafe(32)}"
    with database.unit_of_work() as session:
        session.add(ApiToken(name=name, token_hash=hash_token(token), role=role, created_at=now()))
    return token


def revoke_api_token(database: Database, token_id: str) -> None:
    with database.unit_of_work() as session:
        token = session.get(ApiToken, token_id)
        if token is not None and token.revoked_at is None:
            token.revoked_at = now()


def account_of_api_token(database: Database, token: str) -> Account | None:
    """The program behind a bearer token; None when it is unknown or revoked."""
    with database.reading() as session:
        found = session.exec(select(ApiToken).where(ApiToken.token_hash == hash_token(token))).first()
        if found is None or found.revoked_at is not None:
            return None
        account = f"token:{found.id}"
        return Account(account, found.name, found.role, positions=_positions(session, account, found))


def account_by_id(session: Session, account: str, *, closed_too: bool = False) -> Account | None:
    """Who stands behind an id of the audit trail as they are today; None where it is no account of ours, or a closed or
    revoked one and `closed_too` is false."""
    kind, _, id_ = account.partition(":")
    if kind == "user":
        user = session.get(User, id_)
        return _person(session, user) if user is not None and (closed_too or user.disabled_at is None) else None
    token = session.get(ApiToken, id_) if kind == "token" else None
    if token is None or (token.revoked_at is not None and not closed_too):
        return None
    return Account(account, token.name, token.role, positions=_positions(session, account, token))


def csrf_token(session_key: str, bound_to: str) -> str:
    """What a form must carry: an HMAC-SHA256 of the session's token, so nothing has to be stored for it."""
    return hmac.new(session_key.encode(), f"csrf:{bound_to}".encode(), hashlib.sha256).hexdigest()


def csrf_holds(session_key: str, bound_to: str, given: str) -> bool:
    return hmac.compare_digest(csrf_token(session_key, bound_to).encode(), given.encode())


def record(session: Session, account: Account, action: str, subject: str) -> None:
    """Write who did or read what, in ids."""
    session.add(AuditEntry(actor=account.id, action=action, subject=subject, at=now()))


def _person(session: Session, user: User) -> Account:
    account = f"user:{user.id}"
    return Account(account, user.name, user.role, user.language, _positions(session, account, user))


def _positions(session: Session, account: str, row: User | ApiToken) -> frozenset[str] | None:
    if row.role in UNLIMITED or not (row.limited or row.role in ALWAYS_LIMITED):
        return None
    grants = session.exec(select(AccessGrant.kind, AccessGrant.value).where(AccessGrant.account == account)).all()
    keys = {value for kind, value in grants if kind == "position"}
    branches = {value for kind, value in grants if kind == "branch"}
    if branches:
        # The newest version of a position says which branch it belongs to.
        newest = {
            key: profile.get("branch")
            for key, profile in session.exec(
                select(Position.key, Position.profile).order_by(col(Position.key), col(Position.version))
            )
        }
        keys |= {key for key, branch in newest.items() if branch in branches}
    return frozenset(keys)


def _keep_an_admin(session: Session, user_id: str) -> None:
    admins = session.exec(select(User).where(User.role == "admin", col(User.disabled_at).is_(None))).all()
    if [admin.id for admin in admins] == [user_id]:
        raise LastAdmin("the last admin stays one")


def _check_role(role: str, roles: Sequence[str] = ROLES) -> None:
    if role not in roles:
        raise RoleUnknown(f"a role is one of {', '.join(roles)}")


def _new_password() -> str:
    return "-".join(secrets.token_hex(3) for _ in range(4))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _mark(session_key: str, kind: str, value: str) -> str:
    digest = hmac.new(session_key.encode(), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
    return f"{kind}:{digest[:24]}"


def _check_failures(session: Session, name_mark: str, address_mark: str) -> None:
    failed = (
        select(func.count())
        .select_from(AuditEntry)
        .where(AuditEntry.action == "sign_in_failed", AuditEntry.at > now() - FAILURES_COUNT_FOR)
    )
    by_name = failed.where(AuditEntry.subject == name_mark)
    by_address = failed.where(AuditEntry.actor == address_mark)
    counts = {
        "name at one address": by_name.where(AuditEntry.actor == address_mark),
        "address": by_address,
        "name": by_name,
    }
    for what, query in counts.items():
        if session.exec(query).one() >= FAILURES_ALLOWED[what]:
            raise TooManyTries(f"too many failed sign-ins by {what}; wait a quarter of an hour")
