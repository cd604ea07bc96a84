"""Who may look and decide: people with a password, programs with a token, and what they did."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class User(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    password_hash: str
    """argon2id."""
    role: str
    """A role of bot/roles.py."""
    language: str = "zh"
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    limited: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """Sees the positions of its grants alone; none while it has no grant."""
    email: str | None = Field(default=None, unique=True)
    """Under which the company's sign-in service knows the person; in lower case."""
    oidc_subject: str | None = Field(default=None, unique=True)
    """`<issuer> <subject>` of that service, from the first sign-in through it on."""


class UserSession(SQLModel, table=True):
    token_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    public_id: str = Field(default_factory=new_id, unique=True)
    """By which it is listed and ended; it opens nothing."""
    device: str | None = None
    """Browser and system in a few words, from the User-Agent."""
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was last used, to within five minutes."""
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the second factor was given, or the company's sign-in service vouched for the person."""


class SecondFactor(SQLModel, table=True):
    """The secret of a person's authenticator app (RFC 6238), under a key of its own."""

    user_id: str = Field(primary_key=True, foreign_key="user.id")
    wrapped_key: bytes
    secret_sealed: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """None until a first code has shown that the app has the secret."""
    last_step: int = 0
    """Time step of the last code that was taken: no code is taken twice."""


class RecoveryCode(SQLModel, table=True):
    """One of ten codes for the day on which the phone is lost; each opens once."""

    code_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A bearer token for a program."""

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str
    token_hash: str = Field(unique=True)
    role: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    limited: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})


class AccessGrant(SQLModel, table=True):
    """One position, or all positions of one branch, that a limited account sees."""

    __table_args__ = (UniqueConstraint("account", "kind", "value"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    account: str = Field(index=True)
    """`user:<id>` or `token:<id>`."""
    kind: str
    """`position` (value: its key) or `branch` (value: its name as the position writes it)."""
    value: str


class AuditEntry(SQLModel, table=True):
    """Who did what to whom, in ids. The worker links what is new into a chain of hashes (bot/audit_chain.py)."""

    id: str = Field(default_factory=new_id, primary_key=True)
    actor: str
    action: str
    subject: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    place: int | None = Field(default=None, unique=True)
    """In the chain, from 1; None for the moment until it is linked."""
    chain_hash: str | None = None
    """SHA-256 over the hash of the entry before and this entry's content."""


class AuditHead(SQLModel, table=True):
    """The end of the chain, one row: held by whoever lengthens it, and by which a cut-off end is noticed."""

    id: int = Field(default=1, primary_key=True)
    place: int = 0
    chain_hash: str = ""
