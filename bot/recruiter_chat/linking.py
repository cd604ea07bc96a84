"""Which account of a chat speaks for which recruiter: by a one-time code from the console, never by name or number."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, delete, select

from bot.accounts import Account, account_by_id, record
from bot.recruiter_chat.records import may_ask
from bot.second_factor import has_factor
from bot.services import Services
from core.clock import now
from core.encryption import hash_token
from core.errors import Refused
from core.tables import AskingAccount, AskingCode, AskingSettings, User

CODE_LASTS: Final = timedelta(minutes=10)
CODE_LENGTH: Final = 8
_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that are taken for one another; eight of them are 39 bits, which last ten minutes."""
HOUSE: Final = "house"


class AskingOff(Refused):
    """An admin has not allowed questions from this chat."""


class CodeWrong(Refused):
    """The code is unknown, used or expired."""


@dataclass(frozen=True, slots=True, repr=False)
class Linked:
    account: Account
    wrapped_key: bytes


def asking_settings(session: Session) -> AskingSettings:
    """What is allowed; nothing before an admin has allowed it."""
    return session.get(AskingSettings, HOUSE) or AskingSettings(set_at=now(), set_by="")


def allow_telegram(services: Services, on: bool, quotes: bool, by: Account) -> None:
    """Switch questions from Telegram on or off. Off, every link is cut."""
    with services.database.unit_of_work() as session:
        found = asking_settings(session)
        found.telegram_on, found.telegram_quotes = on, on and quotes
        found.set_at, found.set_by = now(), by.id
        session.add(found)
        if not on:
            session.exec(delete(AskingAccount).where(col(AskingAccount.channel) == "telegram"))
            session.exec(delete(AskingCode))
        record(session, by, "asking_allowed" if on else "asking_stopped", "telegram")


def new_code(services: Services, account: Account) -> str:
    """A code for this person, good once and for ten minutes. Raises AskingOff."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))
    with services.database.unit_of_work() as session:
        if not asking_settings(session).telegram_on or not may_ask(account) or not account.is_person:
            raise AskingOff("questions from Telegram are not allowed")
        user_id = account.id.removeprefix("user:")
        found = session.get(AskingCode, user_id) or AskingCode(user_id=user_id, code_hash="", expires_at=now())
        found.code_hash, found.expires_at = hash_token(code), now() + CODE_LASTS
        session.add(found)
    return code


def link(services: Services, session: Session, channel: str, account_id: str, code: str) -> Account:
    """Bind an account of a chat to whoever was given the code; earlier bindings of either end. Raises CodeWrong."""
    found = session.exec(select(AskingCode).where(AskingCode.code_hash == hash_token(code.strip().upper()))).first()
    user = session.get(User, found.user_id) if found is not None and found.expires_at > now() else None
    if found is None or user is None or user.disabled_at is not None or not asking_settings(session).telegram_on:
        raise CodeWrong("the code is unknown, used or expired")
    for old in session.exec(
        select(AskingAccount).where(
            AskingAccount.channel == channel,
            (AskingAccount.user_id == user.id) | (AskingAccount.account_id == account_id),
        )
    ).all():
        session.delete(old)
    session.delete(found)
    session.flush()
    session.add(
        AskingAccount(
            channel=channel,
            account_id=account_id,
            user_id=user.id,
            wrapped_key=services.keys.new_wrapped_key(),
            linked_at=now(),
        )
    )
    account = account_by_id(session, f"user:{user.id}")
    if account is None:
        raise CodeWrong("the account was closed")
    record(session, account, "asking_linked", channel)
    return account


def unlink(session: Session, account: Account, channel: str) -> None:
    """Cut the person's link. Nothing happens where there is none."""
    user_id = account.id.removeprefix("user:")
    session.exec(
        delete(AskingAccount).where(col(AskingAccount.channel) == channel, col(AskingAccount.user_id) == user_id)
    )
    record(session, account, "asking_unlinked", channel)


def linked(services: Services, session: Session, channel: str, account_id: str) -> Linked | None:
    """Whoever an account of a chat speaks for, as they may act now; None where nobody, or no longer allowed, as where a
    second factor is newly asked of their role and they have not set one up. Whoever comes in through the company's own
    service has the factors of that."""
    found = session.get(AskingAccount, (channel, account_id))
    if found is None or not asking_settings(session).telegram_on:
        return None
    account = account_by_id(session, f"user:{found.user_id}")
    if account is None or not may_ask(account):
        return None
    if account.role in services.settings.sign_in.factor_roles:
        by_company = session.get_one(User, found.user_id).oidc_subject is not None
        if not by_company and not has_factor(session, found.user_id):
            return None
    return Linked(account, found.wrapped_key)


def link_of(session: Session, account: Account, channel: str) -> AskingAccount | None:
    user_id = account.id.removeprefix("user:")
    rows = select(AskingAccount).where(AskingAccount.channel == channel, AskingAccount.user_id == user_id)
    return session.exec(rows).first()
