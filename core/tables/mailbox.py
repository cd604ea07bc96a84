"""How far the mailbox was read to which mail that cannot be delivered comes back."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class MailboxMark(SQLModel, table=True):
    """The last mail that was looked at. Of the mails themselves nothing is kept."""

    mailbox: str = Field(primary_key=True)
    """`user@host/folder`."""
    uid_validity: int = Field(sa_type=BigInteger)
    """When the server changes it, the numbers mean other mails (RFC 3501, 2.3.1.1)."""
    last_uid: int = Field(sa_type=BigInteger)
