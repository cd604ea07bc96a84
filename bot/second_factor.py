"""A second factor at sign-in: codes of an authenticator app (TOTP, RFC 6238: SHA-1, 6 digits, 30 seconds).

The secret is sealed under a key of its own, which the master key wraps. A code of the step before or after counts too,
for clocks that differ; none counts twice (RFC 6238, 5.2). Ten recovery codes, shown once, each open once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pyotp
from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select

from bot.accounts import TooManyTries, end_sessions
from core.clock import now
from core.database import Database
from core.encryption import KeyRing, hash_token
from core.errors import Refused
from core.tables import AuditEntry, RecoveryCode, SecondFactor, User, UserSession

ISSUER: Final = "Mianshi"
PURPOSE: Final = "second factor"
STEP_S: Final = 30
RECOVERY_CODES: Final = 10
TRIES: Final = 5
TRIES_COUNT_FOR: Final = timedelta(minutes=15)
FAILED: Final = "second_factor_failed"


class CodeRefused(Refused):
    """The code is wrong, too old, or was used already."""


class AlreadyEnrolled(Refused):
    """There is a second factor; it has to be removed before another one is set up."""


def begin_enrolment(database: Database, keys: KeyRing, user_id: str) -> tuple[str, str]:
    """The secret for the app and the `otpauth:` address for its camera. The same until it is confirmed, so that a reload
    does not spoil what was scanned. Raises AlreadyEnrolled."""
    with database.unit_of_work() as session:
        found = session.get(SecondFactor, user_id)
        if found is not None and found.confirmed_at is not None:
            raise AlreadyEnrolled("there is a second factor already")
        if found is None:
            wrapped, secret = keys.new_wrapped_key(), pyotp.random_base32()
            sealed = keys.unwrap(wrapped).seal(secret, PURPOSE)
            session.add(SecondFactor(user_id=user_id, wrapped_key=wrapped, secret_sealed=sealed, created_at=now()))
        else:
            secret = _secret(keys, found)
        name = session.get_one(User, user_id).name
    return secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def confirm_enrolment(database: Database, keys: KeyRing, user_id: str, code: str, session_token: str) -> Sequence[str]:
    """Turn the second factor on with a first code, end the person's other sessions, and return the recovery codes.

    Raises CodeRefused, TooManyTries or AlreadyEnrolled.
    """
    with database.reading() as session:
        found = session.get(SecondFactor, user_id)
        if found is None or found.confirmed_at is not None:
            raise AlreadyEnrolled("nothing waits for a first code")
    check_code(database, keys, user_id, code)
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    with database.unit_of_work() as session:
        session.get_one(SecondFactor, user_id).confirmed_at = now()
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
        session.add_all([RecoveryCode(code_hash=_hash(each), user_id=user_id) for each in codes])
        end_sessions(session, user_id, keep=session_token)
        session.get_one(UserSession, hash_token(session_token)).verified_at = now()
        _note(session, user_id, "second_factor_on")
    return codes


def give_code(database: Database, keys: KeyRing, user_id: str, code: str, session_token: str) -> None:
    """Let a session in by a code of the app, or by a recovery code. Raises CodeRefused or TooManyTries."""
    check_code(database, keys, user_id, code)
    with database.unit_of_work() as session:
        session.get_one(UserSession, hash_token(session_token)).verified_at = now()
        _note(session, user_id, "second_factor_given")


def remove_factor(session: Session, user_id: str) -> None:
    """Take secret and recovery codes away; the next sign-in asks for none, or has a new one set up."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    session.exec(delete(SecondFactor).where(col(SecondFactor.user_id) == user_id))


def has_factor(session: Session, user_id: str) -> bool:
    """Whether the person has set a second factor up to the end."""
    found = session.get(SecondFactor, user_id)
    return found is not None and found.confirmed_at is not None


def recovery_codes_left(session: Session, user_id: str) -> int:
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    return session.exec(unused).one()


def check_code(database: Database, keys: KeyRing, user_id: str, code: str) -> None:
    """Take a code of the app, or a recovery code. Raises CodeRefused or TooManyTries."""
    code = "".join(code.split()).lower()
    with database.unit_of_work() as session:
        # One attempt of a person at a time, or many at once would all be counted before any of them has failed.
        session.get_one(User, user_id, with_for_update=True)
        failed = select(func.count()).where(
            AuditEntry.subject == f"user:{user_id}",
            AuditEntry.action == FAILED,
            col(AuditEntry.at) > now() - TRIES_COUNT_FOR,
        )
        if session.exec(failed).one() >= TRIES:
            raise TooManyTries("too many wrong codes; wait a quarter of an hour")
        taken = _take_recovery_code(session, user_id, code) or _take_step(session, keys, user_id, code)
        if not taken:
            _note(session, user_id, FAILED)
    if not taken:
        raise CodeRefused("the code is wrong, too old, or was used already")


def _take_step(session: Session, keys: KeyRing, user_id: str, code: str) -> bool:
    """Whether this is a code of now that was not taken before; two sign-ins with one code cannot both succeed."""
    found = session.get(SecondFactor, user_id, with_for_update=True)
    if found is None or not (code.isascii() and code.isdigit() and len(code) == 6):
        return False
    totp, step = pyotp.TOTP(_secret(keys, found)), int(now().timestamp()) // STEP_S
    for each in (step, step - 1, step + 1):
        if secrets.compare_digest(totp.at(each * STEP_S), code):
            later = update(SecondFactor).where(col(SecondFactor.user_id) == user_id, col(SecondFactor.last_step) < each)
            return bool(session.exec(later.values(last_step=each)).rowcount)
    return False


def _take_recovery_code(session: Session, user_id: str, code: str) -> bool:
    use = update(RecoveryCode).where(
        col(RecoveryCode.code_hash) == _hash(code),
        col(RecoveryCode.user_id) == user_id,
        col(RecoveryCode.used_at).is_(None),
    )
    return bool(session.exec(use.values(used_at=now())).rowcount)


def _new_recovery_code() -> str:
    """80 random bits, in groups that can be copied by hand."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(16))
    return "-".join(letters[place : place + 4] for place in range(0, 16, 4))


def _hash(code: str) -> str:
    return hash_token(f"recovery:{code.replace('-', '')}")


def _secret(keys: KeyRing, found: SecondFactor) -> str:
    return keys.unwrap(found.wrapped_key).open(found.secret_sealed, PURPOSE)


def _note(session: Session, user_id: str, action: str) -> None:
    session.add(AuditEntry(actor=f"user:{user_id}", action=action, subject=f"user:{user_id}", at=now()))
